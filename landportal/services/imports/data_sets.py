"""The data set an import belongs to: found by its name, completed or made when the import is applied."""

from __future__ import annotations

import dataclasses
import hashlib
import re
from pathlib import Path

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from landportal.errors import InvalidInput
from landportal.gis.notes import Note
from landportal.model import DataSet
from landportal.services.import_values import folded
from landportal.services.imports.requests import DataSetFacts, ImportRequest

_UNKNOWN = "unbekannt"
_NEEDED = ("title_de", "publisher", "licence", "attribution")


def source_name(request: ImportRequest) -> str:
    """The data set's name: as given, else after the file."""
    name = request.data_set.name
    if name is None:
        stem = request.file.name.split(".")[0]
        name = folded(stem).replace("_", "-")[:80].strip("-") or "import"
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,79}", name):
        rule = "lower-case letters, digits and dashes are allowed (80 at most)"
        raise InvalidInput(f"--source {name}: {rule}", "--source")
    return name


def lock(session: Session, name: str) -> None:
    """One import at a time per data set: the second of two at once then finds nothing left to do."""
    session.execute(
        text("select pg_advisory_xact_lock(hashtext('landportal import'), hashtext(:name))"), {"name": name}
    )


def find(session: Session, name: str) -> DataSet | None:
    """The data set of that name, if it exists."""
    return session.scalar(select(DataSet).where(DataSet.name == name))


def notes_about(request: ImportRequest, name: str, known: DataSet | None) -> list[Note]:
    """What to tell about defaults that the request left to us."""
    notes = [] if request.data_set.name else [Note("source_defaulted", {"source": name})]
    lacking = [fact for fact in _NEEDED if getattr(request.data_set, fact) is None]
    if known is None and lacking:
        options = ", ".join(f"--{fact.removesuffix('_de')}" for fact in lacking)
        notes.append(Note("set_defaulted", {"fields": options}))
    return notes


def ensure(session: Session, name: str, facts: DataSetFacts) -> DataSet:
    """The data set `name` with `facts` written into it; facts not given stay, or are unknown in a new one."""
    data_set = find(session, name)
    given = {key: value for key, value in dataclasses.asdict(facts).items() if value is not None and key != "name"}
    if data_set is None:
        title = given.get("title_de") or given.get("title_en") or name
        defaults = {"title_de": title, "title_en": title, **dict.fromkeys(_NEEDED[1:], _UNKNOWN)}
        data_set = DataSet(name=name, **{**defaults, **given})
        session.add(data_set)
    for key, value in given.items():
        if getattr(data_set, key) != value:
            setattr(data_set, key, value)
    session.flush()
    return data_set


def digest(path: Path) -> str:
    """SHA-256 of the file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
