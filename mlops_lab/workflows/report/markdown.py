"""Owns a report as Markdown: tables, and images as data URIs, so that it is one file."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Sequence
from itertools import zip_longest

from mlops_lab.core.comparison import ComparedRow

from . import words
from .content import PARAMS, Content
from .curves import svg_of

_SPECIAL = re.compile(r"([\\`*_{}\[\]()#+!|~$-])")
_FENCE = re.compile(r"`{3,}")
_MARKS = {"same": " ", "added": "+", "removed": "-", "skipped": "@"}


def write_markdown(content: Content) -> str:
    """Return the report; nothing that a user wrote is taken for Markdown or HTML."""
    return "\n".join(_lines(content)).rstrip() + "\n"


def _lines(content: Content) -> Iterator[str]:
    yield f"# {_text(content.title)}"
    yield ""
    yield f"Made {words.moment(content.made_at)} by {_text(content.made_by)} with MLOps Lab."
    yield ""
    heads = [one.label for one in content.runs]
    facts = [words.facts_of(one) for one in content.runs]
    rows = [[name, *(each[name] for each in facts)] for name in facts[0]]
    yield from _table(["", *heads], [row for row in rows if any(row[1:])])
    yield from _why(content)
    for title, compared in content.tables:
        yield from _compared(title, compared, heads, content)
    if content.curves:
        yield "## Curves"
        yield ""
        for curve in content.curves:
            if svg := svg_of(curve, content):
                yield _image(curve.name, "image/svg+xml", svg.encode())
                yield ""
    yield from _differences(content)
    yield from _code(content)
    if content.pictures:
        yield "## Figures"
        yield ""
        for picture in content.pictures:
            caption = f"{picture.run}: {picture.caption}"
            yield _image(caption, picture.media_type, picture.content)
            yield ""
            yield f"*{_text(caption)}*"
            yield ""
    for left in content.left_out:
        yield f"{_text(left)}"
        yield ""


def _why(content: Content) -> Iterator[str]:
    if content.why is None:
        return
    yield "## Why"
    yield ""
    yield _text(content.why.summary)
    yield ""
    for title, told in words.cause_lines(content.why):
        yield f"1. {_text(title)}. {_text(told)}"
    yield ""
    for note in content.why.notes:
        yield f"{_text(note)}"
        yield ""


def _compared(
    title: str, rows: Sequence[ComparedRow], heads: Sequence[str], content: Content
) -> Iterator[str]:
    for is_equal, shown in ((False, title), (True, f"{title} that are equal")):
        some = [row for row in rows if row.equal == is_equal]
        if some:
            yield f"## {shown}"
            yield ""
            best = [content.best_of(row) if title != PARAMS else None for row in some]
            cells = [[row.name, *map(words.number, row.values)] for row in some]
            yield from _table(["", *heads], cells, bold=best)


def _differences(content: Content) -> Iterator[str]:
    for title, rows in (
        ("Data", list(words.data_lines(content))),
        ("Environment, git and models", list(words.fact_lines(content))),
        ("Names and literals of the code", list(words.literal_lines(content))),
    ):
        if rows:
            yield f"## {title}"
            yield ""
            first = content.runs[0].label
            yield from _table(["run", "", f"in {first}", "in the run"], rows)


def _code(content: Content) -> Iterator[str]:
    if len(content.runs) == 1 and content.runs[0].run.cells:
        yield "## Code"
        yield ""
        for cell in content.runs[0].run.cells:
            yield from _fenced("python", cell.source)
    for diff in content.code:
        if not diff.equal:
            yield f"## Code of {_text(content.label_of(diff.run_id))}"
            yield ""
            lines = [f"{_MARKS[line.kind]}{line.text}" for line in diff.lines]
            yield from _fenced("diff", "\n".join(lines))


def _fenced(language: str, text: str) -> Iterator[str]:
    longest = max((len(found) for found in _FENCE.findall(text)), default=2)
    fence = "`" * (longest + 1)
    yield f"{fence}{language}\n{text}\n{fence}"
    yield ""


def _table(
    heads: Sequence[str], rows: Sequence[Sequence[str]], *, bold: Sequence[int | None] = ()
) -> Iterator[str]:
    """Give a table of named rows; ``bold`` says which value of a row stands out."""
    yield f"| {' | '.join(map(_text, heads))} |"
    yield f"|{'---|' * len(heads)}"
    for row, best in zip_longest(rows, bold):
        name, *values = map(_text, row)
        shown = [f"**{value}**" if at == best else value for at, value in enumerate(values)]
        yield f"| {' | '.join([name, *shown])} |"
    yield ""


def _image(caption: str, media_type: str, content: bytes) -> str:
    return f"![{_text(caption)}](data:{media_type};base64,{base64.b64encode(content).decode()})"


def _text(text: str) -> str:
    """Return a text so that Markdown shows it as it is, on one line."""
    safe = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _SPECIAL.sub(r"\\\1", " ".join(safe.split()))
