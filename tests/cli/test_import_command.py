"""``landportal import``: what it says, what it writes, and its exit status."""

import csv
import os
import subprocess
import sys

import pytest
import shapely
from click.testing import CliRunner
from sqlalchemy import create_engine, text

from landportal.cli.imports import import_group

EAST, NORTH = 620_000, 5_640_000


def square(east_km=1.0):
    west, south = EAST + east_km * 1000, NORTH + 1000
    return shapely.box(west, south, west + 100, south + 100)


def file(folder, *zones, name="plots.csv"):
    path = folder / name
    rows = [f"{at};{zone};{square(2 * at).wkt}" for at, zone in enumerate(zones, start=1)]
    path.write_text("\n".join(["id;Gebietsart;wkt", *rows]) + "\n")
    return path


@pytest.fixture
def command(database_url, tmp_path):
    """Runs the command as its users do, in a process of its own."""

    def run(*arguments, language="en_GB.UTF-8", cwd=tmp_path):
        environ = {**os.environ, "LANDPORTAL_DATABASE_URL": database_url, "LANG": language, "LC_ALL": ""}
        code = "from landportal.cli import main; main()"
        call = [sys.executable, "-c", code, "import", *map(str, arguments)]
        return subprocess.run(call, capture_output=True, text=True, env=environ, cwd=cwd, check=False)

    return run


def count(url, table="parcel"):
    engine = create_engine(url)
    with engine.connect() as connection:
        found = connection.scalar(text(f"select count(*) from {table}"))
    engine.dispose()
    return found


def test_good_rows_are_applied_and_every_rejected_one_listed(command, database_url, tmp_path):
    path = file(tmp_path, "GE", *["RM1"] * 25)
    done = command("parcels", path, "--crs", "EPSG:25832", "--anywhere")
    assert done.returncode == 0
    assert "1 new, 0 changed, 0 unchanged; 25 rejected" in done.stdout
    assert "and 5 more" in done.stdout
    with (tmp_path / "plots.csv.rejected.csv").open(encoding="utf-8-sig") as listed:
        rejected = list(csv.DictReader(listed))
    assert len(rejected) == 25
    assert (rejected[0]["Row"], rejected[0]["Field"], rejected[0]["Value"]) == ("3", "Gebietsart", "RM1")
    assert count(database_url) == 1


def test_strict_applies_nothing_when_a_row_is_rejected(command, database_url, tmp_path):
    done = command("parcels", file(tmp_path, "GE", "RM1"), "--crs", "EPSG:25832", "--anywhere", "--strict")
    assert done.returncode == 1
    assert "1 rows would be rejected" in done.stderr
    assert count(database_url) == 0


def test_a_dry_run_shows_the_preview_and_changes_nothing(command, database_url, tmp_path):
    done = command("parcels", file(tmp_path, "GE"), "--crs", "EPSG:25832", "--anywhere", "--dry-run")
    assert done.returncode == 0
    assert "nothing was changed" in done.stdout
    assert count(database_url) == count(database_url, "data_set") == 0


def test_the_second_run_of_an_import_changes_nothing(command, tmp_path):
    path = file(tmp_path, "GE", "GI")
    command("parcels", path, "--crs", "EPSG:25832", "--anywhere")
    assert "0 new, 0 changed, 2 unchanged" in command("parcels", path, "--crs", "EPSG:25832", "--anywhere").stdout


def test_a_file_that_cannot_be_read_is_refused_with_status_1_and_the_reason(command, database_url, tmp_path):
    (tmp_path / "x.gpkg").write_text("text")
    done = command("parcels", tmp_path / "x.gpkg")
    assert done.returncode == 1
    assert "x.gpkg is called .gpkg but holds something else" in done.stderr
    assert "Traceback" not in done.stderr
    assert count(database_url, "data_set") == 0


def test_german_users_read_german(command, tmp_path):
    done = command("parcels", tmp_path / "fehlt.csv", language="de_DE.UTF-8")
    assert "gibt es nicht" in done.stderr
    done = command("parcels", file(tmp_path, "GE", "RM1"), "--crs", "EPSG:25832", "--anywhere", language="de_DE.UTF-8")
    assert "Übernommen: 1 neu" in done.stdout
    assert "kein Baugebiet" in done.stdout


@pytest.mark.parametrize(
    "arguments", [["houses", "x"], ["parcels"], ["parcels", "x", "--map", "nonsense"], ["parcels", "x", "--colour"]]
)
def test_wrong_usage_is_status_2(command, arguments):
    assert command(*arguments).returncode == 2


