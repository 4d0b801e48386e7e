"""What an import has to say about rows: typed issues and their sentences in German and English.

The codes are the stable part: tests, the wizard and scripts go by them. Finding the issues is `import_checks`' work.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from landportal.errors import InvalidInput
from landportal.gis import notes
from landportal.gis.notes import CannotRead, Fact, Note
from landportal.services.import_sentences import SENTENCES
from landportal.services.import_words import WORDS


class Severity(StrEnum):
    """What an issue does to its row: keeps it out, leaves it out as none of ours, warns, or is merely told."""

    REJECTED = "rejected"
    LEFT_OUT = "left_out"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True)
class Issue:
    """One thing wrong or worth knowing about one row of the file."""

    row: int
    severity: Severity
    code: str
    field: str | None = None
    value: str | None = None
    facts: Mapping[str, Fact] = dataclasses.field(default_factory=dict)

    def sentence(self, language: str) -> str:
        """The issue in ``de`` or ``en``."""
        return told(self.code, {**self.facts, "value": self.value or "", "field": self.field or ""}, language)


def told(code: str, facts: Mapping[str, Fact], language: str) -> str:
    """The sentence for `code` with `facts`, in ``de`` or ``en``; facts called ``…_status`` are codes of a status."""
    words = WORDS["status"]
    spoken = {
        name: words[str(fact)][language == "en"] if name.endswith("_status") and str(fact) in words else fact
        for name, fact in facts.items()
    }
    return notes.sentence(code, spoken, language, SENTENCES)


def told_note(note: Note, language: str) -> str:
    """A note of the file in ``de`` or ``en``."""
    return told(note.code, note.facts, language)


class ImportRefused(InvalidInput):
    """An import that is not applied at all; its text is English, ``note`` says it in German too."""

    def __init__(self, code: str, **facts: Fact) -> None:
        super().__init__(told(code, facts, "en"))
        self.note = Note(code, facts)


class NothingUsable(ImportRefused):
    """No row of the file can be applied; `reasons` are counts with an example each."""

    def __init__(self, rows: int, reasons: Sequence[tuple[int, Issue]]) -> None:
        super().__init__("nothing_usable", rows=rows)
        self.reasons = tuple(reasons)
        self.args = (self.sentence("en"),)

    def sentence(self, language: str) -> str:
        """The refusal with its reasons, one a line, in ``de`` or ``en``."""
        lines = [told_note(self.note, language)]
        for rows, issue in self.reasons:
            facts: dict[str, Fact] = {"rows": rows, "row": str(issue.row), "reason": issue.sentence(language)}
            lines.append("  " + told("reason_of_rows", facts, language))
        return "\n".join(lines)


def refusal_sentence(refusal: CannotRead | ImportRefused, language: str) -> str:
    """Why a file was refused, in ``de`` or ``en``."""
    if isinstance(refusal, NothingUsable):
        return refusal.sentence(language)
    return told_note(refusal.note, language)
