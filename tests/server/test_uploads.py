"""Shows uploads in pieces over HTTP: broken connections, killed servers, and little memory."""

from __future__ import annotations

import asyncio
import hashlib
import http.client
import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

import psutil
import pytest

from mlops_lab.core.ids import new_id
from mlops_lab.core.kernelenv import KERNEL_TOKEN, SERVER_URL, SPOOL_DIR
from mlops_lab.core.records import RunStarted
from mlops_lab.kernel import uploading
from mlops_lab.kernel.client import DeliveryClient, RefusedError, UnreachableError
from mlops_lab.kernel.delivery import SPOOL_BYTES, Delivery
from mlops_lab.kernel.run import RunLog
from mlops_lab.server.routes import API_ROOT

from .conftest import json_of
from .live_server import TOKEN, LiveServer

CONTENT = bytes(range(256)) * 20_000
DIGEST = hashlib.sha256(CONTENT).hexdigest()
NEW = {"digest": DIGEST, "size": len(CONTENT)}
MEBIBYTE = 1_048_576


@pytest.fixture
def token(extension: Any) -> dict[str, str]:
    return {"Authorization": f"Bearer {extension.parts.kernel_token.value}"}


async def test_begin_add_and_keep(api, token) -> None:
    begun = await api("POST", "uploads", body=NEW, headers=token)
    upload = json_of(begun)
    assert (begun.code, upload["offset"], upload["is_kept"]) == (201, 0, False)
    assert begun.headers["Location"].endswith(f"/{API_ROOT}/uploads/{upload['id']}")
    where = f"uploads/{upload['id']}"
    half = len(CONTENT) // 2
    for start, end in ((0, half), (half, half), (half, len(CONTENT))):
        found = json_of(await api("GET", where, headers=token))
        assert (found["offset"], found["size"]) == (start, len(CONTENT))
        got = await api(
            "PATCH", where, params={"offset": start}, body=CONTENT[start:end], headers=token
        )
        assert (got.code, json_of(got)["offset"]) == (200, end)
    assert json_of(got)["is_kept"]
    assert (await api("GET", f"artifacts/{DIGEST}", headers=token)).body == CONTENT
    assert (await api("GET", where, headers=token)).code == 404
    again = json_of(await api("POST", "uploads", body=NEW, headers=token))
    assert (again["is_kept"], again["offset"]) == (True, len(CONTENT))


async def test_what_cannot_be_added(api, token) -> None:
    upload = json_of(await api("POST", "uploads", body=NEW, headers=token))
    where = f"uploads/{upload['id']}"

    async def add(offset: Any, content: bytes, path: str = where) -> int:
        params = {} if offset is None else {"offset": offset}
        return (await api("PATCH", path, params=params, body=content, headers=token)).code

    assert await add(5, b"x") == 409
    for offset in (None, "", "x", "-1", "9" * 30):
        assert await add(offset, b"x") == 400
    assert await add(0, CONTENT + b"x") == 409
    assert await add(0, b"x", f"uploads/{new_id()}") == 404
    assert await add(0, b"x", "uploads/..") in (400, 404)
    for size in (-1, 10**15, "many"):
        refused = await api("POST", "uploads", body=NEW | {"size": size}, headers=token)
        assert refused.code == 400
    assert (await api("POST", "uploads", body=NEW, headers={})).code == 403
    assert (await api("DELETE", where, headers=token)).code == 204
    assert (await api("GET", where, headers=token)).code == 404


async def test_a_broken_connection_keeps_what_arrived(api, jp_serverapp, token) -> None:
    upload = json_of(await api("POST", "uploads", body=NEW, headers=token))
    _, writer = await asyncio.open_connection("127.0.0.1", jp_serverapp.port)
    head = (
        f"PATCH /user/ada/{API_ROOT}/uploads/{upload['id']}?offset=0 HTTP/1.1\r\n"
        f"Host: localhost\r\nAuthorization: {token['Authorization']}\r\n"
        f"Content-Length: {len(CONTENT)}\r\n\r\n"
    )
    writer.write(head.encode() + CONTENT[: 3 * MEBIBYTE])
    await writer.drain()
    found = upload
    async with asyncio.timeout(20):
        while not found["offset"]:
            found = json_of(await api("GET", f"uploads/{upload['id']}", headers=token))
    writer.close()
    code = 409
    async with asyncio.timeout(20):
        while code == 409:
            found = json_of(await api("GET", f"uploads/{upload['id']}", headers=token))
            offset = found["offset"]
            got = await api(
                "PATCH",
                f"uploads/{upload['id']}",
                params={"offset": offset},
                body=CONTENT[offset:],
                headers=token,
            )
            code = got.code
    assert (code, json_of(got)["is_kept"]) == (200, True)
    assert (await api("GET", f"artifacts/{DIGEST}", headers=token)).body == CONTENT


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    started = LiveServer(tmp_path_factory.mktemp("server"))
    asyncio.run(started.wait_until_up())
    yield started
    started.kill()


