"""Kept counts say what counting says: after every kind of change, for every search that reads them, on every tile."""

import datetime as dt
import random

import mapbox_vector_tile
import pytest
from sqlalchemy import create_engine, text

from landportal import db
from landportal.gis import tiles
from landportal.model import ConstraintKind, ParcelStatus, PlanStatus, Zone
from landportal.services import layers
from landportal.services.search import SearchCriteria, cube, facets
from landportal.services.search.find import find_parcels
from landportal.services.search.where import where

DIFFERENCES = text("""
    with counted as (
        select county_ags, status, zone, plan_status, rail_siding, round_the_clock, constraint_kinds,
            size_step(area_m2) as size_step, count(*) as n, round(sum(area_m2)::numeric, 3) as m2
        from parcel group by 1, 2, 3, 4, 5, 6, 7, 8
    ), kept as (
        select county_ags, status, zone, plan_status, rail_siding, round_the_clock, constraint_kinds, size_step,
            sum(parcels) as n, round(sum(m2)::numeric, 3) as m2
        from parcel_tally group by 1, 2, 3, 4, 5, 6, 7, 8 having sum(parcels) <> 0
    )
    (select 'tally', to_json(a)::text from (table counted except table kept) a)
    union all (select 'tally', to_json(a)::text from (table kept except table counted) a)
    union all (
        select 'cells', to_json(a)::text from (
            select z, cx, cy, status, zone, count(*), round(sum(area_m2)::numeric, 3)
            from parcel, generate_series(0, 10) z, map_cell(z, x_3857, y_3857) group by 1, 2, 3, 4, 5
            except
            select z, cx, cy, status, zone, sum(parcels), round(sum(m2)::numeric, 3)
            from parcel_cell group by 1, 2, 3, 4, 5
        ) a)
    union all (
        select 'count', z::text from parcel_cell group by z having sum(parcels) <> (select count(*) from parcel))
""")


def differences(session):
    return session.execute(DIFFERENCES).all()


def test_every_change_moves_the_tallies(session, land):
    land.constraint("flood", 2, 2, 1, 1)
    for place, number in enumerate("ABCDE"):
        land.parcel(number, east_km=1 + place, ha=1 + place, zone=("GE", "GI", None)[place % 3])
    assert differences(session) == []
    changes = (
        "update parcel set status = 'sold' where number in ('A', 'B')",
        "update parcel set zone = null, rail_siding = true, plan_status = 4000",
        "update parcel set geom = st_translate(geom, 20000, 0) where number = 'C'",
        "update parcel set geom = st_multi(st_buffer(geom, 40)) where number <> 'C'",
        "update parcel set name_de = 'Neu'",
        "delete from parcel where number in ('A', 'D')",
        "update constraint_zone set geom = st_translate(geom, 1500, 0)",
        "delete from constraint_zone",
        "select compact_tallies()",
        """insert into parcel (number, name_de, geom, source_id, source_date, data_set_id)
           select 'F', 'F', geom, 'F', source_date, data_set_id from parcel where number = 'E'""",
    )
    for change in changes:
        session.execute(text(change))
        assert differences(session) == [], change


def test_an_update_that_changes_nothing_of_it_adds_no_row(session, land):
    land.parcel("A")
    before = session.scalar(text("select count(*) from parcel_tally"))
    session.execute(text("update parcel set name_de = 'Neu', confirmed_at = now()"))
    assert session.scalar(text("select count(*) from parcel_tally")) == before


def test_compacting_keeps_what_is_said_and_leaves_one_row_of_each_kind(session, land):
    land.parcel("A")
    for status in ("reserved", "available") * 8:
        session.execute(text("update parcel set status = :status"), {"status": status})
    assert session.scalar(text("select count(*) from parcel_tally")) == 1 + 2 * 16
    session.execute(text("select compact_tallies()"))
    assert session.scalar(text("select count(*) from parcel_tally")) == 1
    assert session.scalar(text("select count(*) from parcel_cell")) == 11
    assert differences(session) == []


def test_compacting_and_changes_at_the_same_time_lose_nothing(own_sample_url):
    """The change is neither seen by the sum nor waits for it."""
    one, other = create_engine(own_sample_url), create_engine(own_sample_url)
    with one.connect() as changing, other.connect() as compacting:
        changing.execute(text("update parcel set status = 'reserved', status_until = current_date where id % 2 = 0"))
        compacting.execute(text("set local lock_timeout = '2s'"))
        compacting.execute(text("insert into parcel_tally (status, constraint_kinds, size_step, parcels, m2)"
                                " select 'sold', '{}', 1, (-1) ^ n, 0 from generate_series(1, 20000) n"))  # fmt: skip
        compacting.execute(text("select compact_tallies()"))
        compacting.commit()
        changing.commit()
    with db.reading(one) as session:
        assert differences(session) == []
    one.dispose()
    other.dispose()


