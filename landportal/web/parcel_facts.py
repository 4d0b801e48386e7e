"""What a parcel's page tells, group by group, with age and source of each.

Unknown stays "not stated" or "not checked"; nothing is derived here that the store does not say.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from flask_babel import gettext as _
from flask_babel import ngettext, pgettext

from landportal.model import (
    TA_LAERM_DB,
    ConstraintGrade,
    ConstraintKind,
    DataSet,
    OwnerKind,
    Parcel,
    PriceKind,
    Servicing,
    Zone,
)
from landportal.services.parcels import NearestPlace, ParcelPage
from landportal.services.travel import Travel
from landportal.web import formats, placing, supply_facts, wording
from landportal.web.facts import (
    Contact,
    Fact,
    FactGroup,
    KeyFigure,
    age_of_group,
    age_of_record,
    age_of_sources,
    distinct,
    said,
)
from landportal.web.formats import Quantity
from landportal.web.travel_facts import whole_minutes


def key_figures(page: ParcelPage, travel: Travel | None = None) -> tuple[KeyFigure, ...]:
    """The five figures an investor asks for first."""
    parcel = page.parcel
    junction = _nearest(page, "motorway")
    return (
        KeyFigure(
            _("Area"),
            formats.hectares(parcel.area_m2),
            _("about %(size)s", size=formats.size(page.width_m, page.depth_m)),
        ),
        KeyFigure(_("Purchase price"), _price(parcel), _price_note(parcel)),
        KeyFigure(
            _("Zone"), wording.zone(parcel.zone, parcel.zone_restricted) if parcel.zone else None, _zone_note(parcel)
        ),
        KeyFigure(
            _("Power now"),
            formats.unit(parcel.power_mw, "MW") if parcel.power_mw is not None else None,
            supply_facts.later_power(parcel),
        ),
        _to_the_motorway(junction, travel),
    )


def _to_the_motorway(junction: NearestPlace | None, travel: Travel | None) -> KeyFigure:
    way = travel.way("motorway") if travel else None
    if travel and way:
        minutes = whole_minutes(way.minutes)
        note = ngettext("%(num)s minute by lorry", "%(num)s minutes by lorry", minutes)
        rough = _("schematic") if travel.graph.schematic else None
        return KeyFigure(
            _("To the motorway"), formats.kilometres(way.km * 1000), ", ".join(filter(None, (note, rough)))
        )
    return KeyFigure(
        _("To the motorway"),
        formats.kilometres(junction.distance_m) if junction else None,
        _("straight line, %(road)s", road=placing.road(junction.ref)) if junction and junction.ref else None,
    )


def planning(page: ParcelPage) -> FactGroup:
    """Planning law: plan, zone, how much may be built, how loud it may be."""
    parcel = page.parcel
    facts = (
        Fact(
            _("Development plan"),
            _quoted(parcel.plan_name),
            wording.plan(parcel.plan_status) if parcel.plan_status else None,
            link=parcel.plan_link,
        )
        if parcel.plan_name
        else Fact(_("Development plan"), wording.plan(parcel.plan_status) if parcel.plan_status else None),
        _zone_fact(parcel),
        _ratios(parcel),
        _height(parcel),
        *_noise(parcel),
        Fact(_("Round the clock"), said(parcel.round_the_clock, _("permitted"), _("not permitted"))),
    )
    return FactGroup(facts, age_of_group(page, parcel.planning_as_of), (page.data_set,))


def land(page: ParcelPage) -> FactGroup:
    """The land itself: owner's kind, lots, servicing, availability, cadastre, trade tax."""
    parcel = page.parcel
    facts = (
        Fact(_("Ownership"), str(wording.OWNER[OwnerKind(parcel.owner_kind)]) if parcel.owner_kind else None),
        Fact(_("Smallest lot"), formats.hectares(parcel.lot_min_m2) if parcel.lot_min_m2 is not None else None),
        Fact(
            _("Servicing"),
            str(wording.SERVICING[Servicing(parcel.servicing)]) if parcel.servicing else None,
            _("complete by %(month)s", month=formats.month(parcel.servicing_until)) if parcel.servicing_until else None,
        ),
        Fact(_("Available from"), _available_from(parcel, page.today)),
        _cadastre(parcel),
        _trade_tax(page),
        *_reserve(parcel),
    )
    return FactGroup(facts, age_of_record(page.confirmed_days), (page.data_set,))


