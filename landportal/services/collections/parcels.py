"""Parcels as a collection: what the public finds, with the fields everybody may see."""

from __future__ import annotations

from functools import cache

from landportal.model import Parcel
from landportal.services.collections.collection import Collection
from landportal.services.collections.parcel_fields import joined, parcel_source
from landportal.services.permissions import visible_to_public


@cache
def parcels() -> Collection:
    """The parcels that are marketed or were; withdrawn ones are gone (410)."""
    return Collection(
        "parcels", "Gewerbe- und Industrieflächen", "Commercial and industrial sites",
        "Flächen, die vermarktet werden, mit Status, Baurecht, Anbindung und Alter der Angaben.",
        "Sites on the market with status, planning law, transport and age of what is said.",
        parcel_source(), Parcel, Parcel.id, Parcel.number, ("parcels", "areas", "admin-units"),
        joined=joined, visible=visible_to_public(), tile_geometry=Parcel.geom_3857,
        moment="confirmed_at", editable=True,
    )  # fmt: skip
