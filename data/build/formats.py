"""How the builder reads facts and writes files. Nothing here knows what a parcel is."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Transformer
from shapely.geometry import mapping
from shapely.geometry.base import BaseGeometry

DATA = Path(__file__).resolve().parents[1]
FACTS = DATA / "facts"
DECIMALS = 6  # about 0.1 m, finer than any of these shapes deserves

Feature = dict[str, Any]
Shape = TypeVar("Shape", bound=BaseGeometry)
_TO_METRES = Transformer.from_crs(4326, 25832, always_xy=True)
_TO_DEGREES = Transformer.from_crs(25832, 4326, always_xy=True)


def facts(name: str) -> list[dict[str, str]]:
    """Rows of `facts/<name>.csv` as text; an empty cell means unknown."""
    with (FACTS / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def number(text: str) -> float | None:
    """A number out of a fact cell, `None` when the cell is empty."""
    return float(text) if text.strip() else None


def whole(text: str) -> int | None:
    """A whole number out of a fact cell, `None` when the cell is empty."""
    return int(text) if text.strip() else None


def _with(transformer: Transformer, decimals: int | None) -> Callable[[NDArray[Any]], NDArray[Any]]:
    def change(points: NDArray[Any]) -> NDArray[Any]:
        moved = np.column_stack(transformer.transform(points[:, 0], points[:, 1]))
        return moved if decimals is None else np.round(moved, decimals)

    return change


def to_metres(shape: Shape) -> Shape:
    """WGS 84 degrees to EPSG:25832 metres."""
    return shapely.transform(shape, _with(_TO_METRES, None))


def to_degrees(shape: Shape) -> Shape:
    """EPSG:25832 metres to WGS 84 degrees, rounded as the files are."""
    return shapely.transform(shape, _with(_TO_DEGREES, DECIMALS))


def feature(shape: BaseGeometry, properties: Mapping[str, Any]) -> Feature:
    """One GeoJSON feature; `shape` is in degrees."""
    return {"type": "Feature", "properties": dict(properties), "geometry": mapping(shape)}


def as_text(features: Iterable[Feature]) -> str:
    """A GeoJSON collection, one feature a line, so that a change can be read in a diff."""
    lines = ",\n".join(json.dumps(one, ensure_ascii=False, separators=(",", ":")) for one in features)
    return f'{{"type":"FeatureCollection","features":[\n{lines}\n]}}\n'


def write_features(path: str, features: Iterable[Feature]) -> None:
    """Write `data/<path>` as GeoJSON."""
    target = DATA / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(as_text(features), encoding="utf-8")


def write_rows(path: str, rows: list[dict[str, Any]]) -> None:
    """Write `data/<path>` as CSV: UTF-8, comma, header line, decimal point."""
    with (DATA / path).open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
