"""Shows where a notebook needs our package, and that the guard cell replaces it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from nbformat import NotebookNode

from mlops_lab.notebooks.imports import LOGGING_CALLS, READING_CALLS, find_uses, guard_source
from mlops_lab.notebooks.literals import placed_cells


@pytest.mark.parametrize(
    ("sources", "uses", "bare"),
    [
        (["a = 1", "b = 2"], [], False),
        (["a = 1", "lab.log_metric('x', 1)"], [1], True),
        (["import mlops_lab as lab", "lab.log_metric('x', 1)"], [0, 1], True),
        (["def f():\n    from mlops_lab import log_param"], [0], False),
        (["from mlops_lab.kernel import api"], [0], False),
        (["lab = room()", "lab.log_metric('x', 1)"], [], False),
        (["import lab", "lab.set_tag('a', 'b')"], [], False),
        (["lab.experiment()"], [], False),
        (["from . import mlops_lab_x", "import mlops_labs"], [], False),
        (["import mlops_lab )"], [0], False),
    ],
)
def test_uses_of_the_package_are_found(
    make_notebook: Callable[..., NotebookNode], sources: list[str], uses: list[int], bare: bool
) -> None:
    assert find_uses(placed_cells(make_notebook(*sources))) == (uses, bare)


def test_the_guard_gives_the_real_package_where_it_is() -> None:
    import mlops_lab

    for binds_lab, name in ((True, "lab"), (False, "mlops_lab")):
        namespace: dict[str, object] = {}
        exec(guard_source(binds_lab=binds_lab), namespace)  # noqa: S102 - that is what it is for
        assert namespace[name] is mlops_lab


def test_the_guard_knows_every_call() -> None:
    import mlops_lab

    assert sorted([*LOGGING_CALLS, *READING_CALLS]) == sorted([*mlops_lab.__all__, "callbacks"])


def test_what_is_logged_goes_nowhere_without_the_package(
    make_notebook: Callable[..., NotebookNode],
    papermill_without_us: Callable[..., NotebookNode],
) -> None:
    notebook = make_notebook(
        guard_source(binds_lab=True),
        "from mlops_lab import lab as same, start_run",
        "with start_run(run_name='a') as run, lab.start_run(nested=True):\n"
        "    lab.log_params({'n': 3})\n"
        "    lab.callbacks.lightgbm()\n"
        "    lab.log_model(object(), name='m')\n"
        "    same.log_metric('x', 1, step=2)",
        "print(lab is same, hasattr(lab, 'load_model'))",
    )
    executed = papermill_without_us(notebook)
    assert executed.cells[-1].outputs[0].text == "True False\n"
