"""The words of a text, taken one after the other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NoReturn

from landportal.gis.cql2.problems import BadFilter
from landportal.gis.cql2.tokens import Sort, Token


class Reader:
    """`next` is the word that stands here; the last one is the end, which is never passed."""

    def __init__(self, words: list[Token]) -> None:
        self._words = words
        self._at = 0

    @property
    def next(self) -> Token:
        """The word that stands here."""
        return self._words[self._at]

    def take(self) -> Token:
        """The word that stands here; the reader goes on behind it."""
        word = self.next
        if word.sort is not Sort.END:
            self._at += 1
        return word

    def stands(self, text: str) -> bool:
        """Whether the sign or the keyword `text` stands here."""
        return self.next.sort in {Sort.SIGN, Sort.NAME} and self.next.text.upper() == text

    def accept(self, text: str) -> bool:
        """Take `text` if it stands here."""
        found = self.stands(text)
        if found:
            self.take()
        return found

    def expect(self, text: str) -> Token:
        """Take `text`; BadFilter if something else stands here."""
        if not self.stands(text):
            raise BadFilter(f"{text!r} was expected, not {self.next.shown()}.", self.next.where)
        return self.take()

    def until(self, closing: str) -> Iterator[None]:
        """One turn for every part of a list with commas, up to and with `closing`; a list has one part at least."""
        yield
        while self.accept(","):
            yield
        self.expect(closing)

    def unexpected(self) -> NoReturn:
        """BadFilter: nothing may follow here."""
        raise BadFilter(f"{self.next.shown()} makes no sense here.", self.next.where)
