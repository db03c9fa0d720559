"""The callbacks draw curves while the libraries train, and never stand in the way of a training."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from IPython.core.interactiveshell import InteractiveShell

from mlops_lab.core.errors import InvalidInputError
from mlops_lab.kernel import callbacks

from .captured import Captured, read_children, read_runs

DATA = """
import numpy as np
import mlops_lab as lab
rng = np.random.default_rng(0)
X = rng.random((60, 3))
y = (X[:, 0] > 0.5).astype(int)
"""


@pytest.fixture
def track(shell: InteractiveShell, spool_dir: Path):
    def run(code: str) -> Captured:
        assert shell.run_cell(DATA).success
        assert shell.run_cell("%%track\n" + code).success
        return read_runs(spool_dir)[-1]

    return run


def test_xgboost_draws_a_curve_for_each_evaluation(track, shell) -> None:
    run = track(
        "import xgboost\n"
        "told = {}\n"
        "data = xgboost.DMatrix(X, y)\n"
        "xgboost.train({'objective': 'binary:logistic'}, data, 3, evals=[(data, 'train')],\n"
        "    evals_result=told, verbose_eval=False, callbacks=[lab.callbacks.xgboost()])\n"
        "folds = xgboost.cv({}, data, 2, nfold=2, callbacks=[lab.callbacks.xgboost()])"
    )
    losses = shell.user_ns["told"]["train"]["logloss"]
    assert run.points["train-logloss"] == list(enumerate(losses))
    means = [pytest.approx(mean, rel=1e-6) for mean in shell.user_ns["folds"]["test-rmse-mean"]]
    assert run.points["test-rmse"] == list(enumerate(means))
    assert len(run.points["test-rmse-std"]) == 2


def test_xgboost_classes_take_it_too(track) -> None:
    run = track(
        "import xgboost\n"
        "m = xgboost.XGBClassifier(n_estimators=2, callbacks=[lab.callbacks.xgboost()])\n"
        "m.fit(X, y, eval_set=[(X, y)], verbose=False)"
    )
    assert [step for step, _ in run.points["validation_0-logloss"]] == [0, 1]


def test_lightgbm_draws_a_curve_for_each_evaluation(track, shell) -> None:
    run = track(
        "import lightgbm\n"
        "told = {}\n"
        "params = {'objective': 'binary', 'metric': 'auc', 'verbose': -1}\n"
        "lightgbm.train(params, lightgbm.Dataset(X, y), 3, valid_sets=[lightgbm.Dataset(X, y)],\n"
        "    callbacks=[lightgbm.record_evaluation(told), lab.callbacks.lightgbm()])\n"
        "lightgbm.cv(params, lightgbm.Dataset(X, y), 2, nfold=2,"
        " callbacks=[lab.callbacks.lightgbm()])"
    )
    assert run.points["valid_0-auc"] == list(enumerate(shell.user_ns["told"]["valid_0"]["auc"]))
    assert len(run.points["valid-auc"]) == len(run.points["valid-auc-std"]) == 2


def test_keras_draws_its_logs(track, shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    run = track(
        "import keras\n"
        "net = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])\n"
        "net.compile(optimizer='sgd', loss='mse')\n"
        "told = net.fit(X, y, epochs=2, verbose=0, validation_split=0.2,"
        " callbacks=[lab.callbacks.keras()])"
    )
    for name, values in shell.user_ns["told"].history.items():
        assert run.points[name] == list(enumerate(values))
    assert "val_loss" in run.points


def test_a_loop_of_torch_logs_what_it_is_told_with_rate_and_gradients(track) -> None:
    run = track(
        "import torch\n"
        "net = torch.nn.Linear(3, 1)\n"
        "optimizer = torch.optim.SGD(net.parameters(), lr=0.5)\n"
        "loop = lab.callbacks.torch(net, optimizer)\n"
        "losses = []\n"
        "for epoch in range(3):\n"
        "    optimizer.zero_grad()\n"
        "    loss = net(torch.ones(2, 3)).pow(2).mean()\n"
        "    loss.backward()\n"
        "    loop.log(loss=loss, note='no number')\n"
        "    optimizer.step()\n"
        "loop.log(step=10, loss=0.25)"
    )
    assert [step for step, _ in run.points["loss"]] == [0, 1, 2, 10]
    assert run.points["loss"][-1] == (10, 0.25)
    assert {value for _, value in run.points["lr"]} == {0.5}
    assert all(norm > 0 for _, norm in run.points["grad_norm"])
    assert "note" not in run.points


def test_optuna_writes_each_trial_when_it_ends_and_none_twice(
    track, shell, spool_dir: Path
) -> None:
    seen: list[int] = []
    shell.user_ns["look"] = lambda *_: seen.append(
        len(read_children(spool_dir, read_runs(spool_dir)[-1]))
    )
    run = track(
        "import optuna\n"
        "optuna.logging.set_verbosity(optuna.logging.ERROR)\n"
        "study = optuna.create_study()\n"
        "study.optimize(lambda trial: trial.suggest_float('x', 0, 1), n_trials=3,"
        " callbacks=[lab.callbacks.optuna(), look])"
    )
    assert seen == [1, 2, 3]
    assert len(read_children(spool_dir, run)) == 3
    assert [step for step, _ in run.points["study.best_value"]] == [0, 1, 2]


def test_a_name_that_cannot_be_stored_is_told_of_and_the_training_goes_on(
    track, capsys: pytest.CaptureFixture[str]
) -> None:
    run = track("loop = lab.callbacks.torch()\nfor _ in range(3):\n    loop.log(**{'': 1, 'b': 2})")
    assert len(run.points["b"]) == 3
    assert capsys.readouterr().err.count("needs a name") == 1


def test_lightning_that_is_not_there_is_told_of_with_the_way_out() -> None:
    with pytest.raises(InvalidInputError, match=r"lab\.callbacks\.torch"):
        callbacks.lightning()


def test_nothing_heavy_is_imported_before_a_callback_is_made() -> None:
    code = (
        "import sys\n"
        "from mlops_lab import lab\n"
        "lab.callbacks.lightgbm(); lab.callbacks.torch(); lab.callbacks.optuna()\n"
        "heavy = {'numpy', 'pandas', 'sklearn', 'xgboost', 'torch', 'keras', 'optuna', 'lightgbm'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
