"""The address of a land balance ↔ what is asked for: unit, two days, parts, gap. The address is the whole state."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict

from landportal.errors import InvalidInput
from landportal.services.reports.land_balance import GAP_MAX_M, ROAD_WIDTH_M, Wanted
from landportal.services.reports.units import UnitKind
from landportal.web import params
from landportal.web.params import InvalidParameters
from landportal.web.reading import today

NAMES = ("unit", "from", "to", "by", "gap")
TOLD_MAX = 5

SENTENCES = {
    "unit": _l("Please choose from the list, or state an official key such as 16067."),
    "by": _l("Please choose parts that this place has."),
    "from": _l("The first day lies after the last one."),
    "of": _l("There is no such figure."),
    "gap": _l("Please enter a whole number of metres from 0 to 200."),
}
"""What to do about a value that cannot be used."""


@dataclass
class Asked:
    """What an address asks for as far as it can be read, and a sentence for each field that cannot."""

    unit: str
    begins: dt.date
    ends: dt.date
    by: UnitKind | None = None
    gap_m: int = int(ROAD_WIDTH_M)
    problems: dict[str, str] = field(default_factory=dict)
    gap: str = ""
    """The gap as it was stated."""

    @classmethod
    def of(cls, wanted: Wanted) -> Asked:
        """What an address would have to ask for to get `wanted`."""
        return cls(wanted.unit, wanted.begins, wanted.ends, wanted.by, int(wanted.gap_m))

    @property
    def wanted(self) -> Wanted:
        """The report that is asked for."""
        return Wanted(self.unit, self.begins, self.ends, self.by, float(self.gap_m))

    @property
    def as_of(self) -> dt.date | None:
        """The past day whose end is looked at; None for now."""
        return self.ends if self.ends < today() else None

    def refuse(self, refused: InvalidInput) -> None:
        """Tell at its field what the report could not be made of."""
        name = refused.field or "unit"
        self.problems[name] = str(SENTENCES.get(name, refused))

    def raise_problems(self) -> None:
        """InvalidParameters for answers that have no form to show."""
        if self.problems:
            raise InvalidParameters(tuple(InvalidInput(said, name) for name, said in self.problems.items()))

    def address(self, **changes: Any) -> dict[str, Any]:
        """The arguments of this state after `changes`, for `url_for`; what is usual is left out."""
        usual = dt.date(self.ends.year - 1, 12, 31)
        stated = {
            "unit": self.unit,
            "from": None if self.begins == usual else self.begins.isoformat(),
            "to": self.as_of.isoformat() if self.as_of else None,
            "by": self.by,
            "gap": None if self.gap_m == ROAD_WIDTH_M else self.gap_m,
        }
        return {name: value for name, value in (stated | changes).items() if value is not None}


def read(args: MultiDict[str, str], default_unit: str, also: tuple[str, ...] = ()) -> Asked:
    """What `args` ask for; without days the running year so far, from the end of the last one."""
    problems: dict[str, str] = {}
    ends = _day(args, "to", problems) or today()
    begins = _day(args, "from", problems) or dt.date(ends.year - 1, 12, 31)
    by, gap = args.get("by", "").strip(), args.get("gap", "").strip()
    asked = Asked(args.get("unit", "").strip() or default_unit, begins, ends, problems=problems, gap=gap[:10])
    if by:
        asked.by = next((kind for kind in UnitKind if kind == by), None)
        if asked.by is None:
            problems["by"] = str(SENTENCES["by"])
    if gap and gap.isascii() and gap.isdigit() and int(gap[:5]) <= GAP_MAX_M:
        asked.gap_m = int(gap[:5])
    elif gap:
        problems["gap"] = str(SENTENCES["gap"])
    _refuse_unknown(args, also, problems)
    return asked


def _day(args: MultiDict[str, str], name: str, problems: dict[str, str]) -> dt.date | None:
    try:
        return params.past_day(args, name)
    except InvalidParameters as refused:
        problems[name] = str(refused.problems[0])
        return None


def _refuse_unknown(args: MultiDict[str, str], also: tuple[str, ...], problems: dict[str, str]) -> None:
    strangers = [name for name in args if name not in NAMES and name not in also]
    for name in strangers[:TOLD_MAX]:
        problems[name[:40]] = _("There is no condition named “%(name)s”.", name=name[:40])
    for name in NAMES:
        if len(args.getlist(name)) > 1:
            problems[name] = _("Stated too often.")
