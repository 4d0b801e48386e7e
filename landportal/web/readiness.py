"""Readiness in words: the checklist of a parcel's page, and for its officer what would lift it, with the way there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from flask import url_for
from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext, ngettext
from flask_babel.speaklater import LazyString

from landportal.model import DocumentKind
from landportal.services.documents import Shown
from landportal.services.parcels import ParcelPage
from landportal.services.scoring.readiness import Evidence, Point, Readiness, Standing, readiness
from landportal.web import parcel_facts

LABEL: dict[str, LazyString] = {
    "plan": _l("Development plan in force"),
    "servicing": _l("Fully serviced, or a dated plan for it"),
    "price": _l("Price named"),
    "power": _l("Power with capacity and source"),
    "flood": _l("Outside flood zones"),
    "confirmed": _l("Confirmed in the last 30 days"),
    "owner": _l("Ownership known"),
    "cadastre": _l("Cadastral plots named"),
    "soil_survey": _l("Soil survey, not expired"),
    "species_report": _l("Species report, not expired"),
    "contamination": _l("No contamination on record"),
    "water": _l("Water with capacity"),
    "waste_water": _l("Waste water with capacity"),
    "fibre": _l("Fibre with speed"),
    "building": _l("Site coverage ratio (GRZ) named"),
    "contact": _l("Contact named"),
}

STANDING: dict[Standing, LazyString] = {
    Standing.DONE: lazy_pgettext("readiness", "yes"),
    Standing.PARTLY: lazy_pgettext("readiness", "in part"),
    Standing.MISSING: lazy_pgettext("readiness", "missing"),
    Standing.AGAINST: lazy_pgettext("readiness", "no"),
    Standing.UNCHECKED: lazy_pgettext("readiness", "not checked"),
    Standing.EXPIRED: lazy_pgettext("readiness", "expired"),
}

ICON = {
    Standing.DONE: "check",
    Standing.PARTLY: "minus",
    Standing.MISSING: "circle-help",
    Standing.AGAINST: "x",
    Standing.UNCHECKED: "circle-help",
    Standing.EXPIRED: "calendar-clock",
}

ADVICE: dict[str, LazyString] = {
    "plan": _l("State how far the development plan is; put it into force."),
    "servicing": _l("State how far servicing is, and when it will be complete."),
    "price": _l("Name a price instead of “on request”."),
    "power": _l("State the megawatts there are now, and who says so (utility letter)."),
    "flood": _l("Have the flood zone checked; cut the site where it is in one."),
    "confirmed": _l("Confirm that everything is still true."),
    "owner": _l("State who owns the land: public, private, agency."),
    "cadastre": _l("Enter the cadastral identifiers."),
    "soil_survey": _l("Add a soil survey that is still valid."),
    "species_report": _l("Add a species report that is still valid."),
    "contamination": _l("Have the register of contaminated sites checked."),
    "water": _l("State the m³ a day of drinking water."),
    "waste_water": _l("State the reserve of the sewage plant in PE."),
    "fibre": _l("State the speed of the line."),
    "building": _l("Enter the GRZ of the plan."),
    "contact": _l("Name a contact with phone or e-mail."),
}

FIELD = {
    "plan": "plan_status", "servicing": "servicing", "price": "price_eur_m2", "power": "power_mw",
    "owner": "owner_kind", "cadastre": "cadastral_ids", "water": "water_m3_d", "waste_water": "waste_water_pe",
    "fibre": "fibre_mbit", "building": "grz", "contact": "contact_email",
}  # fmt: skip
"""Field of the editor where a point is mended; documents have a page of their own, checks come with data sets."""


@dataclass(frozen=True)
class Line:
    """A point of the list in words."""

    code: str
    label: str
    standing: str
    icon: str
    state: str
    earned: int
    worth: int
    missing: int
    advice: str
    link: str | None


def of_page(page: ParcelPage, papers: Iterable[Shown] | None = None) -> Readiness:
    """The checklist of a page's parcel, from the public documents or from `papers`."""
    shown = [paper for paper in (page.documents if papers is None else papers) if paper.removed_at is None]
    contact = parcel_facts.contact(page)
    return readiness(
        Evidence(
            parcel=page.parcel,
            checked=frozenset(check.kind for check in page.checked),
            documents=frozenset(DocumentKind(paper.kind) for paper in shown if not paper.expired),
            expired_documents=frozenset(DocumentKind(paper.kind) for paper in shown if paper.expired),
            has_contact=bool(contact.email or contact.phone),
            freshness=page.freshness,
        )
    )


def checklist(ready: Readiness) -> list[Line]:
    """Every point, for the public."""
    return [_line(point, None) for point in ready.points]


def lifting(ready: Readiness, number: str) -> list[Line]:
    """What would lift the parcel `number`, most points first, with the page where that is done."""
    return [_line(point, _way(point.code, number)) for point in ready.lifting]


def more_points(count: int) -> str:
    """What a point would add: + 8 Punkte."""
    return ngettext("+%(num)s point", "+%(num)s points", count)


def _line(point: Point, link: str | None) -> Line:
    standing = point.standing
    return Line(
        point.code, str(LABEL[point.code]), str(STANDING[standing]), ICON[standing], str(standing), point.earned,
        point.worth, point.missing, str(ADVICE[point.code]), link,
    )  # fmt: skip


def _way(code: str, number: str) -> str | None:
    if code in {"soil_survey", "species_report"}:
        return url_for("documents.desk", number=number)
    if code in FIELD:
        return url_for("desk.edit", number=number, _anchor=f"f-{FIELD[code]}")
    return None
