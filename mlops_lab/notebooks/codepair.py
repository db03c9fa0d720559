"""Owns how one cell became another: its renames, its literals, and the lines that are left to tell."""

from __future__ import annotations

import ast
import re
from collections.abc import Hashable, Iterable, Mapping, Sequence
from itertools import pairwise

import msgspec

from mlops_lab.core.celldiff import DiffLine, LiteralChange, Rename

from .codealign import Aligner, Effort, Keyer, Pair, Statement, first_line, head_end
from .codeshape import binds, variable_of
from .codewalk import Found, walk
from .linediff import KeyedLine, diff_lines, keyed
from .nodes import every_node
from .parse import FOREIGN_CELL_MAGICS
from .source import PlacedCell, place

MAX_READ_CHARS = 400_000
"""A longer cell is compared by its lines."""

_WORD = re.compile(r"[^\W\d]\w*")


class Told(msgspec.Struct, frozen=True):
    """What is said of a changed cell."""

    renames: list[Rename]
    literals: list[LiteralChange]
    lines: list[DiffLine]
    rewritten: bool


class _ReadPair(msgspec.Struct, frozen=True):
    """A pair of statements, and what they differ in."""

    pair: Pair
    found: Found


class CodePair(msgspec.Struct, frozen=True):
    """Two versions of a cell as they were read; ``understood`` is False where one is not Python."""

    before: PlacedCell
    after: PlacedCell
    understood: bool
    can_be_told: bool
    pairs: list[_ReadPair]
    alone: int

    @property
    def is_cosmetic(self) -> bool:
        """Whether the code is the same but for comments, blank lines, docstrings and formatting."""
        return (
            self.understood
            and not self.alone
            and _heads(self.before) == _heads(self.after)
            and not any(
                one.found.literals or any(a != b for a, b in one.found.names) for one in self.pairs
            )
        )

    def told(self, renames: Mapping[str, str]) -> Told:
        """Return what is said of it when these variables have other names, old to new."""
        explained = [one for one in self.pairs if _is_explained(one, renames)]
        used = [pair for one in explained for pair in one.found.names if pair[0] != pair[1]]
        return Told(
            renames=[Rename(*pair) for pair in dict.fromkeys(used)],
            literals=[change for one in explained for change in one.found.literals],
            lines=self._lines([one.pair for one in explained]),
            rewritten=not self.understood
            or self.alone > 0
            or len(explained) < len(self.pairs)
            or _heads(self.before) != _heads(self.after),
        )

    def _lines(self, explained: Iterable[Pair]) -> list[DiffLine]:
        before, after = _plain_lines(self.before), _plain_lines(self.after)
        if not self.can_be_told:
            return [
                DiffLine("skipped", f"{len(before):,} and {len(after):,} lines, too many to tell")
            ]
        mine, other = keyed(before), keyed(after)
        free = _lone_lines(self.before), _lone_lines(self.after)
        replaced: dict[int, list[KeyedLine]] = {}
        for number, pair in enumerate(explained):
            span, other_span = (
                _span(pair.before, whole=pair.whole),
                _span(pair.after, whole=pair.whole),
            )
            if not (_is_free(span, free[0]) and _is_free(other_span, free[1])):
                continue
            # What is explained is shown as it is now, and equal to what it was.
            lines: list[KeyedLine] = []
            for line in range(*other_span):
                key: Hashable = (number, line)
                other[line - 1] = (key, after[line - 1])
                lines.append(other[line - 1])
            replaced[span[0]] = lines
            replaced.update({line: [] for line in range(span[0] + 1, span[1])})
        changed = [line for at, plain in enumerate(mine, 1) for line in replaced.get(at, [plain])]
        return list(diff_lines(changed, other))


def read_pair(before: str, after: str, effort: Effort) -> CodePair:
    """Return two versions of a cell, their statements aligned as far as the effort allows."""
    can_be_told = effort.take(len(before) + len(after))
    if not can_be_told or max(len(before), len(after)) > MAX_READ_CHARS:
        empty = PlacedCell("", [], None, frozenset(), False, ())
        placed = [msgspec.structs.replace(empty, source=one, lines=one.splitlines(keepends=True))
                  for one in (before, after)]  # fmt: skip
        return _unread(*placed, can_be_told=can_be_told and _can_diff(before, after, effort))
    one, other = place(before), place(after)
    can_be_told = _can_diff(before, after, effort)
    if not (_is_read(one) and _is_read(other)):
        return _unread(one, other, can_be_told=can_be_told)
    aligner = Aligner(effort, (_fixed(one), _fixed(other)))
    try:
        aligner.align(one.body, other.body)
        pairs = [_read(pair) for pair in aligner.found.pairs]
    except (RecursionError, MemoryError):
        return _unread(one, other, can_be_told=can_be_told)
    return CodePair(
        one, other, understood=True, can_be_told=can_be_told, pairs=pairs, alone=aligner.found.alone
    )


