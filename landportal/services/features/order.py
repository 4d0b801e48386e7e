"""The steady order of a collection's features, and cursors: where in it a page ends."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, SQLColumnExpression, and_, false, literal, or_, true

from landportal.errors import InvalidInput
from landportal.gis.fields import Field, Kind
from landportal.services.collections.collection import Collection
from landportal.services.features.asked import BIGINT, FeatureRequest, known, read_value


@dataclass(frozen=True, eq=False)
class Order:
    """What a list is ordered by: values, True for descending; and the key that decides between equal ones."""

    by: tuple[tuple[SQLColumnExpression[Any], bool], ...]
    key: SQLColumnExpression[Any]

    def clauses(self) -> tuple[ColumnElement[Any], ...]:
        """The ORDER BY; unknown values come last."""
        sides = ((value.desc() if descending else value.asc()).nulls_last() for value, descending in self.by)
        return (*sides, self.key.asc())


def order_of(collection: Collection, request: FeatureRequest) -> Order:
    """The order of `request`; InvalidInput for a field that gives none."""
    fields = [(known(collection, name, "sortby"), descending) for name, descending in request.sort]
    for one, _ in fields:
        if one.kind is Kind.TEXTS:
            raise InvalidInput(f"{one.name} is a list and gives no order.", "sortby")
    return Order(tuple((one.value, descending) for one, descending in fields), collection.key)


def behind(collection: Collection, request: FeatureRequest, order: Order) -> ColumnElement[bool]:
    """Rows behind the cursor: equal in the first values and behind in the next, unknown values last."""
    if request.after is None:
        return true()
    *values, key = _read_cursor(request.after, len(order.by) + 1)
    alternatives: list[ColumnElement[bool]] = []
    equal: list[ColumnElement[bool]] = []
    for (value, descending), (name, _), last in zip(order.by, request.sort, values, strict=True):
        bound = None if last is None else _bound(known(collection, name, "sortby"), last)
        if bound is not None:
            further = value < bound if descending else value > bound
            alternatives.append(and_(*equal, or_(further, value.is_(None))))
        equal.append(value.is_(None) if bound is None else value == bound)
    alternatives.append(and_(*equal, order.key > _bound_key(collection, key)))
    return or_(false(), *alternatives)


def _bound(one: Field, last: Any) -> Any:
    try:
        value = read_value(one, str(last).lower() if one.kind is Kind.BOOLEAN else str(last))
    except InvalidInput:
        raise _bad_cursor() from None
    return literal(value, BigInteger) if one.kind is Kind.INTEGER else value


def _bound_key(collection: Collection, key: Any) -> Any:
    if not isinstance(key, collection.key_type) or (isinstance(key, int) and abs(key) >= BIGINT):
        raise _bad_cursor()
    return literal(key, BigInteger) if isinstance(key, int) else key


def cursor(last: list[Any] | None) -> str | None:
    """The cursor of a page whose last row has these values and key; None stays None."""
    if last is None:
        return None
    return base64.urlsafe_b64encode(json.dumps(last, separators=(",", ":")).encode()).rstrip(b"=").decode()


def _read_cursor(text: str, length: int) -> list[Any]:
    try:
        values = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (binascii.Error, ValueError, RecursionError):
        raise _bad_cursor() from None
    if not isinstance(values, list) or len(values) != length or any(isinstance(v, (list, dict)) for v in values):
        raise _bad_cursor()
    return values


def _bad_cursor() -> InvalidInput:
    return InvalidInput("This place in the list is not known. Please begin anew without “after”.", "after")
