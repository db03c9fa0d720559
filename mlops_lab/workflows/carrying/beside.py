"""Owns taking in what belongs to runs that were taken: logged models, traces, evaluation datasets."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from typing import Any, TypeVar

import msgspec
from sqlalchemy import Connection

from mlops_lab.core.carrying import (
    CarriedDataset,
    CarriedLogged,
    CarriedRecord,
    CarriedSpans,
    CarriedTrace,
)
from mlops_lab.core.clock import now_ms
from mlops_lab.core.masking import masked
from mlops_lab.store import audit, carried_beside, outbox
from mlops_lab.store.experiments import experiment_ids, stored_name
from mlops_lab.store.store import Store

from .tally import Tally

T = TypeVar("T")
RunOf = Callable[[str], str]
"""Returns the id that a run of the other side has here."""


def take_logged(
    store: Store, every: Iterable[CarriedLogged], tally: Tally, *, who: str, run_of: RunOf
) -> None:
    """Write logged models that the store lacks, each whole; their bytes are there already."""
    for came in every:
        here = masked(_logged_here(came, run_of))
        with store.write() as tx:
            experiment_id = _experiment(tx, came.experiment)
            is_new = carried_beside.add_logged(tx, here, experiment_id, now=now_ms())
            if is_new:
                name = came.model.name
                audit.note(tx, "import", "logged_model", came.model.id, who=who, name=name)
                outbox.put_change(tx, "model", came.model.id[2:34], "created")
        tally.took("logged models", int(is_new))


def take_traces(
    store: Store,
    lines: Iterable[CarriedTrace | CarriedSpans],
    tally: Tally,
    *,
    who: str,
    run_of: RunOf,
) -> None:
    """Write traces that the store lacks, each whole with its spans."""
    for came, spans in groups(lines, CarriedTrace):
        here = masked(msgspec.structs.replace(came, runs=[run_of(one) for one in came.runs]))
        with store.write() as tx:
            experiment_id = _experiment(tx, came.experiment)
            is_new = carried_beside.add_trace(
                tx, here, map(masked, spans), experiment_id, now=now_ms()
            )
            if is_new:
                name = came.experiment
                audit.note(tx, "import", "trace", came.trace.id, who=who, experiment=name)
        tally.took("traces", int(is_new))


def take_datasets(
    store: Store, lines: Iterable[CarriedDataset | CarriedRecord], tally: Tally, *, who: str
) -> None:
    """Write evaluation datasets that the store lacks, each whole with its records."""
    for came, records in groups(lines, CarriedDataset):
        with store.write() as tx:
            ids = [_experiment(tx, name) for name in came.experiments]
            is_new = carried_beside.add_dataset(tx, masked(came), map(masked, records), ids)
            if is_new:
                one = came.dataset
                audit.note(tx, "import", "evaluation_dataset", one.id, who=who, name=one.name)
        tally.took("evaluation datasets", int(is_new))


def groups(lines: Iterable[Any], head: type[T]) -> Iterator[tuple[T, Iterator[Any]]]:
    """Yield each head with what follows it; what follows must be read before the next one."""
    number = 0

    def key(one: object) -> int:
        nonlocal number
        number += isinstance(one, head)
        return number

    for _, some in groupby(lines, key):
        first = next(some)
        if isinstance(first, head):
            yield first, some  # noqa: B031 - who takes it reads it once


def _experiment(tx: Connection, name: str) -> str:
    here = stored_name(name)
    return experiment_ids(tx, {here}, now=now_ms())[here]


def _logged_here(came: CarriedLogged, run_of: RunOf) -> CarriedLogged:
    replace = msgspec.structs.replace
    model = came.model
    source = run_of(model.source_run_id) if model.source_run_id else None
    metrics = [replace(one, run_id=run_of(one.run_id)) for one in model.metrics]
    uses = [replace(one, run_id=run_of(one.run_id)) for one in came.uses]
    return replace(came, model=replace(model, source_run_id=source, metrics=metrics), uses=uses)