def common_renames(
    pairs: Sequence[CodePair], before: Iterable[str], after: Iterable[str]
) -> dict[str, str]:
    """Return the variables that have another name in all of the code, old to new.

    A variable was renamed when one new name stands wherever the old one stood, the old one is gone,
    the new one was not there before, and both are given a value in their code.

    Args:
        pairs: the cells that changed.
        before: the sources of all cells of the one run.
        after: the sources of all cells of the other run.
    """
    seen = [names for pair in pairs for one in pair.pairs for names in one.found.names]
    candidates = {names for names in seen if names[0] != names[1]}
    if not candidates:
        return {}
    old, new = _Variables(before), _Variables(after)
    partners: dict[str, set[str]] = {}
    sources: dict[str, set[str]] = {}
    for one, other in seen:
        partners.setdefault(one, set()).add(other)
        sources.setdefault(other, set()).add(one)
    return {
        one: other
        for one, other in sorted(candidates)
        if len(partners[one]) == 1 == len(sources[other])
        and one not in new.known
        and other not in old.known
        and one in old.bound
        and other in new.bound
    }


class _Variables:
    """The variables of some cells, and those among them that the cells give a value."""

    def __init__(self, sources: Iterable[str]) -> None:
        self.known: set[str] = set()
        self.bound: set[str] = set()
        for source in dict.fromkeys(sources):
            tree = place(source).tree if len(source) <= MAX_READ_CHARS else None
            if tree is None:
                # Nobody can tell which of its words are variables.
                self.known.update(_WORD.findall(source))
                continue
            for node in every_node(tree):
                name = variable_of(node)
                if name is not None:
                    self.known.add(name)
                    if binds(node):
                        self.bound.add(name)


def _is_explained(one: _ReadPair, renames: Mapping[str, str]) -> bool:
    return all(a == b or renames.get(a) == b for a, b in one.found.names)


def _read(pair: Pair) -> _ReadPair:
    found = Found()
    walk(pair.before, pair.after, found, whole=pair.whole)
    return _ReadPair(pair, found)


def _unread(one: PlacedCell, other: PlacedCell, *, can_be_told: bool) -> CodePair:
    return CodePair(one, other, understood=False, can_be_told=can_be_told, pairs=[], alone=0)


def _can_diff(before: str, after: str, effort: Effort) -> bool:
    return effort.take((before.count("\n") + 1) * (after.count("\n") + 1))


def _is_read(cell: PlacedCell) -> bool:
    return cell.tree is not None and FOREIGN_CELL_MAGICS.isdisjoint(cell.magics)


def _fixed(cell: PlacedCell) -> Keyer:
    def key(one: Statement) -> str | None:
        lines = range(first_line(one), head_end(one) + 1)
        if cell.masked.isdisjoint(lines):
            return None
        return "".join(cell.lines[line - 1] for line in lines).strip()

    return key


def _heads(cell: PlacedCell) -> list[str]:
    """Return the magics above the code and inside it."""
    return [
        cell.lines[number - 1].strip()
        for number in sorted(cell.masked)
        if cell.lines[number - 1].strip()
    ]


def _plain_lines(cell: PlacedCell) -> list[str]:
    return [line.rstrip("\r\n") for line in cell.lines]


def _span(one: Statement, *, whole: bool) -> tuple[int, int]:
    """Return the first line of a statement, or of its head, and the line after its last."""
    end = getattr(one, "end_lineno", None) if whole else None
    return first_line(one), (end or head_end(one)) + 1


def _lone_lines(cell: PlacedCell) -> set[int]:
    """Return the lines on which no statement begins behind the end of another."""
    shared: set[int] = set()
    for node in every_node(cell.tree) if cell.tree is not None else ():
        body = getattr(node, "body", None)
        if not isinstance(body, list):
            continue
        for one, other in pairwise(body):
            if isinstance(one, ast.stmt) and one.end_lineno == first_line(other):
                shared.add(first_line(other))
    return set(range(1, len(cell.lines) + 1)) - shared


def _is_free(span: tuple[int, int], lone: set[int]) -> bool:
    return lone.issuperset(range(*span))
