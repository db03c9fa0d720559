"""Owns what a kernel without a server reads: one answer of the API, printed as JSON by a child process."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import msgspec

from mlops_lab.core.errors import InvalidInputError, LabError
from mlops_lab.core.kernelenv import REPLAY, SPOOL_DIR

from .opened import current_user, open_lab

if TYPE_CHECKING:
    from mlops_lab.lab import Lab

FAILED = 3
"""The exit status when the answer is an error of ours: its code, message and hint, as JSON."""


def main() -> None:
    """Print what ``GET PATH`` answers for the JSON object of parameters that stands behind it."""
    path, written = sys.argv[1:]
    if path.endswith("/briefing") and hasattr(os, "nice"):
        # The user waits for the other answers, but for this one nobody does.
        os.nice(10)
    try:
        with open_lab() as lab:
            folder = os.environ.get(SPOOL_DIR)
            spools = Path(folder) if folder else lab.settings.spool_dir
            # The spool of a reproduction makes no runs.
            if not os.environ.get(REPLAY):
                lab.tracking.take_in_spools(spools, only_dead=False)
            params = msgspec.json.decode(written, type=dict[str, Any])
            is_report = path == "report"
            answer = _write_report(lab, **params) if is_report else _read(lab, path, params)
    except LabError as error:
        problem = {"code": error.code, "detail": error.message, "hint": error.hint}
        sys.stdout.buffer.write(msgspec.json.encode(problem))
        sys.exit(FAILED)
    sys.stdout.buffer.write(msgspec.json.encode(answer))


def _read(lab: Lab, path: str, params: Mapping[str, Any]) -> object:
    answer: object
    match [unquote(part) for part in path.split("/")]:
        case ["runs"]:
            answer = lab.tracking.list_runs(**params)
        case ["details"]:
            answer = lab.tracking.list_details(**params)
        case ["runs", run_id]:
            answer = lab.tracking.get_run(run_id)
        case ["runs", run_id, "capture"]:
            answer = lab.tracking.get_capture(run_id)
        case ["runs", run_id, "series"]:
            answer = lab.tracking.get_series(run_id, **params)
        case ["comparison"]:
            answer = lab.tracking.compare(params["run_id"])
        case ["experiments"]:
            answer = lab.experiments.list(**params)
        case ["experiments", name, "briefing"]:
            answer = lab.experiments.brief(name)
        case ["models", name, "versions", version]:
            answer = lab.registry.versions.get(name, version)
        case _:
            raise InvalidInputError(
                f"{path!r} cannot be read without a server.", hint="Open JupyterLab."
            )
    return answer


def _write_report(lab: Lab, run_id: Sequence[str], title: str, path: str) -> list[str]:
    from mlops_lab.workflows.report.writing import write_report

    return write_report(lab, run_id, Path(path), title=title, who=current_user())


if __name__ == "__main__":
    main()
