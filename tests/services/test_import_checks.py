"""Row checks and set-based checks: what keeps a row out, what only warns, what is merely told."""

import json

import pytest
import shapely
from sqlalchemy import select

from landportal.model import Parcel
from landportal.services import imports
from landportal.services.import_columns import ImportKind
from landportal.services.import_issues import told
from landportal.services.import_sentences import SENTENCES
from landportal.services.imports import ImportRequest, Severity

EAST, NORTH = 620_000, 5_640_000


def square(east_km=1.0, north_km=1.0, metres=100.0):
    west, south = EAST + east_km * 1000, NORTH + north_km * 1000
    return shapely.box(west, south, west + metres, south + metres)


def rows(folder, *features, crs="urn:ogc:def:crs:EPSG::25832", name="plots.geojson"):
    listed = [
        {"type": "Feature", "properties": {"id": str(at), **facts},
         "geometry": shape if shape is None or isinstance(shape, dict) else shapely.geometry.mapping(shape)}
        for at, (shape, facts) in enumerate(features, start=1)
    ]  # fmt: skip
    document = {"type": "FeatureCollection", "crs": {"type": "name", "properties": {"name": crs}}, "features": listed}
    path = folder / name
    path.write_text(json.dumps(document))
    return path


def stage(session, path, kind=ImportKind.PARCELS, **options):
    return imports.stage(session, ImportRequest(kind=kind, file=path, **options))


def found(session, severity=None):
    wanted = (severity,) if severity else (Severity.REJECTED, Severity.LEFT_OUT, Severity.WARNING, Severity.NOTE)
    return [(issue.row, issue.code) for issue in imports.issues(session, severities=wanted)]


def told_codes(staged):
    return {note.code for note, _ in staged.preview.told} | {note.code for note in staged.preview.notes}


BOW_TIE = shapely.Polygon([(EAST + 1000, NORTH + 1000), (EAST + 1100, NORTH + 1100), (EAST + 1100, NORTH + 1000),
                           (EAST + 1000, NORTH + 1100)])  # fmt: skip

BAD_SHAPES = {
    "geometry_missing": None,
    "geometry_empty": {"type": "Polygon", "coordinates": []},
    "geometry_no_polygon": shapely.Point(EAST + 1000, NORTH + 1000),
    "geometry_invalid": BOW_TIE,
    "null_island": shapely.Polygon([(0, 0), (EAST + 1000, NORTH + 1000), (EAST + 1100, NORTH + 1000)]),
    "axes_swapped_row": shapely.box(NORTH + 1000, EAST + 1000, NORTH + 1100, EAST + 1100),
    "out_of_area": square(-5, -5),
    "not_measurable": shapely.box(-8_000_000, 4_000_000, -7_999_900, 4_000_100),
    "geometry_no_area": square(metres=0.5),
}


@pytest.mark.parametrize("code", BAD_SHAPES)
def test_a_bad_geometry_keeps_its_row_out_and_the_others_in(session, land, tmp_path, code):
    staged = stage(session, rows(tmp_path, (BAD_SHAPES[code], {}), (square(5), {})))
    assert found(session, Severity.REJECTED) == [(1, code)]
    assert staged.preview.new == 1
    assert staged.preview.rejected == 1


@pytest.mark.parametrize("kind", [ImportKind.INFRASTRUCTURE, ImportKind.ROADS])
def test_other_kinds_need_points_or_lines(session, land, tmp_path, kind):
    code = {"infrastructure": "geometry_no_point", "roads": "geometry_no_line"}[kind]
    line, point = shapely.LineString([(EAST, NORTH), (EAST + 9, NORTH)]), shapely.Point(EAST, NORTH)
    shapes = (line, point) if kind == "infrastructure" else (point, line)
    facts = {"kind": "station", "road_class": "motorway", "name": "x"}
    stage(session, rows(tmp_path, *((shape, facts) for shape in shapes)), kind)
    assert found(session, Severity.REJECTED) == [(1, code)]


