"""``landportal import layer``: any vector file published as a context layer, or as the next delivery of one.

Options and what is printed; reading, checking and publishing are `services.layer_imports`' work.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.markup import escape
from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from landportal import db
from landportal.cli.database import engine
from landportal.cli.import_report import Report, spoken_language
from landportal.errors import InvalidInput, NotFound
from landportal.gis.notes import CannotRead
from landportal.model import Area, Organisation, Through
from landportal.services import layer_imports
from landportal.services.import_issues import ImportRefused, refusal_sentence, told_note
from landportal.services.layer_imports import Audience, LayerFacts, LayerRequest, Published
from landportal.services.layer_imports.requests import Told

_WORDS = {
    "layer": ("Ebene {name}: {format}, {crs} → EPSG:{srid}", "Layer {name}: {format}, {crs} → EPSG:{srid}"),
    "read": (
        "{read} Zeilen gelesen, {features} Objekte ({shapes}), {left_out} Zeilen ausgelassen",
        "{read} rows read, {features} features ({shapes}), {left_out} rows left out",
    ),
    "polygon": ("{n} Flächen", "{n} polygons"),
    "line": ("{n} Linien", "{n} lines"),
    "point": ("{n} Punkte", "{n} points"),
    "collection": ("{n} Sammlungen", "{n} collections"),
    "none": ("{n} ohne Geometrie", "{n} without geometry"),
    "fields": ("Felder", "Fields"),
    "left_out": ("Ausgelassen", "Left out"),
    "mended": ("Geändert", "Changed"),
    "note": ("Hinweis", "Note"),
    "new": (
        "Veröffentlicht: {n} Objekte unter /api/collections/{name}.",
        "Published: {n} features at /api/collections/{name}.",
    ),
    "replaced": (
        "Ersetzt: {n} Objekte statt {before} unter /api/collections/{name}.",
        "Replaced: {n} features instead of {before} at /api/collections/{name}.",
    ),
    "dry": ("Probelauf: nichts wurde geändert.", "Dry run: nothing was changed."),
}


@click.command("layer", short_help="Any vector file, published with its own columns as a context layer.")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--name", required=True, help="Name in addresses: lower-case letters, digits, - and _.")
@click.option("--layer", metavar="NAME", help="Layer of the file, where it has several.")
@click.option("--title", help="Title; --title-en where the English one differs.")
@click.option("--title-en", help="English title.")
@click.option("--description", help="What the layer shows, in a sentence or two.")
@click.option("--publisher", help="Who publishes it.")
@click.option("--licence", help="Its licence, for example dl-de/by-2-0.")
@click.option("--licence-url", help="Where the licence stands.")
@click.option("--attribution", help="The line the licence asks for.")
@click.option("--data-date", type=click.DateTime(["%Y-%m-%d"]), help="The day that this delivery describes.")
@click.option("--key", metavar="COLUMN", help="Column that names each feature once; '' numbers the rows.")
@click.option("--crs", metavar="EPSG:…", help="Coordinate reference system, where none or a wrong one is stated.")
@click.option("--encoding", metavar="NAME", help="Character encoding (utf-8, cp1252 …), if not recognised.")
@click.option("--organisation", help="Name, official key or area of the organisation that alone sees the layer.")
@click.option("--public", is_flag=True, help="Everybody sees it; the default for a new layer.")
@click.option("--dry-run", is_flag=True, help="Show what would happen; change nothing.")
def import_layer(file: Path, dry_run: bool, organisation: str | None, public: bool, **options: Any) -> None:
    """Publish any vector file with its own columns: as a collection of the API, as tiles, as a layer of the map.

    GeoJSON, GeoPackage, zipped Shapefile, FlatGeobuf, GML, KML, CSV with WKT or coordinates, XLSX and OpenStreetMap
    extracts are read. Columns keep their type; names are made safe, the file's own name stays as the title. Rows that
    cannot be used are told with their numbers.

    A second import of the same --name replaces the layer in one step: until it is complete, visitors see the old one.
    Title, licence, --key and --organisation need to be given once.

    Example: landportal import layer plan.gpkg --name plan --title Plan --licence CC0 --attribution "© RPG" --key id
    """
    if organisation and public:
        raise click.UsageError("--organisation and --public exclude each other.")
    report = Report(spoken_language())
    try:
        with engine() as connected, db.transaction(connected, db.Acting(None, Through.IMPORT)) as session:
            audience = _audience(session, organisation, public)
            request = _request(file, audience, options)
            with report.progress(file.name) as progress:
                published = layer_imports.publish(session, request, progress=progress)
            for line in lines(published, report, dry_run):
                Console(highlight=False, soft_wrap=True).print(escape(line))
            if dry_run:
                session.rollback()
    except (CannotRead, ImportRefused) as refusal:
        raise InvalidInput(refusal_sentence(refusal, report.language)) from None


def _request(file: Path, audience: Audience | None, options: dict[str, Any]) -> LayerRequest:
    date: dt.datetime | None = options["data_date"]
    facts = LayerFacts(
        title_de=options["title"], title_en=options["title_en"], description=options["description"],
        publisher=options["publisher"], licence=options["licence"], licence_url=options["licence_url"],
        attribution=options["attribution"], data_date=date.date() if date else None,
    )  # fmt: skip
    reading = {name: options[name] for name in ("name", "layer", "crs", "encoding", "key")}
    return LayerRequest(file=file, facts=facts, audience=audience, **reading)


def _audience(session: Session, organisation: str | None, public: bool) -> Audience | None:
    if organisation is None:
        return Audience(None) if public else None
    named = or_(
        Organisation.ags == organisation,
        func.lower(Organisation.name) == organisation.casefold(),
        Organisation.area_id == select(Area.id).where(Area.slug == organisation).scalar_subquery(),
    )
    found = session.scalars(select(Organisation.id).where(named)).all()
    if len(found) != 1:
        raise NotFound(f"There is no organisation {organisation!r}; give its name, official key or area.")
    return Audience(found[0])


def lines(published: Published, report: Report, dry_run: bool) -> Iterator[str]:
    """What is printed of an import."""
    numbers = {kind: rows for kind, rows in {**published.shapes, "none": published.without_shape}.items() if rows}
    shapes = ", ".join(_word(report, kind, n=report.number(rows)) for kind, rows in numbers.items())
    yield _word(report, "layer", name=published.name, format=published.format, crs=published.crs, srid=published.srid)
    yield _word(
        report, "read", read=report.number(published.read), features=report.number(published.features), shapes=shapes,
        left_out=report.number(published.rows_left_out),
    )  # fmt: skip
    fields = ", ".join(
        f"{one.name} ({one.kind})" if one.name == one.source_name else f"{one.source_name} → {one.name} ({one.kind})"
        for one in published.fields
    )
    yield f"{_word(report, 'fields')}: {fields or '–'}"
    for note in published.notes:
        yield f"{_word(report, 'note')}: {told_note(note, report.language)}"
    yield from _told(report, "left_out", published.left_out)
    yield from _told(report, "mended", published.mended)
    yield _last(published, report, dry_run)


def _last(published: Published, report: Report, dry_run: bool) -> str:
    if dry_run:
        return _word(report, "dry")
    if published.replaced is None:
        return _word(report, "new", n=report.number(published.features), name=published.name)
    before = report.number(published.replaced)
    return _word(report, "replaced", n=report.number(published.features), before=before, name=published.name)


def _told(report: Report, key: str, told: tuple[Told, ...]) -> Iterator[str]:
    for one in told:
        yield f"{_word(report, key)}: {one.sentence(report.language)}"


def _word(report: Report, key: str, **facts: object) -> str:
    return _WORDS[key][0 if report.language == "de" else 1].format(**facts)
