"""WCAG 2.2 AA as far as a machine sees it: axe finds nothing on any page, in both languages, light, dark, small."""

import pytest
from axe_playwright_python.sync_playwright import Axe

PAGES = [
    "", "parcels", "parcels?size_min_ha=5000", "parcels?size_min_ha=acht&zone=XX", "parcels?page=1000000000",
    "parcels?profile=logistics&w_size=9&page=3", "parcels?profile=food&w_gas=99&must=x",
    "parcels/TH-00001", "parcels/TH-00001?profile=data_centre", "parcels/TH-99999",
    "areas", "areas/goldene-aue", "areas/nirgends", "open-data",
    "accessibility", "privacy", "imprint", "planning/", "planning/balance", "planning/balance?unit=99&gap=x",
    "../api?f=html", "../api/collections/parcels?f=html", "../api/collections/parcels/items?f=html",
    "../api/collections/parcels/queryables?f=html", "../api/functions?f=html",
]  # fmt: skip
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


def violations(page):
    return [
        f"{found['id']}: {found['nodes'][0]['target']} {found['help']}"
        for found in Axe().run(page, options=RULES).response["violations"]
    ]


@pytest.mark.parametrize("lang", ["de", "en"])
@pytest.mark.parametrize("path", PAGES)
def test_axe_finds_nothing(new_context, live_server, lang, path):
    page = new_context().new_page()
    page.goto(f"{live_server}/{lang}/{path}")
    page.wait_for_load_state("networkidle")
    assert violations(page) == []


@pytest.mark.parametrize(
    "path",
    [
        *("parcels", "parcels?profile=logistics", "parcels/TH-00001", "parcels/TH-00001?profile=food"),
        *("areas/goldene-aue", "planning/balance"),
    ],
)
@pytest.mark.parametrize(
    "options",
    [{"color_scheme": "dark"}, {"viewport": {"width": 390, "height": 844}}, {"forced_colors": "active"}],
    ids=["dark", "phone", "forced colours"],
)
def test_axe_finds_nothing_in_other_shapes(new_context, live_server, path, options):
    page = new_context(**options).new_page()
    page.goto(f"{live_server}/de/{path}")
    page.wait_for_load_state("networkidle")
    assert violations(page) == []
