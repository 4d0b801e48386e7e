"""A parsed filter: the same tree whether it came as text or as JSON. What its parts mean is decided by other modules.

`where` is the place a part was written at; it plays no role when trees are compared.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field

from shapely.geometry.base import BaseGeometry

from landportal.gis.cql2.problems import MAX_DEPTH, MAX_NODES, POWER_DEPTH, BadFilter


@dataclass(frozen=True)
class Literal:
    """A text, a number or a truth value."""

    value: str | int | float | bool
    where: str = field(compare=False)


@dataclass(frozen=True)
class Property:
    """A property by its name."""

    name: str
    where: str = field(compare=False)


@dataclass(frozen=True)
class Instant:
    """A day, or a moment with its zone."""

    value: dt.date | dt.datetime
    where: str = field(compare=False)


@dataclass(frozen=True)
class Open:
    """The side of an interval that has no end: ``..``."""

    where: str = field(compare=False)


@dataclass(frozen=True)
class Interval:
    """Both ends belong to it."""

    begin: Node
    end: Node
    where: str = field(compare=False)


@dataclass(frozen=True)
class Shape:
    """A geometry, valid and plane, in the CRS of the filter with its axes as they were written."""

    geometry: BaseGeometry
    where: str = field(compare=False)


@dataclass(frozen=True)
class Box:
    """Two opposite corners, axes as they were written: which of them is which, the CRS tells."""

    low: tuple[float, float]
    high: tuple[float, float]
    where: str = field(compare=False)


@dataclass(frozen=True)
class Listed:
    """Values in a row."""

    items: tuple[Node, ...]
    where: str = field(compare=False)


@dataclass(frozen=True)
class Call:
    """An operator or a function, its name in lower case, and what it is applied to."""

    op: str
    args: tuple[Node, ...]
    where: str = field(compare=False)


Node = Literal | Property | Instant | Open | Interval | Shape | Box | Listed | Call


def check_size(root: Node) -> Node:
    """`root`, if its tree is neither too deep nor too large; BadFilter otherwise."""
    waiting = [(root, 1)]
    for count, (node, depth) in enumerate(_walk(waiting), 1):
        if depth > MAX_DEPTH:
            raise BadFilter(f"More than {MAX_DEPTH} operators stand inside each other.", node.where)
        if count > MAX_NODES:
            raise BadFilter(f"The filter has more than {MAX_NODES} parts.", node.where)
    return root


def _walk(waiting: list[tuple[Node, int]]) -> Iterator[tuple[Node, int]]:
    while waiting:
        node, depth = waiting.pop()
        yield node, depth
        step = POWER_DEPTH if isinstance(node, Call) and node.op == "^" else 1
        waiting.extend((child, depth + step) for child in _children(node))


def _children(node: Node) -> tuple[Node, ...]:
    match node:
        case Call(args=args):
            return args
        case Listed(items=items):
            return items
        case Interval(begin=begin, end=end):
            return begin, end
        case _:
            return ()
