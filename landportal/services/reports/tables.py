"""A land balance as tables of plain values, for files and programs; what cells are called is the web floor's business.

Areas stand in m² and exact; a writer that shows hectares divides and never rounds before.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from landportal.services.funding import FundedArea
from landportal.services.reports import reach
from landportal.services.reports.balance import NOTHING, Amount, Group, part_unit, total
from landportal.services.reports.flows import Line
from landportal.services.reports.land_balance import LandBalance
from landportal.services.reports.profiles import AreaProfile

Cell = str | int | Decimal | dt.date | None


@dataclass(frozen=True)
class Table:
    """Rows under named columns. Names ending in ``_m2`` are areas; `codes` are columns whose values are codes."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    codes: frozenset[str] = frozenset()


def tables(report: LandBalance) -> tuple[Table, ...]:
    """All tables of a report, the short ones first."""
    return (
        _figures(report), _status(report), _account(report), _years(report), _sales(report), _parts(report),
        _zones(report), _sites(report), _funding(report.funding),
    )  # fmt: skip


def _figures(report: LandBalance) -> Table:
    held = report.stock
    rows: list[tuple[Cell, ...]] = [
        ("unit", report.unit.key),
        ("from", report.wanted.begins),
        ("to", report.wanted.ends),
        ("gap_m", int(report.wanted.gap_m)),
        ("available_m2", report.free_m2),
        ("largest_contiguous_m2", report.sites[0].net_m2 if report.sites else NOTHING),
        ("mean_yearly_sales_m2", reach.mean_sales(report.sales)),
        ("reach_years", report.reach_years),
        ("confirmed", held.confirmed),
        ("on_market", held.on_market),
        ("records_begin", report.kept_since),
    ]
    return Table("figures", ("figure", "value"), tuple(rows), frozenset({"figure"}))


def _status(report: LandBalance) -> Table:
    amounts = report.stock.amounts
    rows = [(group.value, *_cells(amounts.get(group, Amount()))) for group in Group]
    return Table(
        "status", ("status", "sites", "net_m2", "gross_m2"), (*rows, ("sum", *_cells(total(amounts)))),
        frozenset({"status"}),
    )  # fmt: skip


def _cells(amount: Amount) -> tuple[Cell, ...]:
    return amount.parcels, amount.net_m2, amount.gross_m2


def _account(report: LandBalance) -> Table:
    account = report.account
    rows: list[tuple[Cell, ...]] = [("opening", account.begins, None, account.opening_m2)]
    rows += [(line.value, None, account.flow(line).parcels, account.flow(line).net_m2) for line in Line]
    rows.append(("closing", account.ends, None, account.closing_m2))
    rows.append(("difference", None, None, account.difference_m2))
    return Table("account", ("line", "day", "sites", "net_m2"), tuple(rows), frozenset({"line"}))


def _years(report: LandBalance) -> Table:
    rows = [(end.day, *_by_group(end.net_m2)) for end in report.years if end.day != report.wanted.ends]
    now = {group: amount.net_m2 for group, amount in report.stock.amounts.items()}
    rows.append((report.wanted.ends, *_by_group(now)))
    return Table("years", ("day", *_GROUP_COLUMNS), tuple(rows))


_GROUP_COLUMNS = tuple(f"{group}_m2" for group in Group)


def _by_group(net: Mapping[Group, Decimal]) -> Sequence[Cell]:
    return [net.get(group, NOTHING) for group in Group]


def _sales(report: LandBalance) -> Table:
    rows = [(year.year, year.parcels, year.net_m2, "yes" if year.whole else "no") for year in report.sales]
    return Table("sales", ("year", "sites", "net_m2", "whole_year"), tuple(rows), frozenset({"whole_year"}))


def _parts(report: LandBalance) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for part in report.stock.parts:
        key = part_unit(report.by, part.key) if report.by and part.key else None
        net = {group: amount.net_m2 for group, amount in part.amounts.items()}
        rows.append(
            (key, part.name_de, total(part.amounts).gross_m2, total(part.amounts).net_m2, *_by_group(net),
             report.largest_by_part.get(part.key, NOTHING), part.confirmed, part.on_market)
        )  # fmt: skip
    columns = (
        "place",
        "name",
        "gross_m2",
        "net_m2",
        *_GROUP_COLUMNS,
        "largest_contiguous_m2",
        "confirmed",
        "on_market",
    )
    return Table("places", columns, tuple(rows))


def _zones(report: LandBalance) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for row in report.stock.zones:
        net = {group: amount.net_m2 for group, amount in row.amounts.items()}
        whole = total(row.amounts)
        rows.append((row.zone, row.servicing, *_by_group(net), whole.net_m2, whole.gross_m2))
    columns = ("zone", "servicing", *_GROUP_COLUMNS, "net_m2", "gross_m2")
    return Table("zones", columns, tuple(rows), frozenset({"servicing"}))


def _sites(report: LandBalance) -> Table:
    rows = [
        (place, site.name_de, site.municipality, site.parcels, site.net_m2, " ".join(site.numbers))
        for place, site in enumerate(report.sites, start=1)
    ]
    return Table("contiguous", ("rank", "name", "municipality", "sites", "net_m2", "numbers"), tuple(rows))


def _funding(grants: Sequence[FundedArea]) -> Table:
    rows = [
        (one.slug, one.name_de, one.programme, one.decided_on, one.binding_until, one.grant_eur, one.net_m2,
         one.free_m2, one.source)
        for one in grants
    ]  # fmt: skip
    columns = ("area", "name", "programme", "decided_on", "binding_until", "grant_eur", "net_m2", "free_m2", "source")
    return Table("funding", columns, tuple(rows), frozenset({"programme"}))


def profile_tables(profile: AreaProfile) -> tuple[Table, ...]:
    """The tables of an area's profile."""
    amounts = profile.stock.amounts
    status = [(group.value, *_cells(amounts.get(group, Amount()))) for group in Group]
    status.append(("sum", *_cells(total(amounts))))
    columns = ("status", "sites", "net_m2", "gross_m2")
    sites = [
        (place, site.name_de, site.municipality, site.parcels, site.net_m2, " ".join(site.numbers))
        for place, site in enumerate(profile.sites, start=1)
    ]
    return (
        Table("status", columns, tuple(status), frozenset({"status"})),
        _profile_parcels(profile),
        Table("contiguous", ("rank", "name", "municipality", "sites", "net_m2", "numbers"), tuple(sites)),
        _members(profile),
        _funding(profile.funding),
    )


def _profile_parcels(profile: AreaProfile) -> Table:
    columns = (
        "number", "name", "status", "zone", "servicing", "net_m2", "available_from", "price_eur_m2", "grz",
        "height_max_m", "power_mw", "fibre_mbit", "constraints", "confirmed_on",
    )  # fmt: skip
    rows = [
        (one.number, one.name_de, one.status, (one.zone or "") + ("e" if one.zone_restricted else "") or None,
         one.servicing, one.net_m2, one.available_from, one.price_eur_m2, one.grz, one.height_max_m, one.power_mw,
         one.fibre_mbit, ", ".join(one.constraint_kinds) or None, one.confirmed_on)
        for one in profile.parcels
    ]  # fmt: skip
    return Table("parcels", columns, tuple(rows), frozenset({"status", "servicing", "constraints"}))


def _members(profile: AreaProfile) -> Table:
    rows = [
        (member.ags, member.name, member.votes, member.cost_share_pct, member.revenue_share_pct)
        for member in profile.page.members
    ]
    return Table("members", ("ags", "name", "votes", "cost_share_pct", "revenue_share_pct"), tuple(rows))
