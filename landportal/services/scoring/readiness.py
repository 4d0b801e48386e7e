"""How ready a parcel is for a firm, whoever asks: 0 to 100 as a checklist, and what would lift it by how much.

The list is the American readiness file (Select Tennessee: confirmed price, clear title, outside flood, survey, truck
road and utilities or a dated plan for them, zoning, soil and species reports) in German terms, as far as the store can
prove a point. The points are judgement (2026); they sum to 100. What nobody knows or nobody checked earns nothing
here: readiness is about what can be shown to a firm, unlike a score.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from landportal.model import ConstraintKind, DocumentKind, Freshness, Parcel, PlanStatus, Servicing


class Standing(StrEnum):
    """How far a point of the list is: proven, in part, not at all, stated but against it, or checked by nobody."""

    DONE = "done"
    PARTLY = "partly"
    MISSING = "missing"
    AGAINST = "against"
    UNCHECKED = "unchecked"
    EXPIRED = "expired"


@dataclass(frozen=True)
class Evidence:
    """A parcel and what stands beside its row: kinds that data sets cover, documents by kind, a contact, its age."""

    parcel: Parcel
    checked: frozenset[ConstraintKind]
    documents: frozenset[DocumentKind]
    expired_documents: frozenset[DocumentKind]
    has_contact: bool
    freshness: Freshness


@dataclass(frozen=True)
class Point:
    """One point of the list: `earned` of `worth`."""

    code: str
    worth: int
    earned: int
    standing: Standing

    @property
    def missing(self) -> int:
        """How many points it would add."""
        return self.worth - self.earned


@dataclass(frozen=True)
class Readiness:
    """The whole list in its fixed order."""

    points: tuple[Point, ...]

    @property
    def total(self) -> int:
        """0 to 100."""
        return sum(point.earned for point in self.points)

    @property
    def lifting(self) -> tuple[Point, ...]:
        """What would lift the parcel, most points first."""
        return tuple(sorted((one for one in self.points if one.missing), key=lambda one: -one.missing))


Share = tuple[float, Standing]
"""How much of its worth a point earns, and why."""

DONE: Share = (1.0, Standing.DONE)
MISSING: Share = (0.0, Standing.MISSING)


def readiness(evidence: Evidence) -> Readiness:
    """The checklist of one parcel."""
    return Readiness(tuple(_point(code, worth, share(evidence)) for code, (worth, share) in CHECKLIST.items()))


def _point(code: str, worth: int, share: Share) -> Point:
    part, standing = share
    return Point(code, worth, round(worth * part), standing)


def _given(holds: object) -> Share:
    return DONE if holds else MISSING


def _plan(evidence: Evidence) -> Share:
    """In force is the right to build; adopted waits for its announcement; a procedure under way is a date at least."""
    status = evidence.parcel.plan_status
    if status is None:
        return MISSING
    if status > PlanStatus.IN_FORCE:
        return (0.0, Standing.AGAINST)
    if status == PlanStatus.IN_FORCE:
        return DONE
    return (0.7 if status == PlanStatus.ADOPTED else 0.3, Standing.PARTLY)


def _servicing(evidence: Evidence) -> Share:
    """Serviced, or a dated plan for it."""
    parcel = evidence.parcel
    if parcel.servicing is None:
        return MISSING
    if parcel.servicing == Servicing.FULL:
        return DONE
    dated = 0.4 if parcel.servicing_until else 0.0
    begun = 0.0 if parcel.servicing == Servicing.NONE else 0.3
    return (dated + begun, Standing.PARTLY if dated + begun else Standing.AGAINST)


def _price(evidence: Evidence) -> Share:
    if evidence.parcel.price_eur_m2 is not None:
        return DONE
    return (0.25, Standing.PARTLY) if evidence.parcel.price_on_request else MISSING


def _power(evidence: Evidence) -> Share:
    """Capacity now, and who says so: nameplate is not what can be delivered."""
    parcel = evidence.parcel
    if parcel.power_mw is None:
        return MISSING
    proven = parcel.power_source or DocumentKind.UTILITY_LETTER in evidence.documents
    return DONE if proven else (0.6, Standing.PARTLY)


def _free_of(kind: ConstraintKind) -> Callable[[Evidence], Share]:
    def share(evidence: Evidence) -> Share:
        if kind in evidence.parcel.constraint_kinds:
            return (0.0, Standing.AGAINST)
        return DONE if kind in evidence.checked else (0.0, Standing.UNCHECKED)

    return share


def _document(kind: DocumentKind) -> Callable[[Evidence], Share]:
    def share(evidence: Evidence) -> Share:
        if kind in evidence.documents:
            return DONE
        return (0.0, Standing.EXPIRED) if kind in evidence.expired_documents else MISSING

    return share


def _confirmed(evidence: Evidence) -> Share:
    """Three quarters, half, a quarter on the steps of the ladder below the freshest."""
    steps = {Freshness.FRESH: 1.0, Freshness.DUE: 0.75, Freshness.OLD: 0.5, Freshness.STALE: 0.25}
    part = steps.get(evidence.freshness, 0.0)
    return DONE if part == 1 else (part, Standing.PARTLY if part else Standing.MISSING)


CHECKLIST: dict[str, tuple[int, Callable[[Evidence], Share]]] = {
    "plan": (14, _plan),
    "servicing": (11, _servicing),
    "price": (8, _price),
    "power": (8, _power),
    "flood": (8, _free_of(ConstraintKind.FLOOD)),
    "confirmed": (8, _confirmed),
    "owner": (5, lambda evidence: _given(evidence.parcel.owner_kind)),
    "cadastre": (5, lambda evidence: _given(evidence.parcel.cadastral_ids)),
    "soil_survey": (5, _document(DocumentKind.SOIL_SURVEY)),
    "species_report": (4, _document(DocumentKind.SPECIES_REPORT)),
    "contamination": (4, _free_of(ConstraintKind.CONTAMINATION)),
    "water": (4, lambda evidence: _given(evidence.parcel.water_m3_d is not None)),
    "waste_water": (4, lambda evidence: _given(evidence.parcel.waste_water_pe is not None)),
    "fibre": (4, lambda evidence: _given(evidence.parcel.fibre_mbit is not None)),
    "building": (4, lambda evidence: _given(evidence.parcel.grz is not None)),
    "contact": (4, lambda evidence: _given(evidence.has_contact)),
}
"""Code → worth and the rule. Land that may be built on and is serviced wins on time, so these two weigh most."""
