"""Tables, and the rules one row can decide alone. Imports nothing above it.

One module a thing: ``admin_unit``, ``area``, ``parcel``, ``status``, ``freshness``, ``surroundings`` (infrastructure,
constraint zones, roads), ``provenance`` (data sets, import runs, revisions), ``account`` (organisations, roles),
``api_token``, ``history`` (changes, past versions, audit), ``desk`` (proposals, documents, successors), ``delivery``
(uploads), ``funding`` (grants to areas), ``layer`` (context layers), ``layer_upload``, ``mail``, ``network`` (road
graph, ways, isochrones), ``noise``, ``potential`` (distances, net buildable land, neighbours, their queue) and
``reminder``, ``tally`` (kept counts).
Queries, geometry work and permissions live above.
"""

from landportal.model.account import Account, Organisation, OrganisationKind, Role
from landportal.model.admin_unit import AdminLevel, AdminUnit, SupersededKey
from landportal.model.api_token import ApiToken, TokenScope
from landportal.model.area import Area, AreaKind, AreaMember, LegalForm
from landportal.model.base import M2_PER_HA, STORAGE_SRID, TILE_SRID, Base
from landportal.model.delivery import Delivery, DeliveryIssue, DeliveryRow, DeliveryState, SavedMapping
from landportal.model.desk import DocumentKind, ParcelDocument, ParcelSuccessor, Proposal, ProposalState
from landportal.model.freshness import FRESHNESS_LADDER, Freshness
from landportal.model.funding import Funding, Programme
from landportal.model.history import AuditEntry, Change, Through
from landportal.model.layer import LONLAT_SRID, ContextLayer, LayerFeature
from landportal.model.layer_upload import LayerUpload, LayerUploadState
from landportal.model.mail import MailState, OutgoingMail
from landportal.model.network import (
    ISOCHRONE_MINUTES,
    TRAVEL_KINDS,
    EdgeClass,
    ParcelIsochrone,
    ParcelTravel,
    RoadEdge,
    RoadGraph,
    RoadNode,
    Vehicle,
)
from landportal.model.noise import TA_LAERM_DB
from landportal.model.parcel import NEAREST, Gas, OwnerKind, Parcel, PlanStatus, PriceKind, Servicing, Zone
from landportal.model.potential import (
    BORDER,
    CAUSES,
    DistanceRule,
    EnrichmentClaim,
    ParcelLoss,
    ParcelNeighbour,
    ParcelPotential,
    StaleParcel,
)
from landportal.model.provenance import DataSet, ImportRun, Revision
from landportal.model.reminder import Digest, Reminder, ReminderStep
from landportal.model.status import TRANSITIONS, UNTIL, ParcelStatus
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
from landportal.model.tally import ParcelCell, ParcelTally

__all__ = [
    "BORDER",
    "CAUSES",
    "FRESHNESS_LADDER",
    "ISOCHRONE_MINUTES",
    "LONLAT_SRID",
    "M2_PER_HA",
    "NEAREST",
    "STORAGE_SRID",
    "TA_LAERM_DB",
    "TILE_SRID",
    "TRANSITIONS",
    "TRAVEL_KINDS",
    "UNTIL",
    "Account",
    "AdminLevel",
    "AdminUnit",
    "ApiToken",
    "Area",
    "AreaKind",
    "AreaMember",
    "AuditEntry",
    "Base",
    "Change",
    "ConstraintGrade",
    "ConstraintKind",
    "ConstraintZone",
    "ContextLayer",
    "DataSet",
    "Delivery",
    "DeliveryIssue",
    "DeliveryRow",
    "DeliveryState",
    "Digest",
    "DistanceRule",
    "DocumentKind",
    "EdgeClass",
    "EnrichmentClaim",
    "Freshness",
    "Funding",
    "Gas",
    "ImportRun",
    "Infrastructure",
    "InfrastructureKind",
    "LayerFeature",
    "LayerUpload",
    "LayerUploadState",
    "LegalForm",
    "MailState",
    "Organisation",
    "OrganisationKind",
    "OutgoingMail",
    "OwnerKind",
    "Parcel",
    "ParcelCell",
    "ParcelDocument",
    "ParcelIsochrone",
    "ParcelLoss",
    "ParcelNeighbour",
    "ParcelPotential",
    "ParcelStatus",
    "ParcelSuccessor",
    "ParcelTally",
    "ParcelTravel",
    "PlanStatus",
    "PriceKind",
    "Programme",
    "Proposal",
    "ProposalState",
    "Reminder",
    "ReminderStep",
    "Revision",
    "Road",
    "RoadClass",
    "RoadEdge",
    "RoadGraph",
    "RoadNode",
    "RoadState",
    "Role",
    "SavedMapping",
    "Servicing",
    "StaleParcel",
    "SupersededKey",
    "Through",
    "TokenScope",
    "Vehicle",
    "Zone",
]
