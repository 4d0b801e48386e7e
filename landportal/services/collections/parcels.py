"""Parcels as collections: what the public finds, with the fields everybody may see; and to each keeper the own land."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from landportal.model import Parcel
from landportal.services.collections.collection import Collection
from landportal.services.collections.parcel_fields import joined, parcel_fields, parcel_source
from landportal.services.permissions import Actor, visible_to_public, within_scope

OWN_PARCELS = "my-parcels"


@cache
def parcels() -> Collection:
    """The parcels that are marketed or were; withdrawn ones are gone (410)."""
    return Collection(
        "parcels", "Gewerbe- und Industrieflächen", "Commercial and industrial sites",
        "Flächen, die vermarktet werden, mit Status, Baurecht, Anbindung und Alter der Angaben.",
        "Sites on the market with status, planning law, transport and age of what is said.",
        parcel_source(), Parcel, Parcel.id, Parcel.number, ("parcels", "areas", "admin-units"),
        joined=joined, visible=visible_to_public(), tile_geometry=Parcel.geom_3857, size=Parcel.area_m2,
        moment="confirmed_at", editable=True,
    )  # fmt: skip


def own_parcels(actor: Actor) -> Collection:
    """The parcels that `actor` keeps, with every field: what an officer loads to edit it.

    Programs ask at the first feature whether a collection can be edited; in that of all parcels it may be anybody's.
    """
    return replace(
        parcels(), id=OWN_PARCELS, title_de="Meine Flächen", title_en="My sites", public=False,
        description_de="Die Flächen in Ihrer Zuständigkeit mit allen Angaben, zum Bearbeiten.",
        description_en="The sites you look after with everything known about them, for editing.",
        source=parcel_source(parcel_fields()), visible=visible_to_public() & within_scope(actor),
    )  # fmt: skip
