"""Formats GDAL reads: layers, streamed as Arrow batches, and what GDAL keeps quiet about (files that are cut off)."""

from __future__ import annotations

import math
import warnings
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nanoarrow
import numpy as np
import pyogrio
import shapely
from pyproj import CRS

from landportal.gis.fields import Kind
from landportal.gis.geometry import Geometries, crs_name, fits_area_of_use, parse_crs, swap_axes
from landportal.gis.notes import CannotRead, Note
from landportal.gis.readers.source import Batch, ReadOptions, Source, no_batches

# A GML file may name a WFS as the place of its schema, and GDAL would ask it: no file makes this server call another.
pyogrio.set_gdal_config_options({"GML_DOWNLOAD_SCHEMA": "NO", "GML_SKIP_RESOLVE_ELEMS": "ALL"})

_DRIVERS = {
    "GeoJSON": {"GeoJSON", "GeoJSONSeq", "JSONFG"},
    "GeoPackage": {"GPKG"},
    "FlatGeobuf": {"FlatGeobuf"},
    "Shapefile": {"ESRI Shapefile"},
    "KML": {"LIBKML", "KML"},
    "XPlanGML": {"GML"},
    "GML": {"GML"},
    "OSM": {"OSM"},
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
        path=path, format=format_, layer=layer, columns=columns, row_count=count, kinds=_kinds(info),
        layers=layers if len(layers) > 1 else (),
        crs=parse_crs(info["crs"]) if info["crs"] else None, batches=no_batches,
    )  # fmt: skip
    reading = _Reading(source, path, name, options, encoding, swapped=format_ == "GML" and _is_swapped(source, info))
    source.batches = reading.batches
    return source


def _is_swapped(source: Source, info: dict[str, Any]) -> bool:
    """Whether the file holds its axes against its CRS: many write easting first, whatever the authority says."""
    bounds = info["total_bounds"]
    if source.crs is None or bounds is None or not np.isfinite(bounds).all():
        return False
    centre = (float(bounds[0] + bounds[2]) / 2, float(bounds[1] + bounds[3]) / 2)
    if fits_area_of_use(centre, source.crs) or not fits_area_of_use(centre[::-1], source.crs):
        return False
    source.notes.append(Note("axes_swapped", {"crs": crs_name(source.crs)}))
    return True


_KINDS = {
    "bool": Kind.BOOLEAN, "int16": Kind.INTEGER, "int32": Kind.INTEGER, "int64": Kind.INTEGER, "float32": Kind.NUMBER,
    "float64": Kind.NUMBER, "datetime64[D]": Kind.DATE, "datetime64[ms]": Kind.MOMENT, "object": Kind.TEXT,
}  # fmt: skip


def _kinds(info: dict[str, Any]) -> dict[str, Kind]:
    """What GDAL says the columns are."""
    stated = {str(title): str(dtype) for title, dtype in zip(info["fields"], info["dtypes"], strict=True)}
    return {title: Kind.TEXTS if dtype.startswith("list") else _KINDS[dtype]
            for title, dtype in stated.items() if dtype.startswith("list") or dtype in _KINDS}  # fmt: skip


@dataclass(frozen=True)
class _Reading:
    """Reads one layer; `swapped`: its axes are exchanged on the way."""

    source: Source
    path: Path
    name: str
    options: ReadOptions
    encoding: str | None
    swapped: bool

    def batches(self) -> Generator[Batch]:
        """The rows; CannotRead where the file ends early or is broken."""
        done = 0
        try:
            with (
                warnings.catch_warnings(),
                pyogrio.open_arrow(
                    self.path, layer=self.source.layer, encoding=self.encoding, use_pyarrow=False,
                    batch_size=self.options.batch_rows,
                ) as (meta, stream),
            ):  # fmt: skip
                warnings.simplefilter("ignore")
                for array in nanoarrow.ArrayStream(stream):
                    batch = self._batch(array, meta["geometry_name"] or "wkb_geometry", done)
                    done += len(batch.numbers)
                    yield batch
        except (RuntimeError, ValueError, OverflowError) as error:
            raise self._refusal(error) from None
        if self.source.row_count is not None and done < self.source.row_count:
            raise CannotRead("cut_off", file=self.name, found=done, announced=self.source.row_count, what="rows")

    def _refusal(self, error: Exception) -> CannotRead:
        if isinstance(error, UnicodeDecodeError):
            return CannotRead("encoding_unknown", file=self.name, encoding=self.encoding or "UTF-8")
        return CannotRead("unreadable", file=self.name, format=self.source.format, reason=_reason(error))

    def _batch(self, array: Any, geometry_name: str, done: int) -> Batch:
        wanted = set(self.source.columns)
        names = [field.name for field in array.schema.fields]
        columns: dict[str, list[object]] = {}
        geometry: Geometries = np.full(len(array), None, dtype=object)
        problems: dict[int, Note] = {}
        for name, child in zip(names, array.iter_children(), strict=True):
            if name == geometry_name or (name not in wanted and name in {"wkb_geometry", "geom", "geometry"}):
                wkb = child.to_pylist()
                geometry = self._geometries(wkb, done)
                lost = shapely.is_missing(geometry) & np.array([one is not None for one in wkb], dtype=bool)
                problems = {int(place): Note("bad_geometry") for place in np.flatnonzero(lost)}
            elif name in wanted:
                columns[name] = child.to_pylist()
        if self.swapped:
            geometry = swap_axes(geometry)
        return Batch(list(range(done + 1, done + len(array) + 1)), columns, geometry, problems)

    def _geometries(self, wkb: list[bytes | None], done: int) -> Geometries:
        try:
            return geometries_of(wkb)
        except NotImplementedError:
            # Arcs, which GEOS does not know: read the same rows anew as GDAL draws them with straight lines.
            drawn = pyogrio.raw.read(
                self.path, layer=self.source.layer, columns=[], skip_features=done, max_features=len(wkb),
                encoding=self.encoding,
            )  # fmt: skip
            return np.array([_geometry_of(one) for one in drawn[2]], dtype=object)


def _geometry_of(wkb: bytes | None) -> Any:
    try:
        return shapely.from_wkb(wkb, on_invalid="ignore") if wkb else None
    except NotImplementedError:
        return None


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
