"""What the benchmark's command decides without a server: which parts run, what is told, when an aim is missed."""

import json
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from benchmarks import document, forms, serving
from benchmarks.__main__ import _options, _parser, command_of
from benchmarks.apart import Failed, apart
from benchmarks.measuring import plain
from benchmarks.mixed import Met
from benchmarks.parts import load, nearest, soak
from benchmarks.pgbench import program, script
from benchmarks.registry import GROUPS, PARTS, Options, Table, chosen
from benchmarks.serving import Figures, missed
from benchmarks.visiting import percentile
from benchmarks.watching import Used

ROOT = Path(__file__).resolve().parents[1]
OPTIONS = Options("postgresql://nowhere/none")


def names(*asked, **more):
    return [part.name for part in chosen(asked, Options("", **more))]


def test_parts_that_take_long_or_want_others_run_when_they_are_named():
    assert not {"load", "soak", "interface"} & set(names())
    assert "interface" in names(peers=True)
    assert names("soak", "pages") == ["pages", "soak"]


def test_a_group_is_its_parts():
    assert names("geoprocessing") == list(GROUPS["geoprocessing"])


def test_a_part_that_does_not_exist_is_told():
    with pytest.raises(SystemExit, match="no such part: pagse; there are pages"):
        chosen(["pagse"], OPTIONS)


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.name)
def test_every_part_is_a_module_that_can_be_run(part):
    assert callable(import_module(f"benchmarks.parts.{part.name}").run)


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.name)
def test_every_part_has_its_place_in_the_document(part):
    text = document.DOCUMENT.read_text()
    assert f"\n## {part.name}\n" in text
    assert text.index(f"<!-- {part.name} -->") < text.index(f"<!-- end of {part.name} -->")


def test_a_short_run_is_small_unless_it_is_told_otherwise():
    short = _options("", vars(_parser().parse_args(["--short", "--seconds", "2"])) | {"only": None})
    assert (short.parcels, short.at_once, short.seconds) == ((10_000,), (1, 16), 2.0)


def test_the_command_of_a_table_measures_its_part_alone():
    given = ["--only", "pages,tiles", "--parcels", "1000", "--write"]
    assert command_of("tiles", given) == "benchmarks/run --only tiles --parcels 1000"
    assert command_of("tiles", ["--only=pages", "--peers"]) == "benchmarks/run --only tiles --peers"


def test_a_table_is_written_between_its_markers(tmp_path, monkeypatch):
    page = tmp_path / "performance.md"
    page.write_text("before <!-- one -->stale<!-- end of one --> after <!-- end of two -->")
    monkeypatch.setattr(document, "DOCUMENT", page)
    document.write(Table("one", ("case", "ms"), [("a", "1")], ("Told.",)), "benchmarks/run")
    assert "| a | 1 |\n\nTold.\n<!-- end of one --> after" in page.read_text()
    assert "stale" not in page.read_text()
    with pytest.raises(SystemExit, match="no place for two"):
        document.replace("two", "")


@pytest.mark.parametrize(("share", "found"), [(0.5, 50), (0.95, 95), (0.99, 99), (1, 100), (0.001, 1)])
def test_a_percentile_is_the_smallest_that_so_many_do_not_exceed(share, found):
    assert percentile(range(100, 0, -1), share) == found


def figures(ms, **more):
    return Figures([ms], 100.0, 1.0, Used(0, 0, 0), **more)


def test_an_aim_that_is_missed_is_told():
    assert missed(figures(16.0, sql_ms=10.0)) == ""
    assert missed(figures(17.0, sql_ms=10.0)) == "by 1.0 ms"
    assert missed(figures(17.0, pgbench=140.0)) == ""
    assert missed(figures(17.0, pgbench=200.0)) == "pgbench ÷ 2.0"
    assert missed(figures(1.0, failed=3)) == "3 failed"


def met(ms, wanted, failed=0):
    return Met([(at / wanted, ms, int(at < failed), "tile") for at in range(wanted * 10)], 10.0, [])


def test_a_rate_holds_that_is_reached_in_time_without_a_failure():
    assert load.holds((50, met(299, 50)))
    assert not load.holds((50, met(300, 50)))
    assert not load.holds((50, met(10, 50, failed=1)))
    assert not load.holds((50, met(10, 40)))
    assert load.highest([(20, met(10, 20)), (40, met(400, 40))]) == 20
    assert load.highest([(20, met(400, 20))]) == 0


