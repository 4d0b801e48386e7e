"""One parcel: its surroundings, what was checked, what became of it."""

import json

import pytest

from landportal.errors import NotFound
from landportal.services.parcels import WithdrawnParcel, get_parcel, parcel_geojson


def test_a_number_nobody_has_is_not_found(session, land):
    with pytest.raises(NotFound):
        get_parcel(session, "TH-99999")


def test_a_withdrawn_parcel_tells_its_area(session, land):
    area = land.area("kiebitzhoehe", name_de="Kiebitzhöhe")
    land.parcel("A", status="withdrawn", area_id=area.id, status_since="2026-11-20")
    with pytest.raises(WithdrawnParcel) as gone:
        get_parcel(session, "A")
    assert (gone.value.area_slug, gone.value.area_name) == ("kiebitzhoehe", "Kiebitzhöhe")
    with pytest.raises(WithdrawnParcel):
        parcel_geojson(session, "A")


def test_the_nearest_of_each_kind_comes_with_distance_and_direction(session, land):
    land.infrastructure("motorway_junction", "Waltershausen", 1.05, 0.05, ref="A4")
    land.infrastructure("airport", "Erfurt-Weimar", 11.05, 1.05)
    land.parcel("A", 1, 1)
    page = get_parcel(session, "A")
    nearest = {place.kind: place for place in page.nearest}
    assert list(nearest) == ["motorway", "airport"]
    # From the junction the parcel lies to the north, from the airport to the west (the grid is turned by 1.34° here).
    assert nearest["motorway"].bearing_deg == pytest.approx(1.34, abs=0.1)
    assert nearest["airport"].bearing_deg == pytest.approx(271.4, abs=0.2)
    assert nearest["motorway"].distance_m == pytest.approx(950, rel=1e-3)
    assert nearest["motorway"].ref == "A4"


def test_zones_on_top_of_each_other_take_land_once(session, land):
    land.parcel("A", 1, 1, ha=1)
    land.constraint("flood", 1, 1, 0.05, 1, name="HQ100 Hörsel")
    land.constraint("flood", 1, 1, 0.05, 1, name="HQ100 Leina", grade="excluded")
    land.constraint("nature", 1.1, 1, 1, 1, name="nur an der Grenze")
    page = get_parcel(session, "A")
    (share,) = page.constraints
    assert (share.kind, share.grade, share.zones) == ("flood", "excluded", ("HQ100 Hörsel", "HQ100 Leina"))
    assert (share.overlap_m2, share.share) == (pytest.approx(5_000), pytest.approx(0.5))
    assert [checked.kind for checked in page.checked] == ["flood", "nature"]


def test_neighbours_are_near_and_visible_nearest_first(session, land):
    land.parcel("A", 1, 1)
    land.parcel("far", 2, 1)
    land.parcel("near", 1.3, 1)
    land.parcel("next", 1.1, 1)
    land.parcel("gone", 1.1, 1.1, status="withdrawn")
    assert [neighbour.number for neighbour in get_parcel(session, "A").neighbours] == ["next", "near"]


def test_the_shape_is_told_by_its_longer_and_shorter_side(session, land):
    land.parcel("A", geom=land.rectangle(1, 1, 0.9, 0.5))
    page = get_parcel(session, "A")
    assert (page.width_m, page.depth_m) == (pytest.approx(900), pytest.approx(500))
    west, south, east, north = page.bounds
    assert west < page.lon < east
    assert south < page.lat < north


def test_a_parcel_outside_every_municipality_has_a_page(session, land):
    land.parcel("A", 100, 1)
    page = get_parcel(session, "A")
    assert (page.municipality, page.county, page.area, page.nearest) == (None, None, None, ())


def test_geojson_tells_the_public_facts_in_lon_lat(session, land):
    land.parcel("A", zone="GI", price_eur_m2="22.80", cadastral_ids=["160001___00123______"])
    feature = json.loads(parcel_geojson(session, "A"))
    assert feature["type"] == "Feature"
    assert feature["geometry"]["type"] == "MultiPolygon"
    lon, lat = feature["geometry"]["coordinates"][0][0][0]
    assert (10 < lon < 11, 50 < lat < 51.5) == (True, True)
    facts = feature["properties"]
    assert (facts["number"], facts["zone"], facts["price_eur_m2"], facts["freshness"]) == (
        "A",
        "GI",
        22.8,
        "unconfirmed",
    )
    assert facts["cadastral_ids"] == ["160001___00123______"]
