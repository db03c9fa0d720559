"""Owns writing a report into a file, whose ending says in which form."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec

from mlops_lab.core.errors import InvalidInputError, MisfitError, StoreUnavailableError
from mlops_lab.lab import Lab

from .content import gather
from .markdown import write_markdown
from .page import plotly_script, write_page

MARKDOWN = frozenset({".md", ".markdown"})
HTML = frozenset({".html", ".htm"})


def write_report(
    lab: Lab,
    run_ids: Sequence[str],
    file: Path,
    *,
    title: str = "",
    baseline: str | None = None,
    who: str,
) -> list[str]:
    """Write a report of runs; return words on what it leaves out.

    Args:
        lab: the open store.
        run_ids: whole ids; the others are held against the first.
        file: what to write; its ending says in which form.
        title: what stands above it.
        baseline: the whole id of the run that comes first instead.
        who: who had it made.

    Raises:
        MisfitError: the baseline is none of the runs.
        InvalidInputError: the file is neither Markdown nor HTML, or there are too many runs.
        StoreUnavailableError: the file cannot be written.
    """
    kind = file.suffix.lower()
    if kind not in MARKDOWN | HTML:
        raise InvalidInputError(
            f"A report cannot be written as {file.name!r}.",
            hint="Let the name of the file end in .md or .html.",
        )
    ids = _in_order(run_ids, baseline)
    content = gather(lab, ids, title=title, who=who)
    left_out = list(content.left_out)
    if kind in MARKDOWN:
        if content.figures:
            left_out.append(f"{len(content.figures)} plotly figures: write .html to see them.")
        text = write_markdown(msgspec.structs.replace(content, left_out=left_out))
    else:
        plotly = plotly_script()
        text = write_page(content, plotly)
        if plotly is None and (content.curves or content.figures):
            left_out.append("Curves are plain pictures without plotly: pip install plotly")
    try:
        file.write_text(text, encoding="utf-8", errors="replace")
    except OSError as error:
        raise StoreUnavailableError(
            f"{str(file)!r} cannot be written: {error}.", hint="Check free space and permissions."
        ) from error
    return left_out


def _in_order(run_ids: Sequence[str], baseline: str | None) -> list[str]:
    """Return the runs with the baseline first."""
    if baseline is None:
        return list(run_ids)
    if baseline not in run_ids:
        raise MisfitError(
            f"The baseline {baseline} is none of the runs.", hint="Name it among them."
        )
    return [baseline, *(one for one in run_ids if one != baseline)]
