"""The catalogue for other catalogues as a graph of DCAT-AP.de 3.0, by rdflib; loaded when somebody asks for it."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask import url_for
from rdflib import DCAT, DCTERMS, FOAF, RDF, RDFS, XSD, Graph, Literal, Namespace, URIRef
from rdflib import BNode as Blank

from landportal.services.catalogue import Entry, Licence
from landportal.web.catalogue.frame import distributions
from landportal.web.reading import settings

DCATDE = Namespace("http://dcat-ap.de/def/dcatde/")
DCATAP = Namespace("http://data.europa.eu/r5r/")
LOCN = Namespace("http://www.w3.org/ns/locn#")
EU = "http://publications.europa.eu/resource/authority/"
GEOCODING = "http://dcat-ap.de/def/politicalGeocoding/"
LICENCES = "http://dcat-ap.de/def/licenses/"
WKT = URIRef("http://www.opengis.net/ont/geosparql#wktLiteral")
CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"

LICENCE_CODES = {
    "dl-de/by-2-0": "dl-by-de/2.0",
    "dl-de/zero-2-0": "dl-zero-de/2.0",
    "CC BY 4.0": "cc-by/4.0",
    "CC-BY-4.0": "cc-by/4.0",
    "CC BY-SA 4.0": "cc-by-sa/4.0",
    "CC0 1.0": "cc-zero",
    "CC0-1.0": "cc-zero",
    "ODbL 1.0": "odbl",
    "GeoNutzV": "geonutz/20130319",
}
"""Short names of licences as the list of DCAT-AP.de calls them; others are open all the same (``other-open``)."""


def graph_of(entries: tuple[Entry, ...], states: tuple[str, ...]) -> Graph:
    """Every open data set of `entries`, those of a state under the key of `states`."""
    graph = Graph()
    for prefix, namespace in (("dcatde", DCATDE), ("dcatap", DCATAP), ("locn", LOCN)):
        graph.bind(prefix, namespace)
    home = URIRef(url_for("catalogue.dcat", _external=True))
    operator = _agent(graph, URIRef(f"{home}#operator"), "landportal Thüringen")
    told = _Told(graph, home, operator, states)
    told.catalogue()
    for entry in entries:
        told.data_set(entry)
    return graph


def _agent(graph: Graph, node: URIRef | Blank, name: str) -> URIRef | Blank:
    graph.add((node, RDF.type, FOAF.Agent))
    graph.add((node, FOAF.name, Literal(name)))
    return node


class _Told:
    """Statements about one catalogue; each method adds those of one thing and gives its node."""

    def __init__(self, graph: Graph, home: URIRef, operator: Any, states: tuple[str, ...]) -> None:
        self.graph, self.home, self.operator, self.states = graph, home, operator, states

    def _tell(self, node: Any, *statements: tuple[Any, Any]) -> None:
        for predicate, value in statements:
            self.graph.add((node, predicate, value))

    def catalogue(self) -> None:
        self._tell(
            self.home,
            (RDF.type, DCAT.Catalog),
            (DCTERMS.title, Literal("Gewerbe- und Industrieflächen in Thüringen", "de")),
            (DCTERMS.title, Literal("Commercial and industrial land in Thuringia", "en")),
            (DCTERMS.description, Literal("Flächen, Gebiete und was sie umgibt, zum Mitnehmen.", "de")),
            (DCTERMS.description, Literal("Sites, areas and what surrounds them, to take along.", "en")),
            (DCTERMS.publisher, self.operator),
            (DCTERMS.language, self._known("Language", "language/DEU", DCTERMS.LinguisticSystem)),
            (DCTERMS.language, self._known("Language", "language/ENG", DCTERMS.LinguisticSystem)),
            (FOAF.homepage, self._typed(url_for("pages.any_language", _external=True), FOAF.Document)),
            (DCATDE.licenseAttributionByText, Literal("landportal Thüringen")),
        )
        service = URIRef(url_for("ogc_api.landing", _external=True))
        self._tell(self.home, (DCAT.service, service))
        self._tell(
            service,
            (RDF.type, DCAT.DataService),
            (DCTERMS.title, Literal("OGC API Features & Tiles", "en")),
            (DCAT.endpointURL, service),
            (DCAT.endpointDescription, URIRef(url_for("ogc_api.openapi", _external=True))),
            (DCTERMS.conformsTo, self._typed("http://www.opengis.net/spec/ogcapi-features-1/1.0", DCTERMS.Standard)),
        )

    def data_set(self, entry: Entry) -> None:
        one = entry.collection
        node = URIRef(url_for("ogc_api.collection", collection=one.id, _external=True))
        self._tell(self.home, (DCAT.dataset, node))
        self._tell(URIRef(url_for("ogc_api.landing", _external=True)), (DCAT.servesDataset, node))
        self._tell(
            node,
            (RDF.type, DCAT.Dataset),
            (DCTERMS.identifier, Literal(str(node))),
            (DCTERMS.title, Literal(one.title_de, "de")),
            (DCTERMS.title, Literal(one.title_en, "en")),
            (DCTERMS.description, Literal(one.description_de, "de")),
            (DCTERMS.description, Literal(one.description_en, "en")),
            (DCAT.theme, self._known("Concept", "data-theme/ECON", None)),
            (DCAT.theme, self._known("Concept", "data-theme/REGI", None)),
            (DCAT.keyword, Literal("Gewerbeflächen", "de")),
            (DCAT.keyword, Literal("commercial land", "en")),
            (DCTERMS.language, URIRef(f"{EU}language/DEU")),
            (DCTERMS.accessRights, self._known("Rights", "access-right/PUBLIC", DCTERMS.RightsStatement)),
            (DCTERMS.publisher, self.operator),
            (DCAT.contactPoint, self._contact()),
            (DCATDE.contributorID, URIRef(settings().contributor_id or f"{self.home}#operator")),
            (DCATDE.politicalGeocodingLevelURI, URIRef(f"{GEOCODING}Level/state")),
            (DCTERMS.spatial, self._place(entry)),
            *((DCATDE.politicalGeocodingURI, URIRef(f"{GEOCODING}stateKey/{key}")) for key in self.states),
            *((DCTERMS.creator, _agent(self.graph, Blank(), name)) for name in entry.publishers),
            *((DCTERMS.modified, literal) for literal in _moments(entry)),
        )  # fmt: skip
        for number, each in enumerate(distributions(entry)):
            self._distribution(node, URIRef(f"{node}#distribution-{number}"), entry, each)

    def _distribution(self, data_set: URIRef, node: URIRef, entry: Entry, each: Any) -> None:
        self._tell(data_set, (DCAT.distribution, node))
        self._tell(
            node,
            (RDF.type, DCAT.Distribution),
            (DCTERMS.title, Literal(each.title)),
            (DCAT.accessURL, URIRef(each.url)),
            (DCAT.accessService, URIRef(url_for("ogc_api.landing", _external=True))),
            (DCATAP.availability, URIRef("http://publications.europa.eu/resource/authority/planned-availability/STABLE")),
            (DCTERMS.license, self._licence(entry.licences)),
            *((DCATDE.licenseAttributionByText, Literal(text)) for text in entry.attributions),
        )  # fmt: skip
        media = self._typed(f"https://www.iana.org/assignments/media-types/{each.media_type}", DCTERMS.MediaType)
        self._tell(node, (DCAT.mediaType, media))
        if each.file_type:
            file_type = self._known("File type", f"file-type/{each.file_type}", DCTERMS.MediaTypeOrExtent)
            self._tell(node, (DCTERMS.format, file_type))

    def _contact(self) -> Blank:
        vcard = Namespace("http://www.w3.org/2006/vcard/ns#")
        node = Blank()
        self._tell(
            node, (RDF.type, vcard.Organization), (vcard.fn, Literal("landportal Thüringen")),
            (vcard.hasURL, URIRef(url_for("pages.imprint", lang="de", _external=True))),
        )  # fmt: skip
        return node

    def _place(self, entry: Entry) -> Blank:
        """Where the data lie: a box in longitude and latitude."""
        node = Blank()
        self._tell(node, (RDF.type, DCTERMS.Location))
        if entry.box:
            west, south, east, north = (round(value, 5) for value in entry.box)
            corners = ((west, south), (east, south), (east, north), (west, north), (west, south))
            ring = ", ".join(f"{x} {y}" for x, y in corners)
            self._tell(node, (DCAT.bbox, Literal(f"<{CRS84}> POLYGON(({ring}))", datatype=WKT)))
        return node

    def _licence(self, licences: tuple[Licence, ...]) -> URIRef:
        """The one licence of all deliveries; where they differ: open, as each attribution says."""
        code = LICENCE_CODES.get(licences[0].name, "other-open") if len(licences) == 1 else "other-open"
        return self._typed(LICENCES + code, DCTERMS.LicenseDocument)

    def _known(self, label: str, path: str, kind: Any) -> URIRef:
        node = URIRef(EU + path)
        if kind is not None:
            self._tell(node, (RDF.type, kind))
        self._tell(node, (RDFS.label, Literal(f"{label} {path.rsplit('/', 1)[1]}", "en")))
        return node

    def _typed(self, uri: str, kind: Any) -> URIRef:
        self._tell(URIRef(uri), (RDF.type, kind))
        return URIRef(uri)


def _moments(entry: Entry) -> list[Literal]:
    moment: dt.datetime | dt.date | None = entry.delivered or entry.data_date
    if moment is None:
        return []
    kind = XSD.dateTime if isinstance(moment, dt.datetime) else XSD.date
    return [Literal(moment.isoformat(), datatype=kind)]
