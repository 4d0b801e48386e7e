"""Every conformance class that the API declares, asked for something that its standard demands.

A check stands beside the class it proves, in `tests/web/conformance`; a class without one, or a check without its
class, is a failure. What can be told from the data is picked by Python from all features and compared with what the API
picks.
"""

from __future__ import annotations

from importlib import import_module

import pytest

from landportal.web.ogc_api.landing import CONFORMANCE
from tests.web.desk_pages import desk_pages
from tests.web.test_ogc_writing import Api

pytest.register_assert_rewrite("tests.web.conformance")
CHECKS, Reader = (getattr(import_module("tests.web.conformance.reader"), name) for name in ("CHECKS", "Reader"))
for part in ("common", "features", "writing", "filters", "tiles"):
    import_module(f"tests.web.conformance.{part}")


@pytest.fixture(scope="module")
def api(app):
    return Reader(app.test_client())


@pytest.fixture(scope="module")
def portal(clone, settings):
    with desk_pages(clone("empty"), settings) as pages:
        yield Api(pages)


@pytest.fixture(scope="module")
def both(api, portal):
    return api, portal


@pytest.mark.parametrize("uri", CHECKS)
def test_what_a_declared_class_demands_is_met(uri, request):
    fixture, check = CHECKS[uri]
    check(request.getfixturevalue(fixture))


def test_every_declared_class_has_its_check_and_no_other(client):
    told = client.get("/api/conformance").json["conformsTo"]
    assert set(told) == set(CONFORMANCE) == set(CHECKS)
