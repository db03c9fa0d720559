"""Proves that what is sent to a server cannot fill its memory, and that reading goes on meanwhile."""

from __future__ import annotations

import asyncio
import hashlib
import json
import threading
import time
from functools import partial
from pathlib import Path
from typing import Any

import psutil
import pytest

from mlops_lab.client import Client
from mlops_lab.core.errors import BusyError, LabError, LimitError
from mlops_lab.core.kernelenv import MLFLOW_PATH
from mlops_lab.core.limits import MAX_BATCH_BYTES, MAX_UPLOADS
from mlops_lab.server.bodies import DRAINED
from mlops_lab.server.mlflow.handler import MAX_BODY_BYTES
from mlops_lab.server.mlflow.routes import all_routes
from mlops_lab.server.pressure import Gate, Intake, Workplace
from mlops_lab.server.routes import API_ROOT

from .conftest import json_of
from .live_server import TOKEN, LiveServer

_CLIENTS = 20
_MEGABYTE = 1_048_576


def test_the_gate_counts_bodies_and_bytes() -> None:
    gate = Gate(bodies=2, size=100)
    first = Intake(gate, announced=60)
    with pytest.raises(BusyError):
        Intake(gate, announced=60)
    second = Intake(gate, announced=40)
    with pytest.raises(BusyError) as busy:
        Intake(gate, announced=0)
    assert busy.value.retry_after_s >= 1
    for intake in (first, second, second):
        intake.close()
    assert (gate.bodies, gate.size) == (0, 0)
    Intake(gate, announced=1_000).close()  # alone, any allowed size is let in


def test_a_body_is_no_larger_than_its_limit() -> None:
    gate = Gate()
    with pytest.raises(LimitError):
        Intake(gate, announced=11, limit=10)
    intake = Intake(gate, announced=None, limit=10)
    intake.take(b"12345")
    with pytest.raises(LimitError):
        intake.take(b"678901")
    assert intake.content == b"12345"


async def _until(condition: Any) -> None:
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110 - the server tells nobody
            await asyncio.sleep(0.01)


async def test_beyond_the_gate_a_caller_is_told_to_come_again(
    api, extension, http_server_port, delivery, jp_base_url
) -> None:
    gate = extension.parts.gate
    gate._most_bodies = 1
    token = extension.parts.kernel_token.value
    _, writer = await asyncio.open_connection("127.0.0.1", http_server_port[1])
    head = f"POST {jp_base_url}{API_ROOT}/{delivery.path} HTTP/1.1\r\nHost: localhost\r\n"
    head += f"Authorization: Bearer {token}\r\nContent-Length: 1000\r\n\r\n"
    writer.write(head.encode() + b"{")
    await _until(lambda: gate.bodies == 1)
    refused = await api("POST", delivery.path, body=delivery.batch())
    assert (refused.code, json_of(refused)["code"]) == (429, "busy")
    assert int(refused.headers["Retry-After"]) >= 1
    assert (await api("GET", "runs")).code == 200
    writer.close()
    await _until(lambda: gate.bodies == 0)
    assert (await api("POST", delivery.path, body=delivery.batch())).code == 200
    assert (gate.bodies, gate.size) == (0, 0)


async def test_a_body_that_grows_beyond_the_limit_is_refused_on_its_way(
    api, extension, http_server_port, delivery, jp_base_url
) -> None:
    token = extension.parts.kernel_token.value
    reader, writer = await asyncio.open_connection("127.0.0.1", http_server_port[1])
    head = f"POST {jp_base_url}{API_ROOT}/{delivery.path} HTTP/1.1\r\nHost: localhost\r\n"
    head += f"Authorization: Bearer {token}\r\nTransfer-Encoding: chunked\r\n\r\n"
    writer.write(head.encode())
    piece = b"%x\r\n" % _MEGABYTE + b" " * _MEGABYTE + b"\r\n"
    for _ in range(MAX_BATCH_BYTES // _MEGABYTE + 1):
        writer.write(piece)
    writer.write(b"0\r\n\r\n")
    answer = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 20)
    assert answer.startswith(b"HTTP/1.1 413 ")
    writer.close()
    await _until(lambda: extension.parts.gate.bodies == 0)


async def _ask_mlflow(client, path: str, body: bytes, headers: dict[str, str]) -> Any:
    return await client.fetch(
        path,
        method="POST",
        body=body,
        headers=headers | {"Content-Type": "application/json"},
        raise_error=False,
    )


