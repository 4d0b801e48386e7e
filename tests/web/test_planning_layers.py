"""The planners' pages of layers through HTTP: upload, look, publish, replace, take down; a stranger finds nothing."""

import dataclasses
import io
import json
import re

import pytest
import shapely
from sqlalchemy import func, select

from landportal import db
from landportal.config import read_settings
from landportal.model import Account, ContextLayer, LayerFeature, LayerUpload
from landportal.services import layer_uploads
from landportal.services.deliveries import receiving
from landportal.services.tasks import TASKS
from landportal.services.tasks.task import Work
from landportal.web import create_app
from tests.conftest import Land, add_account, signed_in

SQUARE = shapely.box(11.0, 50.9, 11.01, 50.91)
BOW_TIE = shapely.Polygon([(11, 50), (11.1, 50.1), (11.1, 50), (11, 50.1)])
FACTS = {
    "name": "vorrang", "title_de": "Vorranggebiete", "licence": "dl-de/by-2-0", "attribution": "© Regionalverband",
    "audience": "all",
}  # fmt: skip


def geojson(*shapes, **properties):
    features = [
        {"type": "Feature", "properties": {"id": f"V{at}", "Größe": at, **properties},
         "geometry": shapely.geometry.mapping(shape)}
        for at, shape in enumerate(shapes)
    ]  # fmt: skip
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


class Unread:
    """The body of a request that nobody may read."""

    def read(self, *_size):
        raise AssertionError("the body was read")

    readline = readlines = read


class Portal:
    """The application on a store with planners of two municipalities, its jobs done by hand."""

    def __init__(self, url, settings, folder):
        environ = {"LANDPORTAL_DATABASE_URL": url, "LANDPORTAL_BASEMAP": "none", "LANDPORTAL_SECRET_KEY": "tests",
                   "LANDPORTAL_INSTANCE": str(folder)}  # fmt: skip
        self.app, self.folder = create_app(read_settings(environ)), folder
        self.owner = db.connect(url, settings)
        self.engine = db.connect(url, settings, role=db.APPLICATION_ROLE)
        self.work = Work(dataclasses.replace(settings, instance=folder), self.engine)
        with db.transaction(self.owner) as session:
            Land(session)
            self.accounts = {
                name: add_account(session, role, ags=ags, password="x").id
                for name, role, ags in (
                    ("own", "planner", "16067089"), ("other", "planner", "16067072"),
                    ("officer", "officer", "16067089"),
                )
            }  # fmt: skip

    def client(self, who="own"):
        with db.transaction(self.owner) as session:
            return signed_in(self.app, session.get_one(Account, self.accounts[who]))

    def post(self, client, path, page, **fields):
        token = re.search(r'name="csrf_token" value="([^"]+)"', client.get(page).text).group(1)
        return client.post(path, data={"csrf_token": token, **fields}, content_type="multipart/form-data")

    def upload(self, client, content, name="vorrang.geojson", **fields):
        file = (io.BytesIO(content), name)
        answer = self.post(client, "/de/planning/layers/new", "/de/planning/layers/new", file=file, **fields)
        assert answer.status_code == 303, answer.text
        self.run("look_at_layer")
        return answer.location

    def settle(self, client, address, do, run=None, **fields):
        answer = self.post(client, address, address, do=do, **fields)
        if run:
            self.run(run)
        return answer

    def published(self, client, content, **fields):
        address = self.upload(client, content, **fields)
        self.settle(client, address, "publish", "publish_layer", **FACTS)
        return address

    def run(self, task):
        with db.transaction(self.owner) as session:
            latest = session.scalar(select(func.max(LayerUpload.id)))
        TASKS[task].run(self.work, upload_id=latest)

    def layer(self, name="vorrang"):
        with db.transaction(self.owner) as session:
            return session.scalar(select(ContextLayer).where(ContextLayer.name == name))

    def close(self):
        self.app.extensions["landportal"].engine.dispose()
        self.engine.dispose()
        self.owner.dispose()


@pytest.fixture
def portal(database_url, settings, tmp_path):
    portal = Portal(database_url, settings, tmp_path)
    yield portal
    portal.close()


