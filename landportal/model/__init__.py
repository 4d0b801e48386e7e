"""Tables, and the rules one row can decide alone. Imports nothing above it.

One module a thing: ``admin_unit``, ``area``, ``parcel``, ``surroundings`` (infrastructure, constraint zones,
roads) and ``provenance`` (data sets, import runs, revisions). Queries, geometry work and permissions live above.
"""

from landportal.model.admin_unit import AdminLevel, AdminUnit, SupersededKey
from landportal.model.area import Area, AreaKind, AreaMember, LegalForm
from landportal.model.base import M2_PER_HA, STORAGE_SRID, Base
from landportal.model.parcel import (
    FRESHNESS_LADDER,
    NEAREST,
    Freshness,
    Gas,
    OwnerKind,
    Parcel,
    ParcelStatus,
    PlanStatus,
    PriceKind,
    Servicing,
    Zone,
)
from landportal.model.provenance import DataSet, ImportRun, Revision
from landportal.model.surroundings import (
    ConstraintGrade,
    ConstraintKind,
    ConstraintZone,
    Infrastructure,
    InfrastructureKind,
    Road,
    RoadClass,
    RoadState,
)

__all__ = [
    "FRESHNESS_LADDER",
    "M2_PER_HA",
    "NEAREST",
    "STORAGE_SRID",
    "AdminLevel",
    "AdminUnit",
    "Area",
    "AreaKind",
    "AreaMember",
    "Base",
    "ConstraintGrade",
    "ConstraintKind",
    "ConstraintZone",
    "DataSet",
    "Freshness",
    "Gas",
    "ImportRun",
    "Infrastructure",
    "InfrastructureKind",
    "LegalForm",
    "OwnerKind",
    "Parcel",
    "ParcelStatus",
    "PlanStatus",
    "PriceKind",
    "Revision",
    "Road",
    "RoadClass",
    "RoadState",
    "Servicing",
    "SupersededKey",
    "Zone",
]
