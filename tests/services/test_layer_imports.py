"""Any vector file becomes a layer with its own columns; a new delivery replaces it in one step."""

import json
import os
import signal
import struct
import subprocess
import sys
import threading
import zipfile

import numpy as np
import pyogrio
import pytest
import shapely
from sqlalchemy import func, select

from landportal import db
from landportal.config import read_settings
from landportal.errors import NotAllowed, NotFound
from landportal.gis.notes import CannotRead
from landportal.model import AuditEntry, ContextLayer, LayerFeature, Revision
from landportal.services.import_issues import ImportRefused
from landportal.services.imports.staging import silent
from landportal.services.layer_imports import Audience, LayerFacts, LayerRequest, publish, take_down
from landportal.services.layer_imports.names import safe_names
from landportal.services.layer_imports.survey import look
from landportal.services.permissions import actor_of
from tests.conftest import SHARED

FACTS = LayerFacts(title_de="Lärm", title_en="Noise", licence="dl-de/by-2-0", attribution="© Landratsamt")
SQUARE = shapely.box(11.0, 50.9, 11.01, 50.91)


def geojson(path, *features):
    path.write_text(json.dumps({"type": "FeatureCollection", "features": list(features)}), encoding="utf-8")
    return path


def feature(shape=SQUARE, **properties):
    mapping = None if shape is None else shapely.geometry.mapping(shape)
    return {"type": "Feature", "properties": properties, "geometry": mapping}


def csv_file(path, *lines, encoding="utf-8"):
    path.write_bytes("\n".join(lines).encode(encoding))
    return path


def published(session, file, name="noise", actor=None, facts=FACTS, **options):
    return publish(session, LayerRequest(file, name, facts, **options), actor)


def layer(session, name="noise"):
    return session.scalars(select(ContextLayer).where(ContextLayer.name == name)).one()


def rows(session, name="noise"):
    one = layer(session, name)
    wanted = (LayerFeature.layer_id == one.id) & (LayerFeature.delivery == one.delivery)
    columns = (LayerFeature.key, LayerFeature.properties, func.st_astext(LayerFeature.geom, 2))
    return session.execute(select(*columns).where(wanted).order_by(LayerFeature.id)).all()


def kinds(session, name="noise"):
    return {one["source_name"]: one["kind"] for one in layer(session, name).fields}


EVERY_KIND = {
    "whole": 9_007_199_254_740_993, "part": 0.5, "open": True, "day": "2026-01-31", "seen": "2026-01-31T10:00:00+01:00",
    "uses": ["GE", "GI"], "note": 'a "quoted" word', "Größe (m²)": 12, "select": "x", "deep": {"a": 1},
}  # fmt: skip


def test_types_dates_and_lists_are_kept_and_names_made_safe(session, tmp_path):
    nothing = dict.fromkeys(EVERY_KIND)
    told = published(session, geojson(tmp_path / "x.geojson", feature(**EVERY_KIND), feature(**nothing)))
    assert kinds(session) == {
        "whole": "integer", "part": "number", "open": "boolean", "day": "date", "seen": "moment", "uses": "texts",
        "note": "text", "Größe (m²)": "integer", "select": "text", "deep": "text",
    }  # fmt: skip
    (_, full, _), (_, empty, _) = rows(session)
    assert full == {
        "whole": 9_007_199_254_740_993, "part": 0.5, "open": True, "day": "2026-01-31", "seen": "2026-01-31T09:00:00Z",
        "uses": ["GE", "GI"], "note": 'a "quoted" word', "Groesse_m2": 12, "select": "x", "deep": '{ "a": 1 }',
    }  # fmt: skip
    assert empty == {}
    assert (told.read, told.features, told.replaced) == (2, 2, None)
    one = layer(session)
    assert (one.feature_count, one.delivery, one.srid, one.geometry_kind) == (2, 1, 25832, "polygon")
    assert one.bbox == pytest.approx([11.0, 50.9, 11.01, 50.91], abs=1e-3)
    assert (one.title_de, one.title_en, one.source_file) == ("Lärm", "Noise", "x.geojson")


