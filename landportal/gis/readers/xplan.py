"""Zoning areas out of XPlanGML (BP_BaugebietsTeilFlaeche, XPlan 4 to 6).

GDAL reads the objects and their geometry, arcs included; one pass over the XML adds what it flattens or drops: the
plan each area belongs to, heights with their reference, and the count of all other objects. Zoning areas of one plan
are held in memory (thousands at most). What the codes mean to us is decided by the import, not here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pyogrio

from landportal.gis.geometry import crs_name, fits_area_of_use, median_position, swap_axes
from landportal.gis.notes import CannotRead, Note
from landportal.gis.readers.source import Batch, ReadOptions, Source
from landportal.gis.readers.vector import crs_of, geometries_of, plain_values

ZONING = "BP_BaugebietsTeilFlaeche"
_RELATIVE_FROM = 2000
"""XP_ArtHoehenbezug from here on counts from the ground, a street or a floor; below it from sea level."""

_GEOMETRIES = {"Point", "MultiPoint", "LineString", "Curve", "MultiCurve", "Polygon", "Surface", "MultiSurface"}


@dataclass
class PlanFacts:
    """What one pass over the XML found: objects by class, plans, and the links and heights of zoning areas."""

    counts: Counter[str] = field(default_factory=Counter)
    plans: dict[str, tuple[str | None, str | None]] = field(default_factory=dict)
    plan_of_section: dict[str, str] = field(default_factory=dict)
    section_of_area: dict[str, str] = field(default_factory=dict)
    height_of_area: dict[str, float] = field(default_factory=dict)
    absolute_heights: bool = False

    def plan_of(self, area: str) -> tuple[str | None, str | None]:
        """Name and legal state of the plan of an area; the only plan of the file where links are missing."""
        plan = self.plan_of_section.get(self.section_of_area.get(area, ""), "")
        if plan in self.plans:
            return self.plans[plan]
        return next(iter(self.plans.values())) if len(self.plans) == 1 else (None, None)


def open_xplan(path: Path, name: str, options: ReadOptions) -> Source:
    """A source on the zoning areas of a plan; other plan objects are counted and told."""
    facts = read_plan_facts(path, name)
    wanted = options.layer or ZONING
    if wanted not in facts.counts:
        raise CannotRead("no_zoning_areas", file=name, classes=_listed(facts.counts))
    try:
        meta, _, wkb, values = pyogrio.raw.read(path, layer=wanted, WRITE_GFS="NO")
    except (RuntimeError, ValueError) as error:
        raise CannotRead("unreadable", file=name, format="XPlanGML", reason=str(error).split("\n")[0][:200]) from None
    columns = {str(title): plain_values(column) for title, column in zip(meta["fields"], values, strict=True)}
    columns.update(_plan_columns(columns, facts, len(wkb)))
    source = _source(path, wanted, columns, crs_of(meta["crs"]), geometries_of(list(wkb)))
    others = Counter({title: rows for title, rows in facts.counts.items() if title != wanted and rows})
    source.left_out = others.total()
    if others:
        source.notes.append(Note("other_plan_objects", {"rows": others.total(), "classes": _listed(others)}))
    if facts.absolute_heights:
        source.notes.append(Note("plan_height_not_relative"))
    return source


def _source(path: Path, layer: str, columns: dict[str, list[object]], crs: Any, geometry: Any) -> Source:
    notes: list[Note] = []
    position = median_position(geometry)
    if crs and position and not fits_area_of_use(position, crs) and fits_area_of_use(position[::-1], crs):
        # Many write easting first, as people read it, even where the authority behind the srsName says northing first.
        geometry = swap_axes(geometry)
        notes.append(Note("axes_swapped", {"crs": crs_name(crs)}))
    batch = Batch(list(range(1, len(geometry) + 1)), columns, geometry)
    return Source(
        path=path, format="XPlanGML", layer=layer, columns=tuple(columns), crs=crs, row_count=len(geometry),
        notes=notes, batches=lambda: (one for one in [batch]),
    )  # fmt: skip


def _plan_columns(columns: dict[str, list[object]], facts: PlanFacts, rows: int) -> dict[str, list[object]]:
    areas = [str(area) for area in columns.get("gml_id", [""] * rows)]
    plans = [facts.plan_of(area) for area in areas]
    return {
        "plan_name": [plan[0] for plan in plans],
        "rechtsstand": [plan[1] for plan in plans],
        "height_max_m": [facts.height_of_area.get(area) for area in areas],
    }


def read_plan_facts(path: Path, name: str) -> PlanFacts:
    """One pass over the XML, forgetting each object once it was seen."""
    facts = PlanFacts()
    try:
        for element in _objects(path):
            kind = _local(element.tag)
            facts.counts[kind] += any(_local(child.tag) in _GEOMETRIES for child in element.iter())
            identity = next((v for k, v in element.attrib.items() if _local(k) == "id"), "")
            _take(facts, kind, identity, element)
            element.clear()
    except (ElementTree.ParseError, UnicodeDecodeError) as error:
        raise CannotRead("unreadable", file=name, format="XPlanGML", reason=str(error)) from None
    return facts


def _objects(path: Path) -> Iterator[ElementTree.Element]:
    """Plan objects: the children of featureMember and member elements."""
    open_tags: list[str] = []
    for event, element in ElementTree.iterparse(path, events=("start", "end")):  # noqa: S314 - expat limits entities itself.
        if event == "start":
            open_tags.append(_local(element.tag))
            continue
        open_tags.pop()
        if len(open_tags) == 2 and open_tags[-1] in {"featureMember", "member", "featureMembers"}:
            yield element


def _take(facts: PlanFacts, kind: str, identity: str, element: ElementTree.Element) -> None:
    if kind == "BP_Plan":
        facts.plans[identity] = (_text(element, "name"), _text(element, "rechtsstand"))
    elif kind == "BP_Bereich":
        facts.plan_of_section[identity] = _link(element, "gehoertZuPlan")
    elif kind == ZONING:
        facts.section_of_area[identity] = _link(element, "gehoertZuBereich")
        _take_heights(facts, identity, element)


def _take_heights(facts: PlanFacts, identity: str, element: ElementTree.Element) -> None:
    """The largest height above ground; XPlan states several (eaves, ridge, upper edge) with their reference."""
    for stated in (child for child in element.iter() if _local(child.tag) == "XP_Hoehenangabe"):
        reference, height = _text(stated, "hoehenbezug") or "", _text(stated, "hMax", "hZwingend", "h")
        if height is None:
            continue
        if not reference.isdigit() or int(reference) < _RELATIVE_FROM:
            facts.absolute_heights = True
        else:
            facts.height_of_area[identity] = max(_number(height), facts.height_of_area.get(identity, 0.0))


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0


def _text(element: ElementTree.Element, *names: str) -> str | None:
    for name in names:
        for child in element:
            if _local(child.tag) == name and child.text and child.text.strip():
                return child.text.strip()
    return None


def _link(element: ElementTree.Element, name: str) -> str:
    for child in element:
        if _local(child.tag) == name:
            return next((v for k, v in child.attrib.items() if _local(k) == "href"), "").removeprefix("#")
    return ""


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


def _listed(counts: Counter[str]) -> str:
    return ", ".join(f"{kind} {rows}" for kind, rows in counts.most_common()) or "–"
