"""Roads out of OpenStreetMap files (XML, also packed by gzip or bzip2, and PBF), read in a stream.

Two passes: the ways that somebody drives on, then the places of their nodes and of no others. So memory grows with the
roads and not with the file. osmium refuses entities in XML.
"""

from __future__ import annotations

import bz2
import gzip
import zlib
from array import array
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import osmium
import shapely

from landportal.gis import geometry
from landportal.gis.network.building import Network, Stretches, build
from landportal.gis.network.graph import CLASSES, Flags, Floats, Ints
from landportal.gis.network.osm_tags import RoadTags, road_of
from landportal.gis.notes import CannotRead
from landportal.model import Vehicle

NODES_MAX = 100_000_000
"""Nodes of roads in one file, about those of Germany: beyond, memory would not suffice."""

REACH: geometry.Box = (-6.0, 30.0, 24.0, 75.0)
"""Where the storage CRS measures to about one in a hundred, which is finer than any driving time."""

Progress = Callable[[int, int | None], None]
PROGRESS_EVERY = 20_000


@dataclass
class OsmFile:
    """What was read, and what was not: for people to see whether it is the network they meant."""

    ways: int = 0
    not_roads: int = 0
    incomplete: int = 0
    """Ways of which a node is not in the file, as at the edge of an extract."""


@dataclass
class _Ways:
    """Ways with what their tags say; `nodes` of all ways one after the other, `begin` where each begins."""

    tags: list[RoadTags] = field(default_factory=list)
    nodes: array[int] = field(default_factory=lambda: array("q"))
    begin: array[int] = field(default_factory=lambda: array("q"))


def format_of(path: Path) -> str | None:
    """The osmium name of the format, by content; None for what is not OpenStreetMap's."""
    try:
        with path.open("rb") as file:
            head = file.read(4096)
        if b"OSMHeader" in head[4:32]:
            return "pbf"
        if head.startswith(b"\x1f\x8b"):
            with gzip.open(path) as unpacked:
                return "osm.gz" if _is_xml(unpacked.read(4096)) else None
        if head.startswith(b"BZh"):
            with bz2.open(path) as unpacked:
                return "osm.bz2" if _is_xml(unpacked.read(4096)) else None
    except (OSError, EOFError, zlib.error):
        return None
    return "osm" if _is_xml(head) else None


def _is_xml(head: bytes) -> bool:
    return head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<") and b"<osm" in head


def read(path: Path, progress: Progress) -> tuple[Network, OsmFile]:
    """The road network of the file at `path`; CannotRead where there is none or the file is damaged."""
    told = OsmFile()
    source = osmium.io.File(str(path), format_of(path) or "")
    try:
        ways = _read_ways(source, told, progress, path)
        ids, places = _read_places(source, np.unique(np.frombuffer(ways.nodes, dtype=np.int64)))
    except (RuntimeError, ValueError, OSError) as error:
        reason = str(error).split("\n")[0][:200] or type(error).__name__
        raise CannotRead("unreadable", file=path.name, format="OpenStreetMap", reason=reason) from None
    network = _joined(ways, ids, places, told)
    if not len(network.graph.source):
        raise CannotRead("no_network", file=path.name)
    return network, told


def _read_ways(source: osmium.io.File, told: OsmFile, progress: Progress, path: Path) -> _Ways:
    ways = _Ways()
    highways: Any = osmium.FileProcessor(source, osmium.osm.WAY).with_filter(osmium.filter.KeyFilter("highway"))
    for way in highways:
        tags = road_of(dict(way.tags)) if len(way.nodes) > 1 else None
        if tags is None:
            told.not_roads += 1
            continue
        ways.tags.append(tags)
        ways.begin.append(len(ways.nodes))
        ways.nodes.extend(node.ref for node in way.nodes)
        if len(ways.nodes) > NODES_MAX:
            raise CannotRead("network_too_large", file=path.name, limit=NODES_MAX)
        if not len(ways.tags) % PROGRESS_EVERY:
            progress(len(ways.tags), None)
    told.ways = len(ways.tags)
    return ways


