"""Metrics are the numbers that a cell computes at top level, what its last line shows, and folds."""

from __future__ import annotations

import ast
import math

import pytest

from mlops_lab.core.records import MetricLogged, ParamLogged, RunFinished, TagSet, WarningNoted
from mlops_lab.kernel.capture.cell import read_cell
from mlops_lab.kernel.capture.folds import mean_and_spread
from mlops_lab.kernel.capture.metrics import to_number
from mlops_lab.kernel.capture.shown import shown_expression, shown_name

from .spool_reader import all_of_kind, of_kind


def points(folder) -> list[tuple[str, int, float]]:
    logged = all_of_kind(folder, MetricLogged)
    return [(p.name, p.step, float(p.value)) for p in logged if not p.name.startswith("system/")]


def track(shell, spool_dir, body: str, options: str = "") -> tuple[dict[str, float], str | None]:
    """Run a tracked cell; return its metrics of one point, and the primary one."""
    shell.run_cell(f"%%track {options}\n{body}")
    ended = all_of_kind(spool_dir, RunFinished)[-1]
    mine = [p for p in all_of_kind(spool_dir, MetricLogged) if p.run_id == ended.run_id]
    found = {p.name: float(p.value) for p in mine if not p.name.startswith("system/")}
    return found, ended.primary_metric


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("auc", "auc"),
        ("history.auc", "auc"),
        ("scores['auc']", "auc"),
        ("accuracy_score(y, p)", "accuracy_score"),
        ("metrics.accuracy_score(y, p)", "accuracy_score"),
        ("model.score(X, y)", "score"),
        ("losses.mean()", "losses.mean"),
        ("(y == p).mean()", "(y == p).mean"),
        ("df['a'].max()", "a.max"),
        ("np.mean(losses)", "np.mean"),
        ("round(auc, 3)", "auc"),
        ("round(model.score(X, y), 3)", "score"),
        ("auc.round(3)", "auc"),
        ("np.round(auc, 3)", "auc"),
        ("loss.item()", "loss"),
        ("float(loss)", "loss"),
        ("await score()", "score"),
        ("(await client.score())", "score"),
        ("1 - err", "1 - err"),
        ("xs[0]", "xs[0]"),
        ("get_ipython().run_line_magic('time', 'f()')", None),
        ("x" * 61 + " + 1", None),
    ],
)
def test_a_shown_number_is_named_by_what_shows_it(source, name):
    expression = shown_expression(ast.parse(source))
    assert expression is not None
    assert shown_name(expression) == name


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("auc = 1 / 4\nauc", {"auc": 0.25}),
        ("len('abc')", {"len": 3.0}),
        ("len('abc');", {}),
        ("n = 3\nn", {}),
        ("3", {}),
        ("{'a': 1}", {}),
        ("True", {}),
        ("print('x')", {}),
        ("{'auc': len('ab'), 'name': 'x', 'by': {'f1': 0.5}}", {"auc": 2.0, "by.f1": 0.5}),
        ("scores = {'auc': len('ab')}\nscores", {"auc": 2.0}),
        ("scores = {'auc': len('ab')}\nscores['auc']", {"auc": 2.0}),
        ("[len('ab')]", {}),
        ("class Search:\n    best_params_ = {'depth': 3}\nSearch.best_params_", {}),
        ("{n: float(n) for n in range(101)}", {}),
        ("total = 0\nfor x in [1, 2]:\n    total += x\ntotal", {"total": 3.0}),
        ("_hidden = 1 + 1\n_hidden", {}),
        ("import asyncio\nasync def score():\n    return 0.5\nawait score()", {"score": 0.5}),
        ("for n in range(3):\n    lab.log_metric('loss', n)\nloss = 9 + 0", {"loss": 2.0}),
    ],
)
def test_what_the_last_line_shows(shell, spool_dir, body, expected):
    assert track(shell, spool_dir, body)[0] == expected


def test_what_is_shown_from_before(shell, spool_dir):
    shell.run_cell("auc = 0.75\ncfg = {'lr': 0.1}")
    assert track(shell, spool_dir, "auc") == ({"auc": 0.75}, "auc")
    assert all_of_kind(spool_dir, ParamLogged) == []
    assert track(shell, spool_dir, "cfg") == ({}, None)
    assert {p.name for p in all_of_kind(spool_dir, ParamLogged)} == {"cfg.lr"}


