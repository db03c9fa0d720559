"""Holds what is captured of runs to its promises: kept once, whole, verified, and given back."""

from __future__ import annotations

import hashlib

import msgspec
import pytest
from sqlalchemy import func, select

from mlops_lab.core.errors import NotFoundError
from mlops_lab.core.facets import Reproduction
from mlops_lab.core.ids import new_id
from mlops_lab.core.limits import MAX_DOCUMENT_BYTES
from mlops_lab.core.records import (
    ArtifactLogged,
    CellExecuted,
    DocumentKept,
    FacetCaptured,
    RunIdentified,
    TagSet,
)
from mlops_lab.core.tracking import JobLink, NewRun, TagEntry
from mlops_lab.core.trash import TrashOrder
from mlops_lab.store import outbox
from mlops_lab.store.capture_tables import document, entry
from mlops_lab.store.store import Store
from mlops_lab.tracking.files import FilesService
from mlops_lab.tracking.service import TrackingService
from mlops_lab.tracking.trash import TrashService

from . import captured
from .conftest import STARTED_AT, Recorder


def count(store: Store, table: object) -> int:
    with store.read() as cx:
        return int(cx.execute(select(func.count()).select_from(table)).scalar_one())  # type: ignore[arg-type]


def test_everything_captured_comes_back(
    service: TrackingService, recorder: Recorder, store: Store
) -> None:
    run = recorder.start(parent_run_id=None, history_id="kernel", history_position=2)
    recorder.facet(run, "environment", captured.ENVIRONMENT)
    recorder.facet(run, "git", captured.GIT, key=captured.GIT.commit or "")
    recorder.facet(run, "data", captured.DATA, name="flights", key=captured.DATA.digest)
    recorder.facet(run, "model", captured.MODEL, name="model")
    recorder.facet(run, "resources", captured.RESOURCES)
    recorder.facet(run, "outputs", captured.OUTPUTS)
    recorder.facet(run, "order", captured.OUT_OF_ORDER)
    digest = store.artifacts.put(b"model")
    recorder.add(ArtifactLogged, run, "model/model.skops", digest, 5, "application/octet-stream")
    recorder.add(ArtifactLogged, run, "lost.bin", "0" * 64, 5, "application/octet-stream")
    service.ingest(recorder.batch())
    found = service.get_capture(run[-8:])
    assert found.run_id == run
    assert found.environment == captured.ENVIRONMENT
    assert found.git == captured.GIT
    assert found.data == [captured.DATA]
    assert found.models == [captured.MODEL]
    assert found.resources == captured.RESOURCES
    assert found.outputs == captured.OUTPUTS
    assert found.order == captured.OUT_OF_ORDER
    assert [(file.path, file.available) for file in found.artifacts] == [
        ("lost.bin", False),
        ("model/model.skops", True),
    ]
    assert service.get_run(run).summary.has_order_problems
    assert service.get_run(run).warnings == []


def test_a_document_is_kept_once_for_all_runs(
    service: TrackingService, recorder: Recorder, store: Store
) -> None:
    for _ in range(3):
        run = recorder.start()
        recorder.facet(run, "environment", captured.ENVIRONMENT)
    other = msgspec.structs.replace(captured.ENVIRONMENT, seeds={"numpy": "8"})
    recorder.facet(run, "environment", other)
    service.ingest(recorder.batch())
    assert count(store, document) == 2
    assert service.get_capture(run).environment == other
    with store.read() as cx:
        packages = cx.execute(select(entry.c.owner).where(entry.c.field == "package")).all()
    assert len(packages) == 2  # the two documents share their list of packages


def test_a_facet_after_the_end_is_taken_and_told(
    service: TrackingService, recorder: Recorder, store: Store
) -> None:
    run = recorder.start()
    recorder.end(run)
    service.ingest(recorder.batch())
    with store.read() as cx:
        before = outbox.last_seq(cx)
    recorder.facet(run, "data", captured.DATA, name="flights")
    recorder.facet(run, "order", captured.OUT_OF_ORDER)
    service.ingest(recorder.batch())
    recorder.facet(run, "order", captured.IN_ORDER)
    service.ingest(recorder.batch())
    with store.read() as cx:
        told = [(one.id, one.action) for one in outbox.changes_after(cx, before)]
    assert told == [(run, "updated")] * 2
    found = service.get_capture(run)
    assert (found.data, found.order) == ([captured.DATA], captured.IN_ORDER)
    assert not service.get_run(run).summary.has_order_problems


