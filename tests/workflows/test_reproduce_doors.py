"""The doors to reproduction: the command line, a kernel with a server and one without, and REST."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from server.live_server import TOKEN, LiveServer
from tornado.httpclient import HTTPRequest
from tornado.websocket import WebSocketClientConnection, websocket_connect
from typer.testing import CliRunner, Result

from mlops_lab.cli import make_app

from .recorder import Recorder

DEADLINE_S = 120


def command(*words: str) -> Result:
    return CliRunner().invoke(make_app(), ["reproduce", *words], prog_name="mlops-lab")


def test_the_exit_status_and_the_report_tell_the_outcome(
    recorder: Recorder, tmp_path: Path
) -> None:
    (recorder.folder / "n.txt").write_text("1")
    run_id = recorder.record("n = float(open('n.txt').read())", "%%track\nscore = n * 1.5")
    agrees = command(run_id)
    assert agrees.exit_code == 0, agrees.output
    assert agrees.stdout.startswith("agrees: The metric agrees.")
    (recorder.folder / "n.txt").write_text("2")
    differs = command("latest", "--ignore", "other")
    assert differs.exit_code == 1
    lines = [" ".join(line.split()) for line in differs.stdout.splitlines()]
    assert "score 1.5 3 differs" in lines
    assert "First cell that differs: number 2 [2]" in lines
    assert "Names: n" in lines
    assert command(run_id, "--rtol", "1").exit_code == 0
    failed = command(run_id, "--json", "--timeout", "0.01")
    assert failed.exit_code == 2
    assert json.loads(failed.stdout)["state"] == "failed"
    assert command("f" * 32).exit_code == 2
    assert "'current'" in command(run_id, "--environment", "curent").stderr
    path = tmp_path / "restored.ipynb"
    assert command(run_id, "--write", str(path)).exit_code == 0
    notebook = nbformat.read(path, as_version=4)
    assert notebook.cells[-1].source == "%%track\nscore = n * 1.5"


TRACK = ["%load_ext mlops_lab", "rate = 0.5", "%%track\nscore = 3 * rate"]
REPRODUCE = """
import json, pandas, pathlib
from mlops_lab.kernel.session import process_session
run_id = process_session().last_run[0]
names = set(globals())
# As a row of lab.search_runs(), which has a method info as well.
proof = lab.reproduce(pandas.Series({'run_id': run_id}))
new = sorted(set(globals()) - names - {"names", "proof"})
told = [run_id, proof.agrees, repr(proof), proof._repr_html_(), new, rate, score]
pathlib.Path(PLACE).write_text(json.dumps(told))
result = 0
"""


def check_proof(path: Path) -> str:
    run_id, agrees, text, html, new, rate, score = json.loads(path.read_text())
    assert agrees is True
    assert text.startswith("agrees: The metric agrees.")
    assert text.endswith("\n  score: 1.5 -> 1.5")
    assert "<td>score</td><td>1.5</td><td>1.5</td>" in html
    assert (new, rate, score) == ([], 0.5, 1.5)
    return str(run_id)


def test_a_kernel_without_a_server_reproduces_its_own_run(
    recorder: Recorder, tmp_path: Path
) -> None:
    place = tmp_path / "proof.json"
    recorder.record(*TRACK[1:], REPRODUCE.replace("PLACE", repr(str(place))))
    run_id = check_proof(place)
    assert [r.state for r in recorder.lab.tracking.get_capture(run_id).reproductions] == ["agrees"]


def test_within_a_reproduction_nothing_is_reproduced(recorder: Recorder) -> None:
    run_id = recorder.record(
        "%%track\nfirst = 1.5 * 2",
        "from mlops_lab.kernel.session import process_session",
        "proof = lab.reproduce(process_session().last_run[0]) if process_session().last_run else "
        "lab.reproduce('f' * 32)",
        "%%track\nscore = 2.5 * 2",
    )
    done = recorder.reproduce(run_id)
    assert (done.state, done.cells) == ("agrees", 5)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[LiveServer]:
    started = LiveServer(tmp_path)
    yield started
    started.kill()


async def connect(server: LiveServer) -> WebSocketClientConnection:
    kernel = await server.fetch("api/kernels", method="POST", body={"name": "python3"})
    url = f"ws://127.0.0.1:{server.port}/api/kernels/{kernel['id']}/channels"
    return await websocket_connect(HTTPRequest(url, headers={"Authorization": f"token {TOKEN}"}))


async def run_cell(connection: WebSocketClientConnection, source: str) -> None:
    """Run a cell to its end."""
    message_id = uuid.uuid4().hex
    header = {"msg_id": message_id, "msg_type": "execute_request", "username": "", "version": "5.3"}
    header |= {"session": uuid.uuid4().hex, "date": "2026-01-01T00:00:00Z"}
    content = {"code": source, "silent": False, "store_history": True}
    order = {"header": header, "parent_header": {}, "metadata": {}, "content": content}
    await connection.write_message(json.dumps(order | {"channel": "shell"}))
    while True:
        answer: Any = json.loads(await connection.read_message() or "{}")
        if answer.get("parent_header", {}).get("msg_id") != message_id:
            continue
        if answer["msg_type"] == "execute_reply":
            assert answer["content"]["status"] == "ok", answer["content"]
            return


async def test_a_kernel_with_a_server_and_the_route(server: LiveServer, tmp_path: Path) -> None:
    place = tmp_path / "proof.json"
    async with asyncio.timeout(DEADLINE_S):
        await server.wait_until_up()
        connection = await connect(server)
        for source in [*TRACK, REPRODUCE.replace("PLACE", repr(str(place)))]:
            await run_cell(connection, source)
        run_id = check_proof(place)
        path = f"mlops-lab/api/runs/{run_id}"
        body = {"ignore": ["score"]}
        first = await server.fetch(f"{path}/reproductions", method="POST", body=body)
        again = await server.fetch(f"{path}/reproductions", method="POST", body={})
        assert (first["state"], again["id"]) == ("running", first["id"])
        while True:
            found = (await server.fetch(f"{path}/capture"))["reproductions"]
            last = next(one for one in found if one["id"] == first["id"])
            if last["state"] != "running":
                break
            await asyncio.sleep(0.2)
        assert last["state"] == "agrees"
        assert "Not compared: score." in last["message"]
        assert len(found) == 2
        runs = await server.fetch("mlops-lab/api/runs")
        assert [run["id"] for run in runs["runs"]] == [run_id]
        connection.close()
