"""What can be built on a parcel, as its page shows it: the steps from gross to net with their bars, and sentences.

Nothing is computed here; see `services.enrichment.shown`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from flask_babel import gettext as _
from flask_babel import pgettext

from landportal.services.enrichment.shown import Line, Misfit, Placement, Potential
from landportal.web import formats, potential_words

BAR_WIDTH = 1000


@dataclass(frozen=True)
class Step:
    """One row: what, by which source, how many hectares, and its bar in thousandths of the gross area."""

    label: str
    source: str
    hectares: str
    kind: str
    x: float
    width: float


def steps(potential: Potential) -> list[Step]:
    """From gross to net, each loss where the one before it ends; then what of the net area is restricted."""
    return [
        _step(potential, pgettext("buildable", "Gross area"), "", "gross", 0, potential.gross_m2),
        *_losses(potential),
        _step(potential, _("Net buildable"), "", "net", 0, potential.net_m2),
        *_restricted(potential),
    ]


def _losses(potential: Potential) -> Iterator[Step]:
    left = potential.gross_m2
    for line in potential.lost:
        left -= line.area_m2
        yield _step(potential, _label(line), _source(line), "excluded", left, line.area_m2)


def _restricted(potential: Potential) -> Iterator[Step]:
    left = potential.net_m2
    for line in potential.restricted:
        left -= line.area_m2
        label = _("restricted: %(cause)s", cause=_label(line))
        yield _step(potential, label, _source(line), "restricted", left, line.area_m2)


def _step(potential: Potential, label: str, source: str, kind: str, at_m2: float, area_m2: float) -> Step:
    scale = BAR_WIDTH / potential.gross_m2
    sign = formats.MINUS if kind == "excluded" else ""
    x, width = round(max(0.0, at_m2) * scale, 1), round(max(area_m2 * scale, 2.0), 1)
    return Step(label, source, f"{sign}{formats.hectares(area_m2)}", kind, x, width)


def _label(line: Line) -> str:
    cause = potential_words.cause(line.cause)
    named = f"{cause} ({', '.join(line.names)})" if line.names else cause
    named = named[0].upper() + named[1:]
    return f"{named}, {formats.plain_number(line.distance_m)}{formats.NBSP}m" if line.distance_m else named


def _source(line: Line) -> str:
    return f"{line.source}, {formats.date(line.as_of)}" if line.as_of else line.source


def permitted(potential: Potential) -> str | None:
    """What the plan's ratios allow, in one sentence; None where it sets none."""
    allowed = potential.permitted
    parts = [
        _("%(area)s of footprint", area=formats.hectares(allowed.footprint_m2))
        if allowed.footprint_m2 is not None else None,
        _("%(area)s of floor area", area=formats.hectares(allowed.floor_area_m2))
        if allowed.floor_area_m2 is not None else None,
        _("%(volume)s m³ of volume", volume=formats.number(allowed.volume_m3))
        if allowed.volume_m3 is not None else None,
    ]  # fmt: skip
    told = [part for part in parts if part]
    if not told:
        return None
    sentence = _("The plan’s ratios allow: %(parts)s.", parts=", ".join(told))
    if allowed.mean_height_m is None:
        return sentence
    mean = formats.number(allowed.mean_height_m, 1)
    height = _("That is %(height)s m of mean height.", height=mean)
    return f"{sentence} {height}"


def largest(potential: Potential) -> str | None:
    """The largest rectangle, in words."""
    if potential.largest_m is None:
        return None
    return _("The largest rectangle is about %(size)s.", size=formats.size(*potential.largest_m))


def hall(potential: Potential) -> tuple[bool, str] | None:
    """Whether the hall that was asked for fits, and the sentence about it."""
    if potential.hall is None or potential.placed is None:
        return None
    size = formats.hall(potential.hall.width_m, potential.hall.depth_m)
    match potential.placed:
        case Placement() as placed:
            return True, _(
                "A hall of %(size)s fits, turned by %(angle)s°; %(left)s of net land are left in one piece.",
                size=size, angle=formats.number(placed.hall.angle_deg), left=formats.hectares(placed.spare_m2),
            )  # fmt: skip
        case Misfit() as misfit:
            return False, _(
                "A hall of %(size)s does not fit: it is too large by %(width)s × %(depth)s m.",
                size=size, width=formats.number(misfit.missing_width_m, 1),
                depth=formats.number(misfit.missing_depth_m, 1),
            )  # fmt: skip
