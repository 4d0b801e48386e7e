"""Published layers over HTTP: as a collection with its own columns, as tiles, in the map's list; and who sees them."""

import json
import math

import mapbox_vector_tile
import pytest
import shapely

from landportal import db
from landportal.config import read_settings
from landportal.services.layer_imports import Audience, LayerFacts, LayerRequest, publish, take_down
from landportal.web import create_app
from tests.conftest import Land, add_account, signed_in

FACTS = LayerFacts(
    title_de="Vorranggebiete", title_en="Priority areas", licence="dl-de/by-2-0", attribution="© Regionalverband"
)
LON, LAT = 11.005, 50.905
SQUARE = shapely.box(11.0, 50.9, 11.01, 50.91)
FULL = {
    "Größe (m²)": 12, 'say "hi"': "a 'quoted' word", "select": "from", "limit": 5, "open": True, "day": "2026-01-31",
    "seen": "2026-01-31T10:00:00Z", "uses": ["GE", "GI"], "part": 0.5,
}  # fmt: skip
NAMES = ["Groesse_m2", "say_hi", "select", "limit_", "open", "day", "seen", "uses", "part"]


class Store:
    """A store with planners of two municipalities, and the application on it."""

    def __init__(self, url, folder):
        self.folder = folder
        settings = read_settings(
            {"LANDPORTAL_DATABASE_URL": url, "LANDPORTAL_BASEMAP": "none", "LANDPORTAL_SECRET_KEY": "tests"}
        )
        self.owner = db.connect(url, settings)
        self.app = create_app(settings)
        with db.transaction(self.owner) as session:
            Land(session)
            self.planners = [add_account(session, "planner", ags=ags, password="x") for ags in ("16067089", "16067072")]

    def publish(self, *features, name="vorrang", **options):
        path = self.folder / f"{name}.geojson"
        path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
        with db.transaction(self.owner) as session:
            return publish(session, LayerRequest(path, name, FACTS, **options))

    def take_down(self, name):
        with db.transaction(self.owner) as session:
            take_down(session, name)

    def get(self, address, by=None, **options):
        client = self.app.test_client() if by is None else signed_in(self.app, self.planners[by])
        return client.get(address, **options)

    def close(self):
        self.app.extensions["landportal"].engine.dispose()
        self.owner.dispose()


def feature(shape=SQUARE, **properties):
    return {"type": "Feature", "properties": properties, "geometry": shape and shapely.geometry.mapping(shape)}


@pytest.fixture(scope="module")
def store(clone, tmp_path_factory):
    store = Store(clone("empty"), tmp_path_factory.mktemp("layers"))
    yield store
    store.close()


@pytest.fixture(scope="module")
def mixed(store):
    """A layer of every kind of column and shape."""
    shapes = (SQUARE, shapely.LineString([(11, 50.9), (11.01, 50.91)]), shapely.Point(LON, LAT), None)
    store.publish(feature(**FULL), *[feature(shape, **dict.fromkeys(FULL)) for shape in shapes])
    return "/api/collections/vorrang"


