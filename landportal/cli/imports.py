"""``landportal import …``: files into the store, with a preview and every rejected row told.

The commands only gather options; reading, checking and writing is the services' work. Sentences come in German when
LANG says so, else in English.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import click

from landportal import db
from landportal.cli import import_network
from landportal.cli.database import engine
from landportal.cli.funding import import_funding
from landportal.cli.import_layer import import_layer
from landportal.cli.import_report import Report, spoken_language, write_rejected
from landportal.errors import InvalidInput
from landportal.gis.notes import CannotRead
from landportal.model import Through
from landportal.services import imports
from landportal.services.import_issues import ImportRefused, refusal_sentence
from landportal.services.imports import DataSetFacts, ImportKind, ImportRequest
from landportal.services.road_graphs import publishing

_ABOUT: Mapping[ImportKind, tuple[str, str, str]] = {
    ImportKind.ADMIN_UNITS: (
        "States, counties and municipalities, told apart by the length of their key; rows of one key are united.",
        "Columns: ags (AGS), name (GEN), kind (BEZ), population, trade_tax_multiplier …; "
        "ags_2017 other than ags is kept as an abolished key.",
        "landportal import admin-units VG250_GEM.zip --source vg250 --crs EPSG:25832",
    ),
    ImportKind.PARCELS: (
        "Parcels that are marketed, or the zoning areas of a development plan (XPlanGML).",
        "German and English headings are recognised (Gebietsart, Preis erschlossen, Gleisanschluss …); "
        "housing areas of a plan are left out and counted.",
        "landportal import parcels Flächen.xlsx --crs EPSG:25832 --map Größe=stated_area_m2 --source gotha",
    ),
    ImportKind.AREAS: (
        "Industrial and commercial areas; --members FILE brings their municipalities with their shares.",
        "Columns: slug, name_de, kind, legal_form, gross_ha (Bruttofläche), net_ha (Nettofläche) …",
        "landportal import areas areas.geojson --members members.csv --source leg",
    ),
    ImportKind.MEMBERS: (
        "Municipalities of inter-municipal areas with votes and shares (a table without geometry).",
        "Columns: area_slug, ags, role, votes, cost_share_pct, revenue_share_pct, key_type, valid_from, valid_to, "
        "document. Shares of an area must sum to 100 % on every day.",
        "landportal import members members.csv --source leg",
    ),
    ImportKind.INFRASTRUCTURE: (
        "Motorway junctions, rail freight points, stations, airports, airfields and substations.",
        "Columns: kind (or --kind), name, ref, number, voltage_kv … They may lie up to 250 km outside the region.",
        "landportal import infrastructure airports.csv --kind airport --source airports",
    ),
    ImportKind.CONSTRAINTS: (
        "Zones that limit building: flood, nature, water, heritage, contamination, power_line, forest, mining.",
        "Columns: kind (or --kind), name, grade (excluded or restricted), legal_basis.",
        "landportal import constraints ueberschwemmung.gpkg --layer usg --kind flood --source tlubn",
    ),
    ImportKind.ROADS: (
        "Roads to draw, those to come included; or the network that lorries drive on.",
        "Columns: road_class, ref, name, state (open, under_construction, planned), opens_on, length_m. "
        "An OpenStreetMap file (.osm, .osm.gz, .osm.bz2, .pbf), or lines with --network, become the road graph "
        "instead: it replaces the graph before in one step, and the ways of all parcels are found in it. "
        "More columns with --network: speed_kmh, oneway (yes, no, -1), built_up, lorry, max_weight_t; lines must "
        "touch where roads meet.",
        "landportal import roads thueringen-latest.osm.pbf --source osm",
    ),
}

_MORE = """
GeoJSON, GeoPackage, zipped Shapefile, FlatGeobuf, CSV, XLSX, KML and XPlanGML are read.

