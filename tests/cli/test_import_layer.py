"""``landportal import layer``: what it says, what it publishes, and its exit status."""

import json
import os
import subprocess
import sys

import pytest
import shapely
from sqlalchemy import create_engine, text

SQUARE = shapely.geometry.mapping(shapely.box(11.0, 50.9, 11.01, 50.91))
BOW_TIE = {"type": "Polygon", "coordinates": [[[11, 50], [11.1, 50.1], [11.1, 50], [11, 50.1], [11, 50]]]}
FACTS = ("--title", "Lärm", "--licence", "dl-de/by-2-0", "--attribution", "© Landratsamt")


@pytest.fixture
def command(database_url, tmp_path):
    """Runs the command as its users do, in a process of its own."""

    def run(*arguments, language="en_GB.UTF-8"):
        environ = {**os.environ, "LANDPORTAL_DATABASE_URL": database_url, "LANG": language, "LC_ALL": ""}
        code = "from landportal.cli import main; main()"
        call = [sys.executable, "-c", code, "import", "layer", *map(str, arguments)]
        return subprocess.run(call, capture_output=True, text=True, env=environ, cwd=tmp_path, check=False)

    return run


@pytest.fixture
def file(tmp_path):
    def write(*shapes, name="noise.geojson"):
        features = [
            {"type": "Feature", "properties": {"Größe": at, "id": f"L{at}"}, "geometry": shape}
            for at, shape in enumerate(shapes)
        ]
        (tmp_path / name).write_text(json.dumps({"type": "FeatureCollection", "features": features}))
        return tmp_path / name

    return write


def stored(url, statement="select name, feature_count, title_de, organisation_id from context_layer"):
    engine = create_engine(url)
    with engine.connect() as connection:
        found = connection.execute(text(statement)).all()
    engine.dispose()
    return found


def test_a_file_is_published_and_everything_about_it_told(command, database_url, file):
    done = command(file(SQUARE, BOW_TIE, None), "--name", "noise", "--key", "id", *FACTS)
    assert (done.returncode, done.stderr) == (0, "")
    assert "GeoJSON, EPSG:4326 → EPSG:25832" in done.stdout
    assert "3 rows read, 2 features (1 polygons, 1 without geometry), 1 rows left out" in done.stdout
    assert "Größe → Groesse (integer)" in done.stdout
    assert "Left out: 1 × The shape is not valid" in done.stdout
    assert "Rows: 2" in done.stdout
    assert "Published: 2 features at /api/collections/noise." in done.stdout
    assert stored(database_url) == [("noise", 2, "Lärm", None)]
    again = command(file(SQUARE, SQUARE, SQUARE), "--name", "noise", "--key", "id", language="de_DE.UTF-8")
    assert "Ersetzt: 3 Objekte statt 2" in again.stdout


def test_a_dry_run_changes_nothing(command, database_url, file):
    done = command(file(SQUARE), "--name", "noise", "--dry-run", *FACTS)
    assert done.returncode == 0
    assert "Dry run: nothing was changed." in done.stdout
    assert stored(database_url) == []


def test_what_is_refused_is_status_1_and_says_why(command, database_url, file):
    bare = command(file(SQUARE), "--name", "noise")
    assert bare.returncode == 1
    assert "still needs: title, licence, attribution" in bare.stderr
    unknown = command(file(SQUARE), "--name", "noise", *FACTS, "--organisation", "Nobody")
    assert unknown.returncode == 1
    assert "no organisation 'Nobody'" in unknown.stderr
    twice = command(file(SQUARE), "--name", "parcels", *FACTS)
    assert (twice.returncode, "something else in the portal" in twice.stderr) == (1, True)
    assert stored(database_url) == []


def test_a_layer_of_an_organisation_is_seen_by_it_alone(command, database_url, file):
    engine = create_engine(database_url)
    with engine.begin() as connection:
        place = "SRID=25832;MULTIPOLYGON(((0 0,1 0,1 1,0 0)))"
        connection.execute(
            text(
                "insert into data_set (name, title_de, title_en, publisher, licence, attribution)"
                " values ('x', 'x', 'x', 'x', 'x', 'x')"
            )
        )
        connection.execute(
            text(
                "insert into admin_unit (ags, level, name, data_set_id, source_id, geom)"
                " select '16', 'state', 'Thüringen', id, '16', :place from data_set"
            ),
            {"place": place},
        )
        connection.execute(
            text("insert into organisation (name, kind, ags) values ('Landesamt', 'state_agency', '16')")
        )
    engine.dispose()
    assert command(file(SQUARE), "--name", "noise", *FACTS, "--organisation", "16").returncode == 0
    ((kept_by,),) = stored(database_url, "select id from organisation")
    kept = "select organisation_id, kept_by_id from context_layer"
    assert stored(database_url, kept) == [(kept_by, kept_by)]
    command(file(SQUARE), "--name", "noise")
    assert stored(database_url, kept) == [(kept_by, kept_by)]
    command(file(SQUARE), "--name", "noise", "--public")
    assert stored(database_url, kept) == [(None, kept_by)]


@pytest.mark.parametrize("arguments", [[], ["x"], ["x", "--name", "a", "--public", "--organisation", "16"]])
def test_wrong_usage_is_status_2(command, arguments):
    assert command(*arguments).returncode == 2
