"""Small drawings that several pages share, worked out from a row's facts; their markup is in templates/_macros.html."""

from __future__ import annotations

from dataclasses import dataclass

from landportal.services.search import ParcelSummary
from landportal.services.search.assembling import Assembly, Drawn

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
    return _centred(parcel.outline, parcel.outline_width_m, parcel.outline_height_m)


def silhouette_of_group(site: Assembly) -> tuple[Silhouette, Drawn]:
    """The box of a group's drawing, and the drawing: its parcels, what lies between them, the hall."""
    drawn = site.drawn()
    return _centred("", drawn.width_m, drawn.height_m), drawn


def _centred(path: str, width_m: float, height_m: float) -> Silhouette:
    longest = max(width_m, height_m)
    box = BOX_M if longest <= BOX_M else longest * 1.04
    return Silhouette(path, round(box, 1), round((box - width_m) / 2, 1), round((box - height_m) / 2, 1))