def tile_at(z, lon=LON, lat=LAT):
    x = int((lon + 180) / 360 * 2**z)
    y = int((1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * 2**z)
    return f"{z}/{x}/{y}.mvt"


def test_a_layer_is_a_collection_with_its_own_columns(store, mixed):
    told = store.get(mixed, headers={"Accept-Language": "en"}).json
    assert (told["title"], told["attribution"]) == ("Priority areas", "© Regionalverband")
    assert told["extent"]["spatial"]["bbox"][0] == pytest.approx([11.0, 50.9, 11.01, 50.91], abs=1e-3)
    assert "vorrang" in {one["id"] for one in store.get("/api/collections").json["collections"]}
    schema = store.get(f"{mixed}/schema").json["properties"]
    assert [name for name in schema if name in NAMES] == NAMES
    assert schema["Groesse_m2"]["title"] == "Größe (m²)"


def test_values_come_out_as_they_went_in(store, mixed):
    page = store.get(f"{mixed}/items?limit=100").json
    assert page["numberMatched"] == 5
    assert page["features"][0]["id"] == "1"
    assert list(page["features"][0]["properties"]) == NAMES
    moment = page["features"][0]["properties"].pop("seen")
    assert moment.startswith("2026-01-31T10:00:00")
    wanted = {**dict(zip(NAMES, FULL.values(), strict=True))}
    del wanted["seen"]
    assert page["features"][0]["properties"] == wanted
    assert set(page["features"][1]["properties"].values()) == {None}
    kinds = [one["geometry"] and one["geometry"]["type"] for one in page["features"]]
    assert kinds == ["Polygon", "Polygon", "LineString", "Point", None]


@pytest.mark.parametrize(
    "query", ["Groesse_m2=12", "say_hi=a 'quoted' word", "select=from", "limit_=5", "open=true", "day=2026-01-31"]
)
def test_every_column_can_be_asked_for(store, mixed, query):
    name, _, value = query.partition("=")
    assert store.get(f"{mixed}/items", query_string={name: value}).json["numberMatched"] == 1


def test_one_feature_has_an_address(store, mixed):
    assert store.get(f"{mixed}/items/3").json["geometry"]["type"] == "LineString"
    assert store.get(f"{mixed}/items/99").status_code == 404


def test_a_tile_holds_the_shapes_with_their_first_attributes_and_keys(store, mixed):
    answer = store.get(f"/tiles/layer/vorrang/{tile_at(14)}")
    assert answer.mimetype == "application/vnd.mapbox-vector-tile"
    layer = mapbox_vector_tile.decode(answer.data)["features"]
    by_key = {one["properties"]["@id"]: one for one in layer["features"]}
    assert set(by_key) == {"1", "2", "3", "4"}
    assert {key: one["geometry"]["type"] for key, one in by_key.items()} == {
        "1": "Polygon", "2": "Polygon", "3": "LineString", "4": "Point",
    }  # fmt: skip
    told = by_key["1"]["properties"]
    assert (told["Groesse_m2"], told["open"], told["part"], told["day"]) == (12, True, 0.5, "2026-01-31")
    assert "uses" not in told


def test_tiles_carry_few_attributes(store):
    store.publish(feature(**{f"a{at}": at for at in range(40)}), name="wide")
    answer = store.get(f"/tiles/layer/wide/{tile_at(12)}")
    (one,) = mapbox_vector_tile.decode(answer.data)["features"]["features"]
    assert len(one["properties"]) == 13


def test_from_afar_one_of_many_small_shapes_stands_for_its_neighbours(store):
    many = [shapely.Point(LON + at / 100_000, LAT) for at in range(200)]
    store.publish(*map(feature, (*many, SQUARE)), name="many")

    def shown(z):
        answer = store.get(f"/tiles/layer/many/{tile_at(z)}")
        return [one["geometry"]["type"] for one in mapbox_vector_tile.decode(answer.data)["features"]["features"]]

    assert 1 <= shown(9).count("Point") < 5
    assert shown(9).count("Polygon") == 1
    assert shown(14).count("Point") == 200


def test_a_tile_is_true_until_the_next_delivery(store):
    address = f"/tiles/layer/moving/{tile_at(12)}"
    store.publish(feature(a=1), name="moving")
    first = store.get(address)
    validator = {"If-None-Match": first.headers["ETag"]}
    assert store.get(address, headers=validator).status_code == 304
    store.publish(feature(a=2), name="moving")
    second = store.get(address, headers=validator)
    assert second.status_code == 200
    (one,) = mapbox_vector_tile.decode(second.data)["features"]["features"]
    assert one["properties"]["a"] == 2
    store.take_down("moving")
    assert store.get(address).status_code == 404


def test_an_empty_tile_is_204_and_a_wrong_address_is_told(store, mixed):
    assert store.get("/tiles/layer/vorrang/5/0/0.mvt").status_code == 204
    assert store.get("/tiles/layer/vorrang/5/99/0.mvt").status_code in {400, 422}
    assert store.get("/tiles/layer/vorrang/5/0/0.mvt?x=1").status_code in {400, 422}
    assert store.get("/tiles/layer/nothing/5/0/0.mvt").status_code == 404


def test_what_an_organisation_keeps_to_itself_nobody_else_sees(store):
    own = store.planners[0].organisation_id
    store.publish(feature(secret="x"), name="internal", audience=Audience(own))
    tile = f"/tiles/layer/internal/{tile_at(12)}"
    addresses = ("/api/collections/internal", "/api/collections/internal/items", "/api/collections/internal/items/1")
    for address in (*addresses, tile):
        assert store.get(address).status_code == 404
        assert store.get(address, by=1).status_code == 404
        assert store.get(address, by=0).status_code == 200
    assert "public" not in store.get(tile, by=0).headers["Cache-Control"]
    for by, seen in ((None, False), (1, False), (0, True)):
        listed = store.get("/api/collections", by=by).json["collections"]
        assert ("internal" in {one["id"] for one in listed}) is seen
        assert ("internal" in {one["name"] for one in store.get("/en/map/layers.json", by=by).json["layers"]}) is seen


def test_the_map_lists_layers_with_what_it_shows_of_them(store, mixed):
    answer = store.get("/de/map/layers.json")
    one = next(layer for layer in answer.json["layers"] if layer["name"] == "vorrang")
    assert (one["title"], one["attribution"]) == ("Vorranggebiete", "© Regionalverband, dl-de/by-2-0")
    assert one["tiles"] == "/tiles/layer/vorrang/{z}/{x}/{y}.mvt"
    assert one["items"] == "/api/collections/vorrang/items"
    assert one["fields"][0] == ["Groesse_m2", "Größe (m²)"]
    again = store.get("/de/map/layers.json", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304
    store.publish(feature(), name="another")
    assert store.get("/de/map/layers.json", headers={"If-None-Match": answer.headers["ETag"]}).status_code == 200
