"""Ways by lorry and isochrones in the store: imported in one step, found for every parcel, found anew when needed."""

import json
import threading
import time

import pytest
from sqlalchemy import create_engine, select, text

from landportal import db
from landportal.config import read_settings
from landportal.gis.notes import CannotRead
from landportal.model import Parcel, ParcelIsochrone, ParcelTravel, RoadEdge, RoadGraph
from landportal.services import isochrones, travel
from landportal.services.import_columns import ImportKind
from landportal.services.import_issues import ImportRefused, NothingUsable
from landportal.services.imports import DataSetFacts, ImportRequest
from landportal.services.road_graphs import keeping, publishing
from landportal.services.search import SearchCriteria
from landportal.services.search.find import find_parcels
from landportal.services.search.relax import nearest_answers
from landportal.services.tasks import travel as tasks
from landportal.services.tasks.task import Work
from tests.conftest import CORNER_E, CORNER_N, Land

HEADING = "id,road_class,speed_kmh,oneway,built_up,lorry,wkt"


def line(*places):
    return '"LINESTRING(' + ", ".join(f"{CORNER_E + x * 1000} {CORNER_N + y * 1000}" for x, y in places) + ')"'


MAIN = line((0, 1), (10, 1)), line((10, 1), (20, 1)), line((20, 1), (30, 1))
"""A road along which everything lies, in three stretches of 10 km."""


def roads(folder, *rows, name="roads.csv"):
    """A file of lines: what a row says beside its line is `class,speed,oneway,built_up,lorry`."""
    path = folder / name
    path.write_text("\n".join([HEADING, *(f"{at},{row}" for at, row in enumerate(rows, 1))]) + "\n")
    return path


def main_road(folder, speed=60, built_up="nein", name="roads.csv"):
    return roads(folder, *(f"state_road,{speed},,{built_up},,{part}" for part in MAIN), name=name)


def request(path, source="roads", **options):
    facts = DataSetFacts(name=source, schematic=options.pop("schematic", None))
    return ImportRequest(kind=ImportKind.ROADS, file=path, data_set=facts, crs="EPSG:25832", **options)


def publish(session, path, **options):
    return publishing.publish(session, request(path, **options))


@pytest.fixture
def region(land):
    land.infrastructure("motorway_junction", "West", 0, 1, ref="A 4")
    land.infrastructure("motorway_junction", "Ost", 30, 1, ref="A 4")
    land.infrastructure("airport", "Flughafen", 20, 1.1)
    land.parcel("A", east_km=4, north_km=1.05)
    land.parcel("B", east_km=22, north_km=1.05)
    land.parcel("FAR", east_km=10, north_km=9)
    return land


def minutes(session, kind="motorway"):
    rows = session.execute(
        select(Parcel.number, ParcelTravel.minutes).join(Parcel).where(ParcelTravel.kind == kind)
    ).all()  # fmt: skip
    return {number: took and round(took, 1) for number, took in rows}


def waiting(session):
    """The jobs that wait, but for what can be built on: that has its own tests."""
    rows = session.execute(text("select task_name, args from procrastinate_jobs where status = 'todo' order by id"))
    return [(name, args) for name, args in rows if name != "enrich"]


# ------------------------------------------------------------------------------------------------------- importing


def test_lines_become_a_graph_and_every_parcel_knows_its_way(session, region, tmp_path):
    published = publish(session, main_road(tmp_path))
    assert (published.graph.edges, published.graph.nodes, round(published.graph.length_km)) == (3, 4, 30)
    assert published.pieces.count == 1
    assert published.found == travel.Found(3, 1)
    # 57 km/h is what a lorry drives on a state road of 60; the stretch to it counts 1.3 times at 30 km/h.
    access = 50 * 1.3 * 0.06 / 30
    assert minutes(session) == {
        "A": round(4 * 60 / 57 + access, 1), "B": round(8 * 60 / 57 + access, 1), "FAR": None,
    }  # fmt: skip
    told = travel.of_parcel(session, region_id(session, "A"))
    way = told.way("motorway")
    assert way.place.name == "West"
    assert way.km == pytest.approx(4.065, abs=0.001)
    assert way.through_settlement is False
    assert told.way("airport").place.name == "Flughafen"
    assert told.way("rail") is None
    assert not told.off_graph
    assert not told.waiting
    assert travel.of_parcel(session, region_id(session, "FAR")).off_graph


def region_id(session, number):
    return session.scalar(select(Parcel.id).where(Parcel.number == number))


