"""Files → batches of rows with geometry, whatever the format; memory stays bounded by a batch.

``open_source`` is the way in. What a format needs lives in its module: `vector` (what GDAL streams), `shapefile`,
`xplan`, `tables` with `text_files` and `workbooks`; `formats` recognises, `archives` unpacks. What columns mean and
whether a row may enter the store is the import's business.
"""

from __future__ import annotations

import codecs
import contextlib
import os
import tempfile
from collections.abc import Generator, Iterator
from pathlib import Path

from landportal.gis import geometry
from landportal.gis.notes import CannotRead, Note
from landportal.gis.readers.archives import check_zip, copy_beside, unpack_gzip, unpack_zip
from landportal.gis.readers.formats import recognise
from landportal.gis.readers.source import Batch, Limits, ReadOptions, Source
from landportal.gis.readers.text_files import open_csv

__all__ = ["Batch", "CannotRead", "Limits", "Note", "ReadOptions", "Source", "open_source"]


@contextlib.contextmanager
def open_source(path: Path, options: ReadOptions | None = None, limits: Limits | None = None) -> Iterator[Source]:
    """The rows of the file at `path` for the length of the block; CannotRead tells why it cannot be used."""
    options, limits = options or ReadOptions(), limits or Limits()
    _refuse_unknown_encoding(path, options.encoding)
    with tempfile.TemporaryDirectory(prefix="landportal-import-") as folder:
        source = _open(path, path.name, options, limits, Path(folder))
        source.path = path
        # Closed here and not by the garbage collector: GDAL keeps settings of an open reader for the whole thread.
        with contextlib.closing(source.batches()) as batches:
            first = next(batches, None)
            source.batches = lambda: _resumed(first, batches)
            _settle_crs(source, first, options)
            yield source


def _refuse_unknown_encoding(path: Path, encoding: str | None) -> None:
    """GDAL reads on without a word in an encoding that it does not know."""
    try:
        codecs.lookup(encoding or "utf-8")
    except (LookupError, ValueError):
        raise CannotRead("encoding_unknown", file=path.name, encoding=encoding or "") from None


def _resumed(first: Batch | None, rest: Generator[Batch]) -> Generator[Batch]:
    if first is not None:
        yield first
    yield from rest


def _open(path: Path, name: str, options: ReadOptions, limits: Limits, folder: Path) -> Source:
    format_ = recognise(path, options.whole)
    if format_ == "ZIP":
        found = unpack_zip(path, folder, limits)
        path, options = _choose_member(found, options, name)
        format_ = recognise(path, options.whole)
        if len(found) > 1:
            source = _open_unpacked(path, format_, name, options, limits, folder)
            source.layers = tuple(member.stem for member in found)
            return source
    elif format_ == "GZIP":
        path = unpack_gzip(path, folder, limits)
        format_ = recognise(path, options.whole)
    elif format_ == "Shapefile":
        path = copy_beside(path, folder)
    return _open_unpacked(path, format_, name, options, limits, folder)


def _open_unpacked(
    path: Path, format_: str, name: str, options: ReadOptions, limits: Limits, folder: Path
) -> Source:  # fmt: skip
    # GDAL and openpyxl come with the first file: they would take half a second of every start.
    from landportal.gis.readers.shapefile import open_shapefile
    from landportal.gis.readers.vector import open_vector
    from landportal.gis.readers.workbooks import open_xlsx
    from landportal.gis.readers.xplan import open_xplan

    if format_ == "Shapefile":
        return open_shapefile(path, name, options)
    if format_ == "XLSX":
        return open_xlsx(path, name, options, limits)
    if format_ == "CSV":
        return open_csv(path, name, options)
    if format_ == "XPlanGML":
        return open_xplan(_linked(path, folder, ".gml"), name, options)
    if format_ == "KMZ":
        check_zip(path, limits)
    if format_ in {"ZIP", "GZIP"}:
        raise CannotRead("unknown_format", file=path.name)
    return open_vector(_linked(path, folder, _suffix(path, format_)), name, format_.replace("KMZ", "KML"), options)


_SUFFIXES = {
    "KMZ": ".kmz", "KML": ".kml", "GeoJSON": ".geojson", "GeoPackage": ".gpkg", "FlatGeobuf": ".fgb", "GML": ".gml",
}  # fmt: skip


def _suffix(path: Path, format_: str) -> str:
    if format_ != "OSM":
        return _SUFFIXES[format_]
    with path.open("rb") as file:
        return ".osm" if file.read(4).lstrip().startswith(b"<") else ".osm.pbf"


def _linked(path: Path, folder: Path, suffix: str) -> Path:
    """The file under its right suffix in our folder: GDAL goes by suffixes, and writes companions beside a file."""
    link = folder / "source" / f"{path.stem}{suffix}"
    link.parent.mkdir(exist_ok=True)
    os.symlink(path.absolute(), link)
    return link


def _choose_member(found: list[Path], options: ReadOptions, name: str) -> tuple[Path, ReadOptions]:
    if len(found) == 1:
        return found[0], options
    stems = ", ".join(path.stem for path in found)
    if options.layer is None:
        raise CannotRead("several_layers", [path.stem for path in found], file=name, layers=stems)
    chosen = next((path for path in found if path.stem == options.layer), None)
    if chosen is None:
        raise CannotRead("no_such_layer", file=name, layer=options.layer, layers=stems)
    return chosen, options


def _settle_crs(source: Source, first: Batch | None, options: ReadOptions) -> None:
    """Decide the CRS: as told, else as stated, else degrees if the values are degrees, else refuse with a guess."""
    stated = source.crs
    if options.crs:
        source.crs = geometry.parse_crs(options.crs)
        if stated is not None and stated != source.crs and not _was_assumed(source):
            facts = {"stated": geometry.crs_name(stated), "crs": geometry.crs_name(source.crs)}
            source.notes.append(Note("crs_overruled", facts))
    if not options.needs_geometry:
        return
    position = geometry.median_position(first.geometry) if first is not None else None
    if position is None:
        source.crs = source.crs or geometry.WGS84
        return
    _check_position(source, position, options)


def _was_assumed(source: Source) -> bool:
    return any(note.code == "crs_assumed" for note in source.notes) or source.format in {"CSV", "XLSX"}


def _check_position(source: Source, position: tuple[float, float], options: ReadOptions) -> None:
    degrees = abs(position[0]) <= 180 and abs(position[1]) <= 180
    if source.crs is None and degrees:
        source.crs = geometry.WGS84
        source.notes.append(Note("crs_assumed"))
    elif source.crs is None or (source.crs.is_geographic and not degrees):
        raise _crs_refusal(source, position, options)
    if note := geometry.accuracy_note(source.crs):
        source.notes.append(note)


def _crs_refusal(source: Source, position: tuple[float, float], options: ReadOptions) -> CannotRead:
    likely = (geometry.likely_crs(position, options.region) or geometry.likely_crs(position))[:2]
    code = ("crs_missing" if source.crs is None else "crs_contradicts") + ("_likely" if likely else "")
    return CannotRead(
        code, file=source.path.name, crs=geometry.crs_name(source.crs) if source.crs is not None else "",
        x=f"{position[0]:.0f}", y=f"{position[1]:.0f}", likely=", ".join(likely), first=likely[0] if likely else "",
    )  # fmt: skip
