"""What was free on a day in the past: search, map, GeoJSON, parcel and area answer as they stood then."""

import datetime as dt
import json
from urllib.parse import urlencode

import pyogrio
import pytest
import shapely
from sqlalchemy import text

from landportal import db
from landportal.config import read_settings
from landportal.web import create_app
from landportal.web.reading import today
from tests.conftest import Land

THEN = today() - dt.timedelta(days=5)
BEFORE_ALL = today() - dt.timedelta(days=50)


@pytest.fixture(scope="module")
def visitor(clone):
    """A client on a store in which S-1 was free until three days ago, is sold today, and N-1 came yesterday."""
    url = clone("empty")
    engine = db.connect(url, read_settings())
    with db.transaction(engine) as session:
        land = Land(session)
        area = land.area("gewerbepark")
        land.parcel("S-1", ha=2, area_id=area.id)
        land.parcel("N-1", east_km=3, area_id=area.id)
    with db.transaction(engine) as session:
        session.execute(
            text("update parcel set status = 'sold', geom = st_translate(geom, 4000, 0) where number = 'S-1'")
        )
    with db.transaction(engine) as session:
        # Only without triggers can the clock be turned back.
        session.execute(text("set local session_replication_role = replica"))
        session.execute(text("update change set at = at - interval '10 days'"))
        session.execute(text("update area set changed_at = changed_at - interval '10 days'"))
        session.execute(text("update parcel set changed_at = changed_at - interval '3 days' where number = 'S-1'"))
        session.execute(text("update parcel set changed_at = changed_at - interval '1 day' where number = 'N-1'"))
        session.execute(
            text("update parcel_history set changed_at = changed_at - interval '10 days',"
                 " ended_at = ended_at - interval '3 days'")
        )  # fmt: skip
    engine.dispose()
    settings = {"LANDPORTAL_DATABASE_URL": url, "LANDPORTAL_BASEMAP": "none", "LANDPORTAL_SECRET_KEY": "tests"}
    return create_app(read_settings(settings)).test_client()


def numbers(visitor, **query):
    answer = visitor.get(f"/de/parcels.geojson?{urlencode(query)}")
    assert answer.status_code == 200
    return {feature["properties"]["number"] for feature in json.loads(answer.data)["features"]}


def test_an_export_holds_the_land_of_that_day_where_it_lay_then(visitor):
    there = {}
    for day in (THEN, today()):
        answer = visitor.get(f"/de/planning/export/geojson?as_of={day}&crs=25832&status=available&status=sold")
        assert answer.json["record"]["as_of"] == day.isoformat()
        there[day] = {feature["id"]: feature for feature in answer.json["features"]}
    assert {number: one["properties"]["status"] for number, one in there[THEN].items()} == {"S-1": "available"}
    assert set(there[today()]) == {"S-1", "N-1"}
    west = [one["S-1"]["geometry"]["coordinates"][0][0][0][0] for one in there.values()]
    assert west[1] - west[0] == pytest.approx(4000)
    _, _, shapes, numbers_ = pyogrio.raw.read(visitor.get(f"/de/planning/export/gpkg?as_of={THEN}&columns=number").data)
    assert list(numbers_[0]) == ["S-1"]
    assert shapely.from_wkb(shapes[0]).bounds[0] == pytest.approx(west[0], abs=1e-3)


def test_the_search_finds_what_was_free_then(visitor):
    assert numbers(visitor) == {"N-1"}
    assert numbers(visitor, as_of=THEN) == {"S-1"}
    assert numbers(visitor, as_of=today()) == {"N-1"}
    assert numbers(visitor, as_of=BEFORE_ALL) == set()


def test_the_page_says_which_day_it_shows_and_keeps_to_it(visitor):
    page = visitor.get(f"/en/parcels?as_of={THEN}").text
    assert "As of the end of" in page
    assert f"/en/parcels/S-1?as_of={THEN}" in page
    assert "As of the end of" not in visitor.get("/en/parcels").text


def test_before_the_first_record_the_page_says_since_when_it_knows(visitor):
    assert "before that it knows nothing" in visitor.get(f"/en/parcels?as_of={BEFORE_ALL}").text
    assert "before that it knows nothing" not in visitor.get(f"/en/parcels?as_of={THEN}").text


def test_a_parcel_answers_as_it_stood(visitor):
    then = json.loads(visitor.get(f"/de/parcels/S-1.geojson?as_of={THEN}").data)
    now = json.loads(visitor.get("/de/parcels/S-1.geojson").data)
    assert (then["properties"]["status"], now["properties"]["status"]) == ("available", "sold")
    assert then["geometry"] != now["geometry"]
    assert "frei" in visitor.get(f"/de/parcels/S-1?as_of={THEN}").text
    assert visitor.get(f"/de/parcels/N-1?as_of={THEN}").status_code == 404


def test_an_area_tells_its_balance_of_then(visitor):
    now, then = (visitor.get(f"/de/areas/gewerbepark{query}").text for query in ("", f"?as_of={THEN}"))
    assert "N-1" in now
    assert "N-1" not in then
    assert visitor.get(f"/de/areas?as_of={THEN}").status_code == 200


def test_the_map_draws_that_day(visitor):
    tile = "/tiles/parcels/6/33/21.mvt?status=available"
    assert visitor.get(f"{tile}&as_of={BEFORE_ALL}").status_code == 204
    assert visitor.get(f"{tile}&as_of={THEN}").status_code == 200


@pytest.mark.parametrize("day", ["2999-01-01", "gestern", "2026-02-30", str(today() + dt.timedelta(days=1))])
@pytest.mark.parametrize("page", ["/de/parcels", "/de/parcels/S-1", "/de/areas", "/de/areas/gewerbepark"])
def test_a_day_that_cannot_be_is_told(visitor, page, day):
    answer = visitor.get(f"{page}?as_of={day}")
    assert answer.status_code == 422
