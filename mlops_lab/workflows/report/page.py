"""Owns a report as one HTML file: it asks nothing of a network, and runs nothing that a user wrote."""

from __future__ import annotations

import base64
import importlib.util
from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path
from typing import Any

import msgspec

from mlops_lab.core.comparison import ComparedRow

from . import words
from .content import PARAMS, Content, Curve, Shown
from .curves import COLOURS, svg_of
from .style import SCRIPT, STYLE

_POLICY = (
    "default-src 'none'; img-src data: blob:; style-src 'unsafe-inline'; script-src 'unsafe-inline'; "
    "font-src data:"
)
_MANY = 6
"""From more runs on they are the rows of the tables, and not the columns."""


def plotly_script() -> str | None:
    """Return plotly.js as the installed plotly package has it; None without the package."""
    found = importlib.util.find_spec("plotly")
    for place in (found.submodule_search_locations if found else None) or ():
        file = Path(place) / "package_data" / "plotly.min.js"
        if file.is_file():
            return file.read_text(encoding="utf-8")
    return None


def write_page(content: Content, plotly: str | None) -> str:
    """Return the report.

    Args:
        content: what it says.
        plotly: plotly.js, which is put in once; without it curves are plain pictures.
    """
    needs_plotly = bool(content.curves or content.figures)
    return "".join(
        [
            '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n',
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n',
            f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n',
            f"<title>{escape(content.title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n",
            *_body(content, with_plotly=plotly is not None),
            f"<script>{plotly}</script>\n<script>{SCRIPT}</script>\n"
            if plotly is not None and needs_plotly
            else "",
            "</body>\n</html>\n",
        ]
    )


def _body(content: Content, *, with_plotly: bool) -> Iterator[str]:
    yield f"<h1>{escape(content.title)}</h1>\n"
    made = words.moment(content.made_at)
    yield f'<p class="made">Made {made} by {escape(content.made_by)} with MLOps Lab.</p>\n'
    heads = [_head(at, one, content) for at, one in enumerate(content.runs)]
    yield from _facts(content, heads)
    yield from _why(content)
    for title, rows in content.tables:
        yield from _compared(title, rows, heads, content)
    if content.curves:
        yield "<h2>Curves</h2>\n"
        yield '<div class="grid">\n'
        for at, curve in enumerate(content.curves):
            yield _curve(at, curve, content) if with_plotly else _still(curve, content)
        yield "</div>\n"
    yield from _differences(content)
    yield from _code(content)
    yield from _pictures(content, with_plotly=with_plotly)
    for left in content.left_out:
        yield f'<p class="made">{escape(left)}</p>\n'


def _head(at: int, one: Shown, content: Content) -> str:
    key = f'<span class="key" style="background:{COLOURS[at % len(COLOURS)]}"></span>'
    return (key if len(content.runs) > 1 else "") + escape(one.label)


def _facts(content: Content, heads: Sequence[str]) -> Iterator[str]:
    facts = [words.facts_of(one) for one in content.runs]
    rows = []
    for name in facts[0]:
        values = [each[name] for each in facts]
        if any(values):
            shown = [_fact(name, value) for value in values]
            rows.append((escape(name), shown))
    yield _table(heads, rows) if len(heads) > 1 else _table([], rows)


def _fact(name: str, value: str) -> str:
    if name == "Status":
        return f'<td class="{escape(value)}">{escape(value)}</td>'
    if name == "Run":
        return f"<td><code>{escape(value)}</code></td>"
    return f"<td>{escape(value)}</td>"


def _why(content: Content) -> Iterator[str]:
    if content.why is None:
        return
    yield f"<h2>Why</h2>\n<p>{escape(content.why.summary)}</p>\n<ol>\n"
    for title, told in words.cause_lines(content.why):
        yield f"<li><b>{escape(title)}</b> {escape(told)}</li>\n"
    yield "</ol>\n"
    for note in content.why.notes:
        yield f'<p class="made">{escape(note)}</p>\n'


def _compared(
    title: str, rows: Sequence[ComparedRow], heads: Sequence[str], content: Content
) -> Iterator[str]:
    differing = [row for row in rows if not row.equal]
    equal = [row for row in rows if row.equal]
    if not rows:
        return
    yield f"<h2>{title}</h2>\n"
    shown = heads if len(heads) > 1 else []
    if differing:
        yield _table(shown, [(escape(row.name), _cells(row, title, content)) for row in differing])
    else:
        yield "<p>All are equal.</p>\n"
    if equal:
        yield f"<details><summary>{len(equal)} equal in all runs</summary>\n"
        yield _table([], [(escape(row.name), _cells(row, title, content)[:1]) for row in equal])
        yield "</details>\n"


