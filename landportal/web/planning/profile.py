"""The profile of an area as PDF and XLSX: the annex to a county's concept for commercial land."""

from __future__ import annotations

from flask import Response, request
from flask_babel import gettext as _
from flask_babel import pgettext

from landportal.services.reports import profiles
from landportal.services.reports.land_balance import ROAD_WIDTH_M
from landportal.services.reports.profiles import AreaProfile
from landportal.services.reports.tables import Table, profile_tables
from landportal.web import area_facts, formats, params, wording
from landportal.web.facts import Fact
from landportal.web.planning import files, pdf
from landportal.web.planning.balance import sent
from landportal.web.planning.files import Document
from landportal.web.planning.frame import blueprint
from landportal.web.reading import snapshot, today


@blueprint.get("/areas/<slug>/profile.<any(pdf, xlsx):format>")
def area_profile(slug: str, format: str) -> Response:
    """The profile of the area `slug`, as of the end of a day."""
    as_of = params.as_of(request.args)
    with snapshot(as_of if as_of != today() else None) as session:
        profile = profiles.area_profile(session, slug, as_of or today(), ROAD_WIDTH_M)
        return sent(written(profile, format), file_name(profile, format))


def written(profile: AreaProfile, format: str) -> bytes:
    """The profile as pdf or xlsx."""
    if format == "xlsx":
        return files.as_xlsx(document(profile))
    return pdf.written(
        "planning/profile_pdf.html", document=document(profile), profile=profile, facts=facts(profile),
        lead=area_facts.lead(profile.page), figures=area_facts.key_figures(profile.page, profile.sites),
    )  # fmt: skip


def document(profile: AreaProfile) -> Document:
    """The profile as tables with title and foot; the facts are the first of them."""
    told = Table(
        "facts", ("fact", "value"), tuple((fact.label, _told(fact)) for fact in facts(profile)), frozenset()
    )  # fmt: skip
    return Document(
        _("Profile: %(area)s", area=wording.name(profile.page.area)), foot(profile), (told, *profile_tables(profile))
    )


def _told(fact: Fact) -> str:
    said = str(fact.value) if fact.known else fact.missing
    return f"{said} ({fact.note})" if fact.note else said


def facts(profile: AreaProfile) -> tuple[Fact, ...]:
    """What the profile says of the area as a whole."""
    page, area = profile.page, profile.page.area
    counties = ", ".join(wording.county(name) or name for _key, name in page.counties)
    site = profile.sites[0] if profile.sites else None
    years = profile.reach_years
    return (
        Fact(pgettext("profile", "Kind"), str(wording.AREA_KIND[area.kind])),
        Fact(_("Municipalities"), ", ".join(page.municipalities) or None),
        Fact(_("County or city"), counties or None),
        Fact(_("Regional plan"), area.regional_plan_category),
        *area_facts.parties(page),
        Fact(_("Available land"), formats.hectares(profile.free_m2, 2)),
        Fact(
            _("Largest contiguous available land"),
            formats.hectares(site.net_m2, 2) if site else None,
            _("sites at most %(gap)s m apart", gap=formats.number(profile.gap_m)),
        ),
        Fact(_("Reach in years"), formats.number(years, 1) if years is not None else _("no sales in five years")),
        Fact(
            _("Confirmed in 90 days"),
            _("%(some)s of %(all)s", some=profile.stock.confirmed, all=profile.stock.on_market),
        ),
        Fact(_("Constraints"), _constraints(profile)),
        Fact(_("Funding"), _funding(profile)),
    )


def _funding(profile: AreaProfile) -> str | None:
    told = [
        _("%(programme)s, bound until %(day)s", programme=grant.programme, day=formats.date(grant.binding_until))
        if grant.binding_until
        else grant.programme
        for grant in profile.funding
    ]
    return "; ".join(told) or None


def _constraints(profile: AreaProfile) -> str:
    told = (f"{wording.constraint(kind)} ({wording.sites(count)})" for kind, count in profile.constraints.items())
    return ", ".join(told) or _("none known")


def foot(profile: AreaProfile) -> tuple[str, ...]:
    """Day, method, source and licence."""
    source = profile.page.data_set
    lines = (
        _("As of the end of %(day)s.", day=formats.date(profile.day)),
        _("Net is the area of the sites; gross adds their share of the roads and green of their area."),
        _("Public sites only; withdrawn sites do not count."),
        f"{wording.title(source)}: {source.attribution}, {source.licence}",
    )
    said = profile.page.area.facts_source
    sample = _("Sample data: shapes and parcels are schematic.") if profile.page.area.schematic else None
    return tuple(filter(None, (*lines, _("Facts on the area") + f": {said}" if said else None, sample)))


def file_name(profile: AreaProfile, format: str) -> str:
    """A name that says what and when."""
    subject = pgettext("file", "profile")
    return f"{subject}-{profile.page.area.slug}-{profile.day}.{format}"