def test_the_document_may_come_in_an_earlier_batch(
    service: TrackingService, recorder: Recorder
) -> None:
    run = recorder.start()
    digest = recorder.facet(run, "data", captured.DATA, name="flights")
    facet = recorder.records.pop()
    service.ingest(recorder.batch())
    recorder.records.append(facet)
    service.ingest(recorder.batch())
    assert service.get_capture(run).data == [captured.DATA]
    assert [one.id for one in service.list_runs(filter="data.column:carrier").runs] == [run]
    assert len(digest) == 64


def test_what_is_wrong_is_refused_with_a_warning(
    service: TrackingService, recorder: Recorder, store: Store
) -> None:
    run = recorder.start()
    recorder.add(DocumentKept, run, "0" * 64, "{}")
    recorder.add(FacetCaptured, run, "git", "", "0" * 64)
    large = '"' + "x" * MAX_DOCUMENT_BYTES + '"'
    recorder.add(DocumentKept, run, hashlib.sha256(large.encode()).hexdigest(), large)
    strange = '{"python": 3}'
    digest = hashlib.sha256(strange.encode()).hexdigest()
    recorder.add(DocumentKept, run, digest, strange)
    recorder.add(FacetCaptured, run, "environment", "", digest)
    recorder.add(FacetCaptured, run, "data", "x" * 2_001, digest)
    recorder.add(FacetCaptured, run, "data", "x", "../" * 20)
    for path in ("../up", "/abs", "C:/x", "a\\b", "a//b", "%2e%2e/x", "%252e%252e/x", "a/.", ""):
        recorder.add(ArtifactLogged, run, path, "0" * 64, 5, "text/plain")
    recorder.add(ArtifactLogged, run, "fine.txt", "no digest", 5, "text/plain")
    recorder.add(ArtifactLogged, run, "fine.txt", "0" * 64, -1, "text/plain")
    recorder.add(CellExecuted, run, "", 0, "x = 1")
    recorder.end(run)
    service.ingest(recorder.batch())
    found = service.get_capture(run)
    assert (found.environment, found.git, found.data, found.artifacts) == (None, None, [], [])
    assert count(store, document) == 1
    warnings = service.get_run(run).warnings
    assert len(warnings) == 18
    text = "\n".join(warnings)
    for words in ("its digest says", "4,194,304", "did not arrive", "cannot be read", "'../up'"):
        assert words in text
    assert service.get_run(run).summary.status == "finished"


def test_the_history_of_a_kernel_keeps_each_source_once(
    service: TrackingService, recorder: Recorder, store: Store
) -> None:
    run = recorder.start(history_id="kernel", history_position=3)
    later = recorder.start(history_id="kernel", history_position=9)
    alone = recorder.start()
    for position, source in enumerate(["x = 1", "x = 2", "x = 1", "train(x)", "y = 3"]):
        recorder.add(
            CellExecuted, run, "kernel", position, source, f"c{position}", position + 1,
            STARTED_AT, 5, "ok", None, {"x": "abc"},
        )  # fmt: skip
    batch = recorder.batch()
    service.ingest(batch)
    recorder.add(CellExecuted, run, "kernel", 0, "x = 1", "c0", 1, STARTED_AT, 7, "ok")
    recorder.add(CellExecuted, run, "other", 0, "other = 1")
    service.ingest(recorder.batch())
    before = service.get_capture(run).history
    assert [(cell.position, cell.source) for cell in before] == [
        (0, "x = 1"),
        (1, "x = 2"),
        (2, "x = 1"),
    ]
    assert (before[0].duration_ms, before[1].duration_ms) == (7, 5)
    assert before[1].bound == {"x": "abc"}
    assert len(service.get_capture(later).history) == 5
    assert service.get_capture(alone).history == []
    assert count(store, document) == 5


def test_tags_are_corrected_and_the_old_value_stays_readable(
    service: TrackingService, recorder: Recorder
) -> None:
    run = recorder.start()
    recorder.tag(run, "team", "one")
    service.ingest(recorder.batch())
    for value, time in (("two", 7), ("two", 8), ("three", 9)):
        recorder.add(TagSet, run, "team", value, time)
    service.ingest(recorder.batch())
    recorder.add(TagSet, run, "team", "one", 10)
    service.ingest(recorder.batch())
    entries = service.get_tag_history(run, "team").entries
    assert [one.value for one in entries] == ["one", "two", "three", "one"]
    assert entries[1:] == [
        TagEntry("team", "two", 7),
        TagEntry("team", "three", 9),
        TagEntry("team", "one", 10),
    ]
    assert [tag.value for tag in service.get_run(run).tags] == ["one"]
    with pytest.raises(NotFoundError, match="'teem'"):
        service.get_tag_history(run, "teem")


