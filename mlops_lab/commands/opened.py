"""Owns how a command gets at the store, and whom it says it acts for."""

from __future__ import annotations

import getpass
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from mlops_lab.core.errors import NotFoundError
from mlops_lab.core.settings import Settings, make_settings

if TYPE_CHECKING:
    from mlops_lab.core.jobs import Job
    from mlops_lab.core.tracking import Run
    from mlops_lab.lab import Lab

LATEST = "latest"


def this_settings() -> Settings:
    """Return the settings that a server of this user would have."""
    from jupyter_core.paths import jupyter_data_dir

    return make_settings(jupyter_data_dir=Path(jupyter_data_dir()))


@contextmanager
def open_lab() -> Iterator[Lab]:
    """Open the store, for the time of one command.

    Raises:
        LabError: the store cannot be opened.
    """
    from mlops_lab.lab import Lab

    with Lab.open(this_settings()) as lab:
        yield lab


def current_user() -> str:
    """Return the name of the user that runs the command."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        # In some containers the user id has no name.
        return "unknown"


def find_run(lab: Lab, name: str) -> Run:
    """Return the run that ``name`` stands for; ``latest`` is the newest that is not of a job.

    Raises:
        NotFoundError: there is none.
        InvalidInputError: several runs begin or end like this.
    """
    if name != LATEST:
        return lab.tracking.get_run(name)
    newest = lab.tracking.newest_run()
    if newest is None:
        raise NotFoundError(
            "There is no run of a notebook yet.",
            hint="Put %%track on a cell and run it, or try: mlops-lab sync",
        )
    return newest


def find_job(lab: Lab, name: str) -> Job:
    """Return the job that ``name`` stands for.

    Raises:
        NotFoundError: there is none.
        InvalidInputError: several jobs begin or end like this.
    """
    if name != LATEST:
        return lab.jobs.get_job(name)
    for job in lab.jobs.list_jobs(limit=1).jobs:
        return job
    raise NotFoundError("There is no job yet.", hint="Submit one: mlops-lab jobs submit NAME")
