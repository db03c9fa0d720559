"""Owns ``mlops-lab reproduce``: run a run again in a clean kernel, and say how far it agrees."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from .opened import current_user, find_run, open_lab
from .options import AsJson, RunName
from .output import (
    print_error,
    print_facts,
    print_heading,
    print_json,
    print_line,
    print_table,
)
from .words import duration, plain

if TYPE_CHECKING:
    from mlops_lab.core.facets import Reproduction
    from mlops_lab.core.numbers import WireNumber
    from mlops_lab.lab import Lab
    from mlops_lab.workflows.reproduce import Wishes

DIFFERS, FAILED = 1, 2
"""Exit statuses; 0 is that it agrees."""

_SHOWN_LINES = 12
_WORDS = {"agrees": "green", "differs": "red", "failed": "red"}


def reproduce(
    run: RunName,
    *,
    environment: Annotated[
        str,
        typer.Option("--environment", help="current, or replayed: made of the run's packages."),
    ] = "current",
    rtol: Annotated[float, typer.Option("--rtol", help="Relative tolerance of metrics.")] = 1e-6,
    atol: Annotated[float, typer.Option("--atol", help="Absolute tolerance of metrics.")] = 1e-9,
    ignore: Annotated[
        list[str] | None, typer.Option("--ignore", help="A metric not to compare; repeatable.")
    ] = None,
    timeout: Annotated[
        float, typer.Option("--timeout", help="The most seconds that it may take.")
    ] = 86_400.0,
    write: Annotated[
        Path | None,
        typer.Option("--write", help="Run nothing: write the recorded cells to this notebook."),
    ] = None,
    reproduction: Annotated[str, typer.Option("--id", hidden=True)] = "",
    as_json: AsJson = False,
) -> None:
    """Run a run again in a clean kernel and compare. Exit status: 0 agrees, 1 differs, 2 failed."""
    from mlops_lab.core.errors import LabError

    try:
        with open_lab() as lab:
            _take_in(lab)
            run_id = find_run(lab, run).summary.id
            if write is not None:
                _write(lab, run_id, write)
                return
            wishes = _wishes(environment, rtol=rtol, atol=atol, ignore=ignore, timeout=timeout)
            done = _carry_out(lab, run_id, wishes, reproduction=reproduction)
    except LabError as error:
        print_error(error.message, error.hint)
        raise typer.Exit(FAILED) from error
    except KeyboardInterrupt as error:
        print_error("The reproduction was interrupted; all that it had started is ended.")
        raise typer.Exit(FAILED) from error
    if as_json:
        print_json(done)
    else:
        _print_report(done)
    if done.state != "agrees":
        raise typer.Exit(DIFFERS if done.state == "differs" else FAILED)


def _take_in(lab: Lab) -> None:
    """Take in what kernels have recorded with no server to deliver to, as ``sync`` does."""
    lab.tracking.take_in_spools(lab.settings.spool_dir)


def _write(lab: Lab, run_id: str, path: Path) -> None:
    from mlops_lab.workflows.reproduce import write_restored

    write_restored(lab, run_id, path)
    print_line(f"Wrote {path}.")


def _wishes(
    environment: str, *, rtol: float, atol: float, ignore: list[str] | None, timeout: float
) -> Wishes:
    from mlops_lab.core.errors import InvalidInputError, did_you_mean
    from mlops_lab.workflows.reproduce import Wishes
    from mlops_lab.workflows.verdict import Tolerance

    known: dict[str, Literal["current", "replayed"]] = {
        "current": "current",
        "replayed": "replayed",
    }
    if environment not in known:
        raise InvalidInputError(
            f"{environment!r} is no environment.", hint=did_you_mean(environment, known)
        )
    return Wishes(
        environment=known[environment],
        tolerance=Tolerance(relative=rtol, absolute=atol),
        ignore=tuple(ignore or ()),
        timeout_s=timeout,
        user=current_user(),
    )


def _carry_out(lab: Lab, run_id: str, wishes: Wishes, *, reproduction: str) -> Reproduction:
    from mlops_lab.core.errors import NotFoundError
    from mlops_lab.tracking.reproductions import read_reproduction
    from mlops_lab.workflows import reproduce as workflow

    with _ended_by_terminate():
        if not reproduction:
            return workflow.reproduce(lab, run_id, wishes)
        begun = read_reproduction(lab.store, run_id, reproduction)
        if begun is None or begun.state != "running":
            raise NotFoundError(f"There is no reproduction {reproduction} that waits to be run.")
        return workflow.carry_out(lab, run_id, begun, wishes)


@contextlib.contextmanager
def _ended_by_terminate() -> Iterator[None]:
    """Let SIGTERM end the work as Ctrl-C does: what it started is ended, and its end is stored."""
    import signal

    def interrupt(_signal: int, _frame: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _print_report(done: Reproduction) -> None:
    print_line(f"{done.state}: {done.message}", style=_WORDS.get(done.state, ""))
    lasted = None if done.ended_at is None else done.ended_at - done.started_at
    print_facts(
        {
            "Environment": done.environment,
            "Cells": str(done.cells),
            "Duration": duration(lasted),
            "Tolerance": f"{done.relative_tolerance:g} relative, {done.absolute_tolerance:g} absolute",
        }
    )
    if done.metrics:
        print_heading("Metrics")
        rows = [
            [m.name, _value(m.recorded), _value(m.reproduced), "agrees" if m.agrees else "differs"]
            for m in done.metrics
        ]
        print_table(["NAME", "RUN", "NOW", ""], rows, empty="")
    _print_divergence(done)
    if done.differences:
        print_heading("What is not as it was in the run")
        rows = [
            [one.kind, one.name, one.recorded or "-", one.reproduced or "-"]
            for one in done.differences
        ]
        print_table(["KIND", "NAME", "RUN", "NOW"], rows, empty="")


def _print_divergence(done: Reproduction) -> None:
    found = done.divergence
    if found is None:
        return
    count = "" if found.execution_count is None else f" [{found.execution_count}]"
    print_heading(f"First cell that differs: number {found.position + 1}{count}")
    if found.names:
        print_line(f"Names: {plain(', '.join(found.names))}")
    if found.error:
        print_line(f"Error: {plain(found.error)}")
    lines = found.source.splitlines()
    for line in lines[:_SHOWN_LINES]:
        print_line(f"    {line}")
    if len(lines) > _SHOWN_LINES:
        print_line(f"    ... {len(lines) - _SHOWN_LINES} more lines")


def _value(value: WireNumber | None) -> str:
    from mlops_lab.core.numbers import from_wire

    # Enough digits to see what the tolerance sees.
    return "-" if value is None else f"{from_wire(value):.12g}"
