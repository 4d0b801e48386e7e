"""How features are read for machines, beside what their addresses answer (tests/web/test_ogc_api.py)."""

import json

import pytest
from sqlalchemy import event, text

from landportal.services import features
from landportal.services.collections.parcels import parcels
from landportal.services.features import FeatureRequest, Filter, pages
from landportal.services.grids import GRIDS

READS = {
    "a page": lambda session: features.read_page(session, parcels(), FeatureRequest()),
    "a count": lambda session: features.count(session, parcels(), FeatureRequest()),
    "a tile": lambda session: features.tile(session, parcels(), GRIDS[0], (0, 0, 0)),
}


@pytest.mark.parametrize("read", READS.values(), ids=READS)
def test_features_are_planned_for_what_is_asked_and_in_one_process(session, read):
    read(session)
    assert session.scalar(text("show plan_cache_mode")) == "force_custom_plan"
    assert session.scalar(text("show max_parallel_workers_per_gather")) == "0"


@pytest.mark.parametrize(
    ("asked", "joined"), [("status = 'available'", False), ("county = 'A'", True), ('"municipality" IS NULL', True)]
)
def test_only_what_a_filter_speaks_of_is_joined_to_find_the_page(session, land, asked, joined):
    land.parcel("A", ha=5)
    sent = []
    connection = session.connection()
    event.listen(connection, "before_cursor_execute", lambda *told: sent.append(told[2]))
    features.read_page(session, parcels(), FeatureRequest(filter=Filter(asked)))
    (found,) = (statement for statement in sent if "matched" in statement)
    assert ("JOIN" in found) == joined


def test_a_page_holds_its_features_in_the_order_asked_with_a_cursor_to_the_next(session, land):
    for name, ha in (("A", 1), ("B", 3), ("C", 2)):
        land.parcel(name, ha=ha)
    asked = {"sort": (("area_m2", True),), "limit": 2, "filter": Filter("area_m2 > 1")}
    first = features.read_page(session, parcels(), FeatureRequest(**asked))
    second = features.read_page(session, parcels(), FeatureRequest(**asked, after=first.next))
    numbers = [one["id"] for page in (first, second) for one in json.loads(f"[{page.features}]")]
    assert numbers == ["B", "C", "A"]
    assert (first.matched, first.returned, second.returned, second.next) == (3, 2, 1, None)


@pytest.mark.parametrize(("near", "sort"), [(2, ()), (1_000, ()), (2, (("area_m2", False),))])
def test_pages_of_more_than_are_counted_go_through_all_wherever_they_stand(session, land, monkeypatch, near, sort):
    """What matches stands together behind what does not: the next few keys hold none, some, or a whole page of it."""
    monkeypatch.setattr(pages, "MATCHED_MAX", 3)
    monkeypatch.setattr(pages, "NEAR", near)
    for at in range(12):
        land.parcel(f"P{at:02}", ha=1 if at in range(4, 10) else 9)
    asked = {"limit": 2, "filter": Filter("area_m2 < 50000"), "sort": sort}
    numbers, after = [], None
    while True:
        page = features.read_page(session, parcels(), FeatureRequest(**asked, after=after))
        assert page.matched is None
        numbers += [one["id"] for one in json.loads(f"[{page.features}]")]
        after = page.next
        if after is None:
            break
    assert numbers == [f"P{at:02}" for at in range(4, 10)]
