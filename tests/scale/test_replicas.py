"""Two standbys that replicate by streaming, two web processes that read from them, and what may go wrong."""

from __future__ import annotations

import contextlib
import itertools
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
import requests
from sqlalchemy import text

from landportal.config import read_settings
from landportal.replicas import Replicas
from landportal.web import create_app
from tests.scale.people import TIMEOUT_S, Officer, set_by_hand, shown, statuses
from tests.scale.servers import SECRET, eventually, standbys, web_processes

LAG_MAX_S = 1.0


@pytest.fixture(scope="module")
def both(primary):
    with standbys(primary, 2) as made:
        yield made


@pytest.fixture(scope="module")
def environ(primary, both):
    return {
        "LANDPORTAL_DATABASE_URL": primary.url(), "LANDPORTAL_REPLICA_URLS": ",".join(one.url() for one in both),
        "LANDPORTAL_INSTANCE": str(primary.instance),
    }  # fmt: skip


@pytest.fixture(scope="module")
def webs(environ):
    with web_processes(2, environ) as made:
        yield [web.address for web in made]


@pytest.fixture(scope="module")
def officer(webs):
    return Officer(webs[0])


@pytest.fixture(autouse=True)
def _all_fit(webs):
    for web in webs:
        eventually(partial(_every_one_is_fit, web))


def _every_one_is_fit(web):
    return all(replica_facts(web, "fit").values())


def replica_facts(web, what):
    """A gauge of the replicas by their name, as /metrics tells it."""
    told = requests.get(f"{web}/metrics", timeout=TIMEOUT_S).text
    lines = [line for line in told.splitlines() if line.startswith(f"landportal_replica_{what}{{")]
    return {line.split('"')[1]: float(line.split()[-1]) for line in lines}


@contextlib.contextmanager
def paused(*replicas):
    """Replicas that receive everything and replay nothing."""
    for replica in replicas:
        replica.ask("select pg_wal_replay_pause()")
        eventually(partial(replica.ask, "select pg_get_wal_replay_pause_state() = 'paused'"))
    try:
        yield
    finally:
        for replica in replicas:
            replica.ask("select pg_wal_replay_resume()")


READERS = """
    select count(*) from pg_stat_activity
    where datname = 'landportal' and query = 'COMMIT' and state_change > '{since}' and pid <> pg_backend_pid()
"""
"""Connections of web processes that ended a read since then; the ones that measure lag have no transactions."""


def test_visitors_read_from_the_replicas_and_not_from_the_primary(webs, both, store):
    since = both[0].ask("select clock_timestamp()")
    for web, _ in itertools.product(webs, range(10)):
        assert requests.get(f"{web}/de/parcels.geojson", timeout=TIMEOUT_S).json()["numberMatched"] > 30
    assert all(one.ask(READERS.format(since=since)) for one in both)
    with store.connect() as connection:
        assert connection.scalar(text(READERS.format(since=since))) == 0


def test_a_status_that_an_officer_saves_shows_everywhere_on_the_very_next_request(webs, officer):
    for round_, (writes, reads) in enumerate(itertools.islice(itertools.cycle([webs, webs[::-1]]), 8)):
        number = f"TH-{round_:02}"
        officer.set_status(writes, number, "sold")
        assert shown(reads, number) == {"sold"}
        assert shown(writes, number, officer.http) == {"sold"}


def test_it_does_so_while_the_replicas_lag_and_the_officer_does_not_wait_longer_than_the_bound(webs, both, officer):
    with paused(*both):
        started = time.monotonic()
        officer.set_status(webs[0], "TH-10", "sold")
        assert time.monotonic() - started < LAG_MAX_S + 1
        assert [shown(web, "TH-10") for web in webs] == [{"sold"}, {"sold"}]
        assert [shown(web, "TH-10", officer.http) for web in webs] == [{"sold"}, {"sold"}]
        assert not any(replica_facts(webs[0], "fit").values())
        again = time.monotonic()
        officer.set_status(webs[1], "TH-11", "sold")
        assert time.monotonic() - again < 0.7, "nobody waits for replicas that nobody reads"


def test_what_changes_elsewhere_shows_to_visitors_within_the_bound(webs, both, store):
    with paused(both[0]):
        set_by_hand(store, "TH-12", "sold")
        time.sleep(LAG_MAX_S + 0.5)
        assert {frozenset(shown(web, "TH-12")) for web in webs * 5} == {frozenset({"sold"})}
        ready = requests.get(f"{webs[0]}/readyz", timeout=TIMEOUT_S)
        assert ready.status_code in {200, 503}
        lag = replica_facts(webs[0], "lag_seconds")
        assert lag[f"127.0.0.1:{both[0].port}"] > LAG_MAX_S


def test_an_idle_primary_is_no_lag(webs):
    time.sleep(2 * LAG_MAX_S)
    assert set(replica_facts(webs[0], "fit").values()) == {1.0}
    assert set(replica_facts(webs[0], "lag_seconds").values()) == {0.0}


def test_a_replica_that_lost_its_primary_lags_whatever_it_believes_of_itself(webs, both, store):
    """Its receive and replay positions agree, so of itself it has nothing left to do."""
    back = both[0].ask("select format('alter system set primary_conninfo = %L', current_setting('primary_conninfo'))")
    both[0].ask("alter system set primary_conninfo = ''")
    both[0].ask("select pg_reload_conf()")
    try:
        eventually(lambda: both[0].ask("select count(*) = 0 from pg_stat_wal_receiver"))
        set_by_hand(store, "TH-13", "sold")
        assert both[0].ask("select pg_last_wal_receive_lsn() <= pg_last_wal_replay_lsn()")
        name = f"127.0.0.1:{both[0].port}"
        eventually(lambda: replica_facts(webs[0], "fit")[name] == 0, within_s=LAG_MAX_S + 1)
    finally:
        both[0].ask(back)
        both[0].ask("select pg_reload_conf()")


