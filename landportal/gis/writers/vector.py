"""Formats that GDAL writes from Arrow batches: GeoPackage, FlatGeobuf, Shapefile, GML."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from landportal.gis.writers.arrow import Shaping, Stream
from landportal.gis.writers.content import Content

COLUMN_LENGTH_MAX = 10
"""Characters that a column of a dBASE table may have."""

TEXT_BYTES_MAX = 254
"""Bytes that a text of a dBASE table may have; longer ones are cut."""

INDEXED_ROWS_MAX = 50_000
"""Rows of a FlatGeobuf with an index: GDAL sorts by it in memory, up to 100 MB of features and the boxes of all."""

GDAL_OPTIONS = {"OGR_GPKG_MAX_RAM_USAGE_RTREE": 32_000_000}
"""GDAL takes a tenth of the machine's memory for the index of a GeoPackage unless told otherwise; beyond, disk."""


def geopackage(session: Session, content: Content, path: Path) -> None:
    """A GeoPackage with one table, its spatial index and the facts about it as metadata of the table."""
    options = {"layer_options": {"GEOMETRY_NAME": "geom", "FID": "fid"}}
    _write(session, content, path, "GPKG", Shaping(geometry="geom"), options)
    _add_metadata(path, content)


def _add_metadata(path: Path, content: Content) -> None:
    """Say in the GeoPackage's own tables (Requirements 93 ff., extension gpkg_metadata) what the file is."""
    with closing(sqlite3.connect(path)) as store, store:
        store.executescript(_METADATA_TABLES)
        added = store.execute(
            "insert into gpkg_metadata (md_scope, md_standard_uri, mime_type, metadata) values (?, ?, ?, ?)",
            ("dataset", "https://www.w3.org/ns/dcat", "application/json", content.facts),
        )
        store.execute(
            "insert into gpkg_metadata_reference (reference_scope, table_name, md_file_id) values ('table', ?, ?)",
            (content.name, added.lastrowid),
        )


_METADATA_TABLES = """
create table if not exists gpkg_extensions (table_name text, column_name text, extension_name text not null,
    definition text not null, scope text not null,
    constraint ge_tce unique (table_name, column_name, extension_name));
create table if not exists gpkg_metadata (id integer constraint m_pk primary key asc not null,
    md_scope text not null default 'dataset', md_standard_uri text not null, mime_type text not null default 'text/xml',
    metadata text not null default '');
create table if not exists gpkg_metadata_reference (reference_scope text not null, table_name text, column_name text,
    row_id_value integer, timestamp datetime not null default (strftime('%Y-%m-%dT%H:%M:%fZ','now')),
    md_file_id integer not null, md_parent_id integer,
    constraint crmr_mfi_fk foreign key (md_file_id) references gpkg_metadata(id),
    constraint crmr_mpi_fk foreign key (md_parent_id) references gpkg_metadata(id));
insert into gpkg_extensions select name, null, 'gpkg_metadata', 'http://www.geopackage.org/spec140/#extension_metadata',
    'read-write' from (select 'gpkg_metadata' as name union all select 'gpkg_metadata_reference')
    where not exists (select 1 from gpkg_extensions e where e.table_name = name and e.extension_name = 'gpkg_metadata');
"""


def flatgeobuf(session: Session, content: Content, path: Path) -> None:
    """A FlatGeobuf, up to INDEXED_ROWS_MAX rows with its spatial index: readers fetch a map section of it over HTTP."""
    indexed = "YES" if content.count <= INDEXED_ROWS_MAX else "NO"
    options = {"layer_options": {"SPATIAL_INDEX": indexed, "TITLE": content.name, "TEMPORARY_DIR": str(path.parent)}}
    _write(session, content, path, "FlatGeobuf", Shaping(), options)


def shapefile(session: Session, content: Content, path: Path) -> None:
    """A Shapefile with .dbf, .shx, .prj and .cpg in UTF-8 beside `path`; columns are called as `column_names` says."""
    names = column_names([field.name for field in content.fields])
    shaping = Shaping(moments=False, text_bytes_max=TEXT_BYTES_MAX, names=names)
    _write(session, content, path, "ESRI Shapefile", shaping, {"encoding": "UTF-8"})


def column_names(names: list[str]) -> Mapping[str, str]:
    """Names of at most ten characters for `names`, no two alike: the first ten, or the first eight and a number."""
    short: dict[str, str] = {}
    for name in names:
        taken = set(short.values())
        candidates = [name[:COLUMN_LENGTH_MAX], *(f"{name[:8].rstrip('_')}_{n}" for n in range(2, 10))]
        short[name] = next(candidate for candidate in candidates if candidate not in taken)
    return short


def gml(session: Session, content: Content, path: Path) -> None:
    """GML 3.2 with its schema beside it (.xsd); axes in the authority's order, as the format wants it."""
    options = {"dataset_options": {"FORMAT": "GML3.2", "GML_ID": content.name, "NAME": content.name}}
    _write(session, content, path, "GML", Shaping(xml=True), options)


def _write(
    session: Session, content: Content, path: Path, driver: str, shaping: Shaping, options: Mapping[str, Any]
) -> None:
    # GDAL comes with the first file: it would take a quarter of a second of every start.
    import pyogrio

    pyogrio.set_gdal_config_options(GDAL_OPTIONS)
    stream = Stream(session, content, shaping)
    try:
        pyogrio.write_arrow(
            stream.reader(), path, layer=content.name, driver=driver, geometry_name=shaping.geometry,
            geometry_type="MultiPolygon", crs=f"EPSG:{content.crs.srid}", **options,
        )  # fmt: skip
    except Exception:
        # GDAL tells only that its source broke; the store's own words say why.
        if stream.failure:
            raise stream.failure from None
        raise
