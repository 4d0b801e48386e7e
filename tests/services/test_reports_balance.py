"""The land balance on hand-made land: every square metre is known."""

import datetime as dt
import random

import pytest
from sqlalchemy import text

from landportal.errors import InvalidInput
from landportal.services import lineage
from landportal.services.days import today
from landportal.services.reports import flows
from landportal.services.reports.balance import Group
from landportal.services.reports.flows import Line
from landportal.services.reports.land_balance import Wanted, land_balance
from landportal.services.reports.units import UnitKind, find_unit

TODAY = today()
HA = 10_000


def report(session, unit="16", begins=TODAY, by=None, **facts):
    return land_balance(session, Wanted(unit, begins, TODAY, by, **facts))


def turn_back(session, days):
    """Everything recorded so far happened `days` earlier; only without triggers can the clock be turned back."""
    session.flush()
    session.execute(text("set local session_replication_role = replica"))
    for statement in (
        "update change set at = at - make_interval(days => :days), xact = ''",
        "update parcel set changed_at = changed_at - make_interval(days => :days), change_id = -1",
        "update parcel_history set changed_at = changed_at - make_interval(days => :days),"
        " ended_at = ended_at - make_interval(days => :days)",
        "update area set changed_at = changed_at - make_interval(days => :days)",
    ):
        session.execute(text(statement), {"days": days})
    session.execute(text("set local session_replication_role = origin"))
    session.expire_all()


def hectares(amounts, group):
    return amounts[group].net_m2 / HA


def test_land_is_added_up_by_group_of_status(session, land):
    land.parcel("F", ha=4)
    land.parcel("R", ha=2, status="reserved", status_until=dt.date(2099, 1, 1))
    land.parcel("O", ha=1, status="optioned", status_until=dt.date(2099, 1, 1))
    land.parcel("P", ha=9, status="preparing")
    land.parcel("S", ha=16, status="sold")
    land.parcel("L", ha=1, status="leased")
    land.parcel("U", ha=25, status="own_use")
    land.parcel("W", ha=36, status="withdrawn")
    amounts = report(session).stock.amounts
    assert {group: round(amount.net_m2) for group, amount in amounts.items()} == {
        Group.FREE: 4 * HA, Group.PROMISED: 3 * HA, Group.PREPARING: 9 * HA, Group.TAKEN: 17 * HA,
        Group.OWN_USE: 25 * HA,
    }  # fmt: skip
    assert amounts[Group.PROMISED].parcels == 2
    assert not {"W"} & {number for site in report(session).sites for number in site.numbers}


def test_gross_land_has_its_share_of_the_roads_of_its_area(session, land):
    known = land.area("known", gross_ha=50, net_ha=40)
    unsaid = land.area("unsaid", gross_ha=50)
    land.parcel("A", ha=4, area_id=known.id)
    land.parcel("B", ha=1, area_id=unsaid.id)
    land.parcel("C", ha=1)
    free = report(session).stock.amounts[Group.FREE]
    assert (round(free.net_m2), round(free.gross_m2)) == (6 * HA, 7 * HA)
    assert round(report(session, "area:known").stock.amounts[Group.FREE].gross_m2) == 5 * HA


def test_the_parts_of_a_unit_add_up_to_it_and_so_do_zones(session, land):
    land.parcel("A", ha=4, zone="GI", servicing="full")
    land.parcel("B", east_km=21, ha=1, zone="GE")
    land.parcel("C", east_km=25, ha=1, zone="GE", status="sold")
    stock = report(session, "16067").stock
    assert [(part.key, part.name_de) for part in stock.parts] == [
        ("16067089", "Hörsel"), ("16067072", "Waltershausen"),
    ]  # fmt: skip
    assert sum(part.amounts[Group.FREE].net_m2 for part in stock.parts) == stock.amounts[Group.FREE].net_m2
    assert [(row.zone, row.servicing, {g: a.parcels for g, a in row.amounts.items()}) for row in stock.zones] == [
        ("GE", None, {Group.FREE: 1, Group.TAKEN: 1}), ("GI", "full", {Group.FREE: 1}),
    ]  # fmt: skip


def test_regions_and_areas_are_units_too(session, land):
    session.execute(text("update admin_unit set region = 'Mittelthüringen' where ags = '16067'"))
    area = land.area("gewerbepark", name_en="Business park")
    land.parcel("A", ha=4, area_id=area.id)
    land.parcel("B", east_km=21, ha=1)
    assert hectares(report(session, "region:mittelthueringen").stock.amounts, Group.FREE).quantize(1) == 5
    assert hectares(report(session, "area:gewerbepark").stock.amounts, Group.FREE).quantize(1) == 4
    assert [part.key for part in report(session, by=UnitKind.REGION).stock.parts] == ["Mittelthüringen"]
    by_area = report(session, by=UnitKind.AREA).stock.parts
    assert [(part.key, part.name_en) for part in by_area] == [("gewerbepark", "Business park"), (None, None)]


