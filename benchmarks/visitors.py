"""Mixed visitors for locust: who searches and moves the map, who reads parcels and the API, officers who write.

Of a hundred requests ninety are searches and tiles, eight parcel pages and the API, two an officer's change of a status
(the form, sent back). Runs in locust's own environment: nothing of the product, nothing that is installed beside it.
What there is to visit stands in the JSON file that LANDPORTAL_VISIT names (`benchmarks.mixed` writes it); what was seen
is written to the file it names under "seen".
"""

from __future__ import annotations

import json
import os
import random
import time
from pathlib import Path

import gevent
from gevent.pool import Pool
from locust import FastHttpUser, events, task
from locust.contrib.fasthttp import FastResponse

from benchmarks import addresses
from benchmarks.forms import NEXT, sign_in_form, status_form

PLACE = json.loads(Path(os.environ["LANDPORTAL_VISIT"]).read_text())
PACE_S = float(PLACE["pace_s"])
TILES_OF_A_VIEW = 7
SEARCHES_OF_A_VISIT = 2
AT_ONCE = 6
"""Requests that a browser has open at the same time."""
ACTIONS = ["search"] * 10 + ["read"] * 8
REQUESTS_MAX = 500_000
ZOOMS = (8, 9, 10, 11, 12, 13, 14)
PAGE = {"Accept": "text/html", "Accept-Encoding": "br"}
PART = {**PAGE, "X-Requested-Part": "results"}


def as_sent(response: FastResponse, **_how: bool) -> bytes:
    """The body as it came: unpacking is the work of visitors' own machines, not of the two cores measured here."""
    return bytes(response.read())


FastResponse.unzipped = as_sent

seen: list[tuple[float, float, int, str]] = []
"""Second of the run, milliseconds, 1 for a failure, what was asked."""
started = time.monotonic()


@events.request.add_listener
def note(name: str, response_time: float, exception: Exception | None, **_told: object) -> None:
    """Keep what every request took."""
    seen.append((time.monotonic() - started, response_time, int(exception is not None), name))
    if len(seen) >= REQUESTS_MAX and running:
        running[0].quit()


running: list = []


@events.init.add_listener
def know_runner(environment, **_told: object) -> None:
    """The runner ends the run where too much was asked."""
    running.append(environment.runner)


@events.quitting.add_listener
def write(environment, **_told: object) -> None:
    """Hand over what was seen, and the first failures in words."""
    failures = [f"{error.method} {error.name}: {error.error}" for error in environment.stats.errors.values()][:5]
    Path(PLACE["seen"]).write_text(json.dumps({"seen": seen, "failures": failures}))


class Paced(FastHttpUser):
    """Somebody who comes some time within the first pace and then does one thing every PACE_S seconds.

    Locust's own `constant_pacing` counts from when all were made, at once: everybody then came in the same second.
    """

    abstract = True
    connection_timeout = network_timeout = 40.0
    chance = random.Random(PLACE["seed"])

    def on_start(self) -> None:
        """Come."""
        self.random = random.Random(self.chance.random())
        gevent.sleep(self.random.uniform(0, PACE_S))
        self.due = time.monotonic()

    def wait_time(self) -> float:
        """Seconds until the next thing is due; none where the last took longer than the pace."""
        now = time.monotonic()
        self.due = max(self.due + PACE_S, now)
        return self.due - now


class Visitor(Paced):
    """Somebody with a browser and its cache."""

    concurrency = AT_ONCE
    deck: list[str] = []
    """What the next visitors do: drawn by all together, so that a short run has the shares of a long one."""

    def on_start(self) -> None:
        """Come with an empty cache."""
        self.kept: dict[str, str] = {}
        super().on_start()

    @task
    def act(self) -> None:
        """Do what is drawn."""
        if not self.deck:
            self.deck.extend(self.random.sample(ACTIONS, len(ACTIONS)))
        if self.deck.pop() == "search":
            self.search()
        else:
            self.read()

    def search(self) -> None:
        """Search, narrow the search, and look at a view of the map."""
        asked = self.criteria()
        self.client.get(f"/de/parcels?{asked}", headers=PAGE, name="search")
        for _ in range(SEARCHES_OF_A_VISIT - 1):
            self.client.get(f"/de/parcels?{asked}&{self.narrower()}", headers=PART, name="results")
        pool = Pool(AT_ONCE)
        for path in self.view():
            pool.spawn(self.tile, path)
        pool.join()

    def read(self) -> None:
        """Open a parcel, or ask the API for a page."""
        number = self.random.choice(PLACE["numbers"])
        if self.random.random() < 0.6:
            self.client.get(f"/de/parcels/{number}", headers=PAGE, name="parcel")
        else:
            ags = self.random.choice(PLACE["counties"])
            self.client.get(addresses.items_of(ags), headers={"Accept": "application/geo+json"}, name="items")

    def criteria(self) -> str:
        """A county, seldom the whole state."""
        return "" if self.random.random() < 0.05 else f"ags={self.random.choice(PLACE['counties'])}"

    def narrower(self) -> str:
        """One or two filters more."""
        return "&".join(self.random.sample(addresses.FILTERS, self.random.randint(1, 2)))

    def view(self) -> list[str]:
        """The tiles around a place; nearly half of the views are of a place that many look at."""
        places = PLACE["places"]
        lon, lat = self.random.choice(places[:5] if self.random.random() < 0.45 else places)
        z = self.random.choice(ZOOMS)
        x, y = addresses.tile_at(z, lon, lat)
        around = [(x + dx, y + dy) for dy in (0, 1, -1) for dx in (0, 1, -1)]
        return [addresses.tile(z, east, south) for east, south in around[:TILES_OF_A_VIEW]]

    def tile(self, path: str) -> None:
        """Fetch a tile, or ask whether the browser's copy still holds."""
        headers = {"Accept-Encoding": "br"} | ({"If-None-Match": self.kept[path]} if path in self.kept else {})
        answer = self.client.get(path, headers=headers, name="tile again" if path in self.kept else "tile")
        if etag := answer.headers and answer.headers.get("ETag"):
            self.kept[path] = etag


class Officer(Paced):
    """An officer who signed in and changes the status of parcels of the own county, to and fro."""

    fixed_count = len(PLACE["officers"])
    free = list(PLACE["officers"])

    def on_start(self) -> None:
        """Sign in through the page."""
        self.who = self.free.pop()
        self.status = dict.fromkeys(self.who["numbers"], "available")
        page = self.client.get("/de/login", headers=PAGE | {"Accept-Encoding": "identity"}, name="signing in")
        form = sign_in_form(page.text or "", self.who["email"])
        self.client.post("/de/login", data=form, name="signing in", allow_redirects=False)
        super().on_start()

    @task
    def change(self) -> None:
        """Open the form of a parcel and send it back with the other status."""
        number = self.random.choice(self.who["numbers"])
        path, wanted = f"/de/desk/parcels/{number}/status", NEXT[self.status[number]]
        plain = {"Accept": "text/html", "Accept-Encoding": "identity"}
        page = self.client.get(path, headers=plain, name="form", allow_redirects=False)
        if page.status_code != 200:
            return
        form = status_form(page.text or "", wanted)
        with self.client.post(path, data=form, name="change", allow_redirects=False, catch_response=True) as answer:
            if answer.status_code == 303:
                self.status[number] = wanted
                answer.success()
            else:
                answer.failure(f"answers {answer.status_code}")
