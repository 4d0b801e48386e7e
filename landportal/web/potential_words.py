"""What takes building land away, in words: causes, grades, and the distances from them."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_pgettext
from flask_babel.speaklater import LazyString

from landportal.model import BORDER, ConstraintGrade, ConstraintKind, RoadClass
from landportal.web import wording

_CAUSES: dict[str, LazyString] = {
    BORDER: lazy_pgettext("cause", "distance from the border"),
    RoadClass.MOTORWAY: lazy_pgettext("cause", "motorway"),
    RoadClass.FEDERAL_ROAD: lazy_pgettext("cause", "federal road"),
    RoadClass.STATE_ROAD: lazy_pgettext("cause", "state road"),
    RoadClass.LOCAL_ROAD: lazy_pgettext("cause", "local road"),
}

_GRADES: dict[str, LazyString] = {
    ConstraintGrade.EXCLUDED: lazy_pgettext("grade", "no building"),
    ConstraintGrade.RESTRICTED: lazy_pgettext("grade", "restricted"),
}


def cause(code: str) -> str:
    """What land is lost to: the border, a class of road, or a kind of constraint."""
    return str(_CAUSES[code]) if code in _CAUSES else wording.constraint(ConstraintKind(code))


def grade(code: str) -> str:
    """Whether nothing may be built, or not freely."""
    return str(_GRADES[code])


def place_of(plan_name: str | None, ags: str | None) -> str:
    """Where a distance holds."""
    return _("plan “%(plan)s” in %(ags)s", plan=plan_name, ags=ags) if plan_name else _("everywhere")
