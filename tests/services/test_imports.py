"""Imports as a whole: new, changed, unchanged; all or nothing; a repeated import changes nothing."""

import datetime as dt
import json
import subprocess
import sys
import time

import pytest
import shapely
from sqlalchemy import create_engine, func, select, text

from landportal import db
from landportal.config import read_settings
from landportal.model import AdminUnit, Area, AreaMember, DataSet, ImportRun, Infrastructure, Parcel, SupersededKey
from landportal.services import imports
from landportal.services.import_columns import ImportKind
from landportal.services.imports import DataSetFacts, ImportRequest
from landportal.services.sample_data import load_sample_data

EAST, NORTH = 620_000, 5_640_000


def square(east_km=1.0, north_km=1.0, metres=100.0):
    west, south = EAST + east_km * 1000, NORTH + north_km * 1000
    return shapely.box(west, south, west + metres, south + metres)


def table(folder, text_, name="plots.csv"):
    path = folder / name
    path.write_text(text_, encoding="utf-8")
    return path


def plots(folder, *lines, heading="id;Bezeichnung;Gebietsart;Preis (€/m²);wkt", name="plots.csv"):
    shapes = [f"{line};{square(1 + 2 * at).wkt}" for at, line in enumerate(lines)]
    return table(folder, "\n".join([heading, *shapes]) + "\n", name)


def run(session, path, kind=ImportKind.PARCELS, source="gotha", **options):
    options.setdefault("crs", "EPSG:25832")
    request = ImportRequest(kind=kind, file=path, data_set=DataSetFacts(name=source), **options)
    staged = imports.stage(session, request)
    return staged.preview, imports.apply(session, staged)


def counts(result):
    return result.new, result.changed, result.unchanged, result.rejected


def parcels(session):
    return {p.source_id: p for p in session.scalars(select(Parcel).execution_options(populate_existing=True))}


def test_a_spreadsheet_of_an_office_becomes_parcels(session, land, tmp_path):
    path = plots(tmp_path, "a;Hörselgau Süd;GEe;19,50", "b;Hörselgau Nord;GI;auf Anfrage")
    _, result = run(session, path)
    assert counts(result) == (2, 0, 0, 0)
    first, second = parcels(session)["a"], parcels(session)["b"]
    assert (first.name_de, first.zone, first.zone_restricted, float(first.price_eur_m2)) == (
        "Hörselgau Süd",
        "GE",
        True,
        19.5,
    )
    assert (second.zone, second.price_eur_m2, second.price_on_request) == ("GI", None, True)
    assert first.municipality_ags == "16067089"
    assert first.status == "preparing"
    assert first.number.startswith("LP-")


def test_a_repeated_import_changes_nothing(session, land, tmp_path):
    path = plots(tmp_path, "a;A;GE;19,50", "b;B;GI;20")
    run(session, path)
    before = {key: (p.version, p.changed_at) for key, p in parcels(session).items()}
    runs = session.scalar(select(func.count()).select_from(ImportRun))
    _, result = run(session, path)
    assert counts(result) == (0, 0, 2, 0)
    assert {key: (p.version, p.changed_at) for key, p in parcels(session).items()} == before
    assert session.scalar(select(func.count()).select_from(ImportRun)) == runs


def test_only_changed_rows_are_updated_and_the_preview_shows_what(session, land, tmp_path):
    run(session, plots(tmp_path, "a;A;GE;19,50", "b;B;GI;20"))
    preview, result = run(session, plots(tmp_path, "a;A;GE;21", "b;B;GI;20", "c;C;GE;5"))
    assert counts(result) == (1, 1, 1, 0)
    assert preview.changed_columns == (("price_eur_m2", 1),)
    change = preview.differences[0]
    assert (change.source_id, change.column, change.before, change.after) == ("a", "price_eur_m2", "19.50", "21.00")
    assert {key: p.version for key, p in parcels(session).items()} == {"a": 2, "b": 1, "c": 1}


def test_a_moved_border_counts_as_a_change(session, land, tmp_path):
    run(session, table(tmp_path, f"id;wkt\na;{square().wkt}\n"))
    preview, _ = run(session, table(tmp_path, f"id;wkt\na;{square(metres=110).wkt}\n"))
    assert preview.changed_columns == (("geom", 1),)
    assert parcels(session)["a"].area_m2 == pytest.approx(12_100)