async def test_the_protocol_of_mlflow_passes_the_same_gate(
    extension, http_server_client, http_server_port, jp_auth_header, jp_base_url
) -> None:
    gate = extension.parts.gate
    gate._most_bodies = 1
    path = f"{jp_base_url}{MLFLOW_PATH}/api/2.0/mlflow/runs/create"
    ask = partial(_ask_mlflow, http_server_client, path)
    assert (await ask(b"{}", {})).code == 403
    _, writer = await asyncio.open_connection("127.0.0.1", http_server_port[1])
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    head += f"Authorization: {jp_auth_header['Authorization']}\r\nContent-Length: 1000\r\n\r\n"
    writer.write(head.encode() + b"{")
    await _until(lambda: gate.bodies == 1)
    refused = await ask(b"{}", jp_auth_header)
    assert (refused.code, json_of(refused)["error_code"]) == (429, "RESOURCE_EXHAUSTED")
    assert int(refused.headers["Retry-After"]) >= 1
    stranger = await ask(b"{}", {})
    assert stranger.code == 403
    writer.close()
    await _until(lambda: gate.bodies == 0)
    too_large = await ask(b" " * (MAX_BODY_BYTES + 1), jp_auth_header)
    assert (too_large.code, json_of(too_large)["error_code"]) == (400, "INVALID_PARAMETER_VALUE")
    large = json.dumps({"run_name": "large", "unknown": "x" * _MEGABYTE}).encode()
    assert (await ask(large, jp_auth_header)).code == 200
    assert (gate.bodies, gate.size) == (0, 0)


async def test_who_is_not_known_takes_no_place_at_the_gate(
    extension, http_server, http_server_port, jp_base_url
) -> None:
    assert http_server
    extension.parts.gate._most_bodies = 0
    extension.parts.gate.bodies = 1
    reader, writer = await asyncio.open_connection("127.0.0.1", http_server_port[1])
    head = f"POST {jp_base_url}{API_ROOT}/runs HTTP/1.1\r\nHost: localhost\r\n"
    writer.write(head.encode() + b"Content-Length: 2\r\n\r\n{}")
    answer = await asyncio.wait_for(reader.readline(), 20)
    # Who is let in is told that the server is busy: this one did not get so far.
    assert answer.split()[1] == b"403"
    writer.close()


@pytest.fixture
def server(tmp_path: Path) -> Any:
    live = LiveServer(tmp_path)
    asyncio.run(live.wait_until_up())
    yield live
    live.kill()


def _flood(url: str, run_id: str, body: bytes, said: list[str]) -> None:
    note = json.loads(body)
    with Client(url, TOKEN, retry_for=0) as lab:
        for _ in range(3):
            try:
                lab._connection.ask("PUT", f"runs/{run_id}/note", type(None), body=note)
            except LabError as error:
                said.append(error.code)


def test_a_flood_of_twenty_fills_no_memory_and_starves_no_reader(server: LiveServer) -> None:
    url = f"http://127.0.0.1:{server.port}"
    process = psutil.Process(server.process.pid)
    said: list[str] = []
    body = json.dumps({"text": "x" * 12 * _MEGABYTE}).encode()
    with Client(url, TOKEN) as lab:
        run_id = lab.runs.create(name="flooded").summary.id
        before = process.memory_info().rss
        threads = [
            threading.Thread(target=_flood, args=(url, run_id, body, said)) for _ in range(_CLIENTS)
        ]
        for thread in threads:
            thread.start()
        most, waits = 0, []
        while any(thread.is_alive() for thread in threads):
            begun = time.monotonic()
            assert lab.runs.get(run_id).summary.id == run_id
            waits.append(time.monotonic() - begun)
            most = max(most, process.memory_info().rss - before)
        for thread in threads:
            thread.join()
        assert len(said) == _CLIENTS * 3
        assert set(said) <= {"invalid_input", "limit_exceeded", "busy"}
        # In all 720 MB were sent; what may wait at once are 128 MB.
        assert most < 450 * _MEGABYTE
        assert max(waits) < 10
        assert lab.status().version


