"""The road network as arrays: ways against Dijkstra of networkx, tags and one-way streets from files written here."""

import bz2
import gzip
import itertools
import math
import random

import networkx as nx
import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from landportal.gis import geometry
from landportal.gis.network import osm
from landportal.gis.network.access import NO_EDGE, Access, Entries
from landportal.gis.network.building import Stretches, build, joined_ends, pieces_of
from landportal.gis.network.graph import CLASSES, INSIDE, OUTSIDE, UNKNOWN, RoadGraph
from landportal.gis.network.isochrones import areas, field_of, people_inside
from landportal.gis.network.nearest import Destinations, Searcher, through_settlement
from landportal.gis.network.osm_tags import number, road_of
from landportal.gis.network.routing import Router
from landportal.gis.notes import CannotRead
from landportal.model import EdgeClass, Vehicle

LORRY, CAR = Vehicle.LORRY, Vehicle.CAR


def shapes(*texts):
    return np.asarray(shapely.from_wkt(list(texts)), dtype=object)


def random_graph(seed, nodes, edges):
    """Any graph: parallel edges, loops, one-way streets, pieces of its own."""
    rng = np.random.default_rng(seed)
    places = rng.uniform(0, 10_000, (nodes, 2))
    source, target = rng.integers(0, nodes, (2, edges))
    length = np.hypot(*(places[source] - places[target]).T) + rng.uniform(1, 500, edges)
    driven = {}
    for way in ("forth", "back"):
        took = length / rng.uniform(200, 1500, edges)
        driven[way] = np.where(rng.random(edges) < 0.25, np.inf, took)
    lines = np.asarray(shapely.linestrings(np.stack([places[source], places[target] + 0.01], axis=1)), dtype=object)
    return RoadGraph(
        places, source, target, np.full(edges, CLASSES.index(EdgeClass.STATE_ROAD), dtype=np.int8), length,
        dict.fromkeys(Vehicle, driven["forth"]), dict.fromkeys(Vehicle, driven["back"]),
        rng.integers(-1, 2, edges).astype(np.int8), lines,
    )  # fmt: skip


def as_networkx(graph):
    """The same graph, turned round, as networkx knows it."""
    turned = nx.MultiDiGraph()
    turned.add_nodes_from(range(graph.node_count))
    for edge in range(len(graph.source)):
        start, end = int(graph.source[edge]), int(graph.target[edge])
        for took, tail, head in ((graph.forth[LORRY][edge], end, start), (graph.back[LORRY][edge], start, end)):
            if math.isfinite(took):
                turned.add_edge(tail, head, weight=took)
    return turned


def at_nodes(nodes):
    nodes = np.asarray(nodes)
    zero = np.zeros(len(nodes))
    return Entries(np.arange(len(nodes)), np.full(len(nodes), NO_EDGE), zero, nodes, zero)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 10_000), nodes=st.integers(2, 60), edges=st.integers(1, 150), count=st.integers(1, 5))
def test_minutes_to_the_nearest_of_several_are_those_of_networkx(seed, nodes, edges, count):
    graph = random_graph(seed, nodes, edges)
    targets = random.Random(seed).sample(range(nodes), min(count, nodes))
    found = Router(graph, LORRY).reach(at_nodes(targets))
    expected = nx.multi_source_dijkstra_path_length(as_networkx(graph), set(targets))
    assert {node: pytest.approx(took, abs=1e-6) for node, took in expected.items()} == {
        node: took for node, took in enumerate(found.minutes) if math.isfinite(took)
    }
    alone = [nx.single_source_dijkstra_path_length(as_networkx(graph), target) for target in targets]
    for node in expected:
        assert alone[found.target[node]][node] == pytest.approx(expected[node], abs=1e-6)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 10_000))
