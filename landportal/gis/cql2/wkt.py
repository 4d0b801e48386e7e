"""Geometries in CQL2 text: well-known text, with heights and measures left away."""

from __future__ import annotations

from typing import Any

from landportal.gis.cql2 import shapes, values
from landportal.gis.cql2.problems import BadFilter
from landportal.gis.cql2.reader import Reader
from landportal.gis.cql2.tokens import Sort, Token
from landportal.gis.cql2.tree import Shape

_KINDS = {kind.upper(): kind for kind in (*shapes.NESTING, shapes.COLLECTION)}
_DIMENSIONS = ("ZM", "Z", "M")


def number(word: Token, direction: int) -> int | float:
    """The number that `word` writes, with its sign."""
    if len(word.text) > 400:
        raise BadFilter("A number has at most 400 digits.", word.where)
    whole = word.text.isdigit()
    return values.number(direction * (int(word.text) if whole else float(word.text)), word.where)


def begins(reader: Reader, word: Token) -> bool:
    """Whether `word`, just taken, begins a geometry: it may be the name of a property as well."""
    kind, dimension = _kind(word)
    if kind is None or reader.next.sort not in {Sort.SIGN, Sort.NAME}:
        return False
    following = reader.next.text.upper()
    return following in {"(", "EMPTY"} or (not dimension and following in _DIMENSIONS)


def shape(reader: Reader, word: Token) -> Shape:
    """The geometry that `word`, just taken, begins."""
    kind, dimension = _kind(word)
    if not dimension and reader.next.sort is Sort.NAME and reader.next.text.upper() in _DIMENSIONS:
        reader.take()
    if kind is None or reader.stands("EMPTY"):
        raise BadFilter("The geometry is empty.", word.where)
    reader.expect("(")
    if kind == shapes.COLLECTION:
        return shapes.collection([_part(reader) for _ in reader.until(")")], word.where)
    return shapes.shape(kind, _coordinates(reader, shapes.NESTING[kind], kind == "MultiPoint"), word.where)


def _kind(word: Token) -> tuple[str | None, bool]:
    """GeoJSON's name of the kind, and whether the word ends in Z, M or ZM."""
    name = word.text.upper()
    bare = name.removesuffix("M").removesuffix("Z")
    return (_KINDS[name], False) if name in _KINDS else (_KINDS.get(bare), True)


def _part(reader: Reader) -> Shape:
    word = reader.take()
    kind, _ = _kind(word)
    if kind is None or kind == shapes.COLLECTION:
        raise BadFilter("A collection has points, lines and polygons, and no collections.", word.where)
    return shape(reader, word)


def _coordinates(reader: Reader, nesting: int, points: bool) -> Any:
    """Lists as deep as `nesting`, the opening parenthesis taken. Several points may do without their own."""
    if nesting == 0:
        position = _position(reader)
        reader.expect(")")
        return position
    return [_inner(reader, nesting - 1, points) for _ in reader.until(")")]


def _inner(reader: Reader, nesting: int, points: bool) -> Any:
    if nesting == 0 and not (points and reader.stands("(")):
        return _position(reader)
    reader.expect("(")
    return _coordinates(reader, nesting, points)


def _position(reader: Reader) -> list[int | float]:
    numbers: list[int | float] = []
    while not numbers or not (reader.stands(",") or reader.stands(")")):
        direction = -1 if reader.stands("-") else 1
        if reader.stands("-") or reader.stands("+"):
            reader.take()
        word = reader.take()
        if word.sort is not Sort.NUMBER:
            raise BadFilter(f"A number was expected, not {word.shown()}.", word.where)
        numbers.append(number(word, direction))
    return numbers
