"""Proves that MLflow in a notebook of this server is one world with tracked cells: a real kernel."""

from __future__ import annotations

import asyncio
import json
import queue
import time
import uuid

import pytest

from mlops_lab.core.metrics import SYSTEM_PREFIX
from tests.server.live_server import TOKEN, LiveServer

DEADLINE_S = 120


class Notebook:
    """A kernel that the live server started, with a session for a notebook, as a front end has it."""

    def __init__(self, live: LiveServer, path: str) -> None:
        import requests

        self._live = live
        self._root = f"http://127.0.0.1:{live.port}"
        self._headers = {"Authorization": f"token {TOKEN}"}
        body = {"path": path, "type": "notebook", "name": path, "kernel": {"name": "python3"}}
        made = requests.post(
            f"{self._root}/api/sessions", json=body, headers=self._headers, timeout=60
        )
        made.raise_for_status()
        self.kernel_id = made.json()["kernel"]["id"]
        from jupyter_client import BlockingKernelClient

        folder = live.folder / "runtime"
        self._client = BlockingKernelClient(
            connection_file=str(folder / f"kernel-{self.kernel_id}.json")
        )
        self._client.load_connection_file()
        self._client.start_channels()
        self._wait_until_ready()

    def _wait_until_ready(self) -> None:
        end = time.monotonic() + DEADLINE_S
        while True:
            try:
                return self._client.wait_for_ready(timeout=DEADLINE_S)
            except RuntimeError:
                # A kernel that starts on a busy machine misses a heartbeat, which is taken for dead.
                if time.monotonic() > end:
                    raise

    def run(self, code: str, *, cell_id: str = "c-1") -> tuple[str, str]:
        """Run a cell; return what it printed, and the name of its error or ''."""
        session = self._client.session
        content = {
            "code": code,
            "silent": False,
            "store_history": True,
            "user_expressions": {},
            "allow_stdin": False,
            "stop_on_error": True,
        }
        message = session.msg("execute_request", content, metadata={"cellId": cell_id})
        self._client.shell_channel.send(message)
        printed, error = [], ""
        end = time.monotonic() + DEADLINE_S
        while time.monotonic() < end:
            try:
                got = self._client.get_iopub_msg(timeout=1)
            except queue.Empty:
                continue
            if got["parent_header"].get("msg_id") != message["header"]["msg_id"]:
                continue
            kind, content = got["msg_type"], got["content"]
            if kind == "stream":
                printed.append(content["text"])
            elif kind == "error":
                error = f"{content['ename']}: {content['evalue']}"
            elif kind == "status" and content["execution_state"] == "idle":
                return "".join(printed), error
        raise TimeoutError(code)

    def close(self) -> None:
        import requests

        self._client.stop_channels()
        requests.delete(
            f"{self._root}/api/kernels/{self.kernel_id}", headers=self._headers, timeout=60
        )


