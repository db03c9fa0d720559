"""Owns finding a run by its id, or the end of it: among this session's own, and in the store."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

from mlops_lab.core.errors import ConflictError, StoreUnavailableError
from mlops_lab.core.ids import is_id, short_id
from mlops_lab.core.records import RunStarted
from mlops_lab.core.tracking import Run

from .reader import Reader
from .run import RunLog, Series

if TYPE_CHECKING:
    from .session import Session


def find_ended(session: Session, written: str) -> str:
    """Return the id of the run that ``written`` names.

    Raises:
        NotFoundError: no run has such an id.
        ConflictError: several have.
        StoreUnavailableError: it is none of this session's, and the store cannot be read.
    """
    word = written.strip().lower()
    own = _matching(session.opener.opened, word)
    if not own and is_id(word):
        return word
    if not own:
        session.flush()
        return Reader().get(f"runs/{word}", {}, Run).summary.id
    if len(own) > 1:
        raise ConflictError(
            f"{len(own)} runs have an id like {written!r}.", hint="Give more of its digits."
        )
    return own[0]


def find_run(session: Session, written: str) -> RunLog:
    """Return the run that ``written`` names, so that it can go on: with its params and last steps.

    Raises:
        NotFoundError: there is no such run.
        ConflictError: several have such an id.
        StoreUnavailableError: it is none of this session's, and the store cannot be read.
    """
    run_id = find_ended(session, written)
    known = session.opener.opened.get(run_id)
    if known is not None:
        return known
    reader = Reader()
    try:
        stored = reader.get(f"runs/{run_id}", {}, Run)
    except StoreUnavailableError:
        if not reader.has_server:
            raise
        # The server is away: what is logged joins the run when it is back.
        return RunLog(run_id, session.find_spool(), kind="started")
    return _restored(session, stored)


def _restored(session: Session, stored: Run) -> RunLog:
    summary = stored.summary
    started = RunStarted(
        seq=0,
        run_id=summary.id,
        name=summary.name,
        experiment=summary.experiment,
        source=summary.source,
        user=summary.user,
        started_at=summary.started_at,
        notebook_file=stored.notebook_file,
        cell_id=summary.cell_id,
        kernel_id=None,
        kernel_name=stored.kernel_name,
        primary_metric=summary.primary_metric.name if summary.primary_metric else None,
        job_id=None,
        parent_run_id=summary.parent_run_id,
    )
    run = RunLog(summary.id, session.find_spool(), kind="started", started=started)
    run.status = "finished" if summary.status == "running" else summary.status
    run.params.update({param.name: param.value for param in stored.params})
    for metric in stored.metrics:
        series = Series(summary.id, metric.name)
        series.steps = count(metric.step + 1)
        run.series[metric.name] = series
    return run


def _matching(ids: object, word: str) -> list[str]:
    known = [str(one) for one in ids] if isinstance(ids, list | dict) else []
    if not word:
        return []
    for fits in (str.__eq__, str.endswith, str.startswith):
        found = [one for one in known if fits(one, word)]
        if found:
            return found
    return []


def shown(run: RunLog) -> str:
    """Return a run for people: its name and the digits that tell it apart."""
    return f"{run.name or 'run'} ({short_id(run.run_id)})"
