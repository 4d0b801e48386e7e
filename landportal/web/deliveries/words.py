"""The words of the import pages: states, verdicts, cells, and why something could not be done.

What an import has to say about rows comes from `services.import_issues`; here it is said anew where the command line
would name an option.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext, pgettext
from flask_babel.speaklater import LazyString

from landportal.model import Delivery, DeliveryState
from landportal.services.deliveries.showing import Cell
from landportal.services.import_columns import PARCEL_COLUMNS
from landportal.services.import_issues import Issue, told
from landportal.services.import_words import WORDS, column_word
from landportal.web import formats
from landportal.web.language import current

STATES: Mapping[str, LazyString] = {
    DeliveryState.UPLOADED: _l("uploaded"),
    DeliveryState.STAGING: _l("being checked"),
    DeliveryState.STAGED: _l("checked, not applied"),
    DeliveryState.REFUSED: _l("cannot be used like this"),
    DeliveryState.WAITING: _l("waits for an approver"),
    DeliveryState.APPLYING: _l("being applied"),
    DeliveryState.APPLIED: _l("applied"),
    DeliveryState.UNDOING: _l("being undone"),
    DeliveryState.UNDONE: _l("undone"),
    DeliveryState.FAILED: _l("failed"),
    DeliveryState.DISCARDED: _l("discarded"),
}

STATE_ICONS: Mapping[str, str] = {
    DeliveryState.APPLIED: "circle-check",
    DeliveryState.UNDONE: "undo-2",
    DeliveryState.FAILED: "triangle-alert",
    DeliveryState.REFUSED: "triangle-alert",
    DeliveryState.WAITING: "git-pull-request",
    DeliveryState.DISCARDED: "x",
}

LISTS: Mapping[str, LazyString] = {
    "new": _l("New"),
    "changed": _l("Changed"),
    "conflict": _l("Conflicts"),
    "rejected": _l("Rejected"),
    "left_out": _l("Not ours"),
    "warning": _l("With a warning"),
    "unchanged": _l("Unchanged"),
    "left": _l("Not undone"),
}

ABOUT_LISTS: Mapping[str, LazyString] = {
    "new": _l("These sites are not in the portal yet and will be made."),
    "changed": _l("These sites are in the portal; the cells shown will be changed."),
    "conflict": _l(
        "A cell of these sites was changed in the portal too, to something else. What stands in the portal stays;"
        " the row's other changes are taken over."
    ),
    "rejected": _l("These rows are not taken over. Download them, correct them and upload the file again."),
    "left_out": _l("These rows are no commercial land and are left out."),
    "warning": _l("These rows are taken over; please have a look at them all the same."),
    "unchanged": _l("The portal knows these sites just as the file says."),
    "left": _l("These sites were changed by somebody since, or have documents: they were left as they are."),
}

PROBLEMS: Mapping[str, LazyString] = {
    "file_gone": _l("The uploaded file is not there any more. Please upload it again."),
    "not_allowed_any_more": _l("The account that uploaded the file may not import any more."),
    "outside_scope_now": _l(
        "Some of the land does not lie inside your organisation's scope any more. Nothing was changed."
        " Please have the file checked again."
    ),
    "store_refused": _l(
        "The portal's own rules refuse a row, because something has changed since the check. Nothing was changed."
        " Please have the file checked again."
    ),
    "job_failed": _l(
        "This could not be done, even after several attempts. Nothing was changed. The fault was recorded;"
        " please have the file checked again or tell the operator of the portal."
    ),
    "too_many_columns": _l("The file has %(found)s columns; at most %(limit)s can be read."),
    "declined": _l("Declined by %(by)s."),
    "no_file": _l("The uploaded file is not there any more. Please upload it again."),
    "several_layers": _l("The file has several layers or sheets. Please choose one."),
    "no_such_layer": _l("The file has no layer “%(layer)s”. Please choose one."),
    "no_geometry": _l("No column holds a shape (WKT) or coordinates. Please say below which column is what."),
    "crs_missing": _l(
        "The file names no coordinate system, and no usual one puts its values (%(x)s / %(y)s) into the region."
        " Please enter the right one."
    ),
    "crs_missing_likely": _l(
        "The file names no coordinate system. Its values (%(x)s / %(y)s) look like %(likely)s. Please enter it."
    ),
    "crs_contradicts": _l(
        "The values (%(x)s / %(y)s) do not fit the coordinate system %(crs)s, and no usual one puts them into the"
        " region. Please enter the right one."
    ),
    "crs_contradicts_likely": _l(
        "The values (%(x)s / %(y)s) do not fit the coordinate system %(crs)s. They look like %(likely)s."
        " Please enter it."
    ),
    "encoding_unknown": _l("The file cannot be read as %(encoding)s. Please choose another encoding."),
    "unit_missing": _l("The column “%(column)s” names no unit. Please tick below that its numbers are %(unit)s."),
    "required_column": _l("The file has no column for “%(column)s”. Please assign one."),
    "id_from_geometry": _l(
        "No column identifies the rows, so they are known by their shape. If a shape changes, the row counts as new."
        " You can choose an own identifier in the step before."
    ),
    "wrong_crs": _l(
        "Read as %(crs)s this lies outside the region, as %(likely)s inside: probably the coordinate system is wrong."
    ),
    "out_of_area": _l("Lies in none of the region's municipalities."),
    "no_region": _l("The portal knows no municipalities yet. Please tell its operator."),
}
"""Sentences of an import as a page says them; those not here are the import's own."""


