"""Owns what ``%runs`` and ``%compare`` read, and their errors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from IPython.core.error import UsageError

from mlops_lab.core.errors import LabError

from .pasttracking import find_ended
from .session import process_session

if TYPE_CHECKING:
    from collections.abc import Sequence

    from IPython.core.interactiveshell import InteractiveShell

SHOWN = 20
"""So many runs ``%runs`` shows."""

_FEWEST = 2


def show_runs(shell: InteractiveShell, text: str) -> None:
    """Show the newest runs that match a filter.

    Raises:
        UsageError: the filter cannot be read, or the store cannot be.
    """
    from mlops_lab.core.tracking import RunPage

    from .reader import Reader
    from .tables import runs_bundle

    process_session().flush()
    try:
        page = Reader().get("runs", {"filter": text, "limit": SHOWN}, RunPage)
    except LabError as error:
        raise UsageError(f"%runs: {error}") from None
    shell.display_pub.publish(runs_bundle(page.runs), {})


def show_comparison(shell: InteractiveShell, written: Sequence[str]) -> None:
    """Show what differs between runs, and their curves.

    Raises:
        UsageError: fewer than two runs are named, one is not there, or the store cannot be read.
    """
    from mlops_lab.core.comparison import Comparison

    from .reader import Reader
    from .tables import comparison_bundle, figure_bundle

    if len(written) < _FEWEST:
        raise UsageError("%compare: name two or more runs, by the ids that %runs shows.")
    session = process_session()
    session.flush()
    try:
        ids = [find_ended(session, word) for word in written]
        comparison = Reader().get("comparison", {"run_id": ids}, Comparison)
    except LabError as error:
        raise UsageError(f"%compare: {error}") from None
    shell.display_pub.publish(comparison_bundle(comparison), {})
    figure = figure_bundle(comparison)
    if figure is not None:
        shell.display_pub.publish(figure, {})
