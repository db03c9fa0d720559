"""Owns how a replay that has ended becomes a reproduction: agrees or differs, where, and perhaps why."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

import msgspec

from mlops_lab.core.clock import now_ms
from mlops_lab.core.facets import Difference, Divergence, ReproducedMetric, Reproduction
from mlops_lab.core.tracking import Run

from .changedfiles import find_changed_files
from .explain import find_differences
from .replay_folder import CellRan, KernelStarted, ReplayEnded, ReplayFolder
from .replay_source import Source
from .replayed import Replayed, read_replayed
from .verdict import (
    Tolerance,
    compare_metrics,
    find_divergence,
    find_failure,
    own_names_differ,
)

_NAMED = 5
_NO_INPUT = "StdinNotImplementedError"
_ASKED = " Nobody is there to answer input(); give the value by a name or a file."


class _Seen(msgspec.Struct, frozen=True):
    """What there is to judge: the cells that ran, what they left, and the metrics side by side."""

    ran: Sequence[CellRan]
    replayed: Replayed
    metrics: list[ReproducedMetric]
    failure: Divergence | None


def conclude(
    begun: Reproduction,
    run: Run,
    source: Source,
    folder: ReplayFolder,
    *,
    ignore: Collection[str],
    notes: Sequence[str],
) -> Reproduction:
    """Return the reproduction as it ended.

    Args:
        begun: the reproduction.
        run: the recorded run.
        source: what was run again.
        folder: where its process left what it did.
        ignore: names of metrics that are not compared.
        notes: what else is to be told, in words.
    """
    progress = folder.read_progress()
    ran = [one for one in progress if isinstance(one, CellRan)]
    faults = [one.fault for one in progress if isinstance(one, ReplayEnded) and one.fault]
    words = [one.note for one in progress if isinstance(one, KernelStarted) and one.note]
    job_run = source.context.run_id if source.context is not None else None
    replayed = read_replayed(folder, run, own=_own_indexes(source), job_run=job_run)
    tolerance = Tolerance(begun.relative_tolerance, begun.absolute_tolerance)
    metrics, counts = compare_metrics(run.metrics, replayed.metrics, tolerance, ignore=ignore)
    failure = find_failure(source.replay, ran, run_failed=source.failed)
    seen = _Seen(ran, replayed, metrics, failure)
    if faults:
        state, said = "failed", faults
    else:
        said = [*_reasons(run, source, seen), *counts]
        state = "differs" if said else "agrees"
        said = said or [_agreement(run, source, metrics)]
    if ignore:
        said.append(f"Not compared: {', '.join(sorted(ignore))}.")
    differences = find_differences(source.capture, source.replay, replayed)
    if state != "agrees":
        differences += _files_since(begun, run, source)
    return msgspec.structs.replace(
        begun,
        state=state,
        ended_at=now_ms(),
        metrics=metrics,
        divergence=_divergence(source, seen) if state == "differs" else None,
        differences=[one for one in differences if state != "agrees" or one.kind != "seed"],
        cells=len(ran),
        message=" ".join([*said, *words, *notes]),
    )


def _own_indexes(source: Source) -> set[int]:
    return {index for index, cell in enumerate(source.replay.cells) if cell.own}


def _files_since(begun: Reproduction, run: Run, source: Source) -> list[Difference]:
    """Return the files written since the run that its capture says nothing of."""
    ended_at = run.summary.ended_at
    if ended_at is None:
        return []
    captured = {str(Path(one.path).absolute()) for one in source.capture.data if one.path}
    folder = Path(source.working_dir)
    found = find_changed_files(
        (cell.recorded.source for cell in source.replay.cells),
        folder=folder,
        since=ended_at,
        until=begun.started_at,
    )
    return [one for one in found if str((folder / one.name).absolute()) not in captured]


def _divergence(source: Source, seen: _Seen) -> Divergence | None:
    found = find_divergence(source.replay, seen.ran, seen.replayed, metrics=seen.metrics)
    if found is None or seen.failure is None:
        return seen.failure or found
    # What went another way before is the cause of an error after it.
    return found if found.position < seen.failure.position else seen.failure


def _reasons(run: Run, source: Source, seen: _Seen) -> list[str]:
    """Return why the reproduction differs, in words; nothing when it agrees."""
    if seen.failure is not None:
        why = _ASKED if (seen.failure.error or "").startswith(_NO_INPUT) else ""
        return [f"A cell failed that did not fail in the run: {seen.failure.error}{why}"]
    if source.failed:
        return _other_end(run, source, seen)
    if differing := _differing(seen.metrics):
        return differing
    if not seen.metrics and (names := own_names_differ(source.replay, seen.replayed)):
        return [f"The run has no metrics to compare, but {', '.join(names)} differ."]
    return []


def _other_end(run: Run, source: Source, seen: _Seen) -> list[str]:
    own = _own_indexes(source)
    errors = [one.error for one in seen.ran if one.index in own and one.error]
    expected = run.error.name if run.error else "an error"
    if not errors:
        return [f"The run failed with {expected}, and did not fail now."]
    if run.error is not None and errors[-1].partition(":")[0] != run.error.name:
        return [f"The run failed with {expected}, and now with {errors[-1]}"]
    return _differing(seen.metrics)


def _differing(metrics: Sequence[ReproducedMetric]) -> list[str]:
    names = [metric.name for metric in metrics if not metric.agrees]
    if not names:
        return []
    if len(metrics) == 1:
        return [f"The metric {names[0]} differs."]
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return [f"{len(names)} of {len(metrics)} metrics differ: {', '.join(names[:_NAMED])}{more}."]


def _agreement(run: Run, source: Source, metrics: Sequence[ReproducedMetric]) -> str:
    if source.failed and not metrics:
        return (
            f"The run failed with {run.error.name if run.error else 'an error'}, and fails so now."
        )
    if not metrics:
        return "The run has no metrics to compare: its code ran as it did then."
    return f"All {len(metrics)} metrics agree." if len(metrics) > 1 else "The metric agrees."
