"""Values of a parcel's attributes in the reader's words, as text in a form, and problems as sentences.

What an attribute is called and how it is entered is said in `attributes`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from babel.dates import format_datetime
from flask_babel import gettext as _
from flask_babel import ngettext, pgettext

from landportal.model import Gas, OwnerKind, PriceKind, Servicing
from landportal.services.desk import AreaName
from landportal.services.import_issues import told
from landportal.services.parcel_input import Problem
from landportal.web import formats, wording
from landportal.web.desk.attributes import ATTRIBUTES, label
from landportal.web.desk.frame import blueprint
from landportal.web.language import current
from landportal.web.reading import HOME

CODED = {
    "status": wording.status,
    "zone": lambda code: f"{code} ({wording.zone_name(code)})",
    "plan_status": lambda code: wording.plan(int(code)),
    "servicing": lambda code: str(wording.SERVICING[Servicing(code)]),
    "price_kind": lambda code: str(wording.PRICE_KIND[PriceKind(code)]),
    "owner_kind": lambda code: str(wording.OWNER[OwnerKind(code)]),
    "gas": lambda code: str(wording.GAS[Gas(code)]),
}
MEASURED = {"price_eur_m2": formats.price, "fibre_mbit": formats.bandwidth, "geom": formats.hectares}


def words(name: str, value: Any, areas: Sequence[AreaName] = ()) -> str:
    """A value of the attribute `name` as a person reads it."""
    if value is None or value in ("", []):
        return pgettext("value", "not stated")
    if name in CODED:
        return str(CODED[name](value))
    if name in MEASURED:
        return str(MEASURED[name](value))
    if name == "area_id":
        return next((wording.name(area) for area in areas if area.id == value), _("area no. %(id)s", id=value))
    return _plainly(name, value)


def _plainly(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, dt.datetime):
        return moment(value)
    if isinstance(value, dt.date):
        return formats.date(value)
    if isinstance(value, Decimal | float | int):
        known = ATTRIBUTES.get(name)
        return str(formats.unit(value, str(known.unit))) if known and known.unit else formats.plain_number(value)
    return ", ".join(value) if isinstance(value, list) else str(value)


@blueprint.app_template_filter()
def moment(at: dt.datetime) -> str:
    """A moment to the minute, as the clock on the wall shows it."""
    here = at.astimezone(HOME)
    return _("%(day)s, %(time)s", day=formats.date(here.date()), time=clock(here))


@blueprint.app_template_filter()
def days_ago(days: int | None) -> str:
    """How long ago a record was confirmed, for a narrow column; its dial says on which step that is."""
    if days is None:
        return pgettext("age", "never")
    return ngettext("%(num)s day ago", "%(num)s days ago", days) if days else pgettext("age", "today")


def clock(at: dt.datetime) -> str:
    """The time of day."""
    return format_datetime(at.astimezone(HOME), "HH:mm", locale="de", tzinfo=HOME)


def as_typed(value: Any) -> str:
    """A value as the form shows it, so that sending it back changes nothing."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, Decimal | float):
        return formats.plain_number(value)
    return "\n".join(value) if isinstance(value, list) else str(value)


SENTENCES_OF_FORMS = {
    "available_at_once": lambda: _("Please enter a day; today's date means at once."),
    "no_figure": lambda: _("Please enter an amount, or leave the field empty."),
    "zone_is_general": lambda: _("This is a general building area of the land-use plan, not a zone."),
    "price_and_on_request": lambda: _("There is a price above. Please state either the price or “on request”."),
    "missing": lambda: _("Please fill in this field."),
    "not_cadastral": lambda: _("Not every line is a cadastral identifier of 20 characters."),
    "not_a_link": lambda: _("Please enter a full address, for example https://www.example.org/plan.pdf."),
    "not_a_number": lambda: _("Please enter a number, for example 8 or 8.5."),
    "not_a_date": lambda: _("Please enter a date, for example 2027-06-30."),
    "code_unknown": lambda: _("Please choose from the list."),
}
"""Where a file leaves a cell empty and says so, a form asks; other problems have the import's sentences."""

SENTENCES_OF_RULES = {
    "status_cannot_follow": lambda: _("This status cannot follow the present one."),
    "status_needs_end": lambda: _("Please say until when: reserved and optioned end on a day."),
    "status_has_no_end": lambda: _("Only reserved and optioned have an end."),
    "status_ends_before_it_begins": lambda: _("The end lies before the beginning."),
    "leaves_scope": lambda: _("The site would leave the land your organisation keeps."),
    "area_gone": lambda: _("The area this state names exists no more."),
    "comment_missing": lambda: _("Please say why, so that the proposer knows what to change."),
    "reason_missing": lambda: _("Please state the reason; it is kept in the history and never published."),
    "too_many": lambda: _("These are too many sites at once; please use the import."),
    "conflict": lambda: _("Somebody else has changed it since."),
    "not_allowed": lambda: _("You may not change it."),
    "retired": lambda: _("It was split or merged and cannot be changed any more."),
    "not_from_the_future": lambda: _("This day has not come yet."),
}


def rule(code: str) -> str:
    """The sentence for a rule of the model or of editing that was broken."""
    known = SENTENCES_OF_RULES.get(code)
    return known() if known else code


def problem(name: str, found: Problem) -> str:
    """The sentence for what was typed into the field `name`."""
    known = SENTENCES_OF_FORMS.get(found.code) or SENTENCES_OF_RULES.get(found.code)
    if known:
        return known()
    return told(found.code, {**found.facts, "value": found.typed, "field": label(name)}, current())


def problems(found: Mapping[str, Problem]) -> dict[str, str]:
    """The sentences for all problems, by field."""
    return {name: problem(name, one) for name, one in found.items()}