def test_what_lies_along_a_way_is_the_sum_of_its_edges(seed):
    graph = random_graph(seed, 40, 90)
    turned = as_networkx(graph)
    found = Router(graph, LORRY).reach(at_nodes([0]))
    paths = nx.single_source_dijkstra_path(turned, 0)
    for node, path in paths.items():
        metres = 0.0
        for before, after in itertools.pairwise(path):
            took = turned[before][after].values()
            quickest = min(link["weight"] for link in took)
            metres += next(
                graph.length_m[edge]
                for edge in range(len(graph.source))
                for driven, tail, head in (
                    (graph.forth[LORRY][edge], graph.target[edge], graph.source[edge]),
                    (graph.back[LORRY][edge], graph.source[edge], graph.target[edge]),
                )
                if tail == before and head == after and driven == quickest
            )
        assert found.sums[node, 0] == pytest.approx(metres)
        assert found.sums[node, 1] + found.sums[node, 2] <= found.sums[node, 0] + 1e-6


# ------------------------------------------------------------------------------------------------ places and ways


def straight_road(**facts):
    """A state road of 6 km eastwards from 0 in three stretches, and a motorway beside it."""
    lines = shapes(
        "LINESTRING(0 0, 2000 0)", "LINESTRING(2000 0, 4000 0)", "LINESTRING(4000 0, 6000 0)",
        "LINESTRING(0 300, 6000 300)", "LINESTRING(6000 0, 6000 300)",
    )  # fmt: skip
    kinds = [EdgeClass.STATE_ROAD] * 3 + [EdgeClass.MOTORWAY, EdgeClass.MOTORWAY_RAMP]
    return stretches(lines, kinds, **facts)


def stretches(lines, kinds, built_up=None, one_way=(), driven=None):
    count = len(lines)
    forth = np.ones(count, dtype=bool)
    back = np.array([place not in one_way for place in range(count)])
    return Stretches(
        lines=lines, kind=np.array([CLASSES.index(kind) for kind in kinds], dtype=np.int8),
        built_up=np.array(built_up if built_up is not None else [OUTSIDE] * count, dtype=np.int8),
        sign_kmh=np.full(count, np.nan), driven_kmh=np.full(count, np.nan if driven is None else driven),
        separated=np.zeros(count, dtype=bool), forth=dict.fromkeys(Vehicle, forth), back=dict.fromkeys(Vehicle, back),
        length_m=np.full(count, np.nan), ref=[None] * count, name=[None] * count,
    )  # fmt: skip


def way(graph, place, target, junctions=False):
    searcher = Searcher.of(graph, LORRY)
    return Destinations(searcher, shapes(target), junctions).ways_from(searcher.access.entries(shapes(place)), 1)


def test_a_way_counts_the_stretch_to_the_road_the_part_of_it_and_the_rest():
    graph = build(straight_road(driven=60)).graph
    found = way(graph, "POLYGON((500 -100, 600 -100, 600 -200, 500 -200, 500 -100))", "POINT(5000 -50)")
    speed = min(60, 60 * 0.95) / 0.06
    assert found.straight_m[0] == 100
    access = (100 + 50) * 1.3
    assert found.metres[0] == pytest.approx(access + 4400, abs=101)
    assert found.minutes[0] == pytest.approx(access / 500 + (found.metres[0] - access) / speed, rel=1e-6)


def test_land_is_not_reached_from_a_motorway_and_not_from_too_far():
    graph = build(straight_road()).graph
    entries = Access(graph, LORRY).entries(shapes("POINT(3000 290)", "POINT(3000 -2001)", "POINT(3000 -1999)"))
    assert entries.place.tolist() == [0, 2]
    assert entries.straight_m.tolist() == [290, 1999]


def test_place_and_destination_on_the_same_stretch_need_no_node():
    graph = build(straight_road(driven=60)).graph
    found = way(graph, "POINT(2500 0)", "POINT(3000 0)")
    assert found.metres[0] == pytest.approx(500)


def test_a_one_way_street_is_driven_round_not_back():
    lines = shapes("LINESTRING(0 0, 1000 0)", "LINESTRING(1000 0, 1000 1000, 0 0)")
    graph = build(stretches(lines, [EdgeClass.STREET] * 2, one_way=(0,))).graph
    assert way(graph, "POINT(200 0)", "POINT(700 0)").metres[0] == pytest.approx(500)
    round_trip = way(graph, "POINT(700 0)", "POINT(200 0)").metres[0]
    assert round_trip == pytest.approx(300 + 1000 + 1000 * math.sqrt(2) + 200)


