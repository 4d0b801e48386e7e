"""The attributes of a parcel as the desk shows them: what each is called, what it means, how it is entered.

How a value reads in words is said in `values`; which attributes there are, in `services.edits`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from landportal.model import Gas, OwnerKind, PlanStatus, PriceKind, Servicing, Zone
from landportal.web import filter_form, wording

Options = Callable[[], list[tuple[str, str]]]


@dataclass(frozen=True)
class Attribute:
    """One attribute. `control`: text, long, number, date, select, three (yes, no, unknown), check, area."""

    name: str
    label: LazyString
    control: str
    help: LazyString | None = None
    unit: str | LazyString | None = None
    options: Options | None = None
    language: str | None = None


@dataclass(frozen=True)
class Group:
    """Attributes that stand together on the page."""

    key: str
    title: LazyString
    attributes: tuple[Attribute, ...]


def _zones() -> list[tuple[str, str]]:
    return [
        (zone.value, f"{zone} – {wording.zone_name(zone)}, § {wording.ZONE_PARAGRAPH[zone]} BauNVO") for zone in Zone
    ]


def _plans() -> list[tuple[str, str]]:
    assert len(filter_form.PLAN_ORDER) == len(PlanStatus)  # noqa: S101 - none is forgotten
    return [(str(int(code)), wording.plan(code)) for code in filter_form.PLAN_ORDER]


def _codes(labels: Mapping[str, LazyString]) -> Options:
    return lambda: [(str(code), str(words)) for code, words in labels.items()]


PLANNING = Group(
    "planning",
    _l("Planning law"),
    (
        Attribute(
            "plan_name",
            _l("Name of the development plan"),
            "text",
            _l("As the municipality calls it, without “development plan”."),
        ),
        Attribute(
            "plan_status",
            _l("State of the development plan"),
            "select",
            _l("§ 10 (3) BauGB: it is in force from the day it was announced."),
            options=_plans,
        ),
        Attribute("plan_link", _l("Address of the plan"), "text", _l("A web address that begins with https://")),
        Attribute(
            "zone",
            _l("Zone under the BauNVO"),
            "select",
            _l("Building area of the BauNVO as the plan sets it. A general area of the land-use plan (G) is none."),
            options=_zones,
        ),
        Attribute(
            "zone_restricted",
            _l("Restricted zone (GEe, GIe)"),
            "check",
            _l("Set where the plan narrows the permitted uses or emissions under § 1 (4) to (9) BauNVO."),
        ),
        Attribute(
            "xplan_zone_code",
            _l("XPlanung code of the zone"),
            "number",
            _l("Only where the plan exists as XPlanGML: 1700 is GE, 1800 is GI."),
        ),
        Attribute(
            "grz",
            _l("GRZ, site coverage ratio"),
            "number",
            _l("Part of the site that may be covered, § 19 BauNVO: 0.8 means 80%. From 0 to 1."),
        ),
        Attribute(
            "gfz",
            _l("GFZ, floor space ratio"),
            "number",
            _l("Floor space of all full storeys for each m² of the site, § 20 BauNVO. From 0 to 10."),
        ),
        Attribute(
            "bmz",
            _l("BMZ, building mass ratio"),
            "number",
            _l("m³ of building for each m² of the site, § 21 BauNVO. From 0 to 100."),
        ),
        Attribute(
            "height_max_m",
            _l("Greatest height"),
            "number",
            _l("§ 18 BauNVO, above the reference height that the plan names."),
            "m",
        ),
        Attribute(
            "noise_quota_day_db",
            _l("Noise quota by day"),
            "number",
            _l("Emission quota of the plan for each m² (DIN 45691), 6 am to 10 pm. Not the guide value of TA Lärm."),
            "dB(A)",
        ),
        Attribute(
            "noise_quota_night_db", _l("Noise quota by night"), "number", _l("The same from 10 pm to 6 am."), "dB(A)"
        ),
        Attribute(
            "round_the_clock",
            _l("Operation round the clock"),
            "three",
            _l("Whether work is permitted at night without special permits."),
        ),
        Attribute(
            "planning_as_of",
            _l("Planning facts as of"),
            "date",
            _l("The day on which these facts were checked against the plan."),
        ),
    ),
)

MARKETING = Group(
    "marketing",
    _l("Marketing"),
    (
        Attribute("name_de", _l("Name, German"), "text", _l("As investors find it: the area, then the lot.")),
        Attribute("name_en", _l("Name, English"), "text", _l("Left empty, English pages show the German name.")),
        Attribute("area_id", _l("Industrial or commercial area"), "area", _l("The area whose page lists this site.")),
        Attribute("available_from", _l("Available from"), "date", _l("The first day on which building may begin.")),
        Attribute("price_eur_m2", _l("Price"), "number", _l("Asking price without VAT; for a lease, a year."), "€/m²"),
        Attribute("price_on_request", _l("Price on request"), "check", _l("Only without a price above.")),
        Attribute(
            "price_kind",
            _l("What the price contains"),
            "select",
            _l("Servicing contributions under §§ 127 ff. BauGB: settled with the price, or due on top."),
            options=_codes({str(code): wording.PRICE_KIND[code] for code in PriceKind}),
        ),
        Attribute(
            "lot_min_m2",
            _l("Smallest lot"),
            "number",
            _l("The smallest part that is sold by itself. “0.5 ha” is understood too."),
            "m²",
        ),
        Attribute(
            "owner_kind",
            _l("Ownership"),
            "select",
            _l("The kind of owner. Names of owners are personal data and not kept."),
            options=_codes({str(code): wording.OWNER[code] for code in OwnerKind}),
        ),
        Attribute(
            "servicing",
            _l("Servicing"),
            "select",
            _l("Fully serviced: road, water, sewer and power lie at the site."),
            options=_codes({str(code): wording.SERVICING[code] for code in Servicing}),
        ),
        Attribute(
            "servicing_until", _l("Servicing complete by"), "date", _l("Only while servicing is under way or planned.")
        ),
        Attribute(
            "large_scale_reserve",
            _l("Reserved for large industry"),
            "check",
            _l("Priority area of the regional plan for large-scale industry (IG)."),
        ),
        Attribute(
            "cadastral_ids",
            _l("Cadastral plots"),
            "long",
            _l("Flurstückskennzeichen of ALKIS, 20 characters each, one a line."),
        ),
    ),
)

SUPPLY = Group(
    "supply",
    _l("Supply"),
    (
        Attribute(
            "power_mw",
            _l("Power now"),
            "number",
            _l("What the grid operator confirms for the site, not the size of the substation."),
            "MW",
        ),
        Attribute(
            "power_later_mw", _l("Power later"), "number", _l("What is planned or promised, the whole amount."), "MW"
        ),
        Attribute("power_later_from", _l("Power later, from"), "date", _l("The day from which it is planned.")),
        Attribute("power_source", _l("Who says so"), "text", _l("Grid operator and day of the letter.")),
        Attribute(
            "gas",
            _l("Gas"),
            "select",
            _l("Pressure of the line at the site: low up to 0.1 bar, medium up to 1 bar, high above."),
            options=_codes({str(code): wording.GAS[code] for code in Gas}),
        ),
        Attribute(
            "water_m3_d",
            _l("Water"),
            "number",
            _l("What the supplier can deliver a day. “5 l/s” is understood too."),
            "m³/d",
        ),
        Attribute(
            "waste_water_pe",
            _l("Waste water"),
            "number",
            _l("Free capacity of the sewage works, in population equivalents."),
            _l("PE"),
        ),
        Attribute("fibre_mbit", _l("Fibre"), "number", _l("Download speed that can be booked at the site."), "Mbit/s"),
        Attribute(
            "rail_siding",
            _l("Rail siding"),
            "three",
            _l("Yes where a siding lies on the site or is promised in the plan."),
        ),
        Attribute(
            "supply_as_of", _l("Supply facts as of"), "date", _l("The day of the newest letter from a supplier.")
        ),
    ),
)

TEXTS = Group(
    "texts",
    _l("Texts"),
    (
        Attribute(
            "description_de",
            _l("Description, German"),
            "long",
            _l("What figures do not say. An empty line begins a paragraph."),
            language="de",
        ),
        Attribute(
            "description_en",
            _l("Description, English"),
            "long",
            _l("Left empty, English pages show the German text."),
            language="en",
        ),
    ),
)

CONTACT = Group(
    "contact",
    _l("Contact"),
    (
        Attribute(
            "contact_name",
            _l("Office or person"),
            "text",
            _l("Shown to the public. Left empty, the contact of the area is shown."),
        ),
        Attribute("contact_phone", _l("Telephone"), "text", _l("With area code.")),
        Attribute("contact_email", _l("E-mail"), "text", _l("An office address outlives a change of staff.")),
    ),
)

GROUPS = (MARKETING, PLANNING, SUPPLY, TEXTS, CONTACT)
ATTRIBUTES: Mapping[str, Attribute] = {attribute.name: attribute for group in GROUPS for attribute in group.attributes}

OTHER_LABELS: Mapping[str, LazyString] = {
    "status": _l("Status"),
    "status_since": _l("Status since"),
    "status_until": _l("Status until"),
    "geom": _l("Shape"),
    "number": _l("Number"),
    "confirmed_at": _l("Confirmed"),
    "confirmed_by": _l("Confirmed by"),
    "schematic": _l("Schematic shape"),
    "source_id": _l("Key in the source"),
    "source_date": _l("Date of the source"),
    "data_set_id": _l("Data set"),
}
"""What is not entered in the form of attributes but can differ between two versions."""


def label(name: str) -> str:
    """What an attribute is called."""
    known = ATTRIBUTES.get(name)
    return str(known.label if known else OTHER_LABELS.get(name, name))
