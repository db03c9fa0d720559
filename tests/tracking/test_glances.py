"""Holds glances to what a list shows: few tags, the first line of a note, a small curve."""

from __future__ import annotations

import math

import pytest
from sqlalchemy import event

from mlops_lab.core.errors import InvalidInputError
from mlops_lab.core.ids import new_id
from mlops_lab.store.store import Store
from mlops_lab.tracking.service import TrackingService

from .conftest import Recorder


def test_tags_of_people_the_first_line_of_the_note_and_a_curve(
    any_store: Store, recorder: Recorder
) -> None:
    service = TrackingService(any_store)
    one, two = recorder.start(primary_metric="auc"), recorder.start()
    for number in range(10):
        recorder.tag(one, f"t{number}", "x" * 300)
    for name in ("mlflow.runName", "mlops-lab.mlflow", "mlops_lab.own"):
        recorder.tag(one, name, "hidden")
    recorder.tag(one, "mlflow.note.content", "\n  First line  \n\nmore")
    for step in range(500):
        recorder.metric(one, "loss", 1.0, step)
        recorder.metric(one, "auc", 9.0 if step == 123 else math.sin(step), step)
    recorder.metric(two, "auc", 0.5)
    service.ingest(recorder.batch())
    glances = service.list_glances([two, new_id(), one, two], points=40).glances
    assert [glance.run_id for glance in glances] == [two, one]
    assert (glances[0].tags, glances[0].note, glances[0].sparkline) == ([], None, None)
    assert [tag.name for tag in glances[1].tags] == [f"t{number}" for number in range(8)]
    assert {tag.value for tag in glances[1].tags} == {"x" * 200}
    assert glances[1].note == "First line"
    line = glances[1].sparkline
    assert line is not None
    assert (line.name, line.count) == ("auc", 500)
    assert 20 <= len(line.points) <= 40
    assert (line.points[0].step, line.points[-1].step) == (0, 499)
    assert 9.0 in [point.value for point in line.points]


@pytest.mark.parametrize("points", [2, 3, 5, 10, 120])
@pytest.mark.parametrize("length", [2, 100, 5_000])
def test_a_curve_has_no_more_points_than_asked_for(
    service: TrackingService, recorder: Recorder, points: int, length: int
) -> None:
    run_id = recorder.start()
    for step in range(length):
        recorder.metric(run_id, "auc", "NaN" if step % 7 == 3 else float(step), step)
    service.ingest(recorder.batch())
    [glance] = service.list_glances([run_id], points=points).glances
    assert glance.sparkline is not None
    steps = [point.step for point in glance.sparkline.points]
    assert 2 <= len(steps) <= points
    assert (steps[0], steps[-1]) == (0, length - 1)
    assert steps == sorted(set(steps))


def test_many_runs_are_read_with_as_few_questions_as_one(
    store: Store, service: TrackingService, recorder: Recorder
) -> None:
    runs = [recorder.start() for _ in range(20)]
    for run_id in runs:
        recorder.tag(run_id, "team", "a")
        for step in range(5):
            recorder.metric(run_id, "auc", float(step), step)
    service.ingest(recorder.batch())
    asked: list[str] = []
    event.listen(store._engine, "before_cursor_execute", lambda *given: asked.append(str(given[2])))
    service.list_glances(runs[:1])
    of_one = len(asked)
    assert len(service.list_glances(runs).glances) == 20
    assert len(asked) == 2 * of_one


def test_too_much_is_refused(service: TrackingService) -> None:
    with pytest.raises(InvalidInputError, match="201 runs"):
        service.list_glances([new_id()] * 201)
    with pytest.raises(InvalidInputError, match="121 points"):
        service.list_glances([new_id()], points=121)
