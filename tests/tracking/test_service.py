"""Holds lists and look-ups to their promises: order, pages without holes, and names that people type."""

from __future__ import annotations

import base64

import pytest
from sqlalchemy import event

from mlops_lab.core.errors import InvalidInputError, NotFoundError
from mlops_lab.store.store import Store
from mlops_lab.tracking.service import TrackingService

from .conftest import STARTED_AT, Recorder

MOST_STATEMENTS = 12


def test_pages_hold_every_run_once_newest_first(
    service: TrackingService, recorder: Recorder
) -> None:
    made = [recorder.start(started_at=STARTED_AT + number // 3) for number in range(25)]
    service.ingest(recorder.batch())
    seen: list[str] = []
    cursor = None
    while True:
        page = service.list_runs(limit=7, cursor=cursor)
        assert page.total == 25
        seen += [run.id for run in page.runs]
        if page.next_cursor is None:
            break
        cursor = page.next_cursor
    assert sorted(seen) == sorted(made)
    order = {run_id: (number // 3, run_id) for number, run_id in enumerate(made)}
    assert seen == sorted(made, key=lambda run_id: order[run_id], reverse=True)


def test_a_run_that_begins_meanwhile_moves_no_page(
    service: TrackingService, recorder: Recorder
) -> None:
    made = [recorder.start() for _ in range(4)]
    service.ingest(recorder.batch())
    first = service.list_runs(limit=2)
    recorder.start()
    service.ingest(recorder.batch())
    second = service.list_runs(limit=2, cursor=first.next_cursor)
    assert [run.id for run in first.runs + second.runs] == made[::-1]
    assert second.next_cursor is None


def test_runs_of_one_notebook(service: TrackingService, recorder: Recorder) -> None:
    here = recorder.start(notebook_file="a/b.ipynb")
    recorder.start(notebook_file="a/bb.ipynb")
    service.ingest(recorder.batch())
    page = service.list_runs(notebook_path="a/b.ipynb")
    assert [run.id for run in page.runs] == [here]
    assert page.total == 1
    assert service.list_runs(notebook_path="a/b.ipynb", filter="status:failed").total == 0


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "ü",
        "====",
        "AAAA",
        base64.urlsafe_b64encode(b"1:xyz").decode(),
        base64.urlsafe_b64encode(b"9999999999999999999999:" + b"a" * 32).decode(),
        base64.urlsafe_b64encode(b"one:" + b"a" * 32).decode(),
    ],
)
def test_a_bad_cursor_is_refused(service: TrackingService, cursor: str) -> None:
    with pytest.raises(InvalidInputError, match="cannot be read"):
        service.list_runs(cursor=cursor)


@pytest.mark.parametrize("limit", [0, -1, 1001])
def test_a_bad_limit_is_refused(service: TrackingService, limit: int) -> None:
    with pytest.raises(InvalidInputError, match="is not possible"):
        service.list_runs(limit=limit)


def test_a_page_costs_the_same_number_of_statements_for_any_number_of_runs(
    service: TrackingService, recorder: Recorder, store: Store
) -> None:
    statements: list[str] = []
    event.listen(
        store._engine, "before_cursor_execute", lambda *args: statements.append(str(args[2]))
    )
    counts = []
    for wanted in (2, 200):
        for _ in range(wanted):
            run = recorder.start()
            recorder.metric(run, "auc", 0.5)
        service.ingest(recorder.batch())
        statements.clear()
        service.list_runs(limit=500)
        counts.append(len(statements))
    assert counts[0] == counts[1]
    assert counts[0] <= MOST_STATEMENTS


def test_a_run_is_named_by_some_of_its_digits(service: TrackingService, recorder: Recorder) -> None:
    one = recorder.start("0a" * 12 + "1111aaaa")
    two = recorder.start("0a" * 12 + "2222aaaa")
    service.ingest(recorder.batch())
    for typed in (one, "1111aaaa", one[:26], " 1111AAAA "):
        assert service.get_run(typed).summary.id == one
    with pytest.raises(InvalidInputError) as caught:
        service.get_run("aaaa")
    assert one in caught.value.message
    assert two in caught.value.message
    for typed in ("aaa", "xyz", "", "%%%%", "a" * 33):
        with pytest.raises(NotFoundError, match="There is no run"):
            service.get_run(typed)
    with pytest.raises(NotFoundError, match="begins or ends with 'bbbb'"):
        service.get_run("bbbb")


def test_many_matches_are_cut(service: TrackingService, recorder: Recorder) -> None:
    made = [recorder.start(f"0a0a{number:024x}ffff") for number in range(9)]
    service.ingest(recorder.batch())
    with pytest.raises(InvalidInputError) as caught:
        service.get_run("0a0a")
    assert sum(run in caught.value.message for run in made) == 5
    assert caught.value.message.endswith("...")


def test_an_unknown_metric_is_named_with_the_nearest(
    service: TrackingService, recorder: Recorder
) -> None:
    run = recorder.start()
    recorder.metric(run, "val_loss", 1.0)
    service.ingest(recorder.batch())
    with pytest.raises(NotFoundError) as caught:
        service.get_series(run, "val_los")
    assert "Did you mean 'val_loss'?" in caught.value.hint


def test_comparison(service: TrackingService, recorder: Recorder) -> None:
    made = []
    for number in range(3):
        run = recorder.start()
        recorder.cell(run, f"n = {number}\nfit(n)\n")
        recorder.param(run, "n", str(number))
        recorder.metric(run, "auc", 0.5)
        for step in range(number * 2):
            recorder.metric(run, "loss", float(step), step=step)
        made.append(run)
    service.ingest(recorder.batch())
    found = service.compare([made[0], made[1][-8:], made[2], made[1]])
    assert [run.id for run in found.runs] == made
    assert [(row.name, row.values, row.equal) for row in found.params] == [
        ("n", ["0", "1", "2"], False)
    ]
    assert [(row.name, row.values, row.equal) for row in found.metrics] == [
        ("loss", [None, 1.0, 3.0], False),
        ("auc", [0.5, 0.5, 0.5], True),
    ]
    assert [(one.run_id, one.name, len(one.points)) for one in found.series] == [
        (made[1], "loss", 2),
        (made[2], "loss", 4),
    ]
    assert [diff.run_id for diff in found.code] == made[1:]
    assert service.compare(made[1:]).series == found.series


def test_bad_comparisons(service: TrackingService, recorder: Recorder) -> None:
    run = recorder.start()
    service.ingest(recorder.batch())
    for too_few in ([], [run], [run, run[-8:]]):
        with pytest.raises(InvalidInputError, match="two different runs"):
            service.compare(too_few)
    with pytest.raises(InvalidInputError, match="201 runs are too many"):
        service.compare([run] * 201)
    with pytest.raises(NotFoundError):
        service.compare([run, "0" * 32])


def test_closing_a_run_that_is_not_there(service: TrackingService) -> None:
    with pytest.raises(NotFoundError):
        service.close_run("0" * 32, status="failed", error=None)
