"""DXF (AutoCAD Release 12, which everything reads): rings as closed polylines, the number as a text in the middle.

DXF has neither attributes nor a CRS; a layer for each group of features and one for the numbers is all it tells.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import shapely
from sqlalchemy import LargeBinary, String, cast, func
from sqlalchemy.orm import Session

from landportal.gis.writers.content import Content

DIGITS = 4
TEXT_HEIGHT_M = 5
NUMBERS_LAYER = "NUMBER"

_BATCH_ROWS = 500


def dxf(session: Session, content: Content, group: Any) -> Iterator[bytes]:
    """A drawing in metres; the outlines of a feature lie on the layer that `group` (SQL) names."""
    yield _pairs(0, "SECTION", 2, "HEADER", 9, "$ACADVER", 1, "AC1009", 9, "$INSUNITS", 70, 6, 0, "ENDSEC")
    yield _pairs(0, "SECTION", 2, "ENTITIES")
    rows = content.select(
        cast(content.label, String), cast(group, String), func.st_asbinary(content.shape, "NDR", type_=LargeBinary()),
        func.st_asbinary(func.st_pointonsurface(content.shape), "NDR", type_=LargeBinary()),
    )  # fmt: skip
    with session.execute(rows, execution_options={"yield_per": _BATCH_ROWS}) as result:
        for label, layer, shape, middle in content.counted(result):
            yield b"".join([*_outlines(_layer(layer), shape), _number(label, middle)])
    yield _pairs(0, "ENDSEC", 0, "EOF")


def _outlines(layer: str, shape: bytes) -> Iterator[bytes]:
    """Each ring, the closing point left out because the flag 1 says that it is closed."""
    for polygon in shapely.get_parts(shapely.from_wkb(bytes(shape))):
        for ring in (polygon.exterior, *polygon.interiors):
            yield _pairs(0, "POLYLINE", 8, layer, 66, 1, 70, 1)
            for x, y in shapely.get_coordinates(ring)[:-1].tolist():
                yield _pairs(0, "VERTEX", 8, layer, 10, _metres(x), 20, _metres(y))
            yield _pairs(0, "SEQEND", 8, layer)


def _number(label: str, middle: bytes) -> bytes:
    x, y = map(_metres, shapely.get_coordinates(shapely.from_wkb(bytes(middle)))[0].tolist())
    # Horizontally centred, vertically in the middle: then the second point is the one that counts.
    return _pairs(
        0, "TEXT", 8, NUMBERS_LAYER, 10, x, 20, y, 40, TEXT_HEIGHT_M, 1, _text(label), 72, 1, 73, 2, 11, x, 21, y
    )


def _pairs(*pairs: object) -> bytes:
    """Codes and values in turns, each on a line of its own."""
    return "".join(f"{part}\n" for part in pairs).encode("ascii")


def _metres(value: float) -> str:
    return f"{value:.{DIGITS}f}"


def _layer(name: str) -> str:
    """A name as Release 12 allows it: capitals, digits, hyphen, underscore."""
    return "".join(letter if letter.isascii() and letter.isalnum() else "_" for letter in name.upper())[:31] or "0"


def _text(text: str) -> str:
    """What is not ASCII as DXF writes it: \\U+00E4; control characters would break the pairs of lines."""
    return "".join(
        letter if " " <= letter <= "~" else f"\\U+{ord(letter):04X}" for letter in text if letter.isprintable()
    )
