"""The functions that filters may call, described for machines (OGC API Features Part 3, functions)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from landportal.gis.cql2 import FUNCTIONS, Function, Type

_TYPES = {
    Type.TEXT: "string", Type.INTEGER: "integer", Type.NUMBER: "number", Type.BOOLEAN: "boolean",
    Type.DATE: "datetime", Type.MOMENT: "datetime", Type.LIST: "array", Type.GEOMETRY: "geometry",
}  # fmt: skip


def described() -> list[dict[str, Any]]:
    """Name, arguments and result of each function, as `/api/functions` tells them."""
    return [_described(function) for function in FUNCTIONS]


def _described(function: Function) -> dict[str, Any]:
    return {
        "name": function.name,
        "description": function.description,
        "returns": _names([function.returns]),
        "arguments": [{"title": one.title, "type": _names(one.types)} for one in function.arguments],
    }


def _names(types: Iterable[Type]) -> list[str]:
    """The standard's words, each once: it knows one word for days and moments."""
    return list(dict.fromkeys(_TYPES[one] for one in types))
