"""Owns why one run is better than another: what is read of the two and of the runs beside them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

import msgspec
from sqlalchemy import Connection

from mlops_lab.core.data import DataVersion
from mlops_lab.core.errors import MisfitError, NotFoundError, did_you_mean
from mlops_lab.core.explanation import Explanation, Remark
from mlops_lab.core.facets import Environment
from mlops_lab.core.numbers import WireNumber, from_wire
from mlops_lab.core.tracking import Direction, Run
from mlops_lab.notebooks.codekey import CodeKeys
from mlops_lab.store import experiments, facets, runs
from mlops_lab.store.store import Store

from .capture import COMPARED_KINDS, Decoded, read_decoded
from .causes import Side, find_candidates
from .datacauses import unknown_data
from .differences import diff_data
from .evidence import Observed, find_noise
from .features import Features, features_of
from .lookup import find_run_id
from .measures import direction_of, set_directions
from .remarks import in_english
from .runcode import read_cells
from .weighing import Question, judge, sum_up, weigh

MAX_LOOKED_AT = 300
"""Most other runs of the experiment that are read for evidence, the newest."""
_MESSAGE_CHARS = 240


class _Metric(msgspec.Struct, frozen=True):
    """The metric in question, and its values in the two runs."""

    name: str | None
    direction: Direction | None
    values: list[WireNumber | None]

    @property
    def numbers(self) -> list[float | None]:
        """The values that are finite numbers."""
        found = [None if value is None else from_wire(value) for value in self.values]
        return [one if one is not None and math.isfinite(one) else None for one in found]

    @property
    def change(self) -> float | None:
        """How much higher the other run is; None where one of the two has no number."""
        before, after = self.numbers
        return None if before is None or after is None else after - before


class Explaining:
    """Explanations of the runs of one store. Safe to use from several threads."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def explain(self, baseline: str, run_id: str, *, metric: str | None = None) -> Explanation:
        """Return why a run is better or worse than the baseline, the likeliest cause first.

        Args:
            baseline: the id of a run, or a part of it.
            run_id: that of the other run.
            metric: its name; None means the one that lists show.

        Raises:
            NotFoundError: one of the runs does not exist, or neither has the metric.
            InvalidInputError: several runs match one of them.
            MisfitError: both are the same run.
        """
        with self._store.read() as cx:
            ids = [find_run_id(cx, typed) for typed in (baseline, run_id)]
            if ids[0] == ids[1]:
                raise MisfitError(
                    "An explanation needs two different runs.", hint="Name another run."
                )
            found = runs.read_runs(cx, ids)
            pair = [found[one] for one in ids]
            asked = _metric(pair, metric, goals=experiments.read_goals(
                cx, {run.summary.experiment for run in pair}))  # fmt: skip
            others, is_exact = _others(cx, pair) if asked.change is not None else ([], True)
            every = [*pair, *others]
            captured = read_decoded(cx, ids, kinds=COMPARED_KINDS)
            captured |= read_decoded(
                cx, [one.summary.id for one in others], kinds=("environment", "order")
            )
            observed = _observe(cx, every, captured, asked)
            sides = _sides(cx, pair, captured)
        return _answer(pair, asked, sides, observed, is_exact=is_exact)


def _metric(
    pair: Sequence[Run], name: str | None, *, goals: Sequence[tuple[str, Direction]]
) -> _Metric:
    """Return the metric that is asked for, or else the one that lists show of the other run."""
    held = [{metric.name: metric.last for metric in run.metrics} for run in pair]
    if name is not None and not any(name in one for one in held):
        known = [one for metrics in held for one in metrics]
        raise NotFoundError(f"Neither run has a metric {name!r}.", hint=did_you_mean(name, known))
    if name is None:
        shown = [run.summary.primary_metric for run in reversed(pair)]
        # One that both have can be compared.
        named = [one.name for one in shown if one is not None]
        name = next((one for one in named if all(one in metrics for metrics in held)), None)
        name = name or next(iter(named), None)
    if name is None:
        return _Metric(None, None, [None, None])
    return _Metric(name, direction_of(name, set_directions(goals)), [one.get(name) for one in held])


