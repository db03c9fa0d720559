"""Searches become a run with a child per trial; on scikit-learn, Optuna and Hyperopt themselves."""

from __future__ import annotations

from pathlib import Path

import pytest
from IPython.core.interactiveshell import InteractiveShell

from mlops_lab.core.records import RunFinished, RunStarted
from mlops_lab.kernel.capture import studies

from .captured import Captured, read_children, read_runs
from .spool_reader import read_records

DATA = """
import numpy as np
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV, RandomizedSearchCV
rng = np.random.default_rng(0)
X = rng.random((60, 3))
y = (X[:, 0] > 0.5).astype(int)
"""

STUDY = """
import optuna
optuna.logging.set_verbosity(optuna.logging.ERROR)
def objective(trial):
    x = trial.suggest_float("x", -1, 1)
    for step in range(3):
        trial.report(x + step, step)
    if trial.number == 1:
        raise optuna.TrialPruned
    return x * x
"""


@pytest.fixture
def track(shell: InteractiveShell, spool_dir: Path):
    """Run cells, the last of them tracked; return its run and its children."""

    def run(*cells: str) -> tuple[Captured, list[Captured]]:
        for cell in [*cells[:-1], "%%track\n" + cells[-1]]:
            assert shell.run_cell(cell).success
        parent = read_runs(spool_dir)[-1]
        return parent, read_children(spool_dir, parent)

    return run


def test_each_candidate_of_a_grid_is_a_child_with_its_folds(track, shell) -> None:
    parent, children = track(
        DATA, "search = GridSearchCV(Ridge(), {'alpha': [0.1, 1, 10]}, cv=4).fit(X, y)"
    )
    results = shell.user_ns["search"].cv_results_
    assert [child.params["alpha"] for child in children] == ["0.1", "1", "10"]
    for at, child in enumerate(children):
        folds = [results[f"split{fold}_test_score"][at] for fold in range(4)]
        assert child.points["test_score"] == list(enumerate(folds))
        assert child.points["mean_test_score"] == [(0, results["mean_test_score"][at])]
        assert child.points["std_test_score"] == [(0, results["std_test_score"][at])]
        assert child.points["rank_test_score"] == [(0, results["rank_test_score"][at])]
        assert child.points["mean_fit_time"] == [(0, results["mean_fit_time"][at])]
        assert child.end.primary_metric == "mean_test_score"
        assert child.started.experiment == parent.started.experiment
    assert parent.points["search.best_score"] == [(0, shell.user_ns["search"].best_score_)]
    assert parent.params["search.best.alpha"] == repr(shell.user_ns["search"].best_params_["alpha"])
    assert parent.params["search.estimator.fit_intercept"] == "True"


def test_several_scores_and_failed_candidates_are_told_apart(track) -> None:
    _parent, children = track(
        DATA + "import warnings",
        "with warnings.catch_warnings():\n"
        "    warnings.simplefilter('ignore')\n"
        "    search = RandomizedSearchCV(LogisticRegression(), {'solver': ['lbfgs', 'no such']},"
        " n_iter=2, cv=3, random_state=0, scoring=['accuracy', 'f1'], refit='f1').fit(X, y)",
    )
    by_solver = {child.params["solver"]: child for child in children}
    assert by_solver["'lbfgs'"].end.status == "finished"
    assert by_solver["'no such'"].end.status == "failed"
    assert len(by_solver["'lbfgs'"].points["test_accuracy"]) == 3
    assert by_solver["'lbfgs'"].end.primary_metric == "mean_test_f1"


def test_a_search_that_is_only_used_has_no_children(track) -> None:
    _parent, children = track(
        DATA + "search = GridSearchCV(Ridge(), {'alpha': [1, 2]}, cv=2).fit(X, y)",
        "best = search.predict(X)",
    )
    assert children == []


def test_halving_tells_its_resources(track) -> None:
    _parent, children = track(
        DATA + "from sklearn.experimental import enable_halving_search_cv\n"
        "from sklearn.model_selection import HalvingGridSearchCV",
        "search = HalvingGridSearchCV(Ridge(), {'alpha': [1, 2, 3, 4]}, cv=2, factor=2,"
        " random_state=0).fit(X, y)",
    )
    assert len({child.params["iter"] for child in children}) > 1
    assert all(int(child.params["n_resources"]) > 0 for child in children)