def test_a_file_is_looked_at_published_replaced_and_taken_down(portal):
    client = portal.client()
    address = portal.upload(client, geojson(SQUARE, BOW_TIE))
    page = client.get(address).text
    assert "Größe" in page
    assert "<code>Groesse</code>" in page
    assert "ganze Zahl" in page
    assert len(client.get(f"{address}/shapes.geojson").json["features"]) == 2
    assert "gelesen, nicht veröffentlicht" in client.get("/de/planning/layers").text
    assert portal.layer() is None
    answer = portal.settle(client, address, "publish", **FACTS, key="id")
    assert answer.location == address
    assert "wird veröffentlicht" in client.get(address).text
    assert client.get(f"{address}/progress.json").json["next"] is None
    portal.run("publish_layer")
    assert client.get(f"{address}/progress.json").json["next"] == address
    page = client.get(address).text
    assert "1 Objekt" in page
    assert "Zeilen: 2" in page
    layer = portal.layer()
    assert (layer.feature_count, layer.key_field, layer.title_en) == (1, "id", "Vorranggebiete")
    assert layer.kept_by_id is not None
    assert "Vorranggebiete" in client.get("/de/planning/layers").text
    assert client.get("/api/collections/vorrang/items").json["features"][0]["id"] == "V0"

    again = portal.upload(client, geojson(SQUARE, SQUARE, SQUARE), replace="vorrang")
    assert 'value="Vorranggebiete"' in client.get(again).text
    portal.settle(
        client, again, "publish", "publish_layer", **{**FACTS, "name": "ignored", "audience": "own"}, key="id"
    )
    layer = portal.layer()
    assert (layer.feature_count, layer.delivery, layer.organisation_id) == (3, 2, layer.kept_by_id)
    assert portal.app.test_client().get("/api/collections/vorrang").status_code == 404

    down = "/de/planning/layers/vorrang/take-down"
    assert "3 Objekte" in client.get(down).text
    assert portal.post(client, down, down).location == "/de/planning/layers"
    assert portal.layer() is None
    assert "„Vorranggebiete“ ist zurückgezogen" in client.get("/de/planning/layers").text


def test_a_delivery_whose_file_lacks_the_key_asks_for_another(portal):
    client = portal.client()
    address = portal.upload(client, geojson(SQUARE))
    portal.settle(client, address, "publish", "publish_layer", **FACTS, key="id")
    content = geojson(SQUARE, SQUARE).replace(b'"id"', b'"nr"')
    again = portal.upload(client, content, replace="vorrang")
    assert '<option value="nr">' in client.get(again).text
    portal.settle(client, again, "publish", "publish_layer", **FACTS, key="nr")
    assert (portal.layer().key_field, portal.layer().feature_count) == ("nr", 2)


def test_what_is_wrong_in_the_form_is_told_at_its_field_and_kept(portal):
    client = portal.client()
    address = portal.upload(client, geojson(SQUARE))
    wrong = {"name": "Lärm!", "title_de": "", "licence": "x" * 400, "attribution": "y", "licence_url": "javascript:1",
             "data_date": "31.31.2026", "key": "nr", "audience": "all"}  # fmt: skip
    answer = portal.settle(client, address, "publish", **wrong)
    assert answer.status_code == 422
    for name in ("name", "title_de", "licence", "licence_url", "data_date", "key"):
        assert f'id="f-{name}-problem"' in answer.text, name
    assert 'value="y"' in answer.text
    taken = portal.settle(client, address, "publish", **{**FACTS, "name": "parcels"})
    assert taken.status_code == 422
    assert portal.layer() is None


def test_a_file_with_several_layers_asks_which_and_reads_that_one(portal, tmp_path):
    import numpy as np
    import pyogrio

    path = tmp_path / "two.gpkg"
    for at, name in enumerate(("nord", "sued")):
        wkb = np.array([shapely.to_wkb(SQUARE)] * (at + 1), dtype=object)
        pyogrio.raw.write(path, wkb, [np.array(["x"] * (at + 1), dtype=object)], ["a"], layer=name, crs="EPSG:4326",
                          geometry_type="Polygon", append=at > 0, driver="GPKG")  # fmt: skip
    client = portal.client()
    address = portal.upload(client, path.read_bytes(), "two.gpkg")
    page = client.get(address).text
    assert '<option value="sued">' in page
    portal.settle(client, address, "look", "look_at_layer", layer="sued", crs="", encoding="")
    assert "2 Zeilen" in client.get(address).text


