"""Owns the copy of an SQLite file that is made before its schema is upgraded."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Engine

from .engine import shown_url
from .troubles import unavailable

_PAGES = 4_096


def back_up(
    engine: Engine, revision: str, *, progress: Callable[[int, int], None] | None = None
) -> Path:
    """Copy the SQLite file of ``engine`` beside itself, whole, while others may read and write it.

    The copy appears under its name when it is finished only.

    Args:
        engine: of an SQLite store.
        revision: the schema revision it has, which becomes part of the name.
        progress: told after each portion how many pages are left, and of how many.

    Raises:
        StoreUnavailableError: the copy cannot be written.
    """
    source = Path(str(engine.url.database))
    stamp = datetime.now(tz=UTC).strftime("%Y%m%dT%H%M%S%f")
    target = source.with_name(f"{source.name}.{revision}-{stamp}.backup")
    unfinished = target.with_name(f"{target.name}.part")

    def told(_status: int, remaining: int, total: int) -> None:
        if progress is not None:
            progress(remaining, total)

    try:
        with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(unfinished)) as new:
            old.backup(new, pages=_PAGES, progress=told)
        unfinished.replace(target)
    except (sqlite3.Error, OSError) as error:
        unfinished.unlink(missing_ok=True)
        raise unavailable(error, f"{shown_url(engine.url)} (its copy {target})") from error
    return target