def test_a_new_graph_replaces_the_one_before_and_drawn_roads_stay(session, region, tmp_path):
    publish(session, main_road(tmp_path))
    before = minutes(session)
    publish(session, main_road(tmp_path, speed=30, name="slow.csv"), source="slow")
    assert session.query(RoadGraph).count() == 1
    assert session.query(RoadEdge).count() == 3
    after = minutes(session)
    assert after["A"] > before["A"]
    assert session.scalar(text("select count(*) from road")) == 0


def test_repeating_an_import_finds_the_same_ways(session, region, tmp_path):
    publish(session, main_road(tmp_path))
    before = minutes(session)
    publish(session, main_road(tmp_path))
    assert minutes(session) == before
    assert travel.travel_of(session).parcels == 3
    assert minutes(session) == before


def test_planned_roads_are_not_driven_on(session, region, tmp_path):
    path = tmp_path / "roads.csv"
    rows = [f"1,state_road,open,{MAIN[0]}", f"2,state_road,planned,{MAIN[1]}", f"3,state_road,im Bau,{MAIN[2]}"]
    path.write_text("\n".join(["id,road_class,state,wkt", *rows]))
    assert publish(session, path).graph.edges == 1
    assert minutes(session)["B"] is None


def test_one_way_and_lorry_columns_are_kept_to(session, region, tmp_path):
    closed = roads(tmp_path, f"state_road,60,ja,nein,,{MAIN[0]}", f"state_road,60,-1,nein,,{MAIN[1]}",
                   f"state_road,60,,nein,nein,{MAIN[2]}")  # fmt: skip
    publish(session, closed)
    edges = session.scalars(select(RoadEdge).order_by(RoadEdge.id)).all()
    assert [(edge.lorry_min is not None, edge.lorry_back_min is not None) for edge in edges] == [
        (True, False), (False, True), (False, False),
    ]  # fmt: skip
    assert edges[2].car_min is not None


def test_rejected_rows_are_told_and_strict_refuses(session, region, tmp_path):
    path = roads(tmp_path, f"state_road,60,,,,{MAIN[0]}", f"footpath,60,,,,{MAIN[1]}")
    published = publish(session, path)
    assert (published.graph.edges, published.told.rejected) == (1, 1)
    assert published.told.issues[0].row == 3
    with pytest.raises(ImportRefused):
        publish(session, path, strict=True)


def test_a_speed_that_cannot_be_is_told_and_the_class_decides(session, region, tmp_path):
    published = publish(session, roads(tmp_path, f"state_road,5000,,,,{MAIN[0]}"))
    assert [(issue.row, issue.field, issue.value) for issue in published.told.issues] == [(2, "speed_kmh", "5000")]
    assert session.scalar(select(RoadEdge.lorry_min)) == pytest.approx(10 * 60 / 57)


@pytest.mark.parametrize(
    ("content", "refusal"),
    [
        (f"{HEADING}\n", CannotRead),
        (f"{HEADING}\n1,state_road,,,,,\"POINT(620000 5640000)\"\n", CannotRead),
        (f"{HEADING}\n1,footpath,,,,,{MAIN[0]}\n", CannotRead),
    ],
)  # fmt: skip
def test_a_file_without_usable_lines_is_refused_and_the_graph_before_stays(session, region, tmp_path, content, refusal):
    publish(session, main_road(tmp_path))
    path = tmp_path / "empty.csv"
    path.write_text(content)
    with pytest.raises((refusal, ImportRefused, NothingUsable)), session.begin_nested():
        publish(session, path, source="empty")
    assert session.query(RoadEdge).count() == 3


def test_an_openstreetmap_extract_becomes_the_graph(session, region, shared_data):
    published = publish(session, shared_data / "roads" / "bautzen.osm", source="bautzen")
    assert published.told.read.ways == 52
    assert published.graph.edges == 52
    assert minutes(session) == {"A": None, "B": None, "FAR": None}
    told = travel.of_parcel(session, region_id(session, "A"))
    assert told.off_graph
    assert told.reach_km == 2


# --------------------------------------------------------------------------------------------------- kept up to date


def test_a_moved_parcel_loses_its_way_at_once_and_a_job_finds_the_new_one(session, region, tmp_path):
    publish(session, main_road(tmp_path))
    session.execute(text("delete from procrastinate_jobs"))
    session.execute(text("update parcel set geom = st_translate(geom, 1000, 0) where number = 'A'"))
    assert "A" not in minutes(session)
    assert travel.of_parcel(session, region_id(session, "A")).waiting
    assert waiting(session) == [("compute_travel", {})]
    assert travel.without_travel(session) == [region_id(session, "A")]


