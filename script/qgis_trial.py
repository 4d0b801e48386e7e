"""Tries the API with a headless QGIS: [TOKEN=lp_…] /usr/bin/python3 script/qgis_trial.py http://127.0.0.1:8000/api

Needs Debian's `python3-qgis`, so the system's Python and nothing of landportal, and an address without TLS. Between
QGIS and the portal stands a recorder in a process of its own (QGIS keeps the interpreter's lock while it waits for an
answer): what is printed is what QGIS really asked for. Prints a line for everything tried and ends with 1 if something
failed. With an officer's token editing must be offered, without one it must not be.
"""

from __future__ import annotations

import base64
import contextlib
import faulthandler
import http.client
import http.server
import json
import os
import subprocess
import sys
import tempfile
import threading
import urllib.parse
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SECONDS_MAX = 180
"""After this the trial tells where it stands and ends, whatever QGIS waits for."""
ANSWER_SECONDS_MAX = 30
WRITES = ("POST", "PUT", "PATCH", "DELETE")
OWN_HEADERS = {"transfer-encoding", "connection", "content-length", "date", "server"}


class Recorder(http.server.BaseHTTPRequestHandler):
    """Hands every request on to the portal and writes its method and address down."""

    portal: str
    log: Path

    def _pass_on(self) -> None:
        with self.log.open("a", encoding="utf-8") as log:
            log.write(f"{self.command} {urllib.parse.unquote_plus(self.path)}\n")
        # The name of this host goes along, so that the portal's links lead back through the recorder.
        headers = {name: value for name, value in self.headers.items() if name.lower() != "accept-encoding"}
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)) or None
        status, answered, content = _ask(self.portal, self.command, self.path, headers, body)
        self.send_response(status)
        for name, value in answered:
            if name.lower() not in OWN_HEADERS:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_told: object) -> None:
        """Nothing: the log is the file."""


for _method in ("GET", "HEAD", "OPTIONS", *WRITES):
    setattr(Recorder, f"do_{_method}", Recorder._pass_on)


def _login(token: str | None) -> dict[str, str]:
    if not token:
        return {}
    return {"Authorization": "Basic " + base64.b64encode(f"qgis:{token}".encode()).decode()}


def _ask(
    portal: str, method: str, path: str, headers: dict[str, str], body: bytes | None = None
) -> tuple[int, list[tuple[str, str]], bytes]:
    """Status, headers and content of the portal's answer; 502 where there is none."""
    connection = http.client.HTTPConnection(portal, timeout=ANSWER_SECONDS_MAX)
    try:
        connection.request(method, path, body, headers | {"Connection": "close"})
        answer = connection.getresponse()
        return answer.status, answer.getheaders(), answer.read()
    except (OSError, http.client.HTTPException) as failed:
        return 502, [("Content-Type", "text/plain")], str(failed).encode()
    finally:
        connection.close()


def record(portal: str, log: str) -> None:
    """Serve until whoever started this goes away, which closes our input."""
    Recorder.portal, Recorder.log = portal, Path(log)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Recorder)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(server.server_port, flush=True)
    sys.stdin.read()


@dataclass
class Portal:
    """The portal as QGIS sees it: through the recorder. `address` is that of its API, `token` an officer's."""

    address: str
    log: Path
    token: str | None

    def asked(self) -> list[str]:
        """What was asked since this was last called: method and address each."""
        found = self.log.read_text("utf-8").splitlines() if self.log.exists() else []
        self.log.write_text("", "utf-8")
        return found

    def get(self, path: str) -> Any:
        """A document of the API; None where it is refused."""
        status, _headers, content = self._answer("GET", path)
        return json.loads(content) if status == 200 else None

    def hits(self, cql2: str, collection: str = "parcels") -> int | None:
        """How many features the portal itself finds by a filter."""
        query = urllib.parse.urlencode({"resultType": "hits", "filter": cql2})
        found = self.get(f"/collections/{collection}/items?{query}")
        return found and found["numberMatched"]

    def allowed(self, path: str) -> set[str]:
        """The methods offered at an address."""
        _status, headers, _content = self._answer("OPTIONS", path)
        return {one.strip() for name, value in headers if name.lower() == "allow" for one in value.split(",")}

    def _answer(self, method: str, path: str) -> tuple[int, list[tuple[str, str]], bytes]:
        parts = urllib.parse.urlsplit(f"{self.address}{path}")
        where = f"{parts.path}?{parts.query}" if parts.query else parts.path
        return _ask(parts.netloc, method, where, {"Accept": "application/json"} | _login(self.token))


