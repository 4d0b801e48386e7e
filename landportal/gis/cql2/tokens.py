"""CQL2 text in words: numbers, texts, names, signs, each with the place it begins at."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum, auto

from landportal.gis.cql2.problems import MAX_CHARACTERS, BadFilter


class Sort(Enum):
    """Sorts of words."""

    NUMBER = auto()
    TEXT = auto()
    NAME = auto()
    QUOTED = auto()
    SIGN = auto()
    END = auto()


@dataclass(frozen=True)
class Token:
    """A word: `text` without quotes, `place` counted in characters from 1."""

    sort: Sort
    text: str
    place: int

    @property
    def where(self) -> str:
        """The place, in words."""
        return f"at character {self.place}"

    def shown(self) -> str:
        """The word as a message may show it."""
        return "the end" if self.sort is Sort.END else repr(self.text[:40])


_WORD = re.compile(
    r"""(?P<space>\s+)
    | '(?P<text>(?:''|\\\\|\\'|[^'])*+)'
    | "(?P<quoted>(?:""|[^"])+)"
    | (?P<number>(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)
    | (?P<name>(?:[^\W\d]|:)[\w.:]*)
    | (?P<sign><>|<=|>=|!=|[-+*/%^=<>(),\[\]])""",
    re.VERBOSE,
)
_ESCAPED = re.compile(r"''|(\\\\)|\\'")
"""A quote in a text is doubled or stands behind a backslash; two backslashes remain two, as patterns want them."""

_SORTS = {"text": Sort.TEXT, "quoted": Sort.QUOTED, "number": Sort.NUMBER, "name": Sort.NAME, "sign": Sort.SIGN}


def tokens(text: str) -> list[Token]:
    """The words of `text`, the last one of the sort END; BadFilter where none begins."""
    if len(text) > MAX_CHARACTERS:
        raise BadFilter(f"A filter has at most {MAX_CHARACTERS} characters.", f"at character {MAX_CHARACTERS + 1}")
    found: list[Token] = []
    place = 0
    while place < len(text):
        word = _WORD.match(text, place)
        if word is None:
            raise BadFilter(_nothing_begins(text[place]), f"at character {place + 1}")
        if word.lastgroup != "space":
            found.append(_token(word, place + 1))
        place = word.end()
    found.append(Token(Sort.END, "", len(text) + 1))
    return found


def _nothing_begins(character: str) -> str:
    if character in "'\"":
        return f"The quote {character} is not closed."
    return f"The character {character!r} has no meaning here."


def _token(word: re.Match[str], place: int) -> Token:
    sort = _SORTS[str(word.lastgroup)]
    text = word[str(word.lastgroup)]
    if sort is Sort.TEXT:
        text = _ESCAPED.sub(lambda found: found[1] or "'", text)
    if sort is Sort.QUOTED:
        text = text.replace('""', '"')
    return Token(sort, text, place)
