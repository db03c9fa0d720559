"""Which models a cell is found to have fitted, and what is recorded of them; on real libraries."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from IPython.core.interactiveshell import InteractiveShell

from mlops_lab.core.facets import SignatureColumn

from .captured import Captured, read_runs

DATA = """
import numpy as np, pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
rng = np.random.default_rng(0)
df = pd.DataFrame(rng.random((60, 3)), columns=list("abc")).astype({"c": "float32"})
df["target"] = (df.a > 0.5).astype(int)
features = ["a", "b", "c"]
"""


@pytest.fixture
def track(shell: InteractiveShell, spool_dir: Path):
    """Run a tracked cell, after some untracked code, and return its run."""

    def run(code: str, *, before: str = "") -> Captured:
        for cell in (DATA + before, "%%track\n" + code):
            assert shell.run_cell(cell).success
        return read_runs(spool_dir)[-1]

    return run


def test_every_hyperparameter_of_a_pipeline_is_a_param_of_the_part_it_belongs_to(track) -> None:
    run = track(
        "pipe = Pipeline([('prep', ColumnTransformer([('scale', StandardScaler(), ['a'])],"
        " remainder='passthrough')), ('clf', RandomForestClassifier(5, max_depth=3))])\n"
        "pipe.fit(df[features], df['target'])"
    )
    assert run.params["pipe.clf"] == "'RandomForestClassifier'"
    assert run.params["pipe.clf.max_depth"] == "3"
    assert run.params["pipe.prep.scale.with_mean"] == "True"
    assert run.params["pipe.clf.min_samples_leaf"] == "1"
    assert run.details["pipe.clf.max_depth"] == "pipe.clf: RandomForestClassifier"
    assert run.details["pipe.clf.min_samples_leaf"] == "pipe.clf: RandomForestClassifier, default"
    info = run.models["pipe"]
    assert list(run.models) == ["pipe"]
    assert (info.class_name, info.library) == ("sklearn.pipeline.Pipeline", "sklearn")
    assert info.library_version
    assert info.inputs == [
        SignatureColumn("a", "float64"),
        SignatureColumn("b", "float64"),
        SignatureColumn("c", "float32"),
    ]
    assert info.outputs == [SignatureColumn("target", "int64")]
    assert info.facts["classes"] == "[0, 1]"
    assert info.facts["n_features_in"] == "3"


def test_all_params_that_scikit_learn_names_are_recorded(track, shell: InteractiveShell) -> None:
    run = track("model = LogisticRegression(C=2.5).fit(df[features], df.target)")
    for name, value in shell.user_ns["model"].get_params().items():
        assert ast.literal_eval(run.params[f"model.{name}"]) == value


@pytest.mark.parametrize(
    "code",
    [
        "m.fit(X, y)",
        "def train():\n    m.fit(X, y)\ntrain()",
        "alias = m\nalias.fit(X, y)",
        "for name, one in models.items():\n    one.fit(X, y)",
    ],
)
def test_a_model_that_was_there_is_recorded_when_the_cell_fits_it(track, code: str) -> None:
    made = "X, y = df[features], df.target\nm = Ridge(alpha=0.5)\nmodels = {'ridge': m}"
    fitted_before = made + "\nm.fit(X, y)"
    for before in (made, fitted_before):
        run = track(code, before=before)
        assert len(run.models) == 1
        assert next(iter(run.models.values())).hyperparameters["alpha"] == "0.5"


@pytest.mark.parametrize("code", ["p = m.predict(X)", "other = m", "new = Ridge(alpha=3)"])
def test_a_model_that_the_cell_did_not_fit_is_not_recorded(track, code: str) -> None:
    run = track(code, before="X = df[features]\nm = Ridge().fit(X, df.target)")
    assert run.models == {}
    assert run.details == {}


def test_parts_of_a_whole_are_not_recorded_again(track) -> None:
    run = track(
        "clf = Ridge()\nwhole = Pipeline([('clf', clf)])\nwhole.fit(df[features], df.target)"
    )
    assert list(run.models) == ["whole"]


def test_a_model_of_a_cross_validation_counts_though_it_stays_unfitted(track) -> None:
    run = track("m = Ridge(alpha=2)\nscores = cross_val_score(m, df[features], df.target)")
    assert run.params["m.alpha"] == "2"
    assert run.models["m"].facts["fitted"] == "in cross-validation"


def test_a_fitted_model_counts_when_it_is_cross_validated(track) -> None:
    made = "m = Ridge(alpha=2).fit(df[features], df.target)"
    run = track("scores = cross_val_score(m, df[features], df.target)", before=made)
    assert run.models["m"].facts["fitted"] == "in cross-validation"
    run = track(made + "\ncross_val_score(m, df[features], df.target)")
    assert "fitted" not in run.models["m"].facts


def test_arrays_give_the_shape_and_the_type(track) -> None:
    run = track("X = df[features].to_numpy()\ny = df.target.to_numpy()\nm = Ridge().fit(X, y)")
    assert run.models["m"].inputs == [SignatureColumn("X", "float64[:, 3]")]
    assert run.models["m"].outputs == [SignatureColumn("y", "int64[:]")]


def test_a_cell_that_fails_after_the_fit_keeps_the_model(shell, spool_dir: Path) -> None:
    shell.run_cell(DATA)
    shell.run_cell("%%track\nm = Ridge().fit(df[features], df.target)\n1 / 0")
    assert list(read_runs(spool_dir)[-1].models) == ["m"]


def test_a_class_that_only_looks_like_a_model_is_not_asked_anything(track) -> None:
    run = track(
        "trap = Trap()\nloud = Loud()",
        before=(
            "class Trap:\n"
            "    def __getattr__(self, name):\n"
            "        raise RuntimeError(name)\n"
            "class Loud:\n"
            "    fitted_ = 1\n"
            "    def fit(self, X): return self\n"
            "    def get_params(self, deep=True): raise RuntimeError('asked')\n"
        ),
    )
    assert run.models == {}
    assert run.warnings == []


def test_a_class_of_ones_own_with_the_interface_is_recorded(track) -> None:
    run = track(
        "mine = Mine().fit(df)",
        before=(
            "class Mine:\n"
            "    def __init__(self, depth=4, api_key='k-123456'):\n"
            "        self.depth, self.api_key = depth, api_key\n"
            "    def get_params(self, deep=True):\n"
            "        return {'depth': self.depth, 'api_key': self.api_key}\n"
            "    def fit(self, X):\n"
            "        self.learned_ = 1\n"
            "        return self\n"
        ),
    )
    assert run.params["mine.depth"] == "4"
    assert "123456" not in run.params["mine.api_key"]
    assert run.models["mine"].class_name == "__main__.Mine"


def test_boosters_tell_their_settings_and_rounds(track) -> None:
    run = track(
        "X, y = df[features], df.target\n"
        "xc = xgboost.XGBClassifier(n_estimators=3, max_depth=2).fit(X, y)\n"
        "xb = xgboost.train({'eta': 0.25}, xgboost.DMatrix(X, y), num_boost_round=2)\n"
        "lc = lightgbm.LGBMClassifier(n_estimators=3, verbose=-1, extra_seed=9).fit(X, y)\n"
        "lb = lightgbm.train({'num_leaves': 4, 'verbose': -1}, lightgbm.Dataset(X, y), 2)\n",
        before="import lightgbm, xgboost",
    )
    assert set(run.models) == {"xc", "xb", "lc", "lb"}
    assert run.params["xc.max_depth"] == "2"
    assert run.details["xc.subsample"] == "xc: XGBClassifier, default"
    assert float(run.params["xb.eta"]) == pytest.approx(0.25)
    assert run.models["xb"].facts["rounds"] == "2"
    assert [column.name for column in run.models["xb"].inputs] == ["a", "b", "c"]
    assert run.params["lc.extra_seed"] == "9"
    assert run.params["lb.num_leaves"] == "4"
    assert run.models["lb"].facts["rounds"] == "2"


def test_a_network_is_recorded_by_the_cell_that_changes_its_weights(track) -> None:
    net = (
        "import torch\nnet = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.Linear(4, 1))\n"
        "X = torch.tensor(df[features].to_numpy(), dtype=torch.float32)"
    )
    run = track(
        "opt = torch.optim.Adam(net.parameters(), lr=0.02)\n"
        "for _ in range(2):\n"
        "    opt.zero_grad()\n"
        "    loss = net(X).mean()\n"
        "    loss.backward()\n"
        "    opt.step()",
        before=f"{net}\nnet._hparams = {{'width': 4, 'data': X}}",
    )
    info = run.models["net"]
    assert run.params["net.optimizer"] == "'Adam'"
    assert run.params["net.optimizer.lr"] == "0.02"
    assert (run.params["net.width"], "net.data" in run.params) == ("4", False)
    assert info.facts["parameters"] == "21"
    assert info.facts["layers"] == "Linear, Linear"
    assert info.inputs == [SignatureColumn("X", "float32[:, 3]")]
    assert track("out = net(X).mean()", before=net).models == {}
    # A loss has no weights, and a network that was only made has learned nothing.
    assert track(f"{net}\nloss_fn = torch.nn.BCELoss()\nloss_fn").models == {}
    steps = (
        "opt = torch.optim.SGD(net.parameters(), lr=0.1)\nnet(X).mean().backward(); opt.step()\n"
    )
    assert list(track(f"{net}\n{steps}").models) == ["net"]
    assert list(
        track(
            f"{net}\nfor _ in range(5):\n    {steps.splitlines()[0]}\n    "
            "net(X).mean().backward(); opt.step(); opt.zero_grad()"
        ).models
    ) == ["net"]


def test_a_keras_network_tells_optimizer_loss_and_size(
    track, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    run = track(
        "net = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2), keras.layers.Dense(1)])\n"
        "net.compile(optimizer=keras.optimizers.Adam(0.5), loss='mse', metrics=['mae'])\n"
        "net.fit(df[features].to_numpy(), df.target.to_numpy(), verbose=0)",
        before="import keras",
    )
    assert run.params["net.optimizer"] == "'Adam'"
    assert run.params["net.optimizer.learning_rate"] == "0.5"
    assert run.params["net.loss"] == "'mse'"
    assert run.models["net"].facts["parameters"] == "11"
    assert run.models["net"].library == "keras"


def test_the_local_name_of_a_function_is_not_the_model_of_that_name(track) -> None:
    fitted = "m = Ridge(alpha=3).fit(df[features], df.target)"
    local = (
        "def train(alpha):\n"
        "    m = Ridge(alpha=alpha)\n"
        "    m.fit(df[features], df.target)\n"
        "    return m.score(df[features], df.target)\n"
        "score = train(0.5)"
    )
    run = track(local, before=fitted)
    assert run.models == {}
    assert "m.alpha" not in run.params
    assert track(f"print(m)\n{local}", before=fitted).models == {}
    assert list(track(f"{local}\n{fitted}").models) == ["m"]


def test_it_is_switched_off_by_an_option(shell: InteractiveShell, spool_dir: Path) -> None:
    shell.run_cell(DATA)
    shell.run_cell("%%track --no model\nm = Ridge().fit(df[features], df.target)")
    run = read_runs(spool_dir)[-1]
    assert run.models == {}
    assert run.details == {}