def risks(page: ParcelPage) -> FactGroup:
    """Constraints by kind: how much of the parcel they touch, "none" only where a data set was checked."""
    checked = {check.kind: check.data_set for check in page.checked}
    facts = tuple(_risk(page, kind, kind in checked) for kind in ConstraintKind)
    data_sets = distinct((*(share.data_set for share in page.constraints), *checked.values()))
    return FactGroup(facts, age_of_sources(data_sets), data_sets)


def contact(page: ParcelPage) -> Contact:
    """The parcel's own contact, else its area's."""
    for thing in (page.parcel, page.area):
        if thing is not None and (thing.contact_name or thing.contact_phone or thing.contact_email):
            return Contact(thing.contact_name, thing.contact_phone, thing.contact_email)
    return Contact(None, None, None)


def sources(page: ParcelPage, travel: Travel | None = None) -> tuple[DataSet, ...]:
    """Every data set that this page draws on."""
    return distinct(
        (
            page.data_set,
            *(nearest.data_set for nearest in page.nearest),
            *((travel.data_set,) if travel else ()),
            *(share.data_set for share in page.constraints),
            *(check.data_set for check in page.checked),
        )
    )


def cadastral_names(identifiers: Iterable[str]) -> list[str]:
    """Flurstückskennzeichen as people say them, plots of one section together: Gemarkung 2450, Flur 8: 746/284, 747."""
    plots: dict[tuple[str, str], list[str]] = {}
    for identifier in identifiers:
        below = identifier[14:18].strip("_")
        plot = f"{int(identifier[9:14])}{f'/{int(below)}' if below else ''}"
        plots.setdefault((identifier[2:6], identifier[6:9].strip("_")), []).append(plot)
    return [f"{_section_name(*place)}: {', '.join(numbers)}" for place, numbers in plots.items()]


def _section_name(district: str, section: str) -> str:
    if not section:
        return _("district %(district)s", district=district)
    return _("district %(district)s, section %(section)s", district=district, section=int(section))


def _nearest(page: ParcelPage, kind: str) -> NearestPlace | None:
    return next((nearest for nearest in page.nearest if nearest.kind == kind), None)


def _price(parcel: Parcel) -> Quantity | str | None:
    if parcel.price_eur_m2 is not None:
        return formats.price(parcel.price_eur_m2)
    return _("on request") if parcel.price_on_request else None


def _price_note(parcel: Parcel) -> str | None:
    return str(wording.PRICE_KIND[PriceKind(parcel.price_kind)]) if parcel.price_kind else None


def _zone_note(parcel: Parcel) -> str | None:
    if parcel.zone is None:
        return None
    section = _("§ %(section)s BauNVO", section=wording.ZONE_PARAGRAPH[Zone(parcel.zone)])
    always = pgettext("zone", "round the clock")
    return f"{section}, {always}" if parcel.round_the_clock else section


def _quoted(name: str) -> str:
    """A plan's name in quotation marks, unless it brings its own."""
    return name if set(name) & set('„“”"»«') else _("“%(name)s”", name=name)


def _zone_fact(parcel: Parcel) -> Fact:
    if parcel.zone is None:
        return Fact(_("Type of zone"), None)
    limits = _("restricted") if parcel.zone_restricted else _("without restriction")
    note = f"{wording.zone_name(parcel.zone)}, {_zone_section(parcel.zone)}, {limits}"
    return Fact(_("Type of zone"), wording.zone(parcel.zone, parcel.zone_restricted), note)


