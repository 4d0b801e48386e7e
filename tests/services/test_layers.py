"""Tiles: what they hold at which zoom, decoded by an independent library."""

import mapbox_vector_tile
import pytest

from landportal.errors import InvalidInput, NotFound
from landportal.model import ParcelStatus
from landportal.services.layers import context_tile, parcel_tile, revision_of
from landportal.services.search import SearchCriteria

ALL = SearchCriteria(status=tuple(ParcelStatus))


def tile_at(lon, lat, z):
    """Address of the tile that holds a place; formula of the XYZ scheme."""
    import math

    n = 2**z
    x = int((lon + 180) / 360 * n)
    y = int((1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * n)
    return z, x, y


def cells_around(session, criteria, z, lon, lat):
    """Cells of the tile at a place and its eight neighbours, by their place in the world."""
    found = {}
    _, x, y = tile_at(lon, lat, z)
    for dx in (-1, 0, 1):
        for dy in (-1, 0, 1):
            content = parcel_tile(session, criteria, z, x + dx, y + dy)
            for feature in mapbox_vector_tile.decode(content).get("cells", {}).get("features", []) if content else []:
                px, py = feature["geometry"]["coordinates"]
                place = (round((x + dx) * 4096 + px, -1), round((y + dy) * -4096 + py, -1))
                found.setdefault(place, []).append((feature["properties"]["count"], feature["properties"]["ha"]))
    return found


def test_close_by_a_tile_holds_outlines_with_the_facts_of_the_symbol(session, land):
    parcel = land.parcel("A", zone="GE", zone_restricted=True, ha=4)
    land.parcel("B", 1.3, 1, status="sold")
    content = parcel_tile(session, SearchCriteria(), *tile_at(parcel.lon, parcel.lat, 14))
    (feature,) = mapbox_vector_tile.decode(content)["parcels"]["features"]
    assert feature["properties"] == {"number": "A", "status": "available", "zone": "GE", "restricted": True, "ha": 4.0}
    assert feature["geometry"]["type"] == "Polygon"


@pytest.mark.parametrize("z", [5, 8, 10])
def test_from_afar_cells_count_every_parcel_once_wherever_tiles_end(session, land, z):
    for index in range(60):
        last = land.parcel(f"P{index}", 0.5 + index % 10 * 3.9, 0.5 + index // 10 * 3, ha=1 + index % 3)
    cells = cells_around(session, ALL, z, last.lon, last.lat)
    assert all(len(set(copies)) == 1 for copies in cells.values())
    assert sum(copies[0][0] for copies in cells.values()) == 60
    assert sum(copies[0][1] for copies in cells.values()) == pytest.approx(sum(1 + i % 3 for i in range(60)), abs=0.5)


def test_a_cell_that_touches_a_tile_is_in_it_whole(session, land):
    for index in range(40):
        last = land.parcel(f"P{index}", index, 1)
    cells = cells_around(session, ALL, 9, last.lon, last.lat)
    assert any(len(copies) > 1 for copies in cells.values())


def test_an_empty_tile_has_no_bytes(session, land):
    assert parcel_tile(session, SearchCriteria(), 14, 0, 0) == b""
    assert parcel_tile(session, SearchCriteria(), 3, 0, 0) == b""


@pytest.mark.parametrize("address", [(0, 0, 1), (-1, 0, 0), (23, 0, 0), (5, 32, 0), (5, 0, 32), (5, -1, 0)])
def test_a_tile_that_does_not_exist_is_refused(session, address):
    with pytest.raises(InvalidInput):
        parcel_tile(session, SearchCriteria(), *address)


def test_borders_and_places_follow_the_zoom(session, land):
    z, x, y = tile_at(10.75, 50.92, 8)
    far = mapbox_vector_tile.decode(context_tile(session, "admin-units", z, x, y))
    assert {feature["properties"]["level"] for feature in far["borders"]["features"]} == {"state", "county"}
    near = mapbox_vector_tile.decode(context_tile(session, "admin-units", *tile_at(10.75, 50.92, 11)))
    assert "municipality" in {feature["properties"]["level"] for feature in near["borders"]["features"]}


def test_context_layers_carry_what_the_map_names(session, land):
    parcel = land.parcel("A")
    land.infrastructure("motorway_junction", "Waltershausen", 1.1, 1.1, ref="A4", number="42")
    land.constraint("flood", 1, 1, 1, 1, name="HQ100")
    land.area("kreuz", name_de="Kreuz", name_en="Cross")
    address = tile_at(parcel.lon, parcel.lat, 10)
    points = mapbox_vector_tile.decode(context_tile(session, "infrastructure", *address))["points"]["features"]
    assert points[0]["properties"] == {
        "kind": "motorway_junction", "name": "Waltershausen", "ref": "A4", "number": "42",
    }  # fmt: skip
    zones = mapbox_vector_tile.decode(context_tile(session, "constraints", *address))["constraints"]["features"]
    assert zones[0]["properties"] == {"kind": "flood", "name": "HQ100", "grade": "restricted"}
    areas = mapbox_vector_tile.decode(context_tile(session, "areas", *address))
    assert areas["areas"]["features"][0]["properties"] == {"slug": "kreuz", "name": "Kreuz", "name_en": "Cross"}
    assert areas["areas_labels"]["features"][0]["properties"]["ha"] == 100.0


def test_an_unknown_layer_is_not_found(session):
    with pytest.raises(NotFound):
        context_tile(session, "pg_catalog", 1, 0, 0)


def test_the_revision_moves_with_the_layer(session, land):
    before = revision_of(session, "constraints")
    land.constraint("flood", 1, 1, 1, 1)
    assert revision_of(session, "constraints") == before + 1
