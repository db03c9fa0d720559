"""Proves that MLflow's unmodified client works on this server: experiments, runs, files, datasets."""

from __future__ import annotations

import math

import pytest


@pytest.fixture
def client(mlflow):
    return mlflow.MlflowClient()


def test_what_a_run_logs_is_read_back(mlflow, client) -> None:
    mlflow.set_experiment("first steps")
    with mlflow.start_run(run_name="one", tags={"team": "a"}) as run:
        mlflow.log_params({"lr": 0.1, "layers": [1, 2], "word": "it's", "none": None, "inf": "inf"})
        mlflow.log_metrics({"loss": 1.5}, step=1)
        for step in range(2, 30):
            mlflow.log_metric("loss", 1 / step, step=step)
        mlflow.log_metric("bad", math.nan)
        mlflow.log_metric("far", math.inf)
    found = client.get_run(run.info.run_id)
    assert found.info.status == "FINISHED"
    assert found.info.run_name == "one"
    assert found.data.params == {
        "lr": "0.1",
        "layers": "[1, 2]",
        "word": "it's",
        "none": "None",
        "inf": "inf",
    }
    assert found.data.metrics["loss"] == 1 / 29
    assert math.isnan(found.data.metrics["bad"])
    assert found.data.metrics["far"] == math.inf
    assert found.data.tags["team"] == "a"
    assert [m.step for m in client.get_metric_history(found.info.run_id, "loss")] == [*range(1, 30)]


def test_history_comes_in_pages_and_without_what_was_sent_twice(client) -> None:
    experiment = client.create_experiment("history")
    run_id = client.create_run(experiment).info.run_id
    from mlflow.entities import Metric

    points = [Metric("m", float(step), 1_000 + step, step) for step in range(1_000)]
    client.log_batch(run_id, metrics=points)
    client.log_batch(run_id, metrics=points[500:])
    store = client._tracking_client.store
    page = store.get_metric_history(run_id, "m", max_results=400, page_token=None)
    assert [one.step for one in page] == [*range(400)]
    assert page.token
    assert len(client.get_metric_history(run_id, "m")) == 1_000


def test_secrets_in_texts_of_params_and_tags_are_masked_and_all_else_is_kept(client) -> None:
    run_id = client.create_run(client.create_experiment("masked texts")).info.run_id
    kept = {
        "plain": '{"b":  1, "a": [true]}',
        "same": "{'n': 1,  'm': None}",
        "token_dropout": "0.1",
        "use_auth_token": "False",
        "hub_token": "None",
    }
    secret = {
        "cfg": "{'api_key': 'abc123def', 'n': 1}",
        "json": '{"password": "hunter2abc", "n": 1}',
    }
    for name, text in {**kept, **secret}.items():
        client.log_param(run_id, name, text)
        client.set_tag(run_id, name, text)
    masked = {"cfg": "{'api_key': '***', 'n': 1}", "json": '{"password":"***","n":1}'}
    data = client.get_run(run_id).data
    assert data.params == {**kept, **masked}
    assert {name: data.tags[name] for name in data.params} == data.params


def test_a_param_is_set_once(client, mlflow) -> None:
    run_id = client.create_run(client.create_experiment("once")).info.run_id
    client.log_param(run_id, "depth", 3)
    client.log_param(run_id, "depth", 3)
    with pytest.raises(mlflow.exceptions.MlflowException, match="Changing param values") as raised:
        client.log_param(run_id, "depth", 4)
    assert raised.value.error_code == "INVALID_PARAMETER_VALUE"


def test_secrets_are_masked_at_this_door_too(client) -> None:
    run_id = client.create_run(client.create_experiment("masked")).info.run_id
    client.log_param(run_id, "api_key", "abcdef123456")
    client.set_tag(run_id, "db_password", "hunter2hunter2")
    found = client.get_run(run_id).data
    assert found.params["api_key"] == "***"
    assert found.tags["db_password"] == "***"


def test_the_default_experiment_is_number_zero(client) -> None:
    assert client.get_experiment("0").name == "Default"
    assert client.get_experiment_by_name("Default").experiment_id == "0"
    assert client.create_run("0").info.experiment_id == "0"


