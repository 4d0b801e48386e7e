"""Net buildable land and halls in the search: what is found is what the exact test finds, everywhere the same."""

import json
import math
import random
from dataclasses import replace

import mapbox_vector_tile
import pytest
import shapely
from sqlalchemy import select, text

from landportal.errors import InvalidInput
from landportal.gis.fit import Hall, Placement, place
from landportal.model import Parcel, ParcelPotential
from landportal.services import layers
from landportal.services.enrichment import potential, questions
from landportal.services.search import SearchCriteria, fitting, machine
from landportal.services.search.facets import count_by_facet
from landportal.services.search.find import count_parcels, find_parcels
from landportal.services.search.relax import nearest_answers
from landportal.services.search.where import land_of


@pytest.fixture
def computed(session):
    """A function that computes every parcel of the test."""

    def compute():
        asked = questions.questions(session, session.scalars(select(Parcel.id)).all())
        potential.keep(session, [potential.answer(question) for question in asked])

    return compute


@pytest.fixture
def found(session):
    """A function: numbers of the parcels that a search finds; list, count, facets and GeoJSON say the same."""

    def numbers(**criteria):
        asked = SearchCriteria(**criteria)
        result = find_parcels(session, asked)
        assert result.count == len(result.parcels) == count_parcels(session, asked)
        assert f'"numberMatched":{result.count},' in machine.parcels_geojson(session, asked, 1)
        return {parcel.number for parcel in result.parcels}

    return numbers


def irregular(choice, number, land):
    """A parcel of 3 to 9 corners around a centre, somewhere in the region."""
    east, north = 621_000 + choice.random() * 8_000, 5_641_000 + choice.random() * 8_000
    corners = choice.randint(3, 9)
    angles = sorted(choice.random() * 6.283 for _ in range(corners))
    if corners < 3 or max(b - a for a, b in zip(angles, [*angles[1:], angles[0] + 6.283], strict=True)) > 3:
        angles = [6.283 * place / corners for place in range(corners)]
    radii = [choice.uniform(60, 140) for _ in angles]
    ring = [
        (east + radius * math.cos(angle), north + radius * math.sin(angle))
        for radius, angle in zip(radii, angles, strict=True)
    ]
    shape = shapely.MultiPolygon([shapely.Polygon(ring)])
    return land.parcel(number, geom=f"SRID=25832;{shape.wkt}")


def test_net_area_counts_what_is_left_and_unknown_never_counts(land, computed, found):
    land.parcel("dry", 1, 1, ha=4)
    land.parcel("wet", 3, 1, ha=4)
    land.constraint("flood", 3, 1, 0.1, 1, grade="excluded")
    computed()
    land.parcel("new", 5, 1, ha=4)
    assert found(net_min_ha=1) == {"dry", "wet"}
    assert found(net_min_ha=3) == {"dry"}
    assert found(net_min_ha=3.7636) == {"dry"}
    assert found(net_min_ha=3.7638) == set()


def test_a_hall_fits_by_the_distance_from_the_border_and_in_any_rotation(land, computed, found):
    land.parcel("square", 1, 1, ha=1)  # 94 m net
    land.parcel("turned", 3, 1, geom="SRID=25832;MULTIPOLYGON(((625000 5641000,625100 5641100,625000 5641200,624900 "
                "5641100,625000 5641000)))")  # fmt: skip
    computed()
    assert found(fits=Hall(94, 94)) == {"square", "turned"}
    assert found(fits=Hall(94.1, 94)) == {"turned"}
    assert found(fits=Hall(135, 130)) == {"turned"}
    assert found(fits=Hall(136, 136)) == set()


def test_a_parcel_that_is_not_computed_yet_is_not_said_to_fit(land, found):
    land.parcel("new", ha=4)
    assert found(fits=Hall(10, 10)) == set()


@pytest.mark.parametrize("seed", [1, 2])
def test_a_search_finds_exactly_what_the_exact_test_finds(session, land, computed, found, seed, monkeypatch):
    choice = random.Random(seed)
    for number in range(25):
        irregular(choice, f"P-{number}", land)
    computed()
    nets = {
        number: shapely.from_wkb(bytes(net))
        for number, net in session.execute(
            select(Parcel.number, text("st_asbinary(net)")).join(
                ParcelPotential, ParcelPotential.parcel_id == Parcel.id
            )
        )
    }
    examined = 0
    for _ in range(12):
        hall = Hall(round(choice.uniform(20, 160), 1), round(choice.uniform(20, 120), 1))
        expected = {number for number, net in nets.items() if isinstance(place(net, hall), Placement)}
        assert found(fits=hall) == expected
        left = session.execute(fitting._left_open(SearchCriteria(fits=hall), hall, land_of(None))).all()
        examined += len(left)
    # The kept bounds decide nearly everything.
    assert examined < 25 * 12 / 5