def _zone_section(zone: str) -> str:
    return _("§ %(section)s BauNVO", section=wording.ZONE_PARAGRAPH[Zone(zone)])


def _ratios(parcel: Parcel) -> Fact:
    values = (parcel.grz, parcel.gfz, parcel.bmz)
    if all(value is None for value in values):
        return Fact(_("GRZ / GFZ / BMZ"), None)
    shown = " / ".join(formats.NONE if value is None else formats.number(value, 1) for value in values)
    return Fact(_("GRZ / GFZ / BMZ"), shown, _("site coverage, floor space, building mass"))


def _height(parcel: Parcel) -> Fact:
    """Building mass over site coverage is the mean height that § 21 BauNVO leaves a full footprint."""
    mean = float(parcel.bmz) / float(parcel.grz) if parcel.bmz and parcel.grz else None
    note = _("BMZ over GRZ leaves %(height)s on average", height=formats.metres(mean, 1)) if mean else None
    if parcel.height_max_m is None:
        return Fact(_("Height"), None, note)
    return Fact(_("Height"), _("at most %(height)s", height=formats.unit(parcel.height_max_m, "m")), note)


def _noise(parcel: Parcel) -> Iterable[Fact]:
    """The plan's noise quotas where there are any, and the guide values of TA Lärm as orientation."""
    day, night = parcel.noise_quota_day_db, parcel.noise_quota_night_db
    if day is not None or night is not None:
        pair = " / ".join(formats.NONE if value is None else formats.number(value) for value in (day, night))
        yield Fact(_("Noise quota"), f"{pair}{formats.NBSP}dB(A)", _("day / night, per m², set by the plan"))
    guide = TA_LAERM_DB.get(Zone(parcel.zone)) if parcel.zone else None
    if guide:
        value = f"{guide[0]} / {guide[1]}{formats.NBSP}dB(A)"
        yield Fact(_("Noise"), value, _("day / night, guide value of TA Lärm 6.1; the permit decides"))


def _available_from(parcel: Parcel, today: dt.date) -> str | None:
    if parcel.available_from is None:
        return None
    return _("immediately") if parcel.available_from <= today else formats.date(parcel.available_from)


def _cadastre(parcel: Parcel) -> Fact:
    label = ngettext("Cadastral plot", "Cadastral plots", max(1, len(parcel.cadastral_ids)))
    return Fact(label, "; ".join(cadastral_names(parcel.cadastral_ids)) or None)


def _trade_tax(page: ParcelPage) -> Fact:
    unit = page.municipality
    if unit is None or unit.trade_tax_multiplier is None:
        return Fact(_("Trade tax multiplier"), None)
    note = f"{unit.name} {unit.trade_tax_year}" if unit.trade_tax_year else unit.name
    return Fact(_("Trade tax multiplier"), formats.percent(unit.trade_tax_multiplier, 0), note)


def _reserve(parcel: Parcel) -> Iterable[Fact]:
    if parcel.large_scale_reserve:
        yield Fact(_("Regional plan"), _("reserved for large industry (IG)"))


def _risk(page: ParcelPage, kind: ConstraintKind, was_checked: bool) -> Fact:
    shares = [share for share in page.constraints if share.kind is kind]
    label = wording.constraint(kind)[:1].upper() + wording.constraint(kind)[1:]
    if shares:
        overlap, zones = sum(share.overlap_m2 for share in shares), {zone for share in shares for zone in share.zones}
        part = formats.percent(min(1.0, sum(share.share for share in shares)) * 100)
        excluded = any(share.grade is ConstraintGrade.EXCLUDED for share in shares)
        words = (_("%(share)s of the site", share=part), *sorted(zones), _("no building there") if excluded else None)
        return Fact(label, formats.hectares(overlap), ", ".join(filter(None, words)), warn=True)
    if was_checked:
        return Fact(label, pgettext("constraint", "none"))
    return Fact(label, None, unchecked=True)
