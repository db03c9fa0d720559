"""Fixtures of the kernel side: real kernels and real shells."""

from __future__ import annotations

import atexit
import os
import queue
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest
from IPython.core.interactiveshell import InteractiveShell
from jupyter_client.blocking import BlockingKernelClient
from jupyter_client.manager import KernelManager
from traitlets.config import Config

from mlops_lab.core.capture import NO_CAPTURE
from mlops_lab.core.kernelenv import SPOOL_DIR
from mlops_lab.kernel import magics

DEADLINE_S = 60.0


@pytest.fixture(autouse=True)
def no_chip(monkeypatch: pytest.MonkeyPatch) -> None:
    """Kernels of tests show no line of ours below a cell, but where a test is about that line."""
    monkeypatch.setenv(NO_CAPTURE, "chip")


class Answer(msgspec.Struct):
    """All that a kernel sent about one cell."""

    reply: dict[str, Any]
    outputs: list[dict[str, Any]]

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [output["content"] for output in self.outputs if output["msg_type"] == kind]

    def text(self, name: str) -> str:
        return "".join(c["text"] for c in self.of("stream") if c["name"] == name)


class Kernel:
    """A real kernel process, asked as a front end asks it."""

    def __init__(self, manager: KernelManager, client: BlockingKernelClient) -> None:
        self.manager = manager
        self.client = client
        self.cells = 0

    def send(self, code: str, *, cell_id: str | None = None) -> str:
        self.cells += 1
        content = {
            "code": code,
            "silent": False,
            "store_history": True,
            "user_expressions": {},
            "allow_stdin": False,
            "stop_on_error": True,
        }
        metadata = {"cellId": cell_id or f"cell-{self.cells}"}
        msg = self.client.session.msg("execute_request", content, metadata=metadata)
        self.client.shell_channel.send(msg)
        return msg["header"]["msg_id"]

    def run(self, code: str, *, cell_id: str | None = None) -> Answer:
        return self.collect(self.send(code, cell_id=cell_id))

    def collect(self, msg_id: str) -> Answer:
        outputs = []
        while True:
            message = self.client.get_iopub_msg(timeout=DEADLINE_S)
            if message["parent_header"].get("msg_id") != msg_id:
                continue
            if message["msg_type"] == "status":
                if message["content"]["execution_state"] == "idle":
                    break
                continue
            outputs.append(message)
        while True:
            reply = self.client.get_shell_msg(timeout=DEADLINE_S)
            if reply["parent_header"].get("msg_id") == msg_id:
                return Answer(reply["content"], outputs)

    def wait_for_output(self, text: str) -> None:
        """Wait until a running cell has printed ``text``; for cells that do not end by themselves."""
        deadline = time.monotonic() + DEADLINE_S
        while time.monotonic() < deadline:
            try:
                message = self.client.get_iopub_msg(timeout=1)
            except queue.Empty:
                continue
            if message["msg_type"] == "stream" and text in message["content"]["text"]:
                return
        raise AssertionError(f"the kernel never printed {text!r}")

    def stop(self) -> None:
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)


@pytest.fixture
def start_kernel() -> Iterator[Callable[..., Kernel]]:
    """Start kernels that are ended after the test; keywords are their environment."""
    started: list[Kernel] = []

    def start(
        *, extra_arguments: Sequence[str] = (), connection_file: str = "", **environ: str
    ) -> Kernel:
        manager = KernelManager(kernel_name="python3", connection_file=connection_file)
        manager.start_kernel(env={**os.environ, **environ}, extra_arguments=list(extra_arguments))
        client = manager.client()
        client.start_channels()
        client.wait_for_ready(timeout=DEADLINE_S)
        kernel = Kernel(manager, client)
        started.append(kernel)
        return kernel

    yield start
    for kernel in started:
        kernel.stop()


@pytest.fixture
def spool_dir() -> Path:
    return Path(os.environ[SPOOL_DIR])


@pytest.fixture
def shell() -> Iterator[InteractiveShell]:
    """A real shell with the extension, in this process."""
    InteractiveShell.clear_instance()
    made = InteractiveShell.instance(config=Config({"HistoryManager": {"enabled": False}}))
    magics.load(made)
    yield made
    magics.unload(made)
    InteractiveShell.clear_instance()
    # Or hundreds of shells would live, and be cleaned up one by one, until the tests end.
    atexit.unregister(made.atexit_operations)


@pytest.fixture
def chips(shell, monkeypatch):
    """The shell, as a front end has it that draws no chips."""
    monkeypatch.delenv(NO_CAPTURE)
    magics.unload(shell)
    magics.load(shell)
    return shell
