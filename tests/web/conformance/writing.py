"""Checks of OGC API Features Part 4: create, replace, update, delete."""

from __future__ import annotations

from shapely.geometry import shape

from tests.web.conformance.reader import EPSG, local, meets
from tests.web.test_ogc_writing import ITEMS, UTM, UTM_BODY, allowed, feature, square


def _new(portal, **facts):
    number = portal.new(**facts)
    return number, f"{ITEMS}/{number}"


@meets("ogcapi-features-4/1.0", "create-replace-delete", "portal")
def _(portal):
    assert "POST" in allowed(portal.open("OPTIONS", ITEMS))
    created = portal.open("POST", ITEMS, feature(3, 14, zone="GE"), **UTM_BODY)
    assert created.status_code == 201
    address = local(created.headers["Location"])
    assert {"PUT", "DELETE"} <= allowed(portal.open("OPTIONS", address))
    assert portal.open("GET", address).json["properties"]["zone"] == "GE"
    replacing = portal.open("PUT", address, feature(3, 14, name_de="Neu"), **UTM_BODY)
    assert replacing.status_code in {200, 204}
    stands = portal.open("GET", address).json["properties"]
    assert (stands["name_de"], stands["zone"]) == ("Neu", None)
    assert portal.open("PUT", f"{ITEMS}/nothing", feature(3, 14), **UTM_BODY).status_code == 404
    assert portal.open("DELETE", address).status_code in {200, 204}
    assert portal.open("GET", address).status_code in {404, 410}


@meets("ogcapi-features-4/1.0", "update", "portal")
def _(portal):
    number, address = _new(portal, zone="GE", price_eur_m2=12.5)
    offered = portal.open("OPTIONS", address)
    assert "PATCH" in allowed(offered)
    assert offered.headers["Accept-Patch"] == "application/merge-patch+json"
    before = portal.item(number).json
    answer = portal.patch(number, {"properties": {"price_eur_m2": None, "name_de": "Anders"}})
    assert answer.status_code == 200
    after = portal.item(number).json
    assert after["geometry"] == before["geometry"]
    told = ("price_eur_m2", "name_de", "zone")
    assert [after["properties"][name] for name in told] == [None, "Anders", "GE"]
    assert portal.patch("nothing", {"properties": {}}).status_code == 404
    refused = portal.open("PATCH", address, b"<feature/>", Content_Type="application/xml")
    assert refused.status_code == 415


@meets("ogcapi-features-4/1.0", "features", "portal")
def _(portal):
    offered = portal.open("OPTIONS", ITEMS)
    assert "application/geo+json" in offered.headers["Accept-Post"]
    number, address = _new(portal)
    moved = feature(2, 15)
    assert portal.open("PUT", address, moved, **UTM_BODY).status_code in {200, 204}
    in_utm = portal.open("GET", f"{address}?crs={UTM}").json["geometry"]
    assert shape(in_utm).equals_exact(shape(square(2, 15)), 0.001) or shape(in_utm).equals(shape(square(2, 15)))
    lon_lat = portal.item(number).json
    portal.open("PUT", address, feature(5, 15), **UTM_BODY)
    assert portal.open("PUT", address, lon_lat).status_code in {200, 204}
    again = shape(portal.open("GET", f"{address}?crs={UTM}").json["geometry"])
    assert again.symmetric_difference(shape(square(2, 15))).area < 20
    assert portal.open("PUT", address, moved, Content_Crs=f"<{EPSG}4258>").status_code == 400
    assert portal.open("POST", ITEMS, b"<x/>", Content_Type="application/gml+xml").status_code == 415
    assert portal.open("POST", ITEMS, {"type": "Feature"}).status_code == 422


@meets("ogcapi-features-4/1.0", "optimistic-locking-etags", "portal")
def _(portal):
    number, address = _new(portal)
    read = portal.item(number).headers["ETag"]
    first = portal.patch(number, {"properties": {"zone": "GE"}}, If_Match=read)
    assert first.status_code == 200
    assert first.headers["ETag"] not in {read, None}
    late = [
        portal.patch(number, {"properties": {"zone": "GI"}}, If_Match=read),
        portal.open("PUT", address, feature(2, 3), **UTM_BODY, If_Match=read),
        portal.open("DELETE", address, If_Match=read),
    ]
    assert [one.status_code for one in late] == [412, 412, 412]
    assert portal.item(number).json["properties"]["zone"] == "GE"
    current = portal.item(number).headers["ETag"]
    assert portal.open("DELETE", address, If_Match=current).status_code in {200, 204}
