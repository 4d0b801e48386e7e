"""Quickest ways over the graph: to the nearest of several targets from everywhere at once, in one search.

Dijkstra runs backwards, from the targets; the ways it finds lead to them. What lies along a way is summed afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy

from landportal.gis.network.access import NO_EDGE, AccessRule, Entries, rule_of
from landportal.gis.network.graph import INSIDE, UNKNOWN, Floats, Ints, RoadGraph
from landportal.model import Vehicle

MEASURES = 3
"""What is summed along a way: metres, metres inside settlements, metres of which that is not known."""


@dataclass(frozen=True)
class Reach:
    """For every node: minutes to the nearest target (infinite: none), the target's place, and the sums of the way."""

    minutes: Floats
    target: Ints
    sums: Floats  # n × MEASURES


@dataclass(frozen=True)
class Ways:
    """For every place the quickest way to a target: infinite minutes and target -1 where there is none.

    `straight_m` is the stretch to the network, NaN for a place off the graph.
    """

    minutes: Floats
    target: Ints
    metres: Floats
    built_up_m: Floats
    unknown_m: Floats
    straight_m: Floats


class Router:
    """Searches one graph for one vehicle."""

    def __init__(self, graph: RoadGraph, vehicle: Vehicle) -> None:
        self.graph, self.vehicle = graph, vehicle
        self.rule: AccessRule = rule_of(graph)
        self.per_edge = np.column_stack(
            [graph.length_m, graph.length_m * (graph.built_up == INSIDE), graph.length_m * (graph.built_up == UNKNOWN)]
        )
        self._arcs = _Arcs.backwards(graph, vehicle)

    def reach(self, targets: Entries, limit: float = np.inf) -> Reach:
        """Minutes from every node to the nearest target; ways longer than `limit` minutes are left out."""
        n = self.graph.node_count
        if not len(targets.place) or not n:
            return Reach(np.full(n, np.inf), np.full(n, -1), np.zeros((n, MEASURES)))
        places, row = np.unique(targets.place, return_inverse=True)
        start, node, cost, sums = self._first_steps(targets, row)
        arcs = self._arcs.starting_at(start, node, cost, sums, len(places))
        found, before, origin = scipy.sparse.csgraph.dijkstra(
            arcs.matrix, indices=np.arange(n, n + len(places)), min_only=True, limit=limit, return_predecessors=True
        )
        summed = arcs.summed(before[:n], found[:n], self.per_edge)
        reached = np.isfinite(found[:n])
        target = np.full(n, -1)
        target[reached] = places[origin[:n][reached] - n]
        return Reach(found[:n], target, summed)

    def _first_steps(self, targets: Entries, row: Ints) -> tuple[Ints, Ints, Floats, Floats]:
        """From each target the last stretches that lead to it: (row of the target, node before, minutes, sums)."""
        access = targets.straight_m * self.rule.minutes_per_m
        on_edge = np.flatnonzero(targets.edge != NO_EDGE)
        at_node = np.flatnonzero(targets.edge == NO_EDGE)
        edge, fraction = targets.edge[on_edge], targets.fraction[on_edge]
        forth, back = self.graph.forth[self.vehicle][edge], self.graph.back[self.vehicle][edge]
        whole = self.per_edge[edge]
        reaching = [
            (row[on_edge], self.graph.source[edge], access[on_edge] + _part(fraction, forth),
             _with_access(whole * fraction[:, None], targets.straight_m[on_edge], self.rule)),
            (row[on_edge], self.graph.target[edge], access[on_edge] + _part(1 - fraction, back),
             _with_access(whole * (1 - fraction)[:, None], targets.straight_m[on_edge], self.rule)),
            (row[at_node], targets.node[at_node], access[at_node],
             _with_access(np.zeros((len(at_node), MEASURES)), targets.straight_m[at_node], self.rule)),
        ]  # fmt: skip
        start, node, cost, sums = (np.concatenate(parts) for parts in zip(*reaching, strict=True))
        drivable = np.isfinite(cost)
        return start[drivable], node[drivable], cost[drivable], sums[drivable]

    def ways(self, places: Entries, count: int, targets: Entries, reach: Reach) -> Ways:
        """The quickest way of each of `count` places over any of its entries."""
        offers = [self._over_ends(places, reach), self._along_edge(places, targets)]
        place, minutes, target, sums = (np.concatenate(parts) for parts in zip(*offers, strict=True))
        straight = np.full(count, np.nan)
        order = np.argsort(-places.straight_m)
        straight[places.place[order]] = places.straight_m[order]
        best = np.lexsort((minutes, place))
        first = best[np.unique(place[best], return_index=True)[1]]
        first = first[np.isfinite(minutes[first])]
        none = [np.zeros(count) for _ in range(MEASURES)]
        answer = Ways(np.full(count, np.inf), np.full(count, -1), none[0], none[1], none[2], straight)
        at = place[first]
        answer.minutes[at], answer.target[at] = minutes[first], target[first]
        answer.metres[at], answer.built_up_m[at], answer.unknown_m[at] = sums[first].T
        return answer

    def _over_ends(self, places: Entries, reach: Reach) -> tuple[Ints, Floats, Ints, Floats]:
        """Ways that leave the entry's edge at one of its ends, or begin at a node."""
        access = places.straight_m * self.rule.minutes_per_m
        edge = np.maximum(places.edge, 0)
        parts = []
        for fraction, driven, end in (
            (1 - places.fraction, self.graph.forth, self.graph.target),
            (places.fraction, self.graph.back, self.graph.source),
        ):
            inner = places.edge != NO_EDGE
            node = np.where(inner, end[edge], places.node) if len(self.graph.source) else places.node
            cost = np.where(inner, _part(fraction, driven[self.vehicle][edge]), 0.0)
            own = np.where(inner, fraction, 0.0)[:, None] * self.per_edge[edge]
            sums = _with_access(own, places.straight_m, self.rule) + reach.sums[node]
            parts.append((places.place, access + cost + reach.minutes[node], reach.target[node], sums))
        first, second = parts
        return tuple(np.concatenate(pair) for pair in zip(first, second, strict=True))  # type: ignore[return-value]

    def _along_edge(self, places: Entries, targets: Entries) -> tuple[Ints, Floats, Ints, Floats]:
        """Ways to a target that lies at the very same edge, which need not touch a node."""
        pairs = _same_edge(places.edge, targets.edge)
        mine, theirs = pairs
        ahead = targets.fraction[theirs] - places.fraction[mine]
        edge = places.edge[mine]
        driven = np.where(ahead >= 0, self.graph.forth[self.vehicle][edge], self.graph.back[self.vehicle][edge])
        straight = places.straight_m[mine] + targets.straight_m[theirs]
        minutes = _part(np.abs(ahead), driven) + straight * self.rule.minutes_per_m
        sums = _with_access(np.abs(ahead)[:, None] * self.per_edge[edge], straight, self.rule)
        return places.place[mine], minutes, targets.place[theirs], sums


