"""Owns the start of detached processes of ours: with a log of their own, and for a store that is named."""

from __future__ import annotations

import contextlib
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

from mlops_lab.core import kernelenv
from mlops_lab.core.settings import ARTIFACT_URL, DATA_DIR, STORE_URL, Settings

MAX_LOG_BYTES = 5_000_000
"""A longer log is put aside when the next process starts."""

_FOREIGN = frozenset({"JUPYTER_TOKEN", "JPY_SESSION_NAME", "JPY_PARENT_PID"})


def start_detached(
    command: Sequence[str], settings: Settings, *, log: Path
) -> subprocess.Popen[bytes]:
    """Start a process in a session of its own, which goes on when this one ends.

    It works in the data folder and finds the store by its environment; of what belongs to the
    server or kernel that starts it nothing is passed on. Its output is appended to ``log``.

    Raises:
        OSError: no process can be started, or the data folder cannot be written.
    """
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    foreign = _FOREIGN | kernelenv.inherited(os.environ)
    environ = {name: value for name, value in os.environ.items() if name not in foreign}
    environ |= {DATA_DIR: str(settings.data_dir), STORE_URL: settings.store_url}
    if settings.artifact_url:
        environ[ARTIFACT_URL] = settings.artifact_url
    _rotate(log)
    handle = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=handle,
            stderr=handle,
            cwd=settings.data_dir,
            env=environ,
            start_new_session=True,
        )
    finally:
        os.close(handle)


def _rotate(log: Path) -> None:
    with contextlib.suppress(OSError):
        if log.stat().st_size > MAX_LOG_BYTES:
            log.replace(log.with_name(f"{log.name}.1"))