def test_a_new_parcel_asks_for_its_way_and_one_that_only_changed_its_name_does_not(session, region, tmp_path):
    publish(session, main_road(tmp_path))
    session.execute(text("delete from procrastinate_jobs"))
    session.execute(text("update parcel set name_de = 'Neu' where number = 'A'"))
    assert waiting(session) == []
    region.parcel("NEW", east_km=6, north_km=1.05)
    assert waiting(session) == [("compute_travel", {})]


def test_a_new_destination_asks_for_all_ways_anew(session, region, tmp_path):
    publish(session, main_road(tmp_path))
    session.execute(text("delete from procrastinate_jobs"))
    region.infrastructure("motorway_junction", "Mitte", 10, 1)
    assert waiting(session) == [("compute_travel", {"everything": True})]
    travel.travel_of(session)
    assert travel.of_parcel(session, region_id(session, "A")).way("motorway").place.name == "West"
    assert minutes(session)["A"] == 4.3


def test_where_no_graph_is_loaded_nothing_is_asked_for_and_nothing_told(session, region):
    assert waiting(session) == []
    assert travel.travel_of(session) == travel.Found()
    assert travel.of_parcel(session, region_id(session, "A")) is None


def test_chunks_find_what_one_pass_finds(session, region, tmp_path, monkeypatch):
    publish(session, main_road(tmp_path))
    whole = minutes(session)
    monkeypatch.setattr(travel, "PARCELS_AT_ONCE", 1)
    assert travel.travel_of(session).parcels == 3
    assert minutes(session) == whole
    assert travel.travel_of(session, [region_id(session, "A"), 10**6]) == travel.Found(1, 0)
    assert travel.travel_of(session, []) == travel.Found()
    assert minutes(session) == whole


@pytest.fixture
def store(database_url, settings, tmp_path):
    """A database of its own with the region and a graph, seen as the worker sees it."""
    owner = db.connect(database_url, settings)
    with db.transaction(owner) as session:
        land = Land(session)
        land.infrastructure("motorway_junction", "West", 0, 1)
        land.parcel("A", east_km=4, north_km=1.05)
        publish(session, main_road(tmp_path))
    worker = db.connect(database_url, settings, role=db.APPLICATION_ROLE)
    yield owner, Work(read_settings({"LANDPORTAL_DATABASE_URL": database_url}), worker)
    worker.dispose()
    owner.dispose()


def test_jobs_do_their_work_as_the_application_and_end(store):
    owner, work = store
    with db.transaction(owner) as session:
        session.execute(text("update parcel set geom = st_translate(geom, 2000, 0)"))
    tasks.compute_travel(work)
    tasks.compute_isochrones(work)
    with db.transaction(owner) as session:
        assert minutes(session) == {"A": 6.4}
        assert session.query(ParcelIsochrone).count() == 4
        people = session.scalars(select(ParcelIsochrone.people).order_by(ParcelIsochrone.minutes)).all()
        session.execute(text("update admin_unit set population = 50000 where ags = '16067089'"))
    tasks.count_people(work)
    with db.transaction(owner) as session:
        assert session.scalars(select(ParcelIsochrone.people).order_by(ParcelIsochrone.minutes)).first() > people[0]
        computed = session.scalars(select(ParcelTravel.computed_at)).all()
    tasks.compute_travel(work)
    with db.transaction(owner) as session:
        assert session.scalars(select(ParcelTravel.computed_at)).all() == computed


def test_ways_are_replaced_in_one_step_for_everybody_else(store, database_url, tmp_path):
    owner, _ = store
    other = create_engine(database_url)
    with db.transaction(owner) as session, other.connect() as reader:
        before = reader.execute(text("select minutes from parcel_travel where kind = 'motorway'")).scalar()
        reader.rollback()
        publish(session, main_road(tmp_path, speed=20, name="slow.csv"))
        seen = reader.execute(text("select minutes from parcel_travel where kind = 'motorway'")).scalar()
        graphs = reader.execute(text("select count(*) from road_graph")).scalar()
        assert (seen, graphs) == (before, 1)
        reader.rollback()
    with other.connect() as reader:
        assert reader.execute(text("select minutes from parcel_travel where kind = 'motorway'")).scalar() > before
        assert reader.execute(text("select count(*) from road_graph")).scalar() == 1
    other.dispose()


