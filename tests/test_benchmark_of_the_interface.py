"""What the benchmark of the interface decides without a server: whether answers are equal, which aims are missed."""

import json

import pytest

from benchmarks.answers import Answer, compared
from benchmarks.parts.interface import Measured, Question, missed, questions, tile_fields


def page(*numbers, total=2, **properties):
    features = [{"properties": {"number": number, **properties}} for number in numbers]
    content = json.dumps({"features": features, "numberMatched": total}).encode()
    return Answer(200, content)


def test_equal_pages_are_measured():
    compared("items", {"ours": page("A", "B"), "tipg": page("A", "B", id=1)})


@pytest.mark.parametrize("other", [page("B", "A"), page("A"), page("A", "B", total=3), page("A", "B", zone="GI")])
def test_another_answer_stops_the_measurement(other):
    with pytest.raises(SystemExit):
        compared("items", {"ours": page("A", "B"), "tipg": other})


def test_an_aim_that_is_missed_is_told():
    question = Question("items", "items", {}, {"tipg": 4, "pygeoapi": 9})
    reached = Measured(question, 1, {"SQL": 9.0, "ours": 10.0, "tipg": 41.0, "pygeoapi": None})
    assert missed(reached) == []
    behind = Measured(question, 1, {"SQL": 5.0, "ours": 10.0, "tipg": 39.0, "pygeoapi": 91.0})
    assert missed(behind) == ["SQL × 1.3", "tipg ÷ 4"]


def test_everybody_is_asked_for_the_attributes_of_our_tiles():
    asked = list(questions("10,50,11,51", 8000, (198_000, "WzFd"), {12: (2174, 1376)}))
    equal = next(one for one in asked if one.kind == "tile")
    assert "%2C".join(tile_fields()) in equal.paths["tipg"]
    assert equal.paths["ours"].endswith("/12/1376/2174")
