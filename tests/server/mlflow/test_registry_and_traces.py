"""MLflow's own client, unmodified, on the registry, logged models, traces and what is judged of them."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from tests.server.live_server import TOKEN

NAME = "churn"


@pytest.fixture
def client(mlflow: Any) -> Any:
    return mlflow.MlflowClient()


def test_versions_aliases_and_stages(client: Any) -> None:
    client.create_registered_model(NAME, tags={"team": "a"}, description="who leaves")
    for number in ("1", "2"):
        made = client.create_model_version(NAME, "runs:/abc/model", "abc", tags={"n": number})
        assert made.version == number
    client.set_registered_model_alias(NAME, "champion", 1)
    client.set_registered_model_alias(NAME, "champion", 2)
    assert client.get_model_version_by_alias(NAME, "champion").version == "2"
    assert client.get_registered_model(NAME).aliases == {"champion": "2"}
    found = client.search_model_versions("name = 'churn' AND tags.n = '1'")
    assert [(one.version, one.run_id) for one in found] == [("1", "abc")]
    client.delete_registered_model_alias(NAME, "champion")
    with pytest.raises(Exception, match="INVALID_PARAMETER_VALUE: Registered model alias"):
        client.get_model_version_by_alias(NAME, "champion")
    with pytest.raises(Exception, match=r"RESOURCE_ALREADY_EXISTS: Registered Model"):
        client.create_registered_model(NAME)
    client.rename_registered_model(NAME, "leaving")
    client.delete_model_version("leaving", "1")
    assert client.search_registered_models("name ILIKE 'LEAV%'")[0].name == "leaving"
    assert client.get_model_version_download_uri("leaving", "2") == "runs:/abc/model"
    client.delete_registered_model("leaving")
    with pytest.raises(Exception, match="RESOURCE_DOES_NOT_EXIST"):
        client.get_registered_model("leaving")


def fetched(uri: str, where: str, **params: str) -> requests.Response:
    headers = {"Authorization": f"token {TOKEN}"}
    return requests.get(f"{uri}/{where}", params=params, headers=headers, timeout=60)


def test_a_file_of_a_version_wherever_the_version_comes_from(client: Any, uri: str) -> None:
    run = client.create_run(client.create_experiment("files of versions"))
    run_id = run.info.run_id
    client.log_text(run_id, "kept", "model/mlproject")
    client.create_registered_model("files")
    for source in (f"{run.info.artifact_uri}/model", f"runs:/{run_id}/model", "s3://bucket/model"):
        client.create_model_version("files", source, run_id)
    client.create_model_version("files", "models:/files/1")
    for version in ("1", "2", "4"):
        name = {"name": "files", "version": version}
        found = fetched(uri, "model-versions/get-artifact", path="mlproject", **name)
        assert (found.status_code, found.text) == (200, "kept"), version
        assert found.headers["Content-Type"].startswith("text/plain")
        climbing = fetched(uri, "model-versions/get-artifact", path="../mlproject", **name)
        assert climbing.status_code == 400
        assert climbing.json()["message"] == "Invalid path"
    foreign = fetched(uri, "model-versions/get-artifact", path="a", name="files", version="3")
    assert foreign.json()["error_code"] == "INVALID_PARAMETER_VALUE"


def test_a_logged_model_with_metrics_of_a_run(mlflow: Any, client: Any) -> None:
    experiment_id = client.create_experiment("logged")
    model = client.create_logged_model(experiment_id, name="m", params={"lr": "1"})
    run = client.create_run(experiment_id)
    client.log_metric(
        run.info.run_id, "acc", 0.5, model_id=model.model_id, dataset_name="d", dataset_digest="1"
    )
    client.finalize_logged_model(model.model_id, "READY")
    (found,) = client.search_logged_models([experiment_id], filter_string="metrics.acc > 0.4")
    assert (found.model_id, found.params, found.status) == (model.model_id, {"lr": "1"}, "READY")
    assert [(one.value, one.run_id) for one in found.metrics] == [(0.5, run.info.run_id)]
    version = client.create_registered_model("logged").name
    made = client.create_model_version(version, model.artifact_location, model_id=model.model_id)
    assert client.get_logged_model(model.model_id).tags["mlflow.modelVersions"]
    assert made.version == "1"


# The client imports a module of its own at the first span, which warns of its own types.
@pytest.mark.filterwarnings("ignore:.*Any type hint is inferred:UserWarning")
def test_traces_with_spans_and_feedback(mlflow: Any, client: Any, uri: str) -> None:
    mlflow.set_experiment("traced")

    @mlflow.trace
    def ask(question: str) -> dict[str, Any]:
        with mlflow.start_span("tool", span_type="TOOL") as inner:
            inner.set_outputs([1, 2.5, None, True])
        return {"answer": question + "!"}

    ask("why")
    mlflow.flush_trace_async_logging()
    (trace,) = mlflow.search_traces(return_type="list")
    assert trace.info.state == "OK"
    spans = {one.name: one for one in mlflow.get_trace(trace.info.trace_id).data.spans}
    assert spans["ask"].inputs == {"question": "why"}
    assert spans["ask"].outputs == {"answer": "why!"}
    assert spans["tool"].outputs == [1, 2.5, None, True]
    assert spans["tool"].parent_id == spans["ask"].span_id
    file = fetched(uri, "ajax-api/2.0/mlflow/get-trace-artifact", request_id=trace.info.trace_id)
    assert file.headers["Content-Disposition"] == "attachment; filename=traces.json"
    assert len(file.json()["spans"]) == 2
    mlflow.log_feedback(trace_id=trace.info.trace_id, name="good", value=True)
    (judged,) = mlflow.search_traces(filter_string="feedback.good = 'true'", return_type="list")
    assert judged.info.assessments[0].value is True
    client.set_trace_tag(trace.info.trace_id, "seen", "yes")
    assert mlflow.search_traces(filter_string="tags.seen = 'no'", return_type="list") == []
    client.delete_traces(trace.info.experiment_id, trace_ids=[trace.info.trace_id])
    assert mlflow.search_traces(return_type="list") == []


def test_prompts_are_kept_apart_from_models(mlflow: Any, client: Any) -> None:
    client.register_prompt("greeting", "hello {{name}}")
    assert client.load_prompt("prompts:/greeting/1").template == "hello {{name}}"
    assert [one.name for one in client.search_prompts()] == ["greeting"]
    assert "greeting" not in [one.name for one in client.search_registered_models()]
