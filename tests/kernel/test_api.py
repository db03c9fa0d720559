"""Proves the logging calls: what they take, what they refuse, and where they log to."""

from __future__ import annotations

import threading

import pytest

from mlops_lab.core.errors import ConflictError, InvalidInputError, LimitError
from mlops_lab.core.limits import MAX_PARAM_BYTES
from mlops_lab.core.records import (
    CellCaptured,
    MetricLogged,
    ParamLogged,
    RunFinished,
    RunStarted,
    TagSet,
    WarningNoted,
)
from mlops_lab.kernel.session import process_session

from .spool_reader import read_records


def cell(shell, body: str):
    return shell.run_cell(f"%%track\n{body}")


def logged(folder):
    found = [r for r in read_records(folder) if isinstance(r, MetricLogged)]
    return [(r.name, float(r.value), r.step) for r in found]


def test_steps_count_on_for_each_name(shell, spool_dir):
    cell(
        shell,
        "for _ in range(2):\n    lab.log_metrics({'a': 1, 'b': 2})\n"
        "lab.log_metric('a', 1, step=10)\nlab.log_metric('a', 1)\nlab.log_metrics({'b': 3}, step=7)",
    ).raise_error()
    assert [step for name, _, step in logged(spool_dir) if name == "a"] == [0, 1, 10, 11]
    assert [step for name, _, step in logged(spool_dir) if name == "b"] == [0, 1, 7]


def test_each_run_counts_from_the_beginning(shell, spool_dir):
    for _ in range(2):
        cell(shell, "lab.log_metric('a', 1)").raise_error()
    assert [step for _, _, step in logged(spool_dir)] == [0, 0]


def test_a_series_is_not_followed_by_the_variable_of_its_name(shell, spool_dir):
    cell(shell, "for i in range(2):\n    loss = 1 / (i + 1)\n    lab.log_metric('loss', loss)")
    assert logged(spool_dir) == [("loss", 1.0, 0), ("loss", 0.5, 1)]


def test_nan_and_infinities_are_kept(shell, spool_dir):
    cell(shell, "for v in ('nan', 'inf', '-inf'):\n    lab.log_metric('m', float(v))").raise_error()
    assert [str(value) for _, value, _ in logged(spool_dir)] == ["nan", "inf", "-inf"]


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        ("log_metric('auc', '0.9')", InvalidInputError, ["'auc'", "'0.9' is a str", "float("]),
        ("log_metric('auc', None)", InvalidInputError, ["NoneType"]),
        ("log_metric('auc', True)", InvalidInputError, ["True is a bool"]),
        ("log_metric('auc', [1])", InvalidInputError, ["list"]),
        ("log_metric('auc', 10**400)", InvalidInputError, ["int"]),
        ("log_metric(5, 1)", InvalidInputError, ["5 is a int"]),
        ("log_metric('', 1)", LimitError, ["empty"]),
        ("log_metric('n' * 251, 1)", LimitError, ["250"]),
        ("log_metric('a', 1, step='1')", InvalidInputError, ["step", "'1' (str)"]),
        ("log_metric('a', 1, step=1.5)", InvalidInputError, ["whole number"]),
        ("log_metric('a', 1, step=2**70)", InvalidInputError, ["64 bits"]),
        ("log_param('p', object)", InvalidInputError, ["'p' is a type"]),
        ("log_param('p', 'x' * 1_048_577)", LimitError, ["1,048,576"]),
        ("set_tag('t', 'x' * 1_048_577)", LimitError, ["1,048,576"]),
        ("set_tag('', 'x')", LimitError, ["empty"]),
    ],
)
@pytest.mark.usefixtures("capsys")
def test_what_cannot_be_logged_is_the_users_error(shell, call, error, words):
    result = cell(shell, f"lab.{call}")
    assert type(result.error_in_exec) is error
    for word in words:
        assert word in str(result.error_in_exec)


