"""MLflow's client writes into the run of the cell, and is afterwards as it was."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from .captured import read_children, read_runs

BEGIN = "%load_ext mlops_lab"


@pytest.fixture
def kernel(start_kernel: Callable[..., Any], tmp_path: Path) -> Any:
    """A kernel whose user has MLflow pointed to a folder of their own."""
    kernel = start_kernel(OMP_NUM_THREADS="1", MLFLOW_TRACKING_URI=tmp_path.as_uri())
    kernel.run(
        f"{BEGIN}\nimport os, numpy as np\n"
        "from sklearn.linear_model import Ridge\nX = np.random.rand(30, 2); y = X[:, 0]"
    )
    return kernel


def test_autologging_and_an_unmodified_client_write_into_the_run_of_the_cell(
    kernel: Any, spool_dir: Path, tmp_path: Path
) -> None:
    answer = kernel.run(
        "%%track --autolog\n"
        "import mlflow\n"
        "model = Ridge(alpha=0.5).fit(X, y)\n"
        "for step in range(3):\n"
        "    mlflow.log_metric('loss', 1 / (step + 1), step=step)\n"
        "mlflow.log_params({'depth': 3, 'kind': 'deep'})\n"
        "mlflow.set_tag('owner', 'ada')\n"
        "mlflow.log_dict({'a': 1}, 'notes/d.json')\n"
    )
    assert answer.reply["status"] == "ok", answer.text("stderr")
    run = read_runs(spool_dir)[-1]
    assert run.points["loss"] == [(0, 1.0), (1, 0.5), (2, 1 / 3)]
    assert (run.params["depth"], run.params["kind"]) == ("3", "'deep'")
    assert run.params["alpha"] == "0.5"
    assert "training_r2_score" in run.points
    assert run.tags["owner"] == "ada"
    assert "notes/d.json" in run.artifacts
    assert run.end.status == "finished"
    assert read_children(spool_dir, run) == []
    answer = kernel.run(
        "assert mlflow.active_run() is None\n"
        "print(mlflow.get_tracking_uri(), os.environ['MLFLOW_TRACKING_URI'])\n"
        "Ridge().fit(X, y)"
    )
    assert answer.text("stdout").split() == [tmp_path.as_uri()] * 2
    assert not any(path.name == "meta.yaml" for path in tmp_path.rglob("*"))


def test_runs_that_the_cell_opens_itself_are_the_run_and_its_children(
    kernel: Any, spool_dir: Path
) -> None:
    answer = kernel.run(
        "%%track --autolog\n"
        "import mlflow\n"
        "mlflow.set_experiment('mine')\n"
        "with mlflow.start_run(run_name='outer'):\n"
        "    mlflow.log_metric('a', 1)\n"
        "    for n in range(2):\n"
        "        with mlflow.start_run(run_name=f'inner {n}', nested=True):\n"
        "            mlflow.log_param('n', n)\n"
        "            mlflow.log_metric('b', n)\n"
    )
    assert answer.reply["status"] == "ok", answer.text("stderr")
    outer = read_runs(spool_dir)[-1]
    inner = read_children(spool_dir, outer)
    assert outer.points["a"] == [(0, 1.0)]
    assert [child.started.name for child in inner] == ["inner 0", "inner 1"]
    assert [child.params["n"] for child in inner] == ["0", "1"]
    assert [child.end.status for child in inner] == ["finished", "finished"]
    assert kernel.run("print(os.environ.get('MLFLOW_EXPERIMENT_ID'))").text("stdout") == "None\n"


def test_a_cell_that_fails_is_a_failed_run_and_leaves_no_mlflow_run_open(
    kernel: Any, spool_dir: Path
) -> None:
    answer = kernel.run("%%track --autolog\nimport mlflow\nmlflow.log_metric('a', 1)\n1 / 0")
    assert answer.reply["ename"] == "ZeroDivisionError"
    assert read_runs(spool_dir)[-1].end.status == "failed"
    assert kernel.run("print(mlflow.active_run())").text("stdout") == "None\n"


def test_without_a_client_it_says_so_in_one_line_and_the_cell_runs(
    start_kernel: Callable[..., Any], spool_dir: Path
) -> None:
    kernel = start_kernel()
    hide = "import sys\nsys.modules['mlflow'] = None"
    kernel.run(f"{BEGIN}\n{hide}")
    answer = kernel.run("%%track --autolog\na = 1 + 1")
    assert answer.reply["status"] == "ok"
    lines = [line for line in answer.text("stderr").splitlines() if "autolog" in line]
    assert len(lines) == 1
    assert "pip install mlflow-skinny" in lines[0]
    assert read_runs(spool_dir)[-1].points["a"] == [(0, 2.0)]