def test_names_never_meet_each_other_or_what_an_address_means():
    titles = ["Name", "name", "NAME", "limit", "Limit", "geom", "bbox", "1 a", "???", "!!!", "x" * 90, "x" * 91]
    names = safe_names(titles)
    folded = [name.casefold() for name in names.values()]
    assert len(set(folded)) == len(folded)
    assert not {"limit", "geom", "bbox"} & set(folded)
    assert all(name.isascii() and name.isidentifier() and len(name) < 63 for name in names.values())


def test_a_table_says_by_its_cells_what_its_columns_are(session, tmp_path):
    path = csv_file(
        tmp_path / "x.csv",
        "wkt;nr;anteil;ja;tag;code;gemischt",
        "POINT(11 50.9);1;0,5;true;31.01.2026;01;1",
        "POINT(11 50.9);-2;1;FALSE;2026-02-01;2;eins",
        ";;;;;;",
    )
    published(session, path, crs="EPSG:4326")
    assert kinds(session) == {
        "nr": "integer", "anteil": "number", "ja": "boolean", "tag": "date", "code": "text", "gemischt": "text",
    }  # fmt: skip
    assert rows(session)[0][1] == {
        "nr": 1, "anteil": 0.5, "ja": True, "tag": "2026-01-31", "code": "01", "gemischt": "1",
    }  # fmt: skip


def test_what_could_be_thousands_or_decimals_stays_text(session, tmp_path):
    published(session, csv_file(tmp_path / "x.csv", "wkt;a", "POINT(11 50);1.234", "POINT(11 50);2.500"))
    assert kinds(session) == {"a": "text"}


def test_long_keys_of_digits_lose_none(session, tmp_path):
    long = ("16067089000012345678", "160670890000123456")
    published(session, csv_file(tmp_path / "x.csv", "wkt;a;b", *[f"POINT(11 50);{one};{one[:18]}" for one in long]))
    assert kinds(session) == {"a": "text", "b": "integer"}
    assert [properties["a"] for _, properties, _ in rows(session)] == list(long)


def test_who_published_and_took_down_is_on_record(session, land, account, tmp_path):
    planner = actor_of(account("planner", ags="16067089"))
    published(session, geojson(tmp_path / "x.geojson", feature()), actor=planner)
    take_down(session, "noise", planner)
    entries = session.execute(select(AuditEntry.action, AuditEntry.account_id, AuditEntry.subject)).all()
    assert entries == [(action, planner.account_id, "noise") for action in ("layer_published", "layer_taken_down")]


def test_points_lines_areas_collections_and_nothing_stand_side_by_side(session, tmp_path):
    line = shapely.LineString([(11, 50, 1), (12, 51, 300)])
    both = shapely.GeometryCollection([shapely.Point(11, 50), line])
    path = geojson(tmp_path / "x.geojson", *map(feature, (SQUARE, line, shapely.Point(11, 50, 7), both, None)))
    told = published(session, path)
    assert layer(session).geometry_kind == "mixed"
    assert (told.features, told.without_shape) == (5, 1)
    assert not any(text and " Z" in text for _, _, text in rows(session))


def test_a_layer_beyond_the_storage_crs_keeps_degrees(session, tmp_path):
    told = published(session, geojson(tmp_path / "x.geojson", feature(), feature(shapely.Point(-70, -33))))
    assert told.srid == layer(session).srid == 4326
    assert rows(session)[1][2] == "POINT(-70 -33)"


def test_broken_shapes_are_mended_or_left_out_by_number(session, tmp_path):
    touching = shapely.Polygon([(11, 50), (11.1, 50), (11.1, 50.1), (11.05, 50), (11, 50.1)])
    bow_tie = shapely.Polygon([(11, 50), (11.1, 50.1), (11.1, 50), (11, 50.1)])
    nowhere = shapely.LineString([(11, 50), (11, 50)])
    beyond = shapely.Point(11, 50)
    path = geojson(tmp_path / "x.geojson", *map(feature, (touching, bow_tie, nowhere, beyond)))
    told = published(session, path)
    assert [(one.code, one.rows) for one in told.mended] == [("layer_repaired", (1,))]
    assert [(one.code, one.rows) for one in told.left_out] == [("layer_beyond_repair", (2, 3))]
    assert [key for key, _, _ in rows(session)] == ["1", "4"]
    assert "Rows: 2, 3" in told.left_out[0].sentence("en")
    assert "Zeilen: 2, 3" in told.left_out[0].sentence("de")


