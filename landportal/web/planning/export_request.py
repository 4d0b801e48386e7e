"""What an address asks of an export: the search parameters and, beside them, format, CRS, land, columns and picks.

Every value that cannot be used is told at its name, all at once. What they mean is decided in `services.exports`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from landportal.errors import InvalidInput
from landportal.services.exports import ExportRefused, ExportRequest, Format, Refusal, Scope
from landportal.services.exports.record import Asked
from landportal.services.exports.request import NUMBERS_MAX, columns_of, crs_of
from landportal.services.search import SearchCriteria
from landportal.web import params
from landportal.web.params import InvalidParameters, Reading

OWN = frozenset({"crs", "scope", "number", "columns", "zip"})
"""Parameters of exports beside those of the search."""

_NUMBER_LENGTH_MAX = 20
_COLUMNS_LENGTH_MAX = 2_000


@dataclass(frozen=True)
class Wanted:
    """What an address says, whatever the format: the search as it was read, and the rest as far as it could be."""

    reading: Reading
    scope: Scope
    numbers: tuple[str, ...]
    columns: tuple[str, ...]
    crs: str | None
    packed: bool
    problems: tuple[InvalidInput, ...]

    @property
    def criteria(self) -> SearchCriteria:
        """The criteria as far as they could be read."""
        return self.reading.criteria

    def request(self, format_: Format) -> ExportRequest:
        """The export in this format; InvalidParameters tells everything that stands against it."""
        problems = list(self.problems)
        crs = None
        try:
            crs = crs_of(self.crs, format_)
        except ExportRefused as refused:
            problems.append(refused)
        if problems or crs is None:
            raise InvalidParameters(tuple(in_words(problem) for problem in problems))
        return ExportRequest(format_, crs, self.criteria, self.scope, self.numbers, self.columns)

    def asked(self, portal: str) -> Asked:
        """The filter as it was stated, for the record."""
        stated = {name: self.reading.given.getlist(name) for name in self.reading.given if name in params.NAMES}
        return Asked({name: [text for text in texts if text.strip()] for name, texts in stated.items()}, portal)


def read(args: MultiDict[str, str], *, listing: bool = False) -> Wanted:
    """What `args` says. The land of the one who is signed in means every status unless one is stated; so do picks.

    `listing`: for the page of exports, whose list has pages and shows what can be picked.
    """
    problems: list[InvalidInput] = []
    scope = _attempt(problems, Scope.PUBLIC, lambda: _scope(_single(args, "scope")))
    numbers = _attempt(problems, (), lambda: _numbers(args.getlist("number")))
    columns = _attempt(problems, (), lambda: _columns(args.getlist("columns"), scope))
    crs = _attempt(problems, None, lambda: _single(args, "crs") or None)
    packed = _attempt(problems, False, lambda: _flag(_single(args, "zip")))
    whatever = SearchCriteria(status=()) if scope is Scope.MINE or (numbers and not listing) else None
    reading = params.read(args, also=OWN | {"format"} if listing else OWN, unsaid=whatever)
    if reading.criteria.page != 1 and not listing:
        problems.append(InvalidInput(_("An export has no pages: it holds the whole result."), "page"))
    return Wanted(reading, scope, numbers, columns, crs, packed, (*reading.problems, *problems))


def _attempt(problems: list[InvalidInput], otherwise: Any, work: Callable[[], Any]) -> Any:
    try:
        return work()
    except InvalidInput as problem:
        problems.append(problem)
        return otherwise


def _single(args: MultiDict[str, str], name: str) -> str:
    stated = [text.strip() for text in args.getlist(name) if text.strip()]
    if len(stated) > 1:
        raise InvalidInput(_("Stated too often."), name)
    return stated[0] if stated else ""


def _scope(text: str) -> Scope:
    if text in {"", Scope.PUBLIC}:
        return Scope.PUBLIC
    if text != Scope.MINE:
        raise InvalidInput(_("Please choose from: %(codes)s.", codes="public, mine"), "scope")
    return Scope.MINE


def _numbers(texts: list[str]) -> tuple[str, ...]:
    numbers = tuple(dict.fromkeys(text.strip() for text in texts if text.strip()))
    if len(numbers) > NUMBERS_MAX:
        raise ExportRefused(Refusal.TOO_MANY_NUMBERS, "number", most=NUMBERS_MAX)
    for number in numbers:
        if len(number) > _NUMBER_LENGTH_MAX or not number.isprintable():
            raise ExportRefused(Refusal.UNKNOWN_NUMBER, "number", given=number[:40])
    return numbers


def _columns(texts: list[str], scope: Scope) -> tuple[str, ...]:
    if sum(map(len, texts)) > _COLUMNS_LENGTH_MAX:
        raise InvalidInput(_("Please use at most %(count)s characters.", count=_COLUMNS_LENGTH_MAX), "columns")
    return columns_of(texts, scope)


def _flag(text: str) -> bool:
    if text not in {"", "0", "1"}:
        raise InvalidInput(_("Please state 1 for yes, or leave it out."), "zip")
    return text == "1"


def in_words(problem: InvalidInput) -> InvalidInput:
    """A refusal of the service in the reader's language; other problems have their words already."""
    if not isinstance(problem, ExportRefused):
        return problem
    return InvalidInput(_sentence(problem.reason, problem.facts), problem.field)


def _sentence(reason: Refusal, facts: dict[str, str | int]) -> str:
    match reason:
        case Refusal.UNKNOWN_FORMAT:
            return _("There is no format “%(given)s”. There are: %(known)s.", **facts)
        case Refusal.UNKNOWN_CRS:
            return _("There is no CRS “%(given)s” for exports. There are: %(known)s.", **facts)
        case Refusal.CRS_NOT_OF_FORMAT:
            return _("%(format)s cannot be written in EPSG:%(given)s. It can in: %(known)s.", **facts)
        case Refusal.UNKNOWN_COLUMN:
            return _("There is no column “%(given)s” for you. There are: %(known)s.", **facts)
        case Refusal.TOO_MANY_ROWS:
            return _(
                "%(format)s holds %(most)s sites at most; these are %(count)s."
                " Please narrow the search down or take GeoPackage.",
                **facts,
            )
        case Refusal.TOO_MANY_NUMBERS:
            return _("At most %(most)s sites can be picked by number.", **facts)
        case Refusal.UNKNOWN_NUMBER:
            return _("The search finds no site with the number “%(given)s”.", **facts)
