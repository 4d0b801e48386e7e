"""The marketing status of a parcel: its codes and which may follow which."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class ParcelStatus(StrEnum):
    """Marketing status, in the words the state parliament asks in: sold/leased, optioned, available."""

    AVAILABLE = "available"
    RESERVED = "reserved"
    OPTIONED = "optioned"
    PREPARING = "preparing"
    SOLD = "sold"
    LEASED = "leased"
    OWN_USE = "own_use"
    WITHDRAWN = "withdrawn"


TRANSITIONS: Mapping[ParcelStatus, tuple[ParcelStatus, ...]] = {
    ParcelStatus.PREPARING: (
        ParcelStatus.AVAILABLE,
        ParcelStatus.RESERVED,
        ParcelStatus.OWN_USE,
        ParcelStatus.WITHDRAWN,
    ),
    ParcelStatus.AVAILABLE: (
        ParcelStatus.RESERVED,
        ParcelStatus.OPTIONED,
        ParcelStatus.SOLD,
        ParcelStatus.LEASED,
        ParcelStatus.OWN_USE,
        ParcelStatus.PREPARING,
        ParcelStatus.WITHDRAWN,
    ),
    ParcelStatus.RESERVED: (ParcelStatus.AVAILABLE, ParcelStatus.OPTIONED, ParcelStatus.SOLD),
    ParcelStatus.OPTIONED: (
        ParcelStatus.AVAILABLE,
        ParcelStatus.RESERVED,
        ParcelStatus.SOLD,
        ParcelStatus.LEASED,
    ),
    ParcelStatus.SOLD: (ParcelStatus.AVAILABLE, ParcelStatus.WITHDRAWN),
    ParcelStatus.LEASED: (ParcelStatus.AVAILABLE, ParcelStatus.SOLD, ParcelStatus.WITHDRAWN),
    ParcelStatus.OWN_USE: (ParcelStatus.PREPARING, ParcelStatus.AVAILABLE, ParcelStatus.WITHDRAWN),
    ParcelStatus.WITHDRAWN: (ParcelStatus.PREPARING, ParcelStatus.AVAILABLE),
}
"""From each status, those an officer may set next. Promised land (reserved, optioned) is freed before it is
withdrawn; what is sold or leased comes back to the market only as available."""

UNTIL = frozenset({ParcelStatus.RESERVED, ParcelStatus.OPTIONED})
"""Statuses that hold until a date; passing it changes nothing by itself, an officer decides."""
