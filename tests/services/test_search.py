"""The search vocabulary on real PostGIS: each criterion finds what it says, counts and facets agree with the list."""

import datetime as dt
from dataclasses import replace

import pytest

from landportal.errors import InvalidInput
from landportal.model import ConstraintKind, ParcelStatus, PlanStatus, SupersededKey, Zone
from landportal.services.search import BoundingBox, SearchCriteria, Sort
from landportal.services.search.find import count_parcels, find_parcels, place_names
from landportal.services.search.relax import nearest_answers
from landportal.services.search.result import PlaceName

ALL = tuple(status for status in ParcelStatus if status != ParcelStatus.WITHDRAWN)


@pytest.fixture
def found(session, land):
    """A function: numbers of the parcels that a search finds, after checking that its count says the same."""

    def numbers(**criteria):
        result = find_parcels(session, SearchCriteria(**criteria))
        assert result.count == len(result.parcels) == count_parcels(session, SearchCriteria(**criteria))
        return {parcel.number for parcel in result.parcels}

    return numbers


def test_without_a_status_only_available_parcels_are_found(land, found):
    for status in ParcelStatus:
        land.parcel(status, status=status)
    assert found() == {"available"}
    assert found(status=(ParcelStatus.SOLD, ParcelStatus.LEASED)) == {"sold", "leased"}


def test_a_withdrawn_parcel_is_never_found(land, found):
    land.parcel("A", status="withdrawn")
    assert found(status=(ParcelStatus.WITHDRAWN,)) == set()
    assert found(status=()) == set()


def test_size_counts_to_the_square_metre_and_includes_its_bounds(land, found):
    land.parcel("below", ha=4.9998)
    land.parcel("five", ha=5, east_km=3)
    land.parcel("eight", ha=8, east_km=6)
    assert found(size_min_ha=5) == {"five", "eight"}
    assert found(size_max_ha=5) == {"below", "five"}
    assert found(size_min_ha=5, size_max_ha=7.9) == {"five"}


def test_a_number_written_with_rounding_noise_still_counts_as_its_hectares(land, found):
    land.parcel("A", ha=4.99997)
    assert found(size_min_ha=5) == {"A"}


def test_zones_are_alternatives(land, found):
    for zone in ("GE", "GI", "SO"):
        land.parcel(zone, zone=zone)
    assert found(zone=(Zone.GE, Zone.GI)) == {"GE", "GI"}


def test_a_price_on_request_does_not_satisfy_a_price_limit(land, found):
    land.parcel("cheap", price_eur_m2=15)
    land.parcel("dear", price_eur_m2=40)
    land.parcel("request", price_on_request=True)
    assert found(price_max_eur_m2=15) == {"cheap"}


def test_an_available_parcel_without_a_date_is_available_now(land, found):
    land.parcel("now")
    land.parcel("later", available_from=dt.date(2030, 1, 1))
    land.parcel("unknown", status="preparing")
    assert found(available_by=dt.date(2027, 1, 1), status=ALL) == {"now"}
    assert found(available_by=dt.date(2030, 1, 1), status=ALL) == {"now", "later"}


def test_plan_status_and_round_the_clock(land, found):
    land.parcel("A", plan_status=4000, round_the_clock=True)
    land.parcel("B", plan_status=2000, round_the_clock=False)
    land.parcel("C")
    assert found(plan=(PlanStatus.IN_FORCE,)) == {"A"}
    assert found(round_the_clock=True) == {"A"}


def test_supply_is_compared_with_what_is_there_now(land, found):
    land.parcel("A", power_mw=10, fibre_mbit=1000, rail_siding=True)
    land.parcel("B", power_mw=5, power_later_mw=50, fibre_mbit=100, rail_siding=False)
    land.parcel("C")
    assert found(power_min_mw=10) == {"A"}
    assert found(fibre_min_mbit=100) == {"A", "B"}
    assert found(rail_siding=True) == {"A"}


def test_distances_are_metres_on_the_ground_to_the_nearest_of_the_kind(session, land, found):
    land.infrastructure("motorway_junction", "Waltershausen", 10, 1.05, ref="A4")
    land.infrastructure("motorway_junction", "Gotha", 30, 1.05, ref="A4")
    land.infrastructure("station", "Hörselgau", 1.2, 1.05)
    parcel = land.parcel("A", east_km=5)
    assert parcel.motorway_name == "Waltershausen"
    # The grid is 4,900 m from the parcel's edge; on the ground it is longer by the scale of zone 32 at this easting.
    assert parcel.motorway_m == pytest.approx(4_900 / 0.99978, rel=2e-5)
    assert found(motorway_max_km=4.8) == set()
    assert found(motorway_max_km=5) == {"A"}
    assert found(rail_max_km=50) == set()
    result = find_parcels(session, SearchCriteria())
    assert (result.parcels[0].motorway_name, result.parcels[0].motorway_ref) == ("Waltershausen", "A4")