def test_the_steps_close_in_on_the_highest_rate(monkeypatch):
    asked = []

    def visit(_there, rate, _seconds):
        asked.append(rate)
        return met(100 if rate <= 90 else 500, int(rate))

    monkeypatch.setattr(load, "visit", visit)
    steps = list(load.steps_on(None, OPTIONS))
    assert asked == [20, 40, 80, 160, 120, 100, 90]
    assert load.highest(steps) == 90


def test_what_rises_is_not_flat():
    level = [(at * 10.0, 100.0 + at % 2) for at in range(60)]
    rising = [(at * 10.0, 100.0 + at) for at in range(60)]
    assert soak._row("memory", 1, level, 0.05)[-1] == "yes"
    assert soak._row("memory", 1, rising, 0.05)[-1] == "no"
    assert soak.change_of(rising) == pytest.approx(59)
    filling = [(float(at), 100.0 + min(at, 25)) for at in range(60)]
    assert soak._row("memory", 1, filling, 0.05)[-1] == "yes"


def test_latency_is_looked_at_in_windows():
    seen = [(at / 10, 10.0 if at < 100 else 50.0, 0, "tile") for at in range(200)]
    assert soak.windows(Met(seen, 20, [])) == [(0.0, 10.0), (10.0, 50.0)]


def test_a_process_apart_tells_its_own_memory_and_its_error():
    done = apart("json:dumps", [1])
    assert (done.given, done.peak_mb > 0) == ("[1]", True)
    with pytest.raises(Failed, match=r"JSONDecodeError|Expecting value"):
        apart("json:loads", "{")


def test_visitors_ask_in_turns_and_what_fails_is_counted():
    """Against Python's own server of files, which has one path and not the other."""
    call = "import http.server as s,os,sys;h=s.ThreadingHTTPServer(('127.0.0.1',0),s.SimpleHTTPRequestHandler)\n"
    call += "print(h.server_port,flush=True);h.serve_forever()"
    server = subprocess.Popen([sys.executable, "-c", call], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    try:
        port = int(server.stdout.readline())
        wanted = {"port": port, "paths": ["/ruff.toml", "/none"], "headers": {}, "at_once": 3, "seconds": 0.5}
        call = [sys.executable, "-m", "benchmarks.visiting"]
        done = subprocess.run(call, input=json.dumps(wanted).encode(), cwd=ROOT, capture_output=True, check=True)
    finally:
        server.terminate()
        server.wait()
    found = json.loads(done.stdout)
    assert len(found["ms"]) > 5
    assert abs(found["failed"] - len(found["ms"])) <= 3
    assert found["bytes_sent"] == len(found["ms"]) * (ROOT / "ruff.toml").stat().st_size


def test_the_form_of_a_status_is_sent_back_as_a_browser_does():
    page = '<input type="hidden" name="csrf_token" value="a&amp;b"><input type="hidden" name="version" value="7">'
    page += '<input type="date" id="s-status_since" name="status_since" value="2026-11-28">'
    form = forms.status_form(page, "reserved")
    assert (form["csrf_token"], form["version"], form["status_since"]) == ("a&b", "7", "2026-11-28")
    assert form["status_until"] > form["status_since"]
    with pytest.raises(ValueError, match="no form"):
        forms.status_form("<p>Sign in</p>", "reserved")


def test_pgbench_is_given_literal_values_and_one_transaction(sample_url):
    statements = [("select %(a)s::text, %(b)s::int[]", {"a": "it's 12:30", "b": [1, 2]}), ("select\n 1", None)]
    assert script(statements, sample_url) == (
        "begin;\nselect 'it''s 12:30'::text, '{1,2}'::int2[]::int[];\nselect  1;\ncommit;\n"
    )
    assert program() is not None
    assert plain(sample_url).startswith("postgresql://")


def test_the_nearest_by_the_database_needs_no_change_of_the_store(sample_url):
    assert nearest.by_sql(plain(sample_url), 5) > 0


def test_servers_are_measured_with_a_worker_for_each_core():
    assert serving.WORKERS >= 1
