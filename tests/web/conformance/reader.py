"""How checks of conformance ask the API, and the table that they are entered in. The checks stand beside this."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cached_property
from html import unescape
from urllib.parse import urlsplit

from openapi_schema_validator import OAS31Validator
from shapely.geometry import shape

SPEC = "http://www.opengis.net/spec/"
REL = "http://www.opengis.net/def/rel/ogc/1.0/"
EPSG = "http://www.opengis.net/def/crs/EPSG/0/"
CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
OPENAPI = "application/vnd.oai.openapi+json;version=3.0"
SCHEMA_DIALECT = "https://json-schema.org/draft/2020-12/schema"

CHECKS: dict[str, tuple[str, Callable]] = {}


def meets(standard: str, name: str, fixture: str = "api"):
    """The decorated check proves the class `name` of `standard`, with what `fixture` gives."""

    def add(check):
        uri = f"{SPEC}{standard}/conf/{name}"
        assert uri not in CHECKS
        CHECKS[uri] = fixture, check
        return check

    return add


class Reader:
    """The API as the public reads it."""

    def __init__(self, client):
        self.client = client

    def open(self, path, accept=None, **query):
        headers = {"Accept": accept} if accept else {}
        return self.client.get(path, query_string=query or None, headers=headers)

    def get(self, path, **query):
        answer = self.open(f"/api{path}", **query)
        assert answer.status_code == 200, answer.text
        return answer.json

    def items(self, collection="parcels", **query):
        return self.get(f"/collections/{collection}/items", **{"limit": "1000", **query})["features"]

    def refused(self, path, **query):
        """The parameters that a 400 names."""
        answer = self.open(f"/api{path}", **query)
        assert (answer.status_code, answer.mimetype) == (400, "application/problem+json")
        return [one["parameter"] for one in answer.json["errors"]]

    @cached_property
    def everything(self):
        """The properties of all parcels by number."""
        return {one["id"]: one["properties"] for one in self.items()}

    @cached_property
    def shapes(self):
        """The shapes of all parcels by number, in EPSG:25832."""
        return {one["id"]: shape(one["geometry"]) for one in self.items(crs=f"{EPSG}25832")}

    def found(self, text, **query):
        return {one["id"] for one in self.items(filter=text, properties="number", **query)}

    def picks(self, text, fits, **query):
        """The filter finds exactly the parcels that `fits` says yes to; some, and not all."""
        picked = {number for number, one in self.everything.items() if fits(one)}
        assert 0 < len(picked) < len(self.everything), text
        assert self.found(text, **query) == picked, text

    def picks_shapes(self, text, fits):
        """The same by shape; coordinates of the filter are in EPSG:25832."""
        self.picks(text, lambda one: fits(self.shapes[one["number"]]), **{"filter-crs": f"{EPSG}25832"})


def links(document, rel):
    return [one for one in document["links"] if one["rel"] == rel]


def local(address):
    parts = urlsplit(address)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def hrefs(page):
    return {local(unescape(one)).removesuffix("?f=html") for one in re.findall(r'href="([^"]+)"', page)}


def schemas_of(api, part, role):
    """Each collection's name and its `part`, a JSON Schema of 2020-12 that the collection links to as `role`."""
    for one in api.get("/collections")["collections"]:
        (linked,) = [link for link in links(one, role) if link["type"] == "application/schema+json"]
        answer = api.open(local(linked["href"]))
        assert answer.mimetype == "application/schema+json"
        assert answer.json["$schema"] == SCHEMA_DIALECT
        assert urlsplit(answer.json["$id"]).path == f"/api/collections/{one['id']}/{part}"
        OAS31Validator.check_schema(answer.json)
        yield one["id"], answer.json
