"""Holds the groups of a list to its runs: how many, in which order, how many of each."""

from __future__ import annotations

import pytest

from mlops_lab.store import search_facets
from mlops_lab.store.store import Store
from mlops_lab.tracking.service import TrackingService

from .conftest import STARTED_AT, Recorder


def _fill(service: TrackingService, recorder: Recorder) -> None:
    for number, name in enumerate(("a", "b", "a", "c", "a", "b")):
        parent = recorder.start(experiment=name, user="ada", started_at=STARTED_AT + number)
        recorder.start(experiment=name, parent_run_id=parent, started_at=STARTED_AT + 100 + number)
        recorder.tag(parent, "team", name * 2)
    service.ingest(recorder.batch())


def test_groups_of_runs_that_are_nobodys_children(any_store: Store, recorder: Recorder) -> None:
    service = TrackingService(any_store)
    _fill(service, recorder)
    found = service.finding.values("experiment", parent="none", archived="no")
    assert [(one.value, one.count, one.last_started_at - STARTED_AT) for one in found.values] == [
        ("a", 3, 4),
        ("b", 2, 5),
        ("c", 1, 3),
    ]
    assert (found.groups, found.is_exact) == (3, True)
    newest = service.finding.values("experiment", parent="none", order="newest", limit=2)
    assert [one.value for one in newest.values] == ["b", "a"]
    assert newest.groups == 3
    by_tag = service.finding.values("tags.team", order="newest")
    assert [one.value for one in by_tag.values] == [None, "bb", "aa", "cc"]


def test_in_a_large_store_what_runs_have_themselves_is_counted_whole(
    service: TrackingService, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search_facets, "MAX_FACETED", 3)
    monkeypatch.setattr("mlops_lab.store.search_lists.MAX_NARROW", 0)
    _fill(service, recorder)
    whole = service.finding.values("experiment", parent="none")
    assert (sum(one.count for one in whole.values), whole.is_exact) == (6, True)
    for field, scope in (("tags.team", {}), ("experiment", {"filter": "not user = bob"})):
        part = service.finding.values(field, **scope)
        assert (sum(one.count for one in part.values), part.is_exact) == (3, False)