def test_the_application_may_add_up_but_not_write(own_sample_url):
    engine = create_engine(own_sample_url)
    with engine.connect() as connection:
        connection.execute(text(f"set role {db.APPLICATION_ROLE}"))
        connection.execute(text("select compact_tallies()"))
        for statement in ("delete from parcel_tally", "update parcel_cell set parcels = 0", "select rebuild_tallies()"):
            with pytest.raises(Exception, match="permission denied"), connection.begin_nested():
                connection.execute(text(statement))
    engine.dispose()


# ------------------------------------------------------------------------------------------------ searches that read it


def random_choices(rng):
    some = lambda values, most: tuple(rng.sample(list(values), rng.randint(0, most)))  # noqa: E731
    return SearchCriteria(
        ags=rng.choice(((), (), ("16067",), ("16",), ("16067", "16051"))), zone=some(Zone, 2),
        status=some(ParcelStatus, 3), plan=some(PlanStatus, 1), avoid=some(ConstraintKind, 1),
        rail_siding=rng.random() < 0.1, round_the_clock=rng.random() < 0.1,
    )  # fmt: skip


def test_kept_counts_are_those_of_counting(sample_session, monkeypatch):
    rng = random.Random(3)
    asked = [random_choices(rng) for _ in range(60)]
    assert all(cube.is_kept(one, None) for one in asked)
    kept = [facets.count_by_facet(sample_session, one) for one in asked]
    monkeypatch.setattr(cube, "is_kept", lambda *_: False)
    for one, (totals, choices) in zip(asked, kept, strict=True):
        counted_totals, counted = facets.count_by_facet(sample_session, one)
        assert without_nothing(choices) == without_nothing(counted), one
        assert totals.count == counted_totals.count, one
        assert totals.total_m2 == pytest.approx(counted_totals.total_m2), one
        assert totals.bounds == counted_totals.bounds, one
    assert any(totals.count > 10 for totals, _ in kept)


def without_nothing(facets):
    """What is never found may be told as 0 or not at all."""
    told = {name: value for name, value in vars(facets).items() if name != "size"}
    return facets.size, {
        name: {key: n for key, n in value.items() if n} if hasattr(value, "items") else value
        for name, value in told.items()
    }


@pytest.mark.parametrize("criteria", [SearchCriteria(size_min_ha=1), SearchCriteria(q="gewerbe")])
def test_beyond_the_limit_numbers_are_at_least(sample_session, monkeypatch, criteria):
    exact = find_parcels(sample_session, criteria)
    assert exact.exact
    assert not exact.facets.at_least
    monkeypatch.setattr(cube, "COUNTED_MAX", 20)
    monkeypatch.setattr(facets, "COUNTED_MAX", 20)
    for statement in (facets._statement, facets._statement_of_result):
        statement.cache_clear()
    cut = find_parcels(sample_session, criteria)
    for statement in (facets._statement, facets._statement_of_result):
        statement.cache_clear()
    assert exact.count > 20
    assert (cut.count, cut.exact) == (20, False)
    assert cut.facets.at_least == frozenset(facets.FACETS)
    assert all(n <= exact.facets.zone[zone] for zone, n in cut.facets.zone.items())
    assert len(cut.parcels) == 50


def test_a_result_within_the_limit_is_exact_though_its_choices_are_not(sample_session, monkeypatch):
    criteria = SearchCriteria(size_min_ha=8)
    exact = find_parcels(sample_session, criteria)
    monkeypatch.setattr(cube, "COUNTED_MAX", exact.count)
    monkeypatch.setattr(facets, "COUNTED_MAX", exact.count)
    facets._statement.cache_clear()
    cut = find_parcels(sample_session, criteria)
    facets._statement.cache_clear()
    assert cut.facets.at_least
    assert (cut.count, cut.exact, cut.bounds) == (exact.count, True, exact.bounds)
    assert cut.total_m2 == pytest.approx(exact.total_m2)


# --------------------------------------------------------------------------------------------------- tiles that read it


@pytest.mark.parametrize("criteria", [SearchCriteria(), SearchCriteria(status=(), zone=(Zone.GI,))])
def test_a_tile_of_kept_cells_is_that_of_counted_ones(sample_session, criteria):
    looked_at = 0
    for z, x, y in [(5, 16, 10), (7, 67, 42), (7, 68, 43), (8, 135, 85), (9, 271, 171), (10, 542, 343), (10, 543, 342)]:
        kept = cells(layers.parcel_tile(sample_session, criteria, z, x, y))
        assert kept == cells(sample_session.scalar(tiles.parcel_cells(where(criteria), z, x, y)))
        looked_at += len(kept)
    assert looked_at > 20


def cells(tile):
    layer = mapbox_vector_tile.decode(bytes(tile))["cells"] if tile else {"features": []}
    return sorted(
        (tuple(one["geometry"]["coordinates"]), tuple(one["properties"].items())) for one in layer["features"]
    )


def test_a_day_in_the_past_is_counted(sample_session):
    assert not cube.is_kept(SearchCriteria(as_of=dt.date(2020, 1, 1)), None)
