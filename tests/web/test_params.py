"""Query string ↔ criteria: what is understood, what is refused, and that both directions agree."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from landportal.model import ConstraintKind, ParcelStatus, PlanStatus, Zone
from landportal.services.search import BoundingBox, Hall, SearchCriteria, Sort
from landportal.web import params


@pytest.fixture(autouse=True)
def english(app):
    with app.test_request_context("/en/parcels"):
        yield


def reading(query: str) -> params.Reading:
    pairs = [part.partition("=") for part in query.split("&")] if query else []
    return params.read(MultiDict([(name, value) for name, _, value in pairs]))


def criteria(query: str) -> SearchCriteria:
    read = reading(query)
    assert read.problems == ()
    return read.criteria


def refused_fields(query: str) -> list[str]:
    return [problem.field for problem in reading(query).problems]


def test_nothing_stated_asks_for_available_parcels():
    assert criteria("").status == (ParcelStatus.AVAILABLE,)


@pytest.mark.parametrize(
    ("query", "field", "value"),
    [
        ("q=Hörselgau", "q", "Hörselgau"),
        ("q=  two   words ", "q", "two words"),
        ("ags=16067&ags=16", "ags", ("16", "16067")),
        ("area=goldene-aue", "area", "goldene-aue"),
        ("zone=GI&zone=GE", "zone", (Zone.GE, Zone.GI)),
        ("status=sold", "status", (ParcelStatus.SOLD,)),
        ("size_min_ha=8,5", "size_min_ha", 8.5),
        ("size_min_ha=8.5", "size_min_ha", 8.5),
        ("size_max_ha=0", "size_max_ha", 0.0),
        ("price_max_eur_m2=25", "price_max_eur_m2", 25.0),
        ("available_by=2027-06-30", "available_by", dt.date(2027, 6, 30)),
        ("available_by=30.6.2027", "available_by", dt.date(2027, 6, 30)),
        ("plan=in_force", "plan", (PlanStatus.IN_FORCE,)),
        ("round_the_clock=1", "round_the_clock", True),
        ("rail_siding=0", "rail_siding", False),
        ("fibre_min_mbit=1000", "fibre_min_mbit", 1000),
        ("net_min_ha=2,5", "net_min_ha", 2.5),
        ("fits=180x90", "fits", Hall(180, 90)),
        ("fits=180&fits=90", "fits", Hall(180, 90)),
        ("fits=62,5 × 40", "fits", Hall(62.5, 40)),
        ("avoid=nature&avoid=flood", "avoid", (ConstraintKind.FLOOD, ConstraintKind.NATURE)),
        ("bbox=10.5,50.8,11.2,51.1", "bbox", BoundingBox(10.5, 50.8, 11.2, 51.1)),
        ("bbox=170,50,-170,52", "bbox", BoundingBox(170.0, 50.0, -170.0, 52.0)),
        ("sort=price", "sort", Sort.PRICE),
        ("sort=-price", "reverse", True),
        ("page=3", "page", 3),
        ("page=1000000000", "page", 10**9),
        ("size_min_ha=&q=&zone=", "size_min_ha", None),
    ],
)
def test_a_parameter_is_understood(query, field, value):
    assert getattr(criteria(query), field) == value


BAD = [
    *(
        ("size_min_ha", value)
        for value in ("acht", "nan", "inf", "-inf", "1e999", "1e3", "-1", "8,5,5", "0x10", "٣", "1" * 40)
    ),
    *(("size_max_ha", value) for value in ("1000000", "--1")),
    *(("q", value) for value in ("a" * 201, "a\x00b", "\x1b[31m")),
    *(("ags", value) for value in ("1", "160", "1606701", "abcde", "16067'", "１６０６７")),
    *(("area", value) for value in ("Goldene Aue", "../etc", "-x")),
    *(("zone", value) for value in ("XX", "gi", "GIe")),
    *(("status", value) for value in ("free", "available,sold")),
    *(("plan", value) for value in ("9999", "IN_FORCE")),
    *(("available_by", value) for value in ("gestern", "2027-02-30", "0001-01-01", "9999-12-31", "2027")),
    *(("round_the_clock", value) for value in ("yes", "2", "true")),
    *(("fibre_min_mbit", value) for value in ("1.5", "-1", "viel")),
    *(("avoid", value) for value in ("fluss", "FLOOD")),
    *(
        ("bbox", value)
        for value in ("1,2,3", "a,b,c,d", "10,91,11,92", "10,50,181,51", "10,52,11,51", "nan,50,11,51", "1e1,50,11,51")
    ),
    *(("sort", value) for value in ("colour", "--price", "-", "price;drop table parcel")),
    *(("page", value) for value in ("0", "-1", "1.5", "zwei", "9" * 400)),
]


@pytest.mark.parametrize(("field", "value"), BAD)
def test_a_bad_value_is_told_at_its_field(field, value):
    read = params.read(MultiDict([(field, value)]))
    assert [problem.field for problem in read.problems] == [field]
    assert str(read.problems[0])


@pytest.mark.parametrize("name", ["as_of", "assemble_max_ha", "utm", "Zone"])
def test_an_unknown_parameter_is_told_by_name(name):
    assert refused_fields(f"{name}=1") == [name]


def test_all_bad_values_are_told_at_once():
    assert refused_fields("size_min_ha=acht&zone=XX&bogus=1") == ["zone", "size_min_ha", "bogus"]


def test_an_upper_size_below_the_lower_one_is_told():
    assert refused_fields("size_min_ha=8&size_max_ha=2") == ["size_max_ha"]


def test_a_single_value_cannot_be_stated_twice():
    assert refused_fields("size_min_ha=8&size_min_ha=9") == ["size_min_ha"]


def test_machines_get_every_problem_in_one_refusal():
    with pytest.raises(params.InvalidParameters) as refused:
        params.search_criteria(MultiDict([("size_min_ha", "acht"), ("zone", "XX")]))
    assert [problem.field for problem in refused.value.problems] == ["zone", "size_min_ha"]


def test_only_what_differs_from_the_default_is_written():
    assert params.query(SearchCriteria()) == ""
    assert params.query(SearchCriteria(size_min_ha=8.0, page=2)) == "size_min_ha=8&page=2"


def test_whatever_the_status_is_written_in_full():
    assert criteria(params.query(SearchCriteria(status=()))).status == tuple(list(ParcelStatus)[:-1])


def test_the_order_of_parameters_is_always_the_same():
    assert params.query(criteria("sort=-size&zone=GI&q=Gera&zone=GE")) == "q=Gera&zone=GE&zone=GI&sort=-size"


sides = st.floats(1, 5000).map(lambda x: round(x, 2))
numbers = st.one_of(st.none(), st.integers(0, 900_000).map(lambda n: n / 10))
asked = st.builds(
    SearchCriteria,
    q=st.one_of(
        st.none(),
        st.text("abcäöüß &=%+'\"<>/?#", min_size=1, max_size=40).map(str.split).map(" ".join).map(lambda t: t or None),
    ),
    zone=st.sets(st.sampled_from(Zone)).map(lambda zones: tuple(zone for zone in Zone if zone in zones)),
    avoid=st.sets(st.sampled_from(ConstraintKind)).map(lambda kinds: tuple(k for k in ConstraintKind if k in kinds)),
    size_min_ha=numbers,
    motorway_max_min=st.one_of(st.none(), st.floats(0, 1000).map(lambda x: round(x, 6))),
    net_min_ha=numbers,
    assemble_min_ha=numbers,
    fits=st.one_of(st.none(), st.builds(Hall, sides, sides)),
    motorway_max_km=st.one_of(st.none(), st.floats(0, 1000).map(lambda x: round(x, 6))),
    available_by=st.one_of(st.none(), st.dates(dt.date(1990, 1, 1), dt.date(2100, 12, 31))),
    bbox=st.one_of(st.none(), st.just(BoundingBox(-170.25, -10.5, 170.125, 89.0))),
    sort=st.sampled_from(Sort),
    reverse=st.booleans(),
    page=st.integers(1, 10**9),
)


@given(asked)
def test_what_is_written_reads_back_the_same(wanted):
    from urllib.parse import parse_qsl

    read = params.read(MultiDict(parse_qsl(params.query(wanted), keep_blank_values=True)))
    assert read.problems == ()
    assert read.criteria == wanted