def test_columns_the_file_lacks_keep_their_values(session, land, tmp_path):
    run(session, plots(tmp_path, "a;A;GE;19,50"))
    run(session, plots(tmp_path, "a;Neu", heading="id;Bezeichnung;wkt"))
    parcel = parcels(session)["a"]
    assert (parcel.name_de, parcel.zone, float(parcel.price_eur_m2)) == ("Neu", "GE", 19.5)


def test_rows_missing_in_a_new_delivery_stay_and_are_counted(session, land, tmp_path):
    run(session, plots(tmp_path, "a;A;GE;1", "b;B;GI;2"))
    preview, _ = run(session, plots(tmp_path, "a;A;GE;1"))
    assert preview.missing == 1
    assert set(parcels(session)) == {"a", "b"}


def test_rejected_rows_do_not_hold_back_the_others_unless_strict(session, land, tmp_path):
    path = plots(tmp_path, "a;A;GE;1", "b;B;RM1;2")
    with pytest.raises(imports.ImportRefused, match="strict"):
        run(session, path, strict=True)
    _, result = run(session, path)
    assert counts(result) == (1, 0, 0, 1)


def test_without_identifiers_the_geometry_is_the_key_and_that_is_told(session, land, tmp_path):
    path = table(tmp_path, f"Bezeichnung;wkt\nA;{square().wkt}\n")
    preview, _ = run(session, path)
    assert "id_from_geometry" in {note.code for note in preview.notes}
    assert counts(run(session, path)[1]) == (0, 0, 1, 0)


def test_the_same_key_in_two_sources_is_two_rows(session, land, tmp_path):
    run(session, table(tmp_path, f"id;wkt\n1;{square(1).wkt}\n"), source="one")
    run(session, table(tmp_path, f"id;wkt\n1;{square(5).wkt}\n"), source="two")
    assert session.scalar(select(func.count()).select_from(Parcel)) == 2


def test_a_source_is_made_with_its_licence_and_later_only_named(session, land, tmp_path):
    path = plots(tmp_path, "a;A;GE;1")
    facts = DataSetFacts("gotha", title_de="Flächen", publisher="Stadt", licence="dl-de/by-2-0", attribution="© Stadt")
    imports.apply(session, imports.stage(session, ImportRequest(ImportKind.PARCELS, path, facts, crs="EPSG:25832")))
    run(session, path)
    source = session.scalars(select(DataSet).where(DataSet.name == "gotha")).one()
    assert (source.publisher, source.licence, source.title_en) == ("Stadt", "dl-de/by-2-0", "Flächen")


def test_staging_alone_leaves_the_store_as_it_was(session, land, tmp_path):
    sources = session.scalar(select(func.count()).select_from(DataSet))
    imports.stage(session, ImportRequest(ImportKind.PARCELS, plots(tmp_path, "a;A;GE;1"), crs="EPSG:25832"))
    assert parcels(session) == {}
    assert session.scalar(select(func.count()).select_from(DataSet)) == sources


def test_administrative_units_of_one_key_are_united_and_old_keys_kept(session, tmp_path):
    heading = "ags;ags_2017;name;name_2017;kind;wkt\n"
    state = f"16;16;Thüringen;Thüringen;Land;{square(metres=9000).wkt}\n"
    county = f"16067;16067;Gotha;Gotha;Landkreis;{square(metres=9000).wkt}\n"
    towns = "".join(
        f"16067089;{old};Hörsel;{name};Gemeinde;{square(at / 10).wkt}\n"
        for at, (old, name) in enumerate([("16067089", "Hörsel"), ("16067001", "Früher")])
    )
    preview, result = run(session, table(tmp_path, heading + state + county + towns), ImportKind.ADMIN_UNITS)
    assert (counts(result), preview.merged) == ((3, 0, 0, 0), 1)
    unit = session.get(AdminUnit, "16067089")
    assert (unit.level, unit.parent_ags) == ("municipality", "16067")
    assert session.scalar(func.st_area(unit.geom)) == pytest.approx(20_000)
    assert session.get(SupersededKey, "16067001").successor_ags == "16067089"


