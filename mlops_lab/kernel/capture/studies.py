"""Owns what a study of Optuna or the trials of Hyperopt tell of each trial."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from mlops_lab.core.clock import Millis
from mlops_lab.core.tracking import RunStatus
from mlops_lab.kernel.children import Child

from .families import is_of, own_values
from .hyperparameters import value_text
from .metrics import to_number

MAX_TRIALS = 1_000
"""Of one search so many trials become children, the best ones where it ranks them."""

_STATES: dict[str, RunStatus] = {"COMPLETE": "finished", "PRUNED": "finished", "FAIL": "failed"}
_CLASSES = (("optuna.study.study", "Study"), ("hyperopt.base", "Trials"))


def find_studies(names: Iterable[str], namespace: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield the studies behind names, each once."""
    done: set[int] = set()
    for name in names:
        value = namespace.get(name)
        if id(value) not in done and any(is_of(value, *known) for known in _CLASSES):
            done.add(id(value))
            yield name, value


def known_trials(study: Any) -> frozenset[int]:
    """Return the numbers of the trials that a study holds, and that have ended.

    A database is not asked before the cell: its trials are told apart by when they began.
    """
    if is_of(study, *_CLASSES[0]):
        if type(own_values(study).get("_storage")).__name__ != "InMemoryStorage":
            return frozenset()
        trials = study.get_trials(deepcopy=False)
        return frozenset(trial.number for trial in trials if trial.state.is_finished())
    return frozenset(int(trial["tid"]) for trial in study.trials)


def study_children(
    name: str, study: Any, *, known: frozenset[int], since: Millis
) -> tuple[list[Child], dict[str, float]]:
    """Return a child for each trial that is not ``known`` and began at ``since`` or later.

    With them come the best values of the study as it is now.
    """
    if is_of(study, *_CLASSES[0]):
        return _optuna(name, study, known=known, since=since)
    return _hyperopt(name, study, known=known)


def trial_child(name: str, study: Any, trial: Any) -> Child:
    """Return the child of one trial of an Optuna study that has ended."""
    names = list(getattr(study, "metric_names", None) or ())
    values = [float(value) for value in trial.values or ()]
    if len(names) != len(values):
        names = ["value"] if len(values) == 1 else [f"value_{at}" for at in range(len(values))]
    metrics = dict(zip(names, values, strict=True))
    for key, value in trial.user_attrs.items():
        number = to_number(value)
        if number is not None:
            metrics.setdefault(str(key), number)
    texts = {key: value_text(key, value) for key, value in trial.params.items()}
    began, ended = trial.datetime_start, trial.datetime_complete
    took = (ended - began).total_seconds() if began and ended else 0.0
    return Child(
        key=trial_key(study, trial.number),
        name=f"{name} #{trial.number}",
        params={key: text for key, text in texts.items() if text is not None},
        metrics=metrics,
        series={"intermediate_value": sorted(trial.intermediate_values.items())}
        if trial.intermediate_values
        else {},
        tags={"trial.state": trial.state.name.lower(), "trial.number": str(trial.number)},
        status=_STATES.get(trial.state.name, "killed"),
        started_at=int(began.timestamp() * 1_000) if began else None,
        duration_ms=int(took * 1_000),
        primary_metric=names[0] if values else None,
    )


def trial_key(study: Any, number: int) -> str:
    """Return what tells a trial from every other one that may be logged into the same run."""
    return f"optuna-{id(own_values(study).get('_storage')):x}-{study.study_name}-{number}"


def _optuna(
    name: str, study: Any, *, known: frozenset[int], since: Millis
) -> tuple[list[Child], dict[str, float]]:
    trials = [
        trial
        for trial in study.get_trials(deepcopy=False)
        if trial.state.is_finished()
        and trial.number not in known
        and trial.datetime_start is not None
        and trial.datetime_start.timestamp() * 1_000 >= since - 1
    ]
    if len(study.directions) == 1 and len(trials) > MAX_TRIALS:
        sign = -1 if study.direction.name == "MAXIMIZE" else 1
        trials.sort(key=lambda t: (t.value is None, sign * t.value if t.value is not None else 0))
    best: dict[str, float] = {}
    if len(study.directions) == 1 and any(trial.state.name == "COMPLETE" for trial in trials):
        best["best_value"] = float(study.best_value)
    return [trial_child(name, study, trial) for trial in trials], best


def _hyperopt(
    name: str, trials: Any, *, known: frozenset[int]
) -> tuple[list[Child], dict[str, float]]:
    found = [trial for trial in trials.trials if int(trial["tid"]) not in known]
    children = [_hyperopt_child(name, trials, trial) for trial in found]
    if len(children) > MAX_TRIALS:
        children.sort(key=lambda child: child.metrics.get("loss", math.inf))
    losses = [child.metrics["loss"] for child in children if "loss" in child.metrics]
    return children, {"best_loss": min(losses)} if losses else {}


def _hyperopt_child(name: str, trials: Any, trial: Mapping[str, Any]) -> Child:
    tid, result = int(trial["tid"]), trial["result"]
    drawn = {key: values[0] for key, values in trial["misc"]["vals"].items() if len(values)}
    texts = {str(key): value_text(str(key), value) for key, value in drawn.items()}
    numbers = {str(key): to_number(value) for key, value in result.items()}
    status = str(result.get("status", ""))
    began, ended = _utc(trial.get("book_time")), _utc(trial.get("refresh_time"))
    return Child(
        key=f"hyperopt-{id(trials):x}-{tid}",
        name=f"{name} #{tid}",
        params={key: text for key, text in texts.items() if text is not None},
        metrics={key: number for key, number in numbers.items() if number is not None},
        tags={"trial.state": status, "trial.number": str(tid)},
        status="finished" if status == "ok" else "failed",
        started_at=began,
        duration_ms=max(ended - began, 0) if began is not None and ended is not None else 0,
        primary_metric="loss" if numbers.get("loss") is not None else None,
    )


def _utc(moment: Any) -> Millis | None:
    """Return the milliseconds of a time that Hyperopt keeps in UTC without saying so."""
    if not isinstance(moment, dt.datetime):
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
    return int(aware.timestamp() * 1_000)