def test_whoever_reaches_a_ramp_is_at_the_junction():
    graph = build(straight_road(driven=60)).graph
    found = way(graph, "POINT(5000 0)", "POINT(6000 150)", junctions=True)
    assert found.metres[0] == pytest.approx(1000)
    assert found.minutes[0] == pytest.approx(1000 * 0.06 / 57)


def test_a_place_off_the_graph_or_without_a_way_has_none():
    apart = np.concatenate([straight_road().lines, shapes("LINESTRING(0 9000, 3000 9000)")])
    graph = build(stretches(apart, [EdgeClass.STATE_ROAD] * 6)).graph
    assert pieces_of(graph).count == 2
    searcher = Searcher.of(graph, LORRY)
    places = shapes("POINT(100 9000)", "POINT(100 5000)", "POINT(100 0)")
    entries = searcher.access.entries(places)
    found = Destinations(searcher, shapes("POINT(6000 0)")).ways_from(entries, 3)
    assert np.isfinite(found.minutes).tolist() == [False, False, True]
    assert np.isnan(found.straight_m).tolist() == [False, True, False]
    assert found.target.tolist() == [-1, -1, 0]


@pytest.mark.parametrize(
    ("built_up", "told"),
    [
        ([OUTSIDE, OUTSIDE, OUTSIDE], False),
        ([OUTSIDE, INSIDE, OUTSIDE], True),
        ([OUTSIDE, UNKNOWN, OUTSIDE], None),
        ([UNKNOWN, INSIDE, OUTSIDE], True),
        ([OUTSIDE, OUTSIDE, INSIDE], False),
    ],
)
def test_a_settlement_on_the_way_is_told_and_unknown_stays_unknown(built_up, told):
    graph = build(straight_road(built_up=[*built_up, OUTSIDE, OUTSIDE])).graph
    assert through_settlement(way(graph, "POINT(500 0)", "POINT(4050 0)")) == [told]


def test_ends_of_lines_within_a_metre_are_one_node():
    lines = shapes("LINESTRING(0 0, 10 0)", "LINESTRING(10.6 0, 20 0)", "LINESTRING(20 1.2, 30 0)")
    source, target, nodes = joined_ends(lines)
    assert target[0] == source[1]
    assert target[1] != source[2]
    assert len(nodes) == 5


def test_nothing_to_search_is_no_fault():
    graph = build(stretches(shapes(), [])).graph
    searcher = Searcher.of(graph, LORRY)
    entries = searcher.access.entries(shapes("POINT(0 0)"))
    found = Destinations(searcher, shapes("POINT(1 1)")).ways_from(entries, 1)
    assert not np.isfinite(found.minutes).any()
    assert field_of(searcher.access, LORRY, searcher.reach_of(shapes("POINT(0 0)"), 60), 60) is None


def test_in_a_schematic_graph_every_node_is_a_way_in():
    graph = build(straight_road(), schematic=True).graph
    entries = Access(graph, LORRY).entries(shapes("POINT(6500 300)"))
    assert sorted(entries.straight_m.tolist()) == [500, pytest.approx(math.hypot(500, 300))]


# ------------------------------------------------------------------------------------------------------ isochrones


def grid(step=1_000, count=30):
    lines = [f"LINESTRING({x} 0, {x} {step * count})" for x in range(0, step * (count + 1), step)]
    noded = shapely.node(shapely.union_all(shapely.from_wkt(lines + [_turned(line) for line in lines])))
    parts = shapely.get_parts(noded)
    return build(stretches(np.asarray(parts, dtype=object), [EdgeClass.COUNTY_ROAD] * len(parts))).graph


def _turned(line):
    numbers = line.removeprefix("LINESTRING(").removesuffix(")").split(", ")
    return f"LINESTRING({', '.join(' '.join(reversed(pair.split())) for pair in numbers)})"


