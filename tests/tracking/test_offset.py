"""Holds pages by offset to the pages that a cursor leads to, in every order."""

from __future__ import annotations

import random

import pytest

from mlops_lab.core.errors import InvalidInputError
from mlops_lab.store import search_axes, search_pages
from mlops_lab.store.store import Store
from mlops_lab.tracking.service import TrackingService

from .conftest import Recorder
from .searched import make_runs

ORDERS = (
    [],
    ["started"],
    ["metrics.auc DESC"],
    ["metrics.auc.max"],
    ["params.lr DESC", "metrics.loss"],
    ["tags.team", "name DESC"],
    ["user"],
    ["experiment DESC", "duration"],
    ["ended DESC"],
)
SCOPES = (
    {},
    {"filter": "status:finished"},
    {"filter": "not user = bob", "parent": "none"},
    {"experiment": "flights"},
)


@pytest.mark.parametrize("narrow", [0, 3, 2_000])
def test_a_page_by_offset_is_the_one_that_a_cursor_leads_to(
    any_store: Store, recorder: Recorder, monkeypatch: pytest.MonkeyPatch, narrow: int
) -> None:
    service = TrackingService(any_store)
    # So walks along indexes are taken in a small store, too.
    for module in (search_axes, search_pages):
        monkeypatch.setattr(module, "MAX_NARROW", narrow)
    monkeypatch.setattr("mlops_lab.store.search_lists.MAX_NARROW", narrow)
    monkeypatch.setattr(search_pages, "LOOKED_BACK", 3)
    chance = random.Random(7)  # noqa: S311 - the same runs each time
    make_runs(recorder, chance, 60)
    service.ingest(recorder.batch())
    for scope in SCOPES:
        for order in ORDERS:
            every = [one.id for one in service.list_runs(order_by=order, limit=100, **scope).runs]
            for offset in (0, 1, 2, 7, 20, len(every) - 1, len(every), len(every) + 5):
                page = service.list_runs(order_by=order, limit=4, offset=offset, **scope)
                told = (order, scope, offset)
                assert [one.id for one in page.runs] == every[offset : offset + 4], told
                assert (page.total, page.is_total_exact) == (len(every), True), told
                assert (page.next_cursor is not None) == (offset + 4 < len(every)), told


def test_a_cursor_goes_on_from_a_page_by_offset(
    service: TrackingService, recorder: Recorder
) -> None:
    runs = [recorder.start() for _ in range(10)]
    service.ingest(recorder.batch())
    page = service.list_runs(offset=4, limit=3)
    after = service.list_runs(cursor=page.next_cursor, limit=3)
    assert [one.id for one in (*page.runs, *after.runs)] == runs[::-1][4:]


def test_the_total_of_a_large_store_is_exact_for_who_goes_by_offset(
    service: TrackingService, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mlops_lab.store.search_lists.MAX_COUNTED", 5)
    monkeypatch.setattr("mlops_lab.store.search_lists.MAX_NARROW", 0)
    for _ in range(10):
        recorder.start()
    service.ingest(recorder.batch())
    by_cursor = service.list_runs(parent="none", limit=3)
    assert (by_cursor.total, by_cursor.is_total_exact) == (4, False)
    by_offset = service.list_runs(parent="none", limit=3, offset=0)
    assert (by_offset.total, by_offset.is_total_exact) == (10, True)


def test_a_place_is_given_by_offset_or_by_cursor(
    service: TrackingService, recorder: Recorder
) -> None:
    recorder.start()
    recorder.start()
    service.ingest(recorder.batch())
    cursor = service.list_runs(limit=1).next_cursor
    with pytest.raises(InvalidInputError, match="by offset and by cursor"):
        service.list_runs(offset=1, cursor=cursor)
    with pytest.raises(InvalidInputError, match="-1"):
        service.list_runs(offset=-1)


def test_runs_of_one_cell(service: TrackingService, recorder: Recorder) -> None:
    one = recorder.start(cell_id="a")
    recorder.start(cell_id="b")
    recorder.start()
    service.ingest(recorder.batch())
    assert [found.id for found in service.list_runs(cell="a").runs] == [one]
