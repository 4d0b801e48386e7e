"""Every format read back and compared with the store: count, each attribute, shape; roles, filters and refusals."""

from __future__ import annotations

import csv
import dataclasses
import hashlib
import io
import json
import re
import sqlite3
import uuid
import zipfile
from pathlib import Path

import pyarrow.parquet
import pyogrio
import pyproj
import pytest
import shapely
from sqlalchemy import select
from sqlalchemy.orm import Session

from landportal.errors import NotAllowed
from landportal.gis.fields import Kind
from landportal.model import Parcel
from landportal.services.collections.parcel_fields import public_fields
from landportal.services.exports import FORMATS, ExportRefused, Scope, writing
from landportal.services.exports.record import Asked
from landportal.services.permissions import actor_of
from landportal.services.search import BoundingBox, SearchCriteria
from landportal.services.search.where import where
from tests.conftest import Land
from tests.services.exported import (
    ASKED,
    NASTY,
    as_file_says,
    exported,
    far_apart,
    fill,
    read_back,
    request,
    same,
    stored,
    told,
)

NO_TEXT_WITH = re.compile(r"[\x01-\x08\x0b\x0c\x0e-\x1f]")


def in_xml(text: str) -> str:
    """A text as XML keeps it: without control characters, every line break the same."""
    decoded = re.sub(r"_x00([01][0-9A-F])_", lambda code: chr(int(code[1], 16)), text)  # as Excel reads a cell
    return NO_TEXT_WITH.sub("", decoded).replace("\r\n", "\n")


@pytest.fixture
def filled(session: Session, land: Land) -> Session:
    fill(land)
    return session


def compare(session: Session, rows: list, shapes: list, srid: int, near: float, *, clean: bool = False) -> None:
    """Every stored parcel is there once, with each value and within `near` of its shape."""
    fields = public_fields()
    expected = stored(session, fields, srid)
    assert sorted(row["number"] for row in rows) == sorted(expected)
    for row, shape in zip(rows, shapes, strict=True):
        values, there = expected[row["number"]]
        for field in fields:
            wanted = as_file_says(field.kind, values[field.name])
            if clean and isinstance(wanted, str):
                wanted = in_xml(wanted)
            got = told(field.kind, row[field.name])
            if clean and isinstance(got, str):
                got = in_xml(got)
            assert same(got, wanted), (row["number"], field.name)
        assert far_apart(shapely.multipolygons([shape]) if shape.geom_type == "Polygon" else shape, there) < near


@pytest.mark.parametrize("srid", [25832, 25833, 31468, 4326, 3857])
@pytest.mark.parametrize("format_", ["gpkg", "flatgeobuf"])
def test_a_file_of_gdal_holds_what_the_store_holds(filled: Session, tmp_path: Path, format_: str, srid: int) -> None:
    path = exported(filled, tmp_path, request(format_, str(srid)))
    meta, rows, shapes = read_back(path)
    assert meta["crs"] == f"EPSG:{srid}"
    compare(filled, rows, shapes, srid, 1e-3 if srid != 4326 else 1e-8)


@pytest.mark.parametrize(("format_", "near"), [("gpkg", 1e-3), ("gml", 1e-3), ("kml", 1e-8)])
def test_all_of_the_sample_land_is_read_back(
    sample_session: Session, tmp_path: Path, format_: str, near: float
) -> None:
    path = exported(sample_session, tmp_path, request(format_))
    if format_ == "gml":
        with zipfile.ZipFile(path) as archive:
            archive.extractall(tmp_path)
        path = tmp_path / "parcels.gml"
    _, rows, shapes = read_back(path)
    compare(sample_session, rows, shapes, 4326 if format_ == "kml" else 25832, near)


def test_geojson_holds_what_the_store_holds_and_lists_stay_lists(filled: Session, tmp_path: Path) -> None:
    told_ = json.loads(exported(filled, tmp_path, request("geojson")).read_text())
    assert told_["numberMatched"] == told_["numberReturned"] == len(told_["features"]) == 7
    assert "crs" not in told_
    expected = stored(filled, public_fields(), 4326)
    for feature in told_["features"]:
        values, shape = expected[feature["id"]]
        for field in public_fields():
            value = values[field.name]
            got = feature["properties"][field.name]
            if field.kind is Kind.TEXTS:
                assert got == value, field.name
            else:
                assert told(field.kind, got) == as_file_says(field.kind, value), field.name
        assert far_apart(shapely.from_geojson(json.dumps(feature["geometry"])), shape) < 1e-8


