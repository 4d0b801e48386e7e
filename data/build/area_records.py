"""What the areas and their members say: facts of the sites, and what was assumed for the sample.

Names of persons do not occur; telephone numbers come from the range that the Bundesnetzagentur keeps for film and
fiction, mail addresses end in `.example`.
"""

from __future__ import annotations

import random
from datetime import date
from typing import Any

from .admin import COUNTIES
from .formats import Feature, feature, to_degrees
from .sites import PlacedSite, Site, slug_of

IN_FORCE = 4000


def contact_of(site: Site, towns: dict[str, str]) -> tuple[str, str, str]:
    """One contact for the whole area: an invented office, a fiction number, an address that cannot exist."""
    place = site.short if len(site.municipalities) > 1 else towns[site.municipalities[0]]
    number = random.Random(f"phone {site.slug}").randint(100, 899)
    return f"Wirtschaftsförderung {place} (Beispiel)", f"+49 30 23125 {number}", f"flaechen@{slug_of(place)}.example"


def area_features(placed: list[PlacedSite], towns: dict[str, str]) -> list[Feature]:
    """One feature for each area."""
    return [feature(to_degrees(place.outline), _area(place, towns)) for place in placed]


def _area(place: PlacedSite, towns: dict[str, str]) -> dict[str, Any]:
    site = place.site
    town = towns[site.municipalities[0]]
    contact = contact_of(site, towns)
    known = {"source_id": f"area-{site.slug}", "slug": site.slug, "name_de": site.name_de, "name_en": site.name_en}
    return known | {
        "kind": site.kind, "legal_form": site.legal_form, "plan_authority": site.plan_authority or town,
        "developer": site.developer or (town if site.example else None),
        "seller": site.seller or (town if site.example else None),
        "permit_authority": site.permit_authority or _permit_authority(site),
        "plan_status": site.plan_status, "plan_name": plan_name_of(site), "plan_since": _plan_since(site),
        "gross_ha": site.gross_ha, "net_ha": site.net_ha, "regional_plan_category": site.regional_plan_category,
        "description_de": site.description_de or _example_text(site, "de"),
        "description_en": site.description_en or _example_text(site, "en"),
        "contact_name": contact[0], "contact_phone": contact[1], "contact_email": contact[2],
        "founded": site.founded, "facts_source": _facts_source(site),
        "source_date": "2026-11-01", "schematic": True,
    }  # fmt: skip


def _facts_source(site: Site) -> str:
    """Where the facts are from, and what is not a fact."""
    if site.example:
        return "Beispiel, frei erfunden"
    return f"{site.facts_source} · angenommen: {site.assumed}" if site.assumed else site.facts_source


def _permit_authority(site: Site) -> str:
    county = site.municipalities[0][:5]
    return f"Stadt {COUNTIES[county]}" if int(county) < 16060 else f"Landratsamt {COUNTIES[county]}"


def plan_name_of(site: Site) -> str | None:
    return None if site.plan_status is None else f"Bebauungsplan „{site.short}“ (Beispiel)"


def _plan_since(site: Site) -> str | None:
    """Only invented areas have an invented date; a named site's date was not found and stays unknown."""
    if not site.example or site.plan_status != IN_FORCE:
        return None
    rng = random.Random(f"plan {site.slug}")
    return date(rng.randint(1996, 2024), rng.randint(1, 12), rng.randint(1, 28)).isoformat()


def _example_text(site: Site, language: str) -> str:
    hectares = f"{site.gross_ha:g}"
    if language == "de":
        return f"Erfundenes Beispielgebiet von {hectares.replace('.', ',')} ha in {site.town}."
    return f"Invented example area of {hectares} ha in {site.town}."


def member_rows(placed: list[PlacedSite]) -> list[dict[str, Any]]:
    """Members of the inter-municipal areas with votes and shares; the first municipality holds the seat."""
    return [
        {
            "area_slug": place.site.slug, "ags": ags, "role": "seat" if index == 0 else "member", "votes": votes,
            "cost_share_pct": cost, "revenue_share_pct": revenue, "key_type": place.site.key_type,
            "valid_from": place.site.valid_from, "valid_to": "", "document": place.site.document,
        }
        for place in placed
        for index, (ags, votes, cost, revenue) in enumerate(place.site.members)
    ]  # fmt: skip
