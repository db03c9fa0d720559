"""Owns which files that the replayed code names were changed after the run, by their times alone."""

from __future__ import annotations

import ast
import stat
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from mlops_lab.core.clock import Millis
from mlops_lab.core.facets import Difference
from mlops_lab.notebooks.source import place

_MAX_PATHS = 500
_MAX_CHARS = 1_000


def find_changed_files(
    sources: Iterable[str], *, folder: Path, since: Millis, until: Millis
) -> Iterator[Difference]:
    """Yield the files that the code names by a literal and that were written in between.

    Of what cells read that were not tracked nothing is known but this. What the replay itself wrote
    lies after ``until``.

    Args:
        sources: the code.
        folder: where it runs.
        since: the end of the run.
        until: the beginning of its reproduction.
    """
    names = dict.fromkeys(name for source in sources for name in _literals(source))
    for name in list(names)[:_MAX_PATHS]:
        try:
            found = (folder / name).stat()
        except (OSError, ValueError):
            continue
        at = found.st_mtime_ns // 1_000_000
        if stat.S_ISREG(found.st_mode) and since < at < until:
            when = datetime.fromtimestamp(at / 1_000, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
            yield Difference("data", name, None, f"written after the run, {when}")


def _literals(source: str) -> Iterator[str]:
    placed = place(source)
    if placed.tree is None:
        return
    for node in ast.walk(placed.tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = node.value
            if 0 < len(text) <= _MAX_CHARS and "\n" not in text and "\0" not in text:
                yield text
