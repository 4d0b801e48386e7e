"""The sample data of `data/`, loaded once through the same import as everybody's files.

`data/data_sets.toml` lists the files in order. Dates of schematic rows are moved by the days between the file's
``reference_date`` and today, so that a demo looks alive on any day; dates of law, sources and provenance stay.
"""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from landportal.config import PROJECT_ROOT
from landportal.errors import Unavailable
from landportal.model import DataSet
from landportal.services import funding, imports, sample_past
from landportal.services.imports import DataSetFacts, ImportKind, ImportRequest, data_sets
from landportal.services.road_graphs import publishing

FOLDER = PROJECT_ROOT / "data"
GRANTS = "areas/funding.csv"

Tell = Callable[[str], None]


def is_loaded(session: Session) -> bool:
    """Whether the store holds any data set: sample data never mixes with somebody's own."""
    return bool(session.scalar(select(exists().select_from(DataSet))))


def load_sample_data(
    session: Session, folder: Path = FOLDER, today: dt.date | None = None, tell: Tell | None = None
) -> int:
    """Load every file of the list in the caller's transaction and return the number of rows; 0 if the store has data.

    Raises Unavailable when the list is missing, and ImportRefused or CannotRead when a file does not load: the
    transaction then leaves nothing half-loaded.
    """
    data_sets.lock(session, "sample-data")  # Two servers that start at once must not both load it.
    if is_loaded(session):
        return 0
    listed = _read_list(folder)
    day = today or dt.datetime.now(dt.UTC).date()
    shift = (day - listed["reference_date"]).days
    rows = sum(_load_file(session, folder, entry, shift, tell) for entry in listed["data_set"])
    rows += _record_grants(session, folder / GRANTS)
    sample_past.invent(session, day)
    return rows


def _record_grants(session: Session, path: Path) -> int:
    """Grants are facts about areas and no data set of their own."""
    return funding.record(session, funding.read_grants(path.read_text(encoding="utf-8"))) if path.is_file() else 0


def _read_list(folder: Path) -> dict[str, Any]:
    path = folder / "data_sets.toml"
    if not path.is_file():
        raise Unavailable(f"The sample data is not at {folder}: {path.name} is missing.")
    return tomllib.loads(path.read_text(encoding="utf-8"))


def _load_file(session: Session, folder: Path, entry: Mapping[str, Any], shift: int, tell: Tell | None) -> int:
    request = ImportRequest(
        kind=ImportKind(entry["import"]), file=folder / entry["file"], data_set=_facts(entry), anywhere=True,
        default_kind=entry.get("kind"), shift_days=shift, strict=True,
    )  # fmt: skip
    rows = _load_network(session, request) if entry.get("network") else _load_rows(session, request)
    if tell:
        tell(f"{entry['file']}: {rows}")
    return rows


def _load_rows(session: Session, request: ImportRequest) -> int:
    return imports.apply(session, imports.stage(session, request)).new


def _load_network(session: Session, request: ImportRequest) -> int:
    """The road graph comes last: it finds the ways of all parcels at once."""
    return publishing.publish(session, request).graph.edges


def _facts(entry: Mapping[str, Any]) -> DataSetFacts:
    names = ("name", "title_de", "title_en", "publisher", "licence", "licence_url", "attribution", "source_url",
             "data_date", "schematic", "note_de", "note_en")  # fmt: skip
    return DataSetFacts(**{name: entry[name] for name in names if entry.get(name) not in (None, "")})
