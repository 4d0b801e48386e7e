"""Writes the countries of this folder from Natural Earth's shapefile: `python countries.py ne_110m_admin_0_countries.shp`.

What of its columns the standard kept is kept; coordinates are written to the last bit, as some predicates name corners.
"""

import json
import sys
from pathlib import Path

import pyogrio
import shapely

KEPT = (
    "TYPE", "ADM0_A3", "NAME", "NAME_LONG", "ABBREV", "POSTAL", "FORMAL_EN", "NAME_SORT", "POP_EST", "ECONOMY",
    "INCOME_GRP", "CONTINENT", "REGION_UN", "SUBREGION", "REGION_WB", "WIKIDATAID", "NAME_DE", "NAME_EN", "NAME_EL",
)  # fmt: skip
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