@pytest.fixture(scope="module")
def notebook(live):
    path = f"train-{uuid.uuid4().hex[:6]}.ipynb"
    (live.folder / path).write_text(
        json.dumps({"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5})
    )
    opened = Notebook(live, path)
    opened.path = path
    try:
        opened.run("%load_ext mlops_lab\nimport mlflow", cell_id="first")
        yield opened
    finally:
        opened.close()


def ids(printed: str) -> list[str]:
    """Return the ids that a cell printed; the client prints addresses too."""
    (line,) = (one for one in printed.splitlines() if one.startswith("ids "))
    return line.split()[1:]


def ended(client, run_id: str, *, status: str):
    """Return a run once its end has been delivered."""
    end = time.monotonic() + DEADLINE_S
    while time.monotonic() < end:
        found = client.get_run(run_id)
        if found.info.status == status:
            return found
        time.sleep(0.05)
    raise AssertionError(f"{run_id} is {found.info.status}, not {status}")


@pytest.fixture
def client(mlflow):
    return mlflow.MlflowClient()


def test_a_run_in_a_tracked_cell_is_the_cells_run(notebook, client, live) -> None:
    code = """%%track
import mlflow
rate = 0.1
with mlflow.start_run() as run:
    mlflow.log_param("depth", 3)
    mlflow.log_metric("auc", 0.9)
    with mlflow.start_run(nested=True) as child:
        mlflow.log_metric("inner", 1.0)
mlflow.start_run()
mlflow.log_metric("second", 2.0)
second = mlflow.active_run()
print('ids', run.info.run_id, child.info.run_id, second.info.run_id)
"""
    printed, error = notebook.run(code, cell_id="cell-a")
    assert not error
    own, child, second = ids(printed)
    found = ended(client, own, status="FINISHED")
    assert found.data.params["depth"] == "3"
    assert found.data.params["rate"] == "0.1"
    assert found.data.metrics["auc"] == 0.9
    assert found.data.tags["mlflow.source.name"].endswith(notebook.path)
    for one, metric in ((child, "inner"), (second, "second")):
        below = ended(client, one, status="FINISHED")
        assert metric in below.data.metrics
        assert below.data.tags["mlflow.parentRunId"] == own
    ours = asyncio.run(live.fetch(f"mlops-lab/api/runs/{own}"))
    assert ours["summary"]["source"] == "notebook"
    assert ours["summary"]["cell_id"] == "cell-a"
    assert ours["summary"]["children"] == 2
    assert ours["cells"][0]["source"].startswith("%%track")


def test_a_failed_run_fails_the_cell_and_takes_nothing_of_the_next(notebook, client) -> None:
    failing = """%%track
import mlflow
print('ids', mlflow.start_run().info.run_id)
mlflow.log_metric("before", 1)
raise ValueError("no")
"""
    printed, error = notebook.run(failing, cell_id="cell-b")
    assert error == "ValueError: no"
    (first,) = ids(printed)
    printed, error = notebook.run(
        "%%track\nimport mlflow\nmlflow.log_metric('after', 2)\n"
        "print('ids', mlflow.active_run().info.run_id)",
        cell_id="cell-c",
    )
    assert not error
    (second,) = ids(printed)
    assert first != second
    logged = ended(client, first, status="FAILED").data.metrics
    assert {name for name in logged if not name.startswith(SYSTEM_PREFIX)} == {"before"}
    assert "after" in ended(client, second, status="FINISHED").data.metrics


def test_outside_tracked_cells_runs_are_ordinary_ones_of_the_notebook(
    notebook, client, live
) -> None:
    code = """with mlflow.start_run(run_name="plain") as run:
    mlflow.log_metric("auc", 0.5)
print('ids', run.info.run_id)
"""
    printed, error = notebook.run(code, cell_id="cell-d")
    assert not error
    (run_id,) = ids(printed)
    assert client.get_run(run_id).info.status == "FINISHED"
    ours = asyncio.run(live.fetch(f"mlops-lab/api/runs/{run_id}"))["summary"]
    assert ours["source"] == "client"
    assert ours["cell_id"] == "cell-d"
    assert ours["notebook_path"] == notebook.path
    assert ours["experiment"] == notebook.path.removesuffix(".ipynb")
    tracked = asyncio.run(
        live.fetch(f"mlops-lab/api/runs?experiment={ours['experiment']}&filter=source:notebook")
    )["runs"][0]["id"]
    compared = asyncio.run(live.fetch(f"mlops-lab/api/comparison?run_id={tracked}&run_id={run_id}"))
    assert {run["id"] for run in compared["runs"]} == {tracked, run_id}


def test_a_notebook_needs_no_line_of_the_extension_to_be_found_by_its_path(live) -> None:
    path = f"bare-{uuid.uuid4().hex[:6]}.ipynb"
    (live.folder / path).write_text(
        json.dumps({"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5})
    )
    bare = Notebook(live, path)
    try:
        printed, error = bare.run(
            "import mlflow\nwith mlflow.start_run() as run:\n    pass\n"
            "print('ids', run.info.run_id)"
        )
        assert not error
        (first,) = ids(printed)
        printed, error = bare.run("%load_ext mlops_lab")
        assert not error
        printed, error = bare.run(
            "%%track\nwith mlflow.start_run() as run:\n    pass\nprint('ids', run.info.run_id)"
        )
        assert not error
        (second,) = ids(printed)
        for run_id in (first, second):
            ours = asyncio.run(live.fetch(f"mlops-lab/api/runs/{run_id}"))["summary"]
            assert ours["notebook_path"] == path
    finally:
        bare.close()


def test_a_search_in_one_experiment_points_at_the_place_in_the_users_filter(notebook) -> None:
    _, error = notebook.run(
        "from mlops_lab import lab\nlab.search_runs('foo:bar', experiment_names=['Default'])"
    )
    assert "at character 1 of the filter" in error


def test_the_audit_names_the_user_of_a_kernel(notebook, live) -> None:
    name = f"audited-{uuid.uuid4().hex[:6]}"
    _, error = notebook.run(f"mlflow.MlflowClient().create_registered_model({name!r})")
    assert not error
    user = asyncio.run(live.fetch("mlops-lab/api/status"))["user"]
    told = asyncio.run(live.fetch("mlops-lab/api/audit?kind=registered_model"))["entries"]
    assert {one["who"] for one in told if one["detail"].get("name") == name} == {user}