def test_excluding_a_constraint_drops_parcels_it_covers_but_not_those_it_touches(land, found):
    land.parcel("wet", 1, 1)
    land.parcel("beside", 2, 1)
    land.constraint("flood", 1.05, 1, 0.95, 1)
    assert found(avoid=(ConstraintKind.FLOOD,)) == {"beside"}
    assert found(avoid=(ConstraintKind.NATURE,)) == {"wet", "beside"}


def test_places_are_found_by_every_level_of_the_key(land, found):
    land.parcel("A", 1)
    land.parcel("B", 25)
    assert found(ags=("16",)) == found(ags=("16067",)) == {"A", "B"}
    assert found(ags=("16067089",)) == {"A"}
    assert found(ags=("16067089", "16067072")) == {"A", "B"}
    assert found(ags=("09",)) == set()


def test_a_superseded_key_leads_to_its_successor(session, land, found):
    session.add(SupersededKey(ags="16067030", name="Hörselgau", successor_ags="16067089"))
    session.flush()
    land.parcel("A", 1)
    land.parcel("B", 25)
    assert found(ags=("16067030",)) == {"A"}
    assert place_names(session, SearchCriteria(ags=("16067030",))) == {"16067030": PlaceName("Hörselgau", None)}


def test_an_unknown_place_is_told_with_its_field(session, land):
    with pytest.raises(InvalidInput) as refused:
        place_names(session, SearchCriteria(ags=("16999999",)))
    assert refused.value.field == "ags"
    with pytest.raises(InvalidInput) as refused:
        place_names(session, SearchCriteria(area="nowhere"))
    assert refused.value.field == "area"


def test_the_parcels_of_an_area_are_found_by_its_slug(land, found):
    area = land.area("erfurter-kreuz")
    land.parcel("A", area_id=area.id)
    land.parcel("B")
    assert found(area="erfurter-kreuz") == {"A"}


@pytest.mark.parametrize(
    "q",
    ["Hörselgau", "horselgau", "Hoerselgau", "HÖRSELGAU", "Hörslgau", "hörselgau ost", "TH-00417", "waltershausen ost"],
)
def test_names_are_found_without_accents_in_any_spelling_and_with_a_typing_error(land, found, q):
    area = land.area("waltershausen-ost", name_de="Waltershausen-Ost/Hörselgau")
    land.parcel("TH-00417", name_de="Waltershausen-Ost/Hörselgau, Los 5", area_id=area.id)
    land.parcel("TH-00418", name_de="Kiebitzhöhe, Feld 7", east_km=25)
    assert found(q=q) == {"TH-00417"}


def test_a_word_that_is_found_as_written_is_not_blurred(land, found):
    land.parcel("A", name_de="Weimar Nord")
    land.parcel("B", name_de="Weimer Straße")
    assert found(q="Weimar") == {"A"}


@pytest.mark.parametrize(
    "q", ["%", "_", "\\", "'; drop table parcel; --", "a" * 200, "(((", "\u202e\U0001f600", "%%%%"]
)
def test_hostile_text_finds_nothing_and_breaks_nothing(land, found, q):
    land.parcel("A", name_de="Hörsel")
    assert found(q=q) == set()


def test_a_box_finds_what_it_meets(session, land, found):
    parcel = land.parcel("A", 1, 1)
    lon, lat = parcel.lon, parcel.lat
    assert found(bbox=BoundingBox(lon - 0.01, lat - 0.01, lon + 0.01, lat + 0.01)) == {"A"}
    assert found(bbox=BoundingBox(lon + 0.01, lat, lon + 0.02, lat + 0.01)) == set()
    assert found(bbox=BoundingBox(lon, lat, lon, lat)) == {"A"}


def test_a_box_of_the_whole_world_finds_everything(land, found):
    land.parcel("A")
    assert found(bbox=BoundingBox(-180, -90, 180, 90)) == {"A"}


def test_a_box_across_the_antimeridian_is_the_two_boxes_beside_it(land, found):
    land.parcel("A")
    assert found(bbox=BoundingBox(170, -10, -170, 10)) == set()
    assert found(bbox=BoundingBox(5, 45, -170, 55)) == {"A"}


def test_criteria_add_up(land, found):
    land.parcel("A", zone="GI", ha=8)
    land.parcel("B", zone="GI", ha=2)
    land.parcel("C", zone="GE", ha=8)
    assert found(zone=(Zone.GI,), size_min_ha=5) == {"A"}