@pytest.fixture(scope="module")
def rings():
    graph = grid()
    searcher = Searcher.of(graph, CAR)
    place = shapes("POINT(15000 15000)")
    field = field_of(searcher.access, CAR, searcher.reach_of(place, 15), 15)
    return searcher, field, areas(field, (3, 6, 9, 12, 15))


def test_every_isochrone_lies_in_the_next(rings):
    _, _, found = rings
    assert shapely.is_valid(found).all()
    assert all(shape.geom_type == "MultiPolygon" for shape in found)
    for inner, outer in itertools.pairwise(found):
        assert shapely.area(shapely.difference(inner, outer)) < 1e-6
        assert shapely.area(inner) < shapely.area(outer)


def test_a_place_lies_in_the_isochrone_exactly_if_its_way_is_that_short(rings):
    searcher, field, found = rings
    places = np.random.default_rng(4).uniform(2_000, 28_000, (400, 2))
    points = np.asarray(shapely.points(places), dtype=object)
    took = minutes_by_trying(searcher, places)
    # A cell is 125 m wide and neighbours are counted in eight directions: half a minute on either side.
    for limit, shape in zip((3, 6, 9, 12), found, strict=False):
        inside = shapely.contains(shape, points)
        assert inside[took < limit - 0.5].all()
        assert not inside[took > limit + 0.5].any()
    assert field.cell_m == 125


def minutes_by_trying(searcher, places):
    """Minutes of each place over the best of very many points along all roads, straight to it."""
    graph, reach = searcher.router.graph, searcher.reach_of(shapes("POINT(15000 15000)"), 60)
    share = np.linspace(0, 1, 41)[:, None]
    via_source = reach.minutes[graph.source] + share * graph.back[CAR]
    via_target = reach.minutes[graph.target] + (1 - share) * graph.forth[CAR]
    along = shapely.get_coordinates(shapely.line_interpolate_point(graph.lines, share, normalized=True).ravel())
    minutes = np.minimum(via_source, via_target).ravel()
    rule = searcher.access.rule
    return np.array(
        [(minutes + np.hypot(*(along - place).T) * rule.minutes_per_m).min() for place in places]
    )  # fmt: skip


def test_people_are_counted_by_the_share_of_their_land():
    lands = np.asarray([shapely.box(0, 0, 10, 10), shapely.box(10, 0, 20, 10), shapely.box(20, 0, 30, 10)])
    circle = np.array([shapely.box(-5, -5, 15, 15), shapely.box(100, 100, 101, 101), None], dtype=object)
    assert people_inside(circle, lands, np.array([1000, 500, 70])).tolist() == [1250, 0, 0]


def test_the_field_stays_bounded_however_far_one_comes():
    lines = shapes(*(f"LINESTRING({x} 0, {x + 40_000} 0)" for x in range(0, 3_000_000, 40_000)))
    graph = build(stretches(lines, [EdgeClass.FEDERAL_ROAD] * len(lines))).graph
    searcher = Searcher.of(graph, CAR)
    field = field_of(searcher.access, CAR, searcher.reach_of(shapes("POINT(1500000 0)"), 5_000), 5_000)
    assert field.minutes.size < 4_200_000


# ------------------------------------------------------------------------------------------------- OpenStreetMap


def osm_file(tmp_path, ways, nodes=None, name="roads.osm"):
    """`ways`: (nodes, tags) each; nodes lie on a line eastwards, 0.01° apart, unless told otherwise."""
    places = nodes or {each: (11 + each / 100, 51.0) for refs, _ in ways for each in refs}
    text = ['<?xml version="1.0"?><osm version="0.6">']
    text += [f'<node id="{each}" lon="{lon}" lat="{lat}"/>' for each, (lon, lat) in sorted(places.items())]
    for place, (refs, tags) in enumerate(ways, 1):
        text.append(f'<way id="{place}">' + "".join(f'<nd ref="{ref}"/>' for ref in refs))
        text += [f'<tag k="{key}" v="{value}"/>' for key, value in tags.items()] + ["</way>"]
    path = tmp_path / name
    path.write_text("".join([*text, "</osm>"]))
    return path


def read(path):
    network, told = osm.read(path, lambda done, total: None)
    return network.graph, network, told


