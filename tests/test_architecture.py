"""The house law that import-linter cannot say: only db commits, modules introduce themselves, no drawers."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "landportal"
MODULES = sorted(PACKAGE.rglob("*.py"))


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_every_module_says_in_its_first_lines_what_lives_there(module):
    assert ast.get_docstring(ast.parse(module.read_text()))


def called_names(module):
    return {
        node.func.attr
        for node in ast.walk(ast.parse(module.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    }


@pytest.mark.parametrize("floor", ["model", "gis", "services", "web"])
def test_only_db_commits(floor):
    offenders = [module for module in (PACKAGE / floor).rglob("*.py") if called_names(module) & {"commit", "rollback"}]
    assert offenders == []


def imports_of(module):
    for node in ast.walk(ast.parse(module.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


def test_folium_is_imported_by_map_view_alone():
    importers = {m.name for m in MODULES for name in imports_of(m) if name.split(".")[0] in {"folium", "branca"}}
    assert importers == {"map_view.py"}


def test_no_drawer_is_called_utils():
    forbidden = {"utils", "util", "helpers", "common", "misc", "manager", "handler", "core"}
    assert [module for module in MODULES if module.stem in forbidden] == []
