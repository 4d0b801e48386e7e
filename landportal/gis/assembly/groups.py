"""Groups of neighbouring sites that together reach a size: the fewest sites first.

The best group of a graph is a combinatorial problem, so the search is bounded: no group has more than `MEMBERS_MAX`
sites, and of each number of sites only the most promising groups are grown further. Graphs of up to `EXACT_SITES` are
searched whole. Inside one graph further answers are looked for in what the answers before have left.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import scipy

MEMBERS_MAX = 12
EXACT_SITES = 10
WIDTH = 24
"""Groups of one size that are grown further; in small graphs all are."""

GRAPHS_MAX = 80
"""Graphs that are searched at most, those that need the fewest sites first."""


@dataclass(frozen=True)
class Site:
    """A piece of land that may be part of a group. `owner` tells owners apart; `x` and `y` are its middle in metres."""

    id: int
    area_m2: float
    owner: str
    x: float
    y: float


@dataclass(frozen=True)
class Group:
    """Sites that hang together; `members` are their ids, ascending."""

    members: tuple[int, ...]
    area_m2: float
    owners: int


Graph = Mapping[int, frozenset[int]]
"""Neighbours by site."""


def find_groups(sites: Sequence[Site], pairs: Iterable[tuple[int, int]], min_m2: float, most: int) -> list[Group]:
    """Up to `most` groups of at least `min_m2` without a needless member: few sites, then few owners, then large first.

    `pairs` are neighbours by id; a site that is large enough alone is a group of one. No two groups share a site.
    """
    by_id = {site.id: site for site in sites}
    edges = [(a, b) for a, b in pairs if a in by_id and b in by_id]
    found: list[Group] = []
    for fewest, graph in _promising(by_id, edges, min_m2)[:GRAPHS_MAX]:
        if len(found) >= most and fewest > len(sorted(found, key=_rank)[most - 1].members):
            break
        found += _groups_of(graph, by_id, min_m2, most)
    return heapq.nsmallest(most, found, key=_rank)


def _rank(group: Group) -> tuple[int, int, float]:
    return len(group.members), group.owners, -group.area_m2


def _promising(by_id: Mapping[int, Site], edges: Sequence[tuple[int, int]], min_m2: float) -> list[tuple[int, Graph]]:
    """The connected graphs that can reach the size, with the number of sites that takes at least; fewest first."""
    near: dict[int, set[int]] = {one: set() for one in by_id}
    for a, b in edges:
        near[a].add(b)
        near[b].add(a)
    graphs = []
    for members in _components(list(by_id), edges):
        fewest = _fewest((by_id[one].area_m2 for one in members), min_m2)
        if fewest is not None:
            graphs.append((fewest, {one: frozenset(near[one]) for one in members}))
    return sorted(graphs, key=lambda graph: (graph[0], -len(graph[1]), min(graph[1])))


def _components(ids: Sequence[int], edges: Sequence[tuple[int, int]]) -> Iterator[list[int]]:
    place = {one: n for n, one in enumerate(ids)}
    rows = np.array([place[a] for a, _ in edges], dtype=np.int64)
    columns = np.array([place[b] for _, b in edges], dtype=np.int64)
    graph = scipy.sparse.coo_array((np.ones(len(edges), dtype=np.int8), (rows, columns)), shape=(len(ids), len(ids)))
    number, labels = scipy.sparse.csgraph.connected_components(graph, directed=False)
    members: list[list[int]] = [[] for _ in range(number)]
    for one, label in zip(ids, labels, strict=True):
        members[label].append(one)
    yield from members


def _fewest(areas: Iterable[float], min_m2: float) -> int | None:
    """How many of the largest it takes to reach the size; None where even `MEMBERS_MAX` do not."""
    whole = 0.0
    for number, area in enumerate(heapq.nlargest(MEMBERS_MAX, areas), 1):
        whole += area
        if whole >= min_m2:
            return number
    return None


def _groups_of(graph: Graph, by_id: Mapping[int, Site], min_m2: float, most: int) -> list[Group]:
    """Groups of one graph that share no site: the best, then the best of what is left."""
    rest, found = dict(graph), list[Group]()
    while len(found) < most and (members := _best(rest, by_id, min_m2)):
        found.append(_group(members, by_id))
        rest = {one: near - members for one, near in rest.items() if one not in members}
    return found


def _group(members: frozenset[int], by_id: Mapping[int, Site]) -> Group:
    sites = [by_id[one] for one in sorted(members)]
    return Group(tuple(site.id for site in sites), sum(s.area_m2 for s in sites), len({s.owner for s in sites}))


def _best(graph: Graph, by_id: Mapping[int, Site], min_m2: float) -> frozenset[int] | None:
    """The best group: grown site by site from every one, all groups of a number of sites before those of one more."""
    if _fewest((by_id[one].area_m2 for one in graph), min_m2) is None:
        return None
    width = 2**EXACT_SITES if len(graph) <= EXACT_SITES else WIDTH
    largest = max(by_id[one].area_m2 for one in graph)
    level = {frozenset({one}) for one in graph}
    for number in range(1, MEMBERS_MAX + 1):
        measured = [(_promise(members, by_id, min_m2), members) for members in level]
        reached = [members for (lacking, *_), members in measured if lacking <= 0]
        if reached:
            return min(reached, key=lambda members: (*_rank(_group(members, by_id)), sorted(members)))
        lacking_max = (MEMBERS_MAX - number) * largest
        grown = heapq.nsmallest(width, (one for one in measured if one[0][0] <= lacking_max), key=lambda one: one[0])
        level = {members | {one} for _, members in grown for one in _around(members, graph)}
        if not level:
            return None
    return None


def _around(members: frozenset[int], graph: Graph) -> frozenset[int]:
    return frozenset().union(*(graph[one] for one in members)) - members


def _promise(members: frozenset[int], by_id: Mapping[int, Site], min_m2: float) -> tuple[float, int, float, int]:
    """What a group lacks in m², its owners, how far it spreads (m), and an id for ties: the less the better."""
    sites = [by_id[one] for one in members]
    xs, ys = [site.x for site in sites], [site.y for site in sites]
    spread = max(xs) - min(xs) + max(ys) - min(ys)
    lacking = max(0.0, min_m2 - sum(site.area_m2 for site in sites))
    return lacking, len({site.owner for site in sites}), spread, min(members)