def client_of(server: LiveServer) -> DeliveryClient:
    """Return the client of a kernel, with the token of the user, which a test knows."""
    return DeliveryClient(f"http://127.0.0.1:{server.port}/{API_ROOT}", TOKEN)


def make_file(path: Path, mebibytes: int) -> str:
    """Write a large file of pieces that differ; return its digest."""
    hashed, block = hashlib.sha256(), os.urandom(MEBIBYTE - 8)
    with path.open("wb") as file:
        for number in range(mebibytes):
            piece = number.to_bytes(8, "big") + block
            hashed.update(piece)
            file.write(piece)
    return hashed.hexdigest()


class Peak:
    """The most memory that processes had, beyond what they had at first."""

    def __init__(self, *pids: int) -> None:
        self._processes = [psutil.Process(pid) for pid in pids]
        self._first = [process.memory_info().rss for process in self._processes]
        self.most = [0 for _ in pids]
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._stop.wait(0.02):
            for index, process in enumerate(self._processes):
                grown = process.memory_info().rss - self._first[index]
                self.most[index] = max(self.most[index], grown)


def download(server: LiveServer, digest: str) -> str:
    """Return the digest of what is downloaded, in portions."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    headers = {"Authorization": f"token {TOKEN}"}
    connection.request("GET", f"/{API_ROOT}/artifacts/{digest}", headers=headers)
    answer, hashed = connection.getresponse(), hashlib.sha256()
    while portion := answer.read(MEBIBYTE):
        hashed.update(portion)
    connection.close()
    return hashed.hexdigest()


def test_a_large_file_is_never_whole_in_memory(server: LiveServer, tmp_path: Path) -> None:
    path = tmp_path / "large"
    digest = make_file(path, 600)
    client = client_of(server)
    with Peak(server.process.pid, os.getpid()) as peak:
        client.upload(digest, path)
        assert download(server, digest) == digest
    client.upload(digest, path)
    client.close()
    assert max(peak.most) < 64 * MEBIBYTE


def test_what_a_kernel_logs_arrives_beyond_the_limit_of_its_spool(
    server: LiveServer, tmp_path: Path
) -> None:
    path = tmp_path / "large"
    digest = make_file(path, 40)
    environ = {
        SERVER_URL: f"http://127.0.0.1:{server.port}/{API_ROOT}",
        KERNEL_TOKEN: TOKEN,
        SPOOL_DIR: str(tmp_path / "spool"),
        SPOOL_BYTES: str(8 * MEBIBYTE),
    }
    delivery, run_id = Delivery(environ), new_id()
    try:
        delivery.spool.write(RunStarted(0, run_id, "r", "e", "notebook", "ada", 1, *[None] * 6))
        run = RunLog(run_id, delivery.spool)
        assert run.add_artifact("models/large.bin", path, media_type="x/y") == digest
        run.log_metric("loss", 0.5)
        delivery.wake(busy=False)
        deadline = time.monotonic() + 60
        while delivery.shipper.acknowledged_seq < delivery.spool.last_seq:
            assert time.monotonic() < deadline, "not all is acknowledged"
            time.sleep(0.02)
    finally:
        delivery.close()
    assert download(server, digest) == digest
    shown = asyncio.run(server.fetch(f"{API_ROOT}/runs/{run_id}/artifacts?recursive=true"))
    assert [(one["path"], one["digest"]) for one in shown["files"]] == [
        ("models/large.bin", digest)
    ]
    assert not [one for one in (tmp_path / "spool").rglob("*") if one.is_file()]


def test_a_killed_server_is_gone_on_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server = LiveServer(tmp_path)
    asyncio.run(server.wait_until_up())
    monkeypatch.setattr(uploading, "PIECE_BYTES", 8 * MEBIBYTE)
    path = tmp_path / "large"
    digest = make_file(path, 40)
    client, sent = client_of(server), list[int]()
    request = client._request

    def watched(method: str, where: str, body: Any, timeout: float) -> tuple[int, bytes]:
        if method == "PATCH":
            sent.append(body.size)
            if len(sent) == 3:
                os.kill(server.process.pid, signal.SIGKILL)
                server.process.wait()
        return request(method, where, body, timeout)

    monkeypatch.setattr(client, "_request", watched)
    with pytest.raises(UnreachableError):
        client.upload(digest, path)
    again = LiveServer(tmp_path, port=server.port)
    try:
        asyncio.run(again.wait_until_up())
        client.upload(digest, path)
        client.close()
        assert download(again, digest) == digest
    finally:
        again.kill()
    assert sum(sent[3:]) == 24 * MEBIBYTE


def test_what_the_server_refuses_is_not_sent_for_ever(server: LiveServer, tmp_path: Path) -> None:
    path = tmp_path / "large"
    make_file(path, 33)
    client = client_of(server)
    with pytest.raises(RefusedError):
        client.upload("0" * 64, path)
    client.close()
