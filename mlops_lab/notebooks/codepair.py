"""Owns how one cell became another: its renames, its literals, and the lines that are left to tell."""

from __future__ import annotations

import ast
import re
from collections.abc import Hashable, Iterable, Mapping, Sequence
from functools import lru_cache

import msgspec

from mlops_lab.core.celldiff import DiffLine, LiteralChange, Rename

from .codealign import Aligner, Effort, Pair, Sources, Statement, first_line, head_end
from .codeshape import binds, variable_of
from .codewalk import Found, walk
from .linediff import KeyedLine, diff_lines, keyed
from .nodes import every_node
from .parse import FOREIGN_CELL_MAGICS
from .source import PlacedCell, place

MAX_READ_CHARS = 400_000
"""A longer cell is compared by its lines."""

_WORD = re.compile(r"[^\W\d]\w*")
_TRACKED = re.compile(r"%%track\b")


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
        replaced: dict[int, list[KeyedLine]] = {}
        for number, pair in enumerate(explained):
            span, other_span = (
                _span(pair.before, whole=pair.whole),
                _span(pair.after, whole=pair.whole),
            )
            if not (
                _is_free(self.before, pair.before, whole=pair.whole)
                and _is_free(self.after, pair.after, whole=pair.whole)
            ):
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
    one, other = read_cell(before), read_cell(after)
    can_be_told = _can_diff(before, after, effort)
    if not (_is_read(one) and _is_read(other)):
        return _unread(one, other, can_be_told=can_be_told)
    aligner = Aligner(effort, (_sources(one), _sources(other)))
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
            tree = read_cell(source).tree if len(source) <= MAX_READ_CHARS else None
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
    if not pair.same:
        walk(pair.before, pair.after, found, whole=pair.whole)
    return _ReadPair(pair, found)


def _unread(one: PlacedCell, other: PlacedCell, *, can_be_told: bool) -> CodePair:
    return CodePair(one, other, understood=False, can_be_told=can_be_told, pairs=[], alone=0)


def _can_diff(before: str, after: str, effort: Effort) -> bool:
    return effort.take((before.count("\n") + 1) * (after.count("\n") + 1))


@lru_cache(maxsize=64)
def read_cell(source: str) -> PlacedCell:
    """Return a cell with its places; the baseline is read once for many runs."""
    return place(source)


def _is_read(cell: PlacedCell) -> bool:
    return cell.tree is not None and FOREIGN_CELL_MAGICS.isdisjoint(cell.magics)


def _sources(cell: PlacedCell) -> Sources:
    last = max(cell.masked, default=0)

    def text(one: Statement) -> str:
        start, stop = _span(one, whole=True)
        # Of statements that share a line, the place in it tells which one is meant.
        mark = "" if _is_free(cell, one, whole=True) else f"{getattr(one, 'col_offset', 0)} "
        return mark + "".join(cell.lines[start - 1 : stop - 1])

    def fixed(one: Statement) -> str | None:
        start = first_line(one)
        if start > last:
            return None
        lines = range(start, head_end(one) + 1)
        if cell.masked.isdisjoint(lines):
            return None
        return "".join(cell.lines[line - 1] for line in lines).strip()

    return Sources(text, fixed)


def _heads(cell: PlacedCell) -> list[str]:
    """Return the magics above the code and inside it, but for the mark of a tracked cell."""
    found = [cell.lines[number - 1].strip() for number in sorted(cell.masked)]
    return [line for line in found if line and not _TRACKED.match(line)]


def _plain_lines(cell: PlacedCell) -> list[str]:
    return [line.rstrip("\r\n") for line in cell.lines]


def _span(one: Statement, *, whole: bool) -> tuple[int, int]:
    """Return the first line of a statement, or of its head, and the line after its last."""
    end = getattr(one, "end_lineno", None) if whole else None
    return first_line(one), (end or head_end(one)) + 1


def _is_free(cell: PlacedCell, one: Statement, *, whole: bool) -> bool:
    """Tell whether a statement, or the head of one, has its lines for itself."""
    start, stop = _span(one, whole=whole)
    if isinstance(one, ast.match_case):
        return True
    if cell.lines[start - 1][: one.col_offset].strip():
        return False
    if not whole or one.end_col_offset is None:
        return True
    rest = cell.lines[stop - 2].encode()[one.end_col_offset :].strip().lstrip(b"; ")
    return not rest or rest.startswith(b"#")
