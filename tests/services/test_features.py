"""How features are read for machines, beside what their addresses answer (tests/web/test_ogc_api.py)."""

import pytest
from sqlalchemy import text

from landportal.services import features
from landportal.services.collections.parcels import parcels
from landportal.services.features import FeatureRequest
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
