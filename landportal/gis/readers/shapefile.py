"""Shapefiles: their companions that may be missing, and the encoding of their DBF, which is stated wrongly as often.

Geometry and attributes themselves are read by `vector`.
"""

from __future__ import annotations

import re
import struct
from pathlib import Path

import pyogrio

from landportal.gis.notes import CannotRead, Note
from landportal.gis.readers.source import ReadOptions, Source
from landportal.gis.readers.vector import open_vector

_MULTIBYTE = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_HIGH = re.compile(rb"[\x80-\xff]")
_LDID_CODE_PAGES = {0x01: "CP437", 0x02: "CP850", 0x64: "CP852", 0x03: "CP1252", 0x57: "CP1252", 0xC8: "CP1250"}


def open_shapefile(path: Path, name: str, options: ReadOptions) -> Source:
    """A source on the Shapefile `path`, whose folder may be written to (a missing index is rebuilt there)."""
    notes: list[Note] = []
    _refuse_if_cut_off(path, name)
    companions = {p.suffix.lower(): p for p in path.parent.iterdir() if p.stem.lower() == path.stem.lower()}
    if ".shx" not in companions:
        notes.append(Note("shx_missing"))
    pyogrio.set_gdal_config_options({"SHAPE_RESTORE_SHX": "YES"})
    encoding = None
    if ".dbf" in companions:
        encoding, note = _encoding(companions[".dbf"], companions.get(".cpg"), options.encoding)
        notes += [note] if note else []
    else:
        notes.append(Note("dbf_missing"))
    source = open_vector(path, name, "Shapefile", options, encoding)
    source.notes = notes
    return source


def _refuse_if_cut_off(path: Path, name: str) -> None:
    """The header says how long the file is; GDAL would read what is there and keep quiet about the rest."""
    with path.open("rb") as file:
        header = file.read(100)
    if len(header) < 100:
        raise CannotRead("unreadable", file=name, format="Shapefile", reason="header cut off")
    announced = struct.unpack(">i", header[24:28])[0] * 2
    if path.stat().st_size < announced:
        raise CannotRead("cut_off", file=name, found=path.stat().st_size, announced=announced, what="bytes")


def _encoding(dbf: Path, cpg: Path | None, told: str | None) -> tuple[str | None, Note | None]:
    """The encoding of a DBF: as told; else what its bytes are, whatever .cpg and language byte say."""
    if told:
        return told, None
    stated = _stated(dbf, cpg)
    kind = _bytes_kind(dbf)
    if kind == "ascii":
        return "UTF-8", None
    claimed = stated if stated and _folded(stated) != "UTF8" else "CP1252"
    found = "UTF-8" if kind == "utf-8" else claimed
    same = stated is not None and _folded(stated) == _folded(found)
    return found, None if same else Note("encoding_found", {"encoding": found})


def _folded(encoding: str) -> str:
    return re.sub(r"[^0-9A-Z]", "", encoding.upper())


def _stated(dbf: Path, cpg: Path | None) -> str | None:
    if cpg is not None:
        text = cpg.read_text("ascii", "replace").strip()
        if text.isdigit():
            return {"65001": "UTF-8", "88591": "ISO-8859-1"}.get(text, f"CP{text}")
        return re.sub(r"^ANSI[ _]?", "CP", text, flags=re.IGNORECASE) or None
    with dbf.open("rb") as file:
        header = file.read(32)
    return _LDID_CODE_PAGES.get(header[29]) if len(header) == 32 else None


def _bytes_kind(dbf: Path) -> str:
    """``ascii``, ``utf-8`` or ``other``. Field widths cut multi-byte characters, so a few broken ones are allowed."""
    whole = broken = 0
    with dbf.open("rb") as file:
        header = file.read(32)
        file.seek(struct.unpack("<H", header[8:10])[0] if len(header) == 32 else 0)
        while chunk := file.read(1 << 22):
            whole += len(_MULTIBYTE.findall(chunk))
            broken += len(_HIGH.findall(_MULTIBYTE.sub(b"", chunk)))
    if not whole and not broken:
        return "ascii"
    return "utf-8" if whole and broken <= whole / 20 + 2 and whole > broken else "other"