def _part(share: Floats, minutes: Floats) -> Floats:
    """A share of an edge's minutes; no share of a forbidden way takes no time."""
    with np.errstate(invalid="ignore"):
        return np.where(share > 0, share * minutes, 0.0)


def _with_access(sums: Floats, straight_m: Floats, rule: AccessRule) -> Floats:
    """The sums of a way with the stretch off the network: it counts as metres and tells nothing of settlements."""
    return sums + np.column_stack([straight_m * rule.detour, np.zeros((len(straight_m), MEASURES - 1))])


def _same_edge(mine: Ints, theirs: Ints) -> tuple[Ints, Ints]:
    """All pairs of positions whose edges are the same."""
    order = np.argsort(theirs, kind="stable")
    low = np.searchsorted(theirs[order], mine, "left")
    high = np.searchsorted(theirs[order], mine, "right")
    count = np.where(mine == NO_EDGE, 0, high - low)
    first = np.repeat(np.arange(len(mine)), count)
    within = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    return first, order[low[first] + within]


@dataclass(frozen=True)
class _Arcs:
    """The graph as a matrix, turned round: from each node the arcs that lead to it. Of parallel ones the quickest."""

    matrix: scipy.sparse.csr_array
    keys: Ints
    """row × n + column of each arc between nodes, ascending."""
    edge: Ints
    first_sums: Floats
    """Sums of the arcs that begin at a target, after all others."""

    @classmethod
    def backwards(cls, graph: RoadGraph, vehicle: Vehicle) -> _Arcs:
        n, edges = graph.node_count, np.arange(len(graph.source))
        tail = np.concatenate([graph.target, graph.source])
        head = np.concatenate([graph.source, graph.target])
        cost = np.concatenate([graph.forth[vehicle], graph.back[vehicle]])
        edge = np.concatenate([edges, edges])
        usable = np.isfinite(cost) & (tail != head)
        tail, head, cost, edge = tail[usable], head[usable], cost[usable], edge[usable]
        keys = tail * max(n, 1) + head
        order = np.lexsort((cost, keys))
        order = order[np.unique(keys[order], return_index=True)[1]]
        counts = np.concatenate([[0], np.cumsum(np.bincount(tail[order], minlength=n))])
        matrix = scipy.sparse.csr_array((cost[order], head[order], counts), shape=(n, n))
        return cls(matrix, keys[order], edge[order], np.zeros((0, MEASURES)))

    def starting_at(self, start: Ints, node: Ints, cost: Floats, sums: Floats, count: int) -> _Arcs:
        """The same with `count` rows more, each with arcs to the nodes before a target."""
        n = self.matrix.shape[0]
        keys = start * n + node
        order = np.lexsort((cost, keys))
        order = order[np.unique(keys[order], return_index=True)[1]]
        counts = np.cumsum(np.bincount(start[order], minlength=count)) + self.matrix.indptr[-1]
        matrix = scipy.sparse.csr_array(
            (
                np.concatenate([self.matrix.data, np.maximum(cost[order], 1e-9)]),
                np.concatenate([self.matrix.indices, node[order]]),
                np.concatenate([self.matrix.indptr, counts]),
            ),
            shape=(n + count, n + count),
        )
        keys = np.concatenate([self.keys, (keys + n * n)[order]])
        return _Arcs(matrix, keys, self.edge, sums[order])

    def summed(self, before: Ints, minutes: Floats, per_edge: Floats) -> Floats:
        """What lies along the way of each node, from the node before it on each way, by doubling the steps taken."""
        n = len(before)
        reached = np.flatnonzero(np.isfinite(minutes))
        sums = np.zeros((n + 1, MEASURES))
        place = np.searchsorted(self.keys, before[reached].astype(np.int64) * n + reached)
        own = place < len(self.edge)
        sums[reached[own]] = per_edge[self.edge[place[own]]]
        sums[reached[~own]] = self.first_sums[place[~own] - len(self.edge)]
        ahead = np.full(n + 1, n)
        ahead[reached] = np.where(before[reached] < n, before[reached], n)
        while (ahead != n).any():
            sums += sums[ahead]
            ahead = ahead[ahead]
        return sums[:n]
