"""Holds searching to a model of it in plain Python: random runs, random filters, every order."""

from __future__ import annotations

import functools
import math
import random
from typing import Any

import pytest
from hypothesis import given, settings, strategies

from mlops_lab.tracking.finding import Listed
from mlops_lab.tracking.service import TrackingService

from .conftest import Recorder
from .searched import Made, a_filter, is_number, make_runs


@pytest.mark.parametrize("narrow", [0, 4, 2_000], ids=["walked", "crossed", "sorted"])
def test_random_filters_find_what_the_model_finds(
    service: TrackingService,
    recorder: Recorder,
    narrow: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _plan_for(monkeypatch, narrow)
    chance = random.Random(7 + narrow)  # noqa: S311 - the same runs each time
    made = make_runs(recorder, chance, 40)
    service.ingest(recorder.batch())

    @given(chance=strategies.randoms(use_true_random=False))
    @settings(deadline=None, max_examples=100)
    def finds_the_same(chance: random.Random) -> None:
        text, holds = a_filter(chance)
        page = service.list_runs(filter=text)
        expected = sorted(
            (run for run in made if holds(run)), key=lambda run: (run.started, run.id), reverse=True
        )
        assert [run.id for run in page.runs] == [run.id for run in expected], text
        assert page.total == len(expected), text
        assert page.is_total_exact

    finds_the_same()


def _plan_for(monkeypatch: pytest.MonkeyPatch, narrow: int) -> None:
    """Have small stores be walked as large ones are: the limit of a small set is that of nothing."""
    monkeypatch.setattr("mlops_lab.store.search_lists.MAX_NARROW", narrow)
    monkeypatch.setattr("mlops_lab.store.search_pages.MAX_NARROW", narrow)


ORDERS: tuple[list[str], ...] = (
    ["metrics.auc DESC"],
    ["metrics.auc"],
    ["metrics.loss.max DESC"],
    ["metrics.loss.min"],
    ["metrics.loss.best DESC"],
    ['metrics."x.max" DESC', "params.lr"],
    ["params.lr DESC"],
    ["params.model ASC", "metrics.auc DESC"],
    ["tags.team"],
    ["user", "metrics.auc DESC"],
    ["status DESC", "name"],
    ["experiment", "started"],
    ["duration DESC"],
    ["started"],
    ["id"],
    [],
)


def _sort_values(run: Made, text: str) -> list[Any]:
    """The values of a run in one column of an order; None comes last."""
    column = text.split(" ", maxsplit=1)[0]
    kind, _, name = column.partition(".")
    if kind == "metrics":
        metric, _, aspect = name.partition(".")
        if name.startswith('"'):
            metric, aspect = "x.max", "last"
        value = run.metric(metric, aspect or "last")
        return [None if value is None or math.isnan(value) else value]
    if kind == "params":
        value = run.params.get(name, _sort_values)
        if value is _sort_values:
            return [None, None]
        return [value, None] if is_number(value) else [None, str(value)]
    if kind == "tags":
        return [run.tags.get(name)]
    if kind == "duration":
        return [5000 if run.status != "running" else None]
    return [getattr(run, kind)]


def _before(one: Made, other: Made, order: list[str]) -> int:
    for text in order:
        down = text.upper().endswith("DESC")
        for a, b in zip(_sort_values(one, text), _sort_values(other, text), strict=True):
            if a == b:
                continue
            if a is None or b is None:
                return 1 if a is None else -1
            return (1 if a < b else -1) if down else (-1 if a < b else 1)
    return -1 if (one.started, one.id) > (other.started, other.id) else 1


@pytest.mark.parametrize("narrow", [0, 5, 2_000])
@pytest.mark.parametrize("order", ORDERS, ids=" ".join)
def test_paging_visits_each_run_once_in_order(
    service: TrackingService,
    recorder: Recorder,
    order: list[str],
    narrow: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _plan_for(monkeypatch, narrow)
    chance = random.Random(" ".join(order))  # noqa: S311 - the same runs each time
    made = make_runs(recorder, chance, 40)
    service.ingest(recorder.batch())

    def compare(one: Made, other: Made) -> int:
        return _before(one, other, order)

    for text, holds in (("", lambda _: True), ("status:finished", _is_finished)):
        expected = [
            run.id for run in sorted(filter(holds, made), key=functools.cmp_to_key(compare))
        ]
        assert read_all(service, {"order_by": order, "filter": text, "limit": 7}) == expected


def _is_finished(run: Made) -> bool:
    return run.status == "finished"


def read_all(service: TrackingService, asked: Listed) -> list[str]:
    found: list[str] = []
    while True:
        page = service.list_runs(**asked)
        found += [run.id for run in page.runs]
        if page.next_cursor is None:
            return found
        asked["cursor"] = page.next_cursor
