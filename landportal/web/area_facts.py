"""What an area's page tells: key figures, land balance, members with their shares, who does what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from flask_babel import gettext as _
from flask_babel import ngettext, pgettext

from landportal.model import M2_PER_HA, LegalForm, ParcelStatus
from landportal.services.areas import AreaPage, Member
from landportal.services.reports.contiguous import Site
from landportal.web import formats, placing, wording
from landportal.web.facts import Contact, Fact, KeyFigure
from landportal.web.formats import Quantity

BAR_WIDTH = 1000.0
"""Balance and share bars are drawn this wide and stretched to the page."""


@dataclass(frozen=True)
class Slice:
    """A part of a bar: where it begins, how wide it is, what it stands for."""

    x: float
    width: float
    code: str
    label: str
    value: Quantity


@dataclass(frozen=True)
class MemberTable:
    """The members of an inter-municipal area, a bar of their cost shares, and the sums."""

    members: tuple[Member, ...]
    slices: tuple[tuple[float, float], ...]
    votes: int | None
    cost_pct: Decimal | None
    revenue_pct: Decimal | None
    since: str
    key: str | None


def lead(page: AreaPage) -> str:
    """One sentence: what it is, whose it is, where it lies."""
    counties = ", ".join(wording.county(name) or name for _key, name in page.counties)
    form = str(wording.LEGAL_FORM[LegalForm(page.area.legal_form)]) if page.area.legal_form else None
    count = len(page.members)
    if count > 1:
        first = _(
            "Inter-municipal area of %(count)s municipalities in %(counties)s", count=_number(count), counties=counties
        )
        return f"{first}, {form}" if form else first
    kind = wording.AREA_KIND[page.area.kind]
    municipalities = ", ".join(page.municipalities)
    kind = f"{kind[:1].upper()}{kind[1:]}"
    return _(
        "%(kind)s in %(place)s",
        kind=kind,
        place=wording.place(municipalities or None, counties or None, separator=", "),
    )


def key_figures(page: AreaPage, sites: Sequence[Site]) -> tuple[KeyFigure, ...]:
    """Size, what is free, the largest free piece (the first of `sites`), price, motorway."""
    area = page.area
    free = page.balance_m2.get(ParcelStatus.AVAILABLE, 0)
    available = sum(parcel.status is ParcelStatus.AVAILABLE for parcel in page.parcels)
    of = _("%(count)s of %(sites)s", count=formats.number(available), sites=wording.sites(len(page.parcels)))
    name, metres = page.motorway or (None, None)
    return (
        KeyFigure(
            _("Gross area"),
            _given_hectares(area.gross_ha),
            _("net %(area)s", area=_given_hectares(area.net_ha)) if area.net_ha else None,
        ),
        KeyFigure(pgettext("area", "Available"), formats.hectares(free, 1), of),
        _largest_piece(page, sites[0] if sites else None),
        KeyFigure(_("Purchase price"), _price_range(page), _price_note(page)),
        KeyFigure(
            _("To the motorway"),
            formats.kilometres(metres) if metres is not None else None,
            _("straight line, %(road)s", road=placing.road(name)) if name else None,
        ),
    )


def _largest_piece(page: AreaPage, site: Site | None) -> KeyFigure:
    """Free parcels that lie together count as one piece."""
    if site is None:
        return KeyFigure(_("Largest free piece"), formats.NONE, None)
    together = None
    if site.parcels > 1:
        names = {parcel.number: wording.name(parcel) for parcel in page.parcels}
        first, second = (names.get(number, number) for number in site.numbers[:2])
        together = (
            _("%(first)s and %(second)s side by side", first=first, second=second)
            if site.parcels == 2
            else _("%(count)s sites side by side", count=formats.number(site.parcels))
        )
    return KeyFigure(_("Largest free piece"), formats.hectares(float(site.net_m2)), together)


def balance(page: AreaPage) -> tuple[Slice, ...]:
    """Hectares by status, in the fixed order of statuses; the sum is the area of the parcels."""
    total = sum(page.balance_m2.values()) or 1
    slices, x = [], 0.0
    for status in ParcelStatus:
        part = page.balance_m2.get(status, 0)
        if part and status is not ParcelStatus.WITHDRAWN:
            width = BAR_WIDTH * part / total
            slices.append(
                Slice(round(x, 1), round(width, 1), status, wording.status(status), formats.hectares(part, 1))
            )
            x += width
    return tuple(slices)


def members(page: AreaPage) -> MemberTable | None:
    """Members and shares; None for an area of one municipality."""
    if len(page.members) < 2:
        return None
    return MemberTable(
        members=page.members,
        slices=_share_slices(page.members),
        votes=_sum([member.votes for member in page.members]),
        cost_pct=_sum([member.cost_share_pct for member in page.members]),
        revenue_pct=_sum([member.revenue_share_pct for member in page.members]),
        since=formats.date(max(member.valid_from for member in page.members)),
        key=next((str(wording.SHARE_KEY[member.key_type]) for member in page.members if member.key_type), None),
    )


def parties(page: AreaPage) -> tuple[Fact, ...]:
    """Who plans, develops, sells and permits: four parties that are often confused."""
    area = page.area
    since = _("since %(day)s", day=formats.date(area.plan_since)) if area.plan_since else area.plan_name
    return (
        Fact(_("Planning"), area.plan_authority),
        Fact(_("Development"), area.developer),
        Fact(_("Sale"), area.seller),
        Fact(_("Development plan"), wording.plan(area.plan_status) if area.plan_status else None, since),
        Fact(_("Building permit"), area.permit_authority),
        Fact(_("Founded"), str(area.founded) if area.founded else None),
    )


def contact(page: AreaPage) -> Contact:
    """Whom to ask about the whole area."""
    return Contact(page.area.contact_name, page.area.contact_phone, page.area.contact_email)


def contact_title(page: AreaPage) -> str:
    """Contact, or with members: Ein Kontakt für alle vier."""
    if len(page.members) < 2:
        return _("Contact")
    return _("One contact for all %(count)s", count=_number(len(page.members)))


def _share_slices(shared: tuple[Member, ...]) -> tuple[tuple[float, float], ...]:
    slices, x = [], 0.0
    for member in shared:
        width = BAR_WIDTH * float(member.cost_share_pct or 0) / 100
        slices.append((round(x, 1), round(width, 1)))
        x += width
    return tuple(slices)


def _sum(values: list[int | None] | list[Decimal | None]):  # type: ignore[no-untyped-def]
    """The sum, or None where a part is unknown: a sum that leaves one out would lie."""
    known = [value for value in values if value is not None]
    return sum(known) if len(known) == len(values) else None


def _given_hectares(value: Decimal | float | None) -> Quantity | None:
    return None if value is None else formats.hectares(float(value) * M2_PER_HA, 1)


def _price_range(page: AreaPage) -> Quantity | str | None:
    if page.price_range is None:
        return _("on request") if any(parcel.price_on_request for parcel in page.parcels) else None
    low, high = page.price_range
    if low == high:
        return formats.price(low)
    top = formats.price(high)
    return Quantity(f"{formats.price(low).figure}–{top.figure}", top.unit, top.gap)


def _price_note(page: AreaPage) -> str | None:
    asked = sum(parcel.price_on_request for parcel in page.parcels)
    if page.price_range is None or not asked:
        return None
    return ngettext("%(num)s site on request", "%(num)s sites on request", asked)


def _number(count: int) -> str:
    words = {
        2: pgettext("count", "two"),
        3: pgettext("count", "three"),
        4: pgettext("count", "four"),
        5: pgettext("count", "five"),
        6: pgettext("count", "six"),
    }
    return words.get(count, str(count))