def test_facets_and_tiles_count_with_the_hall_too(session, land, computed):
    land.parcel("GE", 1, 1, ha=1, zone="GE")
    land.parcel("GI", 1.2, 1, ha=1, zone="GI")
    land.parcel("small", 1.4, 1, ha=0.5, zone="GI")
    computed()
    # Bounds that leave everything open: each is for the exact test.
    session.execute(text("update parcel_potential set fit_lower_m = array_fill(0::float8, array[41]),"
                         " fit_upper_m = array_fill(1000::float8, array[41])"))  # fmt: skip
    asked = SearchCriteria(fits=Hall(90, 80))
    totals, facets = count_by_facet(session, fitting.examined(session, asked, land_of(None)))
    assert (totals.count, facets.zone) == (2, {"GE": 1, "GI": 1})
    with_zone = replace(asked, zone=("GE",))
    _, facets = count_by_facet(session, fitting.examined(session, with_zone, land_of(None)))
    assert facets.zone == {"GE": 1, "GI": 1}
    lon, lat = session.execute(select(Parcel.lon, Parcel.lat).where(Parcel.number == "GI")).one()

    def tile(z, criteria):
        x = int((lon + 180) / 360 * 2**z)
        y = int((1 - math.log(math.tan(math.radians(lat)) + 1 / math.cos(math.radians(lat))) / math.pi) / 2 * 2**z)
        return mapbox_vector_tile.decode(layers.parcel_tile(session, criteria, z, x, y))

    drawn = {one["properties"]["number"] for one in tile(13, asked)["parcels"]["features"]}
    assert "small" not in drawn
    assert "GI" in drawn
    assert sum(one["properties"]["count"] for one in tile(6, asked)["cells"]["features"]) == 2


def test_too_many_open_questions_are_refused_with_the_field(session, land, computed, monkeypatch):
    for number in range(3):
        land.parcel(f"P-{number}", 1 + number, 1)
    computed()
    session.execute(text("update parcel_potential set fit_lower_m = array_fill(0::float8, array[41]),"
                         " fit_upper_m = array_fill(1000::float8, array[41])"))  # fmt: skip
    monkeypatch.setattr(fitting, "EXAMINED_MAX", 2)
    with pytest.raises(InvalidInput) as refused:
        find_parcels(session, SearchCriteria(fits=Hall(50, 50)))
    assert refused.value.field == "fits"


def test_the_way_out_of_an_empty_search_leaves_the_hall_away_or_the_net_area_smaller(session, land, computed):
    land.parcel("A", 1, 1, ha=4)
    computed()
    answers = {answer.field: answer for answer in nearest_answers(session, SearchCriteria(net_min_ha=9))}
    assert answers["net_min_ha"].value == 3
    answers = {answer.field: answer for answer in nearest_answers(session, SearchCriteria(fits=Hall(300, 300)))}
    assert (answers["fits"].value, answers["fits"].count) == (None, 1)
    both = SearchCriteria(fits=Hall(100, 100), size_min_ha=30)
    assert nearest_answers(session, both)[0].field == "size_min_ha"


def test_machines_get_the_place_of_the_hall_on_each_parcel(session, land, computed):
    land.parcel("A", 1, 1, ha=4)
    land.parcel("B", 2, 1, ha=1)
    land.constraint("flood", 1.1, 1, 0.02, 1, grade="excluded")
    computed()
    answer = json.loads(machine.parcels_geojson(session, SearchCriteria(fits=Hall(90, 60)), 10))
    assert answer["numberMatched"] == answer["numberReturned"] == 2
    nets = dict(
        session.execute(
            select(Parcel.number, text("st_asbinary(net)")).join(
                ParcelPotential, ParcelPotential.parcel_id == Parcel.id
            )
        ).all()
    )
    for feature in answer["features"]:
        properties = feature["properties"]
        assert properties["placement"]["type"] == "Polygon"
        assert 0 <= properties["placement_angle_deg"] < 180
        drawn = session.scalar(
            text("select st_asbinary(st_transform(st_setsrid(st_geomfromgeojson(:shape), 4326), 25832))"),
            {"shape": json.dumps(properties["placement"])},
        )
        hall, net = shapely.from_wkb(bytes(drawn)), shapely.from_wkb(bytes(nets[properties["number"]]))
        assert hall.area == pytest.approx(5_400, abs=5)  # Coordinates are told to the centimetre.
        assert hall.difference(net).area < 5
        assert properties["net_area_m2"] == round(net.area, 1)
    without = json.loads(machine.parcels_geojson(session, SearchCriteria(), 10))
    assert "placement" not in without["features"][0]["properties"]
