"""Proves that what a caller has sent is kept by the work with it, also when the caller goes away."""

from __future__ import annotations

import asyncio
import hashlib
import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from mlops_lab.core.ids import new_id
from mlops_lab.core.kernelenv import MLFLOW_PATH
from mlops_lab.core.writing import RunOrder
from mlops_lab.server.bodies import BodyHandler
from mlops_lab.server.routes import API_ROOT

from .conftest import json_of

CONTENT = b"some bytes of a model" * 100
DIGEST = hashlib.sha256(CONTENT).hexdigest()

UPLOADS = {
    "api": f"{API_ROOT}/artifacts/{DIGEST}",
    "mlflow": f"{MLFLOW_PATH}/api/2.0/mlflow-artifacts/artifacts/models/a.bin",
}


async def _until(condition: Any) -> None:
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110 - the server tells nobody
            await asyncio.sleep(0.01)


class Scene:
    """Callers that go away: the requests whose work has begun, and those seen to be deserted."""

    def __init__(self, root: str, port: int, token: str) -> None:
        self.begun: list[BodyHandler] = []
        self.gone: list[BodyHandler] = []
        self._root = root
        self._port = port
        self._token = token
        self._stopped: list[threading.Event] = []

    async def call(self, method: str, path: str, *, size: int) -> asyncio.StreamWriter:
        """Send the head of a request."""
        _, writer = await asyncio.open_connection("127.0.0.1", self._port)
        head = f"{method} {self._root}{path} HTTP/1.1\r\nHost: localhost\r\n"
        head += f"Authorization: Bearer {self._token}\r\nContent-Length: {size}\r\n"
        writer.write(f"{head}Content-Type: application/json\r\n\r\n".encode())
        return writer

    async def stop(self, executor: Any) -> threading.Event:
        """Stop all threads of an executor, until the event that is returned is set."""
        goes_on, stopped = threading.Event(), threading.Semaphore(0)
        self._stopped.append(goes_on)

        def stand() -> None:
            stopped.release()
            goes_on.wait(60)

        for _ in range(executor._max_workers):
            executor.submit(stand)
        for _ in range(executor._max_workers):
            assert await asyncio.to_thread(stopped.acquire, timeout=30)
        return goes_on

    def end(self) -> None:
        for goes_on in self._stopped:
            goes_on.set()


@pytest.fixture
def scene(
    monkeypatch: pytest.MonkeyPatch,
    extension: Any,
    http_server: Any,
    http_server_port: Any,
    jp_base_url: str,
) -> Iterator[Scene]:
    assert http_server
    made = Scene(jp_base_url, http_server_port[1], extension.parts.kernel_token.value)
    closed, serve = BodyHandler.on_connection_close, BodyHandler._serve

    def watch_close(handler: BodyHandler) -> None:
        closed(handler)
        made.gone.append(handler)

    async def watch_serve(handler: BodyHandler, path: Any) -> None:
        made.begun.append(handler)
        await serve(handler, path)

    monkeypatch.setattr(BodyHandler, "on_connection_close", watch_close)
    monkeypatch.setattr(BodyHandler, "_serve", watch_serve)
    yield made
    made.end()


async def test_a_body_counts_until_the_work_with_it_is_over(
    api, extension, delivery, scene
) -> None:
    gate = extension.parts.gate
    goes_on = await scene.stop(extension.parts.ingesting)
    run_id = new_id()
    body = json.dumps(delivery.batch(delivery.run(run_id))).encode()
    writer = await scene.call("POST", f"{API_ROOT}/{delivery.path}", size=len(body))
    writer.write(body)
    await _until(lambda: scene.begun)
    writer.close()
    await _until(lambda: scene.gone)
    assert (gate.bodies, gate.size) == (1, len(body))
    goes_on.set()
    await _until(lambda: gate.bodies == 0)
    assert gate.size == 0
    assert json_of(await api("GET", f"runs/{run_id}"))["summary"]["id"] == run_id


@pytest.mark.parametrize("door", UPLOADS)
async def test_a_file_that_came_whole_is_kept_though_its_caller_went_away(
    extension, lab, scene, caplog, door
) -> None:
    uploads = extension.parts.uploads
    incoming = lab.store.artifacts.folder / "incoming"
    writer = await scene.call("PUT", UPLOADS[door], size=len(CONTENT))
    await _until(lambda: uploads.bodies == 1 and any(incoming.glob("*")))
    goes_on = await scene.stop(extension.parts.executor)
    writer.write(CONTENT)
    await _until(lambda: scene.begun)
    writer.close()
    await _until(lambda: scene.gone)
    assert uploads.bodies == 1
    goes_on.set()
    await _until(lambda: uploads.bodies == 0)
    assert lab.store.artifacts.get(DIGEST) == CONTENT
    assert not list(incoming.glob("*"))
    assert extension.parts.access.get() is lab
    assert "Traceback" not in caplog.text


async def test_what_a_caller_left_before_it_was_whole_is_removed(extension, lab, scene) -> None:
    uploads = extension.parts.uploads
    incoming = lab.store.artifacts.folder / "incoming"
    writer = await scene.call("PUT", UPLOADS["api"], size=1_000)
    await _until(lambda: uploads.bodies == 1 and any(incoming.glob("*")))
    writer.close()
    await _until(lambda: scene.gone)
    assert (uploads.bodies, uploads.size) == (0, 0)
    assert not list(incoming.glob("*"))
    assert not lab.store.artifacts.has(DIGEST)


async def test_a_damaged_file_leaves_no_body_at_the_gate(extension, lab, scene, caplog) -> None:
    digest = lab.store.artifacts.put(CONTENT)
    run = lab.orders.create_run(RunOrder(name="one"), user="ada", key=None).summary.id
    lab.files.add_kept(run, "a.bin", digest, media_type="x/y", who="ada")
    (kept,) = [one for one in lab.store.artifacts.folder.rglob(f"*{digest[4:]}") if one.is_file()]
    kept.chmod(0o600)
    kept.write_bytes(b"x" * len(CONTENT))
    # A caller may send a body with anything; it passes the gate before it is found to be unused.
    where = f"{MLFLOW_PATH}/get-artifact?run_id={run}&path=a.bin"
    writer = await scene.call("GET", where, size=2)
    writer.write(b"{}")
    await _until(lambda: scene.begun)
    await _until(lambda: "was not sent whole" in caplog.text)
    await _until(lambda: extension.parts.gate.bodies == 0)
    writer.close()