def test_runs_of_the_same_make_are_found(service: TrackingService, recorder: Recorder) -> None:
    first, failed, second, third = (recorder.start() for _ in range(4))
    for run, same_as in ((first, None), (failed, None), (second, None), (third, first)):
        recorder.add(RunIdentified, run, "made-of-this", same_as)
        recorder.end(run, "failed" if run == failed else "finished")
        service.ingest(recorder.batch())
    found = {one.id: one.same_as for one in service.list_runs(identity="made-of-this").runs}
    assert found == {first: None, failed: first, second: first, third: first}
    assert service.list_runs(identity="made-of").total == 0
    one, two = recorder.start(), recorder.start()
    for run in (one, two):
        recorder.add(RunIdentified, run, "in one batch")
        recorder.end(run)
    service.ingest(recorder.batch())
    assert service.get_run(two).summary.same_as == one


def test_a_run_is_never_told_to_be_the_same_as_one_in_the_trash(
    service: TrackingService, recorder: Recorder, store: Store
) -> None:
    kept, trashed, new = (recorder.start() for _ in range(3))
    for run in (kept, trashed):
        recorder.add(RunIdentified, run, "made-of-this", None)
        recorder.end(run)
    service.ingest(recorder.batch())
    TrashService(store).put(TrashOrder(runs=[trashed]), who="ada")
    recorder.add(RunIdentified, new, "made-of-this", None)
    recorder.end(new)
    service.ingest(recorder.batch())
    assert service.get_run(new).summary.same_as == kept


def test_a_settled_job_takes_no_facets(
    service: TrackingService, recorder: Recorder, store: Store
) -> None:
    job = JobLink(new_id(), new_id(), "train", 1)
    run = service.open_run(NewRun(name="job", experiment="e", user="u", job=job))
    recorder.facet(run, "git", captured.GIT)
    service.ingest(recorder.batch())
    service.close_run(run, status="finished", error=None)
    recorder.facet(run, "environment", captured.ENVIRONMENT)
    recorder.add(ArtifactLogged, run, "a.txt", "0" * 64, 5, "text/plain")
    service.ingest(recorder.batch())
    found = service.get_capture(run)
    assert (found.git, found.environment, found.artifacts) == (captured.GIT, None, [])
    assert count(store, document) == 1


def test_reproductions_are_by_time(service: TrackingService, recorder: Recorder) -> None:
    run = recorder.start()
    for name, started_at in (("a", 9), ("b", 5)):
        proof = Reproduction(name, "agrees", started_at, 10, "current", 0.0, 0.0)
        recorder.facet(run, "reproduction", proof, name=name)
    service.ingest(recorder.batch())
    assert [proof.id for proof in service.get_capture(run).reproductions] == ["b", "a"]


def test_a_file_is_found_by_its_path(
    service: TrackingService, recorder: Recorder, store: Store
) -> None:
    files = FilesService(store)
    run = recorder.start()
    recorder.add(ArtifactLogged, run, "a/b.txt", "0" * 64, 5, "text/plain")
    service.ingest(recorder.batch())
    digest = store.artifacts.put(b"later")
    recorder.add(ArtifactLogged, run, "a/b.txt", digest, 5, "text/plain")
    service.ingest(recorder.batch())
    assert files.find(run, "a/b.txt").digest == digest
    with pytest.raises(NotFoundError, match=r"a/c\.txt") as caught:
        files.find(run, "a/c.txt")
    assert "a/b.txt" in caught.value.hint
    with pytest.raises(NotFoundError, match="not recorded"):
        files.requirements(run)


def test_the_newest_run_is_no_trial_of_it_and_none_of_a_job(
    service: TrackingService, recorder: Recorder
) -> None:
    search = recorder.start(history_id="kernel", history_position=1)
    recorder.start(parent_run_id=search)
    job = JobLink(new_id(), new_id(), "train", 1)
    service.open_run(NewRun("nightly", "flights", "ada", job=job))
    recorder.start(job_id=job.job_id, history_id="other", history_position=0)
    service.ingest(recorder.batch())
    newest = service.newest_run()
    assert newest is not None
    assert newest.summary.id == search


def test_the_own_history_goes_from_the_first_cell_of_a_run_to_its_last(
    service: TrackingService, recorder: Recorder
) -> None:
    run = recorder.start(history_id="kernel", history_position=1)
    alone = recorder.start(history_id="kernel", history_position=2)
    for position, of_run in enumerate([None, run, None, run, None]):
        recorder.add(
            CellExecuted, run, "kernel", position, f"c{position}", of_run=of_run, bound={"a": "1"}
        )
    service.ingest(recorder.batch())
    own = service.get_capture(run).own_history
    assert [(cell.source, cell.run_id) for cell in own] == [("c1", run), ("c2", None), ("c3", run)]
    assert own[0].bound == {"a": "1"}
    assert [cell.source for cell in service.get_capture(alone).own_history] == ["c2"]
