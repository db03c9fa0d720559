"""Owns reading the store from a kernel: over HTTP where there is a server, else by the command line."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from typing import TypeVar

import msgspec

from mlops_lab.core.errors import (
    ConflictError,
    InvalidInputError,
    LabError,
    NotFoundError,
    StoreUnavailableError,
)
from mlops_lab.core.kernelenv import KERNEL_TOKEN, SERVER_URL

T = TypeVar("T")

TIMEOUT_S = 30.0
COMMAND_TIMEOUT_S = 120.0

_ERRORS: dict[str, type[LabError]] = {
    error.code: error for error in (ConflictError, InvalidInputError, NotFoundError)
}


class Reader:
    """Reads what the REST routes give, by their paths. For one thread at a time."""

    def __init__(self, environ: Mapping[str, str] = os.environ) -> None:
        self._environ = environ

    @property
    def has_server(self) -> bool:
        """Whether the environment names a server; without one a reading takes a second or two."""
        return bool(self._environ.get(SERVER_URL) and self._environ.get(KERNEL_TOKEN))

    def get(
        self,
        path: str,
        params: Mapping[str, object],
        type: type[T],  # noqa: A002 - as msgspec calls it
        *,
        timeout: float = TIMEOUT_S,
    ) -> T:
        """Return what ``GET path`` answers, such as ``runs/0190...``; ``timeout`` is in seconds.

        Raises:
            StoreUnavailableError: no server answers, and the store cannot be opened here.
            NotFoundError, ConflictError, InvalidInputError: as the route says.
        """
        if self.has_server:
            content = self._ask(path, params, timeout=timeout)
        else:
            content = self._run_command(path, params, timeout=COMMAND_TIMEOUT_S)
        return _decoded(path, content, type)

    def post(self, path: str, body: Mapping[str, object], type: type[T]) -> T:  # noqa: A002 - as above
        """Return what the server answers to ``POST path``; only a server can be asked.

        Raises:
            StoreUnavailableError: no server answers.
            NotFoundError, ConflictError, InvalidInputError: as the route says.
        """
        content = self._ask(path, {}, timeout=TIMEOUT_S, method="POST", body=body)
        return _decoded(path, content, type)

    def get_bytes(
        self, path: str, params: Mapping[str, object] | None = None, *, timeout: float = TIMEOUT_S
    ) -> bytes:
        """Return the bytes that ``GET path`` answers, such as those of an artifact.

        Raises:
            StoreUnavailableError: no server answers.
            NotFoundError: there is nothing at this path.
        """
        if not self.has_server:
            raise StoreUnavailableError(
                f"{path} is not on this machine, and there is no server to ask.",
                hint="Open the notebook in a JupyterLab with MLOps Lab.",
            )
        return self._ask(path, params or {}, timeout=timeout)

    def _ask(
        self,
        path: str,
        params: Mapping[str, object],
        *,
        timeout: float,
        method: str = "GET",
        body: Mapping[str, object] | None = None,
    ) -> bytes:
        # Here, because loading the extension must not wait for the modules of HTTP.
        import http.client
        import ssl
        from urllib.parse import quote, urlencode, urlsplit

        parts = urlsplit(self._environ[SERVER_URL])
        host, port = parts.hostname or "127.0.0.1", parts.port
        connection: http.client.HTTPConnection
        if parts.scheme == "https":
            context = ssl.create_default_context()
            connection = http.client.HTTPSConnection(host, port, timeout=timeout, context=context)
        else:
            connection = http.client.HTTPConnection(host, port, timeout=timeout)
        query = urlencode([(k, v) for k, v in params.items() if v is not None], doseq=True)
        where = f"{parts.path.rstrip('/')}/{quote(path, safe='/%')}" + (
            f"?{query}" if query else ""
        )
        headers = {"Authorization": f"Bearer {self._environ[KERNEL_TOKEN]}"}
        sent = None if body is None else msgspec.json.encode(body)
        if sent is not None:
            headers["Content-Type"] = "application/json"
        try:
            connection.request(method, where, sent, headers)
            answer = connection.getresponse()
            status, content = answer.status, answer.read()
        except (OSError, http.client.HTTPException) as error:
            raise StoreUnavailableError(
                f"The server does not answer ({type(error).__name__}).",
                hint="What was logged is safe; try again, or see %track status.",
            ) from error
        finally:
            connection.close()
        if not http.client.OK <= status < http.client.MULTIPLE_CHOICES:
            raise _error_of(status, content)
        return content

    def _run_command(self, path: str, params: Mapping[str, object], *, timeout: float) -> bytes:
        """Have a child process open the store: the modules of SQL do not belong in a kernel."""
        import subprocess

        written = msgspec.json.encode({k: v for k, v in params.items() if v is not None}).decode()
        command = [sys.executable, "-m", "mlops_lab.commands.read", path, written]
        try:
            done = subprocess.run(
                command,
                capture_output=True,
                timeout=timeout,
                check=False,
                stdin=subprocess.DEVNULL,
                env=dict(self._environ),
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise StoreUnavailableError(
                f"The store could not be read ({type(error).__name__}).", hint="Try again."
            ) from error
        if done.returncode:
            told = done.stderr.decode(errors="replace").strip().rpartition("\n")[2]
            raise (
                _error_of(0, done.stdout)
                if done.stdout
                else StoreUnavailableError(
                    f"The store could not be read: {told or 'no answer'}.",
                    hint="See mlops-lab doctor.",
                )
            )
        return done.stdout


def _decoded(path: str, content: bytes, type: type[T]) -> T:  # noqa: A002 - as msgspec calls it
    try:
        return msgspec.json.decode(content, type=type)
    except msgspec.DecodeError as error:
        raise StoreUnavailableError(
            f"The answer for {path} cannot be read ({error}).",
            hint="Kernel and server may run different versions: restart both.",
        ) from error


def _error_of(status: int, content: bytes) -> LabError:
    problem: dict[str, str] = {}
    with suppress(ValueError):
        decoded = json.loads(content)
        problem = decoded if isinstance(decoded, dict) else {}
    kind = _ERRORS.get(str(problem.get("code")), StoreUnavailableError)
    return kind(
        str(problem.get("detail") or f"The server answers with status {status}."),
        hint=str(problem.get("hint") or ""),
    )
