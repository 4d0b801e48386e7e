"""How many connections a request takes, and how long its statements may run."""

from dataclasses import replace
from itertools import product

import pytest
from sqlalchemy import event, text

from landportal import db
from landportal.config import read_settings
from landportal.web import create_app
from tests.conftest import add_account, signed_in


@pytest.fixture
def made(sample_url):
    """A function that makes an application with other limits."""
    environ = {"LANDPORTAL_DATABASE_URL": sample_url, "LANDPORTAL_BASEMAP": "none", "LANDPORTAL_SECRET_KEY": "tests"}
    return lambda **limits: create_app(replace(read_settings(environ), **limits))


def test_a_request_holds_one_connection_at_a_time(made, sample_engine):
    """Requests that each held one and waited for a second would wait for each other."""
    app = made()
    engine, held = app.extensions["landportal"].engine, []
    event.listen(engine, "checkout", lambda *_: held.append(engine.pool.checkedout()))
    with db.transaction(sample_engine) as session:
        account = add_account(session, "officer", "planner", ags="16067")
        number = session.scalar(text("select min(number) from parcel where status = 'available'"))
    public, officer = app.test_client(), signed_in(app, account)
    paths = ["/de/parcels", f"/de/parcels/{number}", "/de/areas", "/de/freshness", "/de/planning/balance"]
    paths += ["/api/collections", "/api/collections/parcels/items?f=html&limit=1", "/api/collections/parcels?f=html"]
    for client, path in [*product([public, officer], paths), (officer, "/de/desk/"), (officer, "/de/desk/changes")]:
        app.extensions.pop("landportal-standing", None)
        assert client.get(path).status_code == 200, path
    assert max(held) == 1


def test_a_tile_has_a_limit_of_its_own(made):
    app = made(tile_statement_timeout_ms=1).test_client()
    assert app.get("/tiles/parcels/6/33/21.mvt").status_code == 503
    assert app.get("/de/parcels").status_code == 200


def test_a_page_has_a_limit(made):
    assert made(statement_timeout_ms=1).test_client().get("/de/freshness").status_code == 503