def test_experiments_are_found_changed_trashed_and_restored(client, mlflow) -> None:
    first = client.create_experiment("zoo a", tags={"kind": "cat"})
    second = client.create_experiment("zoo b", tags={"kind": "dog"})
    found = client.search_experiments(filter_string="name LIKE 'zoo %' AND tags.kind = 'dog'")
    assert [one.experiment_id for one in found] == [second]
    found = client.search_experiments(filter_string="name LIKE 'zoo %'", order_by=["name DESC"])
    assert [one.experiment_id for one in found] == [second, first]
    client.rename_experiment(first, "zoo c")
    run_id = client.create_run(first).info.run_id
    client.delete_experiment(first)
    assert client.get_experiment(first).lifecycle_stage == "deleted"
    assert client.get_run(run_id).info.lifecycle_stage == "deleted"
    with pytest.raises(mlflow.exceptions.MlflowException, match="must be in the 'active' state"):
        client.create_run(first)
    client.restore_experiment(first)
    assert client.get_experiment(first).name == "zoo c"
    assert client.get_run(run_id).info.lifecycle_stage == "active"


def test_errors_are_mlflows_own(client, mlflow) -> None:
    with pytest.raises(mlflow.exceptions.MlflowException) as raised:
        client.get_run("0" * 32)
    assert raised.value.error_code == "RESOURCE_DOES_NOT_EXIST"
    client.create_experiment("twice")
    with pytest.raises(mlflow.exceptions.MlflowException) as raised:
        client.create_experiment("twice")
    assert raised.value.error_code == "RESOURCE_ALREADY_EXISTS"
    with pytest.raises(mlflow.exceptions.MlflowException, match="exceeds the maximum length"):
        client.set_tag(client.create_run("0").info.run_id, "k" * 251, "v")


def test_runs_are_searched_in_order_and_pages(client) -> None:
    experiment = client.create_experiment("searched")
    for number in range(5):
        run_id = client.create_run(experiment, tags={"group": str(number % 2)}).info.run_id
        client.log_metric(run_id, "auc", number / 10)
        client.log_param(run_id, "n", number)
    found = client.search_runs([experiment], "metrics.auc > 0.1", order_by=["metrics.auc DESC"])
    assert [one.data.params["n"] for one in found] == ["4", "3", "2"]
    found = client.search_runs([experiment], "tags.group = '1' and params.n != '3'")
    assert [one.data.params["n"] for one in found] == ["1"]
    page = client.search_runs([experiment], max_results=2, order_by=["metrics.auc ASC"])
    seen = [one.data.params["n"] for one in page]
    while page.token:
        page = client.search_runs(
            [experiment], max_results=2, order_by=["metrics.auc ASC"], page_token=page.token
        )
        seen += [one.data.params["n"] for one in page]
    assert seen == ["0", "1", "2", "3", "4"]


def test_files_go_through_the_server(mlflow, client, tmp_path) -> None:
    mlflow.set_experiment("files")
    (tmp_path / "deep" / "er").mkdir(parents=True)
    (tmp_path / "deep" / "a.txt").write_text("a")
    (tmp_path / "deep" / "er" / "b b.txt").write_text("b" * 3_000_000)
    with mlflow.start_run() as run:
        mlflow.log_artifacts(str(tmp_path / "deep"), "in")
        mlflow.log_dict({"x": 1}, "x.json")
        mlflow.log_text("word", "notes/t.md")
    run_id = run.info.run_id
    assert run.info.artifact_uri.startswith("mlflow-artifacts:/")
    assert [one.path for one in client.list_artifacts(run_id)] == ["in", "notes", "x.json"]
    listed = {one.path: one.file_size for one in client.list_artifacts(run_id, "in/er")}
    assert listed == {"in/er/b b.txt": 3_000_000}
    folder = client.download_artifacts(run_id, "in", str(tmp_path))
    assert (tmp_path / "in" / "a.txt").read_text() == "a"
    assert folder
    assert mlflow.artifacts.load_dict(f"runs:/{run_id}/x.json") == {"x": 1}


