"""Small drawings that several pages share, worked out from a row's facts; their markup is in templates/_macros.html."""

from __future__ import annotations

from dataclasses import dataclass

from landportal.services.search import ParcelSummary

BOX_M = 900.0
"""Side of the square in which every silhouette is drawn, so that sizes can be compared by eye."""


@dataclass(frozen=True)
class Silhouette:
    """A parcel's outline in a square of `box_m` metres; `path` has its origin at the upper left of its own extent."""

    path: str
    box_m: float
    x: float
    y: float

    @property
    def to_scale(self) -> bool:
        """Whether it shares the scale of all the others; a parcel longer than the box cannot."""
        return self.box_m == BOX_M


def silhouette(parcel: ParcelSummary) -> Silhouette:
    """The drawing of `parcel`, centred in its box."""
    longest = max(parcel.outline_width_m, parcel.outline_height_m)
    box = BOX_M if longest <= BOX_M else longest * 1.04
    return Silhouette(
        parcel.outline,
        round(box, 1),
        round((box - parcel.outline_width_m) / 2, 1),
        round((box - parcel.outline_height_m) / 2, 1),
    )
