"""The command line as a whole: help with an example everywhere, exit statuses, every setting documented."""

import os
import re
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from sqlalchemy import create_engine, text

from landportal.cli import main
from landportal.config import PROJECT_ROOT, read_settings
from landportal.errors import InvalidInput


def leaves(command, path=()):
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            yield from leaves(command.get_command(context, name), (*path, name))
    else:
        yield path


@pytest.mark.parametrize("path", list(leaves(main)), ids=" ".join)
def test_every_command_has_help_with_an_example(path):
    answer = CliRunner().invoke(main, [*path, "--help"])
    assert answer.exit_code == 0
    assert re.search(rf"landportal\s+{path[0]}", answer.output)


def run(*arguments, **environ):
    return subprocess.run(
        [sys.executable, "-m", "landportal.cli", *arguments], env={**os.environ, **environ}, capture_output=True,
        text=True, timeout=120,
    )  # fmt: skip


def test_wrong_usage_exits_with_2():
    assert run("serve", "--port", "0").returncode == 2
    assert run("no-such-command").returncode == 2


def test_a_refusal_exits_with_1_and_one_sentence():
    answer = run("db", "status", LANDPORTAL_DATABASE_URL="mysql://nobody")
    assert answer.returncode == 1
    assert "postgresql://" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_a_database_that_cannot_be_reached_is_told_in_a_sentence():
    answer = run("db", "status", LANDPORTAL_DATABASE_URL="postgresql://nobody:x@127.0.0.1:1/nothing")
    assert answer.returncode == 1
    assert "Traceback" not in answer.stderr


def test_doctor_prints_what_is_there(database_url):
    answer = run("doctor", LANDPORTAL_DATABASE_URL=database_url, COLUMNS="160")
    assert answer.returncode == 0, answer.stdout
    for what in ("PostgreSQL", "PostGIS", "Schema", "GDAL", "Front-end assets"):
        assert what in answer.stdout


def test_a_backup_brings_everything_back(own_sample_url, tmp_path):
    file = tmp_path / "portal.dump"
    assert run("db", "backup", str(file), LANDPORTAL_DATABASE_URL=own_sample_url).returncode == 0
    engine = create_engine(own_sample_url)
    with engine.begin() as connection:
        before = connection.execute(text("select number, version, search_text from parcel order by id")).all()
        connection.execute(text("delete from parcel"))
    engine.dispose()
    answer = run("db", "restore", "--yes", str(file), LANDPORTAL_DATABASE_URL=own_sample_url)
    assert answer.returncode == 0, answer.stderr
    engine = create_engine(own_sample_url)
    with engine.connect() as connection:
        assert connection.execute(text("select number, version, search_text from parcel order by id")).all() == before
    engine.dispose()


def test_every_setting_is_documented():
    named = set(re.findall(r'"((?:LANDPORTAL_\w+|PORT))"', Path(PROJECT_ROOT / "landportal/config.py").read_text()))
    documented = (PROJECT_ROOT / "docs" / "operations.md").read_text()
    assert {name for name in named if f"`{name}`" not in documented} == set()


def test_every_command_is_documented():
    pages = "".join(page.read_text() for page in (PROJECT_ROOT / "docs").glob("*.md"))
    pages += (PROJECT_ROOT / "README.md").read_text()
    missing = [" ".join(path) for path in leaves(main) if f"landportal {' '.join(path)}" not in pages]
    assert missing == []


@pytest.mark.parametrize(
    "environ",
    [
        {"PORT": "eighty"}, {"PORT": "0"}, {"PORT": "70000"}, {"LANDPORTAL_DATABASE_URL": "host=here"},
        {"LANDPORTAL_BASEMAP": "https://tiles.example/{z}/{x}.png"}, {"LANDPORTAL_BASEMAP": "javascript:{z}{x}{y}"},
        {"LANDPORTAL_REPLICA_URLS": "host=here"}, {"LANDPORTAL_REPLICA_URLS": "postgresql://a/b,,postgresql://c/d"},
        {"LANDPORTAL_REPLICA_URLS": "postgresql://a/b,postgresql://a/b"}, {"LANDPORTAL_POOLER_URL": "pgbouncer"},
        {"LANDPORTAL_POOLER_URL": "postgresql://a/b"},
        {"LANDPORTAL_REPLICA_URLS": ",".join(f"postgresql://r{n}/d" for n in range(17))},
        {"LANDPORTAL_REPLICA_LAG_MAX_MS": "10"}, {"LANDPORTAL_REPLICA_LAG_MAX_MS": "1 s"},
        {"LANDPORTAL_PREPARE": "yes"},
    ],
)  # fmt: skip
def test_a_setting_that_cannot_be_used_is_named(environ):
    with pytest.raises(InvalidInput) as refused:
        read_settings(environ)
    assert refused.value.field in environ
