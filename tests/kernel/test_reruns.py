"""Proves that running a cell again and again makes no difference but the one that was made."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mlops_lab.core.facets import Order
from mlops_lab.core.settings import Settings
from mlops_lab.lab import Lab

from .conftest import Kernel

IMPORTS = "import mlops_lab as lab\nimport numpy as np\nimport time"
FINISH = """from mlops_lab.kernel.session import process_session
process_session().background.finish(timeout=30)"""
TRAINING = """%%track
lr = {lr}
loss = 1.0
np.random.seed(7)
for step in range(4):
    loss *= 1 - lr
    lab.log_metric("loss", loss, step=step)
    time.sleep(0.001)
"""


@pytest.fixture
def lab(settings: Settings) -> Iterator[Lab]:
    with Lab.open(settings) as opened:
        yield opened


@pytest.fixture
def kernel(start_kernel: Callable[..., Kernel], tmp_path: Path) -> Kernel:
    kernel = start_kernel(IPYTHONDIR=str(tmp_path / "ipython"))
    kernel.run("%load_ext mlops_lab", cell_id="load")
    kernel.run(IMPORTS, cell_id="a")
    return kernel


def runs_of(kernel: Kernel, lab: Lab, *cells: tuple[str, str]) -> list[str]:
    """Run cells by their ids and return the ids of the runs that they made, the oldest first."""
    for cell_id, source in cells:
        answer = kernel.run(source, cell_id=cell_id)
        assert answer.reply["status"] == "ok", answer.reply
    kernel.run(FINISH)
    lab.tracking.take_in_spools(lab.settings.spool_dir, only_dead=False)
    found = lab.tracking.list_runs(limit=100).runs
    return [one.id for one in sorted(found, key=lambda one: one.started_at)]


def order_of(lab: Lab, run_id: str) -> Order:
    order = lab.tracking.get_capture(run_id).order
    assert order is not None
    return order


def test_a_cell_that_ran_again_with_one_number_changed_differs_in_that_alone(
    kernel: Kernel, lab: Lab
) -> None:
    made = runs_of(kernel, lab, *[("b", TRAINING.format(lr=lr)) for lr in (0.1, 0.2, 0.3)])
    for run_id in made:
        order = order_of(lab, run_id)
        assert [(one.cell_id, one.problem) for one in order.dependencies] == [("a", None)]
        assert order.dependencies[0].names == ["lab", "np", "time"]
    diffs = lab.tracking.compare(made).cells
    assert len(diffs) == 2
    for cells, after in zip(diffs, ("0.2", "0.3"), strict=True):
        assert [(one.change, one.places) for one in cells.cells] == [
            ("same", [0, 0]),
            ("changed", [1, 1]),
        ]
        (literal,) = cells.cells[1].literals
        assert (literal.name, literal.before, literal.after) == ("lr", "0.1", after)
    for baseline, run_id in [(made[0], made[2]), (made[1], made[2])]:
        found = lab.tracking.explaining.explain(baseline, run_id)
        assert {cause.name for cause in found.causes} == {"lr"}


def test_two_runs_of_the_same_differ_in_nothing(kernel: Kernel, lab: Lab) -> None:
    cell = ("b", TRAINING.format(lr=0.1))
    made = runs_of(kernel, lab, cell, ("c", "np.random.seed(3)"), cell)
    (cells,) = lab.tracking.compare(made).cells
    changes = [one.change for one in cells.cells]
    # The seed in between is an effect that a result may depend on, so that cell is told.
    assert sorted(changes) == ["added", "same", "same"]


def test_cells_that_save_wait_or_record_are_nothing_to_depend_on(kernel: Kernel, lab: Lab) -> None:
    cell = ("b", TRAINING.format(lr=0.1))
    between = [
        ("c", "lab.log_metric"),
        ("d", "np.savetxt(__import__('os').devnull, np.ones(3))"),
        ("e", "time.sleep(0.001)"),
        ("f", "np.set_printoptions(precision=3)"),
        ("g", "with lab.start_run() as run:\n    lab.log_metric('other', len(run.run_id))"),
    ]
    made = runs_of(kernel, lab, cell, *between, cell)
    assert [one.cell_id for one in order_of(lab, made[-1]).dependencies] == ["a", "f"]
    # The printing options are settings of the module, and which of them count nobody can tell.
    (cells,) = lab.tracking.compare([made[0], made[-1]]).cells
    assert sorted(one.change for one in cells.cells) == ["added", "same", "same"]


def test_a_cell_that_ran_twice_is_one_cell_of_the_comparison(kernel: Kernel, lab: Lab) -> None:
    target = ("t", "%%track\nscore = n * 2 + len(rows)")
    cells = [("rows", "rows = []"), ("one", "n = 1"), ("more", "n = n + 1\nrows.append(n)")]
    made = runs_of(kernel, lab, *cells, target, cells[2], cells[2], target)
    first, second = (order_of(lab, run_id) for run_id in made)
    assert [one.cell_id for one in first.dependencies] == ["rows", "one", "more"]
    # The order report keeps every execution, since the result did come from each of them.
    assert [one.cell_id for one in second.dependencies] == ["rows", "one", "more", "more", "more"]
    (compared,) = lab.tracking.compare(made).cells
    assert [one.change for one in compared.cells] == ["same"] * 4