def test_coordinates_that_are_not_finite_keep_the_row_out(session, land, tmp_path):
    path = tmp_path / "p.csv"
    broken = shapely.to_wkb(shapely.Polygon([(1, 1), (float("nan"), 3), (4, float("inf"))]), hex=True)
    path.write_text(f'id,wkt\n1,{broken}\n2,"{square().wkt}"\n')
    stage(session, path, crs="EPSG:25832")
    assert found(session, Severity.REJECTED) == [(2, "geometry_not_finite")]


def test_swapped_latitude_and_longitude_are_recognised(session, land, tmp_path):
    import numpy as np
    from pyproj import Transformer

    corner = Transformer.from_crs(25832, 4326, always_xy=True).transform(EAST + 5000, NORTH + 5000)
    good = shapely.box(corner[0], corner[1], corner[0] + 0.001, corner[1] + 0.001)
    swapped = shapely.transform(good, lambda points: np.flip(points, axis=1))
    stage(session, rows(tmp_path, (good, {}), (swapped, {}), crs="urn:ogc:def:crs:OGC:1.3:CRS84"))
    assert found(session, Severity.REJECTED) == [(2, "axes_swapped_row")]


def test_a_wrong_crs_is_told_with_the_likely_one(session, land, tmp_path):
    staged = stage(session, rows(tmp_path, (square(), {})), crs="EPSG:25833")
    issue = next(imports.issues(session))
    assert issue.code == "wrong_crs"
    assert "EPSG:25832" in issue.sentence("de")
    assert staged.preview.new == 0


def test_a_third_dimension_is_dropped_and_told(session, land, tmp_path):
    staged = stage(session, rows(tmp_path, (shapely.force_3d(square(), 300), {})))
    assert staged.preview.new == 1
    assert "height_dropped" in told_codes(staged)


def test_a_repair_within_one_percent_is_warned(session, land, tmp_path):
    x, y = EAST + 1000, NORTH + 1000
    ring = [
        (x, y),
        (x + 100, y),
        (x + 100, y + 100),
        (x + 50, y + 100.2),
        (x + 51, y + 100.2),
        (x + 50.5, y + 99.9),
        (x, y + 100),
    ]
    staged = stage(session, rows(tmp_path, (shapely.Polygon(ring), {})))
    assert found(session) == [(1, "geometry_repaired")]
    assert staged.preview.new == 1


def test_the_second_row_of_a_key_is_kept_out(session, land, tmp_path):
    stage(session, rows(tmp_path, (square(), {"id": "a"}), (square(3), {"id": "a"})))
    assert found(session) == [(2, "duplicate_key")]


def test_the_second_row_of_a_geometry_is_kept_out_however_it_is_drawn(session, land, tmp_path):
    turned = shapely.Polygon([*square().exterior.coords[2:], *square().exterior.coords[1:3]])
    stage(session, rows(tmp_path, (square(), {}), (turned, {})))
    assert found(session) == [(2, "duplicate_geometry")]


def test_the_same_land_of_another_source_is_kept_out(session, land, tmp_path):
    land.parcel("OLD-1", 1, 1, ha=1)
    stage(session, rows(tmp_path, (square(), {})))
    issue = next(imports.issues(session))
    assert issue.code == "duplicate_in_store"
    assert issue.sentence("en") == "The same land is already stored as OLD-1 (made-up)."


@pytest.mark.parametrize(
    ("shift_m", "severity", "code"),
    [
        (40, "rejected", "overlap_in_file"),
        (70, "warning", "overlap_in_file"),
        (99.95, "note", "sliver"),
        (100, None, None),
    ],
)
def test_overlaps_in_the_file_count_by_their_share(session, land, tmp_path, shift_m, severity, code):
    stage(session, rows(tmp_path, (square(), {}), (square(1 + shift_m / 1000), {})))
    issues = list(imports.issues(session, severities=tuple(Severity)))
    assert [(i.row, str(i.severity), i.code) for i in issues] == ([(2, severity, code)] if code else [])


