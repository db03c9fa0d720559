"""Owns exact places in a cell's source: its syntax tree with offsets, and cuts that keep the rest.

``parse.parse_cell`` follows IPython, which moves lines and columns when it rewrites magics. A cut
must be exact, so here magics are masked in place: every other line keeps its offsets.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterable, Sequence

import msgspec

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+\Z")
_CELL_MAGIC = re.compile(r"%%(\w[\w.]*)")
_ASSIGNED_MAGIC = re.compile(r"(\s*(?:[^\W\d][\w., \[\]'\"]*=\s*)?)[%!]")
_OTHER_MAGIC = re.compile(r"(\s*)(?:\?|load_ext\b|reload_ext\b|.*\?\s*\Z)")
_OURS = re.compile(r"\s*%?(?:load_ext|reload_ext)\s+mlops_lab\b|\s*%track\b")
_FOREIGN = frozenset(
    {"bash", "cmd", "file", "html", "HTML", "javascript", "js", "latex", "markdown", "perl", "pypy"}
    | {"python", "python2", "python3", "ruby", "script", "sh", "sql", "svg", "SVG", "system", "sx"}
    | {"writefile"}
)
_MASK = "__magic__()"
_TAIL = re.compile(r"[ \t]*;?[ \t]*(#[^\r\n]*)?(?:\r\n|\n|\r|\Z)")


class PlacedCell(msgspec.Struct, frozen=True, eq=False):
    """A Python cell: its source, the cell magics above the body, and the tree of the body.

    ``tree`` is None when the body is not valid Python. ``masked`` holds the numbers, from 1, of the
    lines that are magics. ``plain`` is False below a cell magic that is not ours.
    """

    source: str
    lines: list[str]
    tree: ast.Module | None
    masked: frozenset[int]
    tracked: bool
    plain: bool

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


def place(source: str) -> PlacedCell | None:
    """Return the cell with its places, or None when another language or process reads its body.

    Below ``%%track`` such a body counts as one without statements: only the magic is to be seen.
    """
    lines = _LINE.findall(source)
    heads, tracked, plain = 0, False, True
    for number, text in enumerate(lines):
        match = _CELL_MAGIC.match(text)
        if match is None:
            if text.strip() or heads:
                break
            continue
        if match.group(1) in _FOREIGN:
            above = frozenset(range(1, heads + 1))
            return PlacedCell(source, lines, ast.parse(""), above, True, False) if tracked else None
        tracked = tracked or match.group(1) == "track"
        plain = plain and match.group(1) == "track"
        heads = number + 1
    masked = dict.fromkeys(range(1, heads + 1), "")
    tree = _parse(lines, masked)
    return PlacedCell(source, lines, tree, frozenset(masked), tracked, plain)


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
