"""Holds ingestion to its promises: once, whole, in order, and no record can block those behind it."""

from __future__ import annotations

import math
import threading

import pytest

from mlops_lab.core.errors import ConflictError, InvalidInputError, LimitError
from mlops_lab.core.ids import new_id
from mlops_lab.core.limits import MAX_PARAM_BYTES
from mlops_lab.core.records import Batch, MetricLogged, SpoolHeader
from mlops_lab.core.tracking import ErrorInfo, JobLink, NewRun, NotebookPlace, Param, Tag
from mlops_lab.store import outbox
from mlops_lab.store.store import Store
from mlops_lab.tracking.service import TrackingService

from .conftest import STARTED_AT, Recorder


def changes(store: Store) -> list[tuple[str, str]]:
    with store.read() as cx:
        return [(change.id, change.action) for change in outbox.changes_after(cx, 0)]


def test_a_run_comes_back_as_it_was_recorded(service: TrackingService, recorder: Recorder) -> None:
    run = recorder.start(cell_id="abc", kernel_name="python3", primary_metric="auc")
    recorder.cell(run, "rate = 0.1\n")
    recorder.param(run, "rate", "0.1")
    recorder.param(run, "größe 🛩", "'ü'", "read")
    recorder.metric(run, "auc", 0.75, step=3)
    recorder.tag(run, "team", "one")
    recorder.tag(run, "team", "two")
    recorder.warn(run, "the data could not be read")
    recorder.end(run, "failed", error=ErrorInfo("ValueError", "no", "Traceback"))
    assert service.ingest(recorder.batch()).seq == 9
    found = service.get_run(run)
    assert found.summary.status == "failed"
    assert found.summary.experiment == "flights"
    assert found.summary.duration_ms == 5000
    assert found.summary.error_name == "ValueError"
    assert found.summary.primary_metric is not None
    assert found.summary.primary_metric.last == 0.75
    assert [(p.name, p.value, p.origin) for p in found.params] == [
        ("rate", "0.1", "assigned"),
        ("größe 🛩", "'ü'", "read"),
    ]
    assert found.tags == [Tag("team", "two")]
    assert [(c.source, c.cell_id, c.execution_count) for c in found.cells] == [
        ("rate = 0.1\n", "c1", 7)
    ]
    assert found.error == ErrorInfo("ValueError", "no", "Traceback")
    assert found.warnings == ["the data could not be read"]


def test_delivered_twice_is_stored_once(
    service: TrackingService, recorder: Recorder, store: Store
) -> None:
    run = recorder.start()
    for step in range(10):
        recorder.metric(run, "loss", 1.0 / (step + 1), step=step)
    recorder.cell(run, "x = 1")
    batch = recorder.batch()
    assert service.ingest(batch).seq == 12
    assert service.ingest(batch).seq == 12
    recorder.metric(run, "loss", 0.0, step=10)
    overlapping = Batch(recorder.header, recorder.records[5:])
    assert service.ingest(overlapping).seq == 13
    found = service.get_run(run)
    assert found.metrics[0].count == 11
    assert len(found.cells) == 1
    assert changes(store) == [(run, "created"), (run, "updated")]


