"""Tries the API with a headless QGIS: /usr/bin/python3 script/qgis_trial.py http://127.0.0.1:8000/api [token]

Needs Debian's `python3-qgis`. Between QGIS and the portal stands a recorder, so that what is printed is what really was
asked. Prints a line for each thing tried and ends with 1 if one failed. With a token of an officer it also looks whether
editing is offered, and without one that it is not.
"""

from __future__ import annotations

import base64
import http.server
import multiprocessing
import os
import sys
import urllib.error
import urllib.parse
import urllib.request


def record(target: str, token: str | None, port, asked) -> None:
    """Hand every request on to `target`, with the token, and keep its method and address."""
    root = urllib.parse.urlsplit(target)

    class Recorder(http.server.BaseHTTPRequestHandler):
        def answer(self) -> None:
            asked.append(f"{self.command} {urllib.parse.unquote_plus(self.path)}")
            headers = {name: value for name, value in self.headers.items() if name != "Accept-Encoding"}
            if token:
                headers["Authorization"] = "Basic " + base64.b64encode(f"token:{token}".encode()).decode()
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)) or None
            address = f"{root.scheme}://{root.netloc}{self.path}"
            wanted = urllib.request.Request(address, body, headers, method=self.command)
            try:
                found = urllib.request.urlopen(wanted, timeout=60)
            except urllib.error.HTTPError as refused:
                found = refused
            content = found.read()
            self.send_response(found.status)
            for name, value in found.headers.items():
                if name.lower() not in {"transfer-encoding", "connection", "content-length"}:
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_HEAD = do_OPTIONS = do_POST = do_PUT = do_PATCH = do_DELETE = answer

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Recorder)
    port.put(server.server_port)
    server.serve_forever()


def trial(address: str, asked, officer: bool) -> int:
    """Every trial; how many failed."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from qgis.core import QgsApplication, QgsFeatureRequest, QgsRectangle, QgsVectorLayer, Qgis

    application = QgsApplication([], False)
    application.initQgis()
    failed = 0

    def tell(what: str, right: bool, detail: object = "") -> None:
        nonlocal failed
        failed += not right
        print(f"{'ok  ' if right else 'FAIL'} {what} {detail}", flush=True)

    def layer(name: str, more: str = "") -> QgsVectorLayer:
        return QgsVectorLayer(f"url='{address}' typename='{name}' {more}", name, "OAPIF")

    print(f"QGIS {Qgis.QGIS_VERSION}")
    parcels = layer("parcels")
    tell("the layer of sites is valid", parcels.isValid(), parcels.error().message())
    whole = sum(1 for _ in parcels.getFeatures())
    tell("all sites are read through next", whole == parcels.featureCount() > 0, whole)
    tell("their CRS is known", parcels.crs().isValid(), parcels.crs().authid())

    del asked[:]
    extent = parcels.extent()
    corner = QgsRectangle(extent.xMinimum(), extent.yMinimum(), extent.center().x(), extent.center().y())
    fresh = layer("parcels", "restrictToRequestBBOX='1'")
    boxed = sum(1 for _ in fresh.getFeatures(QgsFeatureRequest().setFilterRect(corner)))
    sent = [one for one in asked if "bbox=" in one]
    tell("a box is pushed down", 0 < boxed < whole and bool(sent), sent[:1])

    del asked[:]
    filtered = layer("parcels", "sql=SELECT * FROM parcels WHERE status = 'sold'")
    filtered = filtered if filtered.isValid() else layer("parcels")
    taken = filtered.subsetString() != "" or filtered.setSubsetString("\"status\" = 'sold'")
    sold = sum(1 for _ in filtered.getFeatures())
    sent = [one for one in asked if "filter=" in one or "status=" in one]
    tell("a filter is pushed down" if taken else "this QGIS filters at home", bool(sent) == taken, (sold, sent[:1]))

    mine = layer("my-parcels") if officer else parcels
    abilities = mine.dataProvider().capabilitiesString() if mine.isValid() else "(no such layer)"
    allowed = {method for one in asked for method in one.split()[:1]}
    changing = bool(mine.isValid() and mine.dataProvider().capabilities() & mine.dataProvider().ChangeAttributeValues)
    tell(f"editing is {'offered' if changing else 'not offered'}", officer or not changing, (abilities, sorted(allowed)))
    application.exitQgis()
    return failed


def main() -> int:
    target, token = sys.argv[1].rstrip("/"), sys.argv[2] if len(sys.argv) > 2 else None
    context = multiprocessing.get_context("fork")
    manager = context.Manager()
    port, asked = manager.Queue(), manager.list()
    recorder = context.Process(target=record, args=(target, token, port, asked), daemon=True)
    recorder.start()
    address = f"http://127.0.0.1:{port.get()}{urllib.parse.urlsplit(target).path}"
    try:
        return 1 if trial(address, asked, token is not None) else 0
    finally:
        recorder.terminate()


if __name__ == "__main__":
    sys.exit(main())