async def test_long_work_waits_for_its_turn_and_too_much_of_it_is_refused() -> None:
    workplace = Workplace(most=3)
    goes_on = threading.Event()
    has_begun = threading.Semaphore(0)
    begun: list[int] = []

    def work(number: int) -> int:
        begun.append(number)
        has_begun.release()
        assert goes_on.wait(30)
        return number

    inside = [asyncio.ensure_future(workplace.work(partial(work, at))) for at in range(3)]
    for _ in range(2):
        assert await asyncio.to_thread(has_begun.acquire, timeout=30)
    with pytest.raises(BusyError) as busy:
        await workplace.work(partial(work, 3))
    assert busy.value.retry_after_s >= 1
    assert sorted(begun) == [0, 1]
    goes_on.set()
    assert await asyncio.gather(*inside) == [0, 1, 2]
    assert await workplace.work(partial(work, 4)) == 4
    workplace.close()


async def test_more_files_at_once_than_fit_are_told_to_come_again(api, extension) -> None:
    gate = extension.parts.uploads
    for _ in range(MAX_UPLOADS):
        gate.enter(0)
    digest = hashlib.sha256(b"x").hexdigest()
    refused = await api("PUT", f"artifacts/{digest}", body=b"x")
    assert refused.code == 429
    assert int(refused.headers["Retry-After"]) >= 1
    assert (await api("HEAD", f"artifacts/{digest}")).code == 404
    for _ in range(MAX_UPLOADS):
        gate.leave(0)
    assert (await api("PUT", f"artifacts/{digest}", body=b"x")).code < 300
    assert (gate.bodies, gate.size) == (0, 0)


@pytest.mark.parametrize(
    "where",
    [
        f"{API_ROOT}/artifacts/{'0' * 64}",
        f"{MLFLOW_PATH}/api/2.0/mlflow-artifacts/artifacts/models/large.bin",
    ],
)
async def test_a_large_file_that_finds_no_room_is_told_so_before_it_is_sent(
    extension, http_server, http_server_port, jp_base_url, where
) -> None:
    assert http_server
    for _ in range(MAX_UPLOADS):
        extension.parts.uploads.enter(0)
    reader, writer = await asyncio.open_connection("127.0.0.1", http_server_port[1])
    head = f"PUT {jp_base_url}{where} HTTP/1.1\r\nHost: localhost\r\n"
    head += f"Authorization: Bearer {extension.parts.kernel_token.value}\r\n"
    writer.write(f"{head}Content-Length: {DRAINED + 1}\r\n\r\n".encode())
    answer = await asyncio.wait_for(reader.read(), 20)
    assert answer.startswith(b"HTTP/1.1 429 ")
    assert b"Retry-After: 1\r\n" in answer
    assert answer.count(b"HTTP/1.1") == 1
    writer.close()


async def test_what_writes_over_mlflow_leaves_the_reading_threads_alone(
    extension, http_server_client, jp_auth_header, jp_base_url
) -> None:
    goes_on, stopped = threading.Event(), threading.Semaphore(0)

    def stand() -> None:
        stopped.release()
        goes_on.wait(60)

    reading = extension.parts.executor
    for _ in range(reading._max_workers):
        reading.submit(stand)
    for _ in range(reading._max_workers):
        assert await asyncio.to_thread(stopped.acquire, timeout=30)
    try:
        root = f"{jp_base_url}{MLFLOW_PATH}/api/2.0/mlflow"
        for path, asked in (("experiments/create", {"name": "a"}), ("runs/create", {})):
            body = json.dumps(asked).encode()
            answer = await _ask_mlflow(http_server_client, f"{root}/{path}", body, jp_auth_header)
            assert answer.code == 200
    finally:
        goes_on.set()
    extension.parts.making._most = 0
    where = f"{root}-artifacts/mpu/complete/models"
    body = json.dumps({"path": "a.bin", "parts": [], "upload_id": "x"}).encode()
    busy = await _ask_mlflow(http_server_client, where, body, jp_auth_header)
    assert (busy.code, json_of(busy)["error_code"]) == (429, "RESOURCE_EXHAUSTED")
    assert int(busy.headers["Retry-After"]) >= 1


def test_each_route_of_mlflow_has_its_threads() -> None:
    floods = {route.path for route in all_routes() if route.is_flood}
    written = {"/v1/traces", "2.0/mlflow/runs/log-batch", "3.0/mlflow/traces"}
    assert written <= floods
    for path in floods:
        assert "search" not in path.rpartition("/")[2]
    assert not any(
        route.method == "GET" or route.is_upload for route in all_routes() if route.is_flood
    )
    (complete,) = [route for route in all_routes() if route.is_long]
    assert "complete" in complete.path