@pytest.mark.parametrize("key", ["17", "16067999", "region:nowhere", "area:nowhere", "", "16067'", "x:y", "region:"])
def test_an_unknown_unit_is_told_at_its_field(session, land, key):
    with pytest.raises(InvalidInput) as refused:
        find_unit(session, key)
    assert refused.value.field == "unit"


def test_a_superseded_key_is_that_of_its_successor(session, land):
    session.execute(text("insert into superseded_key values ('16067999', 'Altdorf', '16067089')"))
    assert find_unit(session, "16067999").key == "16067089"


# ------------------------------------------------------------------------------------------------------------- flows


def lines(account):
    return {flow.line: (flow.parcels, round(flow.net_m2)) for flow in account.flows}


def test_opening_additions_sales_and_withdrawals_make_the_closing(session, land):
    stays = land.parcel("stays", ha=1)
    sold = land.parcel("sold", east_km=2, ha=2)
    back = land.parcel("back", east_km=3, ha=3, status="sold", status_since=dt.date(2020, 1, 1))
    gone = land.parcel("gone", east_km=4, ha=4)
    used = land.parcel("used", east_km=5, ha=5, status="preparing")
    land.parcel("old", east_km=6, ha=6, status="leased", status_since=dt.date(2020, 1, 1))
    turn_back(session, 10)
    stays.geom = land.rectangle(1, 1, 0.1, 0.11)
    sold.status, back.status, gone.status, used.status = "leased", "available", "withdrawn", "own_use"
    land.parcel("new", east_km=7, ha=7)
    land.parcel("passed", east_km=8, ha=8, status="sold", status_since=TODAY)
    land.parcel("late", east_km=9, ha=9, status="sold", status_since=dt.date(2019, 1, 1))
    session.flush()
    account = report(session, begins=TODAY - dt.timedelta(days=5)).account
    assert round(account.opening_m2) == (1 + 2 + 4 + 5) * HA
    assert lines(account) == {
        Line.ADDED: (2, 15 * HA), Line.RETURNED: (1, 3 * HA), Line.TAKEN: (2, -10 * HA), Line.OWN_USE: (1, -5 * HA),
        Line.WITHDRAWN: (1, -4 * HA), Line.REMEASURED: (1, 1_000),
    }  # fmt: skip
    assert account.difference_m2 == 0


def test_land_that_moves_to_another_unit_leaves_one_account_and_comes_to_the_other(session, land):
    parcel = land.parcel("A", ha=2)
    turn_back(session, 10)
    parcel.geom = land.rectangle(21, 1, 0.1, 0.3)
    session.flush()
    begins = TODAY - dt.timedelta(days=5)
    assert lines(report(session, "16067089", begins).account) == {Line.MOVED: (1, -2 * HA)}
    assert lines(report(session, "16067072", begins).account) == {Line.MOVED: (1, 3 * HA)}
    whole = report(session, "16067", begins).account
    assert lines(whole) == {Line.REMEASURED: (1, HA)}
    assert whole.difference_m2 == 0


def test_the_parts_of_a_split_parcel_stand_against_the_whole(session, land):
    whole = land.parcel("whole", ha=4)
    turn_back(session, 10)
    west = land.parcel("west", ha=1, status="sold", status_since=TODAY)
    east = land.parcel("east", east_km=3, ha=3)
    lineage.retire(session, whole, [west, east], TODAY)
    account = report(session, begins=TODAY - dt.timedelta(days=5)).account
    assert lines(account) == {Line.TAKEN: (1, -1 * HA), Line.CUT: (3, 0)}
    assert (round(account.closing_m2), account.difference_m2) == (3 * HA, 0)


def test_the_parcels_behind_a_line_add_up_to_it(session, land):
    parcels = [land.parcel(f"P{number}", east_km=number, ha=number) for number in range(1, 5)]
    turn_back(session, 10)
    for parcel in parcels[:3]:
        parcel.status = "sold"
    session.flush()
    days = (TODAY - dt.timedelta(days=5), TODAY)
    account = report(session, begins=days[0]).account
    unit = find_unit(session, "16")
    listed = flows.behind(session, unit, days, Line.TAKEN, slice(0, 10))
    assert [moved.number for moved in listed] == ["P3", "P2", "P1"]
    assert sum(moved.net_m2 for moved in listed) == account.flow(Line.TAKEN).net_m2
    assert [moved.number for moved in flows.behind(session, unit, days, Line.TAKEN, slice(1, 2))] == ["P2"]


