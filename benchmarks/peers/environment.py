"""Owns the environment of the peers: made once beside the benchmarks, never part of the product."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
FOLDER = HERE.parent / "results" / "peers"
PACKAGES = ("aim", "mlflow", "tensorboardX", "trackio", "wandb")
QUIET = {
    "WANDB_MODE": "offline",
    "WANDB_SILENT": "true",
    "WANDB_ANONYMOUS": "never",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DO_NOT_TRACK": "1",
    "HF_HUB_OFFLINE": "1",
    "GIT_PYTHON_REFRESH": "quiet",
}


def python_of_peers() -> Path:
    """Return the interpreter of the peers' environment, which the first call makes."""
    python = FOLDER / "bin" / "python"
    marker = FOLDER / ".packages"
    if marker.is_file() and marker.read_text() == " ".join(PACKAGES):
        return python
    print(f"Making the environment of the peers ({', '.join(PACKAGES)}) ...", file=sys.stderr)
    subprocess.run([sys.executable, "-m", "venv", str(FOLDER)], check=True)
    subprocess.run([str(python), "-m", "pip", "install", "-q", *PACKAGES], check=True)
    marker.write_text(" ".join(PACKAGES))
    return python


def measure_peer(peer: str, what: str, *, count: int, timeout_s: float = 300) -> dict[str, Any]:
    """Return what ``measure.py`` measured of one peer, in a new process and a new folder.

    Raises:
        RuntimeError: it failed; the message holds the end of what it wrote.
    """
    with tempfile.TemporaryDirectory() as folder:
        command = [python_of_peers(), HERE / "measure.py", peer, what, str(count)]
        done = subprocess.run(
            [str(part) for part in command],
            cwd=folder,
            env={**os.environ, **QUIET, "HOME": folder, "TRACKIO_DIR": folder},
            capture_output=True,
            text=True,
            timeout=timeout_s,
            check=False,
        )
    if done.returncode != 0:
        raise RuntimeError(f"{peer} {what}: {done.stderr[-2000:]}")
    return json.loads(done.stdout.splitlines()[-1])
