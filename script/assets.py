#!/usr/bin/env python3
"""Copies the few front-end files the pages need from node_modules into landportal/web/static/vendor/.

Run by script/bootstrap after `npm ci`; needs nothing but Python and is safe to repeat. Third-party code is installed,
never committed: git ignores the target, and `vendor.sha256` beside it says what the copies must be. Each package keeps
its licence file. The icon sprite is put together from the names in `icons.txt`.

    script/assets.py                    copy, and stop with status 1 when a copy is not what vendor.sha256 says
    script/assets.py --write-checksums  after a deliberate upgrade: write vendor.sha256 anew
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import sys
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ROOT / "node_modules"
STATIC = ROOT / "landportal" / "web" / "static"
VENDOR = STATIC / "vendor"
ICON_NAMES = STATIC / "icons.txt"
CHECKSUMS = STATIC / "vendor.sha256"

COPIES = {
    "leaflet/leaflet.js": "leaflet/dist/leaflet.js",
    "leaflet/leaflet.css": "leaflet/dist/leaflet.css",
    "leaflet/LICENSE": "leaflet/LICENSE",
    "leaflet-geoman/leaflet-geoman.js": "@geoman-io/leaflet-geoman-free/dist/leaflet-geoman.min.js",
    "leaflet-geoman/LICENSE": "@geoman-io/leaflet-geoman-free/LICENSE",
    "vector-tile/vector-tile.js": "@mapbox/vector-tile/index.js",
    "vector-tile/LICENSE": "@mapbox/vector-tile/LICENSE.txt",
    "point-geometry/point-geometry.js": "@mapbox/point-geometry/index.js",
    "point-geometry/LICENSE": "@mapbox/point-geometry/LICENSE",
    "pbf/pbf.js": "pbf/index.js",
    "pbf/LICENSE": "pbf/LICENSE",
    "fonts/source-sans-3-latin-wght-normal.woff2": (
        "@fontsource-variable/source-sans-3/files/source-sans-3-latin-wght-normal.woff2"
    ),
    "fonts/source-sans-3-latin-ext-wght-normal.woff2": (
        "@fontsource-variable/source-sans-3/files/source-sans-3-latin-ext-wght-normal.woff2"
    ),
    "fonts/LICENSE": "@fontsource-variable/source-sans-3/LICENSE",
    "icons.LICENSE": "lucide-static/LICENSE",
}
"""Path under vendor/ → path under node_modules/."""

MODULE_ADDRESSES = {"@mapbox/point-geometry": "../point-geometry/point-geometry.js", "pbf": "../pbf/pbf.js"}
"""Bare module names → addresses. Browsers resolve a bare name only by an import map, of which a page may have one,
and before any other module; an address in the copy needs no such agreement between pages."""

BARE_IMPORT = re.compile(r"""^(?P<what>import [^'"\n]+ from )(['"])(?P<name>[^'"./][^'"]*)\2""", re.MULTILINE)
SOURCE_MAP = re.compile(rb"\n//# sourceMappingURL=\S+\s*$")

SVG = "http://www.w3.org/2000/svg"


class MissingAsset(Exception):
    """A file or an icon that the lock file promises is not there."""


def main(arguments: list[str]) -> int:
    try:
        copy_all()
        write_sprite(icon_names())
    except MissingAsset as problem:
        print(f"assets: {problem}", file=sys.stderr)
        return 1
    sums = checksums()
    if "--write-checksums" in arguments:
        CHECKSUMS.write_text("".join(f"{value}  {name}\n" for name, value in sums.items()), "utf-8")
    changed = differences(sums)
    for name in changed:
        print(f"assets: {name} is not what {CHECKSUMS.name} says", file=sys.stderr)
    write_manifest()
    return 1 if changed else 0


def copy_all() -> None:
    """The copies of `COPIES`, each changed only where a browser could not load it as it is."""
    shutil.rmtree(VENDOR, ignore_errors=True)
    for target, source in COPIES.items():
        if not (PACKAGES / source).is_file():
            raise MissingAsset(f"node_modules/{source} is missing: run npm ci first")
        content = (PACKAGES / source).read_bytes()
        if target.endswith(".js"):
            content = loadable(content)
        path = VENDOR / target
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def loadable(script: bytes) -> bytes:
    """`script` with addresses for bare module names and without a source map address, which would be a 404."""

    def address(match: re.Match[str]) -> str:
        name = match["name"]
        if name not in MODULE_ADDRESSES:
            raise MissingAsset(f"a copied module imports {name!r}, which is not among the copies")
        return f"{match['what']}'{MODULE_ADDRESSES[name]}'"

    return BARE_IMPORT.sub(address, SOURCE_MAP.sub(b"\n", script).decode("utf-8")).encode("utf-8")


def icon_names() -> list[str]:
    """The names in icons.txt, sorted: one a line, `#` starts a comment."""
    lines = (line.partition("#")[0].strip() for line in ICON_NAMES.read_text("utf-8").splitlines())
    return sorted({line for line in lines if line})


def write_sprite(names: list[str]) -> None:
    """vendor/icons.svg with one `<symbol>` an icon, to be shown by `<use href="…/icons.svg#name">`."""
    ElementTree.register_namespace("", SVG)
    sprite = ElementTree.Element(f"{{{SVG}}}svg")
    for name in names:
        source = PACKAGES / "lucide-static" / "icons" / f"{name}.svg"
        if not source.is_file():
            raise MissingAsset(f"{ICON_NAMES.name} names {name!r}, which lucide-static does not have")
        symbol = ElementTree.SubElement(
            sprite,
            f"{{{SVG}}}symbol",
            {
                "id": name,
                "viewBox": "0 0 24 24",
                "fill": "none",
                "stroke": "currentColor",
                "stroke-width": "1.9",
                "stroke-linecap": "round",
                "stroke-linejoin": "round",
            },
        )
        for shape in ElementTree.parse(source).getroot():  # noqa: S314  our own pinned package
            shape.tail = None
            symbol.append(shape)
    ElementTree.ElementTree(sprite).write(VENDOR / "icons.svg", encoding="utf-8", xml_declaration=False)


def checksums() -> dict[str, str]:
    """Path under vendor/ → sha256 of every copy. The sprite is ours and changes with icons.txt: it is left out."""
    return {name: hashlib.sha256((VENDOR / name).read_bytes()).hexdigest() for name in sorted(COPIES)}


def differences(sums: dict[str, str]) -> list[str]:
    """The names whose checksum differs from the committed one, or that one of the two lists lacks."""
    committed = {}
    for line in CHECKSUMS.read_text("utf-8").splitlines():
        value, _, name = line.partition("  ")
        committed[name] = value
    return sorted(name for name in sums.keys() | committed.keys() if sums.get(name) != committed.get(name))


def write_manifest() -> None:
    """vendor/manifest.json: sha256 of every file in vendor/, the sprite included."""
    files = sorted(path for path in VENDOR.rglob("*") if path.is_file() and path.name != "manifest.json")
    entries = {path.relative_to(VENDOR).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
    (VENDOR / "manifest.json").write_text(json.dumps(entries, indent=1, sort_keys=True) + "\n", "utf-8")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
