"""The building blocks of fact lists: a fact, a group of facts with age and source, a key figure.

Which facts a page tells is said by `parcel_facts` and `area_facts`; how they look in templates/_macros.html.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from flask_babel import gettext as _

from landportal.model import FRESHNESS_LADDER, DataSet
from landportal.services.parcels import ParcelPage
from landportal.web import formats, wording
from landportal.web.formats import Quantity


@dataclass(frozen=True)
class Fact:
    """A label, its bold value, a small note. `value` None: nobody told us; `unchecked`: nobody has looked."""

    label: str
    value: Quantity | str | None
    note: str | None = None
    link: str | None = None
    unchecked: bool = False
    warn: bool = False

    @property
    def known(self) -> bool:
        """Whether there is a value to show."""
        return self.value is not None and not self.unchecked

    @property
    def missing(self) -> str:
        """What stands in place of a value."""
        return wording.not_checked() if self.unchecked else wording.unknown()


@dataclass(frozen=True)
class Age:
    """How old a group of facts is; `days` draws the dial, None leaves it out."""

    words: str
    days: int | None


@dataclass(frozen=True)
class FactGroup:
    """Facts that share age and source."""

    facts: tuple[Fact, ...]
    age: Age
    sources: tuple[DataSet, ...]


@dataclass(frozen=True)
class KeyFigure:
    """One of the large figures at the top of a page."""

    label: str
    value: Quantity | str | None
    note: str | None


@dataclass(frozen=True)
class Contact:
    """Whom to ask; every part may be unknown."""

    name: str | None
    phone: str | None
    email: str | None

    @property
    def dialled(self) -> str:
        """The phone number as a link dials it."""
        return "".join(sign for sign in self.phone or "" if sign.isdigit() or sign == "+")


def age_of_day(day: dt.date | None, today: dt.date) -> Age:
    """The age of a dated statement: Stand 12.10.2026."""
    if day is None:
        return Age(_("date unknown"), None)
    # The last step of the ladder speaks of confirmation, which a dated statement never claimed.
    return Age(_("as of %(day)s", day=formats.date(day)), min(FRESHNESS_LADDER[-1][0], max(0, (today - day).days)))


def age_of_record(days: int | None) -> Age:
    """The age of what an officer confirmed: vor 6 Tagen."""
    return Age(wording.confirmed_briefly(days), -1 if days is None else days)


def age_of_sources(data_sets: Iterable[DataSet]) -> Age:
    """The age of what data sets say: that of the oldest dated one, without a dial."""
    days = [data_set.data_date for data_set in data_sets if data_set.data_date]
    return Age(_("as of %(day)s", day=formats.date(min(days))) if days else _("date unknown"), None)


def age_of_group(page: ParcelPage, as_of: dt.date | None) -> Age:
    """The age of a group with a date of its own, else that of the record."""
    return age_of_day(as_of, page.today) if as_of else age_of_record(page.confirmed_days)


def distinct(data_sets: Iterable[DataSet]) -> tuple[DataSet, ...]:
    """Each data set once, in the order of first mention."""
    return tuple({data_set.id: data_set for data_set in data_sets}.values())


def said(yes: bool | None, if_yes: str, if_no: str) -> str | None:
    """A yes or no in words; None stays unknown."""
    return None if yes is None else if_yes if yes else if_no