def test_many_deliveries_of_one_spool_at_once(service: TrackingService, recorder: Recorder) -> None:
    run = recorder.start()
    for step in range(2_000):
        recorder.metric(run, "loss", step, step=step)
    batch = recorder.batch()
    errors: list[BaseException] = []

    def deliver() -> None:
        try:
            for end in range(100, 2_101, 100):
                service.ingest(Batch(batch.spool, batch.records[:end]))
        except BaseException as error:  # noqa: BLE001 - told by the test below
            errors.append(error)

    threads = [threading.Thread(target=deliver) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    assert service.get_run(run).metrics[0].count == 2_000


def test_a_gap_is_refused_and_says_what_was_expected(
    service: TrackingService, recorder: Recorder
) -> None:
    run = recorder.start()
    service.ingest(recorder.batch())
    for _ in range(3):
        recorder.metric(run, "loss", 1.0)
    with pytest.raises(ConflictError, match="record 2 was expected, but 3 came"):
        service.ingest(Batch(recorder.header, recorder.records[2:]))
    jumping = [recorder.records[1], recorder.records[3]]
    with pytest.raises(ConflictError, match="record 3 was expected, but 4 came"):
        service.ingest(Batch(recorder.header, jumping))
    assert service.get_run(run).metrics == []
    assert service.ingest(recorder.batch()).seq == 4


def test_an_empty_batch_tells_what_is_stored(service: TrackingService, recorder: Recorder) -> None:
    assert service.ingest(recorder.batch()).seq == 0
    recorder.start()
    service.ingest(recorder.batch())
    assert service.ingest(recorder.batch()).seq == 1


def test_a_batch_that_can_never_be_stored_is_refused(service: TrackingService) -> None:
    with pytest.raises(InvalidInputError, match="not the id of a spool"):
        service.ingest(Batch(SpoolHeader("../x", "h", 1, 1.0), []))
    run = new_id()
    many = [MetricLogged(seq, run, "m", 1.0, 0, 0) for seq in range(1, 20_002)]
    with pytest.raises(LimitError, match="20,001 records"):
        service.ingest(Batch(SpoolHeader(new_id(), "h", 1, 1.0), many))


def test_not_finite_values(service: TrackingService, recorder: Recorder) -> None:
    run = recorder.start()
    for step, value in enumerate([1.0, math.nan, "Infinity", -3.0, "NaN"]):
        recorder.metric(run, "loss", value, step=step)
    recorder.metric(run, "never", math.nan)
    recorder.metric(run, "low", -math.inf)
    service.ingest(recorder.batch())
    loss, never, low = service.get_run(run).metrics
    assert (loss.last, loss.min, loss.max, loss.count) == ("NaN", -3.0, "Infinity", 5)
    assert (never.last, never.min, never.max) == ("NaN", "NaN", "NaN")
    assert low.last == "-Infinity"
    points = service.get_series(run, "loss").points
    assert [point.value for point in points] == [1.0, "NaN", "Infinity", -3.0, "NaN"]


def test_the_last_value_is_that_of_the_highest_step(
    service: TrackingService, recorder: Recorder
) -> None:
    run = recorder.start()
    recorder.metric(run, "a", 10.0, step=5, time=STARTED_AT + 10)
    recorder.metric(run, "a", 3.0, step=3, time=STARTED_AT + 20)
    service.ingest(recorder.batch())
    assert service.get_run(run).metrics[0].last == 10.0
    recorder.metric(run, "a", 4.0, step=4, time=STARTED_AT + 30)
    service.ingest(recorder.batch())
    assert service.get_run(run).metrics[0].last == 10.0
    recorder.metric(run, "a", 11.0, step=5, time=STARTED_AT + 9)
    service.ingest(recorder.batch())
    assert service.get_run(run).metrics[0].last == 10.0
    recorder.metric(run, "a", 12.0, step=5, time=STARTED_AT + 10)
    service.ingest(recorder.batch())
    assert service.get_run(run).metrics[0].last == 12.0
    series = service.get_series(run, "a").points
    assert [(point.step, point.value) for point in series] == [
        (3, 3.0),
        (4, 4.0),
        (5, 10.0),
        (5, 11.0),
        (5, 12.0),
    ]
    assert series[0].time == STARTED_AT + 20


def test_params_are_set_once(service: TrackingService, recorder: Recorder) -> None:
    run = recorder.start()
    recorder.param(run, "n", "1")
    recorder.param(run, "n", "2")
    service.ingest(recorder.batch())
    recorder.param(run, "n", "3")
    recorder.param(run, "m", "4")
    service.ingest(recorder.batch())
    params = service.get_run(run).params
    assert [(p.name, p.value) for p in params] == [("n", "1"), ("m", "4")]


def test_text_that_no_database_takes(service: TrackingService, recorder: Recorder) -> None:
    run = recorder.start(name="a\ud800b\x00c", notebook_file="\udcff.ipynb")
    recorder.param(run, "lone \udc80", "'\ud83d\ude00 \udfff'")
    recorder.metric(run, "m\ud800", 1.0)
    recorder.metric(run, "m\udfff", 2.0)
    recorder.cell(run, "x = '\udcff'")
    recorder.tag(run, "t", "\ud800")
    recorder.warn(run, "\ud800")
    recorder.end(run, "failed", error=ErrorInfo("E", "\udcff", "\udcff"))
    service.ingest(recorder.batch())
    found = service.get_run(run)
    assert found.summary.name == "a\ufffdb\ufffdc"
    assert [(p.name, p.value) for p in found.params] == [("lone \ufffd", "'😀 \ufffd'")]
    assert [(m.name, m.count) for m in found.metrics] == [("m\ufffd", 2)]
    assert found.cells[0].source == "x = '\ufffd'"


def test_what_breaks_a_limit_becomes_a_warning(
    service: TrackingService, recorder: Recorder
) -> None:
    run = recorder.start()
    recorder.param(run, "fits", "x" * MAX_PARAM_BYTES)
    recorder.param(run, "big", "x" * (MAX_PARAM_BYTES + 1))
    recorder.param(run, "", "1")
    recorder.tag(run, "t" * 251, "1")
    recorder.metric(run, "bad\nname", 1.0)
    recorder.metric(run, "far", 1.0, step=2**70)
    recorder.metric(run, "far", 2.0, step=2)
    recorder.cell(run, "x" * 4_194_305)
    recorder.end(run)
    assert service.ingest(recorder.batch()).seq == 10
    found = service.get_run(run)
    assert [p.name for p in found.params] == ["fits"]
    assert [(m.name, m.last) for m in found.metrics] == [("far", 2.0)]
    assert found.cells == []
    text = "\n".join(found.warnings)
    assert len(found.warnings) == 6
    assert "'big' has 1,048,577 bytes" in text
    assert "1,048,576 bytes" in text
    assert "1 points of metric 'far' were not stored" in text
    assert found.summary.status == "finished"


def test_a_run_whose_beginning_is_unknown_is_kept(
    service: TrackingService, recorder: Recorder
) -> None:
    run = new_id()
    recorder.metric(run, "loss", 0.5, time=STARTED_AT)
    recorder.metric("not an id", "loss", 0.5)
    recorder.end(run)
    assert service.ingest(recorder.batch()).seq == 3
    found = service.get_run(run)
    assert found.summary.started_at == STARTED_AT
    assert found.summary.status == "finished"
    assert found.metrics[0].last == 0.5
    assert "beginning of this run was not delivered" in found.warnings[0]
    assert service.count_runs() == 1


def test_the_end_corrects_a_wrong_conclusion(
    service: TrackingService, recorder: Recorder, store: Store
) -> None:
    run = recorder.start()
    service.ingest(recorder.batch())
    service.close_run(run, status="killed", error=None)
    recorder.end(run, "finished")
    service.ingest(recorder.batch())
    assert service.get_run(run).summary.status == "finished"
    service.close_run(run, status="failed", error=None)
    assert service.get_run(run).summary.status == "finished"
    recorder.end(run, "failed")
    service.ingest(recorder.batch())
    assert service.get_run(run).summary.status == "finished"


@pytest.mark.parametrize(
    ("option", "said", "shown"),
    [(None, None, "z"), (None, "second", "second"), ("third", "second", "third")],
)
def test_which_metric_lists_show(
    service: TrackingService,
    recorder: Recorder,
    option: str | None,
    said: str | None,
    shown: str,
) -> None:
    run = recorder.start(primary_metric=option)
    for name in ("z", "second", "third"):
        recorder.metric(run, name, 1.0)
    recorder.end(run, primary=said)
    service.ingest(recorder.batch())
    primary = service.list_runs().runs[0].primary_metric
    assert primary is not None
    assert primary.name == shown


def test_the_notebook_is_what_the_front_end_knows(
    service: TrackingService, recorder: Recorder
) -> None:
    asked: list[str] = []

    def locate(kernel_id: str) -> NotebookPlace | None:
        asked.append(kernel_id)
        return NotebookPlace("RTC:a/b.ipynb", "/home/a/b.ipynb") if kernel_id == "k1" else None

    known = recorder.start(kernel_id="k1", notebook_file="b.ipynb")
    again = recorder.start(kernel_id="k1")
    other = recorder.start(kernel_id="k2", notebook_file="/x/c.ipynb")
    service.ingest(recorder.batch(), locate=locate)
    assert asked == ["k1", "k2"]
    assert service.get_run(known).summary.notebook_path == "a/b.ipynb"
    assert service.get_run(known).notebook_file == "/home/a/b.ipynb"
    assert service.get_run(again).summary.notebook_path == "a/b.ipynb"
    assert service.get_run(other).summary.notebook_path == "/x/c.ipynb"


def test_a_job_opens_and_closes_its_own_run(
    service: TrackingService, recorder: Recorder, store: Store
) -> None:
    link = JobLink(new_id(), new_id(), "nightly", 3, new_id())
    new = NewRun(
        name="nightly",
        experiment="flights",
        user="ada",
        params=[Param("n", "200", "injected"), Param("big", "x" * 2_000_000, "injected")],
        tags=[Tag("a", "b")],
        job=link,
        primary_metric="auc",
    )
    run = service.open_run(new)
    recorder.metric(run, "auc", 0.5)
    inner = recorder.start(job_id=link.job_id)
    service.ingest(recorder.batch())
    found = service.get_run(run)
    assert found.summary.source == "job"
    assert found.summary.job == link
    assert found.summary.primary_metric is not None
    assert [p.name for p in found.params] == ["n"]
    assert "'big'" in found.warnings[0]
    assert service.get_run(inner).summary.job == link
    service.close_run(run, status="failed", error=ErrorInfo("KeyError", "x", "T"))
    service.close_run(run, status="finished", error=None)
    closed = service.get_run(run)
    assert closed.summary.status == "failed"
    assert closed.error == ErrorInfo("KeyError", "x", "T")
    assert changes(store)[0] == (run, "created")
    assert changes(store)[-1] == (run, "updated")