def test_raw_vg250_columns_load_as_they_come(session, shared_data):
    _, result = run(session, shared_data / "admin/th_gemeinden.geojson", ImportKind.ADMIN_UNITS, crs=None)
    assert counts(result) == (849, 0, 0, 0)
    assert session.get(AdminUnit, "16056000").name == "Eisenach"


def test_members_are_imported_by_area_and_their_shares_must_sum_to_100(session, land, tmp_path):
    area = land.area("nord")
    heading = "area_slug,ags,votes,cost_share_pct,revenue_share_pct,valid_from\n"
    good = heading + "nord,16067089,5,60,60,2020-01-01\nnord,16067072,4,40,40,2020-01-01\n"
    _, result = run(session, table(tmp_path, good), ImportKind.MEMBERS)
    assert counts(result) == (2, 0, 0, 0)
    assert counts(run(session, table(tmp_path, good), ImportKind.MEMBERS)[1]) == (0, 0, 2, 0)
    assert session.scalar(select(func.count()).select_from(AreaMember).where(AreaMember.area_id == area.id)) == 2
    with pytest.raises(imports.ImportRefused, match=r"sum to 90 % \(cost\)"):
        run(session, table(tmp_path, good.replace("60,60", "50,60")), ImportKind.MEMBERS)


def test_areas_keep_stated_hectares_and_get_a_slug(session, land, tmp_path):
    path = table(tmp_path, f"Standort;Bruttofläche;Nettofläche (ha);wkt\nAm Hörselberg;55,2 ha;40,7;{square().wkt}\n")
    run(session, path, ImportKind.AREAS)
    area = session.scalars(select(Area)).one()
    assert (area.slug, float(area.gross_ha), float(area.net_ha)) == ("am-hoerselberg", 55.2, 40.7)


def test_infrastructure_takes_its_kind_from_the_option(session, land, tmp_path):
    path = table(tmp_path, "id;name;x;y\n1;UW;621000;5641000\n")
    with pytest.raises(imports.ImportRefused, match="--kind"):
        run(session, path, ImportKind.INFRASTRUCTURE)
    run(session, path, ImportKind.INFRASTRUCTURE, default_kind="substation")
    assert session.scalars(select(Infrastructure)).one().kind == "substation"


def test_the_bremen_plan_gives_37_ge_and_gi_areas_with_anywhere(session, land, shared_data):
    path = shared_data / "parcels/BP2070_Bremen_31467.gml"
    preview, result = run(session, path, crs=None, anywhere=True)
    assert counts(result) == (37, 0, 0, 0)
    assert (preview.read, preview.left_out) == (37, 276)
    zones = [(p.zone, p.xplan_zone_code, p.municipality_ags) for p in parcels(session).values()]
    assert {zone: zones.count(zone) for zone in set(zones)} == {("GE", 1700, None): 24, ("GI", 1800, None): 13}
    assert counts(run(session, path, crs=None, anywhere=True)[1]) == (0, 0, 37, 0)


def test_bremen_without_anywhere_is_refused(session, land, shared_data):
    with pytest.raises(imports.ImportRefused, match="none of the region's municipalities"):
        run(session, shared_data / "parcels/BP2070_Bremen_31467.gml", crs=None)


def test_philadelphia_is_refused_whole_with_the_reason(session, land, shared_data):
    path = shared_data / "parcels/philadelphia_vacant_6612_wkt_epsg2272.csv.gz"
    request = ImportRequest(ImportKind.PARCELS, path, crs="EPSG:2272", anywhere=True)
    staged = imports.stage(session, request)
    assert staged.preview.shapes == {"polygon": 6599, "point": 13}
    assert staged.preview.unit == "US survey foot"
    assert staged.preview.rejected == 6612
    with pytest.raises(
        imports.ImportRefused, match=r"6,599 rows.*EPSG:25832 measures only(?s:.*)13 rows.*polygon is needed"
    ):
        imports.apply(session, staged)
    assert parcels(session) == {}


def test_zones_of_other_regions_load_with_anywhere(session, land, shared_data):
    _, result = run(session, shared_data / "parcels/de_commercial_zones_shared.gpkg", crs=None, anywhere=True)
    assert result.new + result.rejected == 104
    assert {p.zone for p in parcels(session).values()} == {"GE", "GI", None}