@pytest.mark.parametrize("srid", [25832, 31468, 4326])
@pytest.mark.parametrize("format_", ["geojson", "geojsonseq"])
def test_gdal_reads_geojson_in_every_crs(filled: Session, tmp_path: Path, format_: str, srid: int) -> None:
    path = exported(filled, tmp_path, request(format_, str(srid)))
    meta, rows, shapes = read_back(path)
    if format_ == "geojson":
        assert meta["crs"] == f"EPSG:{srid}"
    expected = stored(filled, public_fields(), srid)
    assert len(rows) == len(expected)
    for row, shape in zip(rows, shapes, strict=True):
        assert row["name_de"] == expected[row["number"]][0]["name_de"]
        assert far_apart(shape, expected[row["number"]][1]) < (1e-3 if srid != 4326 else 1e-8)


def test_a_text_sequence_begins_every_feature_with_a_record_separator(filled: Session, tmp_path: Path) -> None:
    texts = exported(filled, tmp_path, request("geojsonseq")).read_bytes().split(b"\x1e")
    assert texts[0] == b""
    assert len([json.loads(text) for text in texts[1:]]) == 7
    assert all(text.endswith(b"\n") for text in texts[1:])


def test_geoparquet_holds_what_the_store_holds_and_says_its_crs(filled: Session, tmp_path: Path) -> None:
    table = pyarrow.parquet.read_table(exported(filled, tmp_path, request("geoparquet", "25832")))
    geo = json.loads(table.schema.metadata[b"geo"])
    assert geo["columns"]["geometry"]["crs"]["id"] == {"authority": "EPSG", "code": 25832}
    assert json.loads(table.schema.metadata[b"landportal:record"])["count"] == 7
    expected = stored(filled, public_fields())
    rows = table.to_pylist()
    assert sorted(row["number"] for row in rows) == sorted(expected)
    for row in rows:
        values, shape = expected[row["number"]]
        assert {field.name: row[field.name] for field in public_fields()} == values
        assert far_apart(shapely.from_wkb(row["geometry"]), shape) == 0


def test_a_shapefile_cuts_names_and_texts_and_the_record_tells_both(filled: Session, tmp_path: Path) -> None:
    path = exported(filled, tmp_path, request("shapefile"))
    with zipfile.ZipFile(path) as archive:
        names = set(archive.namelist())
        record = json.loads(archive.read("parcels.record.json"))
        assert archive.read("parcels.cpg") == b"UTF-8"
        archive.extractall(tmp_path / "out")
    assert names == {f"parcels.{end}" for end in ("shp", "shx", "dbf", "prj", "cpg", "record.json")}
    short = {column["name"]: column["column"] for column in record["columns"]}
    assert len(set(short.values())) == len(short)
    assert max(map(len, short.values())) <= 10
    meta, rows, shapes = read_back(tmp_path / "out" / "parcels.shp")
    assert list(meta["fields"]) == list(short.values())
    expected = stored(filled, public_fields())
    for row, shape in zip(rows, shapes, strict=True):
        values, there = expected[row["number"]]
        for field in public_fields():
            wanted, got = as_file_says(field.kind, values[field.name]), told(field.kind, row[short[field.name]])
            if field.name == "description_de" and wanted:
                assert 250 < len(got.encode()) <= 254 or got == wanted
                assert wanted.startswith(got)
            else:
                assert same(got, wanted), field.name
        whole = shapely.multipolygons([shape]) if shape.geom_type == "Polygon" else shape
        assert far_apart(whole, there) < 1e-3