@pytest.mark.parametrize("seed", range(4))
def test_whatever_happens_the_account_goes_up_to_the_square_metre(session, land, seed):
    chance = random.Random(seed)
    parcels = [land.parcel(f"P{n}", east_km=1 + n * 1.7, ha=chance.uniform(0.1, 7)) for n in range(20)]
    turn_back(session, 20)
    for step in range(40):
        parcel = chance.choice(parcels)
        what = chance.random()
        if what < 0.6:
            parcel.status = chance.choice(["available", "preparing", "sold", "leased", "own_use", "withdrawn"])
            parcel.status_since = TODAY - dt.timedelta(days=chance.randrange(40))
        elif what < 0.8:
            side = chance.uniform(0.05, 0.3)
            parcel.geom = land.rectangle(chance.uniform(0, 39), chance.uniform(0, 19), side, side)
        elif what < 0.9:
            parcels.append(land.parcel(f"N{step}", east_km=chance.uniform(1, 38), ha=chance.uniform(0.1, 7)))
        elif len(parcels) > 5:
            session.delete(parcels.pop(parcels.index(parcel)))
        session.flush()
        if step % 10 == 9:
            turn_back(session, 4)
    for unit in ("16", "16067089", "16067072"):
        for days in (25, 18, 10, 6, 0):
            account = report(session, unit, TODAY - dt.timedelta(days=days)).account
            assert account.difference_m2 == 0
            assert account.opening_m2 + sum(flow.net_m2 for flow in account.flows) == account.closing_m2


def test_days_in_the_wrong_order_wrong_parts_and_wide_gaps_are_told_at_their_fields(session, land):
    for field, facts in {
        "from": {"begins": TODAY + dt.timedelta(days=1)}, "by": {"unit": "16067", "by": UnitKind.COUNTY},
        "gap": {"gap_m": 201},
    }.items():  # fmt: skip
        with pytest.raises(InvalidInput) as refused:
            report(session, **facts)
        assert refused.value.field == field


# ------------------------------------------------------------------------------------------------- reach, contiguous


def test_reach_is_free_land_by_the_mean_of_five_full_years(session, land):
    land.parcel("free", ha=10)
    last = TODAY.year - 1 if (TODAY.month, TODAY.day) != (12, 31) else TODAY.year
    land.parcel("a", east_km=2, ha=4, status="sold", status_since=dt.date(last, 1, 1))
    land.parcel("b", east_km=3, ha=1, status="leased", status_since=dt.date(last - 4, 12, 31))
    land.parcel("earlier", east_km=4, ha=9, status="sold", status_since=dt.date(last - 5, 12, 31))
    made = report(session)
    assert [year.year for year in made.sales if year.whole] == list(range(last - 4, last + 1))
    assert round(made.reach_years, 6) == 10


def test_without_sales_there_is_no_reach(session, land):
    land.parcel("free", ha=10)
    assert report(session).reach_years is None


def sites(session, gap_m):
    return [(set(site.numbers), round(site.net_m2)) for site in report(session, gap_m=gap_m).sites]


def test_free_parcels_within_the_gap_are_one_site(session, land):
    land.parcel("A", east_km=1, ha=1)
    land.parcel("B", east_km=1.12, ha=1)
    land.parcel("C", east_km=1.27, ha=1)
    land.parcel("between", east_km=1, north_km=1.1, ha=1, status="sold")
    assert sites(session, 30) == [({"A", "B"}, 2 * HA), ({"C"}, HA)]
    assert sites(session, 60) == [({"A", "B", "C"}, 3 * HA)]
    assert sites(session, 10) == [({"A"}, HA), ({"B"}, HA), ({"C"}, HA)]


def test_without_a_gap_parcels_must_share_an_edge_and_not_a_corner(session, land):
    land.parcel("A", east_km=1, north_km=1, ha=1)
    land.parcel("edge", east_km=1.1, north_km=1.05, ha=1)
    land.parcel("corner", east_km=1.2, north_km=1.15, ha=4)
    assert sites(session, 0) == [({"corner"}, 4 * HA), ({"A", "edge"}, 2 * HA)]


def test_the_largest_site_of_each_part_ends_at_its_border(session, land):
    land.parcel("west", east_km=19.8, ha=4)
    land.parcel("east", east_km=20, ha=1)
    made = report(session, "16067")
    assert round(made.sites[0].net_m2) == 5 * HA
    assert {key: round(net) for key, net in made.largest_by_part.items()} == {"16067089": 4 * HA, "16067072": HA}


def test_confirmed_land_is_counted_of_what_is_on_the_market(session, land):
    now = dt.datetime.now(dt.UTC)
    land.parcel("fresh", confirmed_at=now)
    land.parcel("stale", east_km=2, confirmed_at=now - dt.timedelta(days=100))
    land.parcel("sold", east_km=3, status="sold", confirmed_at=now)
    stock = report(session).stock
    assert (stock.confirmed, stock.on_market) == (1, 2)
    assert (stock.parts[0].confirmed, stock.parts[0].on_market) == (1, 2)


def test_year_ends_are_told_as_far_as_the_records_go(session, land):
    parcel = land.parcel("A", ha=2)
    turn_back(session, 800)
    parcel.status = "sold"
    session.flush()
    years = report(session).years
    assert len(years) in {2, 3}
    assert all({group: round(net) for group, net in year.net_m2.items()} == {Group.FREE: 2 * HA} for year in years)