@pytest.mark.parametrize("is_told", [True, False])
def test_large_files_go_in_parts_where_told(client, tmp_path, monkeypatch, is_told) -> None:
    from mlflow.store.artifact.mlflow_artifacts_repo import MlflowArtifactsRepository

    begun: list[str] = []
    begin = MlflowArtifactsRepository.create_multipart_upload

    def spy(self, *given, **more):
        begun.append(self.artifact_uri)
        return begin(self, *given, **more)

    monkeypatch.setattr(MlflowArtifactsRepository, "create_multipart_upload", spy)
    if is_told:
        monkeypatch.setenv("MLFLOW_ENABLE_PROXY_MULTIPART_UPLOAD", "true")
    monkeypatch.setenv("MLFLOW_MULTIPART_UPLOAD_MINIMUM_FILE_SIZE", "1000")
    monkeypatch.setenv("MLFLOW_MULTIPART_UPLOAD_CHUNK_SIZE", "5242880")
    path = tmp_path / "large.bin"
    path.write_bytes(bytes(range(256)) * 50_000)
    run_id = client.create_run("0").info.run_id
    client.log_artifact(run_id, str(path), "weights")
    back = client.download_artifacts(run_id, "weights/large.bin", str(tmp_path / "."))
    assert back
    listed = client.list_artifacts(run_id, "weights")
    assert [(one.path, one.file_size) for one in listed] == [("weights/large.bin", 12_800_000)]
    assert len(begun) == is_told


@pytest.mark.parametrize(
    "path",
    [
        "../up",
        "%2e%2e/up",
        "/etc/passwd",
        "a/../../b",
        "C:/x",
        "a%00b",
        "file:///etc/passwd",
        "%252e%252e%252fup",
        "..%5cup",
    ],
)
def test_paths_stay_below_their_root(uri, path) -> None:
    import requests

    headers = {"Authorization": "Bearer live-test"}
    base = f"{uri}/api/2.0/mlflow-artifacts/artifacts"
    response = requests.get(base, params={"path": path}, headers=headers, timeout=30)
    assert response.status_code == 400
    assert response.json() == {"error_code": "INVALID_PARAMETER_VALUE", "message": "Invalid path"}


def test_datasets_are_kept_and_are_data_of_the_run(mlflow, client, live) -> None:
    from mlflow.entities import Dataset, DatasetInput, InputTag

    experiment = client.create_experiment("with data")
    run_id = client.create_run(experiment).info.run_id
    schema = '{"mlflow_colspec": [{"name": "age", "type": "long"}]}'
    dataset = Dataset("people", "d1g3st", "local", '{"uri": "p.csv"}', schema, '{"num_rows": 7}')
    tags = [InputTag("mlflow.data.context", "training")]
    client.log_inputs(run_id, [DatasetInput(dataset, tags)])
    client.log_inputs(run_id, [DatasetInput(dataset, tags)])
    (found,) = client.get_run(run_id).inputs.dataset_inputs
    assert (found.dataset.name, found.dataset.digest) == ("people", "d1g3st")
    assert [(tag.key, tag.value) for tag in found.tags] == [("mlflow.data.context", "training")]
    for text in (
        "dataset.name = 'people'",
        "dataset.digest = 'd1g3st'",
        "dataset.context = 'training'",
    ):
        found_runs = client.search_runs([experiment], text)
        assert [one.info.run_id for one in found_runs] == [run_id], text
    import asyncio

    capture = asyncio.run(live.fetch(f"mlops-lab/api/runs/{run_id}/capture"))
    (data,) = capture["data"]
    assert data["name"] == "people"
    assert data["shape"] == [7, 1]
    assert [column["name"] for column in data["columns"]] == ["age"]


def test_a_run_goes_into_the_trash_with_its_children_and_comes_back(client) -> None:
    parent = client.create_run("0").info.run_id
    child = client.create_run("0", tags={"mlflow.parentRunId": parent}).info.run_id
    for _ in range(2):
        client.delete_run(parent)
        stages = {client.get_run(one).info.lifecycle_stage for one in (parent, child)}
        assert stages == {"deleted"}
    for _ in range(2):
        client.restore_run(child)
        stages = {client.get_run(one).info.lifecycle_stage for one in (parent, child)}
        assert stages == {"active"}, "nobody finds a child whose parent is in the trash"


def test_tags_are_set_and_deleted(client, mlflow) -> None:
    run_id = client.create_run("0").info.run_id
    client.set_tag(run_id, "a", "1")
    client.delete_tag(run_id, "a")
    assert "a" not in client.get_run(run_id).data.tags
    with pytest.raises(mlflow.exceptions.MlflowException, match="No tag with name: a"):
        client.delete_tag(run_id, "a")
    client.set_tag(run_id, "mlflow.runName", "renamed")
    assert client.get_run(run_id).info.run_name == "renamed"
    client.set_terminated(run_id, "FAILED")
    assert client.get_run(run_id).info.status == "FAILED"
    client.delete_run(run_id)
    assert client.get_run(run_id).info.lifecycle_stage == "deleted"
    client.restore_run(run_id)
    assert client.get_run(run_id).info.lifecycle_stage == "active"
