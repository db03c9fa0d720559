"""Owns reproduction in a process of its own, for who must not wait for it, such as a server."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import threading

from mlops_lab.core.errors import StoreUnavailableError
from mlops_lab.core.facets import Reproduction
from mlops_lab.jobs.detached import start_detached
from mlops_lab.lab import Lab
from mlops_lab.tracking.reproductions import fail_reproduction

from .reproduce import Wishes, begin

_LOG = "reproductions.log"


def start_reproduction(lab: Lab, run_id: str, wishes: Wishes) -> Reproduction:
    """Begin a reproduction in a detached process; return it, or the one that runs already.

    The process goes on when this one ends. If it dies, the reproduction becomes failed: at once
    while this process lives, or else when the next one looks.

    Raises:
        NotFoundError: there is no such run.
        ConflictError: the run has not ended.
        InvalidInputError: a wish cannot be used.
        OSError: no process can be started.
    """
    full_id = lab.tracking.get_run(run_id).summary.id
    begun, is_new = begin(lab, full_id, wishes)
    if not is_new:
        return begun
    try:
        words = command(full_id, begun, wishes)
        process = start_detached(words, lab.settings, log=lab.settings.data_dir / _LOG)
    except OSError as error:
        cause = f"No process can be started: {error}"
        fail_reproduction(lab.store, full_id, begun.id, cause)
        raise
    watcher = threading.Thread(
        target=_watch, args=(lab, process, full_id, begun.id), daemon=True, name="mlops-lab-replay"
    )
    watcher.start()
    return begun


def command(run_id: str, begun: Reproduction, wishes: Wishes) -> list[str]:
    """Return the command that carries out a reproduction that was begun."""
    ignored = [word for name in wishes.ignore for word in ("--ignore", name)]
    # -P: what lies in the current folder must not be taken for a module.
    return [
        *(sys.executable, "-P", "-m", "mlops_lab.cli", "reproduce", run_id, "--id", begun.id),
        *("--environment", wishes.environment),
        *("--rtol", repr(wishes.tolerance.relative), "--atol", repr(wishes.tolerance.absolute)),
        *("--timeout", repr(wishes.timeout_s)),
        *ignored,
    ]


def _watch(lab: Lab, process: subprocess.Popen[bytes], run_id: str, reproduction_id: str) -> None:
    status = process.wait()
    how = f"signal {-status}" if status < 0 else f"exit status {status}"
    # Whoever looks next ends it, when the store is away or closed by now.
    with contextlib.suppress(StoreUnavailableError):
        cause = f"Its process ended with {how} before it could say how it went."
        fail_reproduction(lab.store, run_id, reproduction_id, cause)
