"""Formats GDAL reads: layers, streamed as Arrow batches, and what GDAL keeps quiet about (files that are cut off)."""

from __future__ import annotations

import math
import warnings
from collections.abc import Generator
from pathlib import Path
from typing import Any

import nanoarrow
import numpy as np
import pyogrio
import shapely
from pyproj import CRS

from landportal.gis.geometry import Geometries, parse_crs
from landportal.gis.notes import CannotRead
from landportal.gis.readers.source import Batch, ReadOptions, Source, no_batches

_DRIVERS = {
    "GeoJSON": {"GeoJSON", "GeoJSONSeq", "JSONFG"},
    "GeoPackage": {"GPKG"},
    "FlatGeobuf": {"FlatGeobuf"},
    "Shapefile": {"ESRI Shapefile"},
    "KML": {"LIBKML", "KML"},
    "XPlanGML": {"GML"},
}
_KML_CLUTTER = {
    "timestamp", "begin", "end", "altitudeMode", "tessellate", "extrude", "visibility", "drawOrder", "icon", "snippet",
}  # fmt: skip


def choose_layer(path: Path, name: str, format_: str, wanted: str | None) -> tuple[str, tuple[str, ...]]:
    """The layer to read, the one wanted or the only one with geometry, and all; CannotRead names the choice."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            layers = pyogrio.list_layers(path)
    except (RuntimeError, ValueError, UnicodeDecodeError) as error:
        raise CannotRead("unreadable", file=name, format=format_, reason=_reason(error)) from None
    listed = ", ".join(str(layer) for layer, _ in layers) or "–"
    spatial = [str(layer) for layer, kind in layers if kind is not None]
    if wanted is not None:
        if wanted not in layers[:, 0]:
            raise CannotRead("no_such_layer", spatial, file=name, layer=wanted, layers=listed)
        return wanted, tuple(spatial)
    if not spatial:
        raise CannotRead("no_layer", file=name)
    if len(spatial) > 1:
        raise CannotRead("several_layers", spatial, file=name, layers=", ".join(spatial))
    return spatial[0], tuple(spatial)


def open_vector(path: Path, name: str, format_: str, options: ReadOptions, encoding: str | None = None) -> Source:
    """A source on one layer of a GDAL file."""
    layer, layers = choose_layer(path, name, format_, options.layer)
    try:
        info = pyogrio.read_info(path, layer=layer, encoding=encoding, force_feature_count=format_ != "GeoJSON")
    except (RuntimeError, ValueError, UnicodeDecodeError) as error:
        raise CannotRead("unreadable", file=name, format=format_, reason=_reason(error)) from None
    if info["driver"] not in _DRIVERS[format_]:
        raise CannotRead("unreadable", file=name, format=format_, reason=f"GDAL: {info['driver']}")
    hidden = _KML_CLUTTER if format_ == "KML" else set()
    columns = tuple(str(field) for field in info["fields"] if field not in hidden)
    count = int(info["features"]) if info["features"] >= 0 else None
    source = Source(
        path=path, format=format_, layer=layer, columns=columns, row_count=count,
        layers=layers if len(layers) > 1 else (),
        crs=parse_crs(info["crs"]) if info["crs"] else None, batches=no_batches,
    )  # fmt: skip
    source.batches = lambda: _batches(source, path, name, options, encoding)
    return source


def _batches(source: Source, path: Path, name: str, options: ReadOptions, encoding: str | None) -> Generator[Batch]:
    done = 0
    try:
        with (
            warnings.catch_warnings(),
            pyogrio.open_arrow(
                path, layer=source.layer, encoding=encoding, use_pyarrow=False, batch_size=options.batch_rows
            ) as (meta, stream),
        ):
            warnings.simplefilter("ignore")
            for array in nanoarrow.ArrayStream(stream):
                batch = _batch(array, meta["geometry_name"] or "wkb_geometry", set(source.columns), done)
                done += len(batch.numbers)
                yield batch
    except (RuntimeError, ValueError, UnicodeDecodeError) as error:
        if isinstance(error, UnicodeDecodeError):
            raise CannotRead("encoding_unknown", file=name, encoding=encoding or "UTF-8") from None
        raise CannotRead("unreadable", file=name, format=source.format, reason=_reason(error)) from None
    if source.row_count is not None and done < source.row_count:
        raise CannotRead("cut_off", file=name, found=done, announced=source.row_count, what="rows")


def _batch(array: Any, geometry_name: str, wanted: set[str], done: int) -> Batch:
    names = [field.name for field in array.schema.fields]
    columns: dict[str, list[object]] = {}
    geometry: Geometries = np.full(len(array), None, dtype=object)
    for name, child in zip(names, array.iter_children(), strict=True):
        if name == geometry_name or (name not in wanted and name in {"wkb_geometry", "geom", "geometry"}):
            geometry = geometries_of(child.to_pylist())
        elif name in wanted:
            columns[name] = child.to_pylist()
    return Batch(list(range(done + 1, done + len(array) + 1)), columns, geometry)


def geometries_of(wkb: list[bytes | None]) -> Geometries:
    """Geometries from WKB; what GEOS cannot read becomes None."""
    return np.asarray(shapely.from_wkb(np.array(wkb, dtype=object), on_invalid="ignore"), dtype=object)


def plain_values(values: Any) -> list[object]:
    """A column of a NumPy read as plain Python values, NaN and NaT as None."""
    return [None if _is_missing(value) else value for value in values.tolist()]


def _is_missing(value: object) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value))


def _reason(error: Exception) -> str:
    return str(error).split("\n")[0].split("; It might help")[0][:200].rstrip(". ") or type(error).__name__


def crs_of(text: str | None) -> CRS | None:
    """The CRS GDAL names, if it names one."""
    return parse_crs(text) if text else None
