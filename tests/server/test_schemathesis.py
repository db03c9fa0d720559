"""Proves by made-up requests to a real server that it does what the contract says, and no more."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from mlops_lab.core.ids import new_id
from mlops_lab.core.jobs import NewJob, Parameter, Promotion, Worker
from mlops_lab.core.settings import DATA_DIR, make_settings
from mlops_lab.core.writing import Point, RunBatch, RunOrder
from mlops_lab.jobs.scheduler import Scheduler
from mlops_lab.lab import Lab
from mlops_lab.server.openapi import make_openapi, render_contract
from mlops_lab.workflows.carrying.exporting import export_runs
from mlops_lab.workflows.promote import promote

from .live_server import TOKEN, LiveServer

BEYOND_A_SCHEMA = {
    "list_runs": "the grammar of filters, of orders and of columns",
    "list_details": "the grammar of filters and of orders",
    "list_models": "the grammar of filters and of orders",
    "list_versions": "the grammar of filters and of orders",
    "count_facets": "the grammar of filters",
    "preview_cron": "the ranges of the fields of cron, and days that come",
    "update_schedule": "the ranges of the fields of cron, and days that come",
    "create_definition": "the ranges of the fields of cron, and days that come",
}
"""Operations that may refuse with 400 what fits their schema: no schema can say these grammars."""

PINNED = """
[parameters]
"path.run_id" = "{run}"
"path.definition_id" = "{definition}"
job_id = "{job}"
digest = "{digest}"
number = 1
"""
"""The records that are there, for requests that meet one."""

HOOKS = """
from pathlib import Path

import schemathesis
from hypothesis import strategies

export = Path(__file__).with_name("export.zip").read_bytes()
schemathesis.openapi.media_type("application/zip", strategies.just(export))
"""
"""The bytes of a body that has to be an export file, for which there is no schema."""

CONTENT = b"some bytes"
DIGEST = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def records(tmp_path: Path) -> dict[str, str]:
    """A run, a definition and a job in the store of the server, which has not begun yet."""
    (tmp_path / "data").mkdir()
    settings = make_settings(jupyter_data_dir=tmp_path, environ={DATA_DIR: str(tmp_path / "data")})
    notebook = tmp_path / "train.ipynb"
    cell = {"cell_type": "code", "id": "a", "metadata": {}, "source": "rate = 0.5"}
    content = {"cells": [cell | {"outputs": [], "execution_count": None}], "metadata": {}}
    notebook.write_text(json.dumps(content | {"nbformat": 4, "nbformat_minor": 5}))
    with Lab.open(settings) as lab:
        # With a worker that is alive no route starts another one.
        Scheduler(lab.store).register(_this_process())
        run = lab.orders.create_run(RunOrder(name="one", tags={"team": "a"}), user="ada", key=None)
        points = [Point("loss", 1 / step, step=step) for step in range(1, 50)]
        lab.orders.log(run.summary.id, RunBatch(params={"rate": 0.5}, metrics=points))
        export_runs(lab, [run.summary.id], tmp_path / "export.zip", who="ada")
        incoming = lab.store.artifacts.receive(DIGEST)
        incoming.write(CONTENT)
        lab.files.keep(incoming)
        order = Promotion(
            name="train",
            parameters=[Parameter(name="rate", type="float", default=0.5)],
            notebook_path="train.ipynb",
        )
        made = promote(lab, order, user="ada", notebook_file=notebook)
        job = lab.jobs.submit(NewJob(definition_id=made.id), user="ada")
    return {"run": run.summary.id, "definition": made.id, "job": job.id, "digest": DIGEST}


def _this_process() -> Worker:
    process = psutil.Process()
    return Worker(
        id=new_id(),
        host=socket.gethostname(),
        pid=process.pid,
        process_started_at=process.create_time(),
        started_at=0,
        heartbeat_at=0,
        alive=True,
        version="0",
    )


@pytest.fixture
def server(tmp_path: Path, records: dict[str, str]) -> Iterator[LiveServer]:
    live = LiveServer(tmp_path)
    asyncio.run(live.wait_until_up())
    yield live
    live.kill()


def _check(folder: Path, server: LiveServer, *, config: str, options: list[str]) -> Any:
    (folder / "openapi.json").write_text(render_contract(), encoding="utf-8")
    (folder / "hooks.py").write_text(HOOKS, encoding="utf-8")
    told = f'hooks = "hooks.py"\n{config}'
    (folder / "schemathesis.toml").write_text(told, encoding="utf-8")
    tool = Path(sys.executable).with_name("schemathesis")
    order = [str(tool), "--config-file", "schemathesis.toml", "--no-color", "run", "openapi.json"]
    order += ["--url", f"http://127.0.0.1:{server.port}/mlops-lab/api"]
    order += ["--header", f"Authorization: token {TOKEN}", "--request-timeout", "30"]
    order += ["--seed", "1", "--generation-database", "none", "--continue-on-failure", *options]
    return subprocess.run(
        order,
        cwd=folder,
        env=os.environ | {"PYTHONWARNINGS": "ignore"},
        capture_output=True,
        text=True,
        check=False,
    )


def _rules() -> str:
    names = ", ".join(f'"{name}"' for name in BEYOND_A_SCHEMA)
    statuses = '"2xx", "3xx", "400", "401", "403", "404", "409", "429", "5xx"'
    return f"""
[[operations]]
include-operation-id = [{names}]
checks.positive_data_acceptance.expected-statuses = [{statuses}]

[[operations]]
include-operation-id = ["get_artifact", "get_run_artifact"]
# No schema can say how many bytes a file has.
checks.positive_data_acceptance.expected-statuses = [{statuses}, "416"]
"""


def test_the_contract_says_where_a_grammar_is_beyond_its_schema() -> None:
    contract = make_openapi()
    schemas = contract["components"]["schemas"]
    telling = {
        operation["operationId"]
        for operations in contract["paths"].values()
        for operation in operations.values()
        if "answered with 400" in _asked(operation, schemas)
    }
    assert telling == set(BEYOND_A_SCHEMA)


def _asked(operation: Any, schemas: dict[str, Any]) -> str:
    """Return all that the contract says of the parameters and the body of an operation."""
    text = json.dumps([operation.get("parameters"), operation.get("requestBody")])
    reached: set[str] = set()
    while more := set(re.findall(r"#/components/schemas/(\w+)", text)) - reached:
        reached |= more
        text += json.dumps([schemas[name] for name in more])
    return text


@pytest.mark.timeout(600)
def test_made_up_requests_find_nothing(tmp_path: Path, server: LiveServer) -> None:
    phases = ["--phases", "coverage,fuzzing,stateful", "--max-examples", "5"]
    found = _check(tmp_path, server, config=_rules(), options=phases)
    assert found.returncode == 0, found.stdout[-20_000:] + found.stderr[-2_000:]


@pytest.mark.timeout(600)
def test_made_up_requests_for_what_is_there_find_nothing(
    tmp_path: Path, server: LiveServer, records: dict[str, str]
) -> None:
    # A run of this store has no code to be run again, and what is removed is not there any more.
    options = ["--phases", "coverage,fuzzing", "--max-examples", "3"]
    options += ["--exclude-method", "DELETE"]
    config = PINNED.format(**records) + _rules()
    found = _check(tmp_path, server, config=config, options=options)
    assert found.returncode == 0, found.stdout[-20_000:] + found.stderr[-2_000:]
