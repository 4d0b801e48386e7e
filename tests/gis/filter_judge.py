"""A second opinion on filters: what CQL2 JSON means for one row, in plain Python, and how it is written as text.

Numbers are fractions, unknown is None, geometry is judged by Shapely: nothing is shared with what it judges.
"""

from __future__ import annotations

import datetime as dt
import math
import operator
import re
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import shapely

COMPARE = {
    "=": operator.eq, "<>": operator.ne, "<": operator.lt, ">": operator.gt, "<=": operator.le, ">=": operator.ge,
}  # fmt: skip
ARITHMETIC = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "^": lambda base, exponent: base ** int(exponent),
    "/": lambda a, b: a / b if b else None, "div": lambda a, b: Fraction(math.trunc(a / b)) if b else None,
    "%": lambda a, b: a - b * math.trunc(a / b) if b else None,
}  # fmt: skip
FUNCTIONS = {
    "abs": abs, "floor": lambda a: Fraction(math.floor(a)), "ceil": lambda a: Fraction(math.ceil(a)),
    "round": lambda a: Fraction(math.floor(abs(a) + Fraction(1, 2))) * (1 if a >= 0 else -1),
    "lower": str.lower, "upper": str.upper, "casei": str.lower, "concat": operator.add,
    "char_length": lambda text: Fraction(len(text)), "year": lambda day: Fraction(day.year),
}  # fmt: skip
ARRAYS = {
    "a_equals": operator.eq, "a_contains": lambda a, b: _holds(a, b), "a_containedby": lambda a, b: _holds(b, a),
    "a_overlaps": lambda a, b: any(one in a for one in b if one is not None),
}  # fmt: skip


def _holds(larger: list[Any], smaller: list[Any]) -> bool:
    """What is unknown in a list is in no other."""
    return all(one is not None and one in larger for one in smaller)


