"""What the page of a land balance shows: figures with the addresses of the parcels behind them, charts, tables."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

from flask import url_for
from flask_babel import gettext as _

from landportal.model import M2_PER_HA, Freshness
from landportal.services.reports import reach
from landportal.services.reports.balance import NOTHING, STATUSES, Amount, Group, Part, part_unit, total
from landportal.services.reports.contiguous import Site
from landportal.services.reports.flows import ON_OFFER
from landportal.services.reports.land_balance import LandBalance
from landportal.services.reports.outlines import Outline, Picture
from landportal.services.reports.units import PARTS, Unit, UnitKind
from landportal.web import formats, wording
from landportal.web.formats import Quantity
from landportal.web.planning import balance_words, charts
from landportal.web.planning.balance_args import Asked
from landportal.web.planning.charts import Bar, Columns

GROUPS = charts.STACKED

LABEL_RADIUS = 30.0
"""Radius of the circle that a figure on the map needs, in thousandths of its width."""


@dataclass(frozen=True)
class AccountRow:
    """A row of the account: its bar, its figure with sign, and the address of the parcels behind it."""

    label: str
    bar: Bar
    figure: str
    exact: str
    parcels: int | None
    href: str | None
    strong: bool = False


@dataclass(frozen=True)
class StatusRow:
    """A group of statuses: its bar, its figure, and the address of its parcels."""

    group: Group
    code: str
    bar: Bar
    figure: str
    parcels: int
    href: str


@dataclass(frozen=True)
class Shape:
    """A part on the map; where it is `roomy` its figure stands in it."""

    name: str
    path: str
    shade: int
    figure: str
    x: float
    y: float
    roomy: bool
    href: str | None


@dataclass(frozen=True)
class BalanceView:
    """The page. `report` None: something asked for cannot be used, or the portal holds no land."""

    asked: Asked
    choices: tuple[Unit, ...]
    report: LandBalance | None
    picture: Picture | None = None

    @property
    def made(self) -> LandBalance:
        """The report, where there is one."""
        assert self.report is not None  # noqa: S101 - templates ask only where there is one
        return self.report

    @property
    def title(self) -> str:
        """Land balance of Landkreis Gotha."""
        place = balance_words.unit_name(self.report.unit) if self.report else None
        return _("Land balance: %(place)s", place=place) if place else _("Land balance")

    def groups_of_choices(self) -> list[tuple[str, list[Unit]]]:
        """The units to choose from under their headings; one that is none of them is added."""
        listed = list(self.choices)
        if self.report and self.report.unit not in listed:
            listed.insert(0, self.report.unit)
        headings = {
            UnitKind.STATE: _("State"), UnitKind.REGION: _("Planning regions"),
            UnitKind.COUNTY: _("Counties and cities"),
            UnitKind.MUNICIPALITY: _("Municipality"), UnitKind.AREA: _("Areas"),
        }  # fmt: skip
        found = [(title, [unit for unit in listed if unit.kind is kind]) for kind, title in headings.items()]
        return [(title, some) for title, some in found if some]

    def part_choices(self) -> list[tuple[UnitKind, str]]:
        """What the unit can be broken down into."""
        kinds = PARTS[self.report.unit.kind] if self.report else (UnitKind.COUNTY,)
        return [(kind, str(balance_words.PARTS[kind])) for kind in kinds]

    # Addresses

    def address(self, **changes: Any) -> str:
        """The page after `changes`."""
        return url_for("planning.balance", **self.asked.address(**changes))

    def behind(self, of: str) -> str:
        """The parcels behind a figure that the search cannot find."""
        return url_for("planning.balance_parcels", **self.asked.address(by=None, gap=None), of=of)

    def search(self, *groups: Group, unit: str | None = None, day: dt.date | None = None, **more: Any) -> str:
        """The search that finds the parcels of `groups` in the unit or one of its parts, at the end of `day`."""
        place = self._place(unit) if unit else self._of_unit()
        chosen = [status.value for group in groups or GROUPS for status in STATUSES[group]]
        as_of = day if day and day != self.asked.ends else self.asked.as_of
        return url_for("search.show", **place, status=chosen, as_of=as_of, **more)

    def confirmed(self, unit: str | None = None) -> str:
        """The search that finds what was confirmed in the last 90 days."""
        return self.search(*ON_OFFER, unit=unit, freshness=[Freshness.FRESH, Freshness.DUE, Freshness.OLD])

    def _of_unit(self) -> dict[str, Any]:
        unit = self.made.unit
        return {"area": unit.slug} if unit.kind is UnitKind.AREA else {"ags": list(unit.counties or (unit.key,))}

    def _place(self, key: str) -> dict[str, Any]:
        if key.startswith("region:"):
            return {"ags": next((list(unit.counties) for unit in self.choices if unit.key == key), [])}
        return {"area": key.partition(":")[2]} if key.startswith("area:") else {"ags": [key]}

    # Figures

    def amount(self, *groups: Group) -> Amount:
        """Land of these groups together; all of it without any."""
        held = self.made.stock.amounts
        return sum((held[group] for group in groups if group in held), Amount()) if groups else total(held)

    def largest(self) -> Site | None:
        """The largest contiguous free land."""
        return self.made.sites[0] if self.made.sites else None

    def reach(self) -> Quantity | None:
        """Years of reach."""
        years = self.made.reach_years
        return None if years is None else Quantity(formats.number(years, 1), _("years"))

    def mean_sales_ha(self) -> str:
        """Mean yearly sales in words."""
        return str(formats.hectares(reach.mean_sales(self.made.sales), 1))

    def confirmed_pct(self) -> str:
        """Share of the land on the market that was confirmed lately, rounded down: 100 means all."""
        held = self.made.stock
        return formats.number(100 * held.confirmed // held.on_market) if held.on_market else formats.NONE

    # Charts

    @cached_property
    def years_chart(self) -> Columns:
        """Net hectares by group at the ends of years, and at the last day."""
        series = [(str(end.day.year), _in_ha(end.net_m2)) for end in self.made.years if end.day != self.asked.ends]
        now = {group: amount.net_m2 for group, amount in self.made.stock.amounts.items()}
        return charts.stacked([*series, (str(self.asked.ends.year), _in_ha(now))])

    def has_years(self) -> bool:
        """Whether the portal remembers more than one year's end: one column alone is no chart."""
        return len(self.years_chart.columns) > 1

    def status_rows(self) -> list[StatusRow]:
        """The groups at the last day, each with a bar to the scale of the largest."""
        held = self.made.stock.amounts
        most = max((amount.net_m2 for amount in held.values()), default=NOTHING) or Decimal(1)
        return [
            StatusRow(
                group, balance_words.GROUP_STATUS[group],
                Bar(2, round(996 * float(self.amount(group).net_m2 / most), 1), ""),
                _ha(self.amount(group).net_m2, 1), self.amount(group).parcels, self.search(group),
            )
            for group in GROUPS
        ]  # fmt: skip

    def years_rows(self) -> list[tuple[dt.date, Mapping[Group, Decimal]]]:
        """The same as numbers, m²."""
        now = {group: amount.net_m2 for group, amount in self.made.stock.amounts.items()}
        earlier = [(end.day, end.net_m2) for end in self.made.years if end.day != self.asked.ends]
        return [*earlier, (self.asked.ends, now)]

    @cached_property
    def sales_chart(self) -> Columns:
        """Hectares sold or leased in each year."""
        mean = float(reach.mean_sales(self.made.sales)) / M2_PER_HA
        return charts.plain(
            [
                (str(year.year), float(year.net_m2) / M2_PER_HA, "sold" if year.whole else "running")
                for year in self.made.sales
            ],
            mean,
        )

    def account_axis(self) -> str | None:
        """Where the axis of the account begins, if not at 0."""
        start, _bars = charts.account_bars(self.made.account)
        return formats.number(start, 0 if start >= 10 else 1) if start else None

    def account_rows(self) -> list[AccountRow]:
        """Opening, what moved, closing."""
        account, (_start, bars) = self.made.account, charts.account_bars(self.made.account)
        rows = [AccountRow(
            _("On offer %(day)s", day=formats.date(account.begins)), bars["opening"], _ha(account.opening_m2, 1),
            _ha(account.opening_m2, 4), None, self.search(*ON_OFFER, day=account.begins), strong=True,
        )]  # fmt: skip
        rows += [
            AccountRow(
                str(balance_words.LINE[flow.line]), bars[flow.line], _signed(flow.net_m2, 1), _signed(flow.net_m2, 4),
                flow.parcels, self.behind(f"line:{flow.line}"),
            )
            for flow in account.flows
        ]  # fmt: skip
        return [*rows, AccountRow(
            _("On offer %(day)s", day=formats.date(account.ends)), bars["closing"], _ha(account.closing_m2, 1),
            _ha(account.closing_m2, 4), self.amount(*ON_OFFER).parcels, self.search(*ON_OFFER), strong=True,
        )]  # fmt: skip

    @property
    def records_begin_later(self) -> bool:
        """Whether the first day lies before the portal's memory."""
        return self.made.kept_since is not None and self.asked.begins < self.made.kept_since

    # Parts

    def part_name(self, part: Part) -> str:
        """What a part is called."""
        if part.key is None:
            return str(balance_words.NO_PART[self.made.by or UnitKind.AREA])
        name = wording.in_language(part.name_de, part.name_en) or part.key
        by_county = self.made.by is UnitKind.COUNTY
        return (wording.county(name, part.admin_kind) or name) if by_county else name

    def part_key(self, part: Part) -> str | None:
        """The key of the unit that a part is."""
        return part_unit(self.made.by, part.key) if part.key and self.made.by else None

    def part_largest(self, part: Part) -> Decimal:
        """Largest contiguous free m² of a part."""
        return self.made.largest_by_part.get(part.key, NOTHING)

    def shapes(self) -> list[Shape]:
        """The parts on the map, shaded by their free hectares."""
        if self.picture is None:
            return []
        by_key = {part.key: part for part in self.made.stock.parts}
        free = {key: float(_net(part.amounts, Group.FREE)) for key, part in by_key.items()}
        most = max(free.values(), default=0)
        return [
            self._shape(outline, by_key.get(outline.key), free.get(outline.key, 0), most)
            for outline in self.picture.parts
        ]

    def _shape(self, outline: Outline, part: Part | None, free_m2: float, most_m2: float) -> Shape:
        return Shape(
            name=self.part_name(part) if part else "",
            path=outline.path,
            shade=charts.shade(free_m2, most_m2),
            figure=formats.number(free_m2 / M2_PER_HA, 1),
            x=round(outline.x, 1),
            y=round(outline.y, 1),
            roomy=outline.radius > LABEL_RADIUS,
            href=self.address(unit=self.part_key(part), by=None) if part else None,
        )

    def steps(self) -> list[tuple[int, str]]:
        """The legend of the map: step and the hectares up to which it goes."""
        most = max((float(_net(part.amounts, Group.FREE)) for part in self.made.stock.parts), default=0) / M2_PER_HA
        return [(step, formats.number(most * step / 4, 1)) for step in range(1, 5)]

    def net(self, amounts: Mapping[Group, Amount], *groups: Group) -> Decimal:
        """Net m² of groups; of all without any."""
        return sum((_net(amounts, group) for group in groups or GROUPS), NOTHING)

    def gross(self, amounts: Mapping[Group, Amount]) -> Decimal:
        """Gross m² of all groups."""
        return total(amounts).gross_m2

    def licence(self) -> list[str]:
        """Licences of the data behind the figures, each once."""
        return list(dict.fromkeys(source.licence for source in self.made.sources))


def _net(amounts: Mapping[Group, Amount], group: Group) -> Decimal:
    return amounts[group].net_m2 if group in amounts else NOTHING


def _in_ha(amounts: Mapping[Group, Decimal]) -> dict[Group, float]:
    return {group: float(net) / M2_PER_HA for group, net in amounts.items()}


def _ha(area_m2: Decimal, decimals: int) -> str:
    return formats.number(area_m2 / M2_PER_HA, decimals)


def _signed(area_m2: Decimal, decimals: int) -> str:
    return ("+" if area_m2 > 0 else "") + _ha(area_m2, decimals)