def test_a_file_that_is_none_says_why_and_can_be_discarded(portal):
    client = portal.client()
    address = portal.upload(client, b"nonsense", "x.gpkg")
    assert "x.gpkg" in client.get(address).text
    assert portal.settle(client, address, "publish", **FACTS).location == address
    assert portal.layer() is None
    assert portal.settle(client, address, "discard").location == "/de/planning/layers"
    assert "verworfen" in client.get(address).text
    assert portal.settle(client, "/de/planning/layers/new", "look").status_code == 422


def test_without_a_file_the_page_says_so(portal):
    client = portal.client()
    answer = portal.post(client, "/de/planning/layers/new", "/de/planning/layers/new")
    assert answer.status_code == 422
    assert 'id="file-problem"' in answer.text
    empty = portal.post(
        client, "/de/planning/layers/new", "/de/planning/layers/new", file=(io.BytesIO(b""), "x.geojson")
    )
    assert empty.status_code == 422


def test_what_is_too_large_is_refused_unread(portal):
    limit = receiving.UPLOAD_MAX_BYTES + 1_000_000
    body = {"wsgi.input": Unread(), "CONTENT_LENGTH": str(limit)}
    answer = portal.client().post(
        "/de/planning/layers/new", content_type="multipart/form-data; boundary=x", environ_overrides=body
    )
    assert answer.status_code == 413
    assert "200" in answer.text


def test_nobody_else_sees_an_upload_or_takes_a_layer(portal):
    client, other = portal.client(), portal.client("other")
    address = portal.published(client, geojson(SQUARE))
    for path in (address, f"{address}/shapes.geojson", f"{address}/progress.json"):
        assert other.get(path).status_code == 404
    assert other.get("/de/planning/layers/vorrang/take-down").status_code == 403
    assert other.get("/de/planning/layers/new?replace=vorrang").status_code == 403
    assert other.get("/de/planning/layers/new?replace=nothing").status_code == 404
    page = other.get("/de/planning/layers").text
    assert "Vorranggebiete" in page
    assert "take-down" not in page
    assert portal.client("officer").get("/de/planning/layers").status_code == 403
    assert portal.app.test_client().get("/de/planning/layers").status_code == 303


def test_a_second_click_finds_the_work_under_way(portal):
    client = portal.client()
    address = portal.upload(client, geojson(SQUARE))
    portal.settle(client, address, "publish", **FACTS)
    token = re.search(r'name="csrf-token" content="([^"]+)"', client.get(address).text).group(1)
    again = client.post(address, data={"csrf_token": token, "do": "publish", **FACTS})
    assert again.location == address
    portal.run("publish_layer")
    portal.run("publish_layer")
    assert portal.layer().delivery == 1


def test_a_name_somebody_else_took_meanwhile_is_told(portal):
    other = portal.client("other")
    address = portal.upload(other, geojson(SQUARE))
    portal.settle(other, address, "publish", "publish_layer", **{**FACTS, "audience": "own"})
    client = portal.client()
    address = portal.upload(client, geojson(SQUARE, SQUARE))
    portal.settle(client, address, "publish", "publish_layer", **FACTS)
    page = client.get(address).text
    assert "heißt im Portal schon etwas anderes" in page
    assert 'value="vorrang"' in page
    assert portal.layer().feature_count == 1


def test_files_go_when_an_upload_is_over(portal):
    import datetime as dt

    client = portal.client()
    portal.published(client, geojson(SQUARE))
    (folder,) = (portal.folder / layer_uploads.FOLDER).iterdir()
    assert [path.name for path in folder.iterdir()] == ["vorrang.geojson"]
    with db.transaction(portal.engine) as session:
        assert layer_uploads.purge(session, portal.folder, dt.datetime.now(dt.UTC)) == 1
    assert list((portal.folder / layer_uploads.FOLDER).iterdir()) == []
    with db.transaction(portal.owner) as session:
        assert session.scalar(select(func.count()).select_from(LayerFeature)) == 1


@pytest.mark.parametrize("lang", ["de", "en"])
def test_pages_stand_in_both_languages(portal, lang):
    client = portal.client()
    address = portal.published(client, geojson(SQUARE, BOW_TIE)).replace("/de/", f"/{lang}/")
    paths = ("layers", "layers/new", "layers/new?replace=vorrang", "layers/vorrang/take-down")
    for path in (address, *(f"/{lang}/planning/{path}" for path in paths)):
        assert client.get(path).status_code == 200, path
