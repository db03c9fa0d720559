"""Owns who runs and where: user, kernel and notebook, as far as the kernel itself can know."""

from __future__ import annotations

import getpass
import json
import os
import re
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

NOTEBOOK_FILE = "JPY_SESSION_NAME"
_CONNECTION_FILE = re.compile(r"kernel-(?P<id>.+)\.json")


class Origin(msgspec.Struct, frozen=True):
    """Where runs of this process come from; None for what is not known."""

    user: str
    kernel_id: str | None
    kernel_name: str | None
    notebook_file: str | None

    @property
    def notebook_name(self) -> str | None:
        """The name of the notebook without folder and ending."""
        return Path(self.notebook_file).stem if self.notebook_file else None


def find_origin(shell: InteractiveShell | None, environ: Mapping[str, str] = os.environ) -> Origin:
    """Return the origin of what ``shell`` runs: from its connection file and the environment.

    Without ``shell`` it is that of the process, where IPython runs in it.
    """
    path = _connection_file(_running_shell() if shell is None else shell)
    info: dict[str, Any] = {}
    if path is not None:
        with suppress(OSError, ValueError):
            info = json.loads(path.read_text(encoding="utf-8"))
    match = _CONNECTION_FILE.fullmatch(path.name) if path is not None else None
    return Origin(
        user=environ.get("JUPYTERHUB_USER") or _login_name(),
        kernel_id=match["id"] if match else None,
        kernel_name=info.get("kernel_name") or None,
        notebook_file=environ.get(NOTEBOOK_FILE) or None,
    )


def _running_shell() -> InteractiveShell | None:
    """Return IPython's shell also where the extension has not been loaded, as MLflow's runs need."""
    ipython = sys.modules.get("IPython.core.getipython")
    return None if ipython is None else ipython.get_ipython()


def _connection_file(shell: InteractiveShell | None) -> Path | None:
    """Return the file by which the kernel was started; None in a plain terminal."""
    app = getattr(getattr(shell, "kernel", None), "parent", None)
    name = getattr(app, "abs_connection_file", None) or getattr(app, "connection_file", None)
    return Path(name) if name else None


def _login_name() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return "unknown"
