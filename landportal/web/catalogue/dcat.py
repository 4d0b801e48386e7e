"""The address of the catalogue for other catalogues, and the forms it comes in; what it says is `dcat_graph`'s."""

from __future__ import annotations

from flask import Response, request

from landportal.errors import InvalidInput
from landportal.services import catalogue
from landportal.web.catalogue.frame import blueprint, to_be_asked_again
from landportal.web.ogc_api.frame import refuse_unknown
from landportal.web.reading import snapshot

FORMS = {
    "rdf": ("application/rdf+xml", "xml"),
    "ttl": ("text/turtle", "turtle"),
    "jsonld": ("application/ld+json", "json-ld"),
}


@blueprint.get("/api/dcat")
def dcat() -> Response:
    """Every open data set, as ``f`` or Accept ask: rdf, ttl or jsonld."""
    from landportal.web.catalogue.dcat_graph import graph_of

    refuse_unknown()
    media_type, form = FORMS[_form()]
    with snapshot() as session:
        graph = graph_of(catalogue.entries(session), catalogue.state_keys(session))
    response = Response(graph.serialize(format=form, encoding="utf-8"), mimetype=media_type)
    response.vary.add("Accept")
    return to_be_asked_again(response)


def _form() -> str:
    stated = request.args.get("f")
    if stated is None:
        best = request.accept_mimetypes.best_match([media for media, _ in FORMS.values()], "application/rdf+xml")
        return next(name for name, (media, _) in FORMS.items() if media == best)
    if stated not in FORMS:
        raise InvalidInput(f"Formats here are {', '.join(FORMS)}.", "f")
    return stated
