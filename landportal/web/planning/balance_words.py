"""The words of a land balance: groups of statuses, lines of the account, kinds of parts."""

from __future__ import annotations

import datetime as dt

from flask_babel import gettext as _
from flask_babel import lazy_pgettext

from landportal.model import Servicing
from landportal.services.reports.balance import Group
from landportal.services.reports.behind import Figure
from landportal.services.reports.flows import Elsewhere, Line
from landportal.services.reports.units import Unit, UnitKind
from landportal.web import formats, wording
from landportal.web.language import current

GROUP = {
    Group.FREE: lazy_pgettext("balance", "available"),
    Group.PROMISED: lazy_pgettext("balance", "reserved, optioned"),
    Group.PREPARING: lazy_pgettext("balance", "in preparation"),
    Group.TAKEN: lazy_pgettext("balance", "sold, leased"),
    Group.OWN_USE: lazy_pgettext("balance", "own use"),
}

GROUP_STATUS = {
    Group.FREE: "available",
    Group.PROMISED: "reserved",
    Group.PREPARING: "preparing",
    Group.TAKEN: "sold",
    Group.OWN_USE: "own_use",
}
"""The status whose colour, pattern and letter a group is drawn with."""

ELSEWHERE = {
    Elsewhere.ABSENT: lazy_pgettext("balance", "not in the portal"),
    Elsewhere.WITHDRAWN: lazy_pgettext("balance", "withdrawn"),
    Elsewhere.OTHER_UNIT: lazy_pgettext("balance", "in another place"),
    Elsewhere.CUT: lazy_pgettext("balance", "split or merged"),
    Elsewhere.PASSED: lazy_pgettext("balance", "not in the portal"),
    Elsewhere.CUT_PASSED: lazy_pgettext("balance", "split or merged"),
}

LINE = {
    Line.ADDED: lazy_pgettext("balance", "newly recorded"),
    Line.RETURNED: lazy_pgettext("balance", "returned"),
    Line.TAKEN: lazy_pgettext("balance", "sold, leased"),
    Line.OWN_USE: lazy_pgettext("balance", "to own use"),
    Line.WITHDRAWN: lazy_pgettext("balance", "withdrawn"),
    Line.CUT: lazy_pgettext("balance", "split, merged"),
    Line.REMEASURED: lazy_pgettext("balance", "measured anew"),
    Line.MOVED: lazy_pgettext("balance", "moved from or to other places"),
}

PARTS = {
    UnitKind.REGION: lazy_pgettext("balance", "Planning regions"),
    UnitKind.COUNTY: lazy_pgettext("balance", "Counties and cities"),
    UnitKind.MUNICIPALITY: lazy_pgettext("balance", "Municipalities"),
    UnitKind.AREA: lazy_pgettext("balance", "Areas"),
}

NO_PART = {
    UnitKind.REGION: lazy_pgettext("balance", "in no planning region"),
    UnitKind.COUNTY: lazy_pgettext("balance", "in no county"),
    UnitKind.MUNICIPALITY: lazy_pgettext("balance", "in no municipality"),
    UnitKind.AREA: lazy_pgettext("balance", "outside of areas"),
}


def unit_name(unit: Unit) -> str:
    """What a unit is called: Landkreis Gotha, Planungsregion Mittelthüringen."""
    if unit.kind is UnitKind.STATE and current() == "en" and unit.name_de == "Thüringen":
        return "Thuringia"
    if unit.kind is UnitKind.REGION:
        return _("Planning region %(name)s", name=unit.name_de)
    if unit.kind is UnitKind.COUNTY:
        return wording.county(unit.name_de, unit.admin_kind) or unit.name_de
    return wording.in_language(unit.name_de, unit.name_en) or unit.name_de


def figure(named: Figure, begins: dt.date, ends: dt.date) -> str:
    """What a figure counts: sold, leased 31.12.2025 – 28.11.2026."""
    span = f"{formats.date(begins)} – {formats.date(ends)}"
    if named.line:
        return f"{LINE[named.line]}, {span}"
    if named.zone_row:
        zone, servicing, group = named.zone_row
        parts = (zone or wording.unknown(), servicing_name(servicing), GROUP[group])
        return f"{', '.join(map(str, parts))}, {formats.date(ends)}"
    return _("sold, leased in %(year)s", year=named.year)


def servicing_name(servicing: str | None) -> str:
    """How far a row of the balance is serviced."""
    return str(wording.SERVICING[Servicing(servicing)]) if servicing else _("servicing not stated")


def place(code: str) -> str:
    """Where a parcel was or is, in words."""
    return str(GROUP.get(code) or ELSEWHERE.get(code) or code)  # type: ignore[call-overload]
