"""Which models without a name are recorded, and that nothing is told of them that is not certain."""

from __future__ import annotations

from pathlib import Path

import pytest
from IPython.core.interactiveshell import InteractiveShell

from .captured import Captured, read_children, read_runs

BEFORE = """
import numpy as np, pandas as pd
from sklearn.model_selection import cross_val_score
from sklearn.preprocessing import StandardScaler
from sklearn.model_selection import GridSearchCV, cross_validate, train_test_split
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.svm import SVC
import sklearn.linear_model as linear, xgboost
X = pd.DataFrame(np.random.default_rng(0).random((60, 3)), columns=list("abc"))
y = (X.a > 0.5).astype(int)
smoothing, grid, base = 1e-6, {"C": [1, 2]}, SVC(kernel="linear")
def cross_val_predict(model, X, y):
    return X
def build():
    return GaussianNB(var_smoothing=0.25)
"""


@pytest.fixture
def track(shell: InteractiveShell, spool_dir: Path):
    """Run a tracked cell after the untracked one, and return its run."""

    def run(code: str) -> Captured:
        for cell in (BEFORE, "%%track\n" + code):
            assert shell.run_cell(cell).success
        return read_runs(spool_dir)[-1]

    return run


@pytest.mark.parametrize(
    ("code", "name", "hyperparameters"),
    [
        ("s = cross_val_score(GaussianNB(), X, y)", "GaussianNB", {"var_smoothing": "1e-09"}),
        (
            "cross_validate(estimator=GaussianNB(var_smoothing=smoothing), X=X, y=y)['test_score']",
            "GaussianNB",
            {"var_smoothing": "1e-06"},
        ),
        (
            "k = 3\nscore = make_pipeline(StandardScaler(), SVC(C=k)).fit(X, y).score(X, y)",
            "Pipeline",
            {"svc.C": "3", "svc.kernel": "'rbf'", "standardscaler.with_std": "True"},
        ),
        (
            "best = GridSearchCV(base, grid, cv=2).fit(X, y).best_score_",
            "GridSearchCV",
            {"cv": "2", "estimator.kernel": "'linear'", "param_grid": "{'C': [1, 2]}"},
        ),
        ("p = linear.Ridge(2).fit(X, y).predict(X)", "Ridge", {"alpha": "2"}),
        ("Z = StandardScaler(with_std=False).fit_transform(X)", "StandardScaler", {"copy": "True"}),
        (
            "how = {'n_estimators': 2}\nn = xgboost.XGBClassifier(**how).fit(X, y).n_features_in_",
            "XGBClassifier",
            {"n_estimators": "2"},
        ),
        ("build().fit(X, y)", "GaussianNB", {"var_smoothing": "0.25"}),
    ],
)
def test_a_model_without_a_name(track, code: str, name: str, hyperparameters) -> None:
    run = track(code)
    assert list(run.models) == [name]
    found = run.models[name]
    assert hyperparameters.items() <= found.hyperparameters.items()
    assert found.library in {"sklearn", "xgboost"}
    assert found.library_version
    assert [column.name for column in found.inputs] == ["a", "b", "c"]
    key, text = next(iter(hyperparameters.items()))
    assert run.params[f"{name}.{key}"] == text
    assert ("known" in found.facts) is not code.startswith("build")


@pytest.mark.parametrize(
    ("code", "unknown"),
    [
        ("c = float(y.mean())\nSVC(C=c).fit(X, y).score(X, y)\nc = 9.0", "C"),
        ("for c in (1.0, 2.0):\n    pass\nSVC(C=c + 1).fit(X, y).score(X, y)", "C"),
        ("n = SVC(C=np.float64(2)).fit(X, y).score(X, y)", "C"),
        ("grid['C'].append(3)\nn = GridSearchCV(base, grid).fit(X, y).best_score_", "param_grid"),
        ("base.set_params(C=5)\nn = GridSearchCV(base, grid).fit(X, y).best_score_", "estimator.C"),
    ],
)
def test_what_the_code_does_not_tell_of_a_model_is_left_out(track, code: str, unknown) -> None:
    (found,) = track(code).models.values()
    assert found.hyperparameters
    assert unknown not in found.hyperparameters


@pytest.mark.parametrize(
    "code",
    [
        "if len(X) < 0:\n    n = SVC().fit(X, y).score(X, y)",
        "def later():\n    return SVC().fit(X, y).score(X, y)",
        "n = [SVC(C=c).fit(X, y).score(X, y) for c in (1, 2)]",
        "n = len(X) < 0 and SVC().fit(X, y).score(X, y)",
        "n = cross_val_predict(SVC(), X, y)",
        "n = SVC()",
        "SVC = build\nn = SVC().fit(X, y).score(X, y)",
        "n = SVC(**dict(C=2)).fit(X, y).score(X, y)",
    ],
)
def test_a_model_of_which_the_code_is_not_certain_is_not_recorded(track, code: str) -> None:
    assert track(code).models == {}


def test_a_model_that_a_name_leads_to_is_recorded_once(track) -> None:
    run = track("m = SVC().fit(X, y)\nmany = [SVC(C=2).fit(X, y)]")
    assert list(run.models) == ["m", "many.0"]
    run = track("whole = make_pipeline(base)\nn = whole.fit(X, y).score(X, y)")
    assert list(run.models) == ["whole"]
    run = track("n = make_pipeline(base).fit(X, y).score(X, y)")
    assert list(run.models) == ["Pipeline"]
    run = track("cross_val_score(SVC(), X, y)\ncross_val_score(SVC(C=2), X, y)")
    assert {one: info.hyperparameters["C"] for one, info in run.models.items()} == {
        "SVC": "1.0",
        "SVC 2": "2",
    }


def test_a_search_that_only_is_shown_has_a_child_for_each_candidate(track, spool_dir: Path) -> None:
    run = track("GridSearchCV(base, grid, cv=2).fit(X, y)")
    assert list(run.models) == ["GridSearchCV"]
    assert run.models["GridSearchCV"].hyperparameters["best.C"] in {"1", "2"}
    children = read_children(spool_dir, run)
    assert [child.params["C"] for child in children] == ["1", "2"]
    assert "GridSearchCV.best_score" in run.points