def test_ways_are_cut_where_they_meet_and_nowhere_else(tmp_path):
    path = osm_file(tmp_path, [([1, 2, 3, 4], {"highway": "primary"}), ([3, 9], {"highway": "residential"})])
    graph, network, told = read(path)
    assert sorted(zip(graph.source.tolist(), graph.target.tolist(), strict=True)) == [(0, 1), (1, 2), (1, 3)]
    assert told.ways == 2
    first = np.argmax(graph.length_m)
    drawn = geometry.points_to_storage(np.array([(11.01, 51), (11.03, 51)]))
    assert graph.length_m.sum() == pytest.approx(shapely.length(graph.lines).sum(), rel=1e-4)
    assert min(graph.length_m) == pytest.approx(math.dist(*drawn) / 2, rel=1e-3)
    assert first >= 0
    assert network.graph is graph


@pytest.mark.parametrize(
    ("tags", "forth", "back"),
    [
        ({"highway": "primary"}, True, True),
        ({"highway": "primary", "oneway": "yes"}, True, False),
        ({"highway": "primary", "oneway": "-1"}, False, True),
        ({"highway": "motorway"}, True, False),
        ({"highway": "motorway_link"}, True, False),
        ({"highway": "motorway_link", "oneway": "no"}, True, True),
        ({"highway": "tertiary", "junction": "roundabout"}, True, False),
    ],
)
def test_one_way_streets_motorways_and_roundabouts_have_one_direction(tmp_path, tags, forth, back):
    graph, *_ = read(osm_file(tmp_path, [([1, 2], tags)]))
    assert (bool(np.isfinite(graph.forth[LORRY][0])), bool(np.isfinite(graph.back[LORRY][0]))) == (forth, back)


@pytest.mark.parametrize(
    ("tags", "lorry", "car"),
    [
        ({}, True, True),
        ({"maxweight": "7.5"}, False, True),
        ({"maxweight": "3,5 t"}, False, True),
        ({"maxweight": "40"}, True, True),
        ({"maxweight": "44 t"}, True, True),
        ({"maxweight": "none"}, True, True),
        ({"maxheight": "3.8"}, False, True),
        ({"maxheight": "4.2 m"}, True, True),
        ({"maxaxleload": "8"}, False, True),
        ({"hgv": "no"}, False, True),
        ({"hgv": "destination"}, False, True),
        ({"access": "private"}, False, False),
        ({"access": "no", "motor_vehicle": "yes"}, True, True),
        ({"motor_vehicle": "no"}, False, False),
        ({"motor_vehicle": "agricultural"}, False, False),
        ({"access": "no", "hgv": "yes"}, True, False),
    ],
)
def test_who_may_drive_is_what_the_most_specific_tag_says(tags, lorry, car):
    road = road_of({"highway": "secondary", **tags})
    assert (LORRY in (road.forth if road else ()), CAR in (road.forth if road else ())) == (lorry, car)


@pytest.mark.parametrize(
    "tags",
    [
        {"highway": "track"}, {"highway": "path"}, {"highway": "service"}, {"highway": "construction"},
        {"route": "ferry"}, {"highway": "pedestrian", "area": "yes"}, {"highway": "residential", "area": "yes"}, {},
    ],
)  # fmt: skip
def test_tracks_works_and_ferries_are_no_roads(tags):
    assert road_of(tags) is None


@pytest.mark.parametrize(
    ("tags", "told"),
    [
        ({"highway": "residential"}, INSIDE),
        ({"highway": "living_street"}, INSIDE),
        ({"highway": "primary"}, UNKNOWN),
        ({"highway": "primary", "maxspeed": "50"}, UNKNOWN),
        ({"highway": "primary", "maxspeed": "50", "maxspeed:type": "DE:urban"}, INSIDE),
        ({"highway": "primary", "source:maxspeed": "DE:urban"}, INSIDE),
        ({"highway": "primary", "zone:traffic": "DE:urban"}, INSIDE),
        ({"highway": "primary", "zone:traffic": "DE:rural"}, OUTSIDE),
        ({"highway": "primary", "maxspeed": "100"}, OUTSIDE),
        ({"highway": "motorway"}, OUTSIDE),
    ],
)
def test_only_signs_and_houses_tell_of_a_settlement(tags, told):
    assert road_of(tags).built_up == told


