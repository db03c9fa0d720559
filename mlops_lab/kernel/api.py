"""Owns the logging calls of the user: they go to the run of the cell that is running."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from mlops_lab.core.errors import InvalidInputError

from .capture.configs import settings_to_log
from .capture.folds import mean_and_spread
from .checks import checked_number
from .run import RunLog
from .session import process_session


def _run_for(kind: str, name: Any) -> RunLog | None:
    session = process_session()
    run = session.runs.current() or session.current()
    if run is None:
        session.warn_untracked(f"The {kind} {name!r}")
    return run


def _run_for_words(kind: str, name: Any) -> RunLog | None:
    """Return the run that takes a value in words, when the secrets that it may hold are known."""
    run = _run_for(kind, name)
    if run is not None:
        process_session().look_for_secrets()
    return run


def log_metric(
    key: str, value: Any, step: int | None = None, *, timestamp: Any = None, kpi: bool = False
) -> None:
    """Log one point of a metric; it is safe on disk when the call returns.

    Args:
        key: the metric, any text of at most 250 characters.
        value: a real number; NaN and infinities are kept. Scalars of numpy, torch and the like do.
        step: a whole number; left out, the one after the last step of this name, from 0 on.
        timestamp: milliseconds since 1970, or a ``datetime`` (without zone: local time); left out,
            now.
        kpi: whether it is a business KPI; comparisons and reports show these apart. Said once of a
            name, it holds for the whole run.

    Raises:
        InvalidInputError: the value is no real number, the step no whole number, or the timestamp
            no time.
        LimitError: the name is empty, too long, or holds a control character.
    """
    run = _run_for("metric", key)
    if run is not None:
        run.log_metric(key, value, step, timestamp)
        if kpi:
            run.mark_kpi(key)


def log_metrics(
    metrics: Mapping[str, Any],
    step: int | None = None,
    *,
    timestamp: Any = None,
    kpi: bool = False,
) -> None:
    """Log one point of each metric of a mapping; see ``log_metric``.

    Raises:
        InvalidInputError: a value is no real number, or step or timestamp cannot be used.
        LimitError: a name is empty, too long, or holds a control character.
    """
    for name, value in metrics.items():
        log_metric(name, value, step, timestamp=timestamp, kpi=kpi)


def log_folds(name: str, values: Iterable[Any]) -> None:
    """Log the values of cross-validation folds: each one, their mean, and their spread.

    The values become points of the metric ``name`` with the number of the fold, from 0, as step;
    ``<name>.mean`` is their arithmetic mean and ``<name>.std`` the standard deviation of the sample
    (n - 1 in the denominator, ``ddof=1``; 0 for a single fold).

    Raises:
        InvalidInputError: there is no value, or one is no real number.
        LimitError: the name is empty, too long, or holds a control character.
    """
    numbers = [checked_number(name, value) for value in _as_list(name, values)]
    if not numbers:
        raise InvalidInputError(
            f"There are no values of {name!r} to log.", hint="Give one number for each fold."
        )
    run = _run_for("metric", name)
    if run is None:
        return
    for fold, number in enumerate(numbers):
        run.log_metric(name, number, fold)
    mean, spread = mean_and_spread(numbers)
    run.log_metric(f"{name}.std", spread, 0)
    # Last, because the last number that is logged is the one that lists show.
    run.log_metric(f"{name}.mean", mean, 0)


def log_param(key: str, value: Any) -> None:
    """Log a param: a number, text, bool, None, or a container of these. A param is set once.

    Raises:
        ConflictError: the run has the param already, with another value.
        InvalidInputError: the value is of another kind.
        LimitError: the name is unusable, or the value larger than 1 MiB.
    """
    run = _run_for_words("param", key)
    if run is not None:
        run.log_param(key, value)


def log_params(params: Any) -> None:
    """Log each param of a mapping, or of an object that holds settings; see ``log_param``.

    The object may be an ``argparse.Namespace`` or alike, a dataclass, an attrs or pydantic model,
    or OmegaConf's. What is inside is named with dots, such as ``model.depth``. Of an object only
    what can be a param is logged, of a mapping everything must be one.

    Raises:
        ConflictError: the run has a param already, with another value.
        InvalidInputError: a value is of another kind, or ``params`` holds no settings.
        LimitError: a name is unusable, or a value larger than 1 MiB.
    """
    run = _run_for_words("params", type(params).__name__)
    if run is None:
        return
    for name, value in settings_to_log(params).items():
        run.log_param(name, value, detail=type(params).__name__)


def set_tag(key: str, value: Any) -> None:
    """Set a tag of the run; the value becomes a text, and the last one counts.

    Raises:
        LimitError: the name is unusable, or the value larger than 1 MiB.
    """
    run = _run_for_words("tag", key)
    if run is not None:
        run.set_tag(key, value)


def set_tags(tags: Mapping[str, Any]) -> None:
    """Set each tag of a mapping; see ``set_tag``.

    Raises:
        LimitError: a name is unusable, or a value larger than 1 MiB.
    """
    for name, value in tags.items():
        set_tag(name, value)


def _as_list(name: str, values: Any) -> list[Any]:
    try:
        return list(values)
    except TypeError:
        raise InvalidInputError(
            f"The folds of {name!r} are a {type(values).__name__}, not several values.",
            hint="Give a list or an array with one number for each fold.",
        ) from None
