"""How features are read for machines, beside what their addresses answer (tests/web/test_ogc_api.py)."""

import json

import pytest
from sqlalchemy import event, text

from landportal.services import features
from landportal.services.collections.parcels import parcels
from landportal.services.features import FeatureRequest, Filter
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