def test_a_process_keeps_the_graph_of_one_store_apart_from_anothers(session, region, tmp_path, store):
    publish(session, main_road(tmp_path, speed=20))
    first = minutes(session)["A"]
    owner, _ = store
    with db.transaction(owner) as other:
        travel.travel_of(other)
        assert minutes(other)["A"] < first
    travel.travel_of(session)
    assert minutes(session)["A"] == first


# --------------------------------------------------------------------------------------------------------- searching


def found(session, **criteria):
    return {parcel.number for parcel in find_parcels(session, SearchCriteria(**criteria)).parcels}


def test_two_at_once_for_the_same_parcels_both_end(store, database_url):
    owner, _ = store
    with db.transaction(owner) as session:
        session.execute(text("delete from parcel_travel"))
    started = threading.Event()

    def second():
        with db.transaction(owner) as session:
            started.set()
            travel.travel_of(session)

    with db.transaction(owner) as session:
        travel.travel_of(session)
        other = threading.Thread(target=second)
        other.start()
        started.wait()
        time.sleep(0.3)
    other.join(timeout=20)
    assert not other.is_alive()
    with db.transaction(owner) as session:
        assert session.query(ParcelTravel).count() == 3


def test_search_finds_exactly_the_parcels_within_minutes(session, region, tmp_path):
    assert found(session, motorway_max_min=60) == set()
    publish(session, main_road(tmp_path))
    took = minutes(session)
    assert found(session) == {"A", "B", "FAR"}
    assert found(session, motorway_max_min=60) == {"A", "B"}
    for limit in (1, 4, 5, 8, 9, 20):
        expected = {number for number, each in took.items() if each is not None and each < limit + 0.5}
        assert found(session, motorway_max_min=limit) == expected


def test_an_empty_search_by_minutes_tells_how_many_would_do(session, region, tmp_path):
    publish(session, main_road(tmp_path))
    answers = nearest_answers(session, SearchCriteria(motorway_max_min=2))
    assert [(answer.field, answer.value, answer.count) for answer in answers] == [("motorway_max_min", 5, 1)]


# -------------------------------------------------------------------------------------------------------- isochrones


def test_isochrones_are_nested_and_people_grow_with_them(session, region, tmp_path):
    publish(session, main_road(tmp_path))
    session.execute(text("update admin_unit set population = 20000 where level = 'municipality'"))
    assert isochrones.compute_some(session, limit=2)
    assert not isochrones.compute_some(session, limit=2)
    graph = keeping.current_graph(session)
    told = travel.of_parcel(session, region_id(session, "A"))
    kept = isochrones.of_travel(session, told)
    assert [each.minutes for each in kept] == [15, 30, 45, 60]
    people = [each.people for each in kept]
    assert people == sorted(people)
    assert 0 < people[0] < people[-1] <= 40_000
    outside = session.scalar(
        text(
            "select max(st_area(st_difference(a.geom, b.geom))) from parcel_isochrone a join parcel_isochrone b"
            " using (parcel_id) where a.minutes < b.minutes and a.graph_id = :graph"
        ),
        {"graph": graph.id},
    )
    assert outside < 1
    assert isochrones.of_travel(session, travel.of_parcel(session, region_id(session, "FAR"))) == ()


def test_isochrones_are_geojson_the_largest_first(session, region, tmp_path):
    publish(session, main_road(tmp_path))
    assert json.loads(isochrones.geojson_of(session, "A"))["features"] == []
    isochrones.compute_some(session)
    told = json.loads(isochrones.geojson_of(session, "A"))
    assert [feature["properties"]["minutes"] for feature in told["features"]] == [60, 45, 30, 15]
    assert {feature["geometry"]["type"] for feature in told["features"]} == {"MultiPolygon"}
    west = min(place[0] for polygon in told["features"][0]["geometry"]["coordinates"] for place in polygon[0])
    assert 10 < west < 11


def test_isochrones_of_another_graph_are_found_anew(session, region, tmp_path):
    publish(session, main_road(tmp_path))
    isochrones.compute_some(session)
    publish(session, main_road(tmp_path, speed=20))
    told = travel.of_parcel(session, region_id(session, "A"))
    assert isochrones.of_travel(session, told) is None
    assert not isochrones.compute_some(session)
    assert isochrones.of_travel(session, told)
