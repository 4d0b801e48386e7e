"""The words of the portal: a label for every code, and short sentences about status, age and place.

Numbers and dates are written by `formats`; whole pages of text live in the templates; criteria in words in `chips`.
Labels are looked up at the moment of use, so they follow the language of the request.
"""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_pgettext, ngettext, pgettext
from flask_babel.speaklater import LazyString

from landportal.model import (
    AreaKind,
    ConstraintKind,
    Freshness,
    Gas,
    LegalForm,
    OwnerKind,
    ParcelStatus,
    PlanStatus,
    PriceKind,
    Servicing,
    Zone,
)
from landportal.web import formats
from landportal.web.language import current

Labels = dict[str, LazyString]

STATUS = {
    ParcelStatus.AVAILABLE: lazy_pgettext("status", "available"),
    ParcelStatus.RESERVED: lazy_pgettext("status", "reserved"),
    ParcelStatus.OPTIONED: lazy_pgettext("status", "optioned"),
    ParcelStatus.PREPARING: lazy_pgettext("status", "in preparation"),
    ParcelStatus.SOLD: lazy_pgettext("status", "sold"),
    ParcelStatus.LEASED: lazy_pgettext("status", "leased"),
    ParcelStatus.OWN_USE: lazy_pgettext("status", "own use"),
    ParcelStatus.WITHDRAWN: lazy_pgettext("status", "withdrawn"),
}

STATUS_LETTER = {
    "de": dict(zip(ParcelStatus, "FROBVPEZ", strict=True)),
    "en": dict(zip(ParcelStatus, "AROPSLUW", strict=True)),
}

ZONE = {
    Zone.GE: lazy_pgettext("zone", "commercial area"),
    Zone.GI: lazy_pgettext("zone", "industrial area"),
    Zone.SO: lazy_pgettext("zone", "special area"),
    Zone.MI: lazy_pgettext("zone", "mixed area"),
    Zone.MU: lazy_pgettext("zone", "urban area"),
    Zone.MK: lazy_pgettext("zone", "core area"),
    Zone.MD: lazy_pgettext("zone", "village area"),
    Zone.MDW: lazy_pgettext("zone", "rural residential area"),
    Zone.WS: lazy_pgettext("zone", "small-holding area"),
    Zone.WR: lazy_pgettext("zone", "purely residential area"),
    Zone.WA: lazy_pgettext("zone", "general residential area"),
    Zone.WB: lazy_pgettext("zone", "special residential area"),
}

ZONE_PARAGRAPH = {
    Zone.WS: "2",
    Zone.WR: "3",
    Zone.WA: "4",
    Zone.WB: "4a",
    Zone.MD: "5",
    Zone.MDW: "5a",
    Zone.MI: "6",
    Zone.MU: "6a",
    Zone.MK: "7",
    Zone.GE: "8",
    Zone.GI: "9",
    Zone.SO: "11",
}
"""Section of the BauNVO that defines the zone."""

PLAN = {
    PlanStatus.STARTED: lazy_pgettext("plan", "planning begun"),
    PlanStatus.DRAFT: lazy_pgettext("plan", "draft"),
    PlanStatus.EARLY_AUTHORITIES: lazy_pgettext("plan", "early hearing of authorities"),
    PlanStatus.EARLY_PUBLIC: lazy_pgettext("plan", "early public hearing"),
    PlanStatus.AUTHORITIES: lazy_pgettext("plan", "hearing of authorities"),
    PlanStatus.PUBLIC_DISPLAY: lazy_pgettext("plan", "on public display"),
    PlanStatus.ADOPTED: lazy_pgettext("plan", "adopted"),
    PlanStatus.IN_FORCE: lazy_pgettext("plan", "in force"),
    PlanStatus.PARTLY_VOID: lazy_pgettext("plan", "partly void"),
    PlanStatus.VOID: lazy_pgettext("plan", "void"),
    PlanStatus.REPEALED: lazy_pgettext("plan", "repealed"),
    PlanStatus.OUT_OF_FORCE: lazy_pgettext("plan", "out of force"),
}

