"""Owns ``lab.report``: runs side by side in one file, and a link to it."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from mlops_lab.core.errors import InvalidInputError, StoreUnavailableError

from .pasttracking import find_ended
from .reader import Reader
from .session import process_session

_FORMATS = {".html": "html", ".htm": "html", ".md": "markdown", ".markdown": "markdown"}
_TIMEOUT_S = 300.0


def report(runs: Any, path: str | os.PathLike[str] = "report.html", *, title: str = "") -> None:
    """Write a report of runs, side by side, into one file, and show a link to it.

    Args:
        runs: a run or several, 200 at most: ids or their last digits, ``lab.active_run()``, or what
            ``lab.search_runs`` returned. The first is what the others are held against.
        path: the file; ``.html`` needs nothing else, ``.md`` is Markdown. One that is there is
            replaced.
        title: what stands above it.

    Raises:
        InvalidInputError: no run is named, they are too many, or the file has another ending.
        NotFoundError: one of the runs does not exist.
        StoreUnavailableError: the store cannot be read now, or the file cannot be written.
    """
    file = Path(path)
    form = _FORMATS.get(file.suffix.lower())
    if form is None:
        raise InvalidInputError(
            f"A report cannot be written as {file.name!r}.",
            hint="Let the name of the file end in .html or .md.",
        )
    session = process_session()
    session.flush()
    ids = [find_ended(session, word) for word in run_words(runs)]
    if not ids:
        raise InvalidInputError("No run is named.", hint="lab.report(['3f2a91c0'], 'report.html')")
    reader, named = Reader(), {"run_id": ids, "title": title[:250]}
    if reader.has_server:
        content = reader.get_bytes("report", named | {"format": form}, timeout=_TIMEOUT_S)
        _write(file, content)
    else:
        reader.get("report", named | {"path": str(file.absolute())}, list[str])
    _show(file)


def run_words(runs: Any) -> list[str]:
    """Return the ids, or parts of ids, of a run or of several, in whatever shape they are named.

    Raises:
        InvalidInputError: one of them is no run.
    """
    if hasattr(runs, "columns") and "run_id" in runs.columns:
        return [str(one) for one in runs["run_id"]]
    many = not isinstance(runs, str) and isinstance(runs, Iterable)
    return [_word(one) for one in (runs if many else [runs])]


def _word(run: Any) -> str:
    # A run of ours, or one as search_runs lists it.
    about = getattr(run, "info", None) or getattr(run, "summary", None)
    found = getattr(about, "run_id", None) or getattr(about, "id", None) or run
    if not isinstance(found, str):
        raise InvalidInputError(
            f"{type(run).__name__} is no run.", hint="Give ids, or what lab.search_runs returned."
        )
    return found


def _write(file: Path, content: bytes) -> None:
    try:
        file.write_bytes(content)
    except OSError as error:
        raise StoreUnavailableError(
            f"{str(file)!r} cannot be written: {error}.", hint="Check free space and permissions."
        ) from error


def _show(file: Path) -> None:
    from IPython.core.getipython import get_ipython

    if get_ipython() is None:
        return
    from IPython.display import FileLink, display

    display(FileLink(file))  # type: ignore[no-untyped-call]
