"""Points and lines around the parcels: junctions, rail freight, stations, airports, substations, trunk roads.

Everything is carried over from `data/facts`; only the missing link of the A44 is drawn here, and says so.
"""

from __future__ import annotations

import json
import math
from typing import Any

from shapely import unary_union
from shapely.geometry import LineString, Point
from shapely.geometry.base import BaseGeometry

from .formats import FACTS, Feature, facts, feature, number, to_metres

Place = list[float]  # longitude and latitude, as GeoJSON has them
ODBL = "ODbL-1.0"
OSM = "© OpenStreetMap-Mitwirkende"
OWN = "landportal, eigene Kenntnis"
DB = "© Deutsche Bahn AG, Stationsdaten"
COLUMNS = (
    "source_id", "kind", "name", "ref", "number", "detail", "voltage_kv", "state", "accuracy", "source", "licence",
    "attribution", "source_date", "schematic",
)  # fmt: skip
MOTORWAYS = ("A4", "A9", "A38", "A71", "A73", "A44")
RAIL_DETAIL = {
    "combined transport terminal": "kv_terminal",
    "freight village": "freight_village",
    "railway station on a line with freight traffic": "station_with_freight_traffic",
}
AIRPORT_NAMES = {  # icao → German name; own spelling of the names in the source
    "EDAC": "Flugplatz Altenburg-Nobitz", "EDAJ": "Flugplatz Gera-Leumnitz", "EDAO": "Flugplatz Nordhausen",
    "EDBA": "Flugplatz Arnstadt-Alkersleben", "EDBJ": "Flugplatz Jena-Schöngleina",
    "EDBS": "Flugplatz Sömmerda-Dermsdorf", "EDBT": "Flugplatz Allstedt", "EDCO": "Flugplatz Obermehler-Schlotheim",
    "EDEB": "Flugplatz Bad Langensalza", "EDEG": "Flugplatz Gotha-Ost", "EDEQ": "Flugplatz Mühlhausen",
    "EDGE": "Flugplatz Eisenach-Kindel", "EDOB": "Flugplatz Bad Berka", "EDOF": "Flugplatz Bad Frankenhausen",
    "EDOK": "Flugplatz Rudolstadt-Groschwitz", "EDOS": "Flugplatz Pennewitz", "EDOT": "Flugplatz Greiz-Obergrochlitz",
    "EDOU": "Flugplatz Weimar-Umpferstedt", "EDQS": "Flugplatz Suhl-Goldlauter",
}  # fmt: skip
STATE_OF_AIRFIELD = {"EDBT": "ST"}  # Allstedt lies beyond the border; the source counts it to Thuringia
SPEEDS_KMH = {"motorway": 110, "federal road": 65, "connector": 45}  # assumptions, facts/ says no speeds
PEOPLE_PER_KM2 = 2_500  # of a settlement, assumed: how wide a place is drawn around its centre
GAP_OF_A44 = ((9.950416, 51.092855), (10.005337, 51.028126))  # Sontra-West and Sontra-Ost, motorway_junctions.csv


def _point(lon: str, lat: str, **known: Any) -> Feature:
    """A point with every infrastructure column, `None` where nothing is known."""
    return feature(Point(float(lon), float(lat)), dict.fromkeys(COLUMNS) | {"schematic": False} | known)


def junctions() -> list[Feature]:
    """Junctions, crosses and triangles of the six motorways in and around the state."""
    rows = [row for row in facts("motorway_junctions") if row["motorway"] in MOTORWAYS]
    return [
        _point(
            row["lon"], row["lat"], source_id=f"junction-{row['motorway']}-{row['number']}", kind="motorway_junction",
            name=row["name"] or None, ref=row["motorway"], number=row["number"], detail=row["kind"],
            state=row["state"], accuracy="±0.2 km", source=row["position_source"], licence=ODBL, attribution=OSM,
            source_date="2026-08-22",
        )
        for row in rows
    ]  # fmt: skip


def rail_freight() -> list[Feature]:
    """Terminals, freight villages and stations on lines with freight traffic; ports and yards are left out."""
    rows = [row for row in facts("freight_terminals") if row["kind"] in RAIL_DETAIL]
    return [_rail_point(index, row) for index, row in enumerate(rows, 1)]


