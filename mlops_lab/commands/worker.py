"""Owns ``mlops-lab worker`` and ``mlops-lab sync``: what works on the store beside a server."""

from __future__ import annotations

import os
import sys

from .opened import open_lab
from .options import AsJson
from .output import print_facts, print_json, print_line


def run_worker() -> None:
    """Run a worker here: it fires schedules and runs jobs until it is stopped (Ctrl-C)."""
    from mlops_lab.jobs.launcher import worker_command

    command = worker_command()
    sys.stdout.flush()
    # In place of this process, so that signals reach the worker and nothing waits for it.
    os.execv(command[0], command)  # noqa: S606 - the command is our own


def sync(*, as_json: AsJson = False) -> None:
    """Take in what kernels recorded and no server has taken in yet, also of kernels that live."""
    with open_lab() as lab:
        report = lab.tracking.take_in_spools(lab.settings.spool_dir, only_dead=False)
    if as_json:
        print_json(report)
        return
    if not report.files and not report.runs_killed and not report.unreadable:
        print_line("Nothing was waiting.")
        return
    print_facts(
        {
            "Files taken in": str(report.files),
            "New records": str(report.records),
            "Runs ended as killed": str(report.runs_killed),
            "Moved aside, not readable": ", ".join(report.unreadable),
        }
    )
