"""A shape from a file, in any format the importer reads. The file is read and forgotten; nothing is stored."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import shapely
from pyproj import CRS
from shapely import MultiPolygon

from landportal.gis import geometry, shapes
from landportal.gis.readers import Batch, Limits, ReadOptions, open_source
from landportal.gis.shapes import BadShape

LIMITS = Limits(unpacked_bytes=200_000_000, ratio=100, members=200)
"""A file with one shape is small; what unpacks to more is none."""

ROWS_MAX = 20_000
"""Rows that are looked at; whoever has more wants the import."""

CANDIDATES_MAX = 50
"""Shapes offered to choose from, nearest to the parcel first."""


@dataclass(frozen=True)
class Candidate:
    """A shape of the file: its row, what the file calls it, and the shape in EPSG:25832."""

    row: int
    label: str
    shape: MultiPolygon

    @property
    def area_m2(self) -> float:
        """Area of the shape."""
        return float(self.shape.area)

    def text(self, hole_word: str) -> str:
        """The shape one corner a line."""
        return shapes.written(self.shape, hole_word)


def read_upload(path: Path, crs: str | None, near: MultiPolygon | None, layer: str | None = None) -> list[Candidate]:
    """The polygons of the file at `path`, nearest to `near` first, at most CANDIDATES_MAX.

    Raises CannotRead (what the file is not; crs_missing… where the CRS must be told) and BadShape (no polygon in it).
    """
    found: list[Candidate] = []
    seen = 0
    with open_source(path, ReadOptions(layer=layer, crs=crs or None), LIMITS) as source:
        for batch in source.batches():
            seen += len(batch.numbers)
            if seen > ROWS_MAX:
                raise BadShape("too_many_rows", "file", limit=ROWS_MAX)
            found.extend(_polygons(batch, source.crs or geometry.WGS84))
    if not found:
        raise BadShape("no_polygons", "file", rows=seen)
    if near is not None:
        found.sort(key=lambda candidate: candidate.shape.distance(near))
    return found[:CANDIDATES_MAX]


def _polygons(batch: Batch, crs: CRS) -> list[Candidate]:
    polygons = geometry.as_polygons(batch.geometry)
    polygons[~geometry.has_finite_coordinates(polygons)] = None
    stored = geometry.to_storage(np.asarray(shapely.force_2d(polygons), dtype=object), crs)
    return [
        Candidate(number, _label(batch, place), shape)
        for place, (number, shape) in enumerate(zip(batch.numbers, stored, strict=True))
        if shape is not None and not shape.is_empty and shapely.get_num_coordinates(shape) <= shapes.CORNERS_MAX
    ]


def _label(batch: Batch, place: int) -> str:
    """What the row is called: its first column of text that says something, a name before others."""
    names = sorted(batch.columns, key=lambda column: "name" not in column.casefold())
    texts = (batch.columns[name][place] for name in names)
    return next((text.strip()[:80] for text in texts if isinstance(text, str) and text.strip()), "")
