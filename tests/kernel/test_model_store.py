"""Models are stored in a safe format where one can hold them, and come back as they were."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell
from sklearn.linear_model import Ridge

from mlops_lab.core.errors import InvalidInputError, NotFoundError
from mlops_lab.core.settings import Settings, make_settings
from mlops_lab.kernel.flavors.base import NotStorableError
from mlops_lab.kernel.flavors.skops import SKOPS, not_trusted
from mlops_lab.kernel.modelloading import load_model
from mlops_lab.store.artifacts import Artifacts

from .captured import Captured, read_runs

DATA = """
import numpy as np, pandas as pd
import mlops_lab as lab
from sklearn.base import BaseEstimator
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
X = pd.DataFrame(np.random.default_rng(0).random((60, 3)), columns=list("abc"))
y = (X.a > 0.5).astype(int)
"""


@pytest.fixture
def track(shell: InteractiveShell, spool_dir: Path):
    def run(code: str, *, before: str = "") -> Captured:
        assert shell.run_cell(DATA + before).success
        assert shell.run_cell("%%track\n" + code).success
        return read_runs(spool_dir)[-1]

    return run


def _same(shell: InteractiveShell, loaded: Any, data: str = "X") -> bool:
    given = shell.ev(data)
    return bool((abs(loaded.predict(given) - shell.user_ns["m"].predict(given)) < 1e-6).all())


@pytest.mark.parametrize(
    ("made", "kept_as", "data"),
    [
        ("RandomForestClassifier(3).fit(X, y)", "skops", "X"),
        ("make_pipeline(FunctionTransformer(np.log1p), Ridge()).fit(X, y)", "skops", "X"),
        ("lightgbm.LGBMClassifier(n_estimators=2, verbose=-1).fit(X, y)", "skops", "X"),
        ("xgboost.XGBClassifier(n_estimators=2).fit(X, y)", "xgboost", "X"),
        (
            "HistGradientBoostingRegressor(max_iter=2).fit(X.astype({'a': 'category'}), y)",
            "skops",
            "X.astype({'a': 'category'})",
        ),
        ("xgboost.train({}, xgboost.DMatrix(X, y), 2)", "xgboost", "xgboost.DMatrix(X)"),
        ("lightgbm.train({'verbose': -1}, lightgbm.Dataset(X, y), 2)", "lightgbm", "X"),
    ],
)
def test_models_come_back_from_a_safe_format(
    track, shell: InteractiveShell, made: str, kept_as: str, data: str
) -> None:
    before = "import lightgbm, xgboost\nfrom sklearn.ensemble import HistGradientBoostingRegressor"
    run = track(f"m = {made}\nuri = lab.log_model(m, 'best')", before=before)
    info = run.models["best"]
    assert (info.format, info.safe) == (kept_as, True)
    assert run.artifacts[info.artifact] == info.artifact_digest
    assert info.environment_digest
    assert shell.user_ns["uri"] == f"runs:/{run.started.run_id}/best"
    loaded = load_model(shell.user_ns["uri"])
    assert type(loaded) is type(shell.user_ns["m"])
    assert _same(shell, loaded, data)


def test_the_stored_model_and_the_fitted_one_are_one(track) -> None:
    run = track("m = Ridge(alpha=3).fit(X, y)\nlab.log_model(m, 'churn')")
    assert list(run.models) == ["churn"]
    assert [column.name for column in run.models["churn"].inputs] == ["a", "b", "c"]
    assert [column.type for column in run.models["churn"].outputs] == ["int64"]
    assert run.params["m.alpha"] == "3"


def test_a_network_is_kept_as_its_state_and_filled_into_one(track, shell) -> None:
    track(
        "net = torch.nn.Linear(3, 2)\n"
        "optimizer = torch.optim.SGD(net.parameters(), lr=0.1)\nuri = lab.log_model(net, 'net')",
        before="import torch",
    )
    net, uri = shell.user_ns["net"], shell.user_ns["uri"]
    assert (load_model(uri)["weight"] == net.weight).all()
    other = shell.ev("torch.nn.Linear(3, 2)")
    assert load_model(uri, into=other) is other
    assert (other.weight == net.weight).all()


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
def test_a_keras_network_comes_back(track, shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    run = track(
        "m = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])\n"
        "uri = lab.log_model(m, 'net')",
        before="import keras",
    )
    assert run.models["net"].format == "keras"
    loaded = load_model(shell.user_ns["uri"])
    assert (loaded.get_weights()[0] == shell.user_ns["m"].get_weights()[0]).all()


@pytest.mark.parametrize(
    "made",
    [
        "make_pipeline(FunctionTransformer(lambda X: X), Ridge()).fit(X, y)",
        "Mine().fit(X, y)",
    ],
)
def test_what_no_safe_format_holds_is_a_pickle_that_must_be_trusted(
    track, shell: InteractiveShell, made: str
) -> None:
    run = track(
        f"m = {made}\nlab.log_model(m)",
        before=(
            "class Mine(Ridge):\n    def predict(self, X):\n        return super().predict(X) + 1\n"
        ),
    )
    info = run.models["model"]
    assert (info.format, info.safe) == ("cloudpickle", False)
    assert "skops" in info.facts["not_safe_because"]
    with pytest.raises(InvalidInputError, match="runs the code") as refused:
        load_model(run.started.run_id)
    assert "trust=True" in refused.value.hint
    assert _same(shell, load_model(run.started.run_id, trust=True))


def test_changed_bytes_are_not_loaded(track, spool_dir: Path) -> None:
    run = track("m = Ridge().fit(X, y)\nlab.log_model(m)")
    file = spool_dir / "files" / run.artifacts["models/model/model.skops"]
    file.write_bytes(file.read_bytes() + b" ")
    with pytest.raises(InvalidInputError, match="not the one that was stored"):
        load_model(run.started.run_id)


def test_bytes_that_the_store_has_taken_in_are_found_there(
    track, spool_dir: Path, tmp_path: Path
) -> None:
    run = track("m = Ridge(alpha=4).fit(X, y)\nlab.log_model(m)")
    file = spool_dir / "files" / run.artifacts["models/model/model.skops"]
    settings: Settings = make_settings(jupyter_data_dir=tmp_path)
    Artifacts(settings.artifact_dir).put(file.read_bytes())
    file.unlink()
    assert load_model(run.started.run_id).alpha == 4


def test_a_skops_file_that_names_other_code_is_refused(tmp_path: Path) -> None:
    assert not_trusted(["sklearn.tree._tree.Tree", "collections.OrderedDict"]) == []
    bad = ["os.system", "__main__.Mine", "sklearn.utils.check_array", "numpy.load", "sklearn.no.It"]
    assert not_trusted(bad) == bad
    import skops.io

    path = tmp_path / "m.skops"
    skops.io.dump(make_function_pipeline(), path)
    with pytest.raises(NotStorableError, match="not trusted"):
        SKOPS.load(path, None, None)  # type: ignore[arg-type]


def make_function_pipeline() -> Any:
    from sklearn.preprocessing import FunctionTransformer

    return FunctionTransformer(hashlib.sha256)


def test_an_example_gives_the_signature_and_is_kept(track, spool_dir: Path) -> None:
    run = track(
        "lab.log_model(Ridge().fit(X.to_numpy(), y), 'a', input_example=X)\n"
        "lab.log_model(Ridge().fit(X, y), 'b', signature={'outputs': {'y': 'probability'}})"
    )
    assert [column.type for column in run.models["a"].inputs] == ["float64"] * 3
    assert run.models["b"].outputs[0].type == "probability"
    kept = spool_dir / "files" / run.artifacts["models/a/input_example.json"]
    assert kept.read_text().count(",") == 3 * 5 - 1


def test_what_is_asked_for_is_named_when_it_is_not_there(track) -> None:
    run = track("for name in ('churn', 'price'):\n    lab.log_model(Ridge().fit(X, y), name)")
    run_id = run.started.run_id
    with pytest.raises(InvalidInputError, match="2 models"):
        load_model(run_id)
    with pytest.raises(NotFoundError):
        load_model("0" * 32, "churn")
    with pytest.raises(InvalidInputError, match="needs a run"):
        load_model(3)
    assert isinstance(load_model(f"runs:/{run_id}/price"), Ridge)
    assert isinstance(load_model(run_id, "churn"), Ridge)


@pytest.mark.parametrize("name", ["", "../x", "a/b", "x" * 101])
def test_a_name_that_leads_out_of_the_folder_is_refused(track, shell, name: str) -> None:
    shell.user_ns["name"] = name
    track(
        "try:\n    lab.log_model(Ridge().fit(X, y), name)\nexcept Exception as e:\n    told = str(e)"
    )
    assert "cannot name a model" in shell.user_ns["told"]


def test_what_cannot_even_be_pickled_is_told_of_and_nothing_is_kept(track, shell) -> None:
    run = track("try:\n    lab.log_model(X for X in [1])\nexcept Exception as e:\n    told = e")
    assert "cannot be stored" in str(shell.user_ns["told"])
    assert run.artifacts == {}


def test_a_model_is_found_when_its_run_is_in_the_store_only(
    start_kernel: Callable[..., Any], spool_dir: Path
) -> None:
    kernel = start_kernel()
    kernel.run("%load_ext mlops_lab" + DATA)
    kernel.run("%%track\nuri = lab.log_model(Ridge(alpha=7).fit(X, y), 'churn')")
    uri = kernel.run("uri").of("execute_result")[0]["data"]["text/plain"].strip("'")
    kernel.stop()
    done = subprocess.run([sys.executable, "-m", "mlops_lab.cli", "sync"], check=False)
    assert done.returncode == 0
    assert not list(spool_dir.glob("*.jsonl"))
    assert load_model(uri).alpha == 7


@pytest.mark.parametrize("odd", ["foo", "runs:/best/model", "my model", "m-1"])
def test_what_is_no_address_is_told_which_there_are(odd: str) -> None:
    with pytest.raises(InvalidInputError, match="models:/NAME@ALIAS") as refused:
        load_model(odd)
    assert repr(odd) in str(refused.value)