def judged(node: Any, row: dict[str, Any]) -> Any:
    """The value of `node` for `row`: True, False or None for a condition."""
    if isinstance(node, (bool, str)):
        return node
    if isinstance(node, (int, float)):
        return Fraction(node)
    if isinstance(node, list):
        return [judged(item, row) for item in node]
    if "property" in node:
        value = row[node["property"]]
        return Fraction(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else value
    if "date" in node:
        return dt.date.fromisoformat(node["date"])
    if "timestamp" in node:
        return dt.datetime.fromisoformat(node["timestamp"])
    if "interval" in node:
        return node
    return _call(node["op"].lower(), node["args"], row)


def _call(op: str, args: list[Any], row: dict[str, Any]) -> Any:
    if op in {"and", "or"}:
        return _joined(op, [judged(arg, row) for arg in args])
    if op in TIMES:
        return _timed(op, args, row)
    if op.startswith("s_"):
        shape = row["geom"]
        return None if shape is None else bool(getattr(shapely, op[2:])(shape, shapely.geometry.shape(args[1])))
    values = [judged(arg, row) for arg in args]
    if op == "isnull":
        return values[0] is None
    if op == "in":
        return _joined("or", [None if None in (values[0], one) else values[0] == one for one in values[1]])
    if None in values:
        return _joined("and", _sides(values)) if op == "between" else None
    if op == "not":
        return not values[0]
    if op == "between":
        return all(_sides(values))
    if op == "like":
        return _like(*values)
    return ({**COMPARE, **ARITHMETIC, **FUNCTIONS, **ARRAYS})[op](*values)


def _joined(op: str, values: list[bool | None]) -> bool | None:
    deciding = op == "or"
    if deciding in values:
        return deciding
    return None if None in values else not deciding


def _sides(values: list[Any]) -> list[bool | None]:
    value, low, high = values
    return [
        None if None in (value, low) else value >= low,
        None if None in (value, high) else value <= high,
    ]


def _like(text: str, pattern: str) -> bool:
    meaning = re.sub(
        r"\\(.)|([%_])|(.)",
        lambda found: {"%": ".*", "_": "."}[found[2]] if found[2] else re.escape(found[1] or found[3]),
        pattern,
    )
    return re.fullmatch(meaning, text) is not None


def _timed(op: str, args: list[Any], row: dict[str, Any]) -> bool | None:
    ends = [end for arg in args for end in _span(arg, row)]
    moments = any(isinstance(end, dt.datetime) for end in ends)
    return TIMES[op](*(_number(end, place, not moments) for place, end in enumerate(ends)))


def _span(node: Any, row: dict[str, Any]) -> list[Any]:
    if isinstance(node, dict) and "interval" in node:
        return [_end(end, row) for end in node["interval"]]
    return [judged(node, row)] * 2


def _end(node: Any, row: dict[str, Any]) -> Any:
    if not isinstance(node, str):
        return judged(node, row)
    return node if node == ".." else (dt.date if len(node) == 10 else dt.datetime).fromisoformat(node)


def _number(end: Any, place: int, days: bool) -> float | None:
    """Days, or microseconds, since the beginning of time; infinite for an open end. Place 1 and 3 are ends."""
    if end is None:
        return None
    if end == "..":
        return math.inf if place % 2 else -math.inf
    if days:
        return end.toordinal()
    if not isinstance(end, dt.datetime):
        end = dt.datetime.combine(end, dt.time.max if place % 2 else dt.time.min, dt.UTC)
    return (end - dt.datetime(1, 1, 1, tzinfo=dt.UTC)) // dt.timedelta(microseconds=1)


def _known(compare: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool | None]:
    return lambda one, other: None if None in (one, other) else compare(one, other)


_LT, _GT, _EQ = _known(operator.lt), _known(operator.gt), _known(operator.eq)
_LE, _GE = _known(operator.le), _known(operator.ge)


def _both(*values: bool | None) -> bool | None:
    return _joined("and", list(values))


TIMES: dict[str, Callable[[Any, Any, Any, Any], bool | None]] = {
    "t_after": lambda a, b, c, d: _GT(a, d),
    "t_before": lambda a, b, c, d: _LT(b, c),
    "t_contains": lambda a, b, c, d: _both(_LT(a, c), _GT(b, d)),
    "t_disjoint": lambda a, b, c, d: _joined("or", [_LT(b, c), _GT(a, d)]),
    "t_during": lambda a, b, c, d: _both(_GT(a, c), _LT(b, d)),
    "t_equals": lambda a, b, c, d: _both(_EQ(a, c), _EQ(b, d)),
    "t_finishedby": lambda a, b, c, d: _both(_LT(a, c), _EQ(b, d)),
    "t_finishes": lambda a, b, c, d: _both(_GT(a, c), _EQ(b, d)),
    "t_intersects": lambda a, b, c, d: _both(_LE(a, d), _GE(b, c)),
    "t_meets": lambda a, b, c, d: _EQ(b, c),
    "t_metby": lambda a, b, c, d: _EQ(a, d),
    "t_overlappedby": lambda a, b, c, d: _both(_GT(a, c), _LT(a, d), _GT(b, d)),
    "t_overlaps": lambda a, b, c, d: _both(_LT(a, c), _GT(b, c), _LT(b, d)),
    "t_startedby": lambda a, b, c, d: _both(_EQ(a, c), _GT(b, d)),
    "t_starts": lambda a, b, c, d: _both(_EQ(a, c), _LT(b, d)),
}


# ---------------------------------------------------------------------------------------------------------- as text


def written(node: Any) -> str:
    """CQL2 JSON as CQL2 text, every operator in parentheses."""
    if isinstance(node, bool):
        return str(node).upper()
    if isinstance(node, str):
        return "'" + node.replace("'", "''") + "'"
    if isinstance(node, (int, float)):
        return repr(node)
    if isinstance(node, list):
        return f"({', '.join(written(item) for item in node)})"
    if "property" in node:
        return '"' + node["property"].replace('"', '""') + '"'
    for name in ("date", "timestamp"):
        if name in node:
            return f"{name.upper()}('{node[name]}')"
    if "interval" in node:
        return f"INTERVAL({', '.join(written(end) for end in node['interval'])})"
    if "type" in node:
        return shapely.geometry.shape(node).wkt
    return _call_written(node["op"], node["args"])


def _call_written(op: str, args: list[Any]) -> str:
    parts = [written(arg) for arg in args]
    if op in {"and", "or"}:
        return "(" + f" {op.upper()} ".join(parts) + ")"
    if op == "not":
        return f"(NOT {parts[0]})"
    if op == "isNull":
        return f"({parts[0]} IS NULL)"
    if op == "between":
        return f"({parts[0]} BETWEEN {parts[1]} AND {parts[2]})"
    if op in COMPARE or op in ARITHMETIC or op in {"like", "in"}:
        return f"({parts[0]} {op.upper()} {parts[1]})"
    return f"{op.upper()}({', '.join(parts)})"
