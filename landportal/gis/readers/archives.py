"""Unpacking what came packed, within limits. What lies inside is read elsewhere.

Sizes are counted while unpacking: what a zip says about itself is the sender's claim.
"""

from __future__ import annotations

import gzip
import shutil
import zipfile
import zlib
from pathlib import Path, PurePosixPath
from typing import IO

from landportal.gis.notes import CannotRead
from landportal.gis.readers.source import Limits

_CHUNK = 1 << 20
_DATA_SUFFIXES = (
    ".shp",
    ".gpkg",
    ".geojson",
    ".json",
    ".fgb",
    ".kml",
    ".gml",
    ".osm",
    ".pbf",
    ".csv",
    ".tsv",
    ".txt",
    ".xlsx",
    ".csv.gz",
)


def check_zip(path: Path, limits: Limits) -> list[zipfile.ZipInfo]:
    """The members of the zip at `path`; CannotRead when one lies outside, is encrypted, or all are too much."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = [member for member in archive.infolist() if not member.is_dir()]
    except (zipfile.BadZipFile, OSError) as error:
        raise CannotRead("unreadable", file=path.name, format="ZIP", reason=str(error)) from None
    for member in members:
        parts = PurePosixPath(member.filename.replace("\\", "/"))
        if parts.is_absolute() or ".." in parts.parts or ":" in member.filename:
            raise CannotRead("zip_unsafe", file=path.name, member=member.filename)
        if member.flag_bits & 1:
            raise CannotRead("zip_encrypted", file=path.name)
    claimed = sum(member.file_size for member in members)
    if len(members) > limits.members or claimed > _allowed(path, limits):
        raise _too_large(path, limits)
    return members


def unpack_zip(path: Path, folder: Path, limits: Limits) -> list[Path]:
    """Unpack into `folder` and return the data files found, a Shapefile by its .shp, at whatever depth they lie."""
    left = _allowed(path, limits)
    members = [m for m in check_zip(path, limits) if not _is_clutter(m.filename)]
    with zipfile.ZipFile(path) as archive:
        for member in members:
            target = folder / PurePosixPath(member.filename.replace("\\", "/"))
            target.parent.mkdir(parents=True, exist_ok=True)
            try:
                with archive.open(member) as source, target.open("wb") as sink:
                    left = _copy(source, sink, left, path, limits)
            except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
                raise CannotRead("unreadable", file=path.name, format="ZIP", reason=str(error)) from None
    found = sorted(p for p in folder.rglob("*") if p.is_file() and p.name.lower().endswith(_DATA_SUFFIXES))
    if not found:
        names = ", ".join(sorted(member.filename for member in members)[:20]) or "–"
        raise CannotRead("zip_without_data", file=path.name, members=names)
    shapes = [p for p in found if p.suffix.lower() == ".shp"]
    return shapes or found


def unpack_gzip(path: Path, folder: Path, limits: Limits) -> Path:
    """Unpack a .gz into `folder`, under its name without the suffix."""
    name = path.name[:-3] if path.name.lower().endswith(".gz") else path.name
    target = folder / name
    try:
        with gzip.open(path) as source, target.open("wb") as sink:
            _copy(source, sink, _allowed(path, limits), path, limits)
    except (OSError, EOFError, zlib.error) as error:
        raise CannotRead("unreadable", file=path.name, format="gzip", reason=str(error)) from None
    return target


def _copy(source: IO[bytes] | gzip.GzipFile, sink: IO[bytes], left: int, path: Path, limits: Limits) -> int:
    while chunk := source.read(_CHUNK):
        left -= len(chunk)
        if left < 0:
            raise _too_large(path, limits)
        sink.write(chunk)
    return left


def _allowed(path: Path, limits: Limits) -> int:
    # Small archives may be well packed without harm: the ratio counts from 100 MB on.
    return min(limits.unpacked_bytes, max(100_000_000, path.stat().st_size * limits.ratio))


def _too_large(path: Path, limits: Limits) -> CannotRead:
    return CannotRead("zip_too_large", file=path.name, limit=limits.unpacked_bytes // 1_000_000, ratio=limits.ratio)


def _is_clutter(name: str) -> bool:
    return name.startswith("__MACOSX/") or PurePosixPath(name).name.startswith(".")


def copy_beside(path: Path, folder: Path) -> Path:
    """Copy a loose Shapefile with its siblings into `folder`, where an index may be written beside it."""
    for sibling in path.parent.glob(f"{_glob_escaped(path.stem)}.*"):
        if sibling.is_file():
            shutil.copy(sibling, folder / sibling.name)
    return folder / path.name


def _glob_escaped(text: str) -> str:
    return "".join(f"[{char}]" if char in "*?[" else char for char in text)
