"""Geometry in filters: every CRS offered, literals larger than the official grid, layers in degrees, and the index."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import func, select, text

from landportal.gis import cql2
from landportal.gis.cql2 import BadFilter
from landportal.model import ContextLayer, LayerFeature, Parcel
from landportal.services.collections.layer_fields import layer_source, rows_of
from landportal.services.collections.parcel_fields import joined, parcel_source
from tests.conftest import CORNER_E, CORNER_N
from tests.gis.filter_rows import Rows

E, N = CORNER_E, CORNER_N
TRIANGLE = f"POLYGON(({E} {N}, {E + 100} {N}, {E + 100} {N + 100}, {E} {N}))"
BESIDE = f"POLYGON(({E + 100} {N}, {E + 200} {N}, {E + 100} {N + 100}, {E + 100} {N}))"


@pytest.fixture
def grid(session):
    """A triangle of 100 m in EPSG:25832, its neighbour that shares a side, and a row without a shape."""
    return Rows(session, 25832).add("A", TRIANGLE).add("B", BESIDE).add("?")


def position(grid, srid: int, east_m: float, north_m: float) -> tuple[float, float]:
    point = func.st_transform(
        func.st_setsrid(func.st_point(E + east_m, N + north_m), 25832), srid
    )  # fmt: skip
    return tuple(grid.session.execute(select(func.st_x(point), func.st_y(point))).one())


@pytest.mark.parametrize("srid", [4326, 3857, 25832, 25833, 31468])
@pytest.mark.parametrize("swapped", [False, True])
def test_a_point_is_found_in_every_crs_and_either_order_of_its_axes(grid, srid, swapped):
    x, y = position(grid, srid, 60, 30)
    if swapped:
        x, y = y, x
    assert grid.found(f"S_INTERSECTS(geom, POINT({x:.9f} {y:.9f}))", srid=srid, swapped=swapped) == {"A"}
    assert grid.found(f"S_DISJOINT(geom, POINT({x:.9f} {y:.9f}))", srid=srid, swapped=swapped) == {"B"}


@pytest.mark.parametrize("srid", [4326, 3857, 25832, 25833, 31468])
def test_a_layer_in_degrees_is_asked_in_every_crs(session, grid, srid):
    (x, y), (east, north) = (position(grid, srid, *place) for place in ((60, 30), (200, 200)))
    session.execute(text("alter table filtered rename to in_the_grid"))
    rows = (
        Rows(session, 4326)
        .add("A", "POINT({} {})".format(*position(grid, 4326, 100, 100)))
        .add("far", "POINT(179 -89)")
    )
    assert rows.found(f"S_WITHIN(geom, BBOX({x}, {y}, {east}, {north}))", srid=srid) == {"A"}
    assert rows.found(f"S_DISJOINT(geom, BBOX({x}, {y}, {east}, {north}))", srid=srid) == {"far"}


def test_the_crs_of_one_filter_is_not_that_of_the_next(sample_session):
    """Statements are remembered by their form: what differs must be a value."""
    boxes = {
        4326: "BBOX(10.5, 50.7, 11.5, 51.2)", 25832: "BBOX(560000, 5600000, 640000, 5700000)",
        3857: "BBOX(1168854, 6573000, 1280173, 6661000)", 31468: "BBOX(4400000, 5600000, 4500000, 5700000)",
    }  # fmt: skip
    counts = {}
    for srid, box in (*boxes.items(), *boxes.items()):
        condition = cql2.compile_filter(f"S_INTERSECTS(geom, {box})", "cql2-text", parcel_source(), srid)
        found = sample_session.scalar(select(func.count()).select_from(Parcel).where(condition))
        assert counts.setdefault(srid, found) == found > 50


WORLD = "POLYGON((-180 -90, 180 -90, 180 90, -180 90, -180 -90))"
REACHING_FAR = {
    f"S_WITHIN(geom, {WORLD})": "AB",
    f"S_INTERSECTS(geom, {WORLD})": "AB",
    f"S_CONTAINS({WORLD}, geom)": "AB",
    f"S_DISJOINT(geom, {WORLD})": "",
    f"S_CONTAINS(geom, {WORLD})": "",
    f"S_EQUALS(geom, {WORLD})": "",
    "S_INTERSECTS(geom, BBOX(-180, -90, 180, 90))": "AB",
    "S_INTERSECTS(geom, BBOX(150, -90, -150, 90))": "",
    "S_DISJOINT(geom, BBOX(150, -90, -150, 90))": "AB",
    "S_INTERSECTS(geom, BBOX(10, -90, 9, 90))": "AB",
    "S_DISJOINT(geom, POINT(-120 -40))": "AB",
    "S_WITHIN(geom, MULTIPOINT(11 51, -120 -40))": "",
    "S_CROSSES(geom, LINESTRING(-179 10, 179 12))": "",
    "S_DISJOINT(geom, LINESTRING(-179 10, 179 12))": "AB",
    "S_INTERSECTS(geom, GEOMETRYCOLLECTION(POINT(170 0), POLYGON((0 40, 20 40, 20 70, 0 40))))": "AB",
}


@pytest.mark.parametrize("asked", REACHING_FAR)
def test_a_literal_beyond_the_grid_gets_the_answers_it_would_have_on_the_globe(grid, asked):
    assert grid.found(asked) == set(REACHING_FAR[asked])


def test_what_lies_beyond_the_grid_still_counts_as_a_part(grid):
    """A small triangle inside of A: A contains it alone, but not together with an island in the Pacific."""
    corners = [position(grid, 4326, *place) for place in ((60, 20), (80, 20), (80, 40), (60, 20))]
    ring = ", ".join(f"{x:.9f} {y:.9f}" for x, y in corners)
    island = "((-150 0, -149 0, -149 1, -150 0))"
    assert grid.found(f"S_CONTAINS(geom, POLYGON(({ring})))") == {"A"}
    assert grid.found(f"S_CONTAINS(geom, MULTIPOLYGON((({ring})), {island}))") == set()
    assert grid.found(f"S_OVERLAPS(geom, POLYGON(({ring})))") == set()
    assert grid.found(f"S_OVERLAPS(geom, MULTIPOLYGON((({ring})), {island}))") == {"A"}
    assert grid.found(f"S_CROSSES(geom, MULTIPOINT({corners[0][0]} {corners[0][1]}, -150 0))") == {"A"}


def test_a_shape_that_was_handed_out_in_degrees_is_still_equal_to_itself(grid):
    shape = func.st_asgeojson(func.st_transform(grid.table.c.geom, 4326), 9)
    told = json.loads(grid.session.scalar(select(shape).where(grid.table.c.key == "A")))
    asked = json.dumps({"op": "s_equals", "args": [{"property": "geom"}, told]})
    assert grid.found(asked, "cql2-json") == {"A"}


def test_neighbours_touch_and_do_not_overlap(grid):
    assert grid.found(f"S_TOUCHES(geom, {TRIANGLE})", srid=25832) == {"B"}
    assert grid.found(f"S_EQUALS(geom, {TRIANGLE})", srid=25832) == {"A"}
    assert grid.found(f"S_OVERLAPS(geom, {TRIANGLE})", srid=25832) == set()


def test_metres_are_measured_in_the_grid_and_refused_beyond_it(grid):
    x, y = position(grid, 4326, 350, 0)
    assert grid.found("area_m2(geom) BETWEEN 4999.9 AND 5000.1") == {"A", "B"}
    assert grid.found("length_m(geom) > 341 AND length_m(geom) < 342") == {"A", "B"}
    assert grid.found(f"distance_m(geom, POINT({x} {y})) < 151") == {"B"}
    assert grid.found(f"s_dwithin(geom, POINT({x} {y}), 151)") == {"B"}
    with pytest.raises(BadFilter, match="too far away"):
        grid.found("distance_m(geom, POINT(-150 0)) > 1")


def test_the_side_of_a_box_in_degrees_is_a_parallel_and_not_a_chord_of_the_grid(sample_session):
    box = func.st_makeenvelope(-170, -80, 170, 50.9, 4326)
    on_the_globe = func.st_intersects(func.st_transform(Parcel.geom, 4326), box)
    condition = cql2.compile_filter(
        "S_INTERSECTS(geom, BBOX(-170, -80, 170, 50.9))", "cql2-text", parcel_source(), 4326
    )
    counts = [sample_session.scalar(select(func.count()).where(one)) for one in (on_the_globe, condition)]
    differing = sample_session.scalar(select(func.count()).where(on_the_globe != condition))
    assert counts[0] == counts[1] > 50
    assert differing == 0


@pytest.mark.parametrize("srid", [4326, 25832])
def test_every_relation_answers_for_every_pair_of_kinds_of_geometry(session, srid):
    """Collections and empty geometries too: none of them may be an error of the database."""
    rows = Rows(session, srid)
    shapes = [
        "POINT(1 1)", "MULTIPOINT((1 1), (2 2))", "LINESTRING(0 0, 2 2)", "MULTILINESTRING((0 0, 2 2), (3 3, 4 4))",
        "POLYGON((0 0, 2 0, 2 2, 0 0))", "MULTIPOLYGON(((0 0, 2 0, 2 2, 0 0)))",
        "GEOMETRYCOLLECTION(POINT(1 1), LINESTRING(0 0, 2 2))",
        "GEOMETRYCOLLECTION(POLYGON((0 0, 2 0, 2 2, 0 0)), POINT(9 9))",
    ]  # fmt: skip
    for place, shape in enumerate((*shapes, "POLYGON EMPTY")):
        rows.add(str(place), shape)
    for shape in shapes:
        for relation in ("INTERSECTS", "DISJOINT", "EQUALS", "TOUCHES", "WITHIN", "OVERLAPS", "CROSSES", "CONTAINS"):
            assert rows.found(f"S_{relation}(geom, {shape}) IS NOT NULL", srid=srid) == set("012345678")
    for call in ("area_m2(geom)", "length_m(geom)", "geometry_type(geom)"):
        assert rows.found(f"{call} IS NOT NULL") == set("012345678")
    assert rows.found("distance_m(geom, POINT(11 51)) >= 0") == set("01234567")


def test_a_box_and_a_radius_use_the_spatial_index(sample_session):
    sample_session.execute(text("set local enable_seqscan = off"))
    for asked in ("S_INTERSECTS(geom, BBOX(11, 50.9, 11.1, 51))", "s_dwithin(geom, POINT(11 51), 500)"):
        condition = cql2.compile_filter(asked, "cql2-text", parcel_source(), 4326)
        statement = joined(select(Parcel.id)).where(condition)
        compiled = statement.compile(sample_session.connection())
        plan = sample_session.connection().exec_driver_sql(f"explain {compiled}", compiled.params).scalars().all()
        assert any("Index Cond: (geom && " in line for line in plan), "\n".join(plan)


def test_conditions_on_columns_are_plain_and_every_literal_is_bound(sample_session):
    condition = cql2.compile_filter("status = 'sold' AND area_m2 >= 1000", "cql2-text", parcel_source(), 4326)
    compiled = condition.compile(sample_session.connection())
    assert str(compiled) == "parcel.status = %(param_1)s::VARCHAR AND parcel.area_m2 >= %(param_2)s::BIGINT"
    assert set(compiled.params.values()) == {"sold", 1000}


# -------------------------------------------------------------------------------------------------------------- layers


KINDS = {
    "order": "text", 'a "b" ü': "text", "geom": "text", "n": "integer", "share": "number", "true": "boolean",
    "date": "date", "seen": "moment", "uses": "texts",
}  # fmt: skip


@pytest.fixture
def layer(session):
    """A layer with whatever columns: names that SQL or CQL2 know otherwise, mixed geometries, and rows without."""
    layer = ContextLayer(
        name="mixed", title_de="Gemischt", title_en="Mixed", licence="CC0", attribution="Tests", srid=25832,
        source_file="mixed.gpkg", geometry_kind="mixed", delivery=1,
        fields=[{"name": name, "source_name": name, "kind": kind, "title": name} for name, kind in KINDS.items()],
    )  # fmt: skip
    session.add(layer)
    session.flush()
    full = {
        "order": "x", 'a "b" ü': "O'Brien", "geom": "a text", "n": 7, "share": 0.5, "true": True, "date": "2026-01-31",
        "seen": "2026-01-31T10:00:00Z", "uses": ["GE", "GI"],
    }  # fmt: skip
    point = f"SRID=25832;POINT({E} {N})"
    for key, properties, geom in (("A", full, point), ("B", {"n": -1}, f"SRID=25832;{TRIANGLE}"), ("C", {}, None)):
        session.add(LayerFeature(layer_id=layer.id, delivery=1, key=key, properties=properties, geom=geom))
    other = ContextLayer(
        name="other", title_de="x", title_en="x", licence="CC0", attribution="x", srid=4326, source_file="x",
        geometry_kind="none", delivery=1, fields=[],
    )  # fmt: skip
    session.add(other)
    session.flush()
    words = dict.fromkeys(KINDS, "no number, no date")
    session.add(LayerFeature(layer_id=other.id, delivery=1, key="Z", properties=words))
    session.flush()
    return layer


ASKED_OF_LAYERS = {
    "\"order\" = 'x'": "A",
    "order = 'x'": "A",
    '"a ""b"" ü" LIKE \'O\'\'%\'': "A",
    "geom = 'a text'": "A",
    "n >= 0": "A",
    "n * 2 = -2": "B",
    'share = 0.5 AND "true"': "A",
    'NOT "true"': "",
    "date = DATE('2026-01-31')": "A",
    "T_DURING(seen, INTERVAL('2026-01-01', '2026-02-01'))": "A",
    "A_CONTAINS(uses, ('GI'))": "A",
    "A_OVERLAPS(uses, ('GI', 'SO'))": "A",
    "uses IS NULL": "BC",
    "n IS NULL": "C",
    "S_INTERSECTS(geom, BBOX(-180, -90, 180, 90))": "AB",
    "S_WITHIN(geometry, BBOX(-180, -90, 180, 90))": "AB",
    "geometry IS NULL": "C",
    "geometry_type(geometry) = 'Point'": "A",
}


@pytest.mark.parametrize("asked", ASKED_OF_LAYERS)
def test_a_layer_is_filtered_by_its_own_columns(session, layer, asked):
    condition = cql2.compile_filter(asked, "cql2-text", layer_source(layer), 4326)
    found = session.scalars(select(LayerFeature.key).where(rows_of(layer), condition))
    assert set(found) == set(ASKED_OF_LAYERS[asked])