def test_the_sample_data_loads_once_and_in_seconds(database_url):
    engine = create_engine(database_url)
    started = time.monotonic()
    with db.transaction(engine) as session:
        loaded = load_sample_data(session)
    assert time.monotonic() - started < 20
    assert loaded > 1000
    with db.transaction(engine) as session:
        assert load_sample_data(session) == 0
    engine.dispose()


def test_demo_dates_move_with_the_day_but_dates_of_law_stay(session):
    load_sample_data(session, today=dt.date(2030, 1, 1))
    late = session.scalars(select(Parcel)).all()
    confirmed = max(p.confirmed_at for p in late if p.confirmed_at)
    assert dt.date(2029, 12, 1) <= confirmed.date() <= dt.date(2030, 1, 2)
    assert max(p.source_date for p in late if p.source_date) < dt.date(2028, 1, 1)


SLOW_IMPORT = """
import sys
from pathlib import Path
from sqlalchemy import create_engine
from landportal import db
from landportal.services import imports
from landportal.services.import_columns import ImportKind
with db.transaction(create_engine(sys.argv[1])) as session:
    request = imports.ImportRequest(ImportKind.PARCELS, Path(sys.argv[2]), crs="EPSG:25832", anywhere=True)
    staged = imports.stage(session, request)
    imports.apply(session, staged)
    print("applied", flush=True)
    sys.stdin.read()
"""


def test_an_import_killed_before_its_commit_leaves_nothing(database_url, tmp_path):
    path = plots(tmp_path, *(f"{at};A;GE;1" for at in range(50)))
    command = [sys.executable, "-c", SLOW_IMPORT, database_url, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout.readline() == b"applied\n"
        child.kill()
    engine = create_engine(database_url)
    with engine.connect() as connection:
        assert connection.scalar(text("select count(*) from parcel")) == 0
        assert connection.scalar(text("select count(*) from data_set")) == 0
    engine.dispose()


def test_two_imports_of_one_file_at_once_give_it_once(database_url, tmp_path):
    path = plots(tmp_path, *(f"{at};A;GE;1" for at in range(20)))
    code = SLOW_IMPORT.replace("    sys.stdin.read()\n", "")
    children = [subprocess.Popen([sys.executable, "-c", code, database_url, str(path)]) for _ in range(2)]
    assert [child.wait(60) for child in children] == [0, 0]
    engine = db.connect(database_url, read_settings())
    with engine.connect() as connection:
        assert connection.scalar(text("select count(*) from parcel")) == 20
        assert connection.scalar(text("select max(version) from parcel")) == 1
    engine.dispose()


def test_memory_stays_bounded_by_a_batch(session, land, tmp_path):
    path = tmp_path / "many.csv"
    with path.open("w") as file:
        file.write("id;name;x;y\n")
        file.writelines(f"{at};N{at};{621000 + at % 1000};{5641000 + at // 1000}\n" for at in range(20_000))
    seen = []
    request = ImportRequest(ImportKind.INFRASTRUCTURE, path, crs="EPSG:25832", default_kind="station")
    imports.stage(session, request, lambda done, total: seen.append(done))
    assert seen == [5000, 10_000, 15_000, 20_000]


def test_a_geojson_with_lists_and_typed_values_is_taken_as_it_is(session, land, tmp_path):
    facts = {"id": "a", "cadastral_ids": ["152450008007460284__"], "grz": 0.8, "rail_siding": True,
             "available_from": "2026-05-01",
             "confirmed_at": "2026-01-02T10:00:00+01:00", "status": "available"}  # fmt: skip
    document = {
        "type": "FeatureCollection", "crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::25832"}},
        "features": [{"type": "Feature", "properties": facts, "geometry": shapely.geometry.mapping(square())}],
    }  # fmt: skip
    path = tmp_path / "p.geojson"
    path.write_text(json.dumps(document))
    run(session, path, crs=None)
    parcel = parcels(session)["a"]
    assert parcel.cadastral_ids == ["152450008007460284__"]
    assert parcel.available_from == dt.date(2026, 5, 1)
    assert parcel.confirmed_at.replace(tzinfo=dt.UTC) == dt.datetime(2026, 1, 2, 9, tzinfo=dt.UTC)
    assert (float(parcel.grz), parcel.rail_siding, parcel.status) == (0.8, True, "available")
