"""The catalogue: DCAT-AP.de against shapes of its mandatory statements, sitemaps, and the feed of changes."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import urlsplit

import pyshacl
import pytest
from lxml import etree
from rdflib import DCAT, DCTERMS, RDF, Graph, Namespace

DCATDE = Namespace("http://dcat-ap.de/def/dcatde/")
FORMS = {
    "rdf": ("application/rdf+xml", "xml"),
    "ttl": ("text/turtle", "turtle"),
    "jsonld": ("application/ld+json", "json-ld"),
}
ATOM = {"a": "http://www.w3.org/2005/Atom"}
SITEMAP = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9"}


def read(client, form: str) -> Graph:
    answer = client.get(f"/api/dcat?f={form}")
    assert answer.status_code == 200
    assert answer.mimetype == FORMS[form][0]
    return Graph().parse(data=answer.data, format=FORMS[form][1])


def local(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def test_the_three_forms_say_the_same(client):
    counts = {form: len(read(client, form)) for form in FORMS}
    assert len(set(counts.values())) == 1
    assert counts["ttl"] > 200


@pytest.mark.parametrize(
    ("accept", "media_type"), [(media, media) for media, _ in FORMS.values()] + [("*/*", "application/rdf+xml")]
)
def test_accept_chooses_the_form(client, accept, media_type):
    assert client.get("/api/dcat", headers={"Accept": accept}).mimetype == media_type


def test_an_unknown_form_is_told(client):
    assert client.get("/api/dcat?f=n3").status_code == 400
    assert client.get("/api/dcat?form=ttl").status_code == 400


def test_every_mandatory_statement_is_there(client):
    conforms, _, told = pyshacl.validate(
        read(client, "ttl"), shacl_graph=str(Path(__file__).parent / "dcat_shapes.ttl")
    )
    assert conforms, told


def test_the_shapes_notice_what_lacks(client):
    graph = read(client, "ttl")
    graph.remove((None, DCTERMS.license, None))
    conforms, _, _ = pyshacl.validate(graph, shacl_graph=str(Path(__file__).parent / "dcat_shapes.ttl"))
    assert not conforms


def test_every_collection_is_a_data_set_whose_distributions_answer(client):
    graph = read(client, "ttl")
    listed = {one["id"] for one in client.get("/api/collections").json["collections"]}
    told = {str(one).rsplit("/", 1)[1] for one in graph.subjects(RDF.type, DCAT.Dataset)}
    assert told == listed
    addresses = {str(one) for one in graph.objects(None, DCAT.accessURL)}
    assert len(addresses) >= 3 * len(listed)
    for address in addresses:
        assert client.get(local(address)).status_code == 200, address


def test_a_licence_of_one_delivery_is_named_as_the_list_calls_it(client):
    graph = read(client, "ttl")
    parcels = next(one for one in graph.subjects(RDF.type, DCAT.Dataset) if str(one).endswith("/parcels"))
    licences = {str(graph.value(one, DCTERMS.license)) for one in graph.objects(parcels, DCAT.distribution)}
    assert licences == {"http://dcat-ap.de/def/licenses/cc-zero"}
    assert str(graph.value(parcels, DCATDE.politicalGeocodingURI)).endswith("/stateKey/16")


@pytest.mark.parametrize("lang", ["de", "en"])
def test_the_page_of_open_data_leads_to_every_form(client, lang):
    page = client.get(f"/{lang}/open-data").text
    for one in client.get("/api/collections").json["collections"]:
        assert f"/api/collections/{one['id']}/items?f=json" in page
    assert "/api/dcat?f=ttl" in page
    assert f"/{lang}/changes.atom" in page


def test_the_sitemaps_name_every_parcel_and_area_in_both_languages(client):
    assert b"/sitemap.xml" in client.get("/robots.txt").data
    index = etree.fromstring(client.get("/sitemap.xml").data)
    found: set[str] = set()
    for file in index.iterfind("s:sitemap/s:loc", SITEMAP):
        answer = client.get(local(file.text or ""))
        assert answer.mimetype == "application/xml"
        found |= {local(one.text or "") for one in etree.fromstring(answer.data).iterfind("s:url/s:loc", SITEMAP)}
    parcels = client.get("/api/collections/parcels/items?limit=10000&properties=number").json["features"]
    assert {f"/{lang}/parcels/{one['id']}" for one in parcels for lang in ("de", "en")} <= found
    assert client.get("/sitemaps/parcels-99999.xml").status_code == 404
    for address in sorted(found)[::150]:
        assert client.get(address).status_code == 200


def test_the_feed_is_atom_and_json_of_the_same_news(client):
    feed = etree.fromstring(client.get("/de/changes.atom?limit=7").data)
    told = client.get("/de/changes.json?limit=7").json
    assert [one.findtext("a:id", namespaces=ATOM) for one in feed.iterfind("a:entry", ATOM)] == [
        one["id"] for one in told["items"]
    ]
    assert len(told["items"]) == 7
    for one in told["items"]:
        assert client.get(local(one["url"])).status_code == 200
    assert client.get(f"{local(told['next_url'])}").json["items"][0]["id"] != told["items"][0]["id"]


def test_the_whole_feed_has_each_entry_once(client):
    seen: list[str] = []
    address = "/en/changes.json?limit=100"
    while address:
        page = json.loads(client.get(address).data)
        seen += [one["id"] for one in page["items"]]
        address = local(page["next_url"]) if "next_url" in page else ""
    assert len(seen) == len(set(seen)) > 300


@pytest.mark.parametrize("query", ["before=x", "before=1", "since=yesterday", "limit=many", "page=2"])
def test_a_bad_question_to_the_feed_is_told(client, query):
    assert client.get(f"/de/changes.json?{query}").status_code == 400
