"""Words, numbers and places as each language writes them."""

import datetime as dt
from decimal import Decimal

import pytest

from landportal.model import (
    AreaKind,
    ConstraintKind,
    Gas,
    LegalForm,
    OwnerKind,
    ParcelStatus,
    PlanStatus,
    PriceKind,
    Servicing,
    Zone,
)  # fmt: skip
from landportal.services.parcels import NearestPlace
from landportal.web import formats, parcel_facts, placing, wording

NBSP = "\u00a0"


@pytest.fixture
def german(app):
    with app.test_request_context("/de/parcels"):
        yield


@pytest.fixture
def english(app):
    with app.test_request_context("/en/parcels"):
        yield


def junction(name: str, bearing: float = 45, distance_m: float = 2_100, ref: str | None = "A9") -> NearestPlace:
    return NearestPlace("motorway", name, ref, None, None, distance_m, bearing, None)


def test_german_numbers_have_a_comma_and_a_no_break_space(german):
    assert str(formats.hectares(124_000)) == f"12,40{NBSP}ha"
    assert str(formats.hectares(11_020_000, 1)) == f"1.102,0{NBSP}ha"
    assert str(formats.price(Decimal("22.8"))) == f"22,80{NBSP}€/m²"
    assert str(formats.kilometres(2_100)) == f"2,1{NBSP}km"
    assert formats.percent(38) == f"38,0{NBSP}%"
    assert formats.date(dt.date(2026, 3, 14)) == "14.03.2026"
    assert formats.month(dt.date(2028, 7, 1)) == "07/2028"


def test_english_numbers_have_a_point_and_the_euro_first(english):
    assert str(formats.hectares(11_020_000, 1)) == f"1,102.0{NBSP}ha"
    assert str(formats.price(Decimal("22.8"))) == "€22.80/m²"
    assert formats.percent(38) == "38.0%"
    assert formats.date(dt.date(2026, 3, 14)) == "14 March 2026"
    assert formats.month(dt.date(2028, 7, 1)) == "July 2028"


def test_minus_is_a_real_minus(german):
    assert formats.number(-1.13, 2) == "\u22121,13"


def test_measures_are_joined_by_a_multiplication_sign(german):
    assert formats.size(180, 90) == f"180{NBSP}×{NBSP}90{NBSP}m"


@pytest.mark.parametrize(
    ("days", "sentence", "brief"),
    [
        (0, "heute bestätigt", "heute"),
        (1, "bestätigt vor 1 Tag", "vor 1 Tag"),
        (6, "bestätigt vor 6 Tagen", "vor 6 Tagen"),
        (60, "bestätigt vor 60 Tagen", "vor 60 Tagen"),
        (61, "zuletzt vor 61 Tagen", "vor 61 Tagen"),
        (103, "zuletzt vor 103 Tagen", "vor 103 Tagen"),
        (120, "zuletzt vor 120 Tagen", "vor 120 Tagen"),
        (131, "unbestätigt seit 131 Tagen", "unbestätigt, 131 Tage"),
        (None, "nie bestätigt", "nie bestätigt"),
    ],
)
def test_age_is_said_step_by_step(german, days, sentence, brief):
    assert (wording.confirmed(days), wording.confirmed_briefly(days)) == (sentence, brief)


def test_age_is_said_in_english_too(english):
    assert wording.confirmed(6) == "confirmed 6 days ago"
    assert wording.confirmed(103) == "last confirmed 103 days ago"
    assert wording.confirmed(131) == "unconfirmed for 131 days"


@pytest.mark.parametrize(
    ("name", "distance_m", "words"),
    [
        ("Hermsdorf-Ost", 2_100, f"2,1{NBSP}km nordöstlich der Anschlussstelle Hermsdorf-Ost (A{NBSP}9)"),
        ("Kreuz Erfurt", 2_100, f"2,1{NBSP}km nordöstlich des Kreuzes Erfurt (A{NBSP}9)"),
        ("Hermsdorfer Kreuz", 2_100, f"2,1{NBSP}km nordöstlich des Hermsdorfer Kreuzes (A{NBSP}9)"),
        ("Dreieck Südharz", 2_100, f"2,1{NBSP}km nordöstlich des Dreiecks Südharz (A{NBSP}9)"),
        ("Gera", 20, f"direkt an der Anschlussstelle Gera (A{NBSP}9)"),
        ("Hermsdorfer Kreuz", 20, f"direkt am Hermsdorfer Kreuz (A{NBSP}9)"),
    ],
)
def test_a_place_is_named_in_german_grammar(german, name, distance_m, words):
    assert placing.from_junction(junction(name, distance_m=distance_m)) == words


def test_a_place_is_named_in_english(english):
    assert placing.from_junction(junction("Gera")) == f"2.1{NBSP}km north-east of junction Gera (A{NBSP}9)"
    assert "the Kreuz Erfurt interchange" in placing.from_junction(junction("Kreuz Erfurt"))


@pytest.mark.parametrize(
    ("bearing", "word"),
    [(0, "nördlich"), (359, "nördlich"), (22, "nördlich"), (23, "nordöstlich"), (180, "südlich"), (-90, "westlich")],
)
def test_a_bearing_becomes_one_of_eight_directions(german, bearing, word):
    assert placing.direction(bearing) == word


def test_a_county_is_called_as_people_call_it(german):
    assert wording.place("Hermsdorf", "Saale-Holzland-Kreis", "Landkreis") == "Hermsdorf · Saale-Holzland-Kreis"
    assert wording.place("Gotha", "Gotha", "Landkreis") == "Gotha"
    assert wording.place("Hörsel", "Gotha", "Landkreis") == "Hörsel · Landkreis Gotha"
    assert wording.place("Erfurt", "Erfurt", "Kreisfreie Stadt") == "Erfurt"
    assert wording.place(None, None) == "Gemeinde unbekannt"


def test_cadastral_identifiers_are_said_as_people_say_them(german):
    assert parcel_facts.cadastral_names(["162450008007460284__", "16245000800747______", "162450___00001______"]) == [
        "Gemarkung 2450, Flur 8: 746/284, 747",
        "Gemarkung 2450: 1",
    ]


def test_restricted_zones_carry_an_e(german):
    assert wording.zone("GI", restricted=True) == "GIe"
    assert wording.zone(None) == "keine Angabe"


def test_every_code_has_a_label():
    tables = [
        (wording.STATUS, ParcelStatus), (wording.ZONE, Zone), (wording.ZONE_PARAGRAPH, Zone),
        (wording.PLAN, PlanStatus),
        (wording.SERVICING, Servicing), (wording.PRICE_KIND, PriceKind), (wording.OWNER, OwnerKind), (wording.GAS, Gas),
        (wording.CONSTRAINT, ConstraintKind), (wording.AREA_KIND, AreaKind), (wording.LEGAL_FORM, LegalForm),
    ]  # fmt: skip
    assert all(set(table) == set(codes) for table, codes in tables)
