"""What every reader hands out: a Source with its batches of rows. Which format is read how lives beside it."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pyproj import CRS

from landportal.gis.fields import Kind
from landportal.gis.geometry import GERMANY, Box, Geometries
from landportal.gis.notes import Note


@dataclass(frozen=True)
class ReadOptions:
    """How a file is to be read. `places`: which column of a table is ``wkt``, or ``lon``, ``lat``, ``x``, ``y``.

    `whole`: any layer of any vector file as GDAL reads it, other GML and OpenStreetMap extracts too; without it a plan
    is its zoning areas alone.
    """

    layer: str | None = None
    crs: str | None = None
    encoding: str | None = None
    places: Mapping[str, str] = field(default_factory=dict)
    needs_geometry: bool = True
    whole: bool = False
    region: Box = GERMANY
    batch_rows: int = 5_000


@dataclass(frozen=True)
class Limits:
    """What an archive may unpack to, in bytes, times its own size, and files."""

    unpacked_bytes: int = 4_000_000_000
    ratio: int = 200
    members: int = 2_000


@dataclass(frozen=True)
class Batch:
    """Some rows in file order, geometry in the source's CRS; `problems`: position → why its row is unreadable.

    Row numbers count features from 1; in tables they are what a spreadsheet shows, so the first data row is 2.
    """

    numbers: list[int]
    columns: dict[str, list[object]]
    geometry: Geometries
    problems: dict[int, Note] = field(default_factory=dict)
    places: dict[str, list[object]] = field(default_factory=dict)
    """The original cells of a table that were read as geometry."""


@dataclass
class Source:
    """An open file: what it is, what it said about itself, and its rows, once."""

    path: Path
    format: str
    columns: tuple[str, ...]
    batches: Callable[[], Generator[Batch]]
    layer: str | None = None
    kinds: Mapping[str, Kind] = field(default_factory=dict)
    """What the format says its columns are; columns it says nothing about are missing."""
    crs: CRS | None = None
    row_count: int | None = None
    decimal_comma: bool | None = None
    """Whether a comma is the decimal mark in texts; None where the format does not say."""
    notes: list[Note] = field(default_factory=list)
    layers: tuple[str, ...] = ()
    """Layers or sheets that could be read, where the file has more than one."""
    places: Mapping[str, str] = field(default_factory=dict)
    """Columns of a table that are read as geometry, and what each is: ``wkt``, ``lon``, ``lat``, ``x`` or ``y``."""
    left_out: int = 0
    """Rows of the file that are no rows of ours (other objects of a plan)."""


def no_batches() -> Generator[Batch]:
    """The batches of a source that does not know yet how to read them."""
    yield from ()
