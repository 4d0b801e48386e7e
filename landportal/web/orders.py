"""The orders of a result list, in words and with the address of each."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import lazy_pgettext
from flask_babel.speaklater import LazyString

from landportal.services.search import SearchCriteria, Sort

ORDERS: tuple[tuple[Sort, bool, LazyString], ...] = (
    (Sort.SCORE, False, lazy_pgettext("order", "best documented")),
    (Sort.SIZE, False, lazy_pgettext("order", "largest first")),
    (Sort.SIZE, True, lazy_pgettext("order", "smallest first")),
    (Sort.PRICE, False, lazy_pgettext("order", "lowest price first")),
    (Sort.PRICE, True, lazy_pgettext("order", "highest price first")),
    (Sort.MOTORWAY, False, lazy_pgettext("order", "nearest motorway first")),
    (Sort.FRESH, False, lazy_pgettext("order", "most recently confirmed first")),
    (Sort.NAME, False, lazy_pgettext("order", "by name")),
)

OF_THE_DESK: tuple[tuple[Sort, bool, LazyString], ...] = (
    (Sort.STATUS, False, lazy_pgettext("order", "by status")),
    (Sort.UNTIL, False, lazy_pgettext("order", "reservation ends soonest first")),
)
"""Orders that officers use; visitors are not offered them, an address may ask for them."""


@dataclass(frozen=True)
class Order:
    """One choice: the value of `sort`, its words, and whether the result is in this order."""

    value: str
    label: str
    chosen: bool


def choices(criteria: SearchCriteria) -> list[Order]:
    """The orders offered; one that only an address can ask for is added, so that the choice never lies."""
    found = [
        Order(
            f"{'-' if reverse else ''}{sort.value}",
            _words(criteria, sort, label),
            (sort, reverse) == (criteria.sort, criteria.reverse),
        )
        for sort, reverse, label in ORDERS
    ]
    if not any(order.chosen for order in found):
        value = f"{'-' if criteria.reverse else ''}{criteria.sort.value}"
        words = next(
            _words(criteria, sort, label) for sort, _reverse, label in (*ORDERS, *OF_THE_DESK) if sort is criteria.sort
        )
        found.append(Order(value, f"{words} ↓", True))
    return found


def _words(criteria: SearchCriteria, sort: Sort, label: LazyString) -> str:
    """With a profile the score is its own."""
    return str(_BEST_SUITED) if sort is Sort.SCORE and criteria.profile else str(label)


_BEST_SUITED = lazy_pgettext("order", "best suited first")
