"""Tests of who hears the secrets of an import: the server that was named, and no other one."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from mlops_lab.core.kernelenv import KERNEL_TOKEN, MLFLOW_TOKEN, SERVER_URL
from mlops_lab.workflows.carrying.mlflow_access import PASSWORD, USER, authorization
from mlops_lab.workflows.carrying.mlflow_server import MlflowServer

KERNEL = {
    SERVER_URL: "http://127.0.0.1:8888/user/ada/mlops-lab/api",
    KERNEL_TOKEN: "the kernel's",
    MLFLOW_TOKEN: "the kernel's",
}


@pytest.mark.parametrize(
    "url",
    [
        "http://mlflow.example:5000",
        "http://127.0.0.1:8888",
        "http://127.0.0.1:8889/user/ada/mlops-lab/mlflow",
        "https://127.0.0.1:8888/user/ada/mlops-lab/mlflow",
        "http://127.0.0.1:8888/user/eve/mlops-lab/mlflow",
        "http://127.0.0.1:8888/user/ada/mlops-lab/mlflow/../../eve",
    ],
)
def test_the_token_of_a_kernel_is_for_its_own_lab_alone(url: str) -> None:
    assert authorization(url, KERNEL) == {}
    assert authorization(url, {name: KERNEL[name] for name in (KERNEL_TOKEN, MLFLOW_TOKEN)}) == {}
    mine = KERNEL | {MLFLOW_TOKEN: "mine"}
    assert authorization(url, mine) == {"Authorization": "Bearer mine"}


def test_the_own_lab_name_and_password() -> None:
    own = "http://127.0.0.1:8888/user/ada/mlops-lab/mlflow/"
    assert authorization(own, KERNEL) == {"Authorization": "Bearer the kernel's"}
    assert authorization("http://h", {}) == {}
    pair = {"Authorization": "Basic " + base64.b64encode(b"ada:x").decode()}
    assert authorization("http://ada:x@h", KERNEL) == pair
    assert authorization("http://h", KERNEL | {USER: "ada", PASSWORD: "x"}) == pair


@contextmanager
def _serve(answer_to: str | None, heard: list[tuple[str, str | None]]) -> Iterator[str]:
    """Serve redirects to an address, or to ``/there`` of its own, and note who asked for what."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            heard.append((self.path.partition("?")[0], self.headers.get("Authorization")))
            is_there = self.path.startswith("/there")
            self.send_response(302 if not is_there else 200)
            if not is_there:
                self.send_header("Location", f"{answer_to or ''}/there")
            self.send_header("Content-Length", "2" if is_there else "0")
            self.end_headers()
            self.wfile.write(b"{}" if is_there else b"")

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_a_redirect_to_another_host_goes_there_without_the_secret() -> None:
    heard: list[tuple[str, str | None]] = []
    with _serve(None, heard) as other, _serve(other, heard) as asked:
        assert MlflowServer(asked, {MLFLOW_TOKEN: "mine"}).get("x", {}) == {}
    assert heard == [("/api/2.0/mlflow/x", "Bearer mine"), ("/there", None)]


def test_a_redirect_on_the_same_host_keeps_it() -> None:
    heard: list[tuple[str, str | None]] = []
    with _serve(None, heard) as asked:
        assert MlflowServer(asked, {MLFLOW_TOKEN: "mine"}).get("x", {}) == {}
    assert heard == [("/api/2.0/mlflow/x", "Bearer mine"), ("/there", "Bearer mine")]
