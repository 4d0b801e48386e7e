"""Where rows of each kind go: the table, the geometry it takes, and the temporary tables they are staged in.

The stage has the target's own column types, so that a staged value equals the stored one bit for bit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from geoalchemy2 import Geometry
from sqlalchemy import Boolean, Column, Float, Integer, MetaData, String, Table, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeEngine

from landportal.model import STORAGE_SRID, AdminUnit, Area, AreaMember, ConstraintZone, Infrastructure, Parcel, Road
from landportal.services.import_columns import COLUMNS, ImportKind


@dataclass(frozen=True)
class Target:
    """The table of a kind; `shape` is what its geometry must be (None: it has none); `region` how near it must lie.

    Region: ``inside`` a municipality, ``touching`` one, ``near`` within REACH_KM, or ``any``.
    """

    table: Table
    shape: str | None
    region: str = "any"


TARGETS: Mapping[ImportKind, Target] = {
    ImportKind.ADMIN_UNITS: Target(cast(Table, AdminUnit.__table__), "polygon"),
    ImportKind.PARCELS: Target(cast(Table, Parcel.__table__), "polygon", "inside"),
    ImportKind.AREAS: Target(cast(Table, Area.__table__), "polygon", "inside"),
    ImportKind.MEMBERS: Target(cast(Table, AreaMember.__table__), None),
    # Airports, junctions and roads across the border matter to land on this side of it.
    ImportKind.INFRASTRUCTURE: Target(cast(Table, Infrastructure.__table__), "point", "near"),
    ImportKind.CONSTRAINTS: Target(cast(Table, ConstraintZone.__table__), "polygon", "touching"),
    ImportKind.ROADS: Target(cast(Table, Road.__table__), "line", "near"),
}

REACH_KM = 250
"""How far outside the region infrastructure and roads still matter: Frankfurt's airport lies 130 km away."""

_UNSTORED: Mapping[str, TypeEngine[Any]] = {
    "stated_area_m2": Float(), "label_lon": Float(), "label_lat": Float(),
    "speed_kmh": Float(), "built_up": Boolean(), "lorry": Boolean(), "max_weight_t": Float(),
}  # fmt: skip

_DERIVED: Mapping[ImportKind, tuple[str, ...]] = {
    ImportKind.ADMIN_UNITS: ("level", "parent_ags", "label_point"),
    ImportKind.PARCELS: ("area_id",),
    ImportKind.MEMBERS: ("area_id",),
}
"""Columns of the target that the import itself works out in SQL."""

ISSUES = Table(
    "import_issue",
    MetaData(),
    Column("row", Integer, nullable=False),
    Column("severity", String(10), nullable=False),
    Column("code", Text, nullable=False),
    Column("field", Text),
    Column("value", Text),
    Column("facts", JSONB, nullable=False),
    prefixes=["TEMPORARY"],
    postgresql_on_commit="DROP",
)


def stored_columns(kind: ImportKind) -> list[str]:
    """Names of the target's columns that a file can fill, in our order."""
    table = TARGETS[kind].table
    return [column.name for column in COLUMNS[kind] if column.stored and column.name in table.c]


def stage_table(kind: ImportKind) -> Table:
    """The temporary table that rows of `kind` are staged in; it is gone when the transaction ends."""
    target = TARGETS[kind]
    names = [*stored_columns(kind), *_DERIVED.get(kind, ())]
    columns = [Column(name, target.table.c[name].type) for name in dict.fromkeys(names)]
    unstored = [c.name for c in COLUMNS[kind] if not c.stored and c.read != "derived" and c.name not in target.table.c]
    known = {column.name for column in columns}
    columns += [Column(name, _UNSTORED.get(name, Text())) for name in unstored]
    compared = [c.name for c in COLUMNS[kind] if not c.stored and c.name in target.table.c and c.name not in known]
    columns += [Column(name, Text()) for name in compared]
    shapes = {"polygon": "MULTIPOLYGON", "line": "MULTILINESTRING", "point": "POINT"}
    geometry = Geometry(shapes.get(target.shape or "", "GEOMETRY"), srid=STORAGE_SRID, spatial_index=False)
    return Table(
        "import_stage",
        MetaData(),
        Column("row", Integer, primary_key=True, autoincrement=False),
        Column("source_id", Text),
        Column("verdict", Text),
        Column("target_id", Integer),
        Column("target_version", Integer),
        Column("conflicts", JSONB),
        Column("geom", geometry),
        *columns,
        prefixes=["TEMPORARY"],
        postgresql_on_commit="DROP",
    )
