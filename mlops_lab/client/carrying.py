"""Owns the calls that carry runs: out as one file, in from one, and as a report."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal
from urllib.parse import urlencode

from mlops_lab.core.carrying import ImportReport

from .connection import Connection
from .fetching import fetch_file
from .routes import calls

PATIENCE_S = 3_600.0
"""So long the server may work on a file before its answer begins."""


class Carrying:
    """Export files and reports; both go to disk in portions, however large they are."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection.patient(PATIENCE_S)

    @calls("export_runs")
    def export(self, run_ids: Sequence[str], to: Path | str) -> Path:
        """Write runs, their children and all that they hold into the file ``to``."""
        return self._get("export", [("run_id", one) for one in run_ids], to)

    @calls("import_runs")
    def take(self, file: Path | str) -> ImportReport:
        """Have the server take what is new of an export file; a second time takes nothing."""
        source = Path(file)
        size = source.stat().st_size
        with source.open("rb") as content:
            return self._connection.send_file(
                "import", content, size=size, answer=ImportReport, method="POST"
            )

    @calls("make_report")
    def report(
        self,
        run_ids: Sequence[str],
        to: Path | str,
        *,
        title: str = "",
        baseline: str | None = None,
        format: Literal["html", "markdown"] = "html",  # noqa: A002 - the word of the route
    ) -> Path:
        """Write a report of 1 to 200 runs into the file ``to``; ``baseline`` is one of them."""
        named = [("run_id", one) for one in run_ids]
        if baseline is not None:
            named.append(("baseline", baseline))
        return self._get("report", [*named, ("title", title), ("format", format)], to)

    def close(self) -> None:
        """Close the kept connections."""
        self._connection.close()

    def _get(self, path: str, query: Sequence[tuple[str, str]], to: Path | str) -> Path:
        return fetch_file(self._connection, f"{path}?{urlencode(query)}", Path(to))