def test_an_overlap_with_the_store_says_its_share(session, land, tmp_path):
    land.parcel("OLD-1", 1.07, 1, ha=1)
    stage(session, rows(tmp_path, (square(), {})))
    issue = next(imports.issues(session, severities=(Severity.WARNING,)))
    assert issue.sentence("de") == "Überschneidet OLD-1 (made-up) um 30 % (3.000 m²)."


def test_outside_the_region_a_row_needs_anywhere_and_that_is_told_once(session, land, tmp_path):
    path = rows(tmp_path, (square(-5, -5), {}), (square(-7, -5), {}))
    assert stage(session, path).preview.rejected == 2
    staged = stage(session, path, anywhere=True)
    assert staged.preview.new == 2
    assert [(note.code, count) for note, count in staged.preview.told if note.code == "anywhere"] == [("anywhere", 2)]


def test_beyond_the_zone_not_even_anywhere_helps(session, land, tmp_path):
    staged = stage(session, rows(tmp_path, (BAD_SHAPES["not_measurable"], {})), anywhere=True)
    assert found(session) == [(1, "not_measurable")]
    with pytest.raises(imports.ImportRefused, match="EPSG:25832 measures only"):
        imports.apply(session, staged)


def test_without_any_municipality_the_reason_names_the_remedy(session, tmp_path):
    staged = stage(session, rows(tmp_path, (square(), {})))
    assert found(session) == [(1, "no_region")]
    with pytest.raises(imports.ImportRefused, match="import admin-units"):
        imports.apply(session, staged)


def test_infrastructure_may_lie_across_the_border_but_not_far_away(session, land, tmp_path):
    facts = {"kind": "airport", "name": "x"}
    near, far = shapely.Point(EAST - 100_000, NORTH), shapely.Point(EAST - 300_000, NORTH)
    stage(session, rows(tmp_path, (near, facts), (far, facts)), ImportKind.INFRASTRUCTURE)
    assert found(session) == [(2, "far_from_region")]


def test_another_municipality_than_stated_is_warned_not_refused(session, land, tmp_path):
    facts = [{"Gemeinde": "Hörsel"}, {"Gemeinde": "Gotha"}, {"ags": "16067072"}, {"Gemeinde": "hoersel"}]
    staged = stage(session, rows(tmp_path, *((square(1 + 2 * at), fact) for at, fact in enumerate(facts))))
    assert found(session) == [(2, "municipality_differs"), (3, "municipality_differs")]
    assert staged.preview.new == 4


def test_an_abolished_key_counts_as_its_successor(session, land, tmp_path):
    from landportal.model import SupersededKey

    session.add(SupersededKey(ags="16067999", name="Früher", successor_ags="16067089"))
    session.flush()
    stage(session, rows(tmp_path, (square(), {"ags": "16067999"})))
    assert found(session) == []


def test_an_area_is_found_by_slug_or_name_and_an_unknown_one_is_warned(session, land, tmp_path):
    land.area("nord", name_de="Industriegebiet Nord")
    facts = [{"area_slug": "nord"}, {"area_slug": "Industriegebiet Nord"}, {"area_slug": "süd"}]
    staged = stage(session, rows(tmp_path, *((square(1 + 2 * at), fact) for at, fact in enumerate(facts))))
    assert found(session) == [(3, "area_unknown")]
    assert staged.preview.new == 3


def test_a_number_of_another_source_is_refused(session, land, tmp_path):
    land.parcel("LP-7", 10, 10)
    stage(session, rows(tmp_path, (square(), {"number": "LP-7"})))
    assert found(session) == [(1, "number_taken")]


def test_a_stated_area_that_differs_is_warned(session, land, tmp_path):
    staged = stage(session, rows(tmp_path, (square(), {"area_m2": 10_400}), (square(3), {"area_m2": 12_000})))
    assert found(session) == [(2, "area_differs")]
    assert staged.preview.new == 2


