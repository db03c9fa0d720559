"""Owns how the kernel of a job is started: over local sockets, and with our extension if it can."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from jupyter_client.kernelspec import KernelSpec, KernelSpecManager, NoSuchKernel
from traitlets.config import Config

from mlops_lab.core.errors import NotFoundError, nearest

_MAX_SOCKET_PATH = 90
"""A local socket's path may have about 107 bytes, of which the suffix takes some."""

_PROBE_S = 20
_PROBE = "import importlib.util, sys; sys.exit(importlib.util.find_spec('mlops_lab') is None)"
_LOAD_EXTENSION = "--IPKernelApp.extra_extensions=mlops_lab"


def find_kernel_spec(name: str) -> KernelSpec:
    """Return the kernel spec of this name.

    Raises:
        NotFoundError: there is none on this machine; the hint lists those that there are.
    """
    specs = KernelSpecManager()
    try:
        return specs.get_kernel_spec(name)
    except NoSuchKernel as error:
        known = sorted(specs.find_kernel_specs())
        match = nearest(name, known)
        hint = f"Known: {', '.join(known) or 'none'}."
        if match is not None:
            hint = f"Did you mean {match!r}? {hint}"
        raise NotFoundError(f"There is no kernel {name!r} on this machine.", hint=hint) from error


def extension_arguments(spec: KernelSpec, *, folder: Path) -> list[str]:
    """Return the start arguments that load our extension, or none for a kernel that has it not.

    Args:
        spec: the kernel spec.
        folder: an empty place to look from, so that the working folder's files are not imported.
    """
    argv = [str(part) for part in spec.argv]
    if spec.language != "python" or not any("ipykernel" in part for part in argv):
        return []
    if Path(argv[0]).name.startswith("python") and _is_own_python(argv[0]):
        return [_LOAD_EXTENSION]
    environ = os.environ | {str(key): str(value) for key, value in (spec.env or {}).items()}
    try:
        probe = subprocess.run(
            [argv[0], "-c", _PROBE],
            cwd=folder,
            env=environ,
            timeout=_PROBE_S,
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
    except (OSError, subprocess.TimeoutExpired):
        return []
    return [_LOAD_EXTENSION] if probe.returncode == 0 else []


def connection_config(runtime_dir: Path) -> Config:
    """Return the traits that give a kernel its connection file, and local sockets instead of ports.

    With TCP two kernels that start at once can be given the same port.
    """
    connection_file = runtime_dir / "kernel.json"
    traits: dict[str, Any] = {"connection_file": str(connection_file)}
    if os.name == "posix" and len(os.fsencode(connection_file)) <= _MAX_SOCKET_PATH:
        traits["transport"] = "ipc"
    return Config({"KernelManager": traits})


def _is_own_python(program: str) -> bool:
    # jupyter_client itself puts this interpreter in place of a bare "python".
    bare = {"python", "python3", f"python3.{sys.version_info.minor}"}
    return program in bare or Path(program) == Path(sys.executable)
