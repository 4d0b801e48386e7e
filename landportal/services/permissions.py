"""Who may see what. Until people sign in there is one visitor, the public.

Every statement on parcels starts from `visible_to_public`, so that no list, tile or export can forget it.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement

from landportal.model import Parcel, ParcelStatus


def visible_to_public() -> ColumnElement[bool]:
    """Parcels the public finds: all that are not withdrawn (those answer 410 at their own address)."""
    return Parcel.status != ParcelStatus.WITHDRAWN
