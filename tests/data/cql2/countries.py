"""Writes the countries of this folder from Natural Earth's shapefile, which is named behind the command.

Some of the columns the standard has are kept; coordinates are written to the last bit, as some predicates name corners.
"""

import json
import sys
from pathlib import Path

import pyogrio
import shapely

KEPT = ("TYPE", "ADM0_A3", "NAME", "FORMAL_EN", "POP_EST", "CONTINENT", "NAME_DE", "NAME_EL")
TARGET = Path(__file__).with_name("ne_110m_admin_0_countries.geojson")


def write(shapefile: Path) -> None:
    """One feature a line, every geometry of several parts, as in the standard's file."""
    meta, _, shapes, columns = pyogrio.raw.read(shapefile)
    of_name = dict(zip(meta["fields"], columns, strict=True))
    rows = [feature(of_name, at, wkb) for at, wkb in enumerate(shapes)]
    TARGET.write_text('{"type": "FeatureCollection", "features": [\n' + ",\n".join(rows) + "\n]}\n", encoding="utf-8")


def feature(columns: dict, at: int, wkb: bytes) -> str:
    shape = shapely.from_wkb(wkb)
    several = shape if shape.geom_type == "MultiPolygon" else shapely.MultiPolygon([shape])
    told = {name: columns[name][at] for name in KEPT}
    geometry = shapely.geometry.mapping(several)
    whole = {"type": "Feature", "properties": told, "geometry": geometry}
    return json.dumps(whole, ensure_ascii=False, separators=(",", ":"))


if __name__ == "__main__":
    write(Path(sys.argv[1]))
