"""What is asked of an export, and why it may be refused: format, filter, land, columns, CRS, chosen numbers."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from landportal.errors import InvalidInput
from landportal.gis.fields import Field
from landportal.gis.writers.content import FileCrs
from landportal.services.collections.parcel_fields import parcel_fields, public_fields
from landportal.services.exports.crs import EXPORT_CRS, STORED
from landportal.services.exports.formats import FORMATS, Format
from landportal.services.search import SearchCriteria

NUMBERS_MAX = 500
"""Parcels picked one by one; an address of the web holds about as many."""


class Scope(StrEnum):
    """Whose land is exported, and with it which columns."""

    PUBLIC = "public"
    """What everybody finds, with the columns everybody may see."""
    MINE = "mine"
    """The land of the actor, withdrawn parcels too, with the columns its keepers see."""
    ALL = "all"
    """Everything, for the operator at the command line."""


class Refusal(StrEnum):
    """Why an export is not made."""

    UNKNOWN_FORMAT = "unknown_format"
    UNKNOWN_CRS = "unknown_crs"
    CRS_NOT_OF_FORMAT = "crs_not_of_format"
    UNKNOWN_COLUMN = "unknown_column"
    TOO_MANY_ROWS = "too_many_rows"
    TOO_MANY_NUMBERS = "too_many_numbers"
    UNKNOWN_NUMBER = "unknown_number"


class ExportRefused(InvalidInput):
    """An export that is not made; `reason` and `facts` let the reader be told in his language."""

    def __init__(self, reason: Refusal, field: str, **facts: str | int) -> None:
        super().__init__(_ENGLISH[reason].format(**facts), field)
        self.reason = reason
        self.facts = facts


_ENGLISH = {
    Refusal.UNKNOWN_FORMAT: "There is no format “{given}”. There are: {known}.",
    Refusal.UNKNOWN_CRS: "There is no CRS “{given}” for exports. There are: {known}.",
    Refusal.CRS_NOT_OF_FORMAT: "{format} cannot be written in EPSG:{given}. It can in: {known}.",
    Refusal.UNKNOWN_COLUMN: "There is no column “{given}” for you. There are: {known}.",
    Refusal.TOO_MANY_ROWS: "{format} holds {most} sites at most; these are {count}."
    " Narrow the search down or take GeoPackage.",
    Refusal.TOO_MANY_NUMBERS: "At most {most} sites can be picked by number.",
    Refusal.UNKNOWN_NUMBER: "The search finds no site with the number {given}.",
}


@dataclass(frozen=True)
class ExportRequest:
    """An export: `criteria` as the search has them, `numbers` (if any) the only parcels wanted of them.

    `columns` are field names, empty for all that the scope may see.
    """

    format: Format
    crs: FileCrs
    criteria: SearchCriteria
    scope: Scope = Scope.PUBLIC
    numbers: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()

    def fields(self) -> tuple[Field, ...]:
        """The fields asked for, in their own order."""
        allowed = fields_for(self.scope)
        return tuple(field for field in allowed if not self.columns or field.name in self.columns)


def fields_for(scope: Scope) -> tuple[Field, ...]:
    """The fields that an export of `scope` may have."""
    return public_fields() if scope is Scope.PUBLIC else parcel_fields()


def format_of(code: str) -> Format:
    """The format called `code`; ExportRefused names those there are."""
    if code not in FORMATS:
        raise ExportRefused(Refusal.UNKNOWN_FORMAT, "format", given=code[:40], known=", ".join(FORMATS))
    return FORMATS[code]


def crs_of(text: str | None, wanted: Format) -> FileCrs:
    """The CRS `text` names (25832 or EPSG:25832) for a file of the format `wanted`; without a text its usual one."""
    if not wanted.srids:
        return STORED
    if text is None:
        return EXPORT_CRS[wanted.srids[0]]
    bare = text.strip().upper().removeprefix("EPSG:")
    srid = int(bare) if bare.isascii() and bare.isdigit() and len(bare) < 6 else 0
    if srid not in EXPORT_CRS:
        raise ExportRefused(Refusal.UNKNOWN_CRS, "crs", given=text[:40], known=_listed(tuple(EXPORT_CRS)))
    if srid not in wanted.srids:
        facts: dict[str, str | int] = {"format": wanted.name_en, "given": srid, "known": _listed(wanted.srids)}
        raise ExportRefused(Refusal.CRS_NOT_OF_FORMAT, "crs", **facts)
    return EXPORT_CRS[srid]


def _listed(srids: tuple[int, ...]) -> str:
    return ", ".join(f"EPSG:{srid}" for srid in srids)


def columns_of(names: list[str], scope: Scope) -> tuple[str, ...]:
    """The columns `names` (each may hold several by commas) as far as `scope` may see them; the number always."""
    wanted = [name.strip() for text in names for name in text.split(",") if name.strip()]
    known = [field.name for field in fields_for(scope)]
    for name in wanted:
        if name not in known:
            raise ExportRefused(Refusal.UNKNOWN_COLUMN, "columns", given=name[:40], known=", ".join(known))
    return ("number", *(name for name in dict.fromkeys(wanted) if name != "number")) if wanted else ()
