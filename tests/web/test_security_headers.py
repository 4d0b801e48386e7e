"""What a browser may do with our pages: the policy of every answer, and that pages need nothing it forbids."""

import re

import pytest

from landportal.config import Basemap, read_settings
from landportal.web import create_app, security

PAGES = [
    f"/{lang}/{page}"
    for lang in ("de", "en")
    for page in (
        *("parcels", "parcels?size_min_ha=acht", "parcels/nix", "areas", "areas/goldene-aue", "open-data"),
        *("imprint", "privacy", "accessibility", "nowhere"),
    )
]


@pytest.fixture(params=PAGES)
def answer(request, client):
    return client.get(request.param)


def test_the_policy_allows_nothing_inline_and_nothing_foreign(answer):
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
    assert "style-src 'self';" in policy


def test_other_headers_are_on_every_answer(answer):
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "geolocation=(self)" in answer.headers["Permissions-Policy"]
    assert answer.headers["Referrer-Policy"]


def test_pages_hold_no_inline_style_and_no_inline_handler(answer):
    assert not re.search(r"<[^>]+\s(style|on[a-z]+)=", answer.text)
    assert "<style" not in answer.text


def test_inline_scripts_carry_the_nonce_of_their_answer(answer):
    nonce = re.search(r"'nonce-([^']+)'", answer.headers["Content-Security-Policy"]).group(1)
    for tag in re.findall(r"<script[^>]*>", answer.text):
        assert " src=" in tag or f'nonce="{nonce}"' in tag


def test_everything_a_page_loads_comes_from_the_portal(answer):
    loaded = re.findall(r"<(?:script|img|link|use)[^>]+(?:src|href)=\"([^\"]+)\"", answer.text)
    assert loaded
    assert all(address.startswith("/") and not address.startswith("//") for address in loaded)


def test_every_request_has_a_nonce_of_its_own(client):
    first, second = (client.get("/de/areas").headers["Content-Security-Policy"] for _ in range(2))
    assert first != second


def test_pictures_of_the_configured_base_map_are_allowed():
    tiles = Basemap("https://tiles.example.org/{z}/{x}/{y}.png", "©")
    assert "img-src 'self' data: https://tiles.example.org;" in security.policy("n", security.origin(tiles))
    assert security.origin(Basemap("/own/{z}/{x}/{y}.png", "")) is None


def test_the_application_starts_without_arguments(monkeypatch, sample_url):
    monkeypatch.setenv("LANDPORTAL_DATABASE_URL", sample_url)
    app = create_app()
    assert app.extensions["landportal"].settings == read_settings()
    assert app.test_client().get("/en/areas").status_code == 200