@pytest.mark.parametrize("srid", [25832, 31468, 4326])
def test_gml_brings_its_schema_and_is_read_back(filled: Session, tmp_path: Path, srid: int) -> None:
    path = exported(filled, tmp_path, request("gml", str(srid)))
    with zipfile.ZipFile(path) as archive:
        assert set(archive.namelist()) == {"parcels.gml", "parcels.xsd", "parcels.record.json"}
        assert b"http://www.opengis.net/gml/3.2" in archive.read("parcels.gml")
        archive.extractall(tmp_path / "out")
    meta, rows, shapes = read_back(tmp_path / "out" / "parcels.gml")
    assert meta["crs"] == f"EPSG:{srid}"
    compare(filled, rows, shapes, srid, 1e-3 if srid != 4326 else 1e-8, clean=True)


@pytest.mark.parametrize("format_", ["kml", "kmz"])
def test_kml_is_read_back_within_its_digits(filled: Session, tmp_path: Path, format_: str) -> None:
    path = exported(filled, tmp_path, request(format_))
    _, rows, shapes = read_back(path if format_ == "kml" else f"/vsizip/{path}/doc.kml")
    compare(filled, rows, shapes, 4326, 1e-8, clean=True)


def test_dxf_draws_every_ring_and_writes_every_number(filled: Session, tmp_path: Path) -> None:
    _, rows, shapes = read_back(exported(filled, tmp_path, request("dxf")))
    numbers = {row["Text"] for row in rows if row["Layer"] == "NUMBER"}
    rings = [shape for row, shape in zip(rows, shapes, strict=True) if row["Layer"] == "AVAILABLE"]
    expected = stored(filled, public_fields())
    assert numbers == set(expected)
    drawn = {shapely.normalize(shapely.set_precision(shapely.polygons(ring.coords), 0.01)).wkt for ring in rings}
    there = [shape for _, shape in expected.values()]
    wanted = [shapely.polygons(ring) for ring in shapely.get_rings(shapely.get_parts(there))]
    assert len(rings) == len(wanted) == 9
    assert drawn == {shapely.normalize(shapely.set_precision(ring, 0.01)).wkt for ring in wanted}
    for ring in rings:
        assert (
            min(far_apart(shapely.multipoints(ring.coords), shapely.multipoints(w.exterior.coords)) for w in wanted)
            < 1e-3
        )


def test_csv_holds_what_the_store_holds_and_no_cell_is_a_formula(filled: Session, tmp_path: Path) -> None:
    written = exported(filled, tmp_path, request("csv", "25832")).read_bytes()
    assert not written.startswith(b"\xef\xbb\xbf")
    assert written.endswith(b"\r\n")
    rows = list(csv.DictReader(io.StringIO(written.decode(), newline="")))
    shapes = [shapely.from_wkt(row.pop("wkt")) for row in rows]
    for row in rows:
        assert not any(
            row[field.name].startswith(("=", "+", "-", "@", "\t", "\r"))
            for field in public_fields()
            if field.kind in {Kind.TEXT, Kind.TEXTS}
        )
        for name in ("name_de", "description_de"):
            row[name] = row[name][1:] if re.match(r"'+[=+\-@\t\r]", row[name]) else row[name]
    assert {row["name_de"] for row in rows} == {*NASTY, "H-hole"}
    blank_is_none = [{name: value or None for name, value in row.items()} for row in rows]
    compare(filled, blank_is_none, shapes, 25832, 1e-3)


def test_a_workbook_holds_texts_where_texts_are(filled: Session, tmp_path: Path) -> None:
    path = exported(filled, tmp_path, request("xlsx"))
    _, rows, _ = read_back(path, layer="parcels")
    expected = stored(filled, public_fields())
    assert sorted(row["number"] for row in rows) == sorted(expected)
    for row in rows:
        for field in public_fields():
            wanted, got = (
                as_file_says(field.kind, expected[row["number"]][0][field.name]),
                told(field.kind, row[field.name]),
            )
            if isinstance(wanted, str):
                wanted, got = in_xml(wanted), in_xml(got or "")
            assert same(got, wanted), field.name
    with zipfile.ZipFile(path) as archive:
        assert b"<f>" not in archive.read("xl/worksheets/sheet1.xml")