def test_beyond_the_limit_the_best_trials_are_kept_and_it_says_so(
    track, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mlops_lab.kernel.capture.trials.MAX_TRIALS", 2)
    parent, children = track(
        DATA, "search = GridSearchCV(Ridge(), {'alpha': [1e9, 1, 1e8, 2]}, cv=2).fit(X, y)"
    )
    assert {child.params["alpha"] for child in children} == {"1", "2"}
    assert any("4 trials; 2 are recorded" in warning for warning in parent.warnings)


def test_each_trial_of_a_study_is_a_child_and_a_later_cell_adds_only_its_own(
    track, shell: InteractiveShell
) -> None:
    parent, children = track(
        STUDY, "study = optuna.create_study()\nstudy.optimize(objective, n_trials=3)"
    )
    study = shell.user_ns["study"]
    assert [child.started.name for child in children] == ["study #0", "study #1", "study #2"]
    for child, trial in zip(children, study.trials, strict=True):
        assert child.params == {"x": repr(trial.params["x"])}
        assert child.points["intermediate_value"] == sorted(trial.intermediate_values.items())
        assert child.tags["trial.state"] == trial.state.name.lower()
    assert children[0].points["value"] == [(0, study.trials[0].value)]
    assert children[1].tags["trial.state"] == "pruned"
    assert parent.points["study.best_value"] == [(0, study.best_value)]
    _parent, more = track("study.optimize(objective, n_trials=1)")
    assert [child.started.name for child in more] == ["study #3"]
    _parent, none = track("best = study.best_params")
    assert none == []


def test_a_study_with_two_goals_numbers_its_values(track) -> None:
    _parent, children = track(
        STUDY,
        "pair = optuna.create_study(directions=['minimize', 'maximize'])\n"
        "pair.optimize(lambda trial: (trial.suggest_int('n', 1, 9), 2), n_trials=1)",
    )
    assert children[0].points["value_1"] == [(0, 2.0)]
    assert len(children[0].points["value_0"]) == 1


def test_a_child_begins_before_anything_is_said_of_it(track, spool_dir: Path) -> None:
    _parent, children = track(
        DATA, "search = GridSearchCV(Ridge(), {'alpha': [1, 2]}, cv=2).fit(X, y)"
    )
    for child in children:
        of_it = [
            r for r in read_records(spool_dir) if getattr(r, "run_id", "") == child.started.run_id
        ]
        assert isinstance(of_it[0], RunStarted)
        assert isinstance(of_it[-1], RunFinished)


def test_of_many_trials_of_a_study_the_best_are_kept(
    track, monkeypatch: pytest.MonkeyPatch, shell: InteractiveShell
) -> None:
    monkeypatch.setattr("mlops_lab.kernel.capture.trials.MAX_TRIALS", 2)
    monkeypatch.setattr(studies, "MAX_TRIALS", 2)
    _parent, children = track(
        STUDY,
        "study = optuna.create_study(direction='maximize')\n"
        "study.optimize(lambda trial: trial.suggest_int('n', 1, 99), n_trials=6)",
    )
    best = sorted((trial.value for trial in shell.user_ns["study"].trials), reverse=True)[:2]
    assert [child.points["value"][0][1] for child in children] == best


def test_hyperopt_trials_are_children(track) -> None:
    parent, children = track(
        "from hyperopt import Trials, fmin, hp, tpe\ntrials = Trials()",
        "best = fmin(lambda x: x**2, hp.uniform('x', -1, 1), algo=tpe.suggest, max_evals=3,"
        " trials=trials, show_progressbar=False, verbose=False)",
    )
    losses = [child.points["loss"][0][1] for child in children]
    assert losses == [pytest.approx(float(child.params["x"]) ** 2) for child in children]
    assert parent.points["trials.best_loss"] == [(0, min(losses))]
    assert all(child.end.status == "finished" for child in children)
