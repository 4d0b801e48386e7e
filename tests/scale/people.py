"""Who uses the servers of these tests: visitors without cookies, and an officer with a browser's."""

from __future__ import annotations

from typing import Any

import mapbox_vector_tile
import requests
from sqlalchemy import Engine, text

from tests.web.desk_pages import fields_of

EMAIL, PASSWORD = "officer@gotha.example", "a password of these tests"
TIMEOUT_S = 20
BOTH = "status=available&status=sold"


def shown(address: str, number: str, http: Any = requests) -> set[str]:
    """The status of the parcel as list, API and tile show it, to somebody without cookies unless told otherwise."""
    listed = http.get(f"{address}/de/parcels.geojson?{BOTH}&limit=1000", timeout=TIMEOUT_S).json()
    item = http.get(f"{address}/api/collections/parcels/items/{number}?f=json", timeout=TIMEOUT_S).json()
    found = {one["properties"]["number"]: one["properties"]["status"] for one in listed["features"]}
    return {found[number], item["properties"]["status"], statuses(tile(address, BOTH, http))[number]}


def tile(address: str, query: str = BOTH, http: Any = requests, **headers: str) -> requests.Response:
    """The tile of the made-up region's corner, close by."""
    return http.get(f"{address}/tiles/parcels/14/8680/5491.mvt?{query}", headers=headers, timeout=TIMEOUT_S)


def statuses(answer: requests.Response) -> dict[str, str]:
    layers = mapbox_vector_tile.decode(answer.content)
    return {one["properties"]["number"]: one["properties"]["status"] for one in layers["parcels"]["features"]}


class Officer:
    """Somebody signed in; the cookie goes wherever the next request goes."""

    def __init__(self, address: str) -> None:
        self.http = requests.Session()
        page = self.http.get(f"{address}/de/login", timeout=TIMEOUT_S).text
        sent = {**fields_of(page), "email": EMAIL, "password": PASSWORD}
        answer = self.http.post(f"{address}/de/login", data=sent, timeout=TIMEOUT_S, allow_redirects=False)
        assert answer.status_code == 303, answer.text[:2000]

    def get(self, address: str, path: str) -> requests.Response:
        return self.http.get(f"{address}{path}", timeout=TIMEOUT_S, allow_redirects=False)

    def set_status(self, address: str, number: str, status: str) -> requests.Response:
        """The form of the status panel, sent to this server; redirects are not followed."""
        path = f"/de/desk/parcels/{number}/status"
        sent = {**fields_of(self.get(address, path).text), "status": status, "reason": "Vertrag geschlossen"}
        answer = self.http.post(f"{address}{path}", data=sent, timeout=TIMEOUT_S, allow_redirects=False)
        assert answer.status_code == 303, answer.text[:3000]
        return answer


def set_by_hand(engine: Engine, number: str, status: str) -> None:
    """A change that no web process knows of."""
    change = text("update parcel set status = :status where number = :number")
    with engine.begin() as connection:
        connection.execute(change, {"status": status, "number": number})