def test_cadastral_identifiers_come_one_a_line(filled: Session, tmp_path: Path) -> None:
    asked = request("cadastral", numbers=("H-1", "H-2"))
    lines = exported(filled, tmp_path, asked).read_text().splitlines()
    assert lines == ["cadastral_id,number", "160001-001-00012/001,H-1", *["160002-001-00012/002,H-2"] * 2]
    (tmp_path / "list").mkdir()
    assert writing.prepare(filled, None, request("cadastral-list"), ASKED).record["without_cadastral_identifier"] == 3
    (tmp_path / "none").mkdir()
    none = exported(filled, tmp_path / "none", request("cadastral", numbers=("H-0",))).read_text().splitlines()
    assert none == ["cadastral_id,number", ",H-0"]
    alone = exported(filled, tmp_path / "list", request("cadastral-list")).read_text().splitlines()
    assert len(alone) == 6
    assert set(alone) == {f"16000{n}-001-00012/00{n}" for n in (1, 2, 4, 5)}


def test_a_geopackage_says_in_its_metadata_what_it_is(filled: Session, tmp_path: Path) -> None:
    with sqlite3.connect(exported(filled, tmp_path, request("gpkg"))) as store:
        ((text, table),) = store.execute(
            "select metadata, table_name from gpkg_metadata m join gpkg_metadata_reference r on r.md_file_id = m.id"
            " where mime_type = 'application/json'"
        ).fetchall()
        extensions = {name for (name,) in store.execute("select extension_name from gpkg_extensions")}
    assert table == "parcels"
    assert json.loads(text)["count"] == 7
    assert "gpkg_metadata" in extensions


def test_an_empty_result_is_a_whole_file_of_every_format(session: Session, land: Land, tmp_path: Path) -> None:
    for code in FORMATS:
        (tmp_path / code).mkdir()
        path = exported(session, tmp_path / code, request(code))
        if code == "geoparquet":
            assert pyarrow.parquet.read_table(path).num_rows == 0
        elif code in {"gpkg", "flatgeobuf", "geojson"}:
            assert pyogrio.read_info(path, force_feature_count=True)["features"] == 0
        elif code in {"shapefile", "gml", "kmz", "xlsx"}:
            with zipfile.ZipFile(path) as archive:
                assert archive.testzip() is None
        elif code == "kml":
            assert path.read_text().endswith("</Schema>\n</Document></kml>\n")
        else:
            assert path.read_text().count("\n") == {"csv": 1, "cadastral": 1, "dxf": 22}.get(code, 0)


def test_columns_are_chosen_by_role(session: Session, land: Land, account, tmp_path: Path) -> None:
    fill(land)
    land.parcel("away", east_km=25, contact_email="x@example.org")
    land.parcel("gone", east_km=12, status="withdrawn")
    officer = actor_of(account("officer", ags="16067089"))
    public = header(exported(session, folder(tmp_path), request("csv")))
    assert "contact_email" not in public
    with pytest.raises(ExportRefused, match="contact_email"):
        request("csv", columns="contact_email")
    mine = exported(session, folder(tmp_path), request("csv", scope=Scope.MINE), officer)
    assert {"contact_email", "owner_kind", "changed_at"} <= set(header(mine))
    numbers = {row["number"] for row in csv.DictReader(mine.open(newline=""))}
    assert "gone" in numbers
    assert "away" not in numbers
    with pytest.raises(NotAllowed):
        exported(session, folder(tmp_path), request("csv", scope=Scope.MINE))
    few = exported(session, folder(tmp_path), request("csv", columns="hilucs,xplan_zone_code"))
    assert header(few) == ["number", "xplan_zone_code", "hilucs", "wkt"]


def test_zone_codes_of_xplanung_and_inspire_are_columns(session: Session, land: Land, tmp_path: Path) -> None:
    land.parcel("A", zone="GI")
    (row,) = csv.DictReader(exported(session, tmp_path, request("csv")).open(newline=""))
    assert (row["xplan_zone_code"], row["xplan_general_code"], row["hilucs"]) == (
        "1800", "3000", "2_2_HeavyEndProductIndustry",
    )  # fmt: skip


