"""What officers meet when things break under them: the database restarts in the middle of a save."""

import re
import shutil
import threading
import time
from html.parser import HTMLParser

import pytest
from sqlalchemy import text

from landportal import db
from landportal.config import read_settings
from landportal.localdb import LocalCluster
from landportal.web import create_app
from tests.conftest import Land, add_account, signed_in


@pytest.fixture
def cluster(tmp_path):
    """A cluster of this test's own, to be stopped under a running portal."""
    cluster = LocalCluster(tmp_path / "instance")
    cluster.start()
    yield cluster
    cluster.stop()
    shutil.rmtree(cluster.home)


@pytest.fixture
def officer(cluster):
    with db.maintenance(cluster.url()) as connection:
        connection.exec_driver_sql("create database landportal")
    db.upgrade(cluster.url())
    settings = read_settings(
        {"LANDPORTAL_DATABASE_URL": cluster.url(), "LANDPORTAL_BASEMAP": "none", "LANDPORTAL_SECRET_KEY": "tests"}
    )
    owner = db.connect(cluster.url(), settings)
    with db.transaction(owner) as session:
        Land(session).parcel("H-1", name_de="vorher")
        account = add_account(session, "officer")
    owner.dispose()
    return signed_in(create_app(settings), account)


def form(client, page):
    """The fields of the editing form as a browser would send them back."""

    class Fields(HTMLParser):
        found: dict = {}
        select: str | None = None

        def handle_starttag(self, tag, attributes):
            known = dict(attributes)
            if tag == "input" and known.get("type") in {"checkbox", "radio"} and "checked" not in known:
                return
            if tag == "input" and "name" in known:
                self.found[known["name"]] = known.get("value") or ""
            if tag == "select":
                self.select = known.get("name")
            if tag == "option" and self.select and "selected" in known:
                self.found[self.select] = known.get("value") or ""

    reader = Fields()
    reader.found = {}
    body = client.get(page).text
    reader.feed(re.search(r'<form[^>]*method="post".*?name="version".*?</form>', body, re.DOTALL).group(0))
    return reader.found


def names(cluster):
    settings = read_settings({"LANDPORTAL_DATABASE_URL": cluster.url()})
    engine = db.connect(cluster.url(), settings)
    with db.reading(engine) as session:
        kept = session.scalars(text("select name_de from parcel")).all()
        versions = session.scalar(text("select count(*) from parcel_history"))
    engine.dispose()
    return kept, versions


def test_a_database_that_restarts_in_the_middle_of_a_save_leaves_nothing_by_halves(officer, cluster):
    page = "/de/desk/parcels/H-1/edit"
    fields = {**form(officer, page), "name_de": "nachher"}
    holder = db.connect(cluster.url(), read_settings({"LANDPORTAL_DATABASE_URL": cluster.url()}))
    answers = []
    with holder.connect() as connection:
        connection.execute(text("select from parcel where number = 'H-1' for update"))
        saving = threading.Thread(target=lambda: answers.append(officer.post(page, data=fields)))
        saving.start()
        waiting = text("select count(*) from pg_stat_activity where wait_event_type = 'Lock'")
        while not connection.scalar(waiting):
            time.sleep(0.02)
            assert saving.is_alive(), answers
        cluster.stop()
        saving.join(20)
        connection.invalidate()
    holder.dispose()
    assert [answer.status_code for answer in answers] == [503]
    assert answers[0].headers["Retry-After"]

    cluster.start()
    assert names(cluster) == (["vorher"], 0)
    again = officer.post(page, data=fields)
    assert again.status_code == 303
    assert names(cluster) == (["nachher"], 1)
