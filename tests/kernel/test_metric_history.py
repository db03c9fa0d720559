"""Proves what ``lab.metric_history`` gives, and that the code of charts runs on it."""

from __future__ import annotations

from pathlib import Path

import pytest

from mlops_lab.core.errors import InvalidInputError, NotFoundError

from .test_start_run import good

CODE = Path(__file__).parents[1] / "data" / "chart_code"

RUNS = """
ids = []
for depth, kind in ((2, "deep"), (4, "deep"), (6, "flat"), (8, "flat")):
    with lab.start_run(run_name=f"r{depth}", tags={"team": "a"}) as run:
        lab.log_params({"depth": depth, "width": depth % 3 + 1, "kind": kind})
        for step in range(40):
            lab.log_metric("loss", 1 / (step + depth), step)
        lab.log_metric("auc", depth / 10)
        ids.append(run.info.run_id)
"""


@pytest.fixture
def ids(shell, store, spool_dir) -> list[str]:
    good(shell, RUNS)
    found: list[str] = shell.user_ns["ids"]
    return found


def test_history_is_a_row_a_point(shell, ids):
    good(shell, "found = lab.metric_history(ids[:2], 'loss')\nevery = lab.metric_history(ids[0])")
    found, every = shell.user_ns["found"], shell.user_ns["every"]
    assert list(found.columns) == [
        *("run_id", "run_name", "metric", "step", "time", "elapsed", "value")
    ]
    assert len(found) == 80
    assert list(found["run_name"].unique()) == ["r2", "r4"]
    assert list(found["step"][:40]) == list(range(40))
    assert found["value"].iloc[0] == 0.5
    assert str(found["time"].dtype).endswith("UTC]")
    assert (found["elapsed"] >= 0).all()
    assert set(every["metric"]) == {"auc", "loss"}


def test_runs_are_named_as_for_a_report_and_may_lack_a_metric(shell, ids):
    good(
        shell,
        "frame = lab.metric_history(lab.search_runs('params.kind = flat'), ['auc', 'none'])\n"
        "none = lab.metric_history(ids, 'none')\n"
        "few = lab.metric_history(ids[0], 'loss', max_points=10)",
    )
    assert sorted(shell.user_ns["frame"]["value"]) == [0.6, 0.8]
    assert len(shell.user_ns["none"]) == 0
    few = shell.user_ns["few"]
    assert len(few) <= 10
    assert {0, 39} <= set(few["step"])


@pytest.mark.parametrize(
    ("call", "error"),
    [
        ("lab.metric_history('0' * 32)", NotFoundError),
        ("lab.metric_history(3.5)", InvalidInputError),
        ("lab.metric_history(ids, max_points=3)", InvalidInputError),
    ],
)
def test_what_cannot_be_read_is_said(shell, ids, call, error):
    assert isinstance(shell.run_cell(call).error_in_exec, error)


@pytest.mark.parametrize("path", sorted(CODE.glob("*.txt")), ids=lambda path: path.stem)
def test_the_code_of_every_chart_draws_it(shell, ids, path):
    pytest.importorskip("plotly")
    code = path.read_text(encoding="utf-8")
    for number, run_id in enumerate(ids):
        code = code.replace(f"RUN_{number}", run_id)
    good(shell, code.replace("figure.show()", "drawn = figure.to_dict()"))
    assert shell.user_ns["drawn"]["data"]
