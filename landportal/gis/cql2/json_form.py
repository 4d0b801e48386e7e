"""CQL2 JSON to the tree. Nothing in it is passed over: a member that means nothing here is refused."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, NoReturn

from landportal.gis.cql2 import shapes, values
from landportal.gis.cql2.problems import MAX_CHARACTERS, MAX_DEPTH, BadFilter
from landportal.gis.cql2.tree import Call, Interval, Listed, Literal, Node, Open, Property, Shape

_BRACKETS = re.compile(r"[\[{\]}]")
_MEMBERS = {
    "op": {"op", "args"}, "property": {"property"}, "date": {"date"}, "timestamp": {"timestamp"},
    "interval": {"interval"}, "bbox": {"bbox"}, "coordinates": {"type", "coordinates", "bbox"},
    "geometries": {"type", "geometries", "bbox"},
}  # fmt: skip


def parse(text: str) -> Node:
    """The tree of CQL2 JSON `text`; BadFilter tells the path, or the character where it is no JSON."""
    if len(text) > MAX_CHARACTERS:
        raise BadFilter(f"A filter has at most {MAX_CHARACTERS} characters.", f"at character {MAX_CHARACTERS + 1}")
    _check_depth(text)
    try:
        found = json.loads(text)
    except json.JSONDecodeError as error:
        raise BadFilter(f"This is no JSON: {error.msg}.", f"at character {error.pos + 1}") from None
    except ValueError:
        raise BadFilter("A number has at most 4000 digits.", "somewhere in the JSON") from None
    return _node(found, "at $")


def _check_depth(text: str) -> None:
    """An operator is two brackets deep, a geometry five at most. Brackets inside of texts count too: it is a limit."""
    depth = 0
    for bracket in _BRACKETS.finditer(text):
        depth += 1 if bracket[0] in "[{" else -1
        if depth > 2 * MAX_DEPTH + 5:
            where = f"at character {bracket.start() + 1}"
            raise BadFilter(f"More than {MAX_DEPTH} operators stand inside each other.", where)


def _node(found: Any, where: str) -> Node:
    match found:
        case bool():
            return Literal(found, where)
        case int() | float():
            return Literal(values.number(found, where), where)
        case str():
            return Literal(values.text(found, where), where)
        case list():
            return Listed(_nodes(found, where), where)
        case dict():
            return _object(found, where)
    raise BadFilter("null is no value; isNull asks for it.", where)


def _nodes(found: list[Any], where: str) -> tuple[Node, ...]:
    return tuple(_node(one, f"{where}[{place}]") for place, one in enumerate(found))


def _object(found: Mapping[str, Any], where: str) -> Node:
    kind = next((name for name in _MEMBERS if name in found and not (name == "bbox" and "type" in found)), None)
    if kind is None:
        _refuse("An operator, a property, a date, an interval, a box or a geometry was expected.", where)
    if strange := sorted(set(found) - _MEMBERS[kind]):
        _refuse(f"The member {strange[0][:40]!r} has no meaning here.", where)
    value, place = found[kind], f"{where}.{kind}"
    match kind:
        case "op":
            return _call(value, found.get("args"), where)
        case "property":
            return Property(values.text(_text(value, place), place), where)
        case "date":
            return values.day(_text(value, place), place)
        case "timestamp":
            return values.moment(_text(value, place), place)
        case "interval":
            return _interval(_list(value, place), where)
        case "bbox":
            return shapes.box(_list(value, place), where)
        case _:
            return _geometry(found, where)


def _call(op: Any, args: Any, where: str) -> Call:
    return Call(_text(op, f"{where}.op").lower(), _nodes(_list(args, f"{where}.args"), f"{where}.args"), where)


def _interval(ends: list[Any], where: str) -> Interval:
    if len(ends) != 2:
        _refuse("An interval has a begin and an end.", where)
    begin, end = (_end(one, f"{where}.interval[{place}]") for place, one in enumerate(ends))
    return Interval(begin, end, where)


def _end(found: Any, where: str) -> Node:
    if isinstance(found, str):
        return Open(where) if found == ".." else values.instant(found, where)
    return _node(found, where)


def _geometry(found: Mapping[str, Any], where: str) -> Shape:
    kind = found.get("type")
    if kind == shapes.COLLECTION:
        parts = _list(found.get("geometries"), f"{where}.geometries")
        return shapes.collection(
            [_part(part, f"{where}.geometries[{place}]") for place, part in enumerate(parts)], where
        )
    if not isinstance(kind, str) or kind not in shapes.NESTING:
        _refuse(f"Kinds of geometries are {', '.join((*shapes.NESTING, shapes.COLLECTION))}.", where)
    return shapes.shape(kind, _list(found.get("coordinates"), f"{where}.coordinates"), where)


def _part(found: Any, where: str) -> Shape:
    if not isinstance(found, dict) or found.get("type") == shapes.COLLECTION:
        _refuse("A collection has points, lines and polygons, and no collections.", where)
    return _geometry(found, where)


def _text(found: Any, where: str) -> str:
    if not isinstance(found, str):
        _refuse("A text was expected.", where)
    return found


def _list(found: Any, where: str) -> list[Any]:
    if not isinstance(found, list):
        _refuse("A list was expected.", where)
    return found


def _refuse(reason: str, where: str) -> NoReturn:
    raise BadFilter(reason, where)
