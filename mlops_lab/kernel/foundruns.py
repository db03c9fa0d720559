"""Owns a run that ``lab.search_runs`` found, in the shape that MLflow gives one: info and data."""

from __future__ import annotations

import msgspec

from mlops_lab.core.clock import Millis
from mlops_lab.core.literals import plain_value
from mlops_lab.core.tracking import Run


class RunInfo(msgspec.Struct, frozen=True):
    """What is known of a run besides what it logged; ``experiment_id`` is the experiment's name."""

    run_id: str
    run_name: str
    experiment_id: str
    user_id: str
    status: str
    start_time: Millis
    end_time: Millis | None


class RunData(msgspec.Struct, frozen=True):
    """What a run logged: the last value of each metric, params as text, tags."""

    metrics: dict[str, float]
    params: dict[str, str]
    tags: dict[str, str]


class FoundRun(msgspec.Struct, frozen=True):
    """A run of the store: ``info`` and ``data`` as in MLflow, ``record`` with all that is known."""

    info: RunInfo
    data: RunData
    record: Run

    @property
    def run_id(self) -> str:
        """The id of the run."""
        return self.info.run_id


def found_run(record: Run) -> FoundRun:
    """Return the run in MLflow's shape."""
    summary = record.summary
    info = RunInfo(
        run_id=summary.id,
        run_name=summary.name,
        experiment_id=summary.experiment,
        user_id=summary.user,
        status=summary.status,
        start_time=summary.started_at,
        end_time=summary.ended_at,
    )
    data = RunData(
        metrics={metric.name: float(metric.last) for metric in record.metrics},
        params={param.name: plain_value(param.value) for param in record.params},
        tags={tag.name: tag.value for tag in record.tags},
    )
    return FoundRun(info, data, record)