def _others(cx: Connection, pair: Sequence[Run]) -> tuple[list[Run], bool]:
    """Return runs of the other run's experiment beside the two, and whether these are all."""
    summary = pair[1].summary
    ids = runs.find_beside(
        cx, summary.experiment, parent=summary.parent_run_id, limit=MAX_LOOKED_AT + 3
    )
    mine = {run.summary.id for run in pair}
    beside = [one for one in ids if one not in mine]
    found = runs.read_runs(cx, beside[:MAX_LOOKED_AT])
    return list(found.values()), len(beside) <= MAX_LOOKED_AT


def _observe(
    cx: Connection, every: Sequence[Run], captured: Mapping[str, Decoded], asked: _Metric
) -> list[Observed]:
    """Return what each run was made of, the two in question first; one without a value is left out."""
    ids = [run.summary.id for run in every]
    taken_in = {
        version.name
        for run_id in ids[:2]
        for version in captured[run_id].every("data", DataVersion)
        if version.role != "made"
    }
    digests = facets.read_facets(cx, ids, kinds={"data"})
    cells = read_cells(cx, {run.summary.id: run for run in every}, captured)
    keys = CodeKeys()
    found = []
    for at, run in enumerate(every):
        run_id = run.summary.id
        value = next((m.last for m in run.metrics if m.name == asked.name), None)
        number = math.nan if value is None else from_wire(value)
        if at > 1 and not math.isfinite(number):
            continue
        names = {param.name for param in run.params if param.origin != "model"}
        made_of: Features = features_of(
            run.params,
            code=keys.key_of([cell.source for cell in cells[run_id]], names),
            environment=captured[run_id].one("environment", Environment),
            data={
                row.name: row.key
                for row in digests.get(run_id, [])
                if row.name in taken_in and row.key
            },
        )
        found.append(Observed(run_id, number, made_of.values, made_of.seeds))
    return found


def _sides(cx: Connection, pair: Sequence[Run], captured: Mapping[str, Decoded]) -> list[Side]:
    cells = read_cells(cx, {run.summary.id: run for run in pair}, captured)
    return [
        Side(
            run,
            captured[run.summary.id].every("data", DataVersion),
            captured[run.summary.id].surroundings(),
            cells[run.summary.id],
        )
        for run in pair
    ]


def _answer(
    pair: Sequence[Run],
    asked: _Metric,
    sides: Sequence[Side],
    observed: Sequence[Observed],
    *,
    is_exact: bool,
) -> Explanation:
    before, after, *others = observed
    noise = find_noise(others, [before, after]) if asked.change is not None else None
    question = Question(asked.change, before.features, after.features, others, noise)
    causes = weigh(find_candidates(*sides), question)
    verdict = judge(causes, question)
    remarks = list(_remarks(pair, asked, sides))
    change = asked.change
    better = None
    if change and asked.direction is not None:
        better = (change > 0) == (asked.direction == "max")
    return Explanation(
        baseline=pair[0].summary.id,
        run_id=pair[1].summary.id,
        metric=asked.name,
        direction=asked.direction,
        values=asked.values,
        change=change,
        better=better,
        verdict=verdict,
        summary=sum_up(verdict, causes, question, metric=asked.name or ""),
        noise=None if noise is None else noise.range,
        noise_runs=0 if noise is None else noise.runs,
        looked_at=len(others),
        is_exact=is_exact,
        causes=causes,
        notes=[in_english(one) for one in remarks],
        remarks=remarks,
    )


def _remarks(pair: Sequence[Run], asked: _Metric, sides: Sequence[Side]) -> Iterator[Remark]:
    for run, value in zip(pair, asked.values, strict=True):
        name, status = run.summary.name, run.summary.status
        if run.error is not None:
            message = run.error.message[:_MESSAGE_CHARS]
            yield Remark("run_failed", [name, run.error.name, message])
        elif status != "finished":
            yield Remark("run_unfinished", [name, status])
        if asked.name is not None and value is None:
            yield Remark("run_without_value", [name, asked.name])
    if asked.name is None:
        yield Remark("no_metric")
    unknown = unknown_data(diff_data("", sides[0].data, sides[1].data))
    if unknown:
        yield Remark("data_unknown", unknown)
    for word, has in (("data", [bool(s.data) for s in sides]),
                      ("environment", [s.surroundings.environment is not None for s in sides])):  # fmt: skip
        if not all(has):
            yield Remark("unrecorded_of_one" if any(has) else "unrecorded_of_both", [word])