def test_coordinates_the_world_does_not_have_are_left_out(session, tmp_path):
    path = csv_file(tmp_path / "x.csv", "lon,lat", "11,50", "500,50", "abc,50", "-80,10")
    told = published(session, path)
    assert {(one.code, one.rows) for one in told.left_out} == {("layer_beyond_crs", (3,)), ("bad_coordinate", (4,))}


def test_what_lies_beyond_the_world_by_rounding_lies_on_its_edge(session, tmp_path):
    edge = shapely.Polygon([(170, 60), (180.00000000000017, 60), (180.00000000000017, 70)])
    beyond = shapely.Polygon([(170, 60), (180.00000001, 60), (180.00000001, 70)])
    told = published(session, geojson(tmp_path / "x.geojson", feature(edge), feature(beyond)))
    assert [(one.code, one.rows) for one in told.left_out] == [("layer_beyond_crs", (2,))]
    assert layer(session).bbox[2] == 180
    outlines = look(LayerRequest(tmp_path / "x.geojson", "x"), silent).outlines
    assert [row for row, _ in outlines] == [1]


def curve_file(path):
    """A GeoPackage with a circle drawn by arcs, which plain WKB does not know."""
    square = np.array([shapely.to_wkb(shapely.box(620_000, 5_640_000, 620_001, 5_640_001))], dtype=object)
    pyogrio.raw.write(path, square, [np.array([1])], ["a"], geometry_type="Unknown", crs="EPSG:25832", layer="c")
    corners = [(0, 0), (50, 50), (100, 0), (50, -50), (0, 0)]
    ring = struct.pack("<BII", 1, 8, 5) + b"".join(struct.pack("<dd", 620_000 + x, 5_640_000 + y) for x, y in corners)
    import sqlite3

    with sqlite3.connect(path) as store:
        for (trigger,) in store.execute("select name from sqlite_master where type = 'trigger'").fetchall():
            store.execute(f'drop trigger "{trigger}"')
        header = b"GP\x00\x01" + struct.pack("<i", 25832)
        store.execute("update c set geom = ?", (header + struct.pack("<BII", 1, 10, 1) + ring,))
    store.close()
    return path


def test_arcs_are_drawn_with_straight_lines(session, tmp_path):
    told = published(session, curve_file(tmp_path / "arcs.gpkg"))
    assert told.features == 1
    area = session.scalar(select(func.st_area(LayerFeature.geom)))
    assert area == pytest.approx(3.14159 * 50**2, rel=0.01)


def test_nan_is_nothing_and_infinity_is_told(session, tmp_path):
    points = np.array([shapely.to_wkb(shapely.Point(11, 50))] * 3, dtype=object)
    values = np.array([float("nan"), float("inf"), 1.5])
    pyogrio.raw.write(tmp_path / "x.gpkg", points, [values], ["v"], geometry_type="Point", crs="EPSG:4326")
    told = published(session, tmp_path / "x.gpkg")
    assert [properties for _, properties, _ in rows(session)] == [{}, {}, {"v": 1.5}]
    assert [(one.code, one.rows) for one in told.mended] == [("layer_infinite", (2,))]


def test_text_no_database_keeps_is_cleaned_and_told(session, tmp_path):
    path = tmp_path / "x.geojson"
    path.write_text(
        '{"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {"t": "a\\u0001b"},'
        ' "geometry": null}, {"type": "Feature", "properties": {"t": "x"},'
        ' "geometry": {"type": "Point", "coordinates": [11, 50]}}]}'
    )
    published(session, path)
    assert rows(session)[0][1] == {"t": "a\x01b"}
    told = published(
        session, csv_file(tmp_path / "y.csv", "wkt;t", *["POINT(11 50);x"] * 50, "POINT(11 50);a\x00b"), name="b"
    )
    assert rows(session, "b")[-1][1] == {"t": "ab"}
    assert [one.code for one in told.mended] == ["layer_text_cleaned"]


