"""The Folium map: nothing foreign, nothing runs that data wrote, one map leaks nothing into another."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import folium
import pytest
from flask import Flask
from flask_babel import Babel
from folium import plugins

from landportal.config import Settings, read_settings
from landportal.web import map_view, map_words
from landportal.web.standing import Standing

STATIC = Path(map_view.__file__).parent / "static"
BOUNDS = (11.0, 50.9, 11.1, 51.0)
HOSTILE = (
    "${alert(1)}",
    "</script><script>alert(1)</script>",
    "<!--<script>",
    '"+alert(1)+"',
    "'-alert(1)-'",
    "`${alert(1)}`",
    "\\",
    "\u2028alert(1)\u2029",
    "//evil.example/x.js",
    "https://evil.example/x.js",
)


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch) -> Flask:
    app = Flask("map", static_folder=STATIC, static_url_path="/static/abc")
    Babel(app, default_locale="en")
    monkeypatch.setattr(map_view, "standing", lambda: Standing(attributions=("© A; more", "© B"), sample_data=True))
    return app


@pytest.fixture(autouse=True)
def request_context(app: Flask) -> Iterator[None]:
    with app.test_request_context("/de/parcels"):
        yield


@pytest.fixture
def settings() -> Settings:
    return read_settings({"LANDPORTAL_BASEMAP": "none"})


@pytest.fixture
def with_base_map() -> Settings:
    return read_settings({"LANDPORTAL_BASEMAP": "https://tiles.example/{z}/{x}/{y}.png|© <b>Tiles</b>"})


def test_a_map_loads_only_files_of_the_portal(settings: Settings) -> None:
    parts = map_view.search_map("status=available", BOUNDS, settings, "de")
    addresses = [*parts.styles, *parts.scripts, *parts.modules]
    assert addresses
    assert all(address.startswith("/static/abc/") for address in addresses)
    assert all((STATIC / address.removeprefix("/static/abc/")).is_file() for address in addresses)


def test_a_map_without_base_map_names_no_other_host(settings: Settings) -> None:
    parts = map_view.search_map("", None, settings, "de")
    assert not re.findall(r"https?://", f"{parts.html}{parts.script}")


def test_the_configured_base_map_is_shown_with_its_attribution_as_text(with_base_map: Settings) -> None:
    script = map_view.search_map("", None, with_base_map, "de").script
    assert "https://tiles.example/{z}/{x}/{y}.png" in script
    assert "Tiles" in script
    assert "<b>" not in script


def test_a_map_writes_no_inline_style_and_does_not_forbid_enlarging(settings: Settings) -> None:
    parts = map_view.search_map("", None, settings, "de")
    assert "style" not in parts.html
    assert "viewport" not in parts.html


@pytest.mark.parametrize("plugin", [plugins.Fullscreen, plugins.MarkerCluster, plugins.Draw, plugins.HeatMap])
def test_an_element_with_foreign_assets_is_refused(plugin: type, settings: Settings) -> None:
    portal_map = map_view.PortalMap(BOUNDS)
    element = plugin([[51, 11]]) if plugin is plugins.HeatMap else plugin()
    element.add_to(portal_map)
    with pytest.raises(map_view.ForeignAsset, match="not a file of the portal"):
        map_view.rendered(portal_map, settings.basemap)


def test_folium_s_own_map_is_refused() -> None:
    with pytest.raises(map_view.ForeignAsset):
        map_view.rendered(folium.Map(location=(51, 11), tiles=None), None)


def test_foreign_tiles_are_refused_unless_they_are_the_configured_base_map(with_base_map: Settings) -> None:
    portal_map = map_view.PortalMap(BOUNDS)
    folium.TileLayer("https://elsewhere.example/{z}/{x}/{y}.png", attr="x").add_to(portal_map)
    with pytest.raises(map_view.ForeignAsset, match=r"elsewhere\.example"):
        map_view.rendered(portal_map, with_base_map.basemap)


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_query_stays_data(text: str, settings: Settings) -> None:
    script = map_view.search_map(f"q={text}", BOUNDS, settings, "de").script
    plain = map_view.search_map("q=x", BOUNDS, settings, "de").script
    written = re.search(r'"query": "([^"]*q=[^"]*)"', script)
    assert written is not None
    # Apart from the query, which is percent-encoded, nothing differs: so nothing broke out of its place.
    assert script.replace(written[1], "q=x") == plain
    assert re.fullmatch(r"[A-Za-z0-9%=&+._~-]*", written[1])


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_number_stays_data(text: str, settings: Settings) -> None:
    # Addresses in a number are refused like any other: the number form of the database does not allow them anyway.
    try:
        script = map_view.parcel_map(text, BOUNDS, settings, "de").script
    except map_view.ForeignAsset:
        assert "//" in text
        return
    assert "</script" not in script
    assert "<!--" not in script
    assert json.dumps(text).strip('"').replace("<", "\\u003c").replace(">", "\\u003e").replace("'", "\\u0027") in script


def test_one_map_leaks_nothing_into_folium_s_other_maps(settings: Settings) -> None:
    before = (list(folium.Map.default_js), list(folium.Map.default_css))
    map_view.search_map("", BOUNDS, settings, "de")
    map_view.parcel_map("LP-000001", BOUNDS, settings, "en")
    assert (folium.Map.default_js, folium.Map.default_css) == before
    assert not any("static" in url for _, url in folium.Map(location=(51, 11)).default_js)


def test_the_same_map_has_the_same_bytes(settings: Settings) -> None:
    assert map_view.search_map("q=a", BOUNDS, settings, "de") == map_view.search_map("q=a", BOUNDS, settings, "de")


def test_the_vector_layer_works_in_a_layer_control(settings: Settings) -> None:
    portal_map = map_view.PortalMap(BOUNDS)
    map_view.VectorTileLayer("parcels", name="Parcels").add_to(portal_map)
    folium.LayerControl().add_to(portal_map)
    script = map_view.rendered(portal_map, None).script
    assert re.search(r'"Parcels"\s*:\s*layer_parcels', script)
    assert script.count("layer_parcels.addTo(map_portal)") == 1


def test_the_vector_layer_works_in_a_feature_group(settings: Settings) -> None:
    portal_map = map_view.PortalMap(BOUNDS)
    group = folium.FeatureGroup("sites").add_to(portal_map)
    map_view.VectorTileLayer("areas").add_to(group)
    assert f"layer_areas.addTo({group.get_name()})" in map_view.rendered(portal_map, None).script


def test_a_layer_that_is_off_at_first_is_made_but_not_shown(settings: Settings) -> None:
    script = map_view.search_map("", BOUNDS, settings, "de").script
    assert "var layer_constraints" in script
    assert "layer_constraints.addTo" not in script


def test_without_results_the_map_shows_the_whole_state(settings: Settings) -> None:
    west, south, east, north = map_view.THURINGIA
    numbers = re.findall(r"\d+\.\d+", re.sub(r"\s", "", map_view.search_map("", None, settings, "de").script))
    assert {west, south, east, north} <= {float(number) for number in numbers}


def test_a_portal_below_a_path_asks_for_tiles_below_that_path(app: Flask, settings: Settings) -> None:
    with app.test_request_context("/de/parcels", base_url="http://portal.example/land/"):
        script = map_view.search_map("", BOUNDS, settings, "de").script
    assert "/land/tiles/parcels/{z}/{x}/{y}.mvt" in script


def test_both_languages_have_the_same_words() -> None:
    assert map_words.words("de").keys() == map_words.words("en").keys()
    assert map_words.words("de")["statuses"]["sold"]["letter"] == "V"
    assert map_words.words("en")["statuses"]["sold"]["letter"] == "S"


def test_the_corner_credits_the_borders_and_says_that_sample_data_is_schematic(settings: Settings) -> None:
    script = map_view.search_map("", BOUNDS, settings, "en").script
    assert '"attributions": ["\\u00a9 A", "schematic sample data"]' in script
    assert '"sources": "/en/open-data"' in script