def test_an_export_has_exactly_what_the_search_finds(sample_session: Session, tmp_path: Path) -> None:
    for criteria in CRITERIA:
        found = set(sample_session.scalars(select(Parcel.number).where(where(SearchCriteria(**criteria)))))
        for code in ("cadastral", "csv", "gpkg"):
            asked = request(code, criteria={"status": SearchCriteria().status, **criteria})
            export = writing.prepare(sample_session, None, asked, ASKED)
            assert export.count == len(found) > 0, criteria
        path = exported(
            sample_session, folder(tmp_path), request("csv", criteria={"status": ("available",), **criteria})
        )
        assert {row["number"] for row in csv.DictReader(path.open(newline=""))} == found, criteria


CRITERIA = (
    {},
    {"q": "Gewerbegebiet"},
    {"ags": ("16067",), "zone": ("GE", "GI")},
    {"size_min_ha": 2.5, "size_max_ha": 20, "avoid": ("flood", "nature")},
    {"bbox": BoundingBox(10, 50.5, 11.5, 51.5), "motorway_max_km": 5},
    {"freshness": ("unconfirmed",), "plan": (4000,)},
)


def test_what_cannot_be_written_is_refused_with_what_can(session: Session, land: Land, monkeypatch) -> None:
    with pytest.raises(ExportRefused, match="EPSG:25832"):
        request("dxf", "4326")
    with pytest.raises(ExportRefused, match="EPSG:4326"):
        request("kml", "25832")
    with pytest.raises(ExportRefused, match="EPSG:31468"):
        request("gpkg", "4711")
    with pytest.raises(ExportRefused, match="geojson"):
        request("doc")
    land.parcel("A")
    with pytest.raises(ExportRefused, match="B"):
        writing.prepare(session, None, request("csv", numbers=("A", "B")), ASKED)
    small = dataclasses.replace(request("xlsx").format, rows_max=0)
    with pytest.raises(ExportRefused, match="0 sites at most"):
        writing.prepare(session, None, dataclasses.replace(request("xlsx"), format=small), ASKED)


def test_the_record_says_where_from_how_many_and_what(filled: Session, tmp_path: Path) -> None:
    asked = Asked({"zone": ["GE"]}, "https://portal.example.org")
    record = writing.prepare(filled, None, request("gpkg", "31468", criteria={"zone": ("GE",)}), asked).record
    assert record["count"] == 3
    assert record["filter"] == {"zone": ["GE"]}
    assert record["crs"]["code"] == "EPSG:31468"
    assert record["crs"]["accuracy_m"] in {0.9, 3.0}
    assert record["licences"] == ["CC0-1.0"]
    assert record["attribution"] == ["Tests"]
    assert [data_set["parcels"] for data_set in record["data_sets"]] == [3]
    assert [column["name"] for column in record["columns"]] == [field.name for field in public_fields()]
    packed = exported(filled, tmp_path, request("csv"), packed=True)
    with zipfile.ZipFile(packed) as archive:
        told_ = json.loads(archive.read("parcels.record.json"))
        assert told_["sha256"]["parcels.csv"] == hashlib.sha256(archive.read("parcels.csv")).hexdigest()


def test_another_crs_is_where_the_reference_program_puts_it(filled: Session, tmp_path: Path) -> None:
    """Gauss-Krüger by the same PROJ that the record names, to the millimetre; UTM 33 by formula."""
    for srid in (25833, 3857, 4326):
        _, rows, shapes = read_back(exported(filled, folder(tmp_path), request("gpkg", str(srid))))
        move = pyproj.Transformer.from_crs(25832, srid, always_xy=True).transform
        expected = stored(filled, public_fields())
        for row, shape in zip(rows, shapes, strict=True):
            moved = shapely.transform(expected[row["number"]][1], move, interleaved=False)
            assert far_apart(shape, moved) < (1e-3 if srid != 4326 else 1e-8)


def header(path: Path) -> list[str]:
    return path.read_text().splitlines()[0].split(",")


def folder(tmp_path: Path) -> Path:
    made = tmp_path / uuid.uuid4().hex
    made.mkdir()
    return made
