"""What caches may keep of public answers, and how they learn that it no longer holds."""

import pytest

from landportal import db
from tests.conftest import add_account, signed_in


@pytest.mark.parametrize(
    "path", ["/de/parcels", "/en/areas", "/de/freshness", "/de/privacy", "/de/parcels.geojson?limit=5", "/api?f=json"]
)
def test_a_public_answer_may_be_kept_and_has_to_be_asked_for(client, path):
    first = client.get(path)
    assert first.cache_control.public
    assert first.cache_control.no_cache
    assert first.headers["X-Accel-Expires"] == "@1"
    assert "Cookie" in first.vary
    again = client.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert "Content-Security-Policy" not in again.headers, "its nonce is not that of the page which is kept"


def test_compressed_or_not_an_answer_has_the_same_validator(client):
    plain, packed = (client.get("/de/parcels", headers={"Accept-Encoding": how}) for how in ("identity", "br"))
    assert packed.headers["Content-Encoding"] == "br"
    assert packed.headers["ETag"] == plain.headers["ETag"]
    assert "Accept-Encoding" in packed.vary
    held = {"If-None-Match": plain.headers["ETag"], "Accept-Encoding": "br"}
    assert client.get("/de/parcels", headers=held).status_code == 304


def test_the_part_a_script_replaces_is_another_content_than_the_page(client):
    page = client.get("/de/parcels")
    part = client.get("/de/parcels", headers={"X-Requested-Part": "results"})
    assert page.headers["ETag"] != part.headers["ETag"]
    assert "X-Requested-Part" in page.vary


def test_a_tile_is_the_same_for_everybody(client):
    assert "Cookie" not in client.get("/tiles/parcels/8/135/85.mvt").vary


def test_a_page_that_begins_a_session_is_kept_by_nobody(client):
    page = client.get("/de/login")
    assert "Set-Cookie" in page.headers
    assert page.cache_control.no_store
    assert "X-Accel-Expires" not in page.headers


@pytest.mark.parametrize("path", ["/de/parcels", "/de/areas", "/api/collections?f=json"])
def test_what_somebody_signed_in_sees_is_kept_by_nobody(app, sample_engine, path):
    with db.transaction(sample_engine) as session:
        account = add_account(session, "officer", ags="16067")
    answer = signed_in(app, account).get(path)
    assert answer.cache_control.no_store
    assert "X-Accel-Expires" not in answer.headers


@pytest.mark.parametrize("path", ["/healthz", "/metrics", "/de/nowhere", "/de/parcels?size_min_ha=x"])
def test_what_is_of_this_moment_or_a_mistake_is_not_offered_to_caches(client, path):
    assert "X-Accel-Expires" not in client.get(path).headers