SERVICING = {
    Servicing.FULL: lazy_pgettext("servicing", "fully serviced"),
    Servicing.PARTIAL: lazy_pgettext("servicing", "partly serviced"),
    Servicing.UNDER_WAY: lazy_pgettext("servicing", "being serviced"),
    Servicing.NONE: lazy_pgettext("servicing", "not serviced"),
}

PRICE_KIND = {
    PriceKind.CONTRIBUTION_FREE: lazy_pgettext("price", "servicing contributions included"),
    PriceKind.CONTRIBUTION_DUE: lazy_pgettext("price", "plus servicing contributions"),
    PriceKind.LEASEHOLD: lazy_pgettext("price", "lease a year"),
}

OWNER = {
    OwnerKind.PUBLIC: lazy_pgettext("owner", "public"),
    OwnerKind.PRIVATE: lazy_pgettext("owner", "private"),
    OwnerKind.AGENCY: lazy_pgettext("owner", "development agency"),
}

GAS = {
    Gas.NONE: lazy_pgettext("gas", "none"),
    Gas.AVAILABLE: lazy_pgettext("gas", "available"),
    Gas.LOW_PRESSURE: lazy_pgettext("gas", "low pressure"),
    Gas.MEDIUM_PRESSURE: lazy_pgettext("gas", "medium pressure"),
    Gas.HIGH_PRESSURE: lazy_pgettext("gas", "high pressure"),
}

CONSTRAINT = {
    ConstraintKind.FLOOD: lazy_pgettext("constraint", "flood zone"),
    ConstraintKind.NATURE: lazy_pgettext("constraint", "nature protection"),
    ConstraintKind.WATER: lazy_pgettext("constraint", "water protection"),
    ConstraintKind.HERITAGE: lazy_pgettext("constraint", "heritage"),
    ConstraintKind.CONTAMINATION: lazy_pgettext("constraint", "contamination"),
    ConstraintKind.POWER_LINE: lazy_pgettext("constraint", "power line"),
    ConstraintKind.FOREST: lazy_pgettext("constraint", "forest"),
    ConstraintKind.MINING: lazy_pgettext("constraint", "mining"),
}

AREA_KIND = {
    AreaKind.INDUSTRIAL: lazy_pgettext("area", "industrial area"),
    AreaKind.COMMERCIAL: lazy_pgettext("area", "commercial area"),
    AreaKind.LOGISTICS: lazy_pgettext("area", "logistics area"),
    AreaKind.BROWNFIELD: lazy_pgettext("area", "brownfield"),
}

LEGAL_FORM = {
    LegalForm.SINGLE_MUNICIPALITY: lazy_pgettext("legal form", "one municipality"),
    LegalForm.PURPOSE_AGREEMENT: lazy_pgettext("legal form", "agreement between municipalities (Zweckvereinbarung)"),
    LegalForm.SPECIAL_PURPOSE_ASSOCIATION: lazy_pgettext("legal form", "special-purpose association (Zweckverband)"),
    LegalForm.PLANNING_ASSOCIATION: lazy_pgettext("legal form", "planning association under § 205 BauGB"),
    LegalForm.JOINT_INSTITUTION: lazy_pgettext("legal form", "joint municipal institution"),
    LegalForm.LIMITED_COMPANY: lazy_pgettext("legal form", "limited company (GmbH)"),
    LegalForm.COUNTY_AND_MUNICIPALITY: lazy_pgettext("legal form", "county and municipality"),
}

SHARE_KEY = {
    "land": lazy_pgettext("key", "land brought in"),
    "cost": lazy_pgettext("key", "share of the cost"),
    "inhabitants": lazy_pgettext("key", "inhabitants"),
    "fixed": lazy_pgettext("key", "fixed quotas"),
}

REGIONAL_CATEGORY = {"IG": lazy_pgettext("regional plan", "regionally important industrial site")}


def status(code: str) -> str:
    """A marketing status in words."""
    return str(STATUS[ParcelStatus(code)])


def status_letter(code: str) -> str:
    """The one letter that stands beside a status' colour and pattern."""
    return STATUS_LETTER[current()][ParcelStatus(code)]