def _cells(row: ComparedRow, title: str, content: Content) -> list[str]:
    best = content.best_of(row) if title != PARAMS else None
    return [
        f'<td class="{"number best" if at == best else "number"}">{escape(words.number(value))}</td>'
        if not isinstance(value, str) or title != PARAMS
        else f"<td>{escape(words.number(value))}</td>"
        for at, value in enumerate(row.values)
    ]


def _table(heads: Sequence[str], rows: Sequence[tuple[str, Sequence[str]]]) -> str:
    """Return a table of named rows whose cells are HTML; many runs are its rows instead."""
    if len(heads) > _MANY:
        names = "".join(f"<th>{name}</th>" for name, _ in rows)
        body = "".join(
            f"<tr><th>{head}</th>{''.join(cells[at] for _, cells in rows)}</tr>\n"
            for at, head in enumerate(heads)
        )
        top = f"<thead><tr><th></th>{names}</tr></thead>"
    else:
        body = "".join(f"<tr><th>{name}</th>{''.join(cells)}</tr>\n" for name, cells in rows)
        shown = "".join(f"<th>{head}</th>" for head in heads)
        top = f"<thead><tr><th></th>{shown}</tr></thead>" if heads else ""
    return f'<div class="scroll"><table>{top}<tbody>\n{body}</tbody></table></div>\n'


def _curve(at: int, curve: Curve, content: Content) -> str:
    data = [
        {
            "type": "scatter",
            "mode": "lines" if len(series.points) > 1 else "markers",
            "name": escape(content.label_of(series.run_id)),
            "line": {"color": COLOURS[place % len(COLOURS)], "width": 1.8},
            "x": [point.step for point in series.points],
            "y": [None if isinstance(point.value, str) else point.value for point in series.points],
        }
        for place, series in curve.lines
    ]
    # What plotly takes for HTML in a title is text here.
    title = {"text": escape(curve.name), "font": {"size": 14}}
    layout = {"title": title, "showlegend": len(content.runs) > 1}
    return _plot(f"curve{at}", {"data": data, "layout": layout}, own=True)


def _still(curve: Curve, content: Content) -> str:
    return f"<figure>{svg_of(curve, content)}</figure>\n"


def _plot(name: str, figure: dict[str, Any], *, own: bool, caption: str = "") -> str:
    text = msgspec.json.encode(figure).decode().replace("<", "\\u003c").replace("\u2028", "\\u2028")
    kind = 'class="plot" data-own="1"' if own else 'class="plot tall"'
    told = f"<figcaption>{caption}</figcaption>" if caption else ""
    return (
        f'<figure><div {kind} data-figure="{name}"></div>{told}</figure>'
        f'<script type="application/json" id="{name}">{text}</script>\n'
    )


def _differences(content: Content) -> Iterator[str]:
    first = escape(content.runs[0].label)
    for title, lines in (
        ("Data", words.data_lines(content)),
        ("Environment, git and models", words.fact_lines(content)),
        ("Names and literals of the code", words.literal_lines(content)),
    ):
        rows = [
            f"<tr>{''.join(f'<td>{escape(words.number(cell))}</td>' for cell in line)}</tr>\n"
            for line in lines
        ]
        if rows:
            top = f"<tr><th>run</th><th></th><th>in {first}</th><th>in the run</th></tr>"
            yield f"<h2>{title}</h2>\n"
            yield f'<div class="scroll"><table><thead>{top}</thead><tbody>{"".join(rows)}</tbody>'
            yield "</table></div>\n"


def _code(content: Content) -> Iterator[str]:
    if len(content.runs) == 1 and content.runs[0].run.cells:
        yield "<h2>Code</h2>\n"
        for cell in content.runs[0].run.cells:
            yield f"<pre>{escape(cell.source)}</pre>\n"
    changed = [diff for diff in content.code if not diff.equal]
    if changed:
        yield "<h2>Code</h2>\n"
    for diff in changed:
        yield f"<h3>{escape(content.label_of(diff.run_id))}</h3>\n<pre>"
        for line in diff.lines:
            yield f'<span class="{line.kind}">{escape(line.text)}</span>'
        yield "</pre>\n"


def _pictures(content: Content, *, with_plotly: bool) -> Iterator[str]:
    figures = content.figures if with_plotly else []
    if not content.pictures and not figures:
        return
    yield '<h2>Figures</h2>\n<div class="grid">\n'
    for at, figure in enumerate(figures):
        caption = escape(f"{figure.run}: {figure.caption}")
        yield _plot(f"figure{at}", figure.figure, own=False, caption=caption)
    for picture in content.pictures:
        caption = escape(f"{picture.run}: {picture.caption}")
        source = f"data:{picture.media_type};base64,{base64.b64encode(picture.content).decode()}"
        yield f'<figure><img alt="{caption}" src="{source}"><figcaption>{caption}</figcaption></figure>\n'
    yield "</div>\n"
