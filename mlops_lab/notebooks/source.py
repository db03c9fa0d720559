"""Owns exact places in a cell's source: its syntax tree with offsets, and cuts that keep the rest.

IPython moves lines and columns when it rewrites magics. A cut must be exact, so here magics are
masked in place: every other line keeps its offsets.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterable, Sequence

import msgspec

from .parse import FOREIGN_CELL_MAGICS, PYTHON_CELL_MAGICS, cell_magic

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+\Z")
_ASSIGNED_MAGIC = re.compile(r"(\s*(?:[^\W\d][\w., \[\]'\"]*=\s*)?)[%!]")
_OTHER_MAGIC = re.compile(r"(\s*)(?:\?|load_ext\b|reload_ext\b|.*\?\s*\Z)")
_OURS = re.compile(r"\s*%?(?:load_ext|reload_ext)\s+mlops_lab\b|\s*%(?:track|runs|compare)\b")
_MASK = "__magic__()"
_TAIL = re.compile(r"[ \t]*;?[ \t]*(#[^\r\n]*)?(?:\r\n|\n|\r|\Z)")


class PlacedCell(msgspec.Struct, frozen=True, eq=False):
    """A code cell: its source, the cell magics above the body, and the tree of the body.

    ``tree`` is None when the body is not valid Python, and empty when another language or process
    reads it. ``masked`` holds the numbers, from 1, of the lines that are magics. ``magics`` are the
    names of the cell magics but ours; ``tracked`` tells that ``%%track`` is among them and works.
    """

    source: str
    lines: list[str]
    tree: ast.Module | None
    masked: frozenset[int]
    tracked: bool
    magics: tuple[str, ...]

    @property
    def plain(self) -> bool:
        """Whether the body runs once in the notebook's namespace, so that literals can leave it."""
        return "timeit" not in self.magics and self.understood

    @property
    def understood(self) -> bool:
        """Whether all cell magics are known to run the body as Python."""
        return PYTHON_CELL_MAGICS.issuperset(self.magics)

    def offset(self, line: int, column: int) -> int:
        """Return the index in ``source`` of a line (from 1) and a column in UTF-8 bytes."""
        before = sum(len(text) for text in self.lines[: line - 1])
        return before + len(self.lines[line - 1].encode()[:column].decode())

    def span(self, node: ast.stmt | ast.expr) -> tuple[int, int]:
        """Return where the node begins and ends in ``source``."""
        if node.end_lineno is None or node.end_col_offset is None:
            raise ValueError("A node without an end has no place.")
        start = self.offset(node.lineno, node.col_offset)
        return start, self.offset(node.end_lineno, node.end_col_offset)

    @property
    def body(self) -> list[ast.stmt]:
        """The top-level statements; none when the body is not valid Python."""
        return self.tree.body if self.tree is not None else []

    def line_group(self, number: int) -> tuple[int, int]:
        """Return the first and last numbers of the statements that share lines with a statement."""
        body = self.body
        first = last = number
        while first > 0 and body[first - 1].end_lineno == body[first].lineno:
            first -= 1
        while last + 1 < len(body) and body[last].end_lineno == body[last + 1].lineno:
            last += 1
        return first, last

    def can_be_cut(self, number: int) -> bool:
        """Tell whether a statement stands on lines of its own, or apart from others by ``;`` only."""
        first, last = self.line_group(number)
        line = self.body[first].lineno
        continued = line > 1 and self.lines[line - 2].rstrip("\r\n").endswith("\\")
        end = self.span(self.body[last])[1]
        starts_line = self.body[first].col_offset == 0
        return starts_line and not continued and _TAIL.match(self.source, end) is not None

    def tail(self, number: int) -> tuple[int, str]:
        """Return where the lines of a statement's group end, and the comment at their end."""
        end = self.span(self.body[self.line_group(number)[1]])[1]
        match = _TAIL.match(self.source, end)
        return (match.end(), match.group(1) or "") if match else (end, "")


def place(source: str) -> PlacedCell:
    """Return the cell with its places."""
    lines = _LINE.findall(source)
    heads, tracked = 0, False
    magics: list[str] = []
    for number, text in enumerate(lines, 1):
        magic = cell_magic(text)
        if magic is None and text.strip():
            break
        if magic is None:
            continue
        heads = number
        if magic[0] == "track":
            tracked = tracked or PYTHON_CELL_MAGICS.issuperset(magics)
            continue
        magics.append(magic[0])
        if magic[0] in FOREIGN_CELL_MAGICS:
            break
    masked = dict.fromkeys(range(1, heads + 1), "")
    is_foreign = not FOREIGN_CELL_MAGICS.isdisjoint(magics)
    tree = ast.parse("") if is_foreign else _parse(lines, masked)
    return PlacedCell(source, lines, tree, frozenset(masked), tracked, tuple(magics))


def _parse(lines: Sequence[str], masked: dict[int, str]) -> ast.Module | None:
    while True:
        text = "".join(
            masked[number] + "\n" if number in masked else line
            for number, line in enumerate(lines, 1)
        )
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return ast.parse(text)
        except SyntaxError as error:
            if not _mask(lines, masked, error.lineno or 0):
                return None
        except (ValueError, RecursionError, MemoryError):
            return None


def _mask(lines: Sequence[str], masked: dict[int, str], number: int) -> bool:
    """Mask the magic at line ``number``; tell whether there was one."""
    if number in masked or not 1 <= number <= len(lines):
        return False
    match = _ASSIGNED_MAGIC.match(lines[number - 1]) or _OTHER_MAGIC.match(lines[number - 1])
    if match is None:
        return False
    masked[number] = match.group(1) + _MASK
    while lines[number - 1].rstrip("\r\n").endswith("\\") and number < len(lines):
        number += 1
        masked[number] = ""
    return True


def our_lines(cell: PlacedCell) -> list[tuple[int, int, str]]:
    """Return cuts, as ``(start, end, replacement)``, that take our own magics out of the cell."""
    cuts = []
    at = 0
    for number, text in enumerate(cell.lines, 1):
        start, at = at, at + len(text)
        if re.match(r"%%track\b", text) and number in cell.masked:
            cuts.append((start, at, ""))
        elif _OURS.match(text) and (cell.tree is None or number in cell.masked):
            indent = text[: len(text) - len(text.lstrip())]
            # An indented line may be all that its block holds.
            cuts.append((start, at, f"{indent}pass\n" if indent else ""))
    return cuts


def cut(source: str, cuts: Iterable[tuple[int, int, str]]) -> str:
    """Return ``source`` with each range replaced; ranges may touch or overlap."""
    parts: list[str] = []
    at = 0
    for start, end, replacement in sorted(cuts):
        parts.append(source[at : max(start, at)])
        parts.append(replacement)
        at = max(at, end)
    parts.append(source[at:])
    return "".join(parts)
