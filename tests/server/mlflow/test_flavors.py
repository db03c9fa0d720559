"""Proves that autologging of the frameworks, and files of every kind, reach this server's store."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.server.live_server import TOKEN

SCRIPT = Path(__file__).with_name("flavors_script.py")


def test_frameworks_log_by_themselves(uri, mlflow) -> None:
    environ = os.environ | {
        "MLFLOW_TRACKING_URI": uri,
        "MLFLOW_TRACKING_TOKEN": TOKEN,
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "OMP_NUM_THREADS": "1",
        # The client looks through every installed package for what the model needs: 20 s and
        # more in a large environment, whatever server it writes to. It then takes the usual ones.
        "MLFLOW_REQUIREMENTS_INFERENCE_TIMEOUT": "1",
    }
    done = subprocess.run(
        [sys.executable, str(SCRIPT)],
        env=environ,
        cwd=SCRIPT.parent,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    (line,) = (one for one in done.stdout.splitlines() if one.startswith("found "))
    found = json.loads(line.removeprefix("found "))
    assert found.pop("loaded") == [found.pop("fitted")] * 3
    client = mlflow.MlflowClient()
    runs = {name: client.get_run(run_id) for name, run_id in found.items()}
    assert all(run.info.status == "FINISHED" for run in runs.values())
    assert runs["sklearn"].data.params["C"] == "0.5"
    assert "training_accuracy_score" in runs["sklearn"].data.metrics

    assert runs["sklearn"].inputs.dataset_inputs
    (model,) = runs["sklearn"].outputs.model_outputs
    logged = client.get_logged_model(model.model_id)
    assert logged.status == "READY"
    assert logged.params["C"] == "0.5"
    version = client.get_model_version("flavor", "1")
    assert version.source == f"models:/{model.model_id}"
    assert version.run_id == found["sklearn"]
    children = client.search_runs(
        [runs["search"].info.experiment_id], f"tags.mlflow.parentRunId = '{found['search']}'"
    )
    assert len(children) == 2
    for name, metric in (("xgboost", "train-rmse"), ("lightgbm", "train-binary_logloss")):
        history = client.get_metric_history(found[name], metric)
        assert [one.step for one in history] == [0, 1, 2, 3], name
    files = {one.path for one in client.list_artifacts(found["kinds"])}
    assert files == {"table.json", "dict.yaml", "figure.html"}
