"""Holds the archive to its word: runs are left out of lists that ask so, and nothing else changes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from mlops_lab.core.archive import ArchiveOrder
from mlops_lab.core.ids import new_id
from mlops_lab.core.settings import Settings
from mlops_lab.core.trash import TrashOrder
from mlops_lab.lab import Lab
from mlops_lab.store import outbox

from .conftest import Recorder


@pytest.fixture
def lab(any_settings: Settings) -> Iterator[Lab]:
    with Lab.open(any_settings) as opened:
        yield opened


def _ids(lab: Lab, **asked: object) -> list[str]:
    return [one.id for one in lab.tracking.list_runs(**asked).runs]  # type: ignore[arg-type]


def test_archived_runs_are_left_out_by_who_asks_so(lab: Lab, recorder: Recorder) -> None:
    kept, parent = recorder.start(), recorder.start()
    child = recorder.start(parent_run_id=parent)
    lab.tracking.ingest(recorder.batch())
    outcome = lab.archive.put(ArchiveOrder([parent]), who="ada")
    assert (sorted(outcome.runs), outcome.refused) == (sorted([parent, child]), [])
    assert _ids(lab, archived="no") == [kept]
    assert _ids(lab, archived="no", offset=0) == [kept]
    assert _ids(lab, archived="only") == [child, parent]
    assert _ids(lab) == [child, parent, kept]
    assert _ids(lab, filter="archived = true") == [child, parent]
    assert _ids(lab, filter="archived != true or archived:true") == [child, parent, kept]
    assert _ids(lab, filter="archived:false") == [kept]
    assert _ids(lab, filter="archived today", order_by=["archived"]) == [child, parent]
    assert lab.tracking.finding.ids(filter="")[0] == [child, parent, kept]
    details = lab.tracking.list_details(archived="only").runs
    assert [one.summary.archived for one in details] == [True, True]
    assert lab.tracking.list_runs(archived="no", parent="none").total == 1
    back = lab.archive.put(ArchiveOrder([parent], archived=False), who="ada")
    assert sorted(back.runs) == sorted([parent, child])
    assert _ids(lab, archived="no") == [child, parent, kept]


def test_what_changed_is_told_and_audited_once(lab: Lab, recorder: Recorder) -> None:
    one = recorder.start()
    lab.tracking.ingest(recorder.batch())
    with lab.store.read() as cx:
        before = outbox.last_seq(cx)
    for _ in range(2):
        lab.archive.put(ArchiveOrder([one]), who="ada")
    with lab.store.read() as cx:
        assert outbox.last_seq(cx) == before + 1
    lab.writing.update_run(one, archived=False, who="bob")
    entries = lab.audit.list_page(record_id=one).entries
    assert [(entry.action, entry.who) for entry in entries] == [
        ("unarchive", "bob"),
        ("archive", "ada"),
    ]


def test_one_that_is_in_the_trash_or_nowhere_is_named(lab: Lab, recorder: Recorder) -> None:
    gone, kept, unknown = recorder.start(), recorder.start(), new_id()
    recorder.end(gone, "finished")
    lab.tracking.ingest(recorder.batch())
    lab.trash.put(TrashOrder(runs=[gone]), who="ada")
    outcome = lab.archive.put(ArchiveOrder([gone, kept, unknown]), who="ada")
    assert outcome.runs == [kept]
    assert {one.name for one in outcome.refused} == {gone, unknown}