def test_keys_are_kept_and_must_name_each_feature_once(session, tmp_path):
    path = geojson(tmp_path / "x.geojson", feature(id="A-1"), feature(id="A-2"))
    published(session, path, key="id")
    assert [key for key, _, _ in rows(session)] == ["A-1", "A-2"]
    published(session, path)
    assert (layer(session).key_field, rows(session)[0][0]) == ("id", "A-1")
    published(session, path, key="")
    assert (layer(session).key_field, rows(session)[0][0]) == (None, "1")
    twice = geojson(tmp_path / "twice.geojson", feature(id="A"), feature(id="B"), feature(id="A"))
    with pytest.raises(ImportRefused, match="row 1 and row 3"):
        published(session, twice, key="id")
    with pytest.raises(ImportRefused, match="empty in row 2"):
        published(session, geojson(tmp_path / "n.geojson", feature(id="A"), feature(id=None)), key="id")
    with pytest.raises(ImportRefused, match="no column 'nr'"):
        published(session, path, key="nr")
    assert layer(session).delivery == 3


def test_a_file_without_crs_is_refused_with_what_would_help(session, tmp_path):
    path = csv_file(tmp_path / "x.csv", "wkt;a", "POINT(620000 5640000);1")
    with pytest.raises(CannotRead, match="--crs EPSG:25832"):
        published(session, path)
    assert published(session, path, crs="EPSG:25832").features == 1


@pytest.mark.parametrize("name", ["", "Lärm", "1a", "A", "a b", "a" * 64, "parcels", "areas"])
def test_a_name_is_safe_and_free(session, tmp_path, name):
    with pytest.raises(ImportRefused):
        published(session, geojson(tmp_path / "x.geojson", feature()), name=name)


def test_a_new_layer_needs_title_licence_and_attribution_and_a_delivery_keeps_them(session, tmp_path):
    path = geojson(tmp_path / "x.geojson", feature())
    with pytest.raises(ImportRefused, match="licence, attribution"):
        published(session, path, facts=LayerFacts(title_de="x"))
    published(session, path)
    told = published(session, geojson(tmp_path / "y.geojson", feature(), feature()), facts=LayerFacts())
    assert (told.features, told.replaced) == (2, 1)
    assert (layer(session).licence, layer(session).source_file, layer(session).delivery) == (
        "dl-de/by-2-0", "y.geojson", 2,
    )  # fmt: skip
    assert session.scalar(select(func.count()).select_from(LayerFeature)) == 2


def test_every_delivery_moves_the_revision(session, tmp_path):
    def revision():
        return session.scalar(select(Revision.value).where(Revision.subject == "layer:noise"))

    path = geojson(tmp_path / "x.geojson", feature())
    published(session, path)
    before = revision()
    published(session, path)
    assert revision() > before


def test_nothing_usable_is_no_layer(session, tmp_path):
    with pytest.raises(ImportRefused, match="No feature can be used"):
        published(session, geojson(tmp_path / "x.geojson", feature(shapely.LineString([(11, 50), (11, 50)]))))
    with pytest.raises((ImportRefused, CannotRead)):
        published(session, geojson(tmp_path / "y.geojson"))


def test_a_zip_that_lies_outside_is_refused(session, tmp_path):
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr("../x.geojson", "{}")
    with pytest.raises(CannotRead, match="not allowed"):
        published(session, tmp_path / "x.zip")


def test_planners_keep_their_own_layers_and_nobody_elses(session, land, account, tmp_path):
    own, other = actor_of(account("planner", ags="16067089")), actor_of(account("planner", ags="16067072"))
    officer = actor_of(account("officer", ags="16067089"))
    path = geojson(tmp_path / "x.geojson", feature())
    with pytest.raises(NotAllowed):
        published(session, path, actor=officer)
    published(session, path, actor=own, audience=Audience(own.organisation_id))
    assert (layer(session).organisation_id, layer(session).kept_by_id) == (own.organisation_id,) * 2
    with pytest.raises(NotAllowed):
        published(session, path, actor=other)
    with pytest.raises(NotAllowed):
        published(session, path, name="theirs", actor=own, audience=Audience(other.organisation_id))
    with pytest.raises(NotFound):
        take_down(session, "noise", other)
    published(session, path, actor=own, audience=Audience(None))
    assert layer(session).organisation_id is None
    with pytest.raises(NotAllowed):
        take_down(session, "noise", other)
    take_down(session, "noise", own)
    assert session.scalar(select(func.count()).select_from(LayerFeature)) == 0


# ----------------------------------------------------------------------------------------------- one step, no gap


@pytest.fixture
def engine(database_url):
    engine = db.connect(database_url, read_settings())
    yield engine
    engine.dispose()


def in_one_transaction(engine, path, **options):
    with db.transaction(engine) as session:
        return published(session, path, **options)