@contextlib.contextmanager
def recorded(target: str) -> Iterator[Portal]:
    """The portal at `target`, reached through a recorder."""
    parts = urllib.parse.urlsplit(target)
    with tempfile.TemporaryDirectory(prefix="qgis-trial-") as folder:
        log = Path(folder) / "asked.txt"
        command = [sys.executable, __file__, "--record", parts.netloc, str(log)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as recorder:
            port = int(recorder.stdout.readline()) if recorder.stdout else 0
            try:
                yield Portal(f"http://127.0.0.1:{port}{parts.path.rstrip('/')}", log, os.environ.get("TOKEN"))
            finally:
                recorder.communicate("", timeout=ANSWER_SECONDS_MAX)


class Trial:
    """One QGIS and what it made of the portal. Lines are `ok`, `FAIL`, or `--` where this version asks for less."""

    def __init__(self, portal: Portal) -> None:
        self.portal, self.failed = portal, 0

    def tell(self, what: str, right: bool, detail: object = "") -> None:
        self.failed += not right
        print(f"{'ok  ' if right else 'FAIL'} {what}: {detail}", flush=True)

    def note(self, what: str, detail: object = "") -> None:
        print(f"--   {what}: {detail}", flush=True)

    def layer(self, name: str, more: str = "") -> Any:
        from qgis.core import QgsVectorLayer

        login = f"username='qgis' password='{self.portal.token}'" if self.portal.token else ""
        return QgsVectorLayer(f"url='{self.portal.address}' typename='{name}' {login} {more}", name, "OAPIF")

    def run(self) -> int:
        """Every trial in turn; how many failed."""
        whole = self.reads()
        if whole:
            self.pushes_a_box_down(whole)
            self.filters()
            self.editing()
        return self.failed

    def reads(self) -> int:
        """The whole layer, by pages short enough that `next` has to be followed."""
        parcels = self.layer("parcels", "pageSize='100'")
        self.tell("the layer of sites opens", parcels.isValid(), parcels.crs().authid() or "there is no API")
        if not parcels.isValid():
            return 0
        self.portal.asked()
        whole = sum(1 for _ in parcels.getFeatures())
        pages = [one for one in self.portal.asked() if "/items?" in one]
        matched = self.portal.hits("TRUE")
        followed = whole == matched and len(pages) > 1
        self.tell("all sites are read through next", followed, f"{whole} of {matched} in {len(pages)} pages")
        names = {field.name() for field in parcels.fields()}
        self.tell("fields have their types", {"status", "area_m2"} <= names, _types(parcels, "status", "area_m2"))
        return whole

    def pushes_a_box_down(self, whole: int) -> None:
        from qgis.core import QgsFeatureRequest, QgsRectangle

        fresh = self.layer("parcels", "restrictToRequestBBOX='1'")
        extent = fresh.extent()
        middle = extent.center()
        self.portal.asked()
        corner = QgsRectangle(extent.xMinimum(), extent.yMinimum(), middle.x(), middle.y())
        boxed = sum(1 for _ in fresh.getFeatures(QgsFeatureRequest().setFilterRect(corner)))
        sent = [one for one in self.portal.asked() if "bbox=" in one]
        self.tell("a box is pushed down", 0 < boxed < whole and bool(sent), f"{boxed} sites by {sent[:1]}")

    def filters(self) -> None:
        """Filters of the layer: which are sent, and whether what comes back is right wherever it was picked."""
        day = "2026-06-01"
        asked = {
            "a text": ("\"status\" = 'sold'", "status = 'sold'"),
            "a number": ('"area_m2" > 100000', "area_m2 > 100000"),
            "the moment": (f"\"confirmed_at\" >= '{day}T00:00:00'", f"confirmed_at >= TIMESTAMP('{day}T00:00:00Z')"),
            "another day": (f"to_date(\"available_from\") >= '{day}'", f"available_from >= DATE('{day}')"),
        }
        for what, (expression, cql2) in asked.items():
            parcels = self.layer("parcels")
            self.portal.asked()
            taken = parcels.setSubsetString(expression)
            found = sum(1 for _ in parcels.getFeatures()) if taken else None
            sent = [one.partition("?")[2] for one in self.portal.asked()]
            narrowed = [one for one in sent if any(f"{name}=" in one for name in ("filter", "datetime", "status"))]
            where = f"asked {narrowed[-1]}" if narrowed else "picked at home by this version"
            self.tell(f"a filter by {what} finds the right sites", found == self.portal.hits(cql2), f"{found}, {where}")

    def editing(self) -> None:
        """What the portal offers to whoever asks, and whether QGIS makes editing of it."""
        name = "my-parcels" if self.portal.token else "parcels"
        found = self.portal.get(f"/collections/{name}/items?limit=1")
        number = found["features"][0]["id"] if found and found["features"] else "none"
        offered = [self.portal.allowed(f"/collections/{name}/items{more}") for more in ("", f"/{number}")]
        wanted = [{"POST"}, {"PUT", "PATCH", "DELETE"}] if self.portal.token else [set(), set()]
        right = [one & set(WRITES) == wish for one, wish in zip(offered, wanted, strict=True)]
        self.tell(f"the portal offers what it should at {name}", all(right), [" ".join(sorted(one)) for one in offered])
        self.portal.asked()
        layer = self.layer(name)
        asked = [one for one in self.portal.asked() if one.startswith("OPTIONS")]
        editing = layer.isValid() and bool(layer.dataProvider().capabilities() & _editing())
        self.tell(f"{name} opens", layer.isValid(), f"{sum(1 for _ in layer.getFeatures())} sites")
        if not self.portal.token:
            self.tell("editing is not offered to the public", not editing, f"asked {asked or 'no OPTIONS'}")
            hidden = not self.layer("my-parcels").isValid()
            self.tell("my-parcels does not open for the public", hidden, "refused" if hidden else "open")
        elif asked:
            self.tell("editing is offered to the officer", editing, f"asked {asked}")
        else:
            self.note("this version never asks whether it may edit", layer.dataProvider().capabilitiesString())


def _types(layer: Any, *names: str) -> str:
    return ", ".join(f"{name} {layer.fields().field(name).typeName()}" for name in names)


def _editing() -> int:
    from qgis.core import QgsVectorDataProvider as Provider

    return Provider.AddFeatures | Provider.DeleteFeatures | Provider.ChangeAttributeValues | Provider.ChangeGeometries


def with_qgis(do: Callable[[], int]) -> int:
    """What `do` gives while a QGIS without a window runs, in a profile of its own."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from qgis.core import Qgis, QgsApplication

    application = QgsApplication([], False)
    application.initQgis()
    print(f"QGIS {Qgis.QGIS_VERSION}", flush=True)
    try:
        return do()
    finally:
        application.exitQgis()


def main() -> int:
    if len(sys.argv) != 2 or not sys.argv[1].startswith("http://"):
        print(__doc__, file=sys.stderr)
        return 2
    faulthandler.dump_traceback_later(SECONDS_MAX, exit=True)
    with recorded(sys.argv[1]) as portal:
        return 1 if with_qgis(Trial(portal).run) else 0


if __name__ == "__main__":
    if sys.argv[1:2] == ["--record"]:
        record(*sys.argv[2:4])
    else:
        sys.exit(main())
