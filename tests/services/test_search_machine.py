"""The search for machines: the same parcels in the same order as the list, as finished GeoJSON."""

import json

from landportal.model import ParcelStatus
from landportal.services.search import SearchCriteria, Sort
from landportal.services.search.find import find_parcels
from landportal.services.search.machine import parcels_geojson

CRITERIA = SearchCriteria(sort=Sort.SIZE, status=tuple(ParcelStatus))


def test_features_come_in_list_order_with_the_list_s_facts(session, land):
    for index in range(7):
        land.parcel(f"P{index}", index * 2, ha=1 + index * 3 % 7, zone="GE", price_eur_m2=20 + index)
    answer = json.loads(parcels_geojson(session, CRITERIA, 10))
    listed = find_parcels(session, CRITERIA).parcels
    assert [feature["properties"]["number"] for feature in answer["features"]] == [parcel.number for parcel in listed]
    for feature, parcel in zip(answer["features"], listed, strict=True):
        facts = feature["properties"]
        assert (facts["price_eur_m2"], facts["municipality"]) == (float(parcel.price_eur_m2), parcel.municipality)
        assert "place" not in facts


def test_a_limit_cuts_the_list_and_says_how_many_there_are(session, land):
    for index in range(5):
        land.parcel(f"P{index}", index * 2)
    answer = json.loads(parcels_geojson(session, CRITERIA, 2))
    assert (answer["numberMatched"], answer["numberReturned"], len(answer["features"])) == (5, 2, 2)


def test_an_empty_result_is_an_empty_collection(session, land):
    answer = json.loads(parcels_geojson(session, CRITERIA, 10))
    assert answer == {"type": "FeatureCollection", "numberMatched": 0, "numberReturned": 0, "features": []}


def test_names_survive_every_character(session, land):
    name = "Los „5“ <b>\"'\\ ${x} \u2028 ü"
    land.parcel("A", name_de=name)
    assert json.loads(parcels_geojson(session, CRITERIA, 1))["features"][0]["properties"]["name_de"] == name