def test_a_failed_cell_has_the_metrics_that_it_reached(shell, spool_dir):
    assert track(shell, spool_dir, "a = 1 / 4\nb = 1 / 0\nc = 1 / 2")[0] == {"a": 0.25}


def test_the_last_number_is_the_primary_one(shell, spool_dir):
    assert track(shell, spool_dir, "a = 1 / 4\nb = 1 / 2")[1] == "b"
    assert track(shell, spool_dir, "a = 1 / 4\nlen('abc')")[1] == "len"
    assert track(shell, spool_dir, "a = 1 / 4\nb = 1 / 2", "-m a")[1] == "a"


def test_a_result_is_the_primary_metric_before_times_and_counts(shell, spool_dir):
    shell.run_cell("%%track\nauc = 9 / 10\nrows = 10 * 10\nfit_time = 1 / 2")
    shell.run_cell("%%track\nlab.log_metric('auc', 0.9)\nn_rows = 10 * 10")
    shell.run_cell(
        "%%track\nfor name in ['loss', 'rows', 'fit_time']:\n    lab.log_metric(name, 1)"
    )
    shell.run_cell("%%track\nlab.log_metric('rows', 1)\nlab.log_metric('columns', 1)")
    shell.run_cell("%%track -m rows\nlab.log_metric('rows', 1)\nlab.log_metric('auc', 1)")
    shell.run_cell("%%track\nlab.log_metric('system/cpu_percent', 1)")
    found = [record.primary_metric for record in of_kind(spool_dir, RunFinished)]
    assert found == ["auc", "auc", "loss", "columns", "rows", None]


def test_a_named_metric_is_taken_where_the_rule_does_not(shell, spool_dir):
    numpy = pytest.importorskip("numpy")
    shell.user_ns["np"] = numpy
    assert track(shell, spool_dir, "n = 3", "-m n") == ({"n": 3.0}, "n")
    assert track(shell, spool_dir, "x = np.array([[0.5]])", "-m x") == ({"x": 0.5}, "x")
    body = "s = {'test': {'auc': 0.5}}"
    assert track(shell, spool_dir, body, "-m s.test.auc") == ({"s.test.auc": 0.5}, "s.test.auc")
    assert track(shell, spool_dir, "x = np.array([1, 2])", "-m x")[0] == {}
    assert "no metric 'x'" in all_of_kind(spool_dir, WarningNoted)[-1].text


def test_metrics_can_be_switched_off(shell, spool_dir):
    assert track(shell, spool_dir, "a = 1 / 4\nlab.log_metric('b', 2)", "--no metrics")[0] == {
        "b": 2.0
    }


def test_folds_of_a_cross_validation(shell, spool_dir):
    pytest.importorskip("sklearn")
    shell.run_cell(
        "import numpy as np\nfrom sklearn import model_selection\n"
        "from sklearn.model_selection import cross_val_score, cross_validate\n"
        "from sklearn.dummy import DummyClassifier\n"
        "X, y = np.zeros((12, 1)), np.array([0, 1, 1] * 4)\nmodel = DummyClassifier()"
    )
    body = "scores = cross_val_score(model, X, y, cv=3)\nmean = scores.mean()"
    found, primary = track(shell, spool_dir, body)
    assert [p[:2] for p in points(spool_dir) if p[0] == "scores"] == [
        ("scores", n) for n in range(3)
    ]
    assert set(found) == {"scores", "scores.mean", "scores.std", "mean"}
    assert found["scores.mean"] == pytest.approx(found["mean"])
    assert primary == "mean"
    found, primary = track(
        shell, spool_dir, "cv = model_selection.cross_validate(model, X, y, cv=3)"
    )
    assert {"cv.test_score.mean", "cv.test_score.std", "cv.fit_time"} <= set(found)
    assert primary == "cv.test_score.mean"
    found, primary = track(shell, spool_dir, "cross_val_score(model, X, y, cv=3)")
    assert primary == "cross_val_score.mean"
    for body in (
        "cv = cross_validate(model, X, y, cv=3)\ncv = pandas.DataFrame(cv)\ncv",
        "cv = pandas.DataFrame(cross_validate(model, X, y, cv=3))",
    ):
        found, primary = track(shell, spool_dir, "import pandas\n" + body)
        assert primary == "cv.test_score.mean"
        assert {"cv.fit_time.mean", "cv.test_score.std"} <= set(found)
    assert track(shell, spool_dir, "plain = np.zeros(3)")[0] == {}


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_a_single_row_is_its_numbers(shell, spool_dir, library):
    shell.user_ns["lib"] = pytest.importorskip(library)
    body = "lib.DataFrame({'auc': [0.5], 'model': ['x'], 'f1': [1]})"
    assert track(shell, spool_dir, body)[0] == {"auc": 0.5, "f1": 1.0}
    assert track(shell, spool_dir, "lib.DataFrame({'auc': [0.5, 0.6]})")[0] == {}


