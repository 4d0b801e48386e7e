"""Where things stand in the charts of a land balance: plain numbers that templates put into inline SVG.

Nothing here is a colour or a word; a chart always has its table beside it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from landportal.model import M2_PER_HA
from landportal.services.reports.balance import Group
from landportal.services.reports.flows import Account
from landportal.web import formats
from landportal.web.planning.balance_words import GROUP_STATUS

WIDTH, HEIGHT, LEFT, TOP, BOTTOM = 600.0, 300.0, 58.0, 26.0, 34.0
TICKS = 4
BAR = 1000.0
"""Width of the frame in which the bars of an account are drawn."""
NARROW = 0.5
"""An axis that begins at 0 is given up where everything lies above this part of it."""

STACKED = (Group.FREE, Group.PROMISED, Group.PREPARING, Group.TAKEN, Group.OWN_USE)
"""Groups from the foot of a column up: what is still on offer first."""


@dataclass(frozen=True)
class Slice:
    """A part of a column: the status whose colour and pattern it has."""

    code: str
    y: float
    height: float


@dataclass(frozen=True)
class Column:
    """A column with its label below; `note` stands inside its first slice where there is room."""

    x: float
    width: float
    label: str
    slices: tuple[Slice, ...]
    note: str
    note_y: float
    note_fits: bool

    @property
    def middle(self) -> float:
        """The x of what is centred on it."""
        return round(self.x + self.width / 2, 1)


@dataclass(frozen=True)
class Columns:
    """A chart of columns over an axis that begins at 0 and is labelled in hectares."""

    ticks: tuple[tuple[float, str], ...]
    columns: tuple[Column, ...]
    line_y: float | None = None
    """Where a mean is drawn across."""
    left: float = LEFT
    width: float = WIDTH
    height: float = HEIGHT

    @property
    def base(self) -> float:
        """The y of the axis."""
        return HEIGHT - BOTTOM


@dataclass(frozen=True)
class Bar:
    """A bar of the account, in a frame 1000 wide."""

    x: float
    width: float
    code: str


def stacked(series: Sequence[tuple[str, Mapping[Group, float]]]) -> Columns:
    """Columns of hectares by group, one for each label."""
    top = max((sum(amounts.values()) for _label, amounts in series), default=0)
    columns = [
        _column(place, len(series), label, _slices(amounts), top) for place, (label, amounts) in enumerate(series)
    ]
    return Columns(_ticks(top), tuple(columns))


def plain(series: Sequence[tuple[str, float, str]], mean: float | None) -> Columns:
    """Columns of hectares drawn as a status, with a mean across them."""
    top = max((value for _label, value, _code in series), default=0)
    columns = [
        _column(place, len(series), label, [(code, value)] if value else [], top)
        for place, (label, value, code) in enumerate(series)
    ]
    return Columns(_ticks(top), tuple(columns), _y(mean, top) if mean else None)


def _slices(amounts: Mapping[Group, float]) -> list[tuple[str, float]]:
    return [(GROUP_STATUS[group], amounts[group]) for group in STACKED if amounts.get(group)]


def _column(place: int, count: int, label: str, parts: Sequence[tuple[str, float]], top: float) -> Column:
    room = (WIDTH - LEFT) / max(count, 4)
    x, sum_ha, slices = LEFT + room * (place + 0.21), 0.0, []
    for code, value in parts:
        y = _y(sum_ha + value, top)
        slices.append(Slice(code, y, round(_y(sum_ha, top) - y, 1)))
        sum_ha += value
    first = slices[0] if slices else Slice("", HEIGHT - BOTTOM, 0)
    note = formats.number(parts[0][1], 0 if parts[0][1] >= 100 else 1) if parts else formats.NONE
    return Column(
        round(x, 1), round(room * 0.58, 1), label, tuple(slices), note, round(first.y + first.height / 2, 1),
        first.height >= 26,
    )  # fmt: skip


def _y(value: float, top: float) -> float:
    return round(HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * value / _end(top), 1)


def _step(top: float) -> float:
    """A round number that divides the axis into four parts or a few more."""
    raw = max(top, 0.001) / TICKS
    power = 10.0 ** math.floor(math.log10(raw))
    return next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= raw * 0.999)


def _end(top: float) -> float:
    return _step(top) * math.ceil(max(top, 0.001) / _step(top) - 1e-9)


def _ticks(top: float) -> tuple[tuple[float, str], ...]:
    step = _step(top)
    decimals = max(0, -math.floor(math.log10(step) + 1e-9)) + (step in {0.25, 2.5})
    return tuple(
        (_y(place * step, top), formats.number(place * step, decimals)) for place in range(round(_end(top) / step) + 1)
    )


def account_bars(account: Account) -> tuple[float, dict[str, Bar]]:
    """Where the axis begins (ha), and a bar for opening, each line and closing, each beginning where the last ended."""
    level, levels = float(account.opening_m2), [float(account.opening_m2)]
    for flow in account.flows:
        level += float(flow.net_m2)
        levels.append(level)
    low, high = min(levels), max(*levels, 1.0)
    start = 0.0
    if low > NARROW * high:
        step = _step((high - low or high * 0.1) / M2_PER_HA) * M2_PER_HA
        start = max(0.0, step * math.floor(low / step - 1))
    bars = {"opening": _bar(start, levels[0], start, high, "total")}
    for flow, before, after in zip(account.flows, levels, levels[1:], strict=False):
        bars[flow.line] = _bar(before, after, start, high, "up" if after >= before else "down")
    bars["closing"] = _bar(start, float(account.closing_m2), start, high, "total")
    return start / M2_PER_HA, bars


def _bar(one: float, other: float, start: float, end: float, code: str) -> Bar:
    scale = BAR / (end - start)
    low, high = min(one, other), max(one, other)
    return Bar(round((low - start) * scale, 1), max(round((high - low) * scale, 1), 2.0), code)


def shade(value: float, most: float) -> int:
    """Step of the shading of maps: 0 for nothing, 1 to 4 by quarters of the largest value."""
    return 0 if value <= 0 or most <= 0 else min(4, 1 + int(4 * value / most * 0.9999))