@pytest.mark.parametrize(
    ("sort", "order"),
    [(Sort.SIZE, "CBA"), (Sort.PRICE, "ACB"), (Sort.FRESH, "BAC"), (Sort.SCORE, "BAC")],
)
def test_results_come_in_the_order_asked_for_and_unknown_values_last(session, land, sort, order):
    now = dt.datetime.now(dt.UTC)
    land.parcel("A", ha=1, price_eur_m2=10, confirmed_at=now - dt.timedelta(days=20))
    land.parcel("B", ha=2, price_on_request=True, confirmed_at=now)
    land.parcel("C", ha=3, price_eur_m2=20, confirmed_at=now - dt.timedelta(days=300))
    result = find_parcels(session, SearchCriteria(sort=sort))
    assert "".join(parcel.number for parcel in result.parcels) == order


def test_every_facet_counts_what_choosing_it_shows(session, land):
    zones, statuses = ["GE", "GI", "SO", None], ["available", "sold", "reserved"]
    for index in range(24):
        land.parcel(
            f"P{index}", ha=1 + index % 6, zone=zones[index % 4], status=statuses[index % 3],
            rail_siding=index % 5 == 0, round_the_clock=index % 2 == 0, plan_status=4000 if index % 3 else 2000,
        )  # fmt: skip
    land.constraint("flood", 0, 0, 1.1, 5)
    criteria = SearchCriteria(zone=(Zone.GE, Zone.GI), size_min_ha=2, status=ALL)
    facets = find_parcels(session, criteria).facets
    for zone in Zone:
        assert facets.zone.get(zone, 0) == count_parcels(session, replace(criteria, zone=(zone,)))
    for status in ALL:
        assert facets.status.get(status, 0) == count_parcels(session, replace(criteria, status=(status,)))
    for plan in PlanStatus:
        assert facets.plan.get(plan, 0) == count_parcels(session, replace(criteria, plan=(plan,)))
    assert facets.rail_siding == count_parcels(session, replace(criteria, rail_siding=True))
    assert facets.round_the_clock == count_parcels(session, replace(criteria, round_the_clock=True))
    removed = count_parcels(session, criteria) - count_parcels(
        session, replace(criteria, avoid=(ConstraintKind.FLOOD,))
    )
    assert facets.avoid["flood"] == removed > 0
    assert sum(step.count for step in facets.size) == count_parcels(session, replace(criteria, size_min_ha=None))


def test_counties_are_counted_until_a_place_is_chosen(session, land):
    land.parcel("A")
    assert find_parcels(session, SearchCriteria()).facets.county == {"16067": 1}
    assert find_parcels(session, SearchCriteria(ags=("16067",))).facets.county is None


def test_totals_are_the_hectares_of_the_list(session, land):
    land.parcel("A", ha=2)
    land.parcel("B", ha=3, east_km=30, status="sold")
    result = find_parcels(session, SearchCriteria(status=ALL))
    assert (result.total_m2, result.available_m2) == (pytest.approx(50_000), pytest.approx(20_000))
    lons = [parcel.lon for parcel in result.parcels]
    assert (result.bounds[0], result.bounds[2]) == pytest.approx((min(lons), max(lons)))


def test_a_page_beyond_the_last_is_empty_and_says_how_many_there_are(session, land):
    land.parcel("A")
    result = find_parcels(session, SearchCriteria(page=10_000))
    assert (result.parcels, result.count, result.pages) == ((), 1, 1)


def test_the_silhouette_is_in_metres_from_its_upper_left_corner(session, land):
    land.parcel("A", ha=4)
    parcel = find_parcels(session, SearchCriteria()).parcels[0]
    assert (parcel.outline_width_m, parcel.outline_height_m) == (pytest.approx(200), pytest.approx(200))
    assert parcel.outline.startswith("M 0 ")


def test_an_empty_result_offers_the_nearest_ways_out(session, land):
    land.infrastructure("motorway_junction", "Gotha", 8, 1)
    land.parcel("A", ha=6)
    answers = nearest_answers(session, SearchCriteria(size_min_ha=8, zone=()))
    assert [(answer.field, answer.value, answer.count) for answer in answers] == [("size_min_ha", 6, 1)]
    answers = nearest_answers(session, SearchCriteria(motorway_max_km=5))
    assert [(answer.field, answer.value) for answer in answers] == [("motorway_max_km", 7)]
    assert all(count_parcels(session, answer.criteria) == answer.count for answer in answers)


def test_conditions_that_only_together_leave_nothing_offer_no_way_out_alone(session, land):
    land.parcel("A", ha=1, zone="GE")
    assert nearest_answers(session, SearchCriteria(size_min_ha=8, zone=(Zone.GI,))) == ()


def test_both_ends_of_the_size_give_way_on_their_own(session, land):
    land.parcel("A", ha=6.5)
    assert [(answer.field, answer.value) for answer in nearest_answers(session, SearchCriteria(size_max_ha=2))] == [
        ("size_max_ha", 7)
    ]
    answers = nearest_answers(session, SearchCriteria(size_min_ha=7, size_max_ha=9))
    assert [(answer.field, answer.value) for answer in answers] == [("size_min_ha", 6)]
    assert answers[0].criteria.size_max_ha == 9
