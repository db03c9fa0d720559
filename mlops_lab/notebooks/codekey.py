"""Owns a key of code that is equal for two versions which differ in formatting or in params alone."""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Collection, Iterable

from .codeshape import is_literal, is_text_alone, shape_of
from .parse import FOREIGN_CELL_MAGICS, cell_magic
from .source import place

MAX_KEYED_CHARS = 100_000
"""A longer cell is its own key."""


class CodeKeys:
    """Makes keys; cells that came before are not read again."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, frozenset[str]], str] = {}

    def key_of(self, sources: Iterable[str], params: Collection[str]) -> str:
        """Return the key of the cells of a run.

        Args:
            sources: the cells in order.
            params: names whose literals are recorded as params, so that they count there.
        """
        whole = hashlib.sha256()
        for source in sources:
            named = frozenset(name for name in params if name in source)
            text = self._known.get((source, named))
            if text is None:
                text = self._known[source, named] = _text(source, named)
            whole.update(text.encode("utf-8", "replace"))
            whole.update(b"\0")
        return whole.hexdigest()


def _text(source: str, params: frozenset[str]) -> str:
    cell = place(source) if len(source) <= MAX_KEYED_CHARS else None
    if cell is None or cell.tree is None or not FOREIGN_CELL_MAGICS.isdisjoint(cell.magics):
        return source
    magics = [cell.lines[number - 1].strip() for number in sorted(cell.masked)]
    try:
        parts = [_part(one, params) for one in cell.body if not is_text_alone(one)]
    except RecursionError:
        return source
    return "\n".join([*filter(_counts, magics), *parts])


def _counts(magic: str) -> bool:
    """Tell whether a magic is more than the mark of a tracked cell."""
    found = cell_magic(magic)
    return bool(magic) and (found is None or found[0] != "track")


def _part(statement: ast.stmt, params: frozenset[str]) -> str:
    match statement:
        case ast.Assign(targets=[ast.Name(id=name)], value=value) if name in params:
            if is_literal(value):
                return f"{name}=<param>"
        case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value) if name in params:
            if is_literal(value):
                return f"{name}=<param>"
    return shape_of(statement, "exact")
