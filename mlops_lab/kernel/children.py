"""Owns the child runs of a run that are known as a whole: the trials of a search."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from mlops_lab.core.clock import Millis, now_ms
from mlops_lab.core.ids import new_id
from mlops_lab.core.numbers import to_wire
from mlops_lab.core.records import MetricLogged, RunFinished, TagSet
from mlops_lab.core.tracking import RunStatus

from .run import RunLog

MAX_VALUE_CHARS = 4_096
"""A longer value of a trial's param is data and is not recorded."""


class Child(msgspec.Struct, frozen=True):
    """One child run. ``series`` maps a metric to its values by step; ``params`` are literals.

    ``key`` tells it from the other children of its parent: one that is known is not written again.
    """

    key: str
    name: str
    params: dict[str, str] = {}
    metrics: dict[str, float] = {}
    series: dict[str, Sequence[tuple[int, float]]] = {}
    tags: dict[str, str] = {}
    status: RunStatus = "finished"
    started_at: Millis | None = None
    duration_ms: Millis = 0
    primary_metric: str | None = None


def write_child(run: RunLog, child: Child) -> str | None:
    """Write ``child`` as a run below ``run``; return its id, or None when it is known or homeless.

    A run of which nothing is known here but its id has no ``started`` and takes no children.
    """
    parent = run.started
    if parent is None or child.key in run.children:
        return None
    run.children.add(child.key)
    started_at = child.started_at if child.started_at is not None else parent.started_at
    run_id = new_id()
    run.write(
        msgspec.structs.replace(
            parent,
            run_id=run_id,
            name=child.name,
            started_at=started_at,
            primary_metric=child.primary_metric,
            parent_run_id=run.run_id,
            history_id=None,
            history_position=None,
        )
    )
    log = run.make_child_log(run_id)
    log.add_params(child.params, origin="model")
    for name, value in child.tags.items():
        run.write(TagSet(0, run_id, name, value, now_ms()))
    series = {name: [(0, number)] for name, number in child.metrics.items()}
    for name, points in [*series.items(), *child.series.items()]:
        for step, number in points:
            run.write(MetricLogged(0, run_id, name, to_wire(number), step, started_at))
    end = started_at + child.duration_ms
    run.write(
        RunFinished(0, run_id, child.status, end, child.duration_ms, child.primary_metric, None)
    )
    return run_id
