"""Checks of OGC API Tiles and of its grids."""

from __future__ import annotations

import math

import pyproj
import pytest
from mapbox_vector_tile import decode
from openapi_schema_validator import OAS31Validator
from shapely import box
from shapely.affinity import affine_transform
from shapely.geometry import shape

from tests.web.conformance.reader import EPSG, REL, links, local, meets

WEB, ADV = "WebMercatorQuad", "DE_EPSG_25832_ADV"


def _tile_of(api, grid, level, place):
    """Address of the tile that holds `place`, and its box."""
    matrix = api.get(f"/tileMatrixSets/{grid}")["tileMatrices"][level]
    width, (west, north) = matrix["cellSize"] * matrix["tileWidth"], matrix["pointOfOrigin"]
    column, row = int((place[0] - west) / width), int((north - place[1]) / width)
    left, top = west + column * width, north - row * width
    return f"/api/collections/parcels/tiles/{grid}/{level}/{row}/{column}", box(left, top - width, left + width, top)


def _places(api, grid):
    """A point in each parcel, in the CRS of the grid."""
    crs = f"{EPSG}3857" if grid == WEB else f"{EPSG}25832"
    return [shape(one["geometry"]).centroid for one in api.items(crs=crs, limit="3")]


def _drawn(answer):
    return {one["properties"]["id"]: one for one in decode(answer.data)["features"]["features"]}


@meets("ogcapi-tiles-1/1.0", "core")
def _(api):
    for level in (9, 12):
        for one in list(api.shapes.values())[:3]:
            address, area = _tile_of(api, ADV, level, one.centroid.coords[0])
            answer = api.open(address)
            assert answer.status_code == 200
            inside = {number for number, each in api.shapes.items() if each.intersects(area)}
            near = {number for number, each in api.shapes.items() if each.intersects(area.buffer(area.length / 16))}
            assert inside <= set(_drawn(answer)) <= near
    assert api.open(f"/api/collections/parcels/tiles/{WEB}/3/0/0").status_code == 204
    for outside in ("3/8/0", "3/0/8", "99/0/0"):
        assert api.open(f"/api/collections/parcels/tiles/{WEB}/{outside}").status_code in {400, 404}


@meets("ogcapi-tiles-1/1.0", "tileset")
def _(api):
    for grid in (WEB, ADV):
        told = api.get(f"/collections/parcels/tiles/{grid}")
        assert told["dataType"] == "vector"
        scheme = api.open(local(links(told, f"{REL}tiling-scheme")[0]["href"])).json
        assert (scheme["id"], scheme["crs"]) == (grid, told["crs"])
        (template,) = links(told, "item")
        assert template["templated"] is True
        place = _places(api, grid)[0].coords[0]
        address, _area = _tile_of(api, grid, 11, place)
        level, row, column = address.split("/")[-3:]
        filled = local(template["href"]).format(tileMatrix=level, tileRow=row, tileCol=column)
        assert filled == address
        assert api.open(filled).mimetype == template["type"]


@meets("ogcapi-tiles-1/1.0", "tilesets-list")
def _(api):
    listed = api.get("/collections/parcels/tiles")["tilesets"]
    assert [one["crs"] for one in listed] == [f"{EPSG}3857", f"{EPSG}25832"]
    for one in listed:
        assert {"dataType", "crs", "links"} <= set(one)
        alone = api.open(local(links(one, "self")[0]["href"])).json
        assert alone["title"] == one["title"]
        assert links(alone, f"{REL}tiling-scheme") == links(one, f"{REL}tiling-scheme")
    assert listed[0]["tileMatrixSetURI"] == f"http://www.opengis.net/def/tilematrixset/OGC/1.0/{WEB}"


@meets("ogcapi-tiles-1/1.0", "geodata-tilesets")
def _(api):
    for one in api.get("/collections")["collections"]:
        (linked,) = links(one, f"{REL}tilesets-vector")
        listed = api.open(local(linked["href"])).json["tilesets"]
        assert listed
        for each in listed:
            assert local(links(each, f"{REL}geodata")[0]["href"]) == f"/api/collections/{one['id']}"
        assert api.open(f"/api/collections/{one['id']}/tiles/{ADV}/0/0/0").status_code == 200


