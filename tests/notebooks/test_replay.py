"""The replay of a run: which cells, in which order, in which form, and what the reader is told."""

from __future__ import annotations

import nbformat
import pytest

from mlops_lab.core.facets import HistoryCell
from mlops_lab.core.tracking import Cell
from mlops_lab.notebooks.needed import find_needed
from mlops_lab.notebooks.randomness import find_unseeded
from mlops_lab.notebooks.replay import (
    Replay,
    own_history,
    plan_job,
    plan_replay,
    replay_notebook,
    restored_notebook,
    runnable,
)

RUN = "a" * 32


def history(*sources: str, own: int | None = None, status: str = "ok") -> list[HistoryCell]:
    return [
        HistoryCell(
            position=position,
            source=source,
            execution_count=position + 1,
            status=status,  # type: ignore[arg-type]
            run_id=RUN if position == own else None,
        )
        for position, source in enumerate(sources)
    ]


def sources(replay: Replay) -> list[str]:
    return [cell.source for cell in replay.cells]


def test_the_cells_before_run_in_order_and_the_runs_own_is_tracked() -> None:
    cells = history("a = 1", "b = a + 1", "%%track\nc = a + b", "never = 1", own=2)
    replay = plan_replay(list(reversed(cells)), [], run_id=RUN)
    assert sources(replay) == ["a = 1", "b = a + 1", "%%track\nc = a + b"]
    assert [cell.own for cell in replay.cells] == [False, False, True]
    assert replay.notes == []


def test_the_cell_of_a_run_that_the_history_lacks_comes_last() -> None:
    cell = Cell(source="%%track\nc = a", execution_count=3)
    replay = plan_replay(history("a = 1", "b = 2"), [cell], run_id=RUN)
    assert [(c.recorded.position, c.own) for c in replay.cells] == [
        (0, False),
        (1, False),
        (2, True),
    ]
    assert replay.cells[2].recorded.status == "ok"


def test_the_own_cell_of_the_history_is_taken_whole_and_once() -> None:
    long = "%%track\nc = 1\n" + "# words\n" * 5_000
    past = history("a = 1", f"{long[:20_000]}\n# ... cut", "between = 1", "d = c")
    cells = [Cell(source=long, execution_count=2), Cell(source="d = c", execution_count=4)]
    found = own_history(past[1:], cells, run_id=RUN)
    replay = plan_replay([past[0], *found], cells, run_id=RUN)
    assert [c.recorded.source for c in replay.cells] == ["a = 1", long, "between = 1", "d = c"]
    assert [c.own for c in replay.cells] == [False, True, False, True]
    assert own_history(history("%track on"), [], run_id=RUN) == []


def test_a_cell_of_the_run_that_another_kernel_ran_is_added() -> None:
    past = history("a = 1", "%%track\nb = a", own=1)
    cells = [
        Cell(source="%%track\nb = a", execution_count=2),
        Cell(source="%%track\nc = 2", execution_count=2),
    ]
    replay = plan_replay(past, cells, run_id=RUN)
    assert sources(replay) == ["a = 1", "%%track\nb = a", "%%track\nc = 2"]
    assert [c.own for c in replay.cells] == [False, True, True]


def test_a_job_is_planned_with_what_it_executed() -> None:
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(source) for source in ("a = 1", "b = a", "c = b")]
    )
    executed = [
        HistoryCell(0, "# Parameters\na = 2\n", bound={"a": "2"}, status="ok"),
        HistoryCell(1, "a = 1", bound={"a": "1"}, status="ok"),
        HistoryCell(2, "b = a", bound={"b": "1"}, status="error"),
    ]
    replay = plan_job(notebook, parameters={"a": 2}, executed=executed, tracked=[1], run_id=RUN)
    assert sources(replay) == ["a = 2\n", "a = 1", "b = a", "c = b"]
    assert [c.recorded.bound for c in replay.cells] == [{"a": "2"}, {"a": "1"}, {"b": "1"}, {}]
    assert [(c.own, c.may_fail) for c in replay.cells[1:]] == [
        (False, False),
        (True, True),
        (False, False),
    ]


def test_a_failed_run_may_fail_again() -> None:
    cell = Cell(source="%%track\n1 / 0", execution_count=1)
    replay = plan_replay([], [cell], run_id=RUN, ended_well=False)
    assert [c.may_fail for c in replay.cells] == [True]


def test_what_is_not_known_of_the_history_is_told() -> None:
    alone = plan_replay([], [Cell(source="%%track\na", execution_count=7)], run_id=RUN)
    assert "only the run's own cell" in alone.notes[0]
    first = plan_replay([], [Cell(source="%%track\na", execution_count=1)], run_id=RUN)
    assert first.notes == []
    gap = plan_replay(
        [cell for cell in history("a", "b", "c", "d", own=3) if cell.position != 1], [], run_id=RUN
    )
    assert gap.notes == ["1 cell that ran before was not recorded."]
    unknown = plan_replay(
        [*history("a", "b", status="unknown"), HistoryCell(2, "c", run_id=RUN, status="ok")],
        [],
        run_id=RUN,
    )
    assert "2 cells ran before the extension was loaded" in unknown.notes[0]
    assert [cell.may_fail for cell in unknown.cells] == [True, True, False]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("%load_ext mlops_lab", "pass"),
        ("%load_ext mlops_lab\nimport os", "import os"),
        ("%track on", "pass"),
        ("%%track -e x\na = 1", "a = 1"),
        ("%%time\n%%track\na = 1", "%%time\na = 1"),
        ("%unload_ext mlops_lab", "pass  # not run again: %unload_ext mlops_lab\n"),
        ("%runs", "pass  # not run again: %runs\n"),
        ("%reset", "%reset -f\n"),
        ("%reset -f", "%reset -f"),
        ("%matplotlib inline\na = 1", "%matplotlib inline\na = 1"),
        ("!ls", "!ls"),
        ("x = 5", "x = 5"),
    ],
)
def test_magics_of_ours_are_taken_out(source: str, expected: str) -> None:
    assert runnable(source, own=False) == (expected, 0)


