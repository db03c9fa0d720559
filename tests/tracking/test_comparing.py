"""Holds the reading of comparisons to its promises: any baseline, points on demand, cells below a run."""

from __future__ import annotations

import pytest

from mlops_lab.core.errors import InvalidInputError
from mlops_lab.core.facets import Dependency, Order
from mlops_lab.core.records import CellExecuted
from mlops_lab.tracking.service import TrackingService

from .conftest import Recorder


def test_a_baseline_may_stand_anywhere(service: TrackingService, recorder: Recorder) -> None:
    made = []
    for number in range(3):
        run = recorder.start()
        recorder.cell(run, f"n = {number}\nfit(n)\n")
        recorder.metric(run, "loss", 3.0 - number)
        recorder.tag(run, "team", "a")
        made.append(run)
    service.ingest(recorder.batch())
    found = service.compare(made, baseline=made[1][-8:], names=())
    assert found.baseline == made[1]
    assert [run.id for run in found.runs] == made
    for diffs in (found.code, found.cells, found.data, found.surroundings):
        assert [diff.run_id for diff in diffs] == [made[0], made[2]]
    assert [c.before for diff in found.cells for c in diff.cells[0].literals] == ["1", "1"]
    assert [c.after for diff in found.cells for c in diff.cells[0].literals] == ["0", "2"]
    assert [(row.name, row.equal) for row in found.tags] == [("team", True)]
    assert service.compare(made).baseline == made[0]
    other = recorder.start()
    service.ingest(recorder.batch())
    with pytest.raises(InvalidInputError, match="none of the compared"):
        service.compare(made, baseline=other)


def test_no_points_are_read_unless_asked_for(service: TrackingService, recorder: Recorder) -> None:
    made = [recorder.start(), recorder.start()]
    for run in made:
        for step in range(1_000):
            recorder.metric(run, "loss", 1.0 - step / 1_000, step=step)
            recorder.metric(run, "auc", step / 1_000, step=step)
    service.ingest(recorder.batch())
    assert service.compare(made, names=()).series == []
    found = service.comparing.read_curves(made, ["loss", "nothing"], max_points=20).curves
    assert [(one.run_id, one.name, one.count) for one in found] == [
        (run, "loss", 1_000) for run in made
    ]
    for one in found:
        assert len(one.steps) == len(one.elapsed) == len(one.values) <= 20
        assert (one.steps[0], one.steps[-1]) == (0, 999)
    part = service.comparing.read_curves(made[:1], ["auc"], max_points=50, steps=(100, 119)).curves
    assert part[0].steps == [*range(100, 120)]
    with pytest.raises(InvalidInputError, match="at most 5 points"):
        service.comparing.read_curves(made, ["loss"], max_points=5)


def test_the_cells_that_a_run_built_on_are_compared(
    service: TrackingService, recorder: Recorder
) -> None:
    made = []
    for number in range(2):
        history = f"kernel{number}"
        run = recorder.start(history_id=history, history_position=3)
        for position, source in enumerate(["unused = 1", f"k = {number}", "def f(): return k"]):
            recorder.add(CellExecuted, run, history, position, source)
        needed = [Dependency(at, ["k"], f"c{at}", at) for at in (1, 2)]
        recorder.facet(run, "order", Order(dependencies=needed, looked_at="nothing"))
        recorder.cell(run, "f()")
        made.append(run)
    service.ingest(recorder.batch())
    (cells,) = service.compare(made).cells
    assert [(one.change, one.places) for one in cells.cells] == [
        ("changed", [0, 0]),
        ("same", [1, 1]),
        ("same", [2, 2]),
    ]
    assert [(one.name, one.before, one.after) for one in cells.cells[0].literals] == [
        ("k", "0", "1")
    ]


def test_what_only_ran_again_is_no_other_cell(service: TrackingService, recorder: Recorder) -> None:
    made = []
    for again in (False, True):
        history = f"kernel-{again}"
        ran = [("a", "k = 1", ["k"]), ("a", "m = 2", ["m"]), ("b", "k += m", ["k"])]
        if again:
            ran += [("b", "k += m", ["k"]), ("c1", "fit(0)", ["k"]), ("copy", "fit(k)", ["k"])]
        run = recorder.start(history_id=history, history_position=len(ran))
        for at, (cell_id, source, _) in enumerate(ran):
            recorder.add(CellExecuted, run, history, at, source, cell_id)
        needed = [Dependency(at, names, cell, at) for at, (cell, _, names) in enumerate(ran)]
        recorder.facet(run, "order", Order(dependencies=needed, looked_at="nothing"))
        recorder.cell(run, "fit(k)")
        made.append(run)
    service.ingest(recorder.batch())
    (cells,) = service.compare(made).cells
    # Cell "a" was edited, and the run took something of both its texts.
    assert [one.change for one in cells.cells] == ["same"] * 4
