"""GeoParquet 1.1: columns of the fields and the shape as WKB, row group by row group."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow
import pyproj
from pyarrow import parquet
from sqlalchemy.orm import Session

from landportal.gis.writers.arrow import Shaping, Stream
from landportal.gis.writers.content import Content

GROUP_ROWS = 10_000
"""Rows of a group: readers skip whole groups, and one is what the writer holds."""


def geoparquet(session: Session, content: Content, path: Path) -> None:
    """A GeoParquet file; lists stay lists, the facts about it stand under the key ``landportal:record``."""
    stream = Stream(session, content, Shaping(lists=True))
    schema = stream.schema.with_metadata({"geo": _geo(content), "landportal:record": content.facts})
    with parquet.ParquetWriter(path, schema, compression="zstd") as writer:
        group: list[pyarrow.RecordBatch] = []
        for batch in stream.batches():
            group.append(batch)
            if sum(len(each) for each in group) >= GROUP_ROWS:
                _write_group(writer, group, schema)
                group = []
        if group:
            _write_group(writer, group, schema)


def _write_group(writer: parquet.ParquetWriter, group: list[pyarrow.RecordBatch], schema: pyarrow.Schema) -> None:
    writer.write_table(pyarrow.Table.from_batches(group).cast(schema))


def _geo(content: Content) -> str:
    """The file's ``geo`` metadata (https://geoparquet.org/releases/v1.1.0/); its CRS as PROJJSON, easting first."""
    crs = pyproj.CRS.from_epsg(content.crs.srid).to_json_dict()
    column = {"encoding": "WKB", "geometry_types": ["MultiPolygon"], "crs": crs, "edges": "planar"}
    return json.dumps({"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": column}})
