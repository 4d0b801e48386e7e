"""Freshness: the ladder as a filter and in facets, who comes last, and the public figure of a place."""

import datetime as dt

import pytest

from landportal.model import Freshness
from landportal.services import freshness
from landportal.services.search import SearchCriteria, Sort, find, machine, relax

NOW = dt.datetime.now(dt.UTC)

LADDER = [(0, "fresh"), (30.9, "fresh"), (31.1, "due"), (60.9, "due"), (61.1, "old"), (90.9, "old"), (91.1, "stale"),
          (120.9, "stale"), (121.1, "unconfirmed"), (4000, "unconfirmed"), (None, "unconfirmed")]  # fmt: skip


def confirmed(days):
    return None if days is None else NOW - dt.timedelta(days=days)


@pytest.fixture
def ladder(land):
    """A parcel on either side of every step, smaller the older."""
    for place, (days, step) in enumerate(LADDER):
        land.parcel(f"{step}-{place}", ha=20 - place, confirmed_at=confirmed(days))


def found(session, **criteria):
    return [parcel.number for parcel in find.find_parcels(session, SearchCriteria(**criteria)).parcels]


@pytest.mark.parametrize("step", list(Freshness))
def test_the_filter_finds_exactly_what_is_labelled_so(session, ladder, step):
    expected = {f"{name}-{place}" for place, (_, name) in enumerate(LADDER) if name == step}
    assert set(found(session, freshness=(step,))) == expected
    labelled = {
        parcel.number for parcel in find.find_parcels(session, SearchCriteria()).parcels if parcel.freshness == step
    }
    assert labelled == expected


def test_several_steps_are_alternatives(session, ladder):
    assert len(found(session, freshness=(Freshness.OLD, Freshness.UNCONFIRMED))) == 5


def test_facets_count_what_a_click_on_each_step_shows(session, ladder):
    for criteria in (SearchCriteria(), SearchCriteria(freshness=(Freshness.DUE,)), SearchCriteria(size_min_ha=13)):
        counted = find.find_parcels(session, criteria).facets.freshness
        for step in Freshness:
            shown = find.count_parcels(session, SearchCriteria(freshness=(step,), size_min_ha=criteria.size_min_ha))
            assert counted.get(step, 0) == shown


def test_geojson_says_the_step_and_honours_the_filter(session, ladder):
    text_ = machine.parcels_geojson(session, SearchCriteria(freshness=(Freshness.STALE,)), 10)
    assert text_.count('"freshness": "stale"') == 2
    assert '"numberMatched":2' in text_


def test_an_empty_search_offers_to_drop_the_filter(session, land):
    land.parcel("A", confirmed_at=NOW)
    ways = relax.nearest_answers(session, SearchCriteria(freshness=(Freshness.OLD,)))
    assert [(way.field, way.count) for way in ways] == [("freshness", 1)]


def test_unconfirmed_parcels_come_last_unless_another_order_is_asked_for(session, land):
    land.parcel("LARGE-UNCONFIRMED", ha=50, confirmed_at=confirmed(121.5), price_eur_m2=1)
    land.parcel("LARGE-NEVER", ha=40, confirmed_at=None, price_eur_m2=2, east_km=3)
    land.parcel("SMALL-STALE", ha=1, confirmed_at=confirmed(119), price_eur_m2=9, east_km=5)
    assert found(session) == ["SMALL-STALE", "LARGE-UNCONFIRMED", "LARGE-NEVER"]
    assert found(session, sort=Sort.FRESH) == ["SMALL-STALE", "LARGE-UNCONFIRMED", "LARGE-NEVER"]
    assert found(session, sort=Sort.SIZE) == ["LARGE-UNCONFIRMED", "LARGE-NEVER", "SMALL-STALE"]
    assert found(session, sort=Sort.PRICE) == ["LARGE-UNCONFIRMED", "LARGE-NEVER", "SMALL-STALE"]


# -------------------------------------------------------------------------------------------------- the public figure


def test_the_figure_counts_what_is_on_the_market_and_confirmed_in_ninety_days(session, land):
    for place, days in enumerate((1, 89, 90.5, 91.5, None)):
        land.parcel(f"P{place}", confirmed_at=confirmed(days))
    land.parcel("SOLD", status="sold", confirmed_at=None)
    land.parcel("GONE", status="withdrawn", confirmed_at=NOW)
    land.parcel("RESERVED", status="reserved", status_until=dt.date(2030, 1, 1), confirmed_at=NOW)
    land.parcel("ELSEWHERE", east_km=25, confirmed_at=confirmed(100))
    figures = freshness.figures(session)
    here, there = figures.of("16067089"), figures.of("16067072")
    assert (here.parcels, here.confirmed, here.never, here.oldest) == (6, 4, 1, None)
    assert (there.parcels, there.confirmed, there.never) == (1, 0, 0)
    assert (there.oldest - confirmed(100)).total_seconds() < 1
    county = figures.of("16067")
    assert (county.parcels, county.confirmed, county.never, county.oldest) == (7, 4, 1, None)
    assert figures.whole.parcels == 7
    assert [figure.name for figure in figures.within("16067")] == ["Hörsel", "Waltershausen"]


def test_a_place_without_land_on_the_market_has_no_figure(session, land):
    land.parcel("SOLD", status="sold")
    figures = freshness.figures(session)
    assert figures.of("16067089") is None
    assert (figures.counties, figures.whole.parcels, figures.whole.share) == ((), 0, 1.0)
