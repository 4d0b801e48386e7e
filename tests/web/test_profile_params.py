"""What somebody looks for, in the address: what is understood, what is refused at its field, that both ways agree."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from landportal.services.scoring import CRITERIA, Must, Preset, Profile, Steps, profile_of
from landportal.services.scoring.profile import in_order
from landportal.services.search import SearchCriteria, Sort
from landportal.web import params, profile_params


@pytest.fixture(autouse=True)
def english(app):
    with app.test_request_context("/en/parcels"):
        yield


def reading(*pairs):
    return params.read(MultiDict(pairs))


def profile(*pairs):
    read = reading(*pairs)
    assert read.problems == ()
    return read.criteria.profile


def test_without_anything_said_there_is_no_profile():
    assert profile() is None
    assert profile(("profile", ""), ("must", " "), ("w_size", "")) is None


@pytest.mark.parametrize("preset", Preset)
def test_a_preset_brings_its_weights_and_knock_outs(preset):
    assert profile(("profile", preset.value)) == profile_of(preset)
    assert params.query(SearchCriteria(profile=profile_of(preset))) == f"profile={preset}"


def test_weights_move_those_of_the_preset():
    asked = profile(("profile", "logistics"), ("w_size", "0"), ("w_gas", "10"))
    assert (asked.weight("size"), asked.weight("gas"), asked.weight("motorway")) == (0, 10, 10)


def test_weights_alone_move_the_neutral_profile():
    assert profile(("w_size", "9")).preset is Preset.NEUTRAL


def test_stated_knock_outs_replace_those_of_the_preset_and_none_takes_them_away():
    assert profile(("profile", "logistics"), ("must", "size:8,5")).musts == (Must("size", 8.5),)
    assert profile(("profile", "logistics"), ("must", "none")).musts == ()
    assert profile(("profile", "logistics"), ("must", "none"), ("must", "night:60")) == profile_of(Preset.LOGISTICS)
    assert profile(("must", "plan:adopted"), ("must", "flood:no")).musts == (
        Must("plan", "adopted"),
        Must("flood", "no"),
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("profile", value) for value in ("xx", "Logistics", "logistics,food", "\x00")),
        *(("w_size", value) for value in ("11", "-1", "1.5", "ten", "1e1", "٣", "9" * 500)),
        *(("must", value) for value in ("size", "size:", "size:-1", "size:1e9", "size:nan", "size:99999999", "x:1")),
        *(("must", value) for value in (":8", "plan:4000", "flood:", "night:loud", "NONE", "size:8:9", "a" * 900)),
    ],
)  # fmt: skip
def test_a_bad_value_is_told_at_its_field(name, value):
    problems = reading((name, value)).problems
    assert [problem.field for problem in problems] == [name]
    assert 0 < len(str(problems[0])) < 500


def test_what_is_stated_twice_is_told():
    assert [problem.field for problem in reading(("profile", "food"), ("profile", "crafts")).problems] == ["profile"]
    assert [problem.field for problem in reading(("w_gas", "1"), ("w_gas", "2")).problems] == ["w_gas"]
    assert [problem.field for problem in reading(("must", "size:8"), ("must", "size:9")).problems] == ["must"]


def test_a_flood_of_bad_knock_outs_is_not_answered_at_length():
    assert len(reading(*(("must", f"x{place}:1") for place in range(5_000))).problems) < 30


def test_an_unknown_criterion_is_an_unknown_parameter():
    assert [problem.field for problem in reading(("w_colour", "3")).problems] == ["w_colour"]


def test_the_map_and_its_tiles_ask_for_the_same_whatever_the_profile(client):
    assert client.get("/tiles/parcels/8/135/85.mvt?profile=food&w_gas=1").status_code == 200
    assert client.get("/tiles/parcels/8/135/85.mvt?profile=feud").status_code == 400


def limits(criterion):
    if isinstance(criterion.scale, Steps):
        return st.sampled_from(criterion.scale.names).map(lambda name: Must(criterion.code, name))
    return st.integers(0, 999_999).map(lambda tenths: Must(criterion.code, tenths / 10))


musts = st.sets(st.sampled_from(CRITERIA)).flatmap(lambda several: st.tuples(*map(limits, several))).map(in_order)
weights = st.tuples(*(st.integers(0, 10) for _criterion in CRITERIA))


@given(st.builds(Profile, st.sampled_from(Preset), weights, musts))
def test_whatever_profile_is_asked_its_address_asks_for_the_same(asked):
    query = params.query(SearchCriteria(profile=asked, sort=Sort.SIZE))
    pairs = [part.partition("=")[::2] for part in query.split("&")]
    read = params.read(MultiDict(pairs))
    assert read.problems == ()
    assert read.criteria == SearchCriteria(profile=asked, sort=Sort.SIZE)
    assert dict(profile_params.pairs(asked))["profile"] == asked.preset
