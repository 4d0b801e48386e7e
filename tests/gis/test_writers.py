"""What writers do where a format is narrower than the store, and what they say when the store fails meanwhile."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

import pyogrio
import pytest
from sqlalchemy import literal
from sqlalchemy.exc import DataError
from sqlalchemy.orm import Session

from landportal.gis.writers import dxf, parquet, text, vector
from landportal.gis.writers.content import Content
from landportal.gis.writers.copying import chunked, copied
from landportal.model import Parcel
from landportal.services.collections.parcel_fields import parcel_fields
from landportal.services.exports import FORMATS
from landportal.services.exports.chosen import selected
from tests.conftest import Land
from tests.services.exported import request


def content(count: int = 1, code: str = "csv") -> Content:
    asked = request(code, "25832")
    return Content("parcels", asked.fields()[:3], partial(selected, None, asked), Parcel.geom, 25832, asked.crs,
                   Parcel.number, count)  # fmt: skip


def failing(once: Content) -> Content:
    """A content whose rows the database cannot finish."""
    return replace(once, select=lambda *columns, **more: once.select(*columns, **more).where(1 / (Parcel.id * 0) > 0))


def test_names_of_ten_characters_are_never_alike() -> None:
    names = [field.name for field in parcel_fields()]
    short = vector.column_names([*names, "description_fr", "description_it", "descriptio", "description"])
    assert len(set(short.values())) == len(short)
    assert max(map(len, short.values())) == 10
    assert short["number"] == "number"
    assert [short[name] for name in ("description_de", "description_en")] == ["descriptio", "descript_2"]


def test_a_short_name_that_is_somebodys_own_is_left_to_it() -> None:
    short = vector.column_names(["abcdefghijk", "abcdefghij", "abcdefgh_2"])
    assert sorted(short.values()) == ["abcdefgh_2", "abcdefgh_3", "abcdefghij"]


@pytest.mark.parametrize(
    "write", [vector.geopackage, vector.flatgeobuf, vector.gml, vector.shapefile, parquet.geoparquet]
)
def test_a_failure_of_the_store_is_told_in_its_own_words(session: Session, land: Land, tmp_path: Path, write) -> None:
    land.parcel("A")
    with pytest.raises(DataError, match="division by zero"):
        write(session, failing(content()), tmp_path / "parcels.gpkg")


@pytest.mark.parametrize("write", [text.csv, text.geojson, text.geojson_sequence])
def test_a_stream_that_fails_does_not_end_as_if_it_were_whole(session: Session, land: Land, write) -> None:
    land.parcel("A")
    got = []
    with pytest.raises(Exception, match="division by zero"):
        got.extend(write(session, failing(content())))
    assert b"numberReturned" not in b"".join(got)


def test_a_flatgeobuf_of_many_rows_is_written_without_its_index(session: Session, land: Land, tmp_path: Path) -> None:
    land.parcel("A")
    for count, name in ((vector.INDEXED_ROWS_MAX, "few.fgb"), (vector.INDEXED_ROWS_MAX + 1, "many.fgb")):
        vector.flatgeobuf(session, content(count), tmp_path / name)
        assert pyogrio.read_info(tmp_path / name)["features"] == 1
    assert (tmp_path / "many.fgb").stat().st_size < (tmp_path / "few.fgb").stat().st_size


def test_values_of_a_filter_are_bound_and_stay_what_they_are(session: Session, land: Land) -> None:
    names = ("100 % '; drop table parcel; --", "%s %(x)s", 'back\\slash "quoted"', "ü😀")
    for n, name in enumerate(names):
        land.parcel(f"N-{n}", name_de=name, east_km=n + 1)
    for n, name in enumerate(names):
        rows = copied(session, content().select(Parcel.number).where(Parcel.name_de == literal(name)))
        assert list(rows) == [f"N-{n}\n".encode()]


def test_pieces_are_of_one_size_and_lose_nothing() -> None:
    pieces = list(chunked(iter([b"abc"] * 10), 7))
    assert b"".join(pieces) == b"abc" * 10
    assert [len(piece) for piece in pieces] == [9, 9, 9, 3]


def test_rows_are_told_as_they_are_read(session: Session, land: Land, tmp_path: Path) -> None:
    for n in range(3):
        land.parcel(f"N-{n}", east_km=n + 1)
    for write in (vector.geopackage, lambda *args: list(text.csv(*args[:2]))):
        told: list[int] = []
        write(session, replace(content(3), advance=told.append), tmp_path / "parcels.gpkg")
        assert sum(told) == 3


def test_a_drawing_holds_nothing_but_ascii_and_no_broken_pairs(session: Session, land: Land) -> None:
    land.parcel("A")
    named = replace(content(code="dxf"), label=literal("Ä-1\n0\tEOF"))
    lines = b"".join(dxf.dxf(session, named, literal("in preparation"))).decode("ascii").split("\n")
    codes, values = lines[:-1:2], lines[1::2]
    assert all(code.isdigit() for code in codes)
    assert values.count("EOF") == 1
    assert "\\U+00C4-10EOF" in values
    assert "IN_PREPARATION" in values


def test_every_format_says_what_it_is_good_for_in_both_languages() -> None:
    for listed in FORMATS.values():
        assert listed.good_for_de != listed.good_for_en
        assert listed.extension not in {"", "zip"}