def _read_places(source: osmium.io.File, wanted: Ints) -> tuple[Ints, Floats]:
    """The nodes of `wanted` that the file has, ascending, and their places in degrees."""
    ids, degrees = array("q"), array("d")
    if len(wanted):
        nodes: Any = osmium.FileProcessor(source, osmium.osm.NODE).with_filter(osmium.filter.IdFilter(wanted.tolist()))
        for node in nodes:
            if node.location.valid():
                ids.append(node.id)
                degrees.extend((node.location.lon_without_check(), node.location.lat_without_check()))
    found, first = np.unique(np.frombuffer(ids, dtype=np.int64), return_index=True)
    return found, np.frombuffer(degrees, dtype=np.float64).reshape(-1, 2)[first]


def _joined(ways: _Ways, ids: Ints, degrees: Floats, told: OsmFile) -> Network:
    """Ways cut where they meet. Nodes of one number are one node; a stretch with a missing node is left out."""
    nodes = np.frombuffer(ways.nodes, dtype=np.int64)
    way = np.repeat(np.arange(len(ways.tags)), np.diff(np.append(np.frombuffer(ways.begin, np.int64), len(nodes))))
    known = np.isin(nodes, ids) & _measurable(ids, degrees, nodes)
    told.incomplete = len(np.unique(way[~known]))
    links = (way[1:] == way[:-1]) & known[1:] & known[:-1] & (nodes[1:] != nodes[:-1])
    first, last = _runs(links, _meeting(nodes))
    counts = last - first + 1
    owner = np.repeat(np.arange(len(first)), counts)
    position = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts) + np.repeat(first, counts)
    place = np.searchsorted(ids, nodes)
    metres = geometry.points_to_storage(degrees)
    lines = shapely.linestrings(metres[place[position]], indices=owner) if len(first) else np.zeros(0, dtype=object)
    stretches = _described(np.asarray(lines, dtype=object), [ways.tags[each] for each in way[first]])
    used, ends = np.unique(np.concatenate([place[first], place[last]]), return_inverse=True)
    return build(stretches, (ends[: len(first)], ends[len(first) :], metres[used]))


def _measurable(ids: Ints, degrees: Floats, nodes: Ints) -> Flags:
    """Whether each of `nodes` lies where the storage CRS measures."""
    if not len(ids):
        return np.zeros(len(nodes), dtype=bool)
    sound = geometry.within(degrees, REACH)
    return np.asarray(sound[np.minimum(np.searchsorted(ids, nodes), len(ids) - 1)])


def _meeting(nodes: Ints) -> Flags:
    """Positions at which more than one stretch passes: nodes of several ways, or twice of one."""
    _, place, count = np.unique(nodes, return_inverse=True, return_counts=True)
    return np.asarray(count[place] > 1)


def _runs(links: Flags, meeting: Flags) -> tuple[Ints, Ints]:
    """First and last position of every stretch: a run of links that no meeting point interrupts."""
    begins = links & ~np.concatenate([[False], links[:-1] & ~meeting[1:-1]]) if len(links) else links
    ends = links & ~np.concatenate([links[1:] & ~meeting[1:-1], [False]]) if len(links) else links
    return np.flatnonzero(begins), np.flatnonzero(ends) + 1


def _described(lines: geometry.Geometries, tags: list[RoadTags]) -> Stretches:
    return Stretches(
        lines=lines,
        kind=np.array([CLASSES.index(each.kind) for each in tags], dtype=np.int8),
        built_up=np.array([each.built_up for each in tags], dtype=np.int8),
        sign_kmh=np.array([each.sign_kmh for each in tags], dtype=np.float64),
        driven_kmh=np.full(len(tags), np.nan),
        separated=np.array([each.separated for each in tags], dtype=bool),
        forth={vehicle: np.array([vehicle in each.forth for each in tags], dtype=bool) for vehicle in Vehicle},
        back={vehicle: np.array([vehicle in each.back for each in tags], dtype=bool) for vehicle in Vehicle},
        length_m=np.full(len(tags), np.nan),
        ref=[each.ref for each in tags],
        name=[each.name for each in tags],
    )
