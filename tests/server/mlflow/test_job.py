"""Proves that MLflow in a production notebook logs into the job's run: a real job of a live server."""

from __future__ import annotations

import asyncio

import pytest
from jobs.production import notebook_bytes

DEADLINE_S = 180

CELLS = (
    "import mlflow\nwith mlflow.start_run():\n    mlflow.log_metric('auc', rate + 0.4)",
    "mlflow.log_param('depth', 3)\nmlflow.log_text('kept', 'note.txt')",
)


async def _run_job(live, path: str) -> dict:
    promotion = {
        "name": "nightly",
        "notebook_path": path,
        "parameters": [{"name": "rate", "type": "float", "default": 0.5}],
    }
    definition = await live.fetch("mlops-lab/api/definitions", method="POST", body=promotion)
    order = {"definition_id": definition["id"]}
    job = await live.fetch("mlops-lab/api/jobs", method="POST", body=order)
    async with asyncio.timeout(DEADLINE_S):
        while job["ended_at"] is None:
            await asyncio.sleep(0.2)
            job = await live.fetch(f"mlops-lab/api/jobs/{job['id']}")
    assert job["state"] == "succeeded", job["cause"]
    return job


def test_a_job_logs_into_its_run_and_no_more_after_its_end(live, mlflow, tmp_path) -> None:
    (live.folder / "nightly.ipynb").write_bytes(notebook_bytes(*CELLS, parameters="rate = 0.5"))
    job = asyncio.run(_run_job(live, "nightly.ipynb"))
    client = mlflow.MlflowClient()
    run = client.get_run(job["run_id"])
    assert run.info.status == "FINISHED"
    assert run.data.metrics["auc"] == 0.9
    assert run.data.params["depth"] == "3"
    assert [one.path for one in client.list_artifacts(run.info.run_id)] == ["note.txt"]
    assert len(client.search_runs([run.info.experiment_id])) == 1

    note = tmp_path / "late.txt"
    note.write_text("late")
    for write in (
        lambda: client.log_metric(run.info.run_id, "auc", 0.1),
        lambda: client.log_param(run.info.run_id, "late", 1),
        lambda: client.log_artifact(run.info.run_id, str(note)),
    ):
        with pytest.raises(Exception, match="job that has ended"):
            write()
    client.set_tag(run.info.run_id, "reviewed", "yes")
    after = client.get_run(run.info.run_id)
    assert after.data.metrics["auc"] == 0.9
    assert after.data.tags["reviewed"] == "yes"
