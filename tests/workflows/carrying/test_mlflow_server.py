"""Tests of imports from a live server that speaks MLflow's protocol: a lab of our own, over HTTP."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from mlops_lab.core.errors import InvalidInputError, StoreUnavailableError
from mlops_lab.core.kernelenv import MLFLOW_TOKEN
from mlops_lab.core.loggedmodels import NewLoggedModel
from mlops_lab.core.settings import make_settings
from mlops_lab.core.traces import Trace
from mlops_lab.lab import Lab
from mlops_lab.workflows.carrying import mlflow_server
from mlops_lab.workflows.carrying.foreign import Wanted, import_foreign
from mlops_lab.workflows.carrying.mlflow_server import MlflowServer
from mlops_lab.workflows.carrying.sources import open_source
from tests.server.live_server import TOKEN, LiveServer

DATA = Path(__file__).parents[2] / "data"


def add_belongings(lab: Lab) -> None:
    """Give the run ``parent`` a logged model and a trace."""
    [parent] = [one.id for one in lab.tracking.list_runs().runs if one.name == "parent"]
    experiment = lab.logged.get_runs([parent])[0].experiment_id
    new = NewLoggedModel(experiment, "m", source_run_id=parent, params={"a": "1"})
    lab.registry.logged.create(new, who="ada")
    lab.traces.put(Trace("tr-1", experiment, 5, 6, "OK"))


async def test_runs_of_a_live_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with zipfile.ZipFile(DATA / "mlflow-2.9-folder.zip") as packed:
        packed.extractall(tmp_path)
    served = make_settings(
        jupyter_data_dir=tmp_path, environ={"MLOPS_LAB_DATA_DIR": str(tmp_path / "live" / "data")}
    )
    with Lab.open(served) as lab, open_source("mlflow", str(tmp_path / "mlruns")) as source:
        import_foreign(lab.store, source, Wanted(who="ada"))
        add_belongings(lab)
        known = {one.name: one.id for one in lab.tracking.list_runs().runs}
        parent = lab.tracking.get_run(known["parent"])
        loss = lab.tracking.get_series(known["parent"], "train/loss")
    (tmp_path / "live").mkdir(exist_ok=True)
    server = LiveServer(tmp_path / "live")
    try:
        await server.wait_until_up()
        url = f"http://127.0.0.1:{server.port}/mlops-lab/mlflow"
        monkeypatch.setattr(mlflow_server, "_PAGE", 2)
        mine = make_settings(jupyter_data_dir=tmp_path / "mine", environ={})
        with Lab.open(mine) as lab:
            with pytest.raises(InvalidInputError) as refused:
                import_foreign(lab.store, MlflowServer(url, {}), Wanted(who="ada"))
            assert "MLFLOW_TRACKING_TOKEN" in refused.value.hint
            environ = {MLFLOW_TOKEN: TOKEN}
            report = import_foreign(lab.store, MlflowServer(url, environ), Wanted(who="ada"))
            assert report.taken["runs"] == 5
            assert report.taken["files"] == 2
            assert report.taken["model versions"] == 1
            assert report.taken["logged models"] == 1
            assert {left.count for left in report.not_taken if "server" in left.reason} == {1}
            assert sum("server" in left.reason for left in report.not_taken) == 2
            again = import_foreign(lab.store, MlflowServer(url, environ), Wanted(who="ada"))
            assert (again.taken, again.skipped) == ({}, 5)
            taken = lab.tracking.get_run(known["parent"])
            assert taken.params == parent.params
            assert taken.metrics == parent.metrics
            assert taken.summary.status == parent.summary.status
            assert lab.tracking.get_series(known["parent"], "train/loss") == loss
            assert lab.registry.versions.get("churn", "champion").run_id == known["parent"]
    finally:
        server.kill()
    monkeypatch.setattr(mlflow_server, "_TRIES", 1)
    with Lab.open(mine) as lab, pytest.raises(StoreUnavailableError, match="cannot be reached"):
        import_foreign(lab.store, MlflowServer(url, environ), Wanted(who="ada"))