@pytest.mark.parametrize(
    "source",
    [
        "%pip install pandas==2.0",
        "%pip install \\\n  pandas",
        "!pip install pandas",
        "! python -m pip install -q pandas",
        "!{sys.executable} -m pip install pandas",
        "%conda install pandas",
        "!uv pip install pandas",
        "!uv add pandas",
        "!apt-get -y install gcc",
        "if True:\n    !pip3 install pandas",
        "out = !pip install pandas",
        "%%bash\npip install pandas",
        "pip install pandas",
    ],
)
def test_nothing_is_installed_again(source: str) -> None:
    changed, count = runnable(source, own=False)
    assert count == 1
    code = "\n".join(line for line in changed.splitlines() if "not run again" not in line)
    assert "install" not in code
    assert "add" not in code


@pytest.mark.parametrize(
    "source", ["!pip list", "pip = 'install'", "print('pip install pandas')", "%pip freeze"]
)
def test_what_only_looks_like_an_installation_stays(source: str) -> None:
    assert runnable(source, own=False) == (source, 0)


def test_the_runs_own_cell_keeps_its_track_line_or_is_given_one() -> None:
    assert runnable("%%track -m auc\na = 1", own=True)[0] == "%%track -m auc\na = 1"
    assert runnable("a = 1", own=True)[0] == "%%track\na = 1"
    assert runnable("%%time\na = 1", own=True)[0] == "%%track\n%%time\na = 1"
    with_run = "with lab.start_run():\n    lab.log_metric('a', 1)"
    assert runnable(with_run, own=True)[0] == with_run


def test_a_job_runs_its_notebook_with_the_parameters_that_it_was_given() -> None:
    notebook = nbformat.v4.new_notebook()
    notebook.cells = [
        nbformat.v4.new_markdown_cell("about"),
        nbformat.v4.new_code_cell("n = 1", metadata={"tags": ["parameters"]}),
        nbformat.v4.new_code_cell("n = 9", metadata={"tags": ["injected-parameters"]}),
        nbformat.v4.new_code_cell("m = n * 2"),
        nbformat.v4.new_code_cell(" "),
    ]
    replay = plan_job(notebook, parameters={"n": 5}, tracked=[3], run_id=RUN)
    assert sources(replay) == ["n = 1", "n = 5\n", "m = n * 2"]
    assert [cell.own for cell in replay.cells] == [False, False, True]
    assert all(c.own for c in plan_job(notebook, parameters={}, tracked=[], run_id=RUN).cells)


def test_the_notebooks_are_whole() -> None:
    replay = plan_replay(history("%pip install x", "%%track\na", own=1), [], run_id=RUN)
    run = replay_notebook(replay, kernel_name="python3")
    nbformat.validate(run)
    assert [cell.source for cell in run.cells][1] == "%%track\na"
    restored = restored_notebook(replay, kernel_name=None, about="# About")
    nbformat.validate(restored)
    assert [cell.source for cell in restored.cells][1:] == ["%pip install x", "%%track\na"]
    assert "Lines that install packages, not run again: 1." in restored.cells[0].source


def test_only_what_the_run_builds_upon_is_needed() -> None:
    cells = [
        "import time\nstarted = time.time()",
        "base = 3",
        "def f(x):\n    return x + base",
        "unused = f(1)",
        "%%track\nscore = f(2)",
    ]
    needed = find_needed(cells, own={4})
    assert needed.cells == {1, 2, 3, 4}
    assert "started" not in needed.names
    assert {"base", "f", "score"} <= needed.names
    foreign = find_needed(["%%bash\necho base", "base"], own={1})
    assert foreign.cells == {0, 1}


@pytest.mark.parametrize(
    ("program", "expected"),
    [
        ("import random\nrandom.random()", ["random"]),
        ("import random\nrandom.seed(1)\nrandom.random()", []),
        ("import numpy as np\nnp.random.rand(3)", ["numpy"]),
        ("import numpy as np\nnp.random.seed(0)\nnp.random.rand(3)", []),
        ("import numpy as np\nrng = np.random.default_rng()", ["numpy (default_rng)"]),
        ("import numpy as np\nrng = np.random.default_rng(3)", []),
        ("from numpy.random import rand\nrand()", ["numpy"]),
        ("import torch\ntorch.randn(3)", ["torch"]),
        ("import torch\nset_seed(1)\ntorch.randn(3)", []),
        ("train_test_split(x, y)", ["train_test_split (random_state)"]),
        ("train_test_split(x, y, random_state=1)", []),
        ("import math\nmath.sin(1)", []),
        ("this is not Python", []),
    ],
)
def test_what_draws_random_numbers_without_a_seed_is_named(
    program: str, expected: list[str]
) -> None:
    assert find_unseeded([program]) == expected


def test_a_secret_that_was_masked_is_told_of() -> None:
    cells = history(
        "password = '***'", "url = 'http://me:***@there'", "a = 2 ** 3", "%%track\nb", own=3
    )
    [note] = plan_replay(cells, [], run_id=RUN).notes
    assert note.startswith("2 cells held a secret that was not recorded: ***")