Rows that cannot be used are named with row, field, value and reason: the first 20 here, all of them in
FILE.rejected.csv (in the current folder, where FILE's cannot be written to). Rows count features from 1; in tables they
are what a spreadsheet shows, the heading being row 1. The other rows are applied, in one transaction; with --strict
nothing is applied when a row is rejected. Repeating an import changes nothing. Rows of an earlier delivery that FILE no
longer has stay in the store; they are counted.
"""


@click.group("import")
def import_group() -> None:
    """Import files: parcels, areas, members, admin-units, infrastructure, constraints, roads, layer."""


def _mapping(_: click.Context, __: click.Parameter, values: tuple[str, ...]) -> dict[str, str]:
    pairs = [value.rpartition("=") for value in values]
    if any(not theirs or not ours for theirs, _, ours in pairs):
        raise click.BadParameter("write THEIRS=OURS, for example --map 'Größe=stated_area_m2'")
    return {theirs.strip(): ours.strip() for theirs, _, ours in pairs}


_OPTIONS: tuple[Callable[[Any], Any], ...] = (
    click.argument("file", type=click.Path(path_type=Path)),
    click.option("--layer", metavar="NAME", help="Layer or sheet, where the file has several."),
    click.option("--crs", metavar="EPSG:…", help="Coordinate reference system, where none or a wrong one is stated."),
    click.option("--map", "mapping", multiple=True, metavar="THEIRS=OURS", callback=_mapping,
                 help="Assign one of their columns; OURS may also be source_id, wkt, lon, lat, x or y."),
    click.option("--id-column", metavar="NAME", help="Column with the source's own identifier of a row."),
    click.option("--encoding", metavar="NAME", help="Character encoding (utf-8, cp1252 …), if not recognised."),
    click.option("--source", metavar="NAME", help="Short name of the data set; the same for each new delivery."),
    click.option("--title", help="Title of the data set."),
    click.option("--publisher", help="Who publishes it."),
    click.option("--licence", help="Its licence, for example dl-de/by-2-0."),
    click.option("--attribution", help="The line the licence asks for."),
    click.option("--data-date", type=click.DateTime(["%Y-%m-%d"]), help="The day the data describe."),
    click.option("--anywhere", is_flag=True, help="Take rows outside the region, their municipality unknown."),
    click.option("--strict", is_flag=True, help="Apply nothing when a row is rejected."),
    click.option("--dry-run", is_flag=True, help="Show what would happen; change nothing."),
)  # fmt: skip


def _command(kind: ImportKind) -> click.Command:
    about, columns, example = _ABOUT[kind]

    def run(
        file: Path, members: Path | None = None, dry_run: bool = False, network: bool = False, **options: Any
    ) -> None:
        requests = [_request(kind, file, options)]
        if kind is ImportKind.ROADS and (network or publishing.is_network(file)):
            _run_network(requests[0], dry_run)
            return
        if members is not None:
            requests.append(_request(ImportKind.MEMBERS, members, {**options, "layer": None, "mapping": {}}))
        _run(requests, dry_run)

    decorated: Any = run
    for option in reversed(_OPTIONS):
        decorated = option(decorated)
    kinds = imports.kinds_of(kind)
    if kinds and kind is not ImportKind.AREAS:
        decorated = click.option("--kind", type=click.Choice(kinds), help="Kind of rows that do not state one.")(
            decorated
        )
    if kind is ImportKind.ROADS:
        decorated = click.option("--network", is_flag=True, help="Make the lines the road graph.")(decorated)
        decorated = click.option("--schematic", is_flag=True, default=None, help="Courses and speeds are rough.")(
            decorated
        )
    if kind is ImportKind.AREAS:
        decorated = click.option("--members", type=click.Path(path_type=Path), help="Also import this members file.")(
            decorated
        )
    text = f"{about}\n\n{columns}\n{_MORE}\n\nExample:\n\n    {example}"
    return click.command(str(kind), help=text, short_help=about)(decorated)


def _request(kind: ImportKind, file: Path, options: Mapping[str, Any]) -> ImportRequest:
    date = options["data_date"]
    facts = DataSetFacts(
        name=options["source"], title_de=options["title"], title_en=options["title"], publisher=options["publisher"],
        licence=options["licence"], attribution=options["attribution"], data_date=date.date() if date else None,
        schematic=options.get("schematic"),
    )  # fmt: skip
    return ImportRequest(
        kind=kind, file=file, data_set=facts, layer=options["layer"], crs=options["crs"], encoding=options["encoding"],
        mapping=options["mapping"], id_column=options["id_column"], default_kind=options.get("kind"),
        anywhere=options["anywhere"], strict=options["strict"],
    )  # fmt: skip


def _run(requests: list[ImportRequest], dry_run: bool) -> None:
    """Stage, show and apply all requests in one transaction: all of them, or nothing."""
    language = spoken_language()
    report = Report(language)
    try:
        with engine() as connected, db.transaction(connected, db.Acting(None, Through.IMPORT)) as session:
            for request in requests:
                with report.progress(request.file.name) as progress:
                    staged = imports.stage(session, request, progress)
                report.show(staged.preview, list(imports.issues(session, limit=20)))
                if staged.preview.rejected:
                    report.tell_file(write_rejected(request.file, imports.issues(session), language))
                # A dry run applies too and is rolled back: only then has the database agreed to every row.
                report.done(imports.apply(session, staged), dry_run)
            if dry_run:
                session.rollback()
                report.nothing_changed()
    except (CannotRead, ImportRefused) as refusal:
        raise InvalidInput(refusal_sentence(refusal, language)) from None


def _run_network(request: ImportRequest, dry_run: bool) -> None:
    language = spoken_language()
    try:
        import_network.run(request, Report(language), dry_run)
    except (CannotRead, ImportRefused) as refusal:
        raise InvalidInput(refusal_sentence(refusal, language)) from None


for _kind in ImportKind:
    import_group.add_command(_command(_kind))
import_group.add_command(import_layer)
import_group.add_command(import_funding)
