"""Owns which statements of two cells belong together: the same, or of one shape in the same order."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence
from difflib import SequenceMatcher

import msgspec

from .codeshape import BODIES, Openness, is_text_alone, shape_of

Statement = ast.stmt | ast.ExceptHandler | ast.match_case

_STEPS: tuple[tuple[Openness | None, bool], ...] = (
    (None, True),
    ("exact", True),
    ("literals", True),
    ("names", True),
    ("exact", False),
    ("literals", False),
    ("names", False),
)
"""How statements are held against each other, one after the other, in the gaps that are left.

None stands for their texts, which are quickly at hand; most statements are as they were.
"""

_SAME = 2
"""So many of the steps find what is the same."""


class Pair(msgspec.Struct, frozen=True):
    """A statement of each side; of a compound one its head alone, where not ``whole``.

    ``same`` says that they are the same but for formatting.
    """

    before: Statement
    after: Statement
    whole: bool
    same: bool = False


class Alignment(msgspec.Struct):
    """The pairs, and how many statements of either side belong to none."""

    pairs: list[Pair] = []
    alone: int = 0


class Effort:
    """What may still be spent on a comparison."""

    def __init__(self, left: int) -> None:
        self.left = left

    def take(self, cost: int) -> bool:
        """Spend ``cost``; tell whether it was there."""
        if cost > self.left:
            return False
        self.left -= cost
        return True


class Sources(msgspec.Struct, frozen=True):
    """What is known of the text of a cell."""

    text: Callable[[Statement], str]
    """Gives the lines of a statement."""
    fixed: Callable[[Statement], str | None]
    """Gives the text of a statement that can only be equal as it is written, or None."""


class Aligner:
    """Aligns the statements of two cells."""

    def __init__(self, effort: Effort, sources: tuple[Sources, Sources]) -> None:
        self._effort = effort
        self._sources = sources
        self.found = Alignment()

    def align(self, before: Sequence[Statement], after: Sequence[Statement]) -> None:
        """Add the pairs among two lists of statements, and inside them."""
        self._step(_counted(before), _counted(after), 0)

    def _step(self, before: Sequence[Statement], after: Sequence[Statement], step: int) -> None:
        if not before or not after or step == len(_STEPS):
            self.found.alone += sum(_size(one) for one in (*before, *after))
            return
        if not self._effort.take(len(before) * len(after)):
            self.found.alone += len(before) + len(after)
            return
        openness, whole = _STEPS[step]
        keys = [
            [self._key(one, side, openness, whole=whole) for one in statements]
            for side, statements in enumerate((before, after))
        ]
        matcher = SequenceMatcher(a=keys[0], b=keys[1], autojunk=False)
        for kind, low, high, other_low, other_high in matcher.get_opcodes():
            if kind == "equal":
                pairs = zip(before[low:high], after[other_low:other_high], strict=True)
                for one, other in pairs:
                    self._pair(one, other, is_same=step < _SAME)
            else:
                self._step(before[low:high], after[other_low:other_high], step + 1)

    def _key(self, one: Statement, side: int, openness: Openness | None, *, whole: bool) -> str:
        if openness is None:
            return self._sources[side].text(one)
        fixed = self._sources[side].fixed(one)
        if fixed is not None:
            return f"magic {fixed}"
        if not whole and not _bodies(one):
            # It has no head that could stay while its body changes.
            return f"{side} {id(one)}"
        return shape_of(one, openness, whole=whole)

    def _pair(self, one: Statement, other: Statement, *, is_same: bool) -> None:
        bodies, other_bodies = _bodies(one), _bodies(other)
        is_fixed = self._sources[0].fixed(one) is not None
        if is_same or is_fixed or not bodies or one.__class__ is not other.__class__:
            self.found.pairs.append(Pair(one, other, whole=True, same=is_same or is_fixed))
            return
        self.found.pairs.append(Pair(one, other, whole=False))
        for name in {**bodies, **other_bodies}:
            self.align(bodies.get(name, []), other_bodies.get(name, []))


def _counted(statements: Sequence[Statement]) -> list[Statement]:
    return [one for one in statements if not (isinstance(one, ast.stmt) and is_text_alone(one))]


def _bodies(one: Statement) -> dict[str, list[Statement]]:
    """Return the lists of statements inside one; none where they share a line with its head."""
    found = {name: getattr(one, name) for name in one._fields if name in BODIES}
    lists = {name: value for name, value in found.items() if isinstance(value, list) and value}
    first = lists.get("body", [None])[0]
    if first is not None and first_line(first) <= head_end(one):
        return {}
    return lists


def _size(one: Statement) -> int:
    return 1 + sum(_size(inner) for inners in _bodies(one).values() for inner in inners)


def first_line(one: Statement) -> int:
    """Return the line, from 1, on which a statement begins, with its decorators."""
    decorators: list[ast.expr] = getattr(one, "decorator_list", [])
    if isinstance(one, ast.match_case):
        return one.pattern.lineno
    return min([one.lineno, *(decorator.lineno for decorator in decorators)])


def head_end(one: Statement) -> int:
    """Return the last line of the head of a compound statement, or of another statement."""
    inner = [
        line
        for name in one._fields
        if name not in BODIES
        for line in _end_lines(getattr(one, name, None))
    ]
    return max([first_line(one) if isinstance(one, ast.match_case) else one.lineno, *inner])


def _end_lines(value: object) -> Iterator[int]:
    if isinstance(value, list):
        for item in value:
            yield from _end_lines(item)
    elif isinstance(value, ast.AST):
        end = getattr(value, "end_lineno", None)
        if isinstance(end, int):
            yield end
        else:
            for name in value._fields:
                yield from _end_lines(getattr(value, name, None))