def _rail_point(index: int, row: dict[str, str]) -> Feature:
    found = row["position_source"].startswith("DB station data")
    return _point(
        row["lon"], row["lat"], source_id=f"rail-freight-{index:02d}", kind="rail_freight", name=row["name"],
        detail=RAIL_DETAIL[row["kind"]], state=row["state"],
        accuracy="±0.1 km" if found else row["position_source"].removeprefix("own knowledge, "),
        source=row["position_source"], licence="CC-BY-4.0" if found else "CC0-1.0", attribution=DB if found else OWN,
        schematic=not found,
    )  # fmt: skip


def stations() -> list[Feature]:
    """Passenger stations of Thuringia."""
    return [
        _point(
            row["lon"], row["lat"], source_id=f"station-{row['id']}", kind="station", name=row["name"], state="TH",
            detail="passenger", accuracy="±0.1 km", source="DB station data", licence="CC-BY-4.0", attribution=DB,
        )
        for row in facts("stations")
    ]  # fmt: skip


def airports() -> list[Feature]:
    """Four airports with scheduled flights or cargo, and the airfields of the state."""
    large = [row for row in facts("freight_terminals") if row["kind"] == "airport with cargo"]
    small = [row for row in facts("airports") if row["icao"] in AIRPORT_NAMES]
    shared = {
        "accuracy": "±0.5 km", "source": "airportsdata 20260905", "licence": "MIT", "attribution": "airportsdata (MIT)",
        "source_date": "2026-09-05",
    }  # fmt: skip
    return [
        _point(row["lon"], row["lat"], source_id=f"airport-{row['name'][-4:-1]}", kind="airport", name=row["name"],
               detail="airport with cargo", state=row["state"], **shared)
        for row in large
    ] + [
        _point(row["lon"], row["lat"], source_id=f"airfield-{row['icao']}", kind="airfield",
               name=AIRPORT_NAMES[row["icao"]], detail=row["icao"],
               state=STATE_OF_AIRFIELD.get(row["icao"], "TH"), **shared)
        for row in small
    ]  # fmt: skip


def substations() -> list[Feature]:
    """Substations of the 380 and 220 kV grid and a few of 110 kV, state of 2017."""
    return [
        _point(
            row["lon"], row["lat"], source_id=f"substation-{index:02d}", kind="substation", name=row["name"],
            detail=row["kind"], voltage_kv=number(row["max_voltage_kv"]),
            state="TH" if row["km_from_thuringia"] == "0.0" else None,
            accuracy="±0.1 km", source=row["source"], licence=ODBL, attribution=OSM, source_date="2017-01-01",
        )
        for index, row in enumerate(facts("substations"), 1)
    ]  # fmt: skip


def trunk_roads() -> list[Feature]:
    """Motorways and federal roads between two nodes of the road graph; its connectors are no roads and stay out."""
    edges = json.loads((FACTS / "trunk_edges.geojson").read_text(encoding="utf-8"))["features"]
    names = {row["node_id"]: row["name"] for row in facts("trunk_nodes")}
    drawn = [edge for edge in edges if edge["properties"]["speed_class"] != "connector"]
    return [*(_road(edge, names, _continuations(edge, drawn)) for edge in drawn), _missing_link()]


def road_graph() -> list[Feature]:
    """The road graph as lines that meet at their ends, connectors included, with speeds and settlements."""
    edges = json.loads((FACTS / "trunk_edges.geojson").read_text(encoding="utf-8"))["features"]
    names = {row["node_id"]: row["name"] for row in facts("trunk_nodes")}
    settlements = _settlements()
    return [_edge(edge, names, settlements) for edge in edges]


def _edge(edge: dict[str, Any], names: dict[str, str], settlements: BaseGeometry) -> Feature:
    about = edge["properties"]
    line = LineString(edge["geometry"]["coordinates"])
    connector = about["speed_class"] == "connector"
    towards = [names[about["from"]], names[about["to"]]]
    return feature(line, {
        "source_id": f"graph-{about['edge_id']}",
        "road_class": "local_road" if connector else about["speed_class"].replace(" ", "_"),
        "ref": None if connector else about["road"], "name": " – ".join(towards) if all(towards) else None,
        "length_m": round(about["km"] * 1000), "speed_kmh": SPEEDS_KMH[about["speed_class"]],
        "built_up": about["speed_class"] != "motorway" and bool(to_metres(line).intersects(settlements)),
    })  # fmt: skip


