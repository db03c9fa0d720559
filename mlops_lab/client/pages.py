"""Owns lists that come in pages: all of them as one iterator, fetched as they are looked at."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Generic, TypeVar

T = TypeVar("T")
P = TypeVar("P")


class Pages(Generic[P, T]):
    """The records of a list, in its order; ``pages()`` gives the pages instead.

    Each iteration begins anew with the first page.
    """

    def __init__(self, fetch: Callable[[str | None], P], items: Callable[[P], list[T]]) -> None:
        self._fetch = fetch
        self._items = items

    def __iter__(self) -> Iterator[T]:
        for page in self.pages():
            yield from self._items(page)

    def pages(self) -> Iterator[P]:
        """Give one page after another."""
        cursor: str | None = None
        while True:
            page: Any = self._fetch(cursor)
            yield page
            cursor = page.next_cursor
            if cursor is None:
                return

    def first(self) -> P:
        """Return the first page."""
        return self._fetch(None)