def sentence(code: str, facts: Mapping[str, Any]) -> str:
    """What `code` means, in the reader's language."""
    if code in PROBLEMS:
        shown = {name: str(value) for name, value in facts.items()}
        if "column" in shown and code == "required_column":
            shown["column"] = column_word(shown["column"], current())
        return str(PROBLEMS[code]) % shown
    return told(code, {"value": "", "field": "", **facts}, current())


def of_issue(issue: Issue) -> str:
    """What an issue says, in the reader's language."""
    return sentence(issue.code, {**issue.facts, "value": issue.value or "", "field": column(issue.field or "")})


def of_problem(delivery: Delivery) -> str | None:
    """Why the delivery stands where it stands."""
    problem = delivery.problem
    return sentence(problem["code"], problem.get("facts", {})) if problem else None


def column(name: str) -> str:
    """One of our columns in the reader's language; anything else as it is."""
    return column_word(name, current())


_READ = {c.name: c.read for c in PARCEL_COLUMNS}


def cell(name: str, value: Any) -> str:
    """A value of our column `name`, as kept in JSON, for a reader."""
    if value is None or value == []:
        return "–"
    if name == "geom":
        return f"{formats.number(int(value))} m²"
    words = WORDS.get(_READ.get(name, "").removeprefix("code:"), {})
    code = str(value).lower() if isinstance(value, bool) else str(value)
    if code in words:
        return words[code][current() == "en"]
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if isinstance(value, (int, float)):
        return _plain_number(value)
    return _day(value) if _READ.get(name) in {"date", "available"} else str(value)


def _plain_number(value: float) -> str:
    text = f"{value:g}" if abs(value) < 1e6 else f"{value:.2f}".rstrip("0").rstrip(".")
    return text.replace(".", ",") if current() == "de" else text


def _day(value: str) -> str:
    try:
        return formats.date(dt.date.fromisoformat(value))
    except ValueError:
        return value


SUMMARY = ("status", "zone", "price_eur_m2", "servicing", "available_from")
"""What a new row is shown by."""


def summary(content: Mapping[str, Any]) -> str:
    """A new row in a line: Vermarktungsstatus frei, Gebietsart GE."""
    stated = [name for name in SUMMARY if content.get(name) is not None]
    return " · ".join(f"{column(name)}: {cell(name, content[name])}" for name in stated)


def before(difference: Cell) -> str:
    """What stood there."""
    return cell(difference.column, difference.before)


def after(difference: Cell) -> str:
    """What the file says."""
    return cell(difference.column, difference.after)


def base(difference: Cell) -> str:
    """What the file was made from."""
    return cell(difference.column, difference.base)


def counted(counts: Mapping[str, int]) -> str:
    """The counts of a delivery in a line: 12 neu, 3 geändert, 1 abgelehnt."""
    said = [
        (counts.get("new", 0), pgettext("rows", "%(count)s new")),
        (counts.get("changed", 0), pgettext("rows", "%(count)s changed")),
        (counts.get("unchanged", 0), pgettext("rows", "%(count)s unchanged")),
        (counts.get("conflicts", 0), pgettext("rows", "%(count)s in conflict")),
        (counts.get("rejected", 0), pgettext("rows", "%(count)s rejected")),
    ]
    return ", ".join(words % {"count": formats.number(count)} for count, words in said if count)


def rows(count: int) -> str:
    """A number of rows."""
    return ngettext("%(count)s row", "%(count)s rows", count, count=formats.number(count))


def size(size_bytes: int) -> str:
    """A file's size."""
    if size_bytes < 1_000_000:
        return f"{formats.number(max(1, round(size_bytes / 1000)))} kB"
    return f"{formats.number(round(size_bytes / 1_000_000))} MB"


def own_columns() -> list[tuple[str, str]]:
    """Our columns to choose from, by their words."""
    named = [(c.name, column(c.name)) for c in PARCEL_COLUMNS if c.read != "derived"]
    return sorted(named, key=lambda pair: pair[1].casefold())


def places() -> list[tuple[str, str]]:
    """What a column may be instead: geometry."""
    return [
        ("wkt", _("Shape (WKT)")),
        ("lon", _("Longitude")),
        ("lat", _("Latitude")),
        ("x", _("Easting (x)")),
        ("y", _("Northing (y)")),
    ]
