"""News of the market: what is told of a site's versions, what is not, and where a page ends."""

import pytest

from landportal import db
from landportal.services import changes
from landportal.services.changes import News
from tests.services.desk_store import desk_store


@pytest.fixture
def store(database_url, settings):
    with desk_store(database_url, settings) as store:
        yield store


def news(store, **asked):
    with db.reading(store.application) as session:
        return changes.feed(session, **asked)


def test_new_changed_sold_and_withdrawn_are_told_newest_first(store):
    store.by_hand("update parcel set price_eur_m2 = 31 where number = 'H-1'")
    store.by_hand("update parcel set status = 'sold' where number = 'H-1'")
    store.by_hand("update parcel set status = 'withdrawn' where number = 'H-1'")
    told = [one.kind for one in news(store).items if one.number == "H-1"]
    assert told == [News.WITHDRAWN, News.SOLD, News.CHANGED, News.NEW]


def test_a_confirmation_or_an_internal_note_is_no_news(store):
    before = news(store).items
    store.by_hand("update parcel set confirmed_at = now(), contact_name = 'Wirtschaftsförderung' where number = 'H-1'")
    assert news(store).items == before


def test_pages_follow_each_other_without_gap_while_news_come_in(store):
    for price in (31, 32, 33, 34):
        store.by_hand(f"update parcel set price_eur_m2 = {price} where number = 'H-1'")
    whole = news(store).items
    first = news(store, limit=2)
    store.by_hand("update parcel set price_eur_m2 = 35 where number = 'H-1'")
    rest = news(store, before=first.before)
    assert first.items + rest.items == whole
    assert rest.before is None


def test_since_leaves_out_what_is_older(store):
    store.by_hand("update parcel set price_eur_m2 = 31 where number = 'H-1'")
    newest = news(store).items[0]
    assert news(store, since=newest.at).items == (newest,)
