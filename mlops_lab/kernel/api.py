"""Owns the logging calls of the user: they go to the run of the cell that is running."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .session import process_session


def log_metric(name: str, value: Any, *, step: int | None = None) -> None:
    """Log one point of a metric; it is safe on disk when the call returns.

    Args:
        name: the metric, any text of at most 250 characters.
        value: a real number; NaN and infinities are kept. Scalars of numpy, torch and the like do.
        step: a whole number; left out, the one after the last step of this name, from 0 on.

    Raises:
        InvalidInputError: the value is no real number, or the step no whole number.
        LimitError: the name is empty, too long, or holds a control character.
    """
    run = process_session().current()
    if run is None:
        process_session().warn_untracked(f"The metric {name!r}")
        return
    run.log_metric(name, value, step)


def log_metrics(metrics: Mapping[str, Any], *, step: int | None = None) -> None:
    """Log one point of each metric of a mapping; see ``log_metric``.

    Raises:
        InvalidInputError: a value is no real number, or the step no whole number.
        LimitError: a name is empty, too long, or holds a control character.
    """
    for name, value in metrics.items():
        log_metric(name, value, step=step)


def log_param(name: str, value: Any) -> None:
    """Log a param: a number, text, bool, None, or a container of these. A param is set once.

    Raises:
        ConflictError: the run has the param already, with another value.
        InvalidInputError: the value is of another kind.
        LimitError: the name is unusable, or the value larger than 1 MiB.
    """
    run = process_session().current()
    if run is None:
        process_session().warn_untracked(f"The param {name!r}")
        return
    run.log_param(name, value)


def set_tag(name: str, value: Any) -> None:
    """Set a tag of the run; the value becomes a text, and the last one counts.

    Raises:
        LimitError: the name is unusable, or the value larger than 1 MiB.
    """
    run = process_session().current()
    if run is None:
        process_session().warn_untracked(f"The tag {name!r}")
        return
    run.set_tag(name, value)