@pytest.fixture
def app(environ):
    return create_app(read_settings({**environ, "LANDPORTAL_BASEMAP": "none", "LANDPORTAL_SECRET_KEY": SECRET}))


def test_the_position_of_a_write_in_the_cookie_alone_keeps_its_writer_from_older_answers(
    webs, both, officer, app, store, monkeypatch
):
    """Without the wait after a write: the writer's next reads pass the replicas by, other visitors read the past."""
    eventually(lambda: app.extensions["landportal"].replicas.reader())
    with paused(*both):
        position = app.extensions["landportal"].replicas.written()
        set_by_hand(store, "TH-14", "sold")
        client = app.test_client()
        with client.session_transaction() as cookie:
            cookie["written"] = [position + 1, int(time.time())]
        path = "/api/collections/parcels/items/TH-14?f=json"
        mine, theirs = client.get(path).json, app.test_client().get(path).json
        assert mine["properties"]["status"] == "sold"
        assert theirs["properties"]["status"] == "available"


def test_no_answer_goes_back_behind_the_copy_that_a_cache_holds(webs, both, app, store):
    """A tile and a page of the API whose newer revision was seen already come from the primary."""
    eventually(lambda: app.extensions["landportal"].replicas.reader())
    path, features = "/tiles/parcels/14/8680/5491.mvt?status=sold", "/api/collections/parcels/items?f=json&limit=100"
    with paused(*both):
        set_by_hand(store, "TH-15", "sold")
        fresh = create_app(read_settings({"LANDPORTAL_DATABASE_URL": store.url.render_as_string(False)})).test_client()
        newer = [fresh.get(path).headers["ETag"], fresh.get(features).headers["ETag"]]
        old = app.test_client().get(path)
        assert "TH-15" not in statuses_of(old)
        assert app.test_client().get(path, headers={"If-None-Match": newer[0]}).status_code == 304
        assert app.test_client().get(features, headers={"If-None-Match": newer[1]}).status_code == 304
        behind = app.test_client().get(f"{path}&status=reserved", headers={"If-None-Match": newer[0]})
        assert statuses_of(behind)["TH-15"] == "sold"


def statuses_of(answer):
    answer.content = answer.data
    return statuses(answer)


class Visitors:
    """People who read without a pause while something happens; every answer and its time is kept."""

    def __init__(self, webs):
        self.answers, self._going = [], True
        self._threads = [threading.Thread(target=self._read, args=(web,)) for web in webs * 2]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._going = False
        for thread in self._threads:
            thread.join()

    def _read(self, web):
        for path in itertools.cycle(["/de/parcels", "/api/collections/parcels/items?f=json", "/de/parcels.geojson"]):
            if not self._going:
                return
            started = time.monotonic()
            answer = requests.get(f"{web}{path}", timeout=TIMEOUT_S)
            self.answers.append((answer.status_code, time.monotonic() - started))


def test_a_killed_replica_fails_nobody_and_is_taken_back_without_a_restart(webs, both):
    with Visitors(webs) as visitors:
        time.sleep(0.5)
        both[0].kill()
        name = f"127.0.0.1:{both[0].port}"
        eventually(lambda: all(replica_facts(web, "fit")[name] == 0 for web in webs))
        time.sleep(0.5)
        both[0].start()
        eventually(lambda: all(replica_facts(web, "fit")[name] == 1 for web in webs))
    assert {status for status, _ in visitors.answers} == {200}
    assert max(seconds for _, seconds in visitors.answers) < 5


def test_a_frozen_replica_keeps_nobody_waiting_and_is_taken_back_when_it_wakes(webs, both):
    """It accepts connections and answers nothing: who reads from it at that moment is answered from elsewhere."""
    name = f"127.0.0.1:{both[0].port}"
    with Visitors(webs) as visitors:
        time.sleep(0.5)
        both[0].freeze()
        try:
            eventually(lambda: all(replica_facts(web, "fit")[name] == 0 for web in webs), within_s=3)
            time.sleep(1)
        finally:
            both[0].wake()
        eventually(lambda: all(replica_facts(web, "fit")[name] == 1 for web in webs))
    assert {status for status, _ in visitors.answers} == {200}
    assert max(seconds for _, seconds in visitors.answers) < 4


def test_without_any_replica_the_primary_serves(webs, both, officer):
    for one in both:
        one.kill()
    try:
        with ThreadPoolExecutor(4) as pool:
            answers = list(pool.map(lambda web: requests.get(f"{web}/de/parcels", timeout=TIMEOUT_S), webs * 4))
        assert {answer.status_code for answer in answers} == {200}
        officer.set_status(webs[0], "TH-16", "sold")
        assert shown(webs[1], "TH-16") == {"sold"}
    finally:
        for one in both:
            one.start()


def test_a_server_that_is_no_replica_of_this_primary_is_left_out(primary, server_url):
    """A primary of its own, or another cluster's: both would show other land."""
    settings = read_settings({"LANDPORTAL_REPLICA_URLS": f"{server_url},{primary.url()}"})
    from landportal import db

    engine = db.connect(primary.url(), settings)
    replicas = Replicas(settings, engine)
    eventually(lambda: all(state.why != "was not asked yet" for state in replicas.states()))
    assert [(state.fit, state.why) for state in replicas.states()] == [(False, "is no replica")] * 2
    assert replicas.reader() is None
    engine.dispose()
