"""Proves that the client has a call for every route, and that each does against a real server."""

from __future__ import annotations

import asyncio
import hashlib
import json
import math
import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from server.live_server import TOKEN, LiveServer

from mlops_lab.client import Client, ForbiddenError, UnreachableError, client, files
from mlops_lab.client.routes import called_by
from mlops_lab.core.errors import ConflictError, InvalidInputError, LimitError, NotFoundError
from mlops_lab.core.files import StoredFile
from mlops_lab.core.ids import new_id
from mlops_lab.core.jobs import Parameter, Promotion
from mlops_lab.core.limits import MAX_PARAM_BYTES
from mlops_lab.core.records import Batch, SpoolHeader
from mlops_lab.core.registry import ModelUpdate, NewModel, NewVersion
from mlops_lab.core.writing import Point, RunBatchOf, RunOrder
from mlops_lab.server.openapi import make_openapi

NOUNS = ("runs", "experiments", "files", "definitions", "schedules", "jobs")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    live = LiveServer(tmp_path_factory.mktemp("server"))
    asyncio.run(live.wait_until_up())
    yield live
    live.kill()


@pytest.fixture
def lab(server: LiveServer) -> Iterator[Client]:
    with Client(f"http://127.0.0.1:{server.port}", TOKEN) as opened:
        yield opened


def test_every_route_of_the_contract_has_a_call(lab: Client) -> None:
    described = {
        operation["operationId"]
        for operations in make_openapi()["paths"].values()
        for operation in operations.values()
    }
    covered = called_by(Client).union(*(called_by(type(one)) for one in vars(lab).values()))
    assert described - covered == set(), "add a method to mlops_lab/client"
    assert covered - described == set()


def test_a_run_is_written_and_read_back(lab: Client) -> None:
    made = lab.runs.create(
        experiment="from afar", name="first", params={"rate": 0.1, "on": True, "kind": "a b"}
    )
    run_id = made.summary.id
    points = [lab.point("loss", 1 / step, step=step) for step in range(1, 101)]
    points.append(lab.point("odd", math.nan))
    lab.runs.log(run_id, metrics=points, tags={"team": "a"}, params={"size": 3})
    lab.runs.set_tag(run_id, "team", "b/c")
    lab.runs.set_tag(run_id, "gone", "x")
    lab.runs.delete_tag(run_id, "gone")
    lab.runs.set_note(run_id, "a first try")
    finished = lab.runs.finish(run_id)
    assert (finished.summary.status, finished.summary.source) == ("finished", "client")
    params = {param.name: param.value for param in finished.params}
    assert params == {"rate": "0.1", "on": "True", "kind": "'a b'", "size": "3"}
    tags = {tag.name: tag.value for tag in finished.tags}
    assert tags == {"team": "b/c", "mlflow.note.content": "a first try"}
    assert [entry.value for entry in lab.runs.tag_history(run_id, "team")] == ["a", "b/c"]
    series = lab.runs.series(run_id, "loss")
    assert [(point.step, point.value) for point in series.points][:2] == [(1, 1.0), (2, 0.5)]
    assert lab.runs.series(run_id, "odd").points[0].value == "NaN"
    assert lab.runs.update(run_id, name="second").summary.name == "second"
    lab.runs.set_note(run_id, "")
    assert {tag.name for tag in lab.runs.get(run_id).tags} == {"team"}
    assert lab.runs.capture(run_id).history == []


def test_an_order_that_is_sent_twice_makes_one_run(lab: Client) -> None:
    order = RunOrder(experiment="twice", id=new_id(), name="once")
    assert lab.runs.create(order) == lab.runs.create(order)
    with pytest.raises(ConflictError, match="belongs to run"):
        lab.runs.create(RunOrder(experiment="twice", id=order.id, name="another"))
    for _ in range(2):
        run_id = order.id or ""
        lab.runs.log(run_id, metrics=[Point("loss", 0.5, step=1, time=5)], params={"a": 1})
    assert lab.runs.series(run_id, "loss").count == 1
    with pytest.raises(ConflictError, match="already"):
        lab.runs.log(run_id, params={"a": 2})


def test_many_runs_at_once(lab: Client) -> None:
    runs = [lab.runs.create(experiment="many", name=f"run {n}") for n in range(5)]
    ids = [run.summary.id for run in runs]
    unknown = new_id()
    outcomes = lab.runs.log_many(
        RunBatchOf(run_id=run_id, metrics=[lab.point("loss", 0.5)]) for run_id in [*ids, unknown]
    )
    assert [outcome.code for outcome in outcomes] == [None] * 5 + ["not_found"]
    found = lab.runs.get_many([*ids, unknown])
    assert ([run.summary.id for run in found.runs], found.missing) == (ids, [unknown])
    listed = [run.id for run in lab.runs.list(experiment="many", limit=2)]
    assert sorted(listed) == sorted(ids)
    assert len([*lab.runs.list(experiment="many", limit=2).pages()]) == 3
    assert lab.runs.list(experiment="many").first().total == 5
    assert len([*lab.runs.details(experiment="many", limit=3)]) == 5
    assert len(lab.runs.compare(ids).runs) == 5