def zone(code: str | None, restricted: bool = False) -> str:
    """A zone's sign: GI, restricted GIe."""
    return unknown() if code is None else f"{Zone(code)}{'e' if restricted else ''}"


def zone_name(code: str) -> str:
    """A zone's name: Industriegebiet."""
    return str(ZONE[Zone(code)])


def plan(code: int) -> str:
    """A plan status in words."""
    return str(PLAN[PlanStatus(code)])


def constraint(code: str) -> str:
    """A kind of constraint in words."""
    return str(CONSTRAINT[ConstraintKind(code)])


def unknown() -> str:
    """What stands where nobody told us."""
    return _("not stated")


def not_checked() -> str:
    """What stands where nobody has looked."""
    return _("not checked")


def in_language(de: str | None, en: str | None) -> str | None:
    """The text of this language; the other one where it lacks."""
    return (de or en) if current() == "de" else (en or de)


def name(thing: object) -> str:
    """The name of a parcel or area in the reader's language."""
    return in_language(getattr(thing, "name_de", None), getattr(thing, "name_en", None)) or ""


def title(data_set: object) -> str:
    """The title of a data set in the reader's language."""
    return in_language(getattr(data_set, "title_de", None), getattr(data_set, "title_en", None)) or ""


def freshness(days: int | None) -> str:
    """The step of the freshness ladder, as styles name it; None or below 0: never confirmed."""
    return str(Freshness.of_days(None if days is None or days < 0 else days))


def freshness_step(step: Freshness) -> str:
    """A step of the ladder for people who choose: vor 31 bis 60 Tagen."""
    words = {
        Freshness.FRESH: _("in the last 30 days"),
        Freshness.DUE: _("31 to 60 days ago"),
        Freshness.OLD: _("61 to 90 days ago"),
        Freshness.STALE: _("91 to 120 days ago"),
        Freshness.UNCONFIRMED: _("longer ago or never"),
    }
    return words[step]


def confirmed(days: int | None) -> str:
    """How long ago a record was confirmed, as a sentence: bestätigt vor 6 Tagen."""
    if days is None:
        return _("never confirmed")
    if days == 0:
        return _("confirmed today")
    step = Freshness.of_days(days)
    if step is Freshness.UNCONFIRMED:
        return ngettext("unconfirmed for %(num)s day", "unconfirmed for %(num)s days", days)
    if step in {Freshness.FRESH, Freshness.DUE}:
        return ngettext("confirmed %(num)s day ago", "confirmed %(num)s days ago", days)
    return ngettext("last confirmed %(num)s day ago", "last confirmed %(num)s days ago", days)


def confirmed_briefly(days: int | None) -> str:
    """The same for a card or a table: vor 6 Tagen."""
    if days is None:
        return _("never confirmed")
    if days == 0:
        return pgettext("age", "today")
    if Freshness.of_days(days) is Freshness.UNCONFIRMED:
        return ngettext("unconfirmed, %(num)s day", "unconfirmed, %(num)s days", days)
    return ngettext("%(num)s day ago", "%(num)s days ago", days)


def sites(count: int, exact: bool = True) -> str:
    """A number of parcels: 38 Flächen; where they were not all counted: Mehr als 10.000 Flächen."""
    if not exact:
        return _("More than %(count)s sites", count=formats.number(count))
    return ngettext("%(count)s site", "%(count)s sites", count, count=formats.number(count))


def county(county_name: str, kind: str | None = None, municipality: str | None = None) -> str | None:
    """A county as people say it: Landkreis Gotha, Ilm-Kreis; None for a city that is a county of its own."""
    if kind == "Kreisfreie Stadt" or (municipality and municipality == county_name):
        return None
    if county_name.startswith(("Landkreis", "Kreis")) or county_name.lower().endswith("kreis"):
        return county_name
    return _("%(county)s district", county=county_name)


def place(municipality: str | None, county_name: str | None, kind: str | None = None, separator: str = " · ") -> str:
    """Municipality and county: Hermsdorf · Saale-Holzland-Kreis."""
    district = county(county_name, kind, municipality) if county_name else None
    return separator.join(filter(None, (municipality or county_name, district))) or _("municipality unknown")
