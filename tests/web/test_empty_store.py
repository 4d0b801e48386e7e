"""A portal without any data: every page answers, and says what there is, which is nothing."""

import pytest

from landportal.config import read_settings
from landportal.web import create_app


@pytest.fixture(scope="module")
def empty_client(clone):
    app = create_app(read_settings({"LANDPORTAL_DATABASE_URL": clone("empty"), "LANDPORTAL_BASEMAP": "none"}))
    yield app.test_client()
    app.extensions["landportal"].engine.dispose()


@pytest.mark.parametrize("lang", ["de", "en"])
@pytest.mark.parametrize(
    "path",
    ["parcels", "parcels?ags=16&q=Erfurt", "areas", "open-data", "imprint", "parcels.geojson", "planning/balance"],
)
def test_every_page_answers(empty_client, lang, path):
    answer = empty_client.get(f"/{lang}/{path}")
    assert answer.status_code == (422 if "ags" in path else 200)


@pytest.mark.parametrize("layer", ["parcels", "areas", "admin-units", "infrastructure", "constraints"])
def test_tiles_are_empty(empty_client, layer):
    answer = empty_client.get(f"/tiles/{layer}/9/271/172.mvt", headers={"Accept-Encoding": "br"})
    assert answer.status_code == 204
    assert "Content-Encoding" not in answer.headers


def test_no_page_claims_sample_data_that_is_not_there(empty_client):
    assert "Beispieldaten" not in empty_client.get("/de/parcels").text
