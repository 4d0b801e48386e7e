"""The abstract test suite of CQL2 (OGC 21-065r2, annex A) against context layers of the standard's own test data.

`tests/data/cql2/README.md` says where predicates, counts and data come from. Each predicate is asked over HTTP, in text
and, as the PyPI package `cql2` translates it, in JSON.
"""

import csv
import json
from pathlib import Path

import cql2
import pytest

from landportal import db
from landportal.config import read_settings
from landportal.services.layer_imports import LayerFacts, LayerRequest, publish
from landportal.web import create_app

FOLDER = Path(__file__).parents[1] / "data" / "cql2"
FACTS = LayerFacts(title_en="CQL2", licence="CC0-1.0", attribution="Natural Earth")
PLACES = "ne_110m_populated_places_simple"
LAYERS = ("ne_110m_admin_0_countries", PLACES, "ne_110m_rivers_lake_centerlines")


def table(name):
    with (FOLDER / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def combined(p1, p2, p3, p4):
    return f"(NOT ({p2}) AND {p1}) OR ({p3} and {p4}) or not ({p1} OR {p4})"


PREDICATES = [(one["collection"], one["predicate"], int(one["count"])) for one in table("predicates.tsv")] + [
    (PLACES, combined(one["p1"], one["p2"], one["p3"], one["p4"]), int(one["count"]))
    for one in table("combinations.tsv")
]


@pytest.fixture(scope="module")
def found(clone):
    """Asks a layer how many features a filter finds."""
    url = clone("empty")
    settings = read_settings(
        {"LANDPORTAL_DATABASE_URL": url, "LANDPORTAL_BASEMAP": "none", "LANDPORTAL_SECRET_KEY": "tests"}
    )
    owner = db.connect(url, settings)
    with db.transaction(owner) as session:
        for name in LAYERS:
            publish(session, LayerRequest(FOLDER / f"{name}.geojson", name, FACTS))
    client = create_app(settings).test_client()

    def ask(layer, asked, lang):
        query = {"filter": asked, "filter-lang": lang, "resultType": "hits"}
        answer = client.get(f"/api/collections/{layer}/items", query_string=query)
        return answer.json["numberMatched"] if answer.status_code == 200 else (answer.status_code, answer.json)

    return ask


@pytest.mark.parametrize(("layer", "predicate", "count"), PREDICATES)
def test_text(found, layer, predicate, count):
    assert found(layer, predicate, "cql2-text") == count


@pytest.mark.parametrize(("layer", "predicate", "count"), PREDICATES)
def test_json(found, layer, predicate, count):
    asked = json.dumps(cql2.parse_text(predicate).to_json())
    assert found(layer, asked, "cql2-json") == count


def test_every_predicate_of_the_standard_is_asked():
    assert len(PREDICATES) == 351