@meets("ogcapi-tiles-1/1.0", "oas30")
def _(api):
    paths = api.open("/api/openapi.json").json["paths"]
    for one in api.get("/collections")["collections"]:
        base = f"/collections/{one['id']}/tiles"
        assert {base, f"{base}/{{tileMatrixSetId}}"} <= set(paths)
        tile = paths[f"{base}/{{tileMatrixSetId}}/{{tileMatrix}}/{{tileRow}}/{{tileCol}}"]["get"]
        names = [each["name"] for each in tile["parameters"] if each["in"] == "path" and each["required"]]
        assert names == ["tileMatrixSetId", "tileMatrix", "tileRow", "tileCol"]
        assert tile["parameters"][0]["schema"]["enum"] == [WEB, ADV]
        assert list(tile["responses"]["200"]["content"]) == ["application/vnd.mapbox-vector-tile"]


@meets("ogcapi-tiles-1/1.0", "mvt")
def _(api):
    number, one = next(iter(api.shapes.items()))
    address, area = _tile_of(api, ADV, 12, one.centroid.coords[0])
    answer = api.open(address, "application/vnd.mapbox-vector-tile")
    assert answer.mimetype == "application/vnd.mapbox-vector-tile"
    layer = decode(answer.data)["features"]
    assert layer["version"] == 2
    drawn = _drawn(answer)[number]
    for name in ("name_de", "area_m2", "zone_restricted", "plan_status"):
        assert drawn["properties"][name] == api.everything[number][name]
    # The decoder turns the tile's axis round: its rows go up as northings do.
    west, south, east, _north = area.bounds
    scale = (east - west) / layer["extent"]
    placed = affine_transform(shape(drawn["geometry"]), [scale, 0, 0, scale, west, south])
    wanted = one.intersection(area)
    assert placed.intersection(area).symmetric_difference(wanted).area < wanted.area / 100


@meets("tms/2.0", "tilematrixset")
def _(api):
    half = math.pi * 6_378_137
    known = {WEB: (559_082_264.0287178, [-half, half], 23), ADV: (17_471_320.75089743, [-46_133.17, 6_301_219.54], 17)}
    for grid, (denominator, corner, levels) in known.items():
        told = api.get(f"/tileMatrixSets/{grid}")
        axes = [one.abbrev for one in pyproj.CRS(f"EPSG:{told['crs'].rpartition('/')[2]}").axis_info]
        assert told["orderedAxes"] == axes
        assert len(told["tileMatrices"]) == levels
        for level, one in enumerate(told["tileMatrices"]):
            assert one["scaleDenominator"] == pytest.approx(denominator / 2**level, rel=1e-9)
            assert one["cellSize"] == pytest.approx(one["scaleDenominator"] * 0.00028, rel=1e-9)
            assert one["pointOfOrigin"] == pytest.approx(corner, rel=1e-9)
            assert (one["matrixWidth"], one["matrixHeight"]) == (2**level, 2**level)
    last = api.get(f"/tileMatrixSets/{WEB}")["tileMatrices"][-1]
    assert last["cellSize"] * 256 * last["matrixWidth"] == pytest.approx(2 * half)


@meets("tms/2.0", "json-tilematrixset")
def _(api):
    whole = {"type": "integer", "minimum": 1}
    number = {"type": "number", "exclusiveMinimum": 0}
    matrix = {
        "type": "object",
        "required": [
            "id", "scaleDenominator", "cellSize", "pointOfOrigin", "tileWidth", "tileHeight", "matrixWidth",
            "matrixHeight",
        ],
        "properties": {
            "id": {"type": "string"}, "scaleDenominator": number, "cellSize": number,
            "cornerOfOrigin": {"enum": ["topLeft", "bottomLeft"]}, "tileWidth": whole, "tileHeight": whole,
            "pointOfOrigin": {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2},
            "matrixWidth": whole, "matrixHeight": whole,
        },
    }  # fmt: skip
    described = {
        "type": "object",
        "required": ["crs", "tileMatrices"],
        "properties": {
            "id": {"type": "string", "pattern": r"^[\w\-]+$"}, "crs": {"type": "string", "format": "uri"},
            "uri": {"type": "string"}, "orderedAxes": {"type": "array", "items": {"type": "string"}, "minItems": 2},
            "tileMatrices": {"type": "array", "items": matrix, "minItems": 1},
        },
    }  # fmt: skip
    listed = api.get("/tileMatrixSets")["tileMatrixSets"]
    assert [one["id"] for one in listed] == [WEB, ADV]
    for one in listed:
        answer = api.open(local(links(one, "self")[0]["href"]), "application/json")
        assert answer.mimetype == "application/json"
        OAS31Validator(described).validate(answer.json)
        assert [each["id"] for each in answer.json["tileMatrices"]] == [
            str(level) for level in range(len(answer.json["tileMatrices"]))
        ]
