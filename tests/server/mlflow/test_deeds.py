"""What is done over MLflow's protocol is in the audit, with the name of who did it."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.server.live_server import LiveServer


def deeds(live: LiveServer, **query: str) -> list[dict[str, Any]]:
    text = "&".join(f"{name}={value}" for name, value in query.items())
    found = asyncio.run(live.fetch(f"mlops-lab/api/audit?{text}"))
    entries: list[dict[str, Any]] = found["entries"]
    return entries


def test_deeds_over_the_protocol_name_the_caller(live: LiveServer, mlflow: Any) -> None:
    client = mlflow.MlflowClient()
    experiment = client.create_experiment("deeds")
    client.set_experiment_tag(experiment, "team", "red")
    run_id = client.create_run(experiment).info.run_id
    client.set_tag(run_id, "while it goes on", "is its own")
    client.set_terminated(run_id)
    client.set_tag(run_id, "stage", "x")
    client.delete_tag(run_id, "stage")
    client.update_run(run_id, name="renamed")
    client.create_registered_model("deeds")
    client.create_model_version("deeds", f"runs:/{run_id}/model", run_id)
    client.set_registered_model_alias("deeds", "champion", "1")
    client.delete_run(run_id)
    of_run = deeds(live, record=run_id)[::-1]
    assert [(one["action"], one["detail"].get("tag")) for one in of_run][:1] == [
        ("update", "stage")
    ]
    assert [one["detail"] for one in of_run][1] == {"removed_tag": "stage"}
    assert of_run[2]["detail"]["name"] == "renamed"
    assert of_run[-1]["action"] == "trash"
    made, tagged = deeds(live, record=experiment)[::-1][:2]
    assert (made["action"], tagged["detail"]) == ("create", {"tag": "team"})
    [alias] = deeds(live, kind="alias")
    [version] = deeds(live, kind="model_version")
    assert (alias["action"], version["action"]) == ("move", "register")
    names = {one["who"] for one in [*of_run, made, tagged, alias, version]}
    assert len(names) == 1
    assert "" not in names
