"""Owns which earlier cells, and which of their names, the last cells of a replay build upon."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Sequence

import msgspec

from .source import place

_WORD = re.compile(r"[^\W\d]\w*")


class Needed(msgspec.Struct, frozen=True):
    """The names that count for the result, and the indexes of the cells that work on them."""

    names: frozenset[str]
    cells: frozenset[int]


def find_needed(sources: Sequence[str], *, own: Collection[int]) -> Needed:
    """Return what the cells ``own`` build upon, directly or through other cells.

    A statement that mentions a needed name may change what it holds, so it counts, with every name
    that it mentions. What another language reads counts word by word.
    """
    names: set[str] = set()
    cells: set[int] = set()
    for index in range(len(sources) - 1, -1, -1):
        for mentioned in reversed(_statements(sources[index])):
            if index in own or not names.isdisjoint(mentioned):
                names |= mentioned
                cells.add(index)
    return Needed(names=frozenset(names), cells=frozenset(cells))


def _statements(source: str) -> list[set[str]]:
    """Return the names that each statement of a cell mentions; those of magics as one more."""
    placed = place(source)
    if placed.tree is None or not placed.understood:
        return [set(_WORD.findall(source))]
    magics = {word for number in placed.masked for word in _WORD.findall(placed.lines[number - 1])}
    return [magics, *(_mentioned(statement) for statement in placed.body)]


def _mentioned(statement: ast.stmt) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(statement):
        if isinstance(node, ast.Name):
            found.add(node.id)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.alias):
            found.add((node.asname or node.name).partition(".")[0])
    return found
