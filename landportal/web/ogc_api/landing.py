"""The way into the API: landing page, what it conforms to, the functions its filters know."""

from __future__ import annotations

from flask import Response

from landportal.services import filter_functions
from landportal.web.ogc_api.frame import (
    HTML,
    JSON,
    OPENAPI,
    answer,
    blueprint,
    in_language,
    link,
    refuse_unknown,
    self_links,
)

_SPEC = "http://www.opengis.net/spec/"
_REL = "http://www.opengis.net/def/rel/ogc/1.0/"


def _classes(standard: str, names: str) -> tuple[str, ...]:
    return tuple(f"{_SPEC}{standard}/conf/{name}" for name in names.split())


CONFORMANCE = (
    *_classes("ogcapi-common-1/1.0", "core landing-page json html oas30"),
    *_classes("ogcapi-common-2/1.0", "collections"),
    *_classes("ogcapi-common-3/1.0", "schemas returnables-and-receivables queryables sortables"),
    *_classes("ogcapi-features-1/1.0", "core oas30 html geojson"),
    *_classes("ogcapi-features-2/1.0", "crs"),
    *_classes("ogcapi-features-3/1.0", "queryables queryables-query-parameters filter features-filter"),
    *_classes("ogcapi-features-4/1.0", "create-replace-delete update features optimistic-locking-etags"),
    *_classes("ogcapi-features-5/1.0", "schemas"),
    *_classes("ogcapi-features-8/1.0", "sorting sortables features-sorting"),
    *_classes(
        "cql2/1.0",
        "cql2-text cql2-json basic-cql2 advanced-comparison-operators case-insensitive-comparison"
        " accent-insensitive-comparison basic-spatial-functions basic-spatial-functions-plus spatial-functions"
        " temporal-functions array-functions property-property functions arithmetic",
    ),
    *_classes("ogcapi-tiles-1/1.0", "core tileset tilesets-list geodata-tilesets oas30 mvt"),
    *_classes("tms/2.0", "tilematrixset json-tilematrixset"),
)
"""What is built, class by class; a test asks for something of each."""


@blueprint.get("")
@blueprint.get("/", endpoint="landing_slash")
def landing() -> Response:
    """The landing page."""
    refuse_unknown()
    content = {
        "title": in_language("landportal Thüringen – Schnittstelle", "landportal Thuringia – interface"),
        "description": in_language(
            "Gewerbe- und Industrieflächen mit Gebieten, Infrastruktur und Einschränkungen, nach OGC API.",
            "Commercial and industrial land with areas, infrastructure and constraints, as OGC API.",
        ),
        "links": [
            *self_links(),
            link("ogc_api.openapi", "service-desc", OPENAPI, "OpenAPI 3.0"),
            link("ogc_api.openapi", "service-doc", HTML, f="html"),
            # Features has the short names of these two, Common the long ones; clients look for either.
            link("ogc_api.conformance", "conformance", JSON),
            link("ogc_api.conformance", f"{_REL}conformance", JSON),
            link("ogc_api.collections", "data", JSON),
            link("ogc_api.collections", f"{_REL}data", JSON),
            link("ogc_api.tile_matrix_sets", f"{_REL}tiling-schemes", JSON),
            link("ogc_api.functions", f"{_REL}functions", JSON),
        ],
    }
    return answer(content, "landing")


@blueprint.get("/conformance")
def conformance() -> Response:
    """The classes of the standards this API conforms to."""
    refuse_unknown()
    return answer({"conformsTo": list(CONFORMANCE)}, "conformance")


@blueprint.get("/functions")
def functions() -> Response:
    """The closed list of functions that filters may call."""
    refuse_unknown()
    return answer({"functions": filter_functions.described()}, "functions")