def test_params_are_set_once(shell, spool_dir, capsys):
    result = cell(
        shell,
        "lab.log_param('depth', 3)\nlab.log_param('depth', 3)\n"
        "lab.log_param('grid', {'a': [1, None]})\nlab.log_param('depth', 4)",
    )
    assert isinstance(result.error_in_exec, ConflictError)
    assert "'depth' already, with the value 3" in str(result.error_in_exec)
    found = [(r.name, r.value) for r in read_records(spool_dir) if isinstance(r, ParamLogged)]
    assert found == [("depth", "3"), ("grid", "{'a': [1, None]}")]


def test_a_param_of_the_limit_is_stored_and_a_larger_one_is_refused_by_name(
    shell, spool_dir, capsys
):
    fits, larger = "x" * (MAX_PARAM_BYTES - 2), "y" * (MAX_PARAM_BYTES - 1)
    cell(shell, f"fits = {fits!r}\nlarger = {larger!r}").raise_error()
    records = read_records(spool_dir)
    assert [r.name for r in records if isinstance(r, ParamLogged)] == ["fits"]
    (warning,) = [r.text for r in records if isinstance(r, WarningNoted)]
    assert "'larger'" in warning
    assert "1,048,576" in warning
    assert capsys.readouterr().err == f"MLOps Lab: {warning}\n"


def test_the_last_tag_of_a_name_is_sent_too(shell, spool_dir):
    cell(shell, "lab.set_tag('stage', 'draft')\nlab.set_tag('stage', 2)").raise_error()
    found = [(r.name, r.value) for r in read_records(spool_dir) if isinstance(r, TagSet)]
    assert found == [("stage", "draft"), ("stage", "2")]


def test_outside_a_tracked_cell_a_run_is_opened_for_that_cell(shell, spool_dir, capsys):
    shell.run_cell("for i in range(3):\n    lab.log_metric('m', i)\nlab.log_param('p', 1)")
    shell.run_cell("x = 1")
    shell.run_cell("lab.set_tag('t', 1)\n1 / 0")
    assert "MLOps Lab" not in capsys.readouterr().err
    records = read_records(spool_dir)
    runs = [r.run_id for r in records if isinstance(r, RunStarted)]
    assert [(r.run_id, r.status) for r in records if isinstance(r, RunFinished)] == [
        (runs[0], "finished"),
        (runs[1], "failed"),
    ]
    assert [r.run_id for r in records if isinstance(r, MetricLogged | ParamLogged)] == [runs[0]] * 4
    assert [r.run_id for r in records if isinstance(r, TagSet)] == [runs[1]]
    sources = [r.source for r in records if isinstance(r, CellCaptured)]
    assert sources[1] == "lab.set_tag('t', 1)\n1 / 0"


def test_a_thread_of_the_cell_logs_into_its_run(shell, spool_dir):
    cell(
        shell,
        "import threading\n"
        "threads = [threading.Thread(target=lab.log_metric, args=('m', i)) for i in range(4)]\n"
        "[t.start() for t in threads]\n[t.join() for t in threads]",
    ).raise_error()
    assert sorted(step for _, _, step in logged(spool_dir)) == [0, 1, 2, 3]


def test_cells_that_run_at_once_in_two_threads_keep_their_points_apart(shell, spool_dir):
    session = process_session()
    meet = threading.Barrier(2)
    shell.user_ns["meet"] = meet

    def work():
        info = type(
            "Info", (), {"raw_cell": "%%track b", "cell_id": None, "store_history": False}
        )()
        session.cells.on_pre_run_cell(info)
        meet.wait(30)
        session.current().log_metric("m", 2)
        meet.wait(30)
        outcome = type("Result", (), {"info": info, "success": True})()
        outcome.error_before_exec = outcome.error_in_exec = None
        session.cells.on_post_run_cell(outcome)

    thread = threading.Thread(target=work)
    thread.start()
    shell.run_cell(
        "%%track a\nmeet.wait(30)\nlab.log_metric('m', 1)\n_ = meet.wait(30)"
    ).raise_error()
    thread.join(30)
    names = {r.run_id: r.name for r in read_records(spool_dir) if isinstance(r, RunStarted)}
    found = {
        names[r.run_id]: r.value for r in read_records(spool_dir) if isinstance(r, MetricLogged)
    }
    assert found == {"a": 1.0, "b": 2.0}