def test_where_the_folder_cannot_be_written_the_list_goes_to_the_current_one(tmp_path, monkeypatch):
    from landportal.cli.import_report import write_rejected

    monkeypatch.chdir(tmp_path)
    assert write_rejected(tmp_path / "nowhere" / "x.csv", [], "en") == tmp_path / "x.csv.rejected.csv"


def test_a_formula_in_a_rejected_value_is_not_one_in_the_list(tmp_path):
    from landportal.cli.import_report import write_rejected
    from landportal.services.imports import Issue, Severity

    issue = Issue(2, Severity.REJECTED, "zone_unknown", "zone", "=cmd()", {})
    assert "'=cmd()" in write_rejected(tmp_path / "x.csv", [issue], "en").read_text("utf-8-sig")


@pytest.mark.parametrize("name", sorted(import_group.commands))
def test_every_command_has_an_example_in_its_help(name):
    help_text = CliRunner().invoke(import_group, [name, "--help"]).output
    assert "Example:" in help_text
    assert f"landportal import {name}" in help_text


def test_areas_and_their_members_come_in_one_transaction(command, database_url, tmp_path):
    areas = tmp_path / "areas.csv"
    areas.write_text(f"slug;name_de;wkt\nnord;Nord;{square().wkt}\n")
    (tmp_path / "members.csv").write_text("area_slug,ags,valid_from\nnord,16067089,2020-01-01\n")
    done = command("areas", areas, "--members", tmp_path / "members.csv", "--crs", "EPSG:25832", "--anywhere")
    assert done.returncode == 1
    assert "There is no municipality 16067089" in done.stderr
    assert count(database_url, "area") == 0


OSM = (
    '<osm version="0.6"><node id="1" lon="10.9" lat="50.9"/><node id="2" lon="10.95" lat="50.9"/>'
    '<way id="1"><nd ref="1"/><nd ref="2"/><tag k="highway" v="primary"/></way>{more}</osm>'
)


def test_an_openstreetmap_file_becomes_the_graph_and_drawn_roads_need_no_flag(command, database_url, tmp_path):
    network = tmp_path / "extract.osm"
    network.write_text(OSM.format(more='<way id="2"><nd ref="1"/><nd ref="9"/><tag k="highway" v="track"/></way>'))
    dry = command("roads", network, "--source", "osm", "--dry-run")
    assert (dry.returncode, count(database_url, "road_graph")) == (0, 0)
    assert "nothing was changed" in dry.stdout
    done = command("roads", network, "--source", "osm")
    assert done.returncode == 0
    assert "Road network osm: 1 stretches, 2 nodes, 4 km" in done.stdout
    assert "1 ways read; 1 are no roads for vehicles" in done.stdout
    assert "ways of 0 parcels" in done.stdout
    drawn = tmp_path / "drawn.csv"
    line = shapely.LineString([(EAST, NORTH), (EAST + 5_000, NORTH)]).wkt
    drawn.write_text(f"id;road_class;wkt\n1;state_road;{line}\n")
    assert command("roads", drawn, "--crs", "EPSG:25832", "--anywhere").returncode == 0
    assert (count(database_url, "road"), count(database_url, "road_edge")) == (1, 1)


def test_lines_with_network_replace_the_graph_and_a_broken_file_leaves_it(command, database_url, tmp_path):
    lines = [[(0, 0), (5_000, 0)], [(5_000, 0), (5_000, 5_000)], [(90_000, 0), (95_000, 0)], [(0, 900), (9_000, 900)]]
    rows = [f"{at};state_road;LINESTRING({', '.join(f'{EAST + x} {NORTH + y}' for x, y in line)})"
            for at, line in enumerate(lines)]  # fmt: skip
    path = tmp_path / "roads.csv"
    path.write_text("\n".join(["id;road_class;wkt", *rows]) + "\n")
    done = command("roads", path, "--network", "--schematic", "--crs", "EPSG:25832", "--anywhere", language="de_DE")
    assert done.returncode == 0, done.stderr
    assert "4 Abschnitte, 7 Knoten, 24 km (schematisch)" in done.stdout
    assert "3 Teile" in done.stdout
    assert "Das Netz zerfällt." in done.stdout
    cut = tmp_path / "cut.osm"
    cut.write_text(OSM.format(more="")[:-30])
    refused = command("roads", cut)
    assert (refused.returncode, count(database_url, "road_edge")) == (1, 4)
    assert "cut.osm cannot be read as OpenStreetMap" in refused.stderr
    assert len(refused.stderr.splitlines()) == 1