def test_a_series_with_labels_is_its_numbers(shell, spool_dir):
    shell.user_ns["pd"] = pytest.importorskip("pandas")
    assert track(shell, spool_dir, "pd.Series({'auc': 0.5, 'name': 'x'})")[0] == {"auc": 0.5}
    assert track(shell, spool_dir, "pd.Series([0.5, 0.6])")[0] == {}
    frame = "pd.DataFrame({('m', 'mean'): [0.5], ('m', 'std'): [0.1]})"
    assert track(shell, spool_dir, frame)[0] == {"m.mean": 0.5, "m.std": 0.1}


def test_numbers_of_libraries_and_of_odd_classes():
    torch = pytest.importorskip("torch")
    assert to_number(torch.tensor(0.5, requires_grad=True)) == 0.5
    assert to_number(torch.tensor([0.5])) is None
    assert to_number(torch.tensor(True)) is None
    assert to_number(torch.tensor(0.5, device="meta")) is None

    class Loud(float):
        def __float__(self):
            raise AssertionError("asked")

        __eq__ = __bool__ = __repr__ = __float__
        __hash__ = None

    assert to_number(Loud(0.5)) == 0.5

    class Pretender:
        @property
        def __class__(self):
            raise AssertionError("asked")

    assert to_number(Pretender()) is None


def test_mean_and_spread_are_those_of_the_sample():
    assert mean_and_spread([1.0, 2.0, 3.0]) == (2.0, 1.0)
    assert mean_and_spread([5.0]) == (5.0, 0.0)
    assert math.isnan(mean_and_spread([math.inf, -math.inf])[0])


def test_what_is_called_and_shown_is_read_off_the_code():
    reading = read_cell(ast.parse("a = f(1)\nb = m.score(x)\nc = await g()\nd = 3\nauc"))
    assert reading.called == {"a": "f", "b": "score", "c": "g"}
    assert reading.shown == "auc"
    assert reading.lines == {"a": 1, "b": 2, "c": 3, "d": 4}


def test_a_cell_that_failed_has_no_folds_or_named_metric_of_an_earlier_one(shell, spool_dir):
    pytest.importorskip("sklearn")
    shell.run_cell(
        "import numpy as np\nfrom sklearn.model_selection import cross_val_score\n"
        "from sklearn.dummy import DummyClassifier\n"
        "X, y = np.zeros((12, 1)), np.array([0, 1, 1] * 4)\nmodel, fine = DummyClassifier(), True"
    )
    body = "assert fine\nscores = cross_val_score(model, X, y, cv=3)\nauc = scores.mean()\nlate"
    found, _ = track(shell, spool_dir, body.replace("late", "auc"), "-m auc")
    assert {"scores.mean", "auc"} <= set(found)
    found, _ = track(shell, spool_dir, body, "-m auc")
    assert {"scores.mean", "auc"} <= set(found), "it failed after it had computed them"
    shell.run_cell("fine = False")
    assert track(shell, spool_dir, body, "-m auc")[0] == {}


def test_metrics_are_marked_as_business_kpis(shell, spool_dir):
    shell.run_cell(
        "%%track --kpi revenue,churned --kpi margin -t team=a\n"
        "revenue = 2.0 * 50\n"
        "for value in (1.0, 2.0): lab.log_metric('orders', value, kpi=True)\n"
        "lab.log_metrics({'visits': 3, 'orders': 4}, kpi=True)\n"
        "lab.log_metric('auc', 0.5)"
    )
    marks = [(tag.name, tag.value) for tag in all_of_kind(spool_dir, TagSet)]
    assert sorted(marks) == [
        *((f"mlops-lab.kpi.{name}", "true") for name in ("churned", "margin", "orders")),
        *((f"mlops-lab.kpi.{name}", "true") for name in ("revenue", "visits")),
        ("team", "a"),
    ]
