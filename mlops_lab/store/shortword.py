"""Owns the type of a word that a table holds very often: one of a few, of which a letter is kept."""

from __future__ import annotations

from sqlalchemy import Dialect, String, TypeDecorator


class ShortWord(TypeDecorator[str]):
    """A word that is kept as its first letter; one that is not of ``words`` is kept as it is."""

    impl = String
    cache_ok = True

    def __init__(self, words: tuple[str, ...], length: int) -> None:
        """Take the words, whose first letters differ, and the most letters of any other."""
        super().__init__(length)
        self.words = words
        self.length = length
        self._by_letter = {word[0]: word for word in words}

    def process_bind_param(
        self,
        value: str | None,
        dialect: Dialect,  # noqa: ARG002 - as in TypeDecorator
    ) -> str | None:
        """Return what the database keeps."""
        return value[0] if value in self.words else value

    def process_result_value(
        self,
        value: str | None,
        dialect: Dialect,  # noqa: ARG002 - as in TypeDecorator
    ) -> str | None:
        """Return the word again."""
        return None if value is None else self._by_letter.get(value, value)
