"""Owns reading a filter piece by piece: blanks, symbols, quoted texts, words, and where each stands."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from mlops_lab.core.query import QueryError

QUOTES = "\"'`"
_BLANKS = re.compile(r"\s*")
_SYMBOL = re.compile(r"==|!=|<>|<=|>=|[:=<>]")
# An apostrophe within a word is a letter; after a dot it begins a quoted name.
_WORD = re.compile(r"(?:(?!!=)[^\s:=<>\"'`()]|(?<=[^\s.(])')+")
_KEYWORD = re.compile(r"[A-Za-z]+(?![^\s()'\"`])")
_LISTED = re.compile(r"[^\s,()]+")
# What is marked where something cannot be read: a quoted text, a sign, or a word.
_PIECE = re.compile(
    r"""[^\s()=<>!:'"`]*(['"`]).*?(?:\1[^\s()=<>!:]*|$)|[()]|[=<>!:]+|[^\s()=<>!:]+""", re.DOTALL
)
_SYMBOLS = {"==": "=", "<>": "!="}


@contextmanager
def measured(text: str) -> Iterator[None]:
    """Tell an error in a text how long the piece is at which it is."""
    try:
        yield
    except QueryError as error:
        piece = _PIECE.match(text, error.position)
        error.length = 0 if piece is None else piece.end() - piece.start()
        raise


class Scanner:
    """One text and a place in it. What it takes, it moves past."""

    def __init__(self, text: str, *, where: str = "filter") -> None:
        self.text = text
        self.at = 0
        self._where = where

    def skip_blanks(self) -> None:
        """Move to the next piece."""
        found = _BLANKS.match(self.text, self.at)
        if found is not None:
            self.at = found.end()

    @property
    def ended(self) -> bool:
        """Whether nothing but blanks is left."""
        self.skip_blanks()
        return self.at >= len(self.text)

    def peek(self, count: int = 1) -> str:
        """Return the next characters without moving."""
        return self.text[self.at : self.at + count]

    def take(self, character: str) -> bool:
        """Move past one character, if it is the next piece."""
        self.skip_blanks()
        if self.peek() != character:
            return False
        self.at += 1
        return True

    def take_symbol(self) -> str | None:
        """Take a comparison such as ``>=``; None moves nothing."""
        before = self.at
        self.skip_blanks()
        found = _SYMBOL.match(self.text, self.at)
        if found is None:
            self.at = before
            return None
        self.at = found.end()
        return _SYMBOLS.get(found.group(), found.group())

    def keyword(self) -> str:
        """Return the next piece in lower case when it is a word of letters alone, without moving."""
        self.skip_blanks()
        found = _KEYWORD.match(self.text, self.at)
        return "" if found is None else found.group().lower()

    def take_keywords(self, *words: str) -> bool:
        """Move past these words when they stand next, one after the other, in any case."""
        before = self.at
        for word in words:
            if self.keyword() != word:
                self.at = before
                return False
            self.at += len(word)
        return True

    def take_match(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """Take what a pattern matches next; None moves nothing."""
        self.skip_blanks()
        found = pattern.match(self.text, self.at)
        if found is None or found.end() == self.at:
            return None
        self.at = found.end()
        return found

    def take_word(self) -> str | None:
        """Take a word, which may be that of a field; None moves nothing."""
        found = self.take_match(_WORD)
        return None if found is None else found.group()

    def take_listed(self) -> str | None:
        """Take a word of a list in parentheses; None moves nothing."""
        found = self.take_match(_LISTED)
        return None if found is None else found.group()

    def take_bare(self) -> str:
        """Take everything up to a blank, or up to a parenthesis that it did not open."""
        self.skip_blanks()
        begin, depth = self.at, 0
        while self.at < len(self.text) and not self.text[self.at].isspace():
            character = self.text[self.at]
            depth += {"(": 1, ")": -1}.get(character, 0)
            if depth < 0:
                break
            self.at += 1
        return self.text[begin : self.at]

    def take_quoted(self) -> str:
        """Take a quoted text; a quote within it is doubled, or stands behind a backslash.

        Raises:
            QueryError: the quote is not closed.
        """
        begin = self.at
        quote = self.text[begin]
        parts: list[str] = []
        at = begin + 1
        while True:
            end = self.text.find(quote, at)
            if end < 0:
                raise self.error("A quote is opened and not closed", at=begin, hint="Close it.")
            if self.text[end + 1 : end + 2] == quote and end + 1 > begin + 1:
                parts.append(self.text[at : end + 1])
                at = end + 2
            elif end > at and self.text[end - 1] == "\\" and self.text.find(quote, end + 1) > 0:
                parts.append(f"{self.text[at : end - 1]}{quote}")
                at = end + 1
            else:
                self.at = end + 1
                return "".join([*parts, self.text[at:end]])

    def error(self, message: str, *, hint: str = "", at: int | None = None) -> QueryError:
        """Return the error that is at a place, or here."""
        position = self.at if at is None else at
        return QueryError(message, position=position, hint=hint, where=self._where)
