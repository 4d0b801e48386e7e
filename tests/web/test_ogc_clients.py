"""Programs that other people wrote read the API: GDAL by its two ways in, OWSLib, and the outside test suites."""

from __future__ import annotations

import json
import multiprocessing
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from urllib.parse import unquote_plus

import pyogrio
import pytest
from flask import Flask, request
from geopandas import GeoDataFrame
from openapi_spec_validator import validate
from owslib.ogcapi.features import Features
from sqlalchemy import create_engine, text
from werkzeug.serving import make_server

from landportal.config import read_settings
from landportal.web import create_app

MANY = 25_000


@dataclass
class Served:
    """A real server on loopback, and the addresses it was asked for, decoded."""

    address: str
    asked: list[str] = field(default_factory=list)

    @property
    def gdal(self) -> str:
        return f"OAPIF:{self.address}"

    def items_asked(self, collection: str) -> list[str]:
        return [one for one in self.asked if one.startswith(f"/api/collections/{collection}/items")]


@pytest.fixture(scope="module")
def read() -> Iterator[Callable[..., GeoDataFrame]]:
    """pyogrio in a process of its own: GDAL keeps the interpreter's lock while it waits for our answer."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as process:
        yield lambda served, layer, **wanted: process.submit(
            pyogrio.read_dataframe, served.gdal, layer=layer, **wanted
        ).result(timeout=120)


@pytest.fixture(scope="module")
def serve() -> Iterator[Callable[[Flask], Served]]:
    """A function that serves an application until the module's tests are over."""
    running = []

    def start(app: Flask) -> Served:
        server = make_server("127.0.0.1", 0, app, threaded=True)
        served = Served(f"http://127.0.0.1:{server.port}/api")
        app.before_request(lambda: served.asked.append(unquote_plus(request.full_path)))
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        running.append((server, thread))
        return served

    yield start
    for server, thread in running:
        server.shutdown()
        thread.join()


def application(url: str) -> Flask:
    environ = {"LANDPORTAL_DATABASE_URL": url, "LANDPORTAL_BASEMAP": "none", "LANDPORTAL_SECRET_KEY": "tests"}
    return create_app(read_settings(environ))


@pytest.fixture(scope="module")
def _sample(serve, sample_url):
    return serve(application(sample_url))


@pytest.fixture
def sample(_sample):
    """The sample data, served; nothing has been asked yet."""
    _sample.asked.clear()
    return _sample


@pytest.fixture(scope="module")
def many(serve, clone):
    """A layer of 25,000 points, served."""
    url = clone("empty")
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("""
            with layer as (insert into context_layer (name, title_de, title_en, licence, attribution, source_file, srid,
                geometry_kind,
                fields, delivery, feature_count)
            values ('many', 'Viele', 'Many', 'CC0-1.0', 'tests', 'many.gpkg', 25832, 'point',
                '[{"name": "n", "source_name": "n", "kind": "integer", "title": "n"},
                  {"name": "properties", "source_name": "properties", "kind": "text", "title": "sort"}]',
                1, :many) returning id)
            insert into layer_feature (layer_id, delivery, key, properties, geom)
            select layer.id, 1, n::text,
                jsonb_build_object('n', n, 'properties', case when n % 100 = 0 then 'rare' else 'common' end),
                st_setsrid(st_makepoint(600000 + n % 200 * 100, 5600000 + n / 200 * 100), 25832)
            from layer, generate_series(1, :many) n"""), {"many": MANY})  # fmt: skip
        connection.execute(text("analyze layer_feature"))
    engine.dispose()
    return serve(application(url))


def test_pyogrio_reads_every_row_of_a_long_collection(many, read):
    found = read(many, "many", read_geometry=False)
    assert len(found) == MANY
    assert sorted(found["n"]) == list(range(1, MANY + 1))


def test_ogrinfo_counts_and_reads_every_row_of_a_long_collection(many):
    if not shutil.which("ogrinfo"):
        pytest.skip("ogrinfo is not installed")
    told = subprocess.run(
        ["ogrinfo", "-ro", "-q", many.gdal, "-sql", "select count(*) as n, max(n) as most from many"],
        capture_output=True, text=True, check=True, timeout=120,
    ).stdout  # fmt: skip
    assert re.search(rf"n \(Integer.*\) = {MANY}\b", told)
    assert re.search(rf"most \(Integer.*\) = {MANY}\b", told)


def test_gdal_pushes_an_attribute_filter_of_a_layer_down_to_us(many, read):
    many.asked.clear()
    found = read(many, "many", where="properties = 'rare'")
    assert len(found) == MANY / 100
    assert any("filter=" in one and "properties" in one and "rare" in one for one in many.items_asked("many"))


def test_gdal_pushes_filter_and_box_down_to_us(sample, read):
    whole = read(sample, "parcels")
    sold = read(sample, "parcels", where="status = 'sold'")
    large = read(sample, "parcels", where="area_m2 >= 100000 AND status <> 'sold'")
    box = tuple(whole.total_bounds[:2]) + tuple((whole.total_bounds[:2] + whole.total_bounds[2:]) / 2)
    boxed = read(sample, "parcels", bbox=box)
    assert 0 < len(sold) == (whole["status"] == "sold").sum()
    assert 0 < len(large) == ((whole["area_m2"] >= 100000) & (whole["status"] != "sold")).sum()
    assert 0 < len(boxed) < len(whole)
    asked = sample.items_asked("parcels")
    assert any("status = 'sold'" in one or "status=sold" in one for one in asked)
    assert any("area_m2 >= 100000" in one for one in asked)
    assert any("bbox=" in one for one in asked)


def test_gdal_reads_the_stored_coordinates_to_the_millimetre(sample, read, sample_engine):
    found = read(sample, "parcels").set_index("number").geometry
    assert found.crs.to_epsg() == 25832
    with sample_engine.connect() as connection:
        stored = connection.execute(text("select number, st_area(geom) from parcel where status <> 'withdrawn'")).all()
    assert len(found) == len(stored) > 300
    assert all(abs(found[number].area - area) < 0.5 for number, area in stored)


def test_owslib_reads_collections_schema_and_filtered_items(sample):
    service = Features(sample.address)
    assert "parcels" in service.feature_collections()
    assert "status" in service.collection_queryables("parcels")["properties"]
    sold = service.collection_items("parcels", filter="status = 'sold'", limit=1000)
    assert sold["numberReturned"] == sold["numberMatched"] > 0
    assert {feature["properties"]["status"] for feature in sold["features"]} == {"sold"}
    assert any("filter=status = 'sold'" in one for one in sample.items_asked("parcels"))


def test_the_official_tests_of_features_core_all_pass(sample):
    told = subprocess.run(
        [sys.executable, "-m", "ogctests", "features/core", "-v", "True", "-i", sample.address],
        capture_output=True, text=True, check=False, timeout=120,
    ).stdout  # fmt: skip
    assert "29 passed" in told, told


def test_the_description_is_valid_openapi_in_both_languages(client):
    for language in ("de", "en"):
        answer = client.get("/api/openapi.json", headers={"Accept-Language": language})
        validate(json.loads(answer.data))


def test_a_box_of_a_layer_finds_by_index_what_it_finds_without(many, read):
    east, north = 601_050, 5_601_050
    boxed = read(many, "many", bbox=(600_000, 5_600_000, east, north))
    inside = [n for n in range(1, MANY + 1) if 600_000 + n % 200 * 100 <= east and 5_600_000 + n // 200 * 100 <= north]
    assert sorted(boxed["n"]) == inside
    assert any("bbox=" in one for one in many.items_asked("many"))
