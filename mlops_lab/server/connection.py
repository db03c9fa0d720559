"""Owns what kernels are told of this server through the environment that they inherit."""

from __future__ import annotations

import os
from collections.abc import Iterable, MutableMapping
from pathlib import Path
from typing import Any

from mlops_lab.core import kernelenv

from .auth import KernelToken
from .routes import API_ROOT

_WILDCARDS = {"": "127.0.0.1", "*": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104 - compared with, not bound to


def url_for_kernels(serverapp: Any) -> str | None:
    """Return the URL of the API as a kernel on this machine reaches it.

    None for a server on a Unix socket: its kernels keep writing to the spool, and the sweep reads
    it there. With TLS it is the server's own name, which the certificate may know.
    """
    if serverapp.sock:
        return None
    path = f"{serverapp.base_url.strip('/')}/{API_ROOT}".lstrip("/")
    if serverapp.certfile:
        return f"{serverapp.connection_url.rstrip('/')}/{API_ROOT}"
    host = _WILDCARDS.get(serverapp.ip)
    if host is None:
        host = f"[{serverapp.ip}]" if ":" in serverapp.ip else serverapp.ip
    return f"http://{host}:{serverapp.port}/{path}"


def is_surely_reachable(serverapp: Any) -> bool:
    """Tell whether every kernel on this machine can deliver its records by itself.

    On a Unix socket it cannot; with TLS only if it trusts the server's certificate.
    """
    return not serverapp.sock and not serverapp.certfile


class KernelEnvironment:
    """The variables of one server; set once its port is final, taken back when it stops."""

    def __init__(self, environ: MutableMapping[str, str] = os.environ) -> None:
        self._environ = environ
        self._ours: dict[str, str] = {}

    def export(self, serverapp: Any, *, token: KernelToken, spool_dir: Path) -> None:
        """Set what kernels inherit; what an outer server had set is replaced."""
        self._ours = {kernelenv.SPOOL_DIR: str(spool_dir)}
        url = url_for_kernels(serverapp)
        if kernelenv.sets_mlflow(self._environ):
            self._tell_mlflow(url, token)
        if url is None:
            self._environ.pop(kernelenv.SERVER_URL, None)
            self._environ.pop(kernelenv.KERNEL_TOKEN, None)
        else:
            self._ours |= {kernelenv.SERVER_URL: url, kernelenv.KERNEL_TOKEN: token.value}
        self._environ.update(self._ours)

    def _tell_mlflow(self, url: str | None, token: KernelToken) -> None:
        """Have MLflow's client in kernels write here, as nobody chose another server for it."""
        self._environ.pop(kernelenv.MLFLOW_URI, None)
        if url is None:
            return
        self._ours |= {
            kernelenv.MLFLOW_URI: kernelenv.mlflow_url(url),
            kernelenv.MLFLOW_TOKEN: token.value,
        }
        if kernelenv.MLFLOW_NO_TELEMETRY not in self._environ:
            self._ours[kernelenv.MLFLOW_NO_TELEMETRY] = "true"

    def add(self, name: str, words: Iterable[str]) -> None:
        """Have kernels inherit ``words`` in a variable, behind those that it has already."""
        mine = ",".join(words)
        if mine:
            before = self._environ.get(name, "")
            self._ours[name] = self._environ[name] = f"{before},{mine}" if before else mine

    def withdraw(self) -> None:
        """Remove what ``export`` set, unless somebody changed it since."""
        for name, value in self._ours.items():
            if self._environ.get(name) == value:
                del self._environ[name]
