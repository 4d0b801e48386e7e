"""Front-end files: what the lock file promised is what the pages get, each with its licence, nothing from elsewhere."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

ROOT = Path(__file__).resolve().parents[2]
STATIC = ROOT / "landportal" / "web" / "static"
VENDOR = STATIC / "vendor"
OWN_SCRIPTS = sorted([*(STATIC / "map").rglob("*.js"), *(STATIC / "js").glob("*.js")])


def checksums() -> dict[str, str]:
    lines = (STATIC / "vendor.sha256").read_text("utf-8").splitlines()
    return {name: value for value, _, name in (line.partition("  ") for line in lines)}


def icon_names() -> set[str]:
    lines = (STATIC / "icons.txt").read_text("utf-8").splitlines()
    return {name for line in lines if (name := line.partition("#")[0].strip())}


def sprite_names() -> set[str | None]:
    return {symbol.get("id") for symbol in ElementTree.parse(VENDOR / "icons.svg").getroot()}  # noqa: S314


@pytest.mark.parametrize("name", sorted(checksums()))
def test_each_vendor_file_is_the_one_that_was_reviewed(name: str) -> None:
    assert hashlib.sha256((VENDOR / name).read_bytes()).hexdigest() == checksums()[name]


def test_no_vendor_file_came_in_unreviewed() -> None:
    there = {path.relative_to(VENDOR).as_posix() for path in VENDOR.rglob("*") if path.is_file()}
    assert there == checksums().keys() | {"icons.svg", "manifest.json"}


def test_the_manifest_holds_every_file() -> None:
    manifest = json.loads((VENDOR / "manifest.json").read_text("utf-8"))
    assert manifest.keys() == checksums().keys() | {"icons.svg"}
    assert all(hashlib.sha256((VENDOR / name).read_bytes()).hexdigest() == value for name, value in manifest.items())


def test_each_package_has_its_licence_beside_it() -> None:
    folders = [path for path in VENDOR.iterdir() if path.is_dir()]
    assert folders
    assert all((folder / "LICENSE").stat().st_size > 200 for folder in folders)
    assert "ISC" in (VENDOR / "icons.LICENSE").read_text("utf-8")


def test_the_sprite_holds_every_named_icon() -> None:
    assert sprite_names() == icon_names()


def test_every_icon_a_script_or_template_uses_is_named() -> None:
    scripts = "\n".join(path.read_text("utf-8") for path in OWN_SCRIPTS)
    templates = "\n".join(path.read_text("utf-8") for path in (STATIC.parent / "templates").rglob("*.html"))
    used = set(re.findall(r"\bicon\('([a-z0-9-]+)'", scripts + templates))
    assert used
    assert used <= icon_names()


def test_modules_import_addresses_not_bare_names() -> None:
    scripts = [*OWN_SCRIPTS, *VENDOR.rglob("*.js")]
    imported = [
        name for path in scripts for name in re.findall(r"^import .*['\"](.+)['\"];?$", path.read_text("utf-8"), re.M)
    ]
    assert imported
    assert all(name.startswith(("./", "../")) for name in imported)


@pytest.mark.parametrize("path", OWN_SCRIPTS, ids=lambda path: path.name)
def test_own_scripts_name_no_host_and_write_no_html_from_data(path: Path) -> None:
    script = path.read_text("utf-8").replace("http://www.w3.org/", "")
    assert "://" not in script
    assert not re.search(r"\b(eval|Function|insertAdjacentHTML|document\.write)\s*\(", script)
    assert not re.search(r"\.(innerHTML|outerHTML)\s*=", script)
    assert not re.search(r"setAttribute\(\s*['\"](style|on\w+)['\"]", script)


def test_the_lock_file_names_no_registry() -> None:
    packages = json.loads((ROOT / "package-lock.json").read_text("utf-8"))["packages"]
    assert all("resolved" not in package for package in packages.values())
    assert all(package.get("integrity") for name, package in packages.items() if name)


def test_third_party_code_is_not_committed() -> None:
    ignored = (ROOT / ".gitignore").read_text("utf-8").splitlines()
    assert "/node_modules/" in ignored
    assert "/landportal/web/static/vendor/" in ignored