@pytest.mark.parametrize(
    ("tags", "lorry", "car"),
    [
        ({"highway": "motorway"}, 76, 130 * 0.88),
        ({"highway": "motorway", "maxspeed": "60"}, 60 * 0.88, 60 * 0.88),
        ({"highway": "secondary"}, 57, 72),
        ({"highway": "secondary", "zone:traffic": "DE:urban"}, 36, 36),
        ({"highway": "trunk", "motorroad": "yes", "oneway": "yes"}, 76, 80),
        ({"highway": "primary", "maxspeed": "30 mph"}, 30 * 1.609344 * 0.8, 30 * 1.609344 * 0.8),
        ({"highway": "living_street"}, 7, 7),
    ],
)
def test_a_lorry_keeps_to_its_own_limits(tmp_path, tags, lorry, car):
    graph, *_ = read(osm_file(tmp_path, [([1, 2], tags)]))
    for vehicle, speed in ((LORRY, lorry), (CAR, car)):
        assert graph.length_m[0] * 0.06 / graph.forth[vehicle][0] == pytest.approx(speed)


def test_a_stretch_with_a_missing_node_is_left_out_and_told(tmp_path):
    places = {each: (11 + each / 100, 51.0) for each in (1, 2, 4, 5)}
    path = osm_file(tmp_path, [([1, 2, 3, 4, 5], {"highway": "primary"})], places)
    graph, _, told = read(path)
    assert len(graph.source) == 2
    assert pieces_of(graph).count == 2
    assert told.incomplete == 1


@pytest.mark.parametrize(("suffix", "packed"), [("osm.gz", gzip.compress), ("osm.bz2", bz2.compress)])
def test_packed_files_are_read_whatever_they_are_called(tmp_path, suffix, packed):
    plain = osm_file(tmp_path, [([1, 2], {"highway": "primary"})])
    path = tmp_path / "extract"
    path.write_bytes(packed(plain.read_bytes()))
    assert osm.format_of(path) == suffix
    assert len(read(path)[0].source) == 1


def test_what_is_not_from_openstreetmap_is_not_taken_for_it(tmp_path):
    for name, content in (("a.osm", b"{}"), ("b.pbf", b"\0" * 40), ("c.gz", b"\x1f\x8b\x08broken"), ("d", b"")):
        path = tmp_path / name
        path.write_bytes(content)
        assert osm.format_of(path) is None


BOMB = (
    '<?xml version="1.0"?><!DOCTYPE osm [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
    '<osm version="0.6"><node id="1" lon="11" lat="51"/><way id="1"><tag k="highway" v="&b;"/></way></osm>'
)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ('<osm version="0.6"></osm>', "no_network"),
        ('<osm version="0.6"><way id="1"><nd ref="1"/><nd ref="2"/><tag k="highway" v="primary"/></way></osm>',
         "no_network"),
        ('<osm version="0.6"><node id="1" lon="11" lat="51"/><way', "unreadable"),
        (BOMB, "unreadable"),
    ],
)  # fmt: skip
def test_files_without_roads_cut_off_or_hostile_are_refused(tmp_path, content, code):
    path = tmp_path / "bad.osm"
    path.write_text(content)
    with pytest.raises(CannotRead) as refused:
        osm.read(path, lambda done, total: None)
    assert refused.value.note.code == code


def test_more_nodes_than_fit_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(osm, "NODES_MAX", 3)
    with pytest.raises(CannotRead) as refused:
        osm.read(osm_file(tmp_path, [([1, 2, 3, 4], {"highway": "primary"})]), lambda done, total: None)
    assert refused.value.note.code == "network_too_large"


@pytest.mark.parametrize(
    ("text", "value"), [("7.5", 7.5), ("7,5 t", 7.5), ("7500 kg", 7.5), ("none", None), ("default", None), ("", None)]
)
def test_measures_are_read_with_their_unit(text, value):
    assert number(text) == value