def _settlements() -> BaseGeometry:
    """A circle around the centre of every municipality, as wide as its people need."""
    rows = facts("municipality_centres")
    centres = [to_metres(Point(float(row["lon"]), float(row["lat"]))) for row in rows]
    radii = [math.sqrt(int(row["population_2023"]) / PEOPLE_PER_KM2 / math.pi) * 1000 for row in rows]
    circles = (centre.buffer(radius) for centre, radius in zip(centres, radii, strict=True))
    return unary_union(list(circles))


def _road(edge: dict[str, Any], names: dict[str, str], ends: tuple[Place | None, Place | None]) -> Feature:
    about = edge["properties"]
    towards = [names[about["from"]], names[about["to"]]]
    return feature(_smooth(edge["geometry"]["coordinates"], *ends), {
        "source_id": f"trunk-{about['edge_id']}", "road_class": about["speed_class"].replace(" ", "_"),
        "ref": about["road"], "name": " – ".join(towards) if all(towards) else None, "state": "open",
        "opens_on": None, "length_m": round(about["km"] * 1000),
    })  # fmt: skip


def _continuations(edge: dict[str, Any], edges: list[dict[str, Any]]) -> tuple[Place | None, Place | None]:
    """The next point of the same road beyond either end, `None` where it ends or forks."""
    own = edge["properties"]
    line = edge["geometry"]["coordinates"]
    found = []
    for end in (line[0], line[-1]):
        others = [
            other["geometry"]["coordinates"] for other in edges
            if other is not edge and other["properties"]["road"] == own["road"]
            and end in (other["geometry"]["coordinates"][0], other["geometry"]["coordinates"][-1])
        ]  # fmt: skip
        next_points = [other[1] if other[0] == end else other[-2] for other in others]
        found.append(next_points[0] if len(next_points) == 1 else None)
    return found[0], found[1]


def _smooth(line: list[Place], before: Place | None, after: Place | None) -> LineString:
    """A Hermite curve through the given points, which themselves stay."""
    points = [before or line[0], *line, after or line[-1]]
    curve = [tuple(line[0])]
    for p0, p1, p2, p3 in zip(points, points[1:], points[2:], points[3:], strict=False):
        pieces = max(1, min(10, round(math.dist(p1, p2) / 0.008)))
        curve += [_hermite(p0, p1, p2, p3, step / pieces) for step in range(1, pieces)] + [tuple(p2)]
    return LineString(curve)


def _hermite(p0: Place, p1: Place, p2: Place, p3: Place, t: float) -> tuple[float, float]:
    """Tangents along the neighbours, as long as the section itself: no loops beside short sections."""
    length = math.dist(p1, p2)
    one, two = _tangent(p0, p2, length), _tangent(p1, p3, length)
    h1, h2, h3, h4 = 2 * t**3 - 3 * t**2 + 1, t**3 - 2 * t**2 + t, 3 * t**2 - 2 * t**3, t**3 - t**2
    return (
        round(h1 * p1[0] + h2 * one[0] + h3 * p2[0] + h4 * two[0], 6),
        round(h1 * p1[1] + h2 * one[1] + h3 * p2[1] + h4 * two[1], 6),
    )


def _tangent(start: Place, end: Place, length: float) -> Place:
    scale = length / (math.dist(start, end) or 1.0)
    return [(end[0] - start[0]) * scale, (end[1] - start[1]) * scale]


def _missing_link() -> Feature:
    """The unfinished A44 between Sontra-West and Sontra-Ost: a straight line, day of opening not found."""
    line = LineString(GAP_OF_A44)
    return feature(line, {
        "source_id": "trunk-A44-gap", "road_class": "motorway", "ref": "A44", "name": "Sontra-West – Sontra-Ost",
        "state": "under_construction", "opens_on": None, "length_m": round(to_metres(line).length),
    })  # fmt: skip