def test_whoever_reads_during_a_delivery_sees_the_old_one_and_then_the_new(engine, tmp_path):
    small = geojson(tmp_path / "a.geojson", *[feature(v="old")] * 3)
    large = geojson(tmp_path / "b.geojson", *[feature(v="new")] * 3_000)
    in_one_transaction(engine, small)
    seen, over = set(), threading.Event()

    def watch():
        while not over.is_set():
            with db.reading(engine) as session:
                found = rows(session)
                seen.add((len(found), *{properties["v"] for _, properties, _ in found}))

    watcher = threading.Thread(target=watch)
    watcher.start()
    in_one_transaction(engine, large)
    over.set()
    watcher.join()
    with db.reading(engine) as session:
        seen.add((len(rows(session)), "new"))
    assert seen == {(3, "old"), (3_000, "new")}


def test_killed_in_the_middle_the_old_layer_stays_and_the_next_import_works(engine, database_url, tmp_path):
    small = geojson(tmp_path / "a.geojson", *[feature(v="old")] * 3)
    in_one_transaction(engine, small)
    large = csv_file(tmp_path / "b.csv", "wkt;v", *[f"{SQUARE.wkt};new"] * 4_000)
    code = f"""
import os, signal
from pathlib import Path
from landportal import db
from landportal.config import read_settings
from landportal.services.layer_imports import LayerRequest, publish
def progress(done, total):
    global passes
    passes += done == 2_000
    if passes == 2:
        os.kill(os.getpid(), signal.SIGKILL)
passes = 0
with db.transaction(db.connect({database_url!r}, read_settings())) as session:
    publish(session, LayerRequest(Path({str(large)!r}), "noise"), progress=progress)
"""
    done = subprocess.run([sys.executable, "-c", code], env=os.environ, check=False)
    assert done.returncode == -signal.SIGKILL
    with db.reading(engine) as session:
        assert {properties["v"] for _, properties, _ in rows(session)} == {"old"}
        assert session.scalar(select(func.count()).select_from(LayerFeature)) == 3
    assert in_one_transaction(engine, large).features == 4_000


def test_a_planner_publishes_as_the_application_does(engine, database_url, tmp_path):
    from tests.conftest import Land, add_account

    with db.transaction(engine) as session:
        Land(session)
        planners = [add_account(session, "planner", ags=ags).id for ags in ("16067089", "16067072")]
        own, other = (actor_of(session.get_one(type(add_account(session, "planner")), one)) for one in planners)
    application = db.connect(database_url, read_settings(), role=db.APPLICATION_ROLE)
    path = geojson(tmp_path / "x.geojson", feature(a=1))

    def by(actor, **options):
        with db.transaction(application, db.Acting(actor.account_id, "page")) as session:
            return published(session, path, actor=actor, **options)

    assert by(own, audience=Audience(own.organisation_id)).features == 1
    assert by(own).replaced == 1
    with pytest.raises(ImportRefused, match="something else"):
        by(other)
    with db.transaction(application, db.Acting(own.account_id, "page")) as session:
        take_down(session, "noise", own)
    application.dispose()


# ---------------------------------------------------------------------------------------------------- real deliveries


REAL = {
    "protected": ("constraints/de_constraints_shared_grasleben.gpkg", None, None, 25),
    "plan": ("parcels/BP2070_Bremen_31467.gml", "BP_GruenFlaeche", None, 18),
    "vacant": ("parcels/philadelphia_vacant_6612_wkt_epsg2272.csv.gz", None, "EPSG:2272", 6_612),
    "osm": ("roads/andorra.osm.pbf", "lines", None, 2_081),
    "without-prj": ("hostile/th_gemeinden_gk4_31468_noprj.zip", None, "EPSG:31468", 849),
    "without-cpg": ("hostile/th_gemeinden_utf8_nocpg_ldid0.zip", None, None, 849),
}


@pytest.mark.parametrize("name", REAL)
def test_real_files_become_layers(session, shared_data, name):
    file, of_file, crs, count = REAL[name]
    told = published(session, SHARED / "data" / file, name=name, layer=of_file, crs=crs)
    assert told.read == count
    assert told.features + sum(one.count for one in told.left_out) == count
    assert told.features >= count * 0.99
    assert "�" not in json.dumps([properties for _, properties, _ in rows(session, name)], ensure_ascii=False)