@pytest.mark.parametrize(
    ("facts", "code"),
    [({"zone": "RM1"}, "zone_unknown"), ({"status": "gelb"}, "code_unknown"), ({"grz": 8}, "out_of_range"),
     ({"Preis": "-3 €/m²"}, "out_of_range"), ({"gfz": "viel"}, "not_a_number"),
     ({"status_since": "bald"}, "not_a_date")],
)  # fmt: skip
def test_a_bad_value_keeps_its_row_out_and_names_field_and_value(session, land, tmp_path, facts, code):
    stage(session, rows(tmp_path, (square(), facts)))
    issue = next(imports.issues(session))
    assert (issue.row, issue.code, issue.field, issue.value) == (
        1,
        code,
        next(iter(facts)),
        str(next(iter(facts.values()))),
    )


def test_a_unit_that_nothing_states_refuses_the_file(session, land, tmp_path):
    with pytest.raises(imports.ImportRefused, match="names no unit"):
        stage(session, rows(tmp_path, (square(), {"Mindestgröße": "5"})))


def test_a_unit_that_is_assumed_is_told(session, land, tmp_path):
    staged = stage(session, rows(tmp_path, (square(), {"Preis": "19,50"})))
    assert "unit_assumed" in told_codes(staged)


def test_housing_areas_of_a_plan_are_left_out_and_counted(session, land, tmp_path):
    ring = " ".join(f"{x:.0f} {y:.0f}" for x, y in square().exterior.coords)
    path = tmp_path / "plan.gml"
    path.write_text(f"""<xplan:XPlanAuszug xmlns:xplan="http://www.xplanung.de/xplangml/6/0" xmlns:gml="http://www.opengis.net/gml/3.2">
<gml:featureMember><xplan:BP_BaugebietsTeilFlaeche gml:id="A"><xplan:position>
<gml:Polygon srsName="EPSG:25832"><gml:exterior>
<gml:LinearRing><gml:posList>{ring}</gml:posList></gml:LinearRing></gml:exterior></gml:Polygon></xplan:position>
<xplan:besondereArtDerBaulNutzung>1200</xplan:besondereArtDerBaulNutzung></xplan:BP_BaugebietsTeilFlaeche></gml:featureMember>
</xplan:XPlanAuszug>""")
    staged = stage(session, path)
    assert found(session) == [(1, "residential")]
    assert (staged.preview.left_out, staged.preview.rejected) == (1, 0)


def test_every_sentence_exists_in_both_languages_with_the_same_facts():
    import string

    for code, sentences in SENTENCES.items():
        german, english = ({name for _, name, _, _ in string.Formatter().parse(s) if name} for s in sentences)
        assert german == english, code


def test_numbers_in_sentences_are_written_as_the_language_does():
    assert "6.612" in told("strict", {"rows": 6612}, "de")
    assert "6,612" in told("strict", {"rows": 6612}, "en")


def test_every_row_ends_in_exactly_one_count(session, land, tmp_path):
    shapes = [(square(), {}), (None, {}), (square(), {}), (square(3), {"zone": "?x"}), (BOW_TIE, {"grz": 9})]
    preview = stage(session, rows(tmp_path, *shapes)).preview
    assert preview.read == preview.usable + preview.rejected + preview.left_out + preview.merged == 5


@pytest.mark.parametrize(
    ("word", "stored"), [("none", "none"), ("unerschlossen", "none"), ("-", None), ("k. A.", None)]
)
def test_none_is_a_code_where_the_column_has_it_and_empty_elsewhere(session, land, tmp_path, word, stored):
    imports.apply(session, stage(session, rows(tmp_path, (square(), {"servicing": word, "plan_name": "none"}))))
    assert session.execute(select(Parcel.servicing, Parcel.plan_name)).one() == (stored, None)
