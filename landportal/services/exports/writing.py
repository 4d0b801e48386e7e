"""Bringing an export out: as a stream while the database still reads, or as a finished file in a folder."""

from __future__ import annotations

import hashlib
import json
import shutil
import zipfile
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from landportal.gis.writers import dxf, kml, parquet, vector, workbook
from landportal.gis.writers import text as lines_of
from landportal.gis.writers.content import Content
from landportal.gis.writers.copying import chunked
from landportal.model import STORAGE_SRID, Parcel
from landportal.services.exports import record as records
from landportal.services.exports.chosen import choose, ready, selected
from landportal.services.exports.record import Asked
from landportal.services.exports.request import ExportRequest
from landportal.services.permissions import Actor

LAYER = "parcels"
"""What the layer is called in every file."""


@dataclass(frozen=True, eq=False)
class Export:
    """An export about to be written: how many parcels, what its record says, and what goes into the file."""

    request: ExportRequest
    content: Content
    record: dict[str, Any]

    @property
    def count(self) -> int:
        """How many parcels it has."""
        return self.content.count


def prepare(session: Session, actor: Actor | None, request: ExportRequest, asked: Asked) -> Export:
    """Count, check and describe `request`. Raises ExportRefused and NotAllowed before anything is written."""
    request = ready(session, actor, request)
    chosen = choose(session, actor, request)
    facts = records.record(session, request, chosen, asked)
    content = Content(
        name=LAYER, fields=request.fields(), select=partial(selected, actor, request), geometry=Parcel.geom,
        stored_srid=STORAGE_SRID, crs=request.crs, label=Parcel.number, count=chosen.count,
        facts=json.dumps(facts, ensure_ascii=False),
    )  # fmt: skip
    return Export(request, content, facts)


def stream(session: Session, export: Export) -> Generator[bytes]:
    """The file of a format that is streamed, in pieces of 64 kB. Closing the iterator stops the database too."""
    return chunked(_STREAMS[export.request.format.code](session, export.content))


_STREAMS: dict[str, Callable[[Session, Content], Iterator[bytes]]] = {
    "geojson": lines_of.geojson,
    "geojsonseq": lines_of.geojson_sequence,
    "csv": lines_of.csv,
    "kml": kml.kml,
    "dxf": lambda session, content: dxf.dxf(session, content, Parcel.status),
    "cadastral": lambda session, content: lines_of.cadastral_table(session, content, Parcel.cadastral_ids),
    "cadastral-list": lambda session, content: lines_of.cadastral_list(session, content, Parcel.cadastral_ids),
}
"""How each streamed format is written."""

_FILES: dict[str, Callable[[Session, Content, Path], None]] = {
    "gpkg": vector.geopackage,
    "flatgeobuf": vector.flatgeobuf,
    "geoparquet": parquet.geoparquet,
}
"""How each format is written that is one file but not a stream."""


def write(session: Session, export: Export, folder: Path, *, packed: bool = False) -> Path:
    """The finished file inside `folder`, which is the caller's to remove; `packed`: in a ZIP with its record."""
    code, name = export.request.format.code, f"{LAYER}.{export.request.format.extension}"
    parts = folder / "parts"
    parts.mkdir()
    path = folder / name
    match code:
        case "shapefile":
            vector.shapefile(session, export.content, parts / f"{LAYER}.shp")
            return _zipped(export, parts, path)
        case "gml":
            vector.gml(session, export.content, parts / f"{LAYER}.gml")
            return _zipped(export, parts, path)
        case "xlsx":
            workbook.workbook(session, export.content, path, records.lines(export.record))
        case "kmz":
            _kmz(session, export, path)
        case _ if export.request.format.streamed:
            _save(stream(session, export), path)
        case _:
            _FILES[code](session, export.content, path)
    if not packed:
        return path
    shutil.move(path, parts / name)
    return _zipped(export, parts, folder / f"{LAYER}.{code}.zip")


def _save(pieces: Iterator[bytes], path: Path) -> None:
    with path.open("wb") as file:
        for piece in pieces:
            file.write(piece)


def _kmz(session: Session, export: Export, path: Path) -> None:
    """A KMZ holds one KML called doc.kml; what it will weigh is not known, so it may be large (ZIP64)."""
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("doc.kml", "w", force_zip64=True) as file,
    ):
        for piece in chunked(kml.kml(session, export.content)):
            file.write(piece)


def _zipped(export: Export, parts: Path, path: Path) -> Path:
    """Everything in `parts` and the record of it, in a ZIP at `path`; the parts are gone then."""
    files = sorted(parts.iterdir())
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=4) as archive:
        for file in files:
            archive.write(file, file.name)
        sums = {file.name: sha256(file) for file in files}
        archive.writestr(f"{LAYER}.record.json", records.written(export.record, sha256=sums))
    shutil.rmtree(parts)
    return path


def sha256(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
