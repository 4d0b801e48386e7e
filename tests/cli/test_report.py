"""``landportal report``: the same figures as the page, as files and on the terminal."""

import json

import openpyxl
import pypdf
import pytest
from click.testing import CliRunner

from landportal import db
from landportal.cli import main
from tests.conftest import Land


@pytest.fixture(scope="module")
def report(clone, settings, tmp_path_factory):
    url, instance = clone("empty"), tmp_path_factory.mktemp("instance")
    owner = db.connect(url, settings)
    with db.transaction(owner) as session:
        land = Land(session)
        area = land.area("gewerbepark", name_de="Gewerbepark")
        land.parcel("A", ha=4, area_id=area.id)
        land.parcel("B", east_km=22, ha=1, status="sold")
    owner.dispose()

    environ = {"LANDPORTAL_DATABASE_URL": url, "LANDPORTAL_INSTANCE": str(instance), "LANDPORTAL_SECRET_KEY": "tests"}
    return lambda *arguments, of=("report",): CliRunner(env=environ).invoke(main, [*of, *arguments])


def test_csv_goes_to_the_terminal(report):
    answer = report("balance", "--ags", "16067")
    assert answer.exit_code == 0, answer.stderr
    assert "status;free;net_ha;4.0000;ha" in answer.stdout


def test_json_is_for_programs(report):
    told = json.loads(report("balance", "--area", "gewerbepark", "--format", "json", "--language", "en").stdout)
    assert told["title"] == "Land balance: Gewerbepark"
    assert {row["status"]: row["net_m2"] for row in told["status"]}["free"] == pytest.approx(40_000)


def test_workbook_and_pdf_go_to_files(report, tmp_path):
    book, paper = tmp_path / "b.xlsx", tmp_path / "p.pdf"
    assert report("balance", "--ags", "16", "--format", "xlsx", "--output", str(book)).exit_code == 0
    assert "Nach Status" in openpyxl.load_workbook(book).sheetnames
    assert report("area", "gewerbepark", "--output", str(paper)).exit_code == 0
    assert pypdf.PdfReader(paper).metadata.title == "Steckbrief Gewerbepark"


@pytest.mark.parametrize(
    ("arguments", "status", "reason"),
    [
        (("balance", "--ags", "99"), 1, "There is no such place: 99"),
        (("balance", "--ags", "16", "--from", "2026-02-01", "--to", "2026-01-01"), 1, "after the last one"),
        (("area", "nowhere", "--format", "xlsx"), 1, "no area named nowhere"),
        (("balance", "--ags", "16", "--output", "/nowhere/b.csv"), 1, "cannot be written"),
        (("balance",), 2, "one of --ags"),
        (("balance", "--ags", "16", "--to", "2099-01-01"), 2, "has not come yet"),
        (("balance", "--ags", "16", "--gap", "900"), 2, "gap"),
    ],
)
def test_what_cannot_be_done_is_said_with_its_status(report, arguments, status, reason):
    answer = report(*arguments)
    assert answer.exit_code == status
    assert reason in answer.stderr
    assert "Traceback" not in answer.output


def test_grants_come_from_a_table(report, tmp_path):
    table = tmp_path / "funding.csv"
    table.write_text("area_slug,programme,binding_until,source\ngewerbepark,GRW,2035-12-31,notice\n")
    command = ("import", "funding", str(table))
    assert "1 grants, 1 of them new or changed; dry run" in report(*command, "--dry-run", of=()).stdout
    assert "1 grants, 1 of them new or changed." in report(*command, of=()).stdout
    assert "1 grants, 0 of them new or changed." in report(*command, of=()).stdout
    table.write_text("area_slug,programme,source\nnowhere,GRW,notice\n")
    refused = report(*command, of=())
    assert (refused.exit_code, "row 2, area_slug: there is no area named nowhere" in refused.stderr) == (1, True)
    assert report("import", "funding", str(tmp_path / "none.csv"), of=()).exit_code == 1


@pytest.mark.parametrize("command", ["balance", "area"])
def test_help_has_an_example(report, command):
    assert f"landportal report {command}" in report(command, "--help").stdout