def test_experiments(lab: Client) -> None:
    made = lab.experiments.create("a/b c", tags={"team": "a"})
    assert lab.experiments.get("a/b c") == made
    assert lab.experiments.update("a/b c", direction="max").direction == "max"
    assert "a/b c" in [one.name for one in lab.experiments.list()]
    assert lab.experiments.brief("a/b c").known == []
    with pytest.raises(ConflictError):
        lab.experiments.create("a/b c")


def test_files_go_and_come_in_portions(
    lab: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = lab.runs.create(name="with a file").summary.id
    content = os.urandom(3_000_000)
    source = tmp_path / "ä b.bin"
    source.write_bytes(content)
    stored = lab.files.add(run_id, source, "models/ä b.bin")
    assert (stored.path, stored.size) == ("models/ä b.bin", len(content))
    assert [file.path for file in lab.files.list(run_id, recursive=True)] == ["models/ä b.bin"]
    assert lab.files.get(run_id, "models/ä b.bin", tmp_path / "back").read_bytes() == content
    lab.files.remove(run_id, "models/ä b.bin")
    assert lab.files.list(run_id) == []
    monkeypatch.setattr(files, "_PIECE", 1_000_000)
    other = tmp_path / "large"
    other.write_bytes(content + b"more")
    digest = lab.files.keep(other)
    assert digest == lab.files.keep(other) == hashlib.sha256(content + b"more").hexdigest()
    assert lab.files.fetch(digest, tmp_path / "again").read_bytes() == content + b"more"
    named = lab.files.add(run_id, other, "large.bin")
    assert (named.digest, named.size) == (digest, len(content) + 4)
    address = f"runs/{run_id}/artifacts/both.bin?digest={digest}"
    with pytest.raises(ConflictError), other.open("rb") as more:
        lab.files._connection.send_file(address, more, size=4, answer=StoredFile)
    unknown = f"runs/{run_id}/artifacts/none.bin?digest={'0' * 64}"
    with pytest.raises(NotFoundError), other.open("rb") as nothing:
        lab.files._connection.send_file(unknown, nothing, size=0, answer=StoredFile)
    assert [file.path for file in lab.files.list(run_id)] == ["large.bin"]
    with pytest.raises(NotFoundError):
        lab.files.get(run_id, "nothing", tmp_path / "none")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["again", "back", "large", "ä b.bin"]


def test_production(lab: Client, server: LiveServer) -> None:
    cell = {"cell_type": "code", "id": "a", "metadata": {}, "source": "rate = 0.5"}
    cell |= {"outputs": [], "execution_count": None}
    notebook = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    order = {"type": "notebook", "format": "json", "content": notebook}
    request = urllib.request.Request(
        f"http://127.0.0.1:{server.port}/api/contents/train.ipynb",
        data=json.dumps(order).encode(),
        headers={"Authorization": f"token {TOKEN}"},
        method="PUT",
    )
    urllib.request.urlopen(request).close()  # noqa: S310 - our own server
    assert lab.definitions.draft(notebook_path="train.ipynb").name == "train"
    rate = Parameter(name="rate", type="float", default=0.5)
    promotion = Promotion(name="train", parameters=[rate], notebook_path="train.ipynb")
    made = lab.definitions.promote(promotion)
    assert lab.definitions.get(made.id).name == "train"
    assert [one.id for one in lab.definitions.list()] == [made.id]
    assert [one.number for one in lab.definitions.revisions(made.id)] == [1]
    assert lab.definitions.notebook(made.id, 1)["nbformat"] == 4
    assert lab.schedules.list() == []
    assert len(lab.schedules.preview("0 6 * * 1").next_fire_at) == 3
    with pytest.raises(NotFoundError):
        lab.schedules.update(new_id(), paused=True)
    with pytest.raises(NotFoundError):
        lab.schedules.delete(new_id())
    with pytest.raises(InvalidInputError):
        lab.jobs.submit(made.id, parameters={"rat": 1})
    assert [*lab.jobs.list(definition_id=made.id)] == []
    for call in (lab.jobs.get, lab.jobs.cancel, lab.jobs.notebook, lab.jobs.log):
        with pytest.raises(NotFoundError):
            call(new_id())


def test_the_server_tells_of_itself(lab: Client) -> None:
    status = lab.status()
    assert lab.limits().max_param_bytes == MAX_PARAM_BYTES
    before = status.seq
    run_id = lab.runs.create(name="moved").summary.id
    changes = lab.changes(before)
    assert run_id in [change.id for change in changes.changes]
    assert not changes.resync
    assert lab.changes(changes.seq + 1_000).resync
    header = SpoolHeader(new_id(), "host", os.getpid(), 0.0)
    assert lab.deliver(Batch(header, [])).seq == 0


def test_the_registry(lab: Client) -> None:
    run_id = lab.runs.create(name="of a model").summary.id
    lab.models.create(NewModel(name="churn", tags={"team": "a"}))
    order = NewVersion(source=f"runs:/{run_id}/model", run_id=run_id)
    made = lab.models.add_version("churn", order)
    assert (made.name, made.version) == ("churn", 1)
    assert lab.models.move_alias("churn", "champion", 1).aliases == ["champion"]
    assert lab.models.get("churn").aliases == {"champion": 1}
    assert lab.models.update_version("churn", 1, description="first").description == "first"
    assert lab.models.version("churn", 1).description == "first"
    assert lab.models.update("churn", ModelUpdate(description="all")).description == "all"
    assert [model.name for model in lab.models.list()] == ["churn"]
    assert [version.version for version in lab.models.all_versions(limit=1)] == [1]
    assert [move.version for move in lab.models.alias_moves("churn").moves] == [1]
    lab.models.remove_alias("churn", "champion")
    lab.models.delete_version("churn", 1)
    lab.models.delete("churn")
    with pytest.raises(NotFoundError):
        lab.models.get("churn")


def test_trash_and_audit(lab: Client) -> None:
    run_ids = [lab.runs.create(experiment="old").summary.id for _ in range(3)]
    assert lab.runs.delete(run_ids[0]).runs == [run_ids[0]]
    assert lab.trash.put(runs=run_ids[1:]).runs == run_ids[1:]
    assert sorted(run.id for run in lab.trash.list(limit=2)) == sorted(run_ids)
    assert lab.trash.restore_run(run_ids[0]).runs == [run_ids[0]]
    assert lab.trash.restore(runs=[run_ids[1]]).runs == [run_ids[1]]
    assert lab.trash.purge(runs=[run_ids[2]]).runs == [run_ids[2]]
    assert sorted(run.id for run in lab.runs.list(experiment="old")) == sorted(run_ids[:2])
    assert "purge" in [entry.action for entry in lab.audit.list(record=run_ids[2])]


def test_values_and_names_to_choose_from(lab: Client) -> None:
    lab.runs.create(experiment="facets", params={"depth": 3})
    assert lab.runs.facets("experiment").field == "experiment"
    assert "depth" in [one.name for one in lab.runs.names("params", prefix="dep").names]
    found = lab.runs.list(experiment="facets", filter="params.depth = 3", columns=["params.depth"])
    assert len([*found]) == 1


def test_errors_are_those_of_the_server(lab: Client) -> None:
    with pytest.raises(NotFoundError) as missing:
        lab.runs.get(new_id())
    assert missing.value.hint
    run_id = lab.runs.create(name="small").summary.id
    with pytest.raises((LimitError, InvalidInputError)):
        lab.runs.log(run_id, params={"big": "x" * (MAX_PARAM_BYTES + 1)})
    with pytest.raises(NotFoundError):
        lab.runs.requirements(run_id)
    with pytest.raises(ConflictError):
        lab.runs.reproduce(run_id)
    for value, told in ((None, "has no value"), ([1], "is of the type list"), (math.nan, "is nan")):
        for write in (lab.runs.create, partial(lab.runs.log, run_id)):
            with pytest.raises(InvalidInputError, match=f"The param 'a' {told}"):
                write(params={"a": value})
    with pytest.raises(InvalidInputError, match="no field 'nmae'"):
        lab.runs.create(nmae="x")
    with Client(lab.url, "wrong") as stranger, pytest.raises(ForbiddenError):
        stranger.status()
    with (
        Client("http://127.0.0.1:1", "x", retry_for=0.5) as lost,
        pytest.raises(UnreachableError, match="cannot be reached"),
    ):
        lost.status()


def test_a_running_server_is_found(
    server: LiveServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(server.folder / "runtime"))
    with Client() as found:
        assert found.status().version
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path))
    with pytest.raises(UnreachableError, match="No Jupyter server of yours"):
        Client()
    monkeypatch.setenv("MLOPS_LAB_SERVER_URL", f"http://127.0.0.1:{server.port}/mlops-lab/api")
    monkeypatch.setenv("MLOPS_LAB_SERVER_TOKEN", TOKEN)
    with Client() as told:
        assert told.status().version
    with Client(f"http://127.0.0.1:{server.port}/lab?token={TOKEN}") as pasted:
        assert pasted.status().version


def test_the_client_loads_nothing_heavy() -> None:
    heavy = {"sqlalchemy", "tornado", "IPython", "jupyter_server", "jupyter_core", "numpy"}
    code = (
        "import sys, mlops_lab.client; "
        f"found = {heavy!r} & set(sys.modules); sys.exit(str(found) if found else 0)"
    )
    found = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True)
    assert found.returncode == 0, found.stderr


def test_nouns_are_attributes(lab: Client) -> None:
    public: dict[str, Any] = {name: value for name, value in vars(lab).items() if name[0] != "_"}
    assert set(NOUNS) <= set(public)
    assert client.TIMEOUT_S > 0
