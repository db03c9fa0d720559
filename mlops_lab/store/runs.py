"""Owns reading runs back: pages of a list, and what runs hold."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import (
    Connection,
    Row,
    Select,
    Table,
    and_,
    func,
    not_,
    or_,
    select,
)

from mlops_lab.core.metrics import guess_direction
from mlops_lab.core.tracking import (
    Cell,
    Direction,
    ErrorInfo,
    JobLink,
    MetricSummary,
    Param,
    Run,
    RunSummary,
    Tag,
)

from .metrics import read_primary, read_series
from .rows import pieces
from .tables import cell, experiment, key, param, run, run_warning, tag


def summaries_of(cx: Connection, run_ids: Sequence[str]) -> list[RunSummary]:
    """Return the rows of these runs, in the same order; one that is gone is left out."""
    found: dict[str, Row[tuple[object, ...]]] = {}
    for some in pieces(run_ids):
        found.update((row.id, row) for row in cx.execute(_select_runs().where(run.c.id.in_(some))))
    return _summaries(cx, [found[one] for one in run_ids if one in found])


def count_runs(cx: Connection) -> int:
    """Return how many runs there are outside the trash."""
    every = select(func.count()).select_from(run)
    trashed = every.where(run.c.trashed_at.is_not(None))
    return int(cx.execute(every).scalar_one()) - int(cx.execute(trashed).scalar_one())


def has_unknown_run(cx: Connection, run_ids: Iterable[str]) -> bool:
    """Tell whether the store lacks any of these runs."""
    for some in pieces(run_ids):
        query = select(func.count()).select_from(run).where(run.c.id.in_(some))
        if cx.execute(query).scalar_one() < len(some):
            return True
    return False


def find_newest(
    cx: Connection, *, notebook_files: Sequence[str] = (), notebook_path: str | None = None
) -> str | None:
    """Return the id of the newest run that is no trial and not of a job; of one notebook, if named.

    A run is of the notebook when it was recorded with one of the files, or with the path and no
    file: the same path below another server's root is another notebook.
    """
    # A trial of a search has no place of its own in the kernel's history; that of its parent counts.
    is_trial = and_(run.c.parent_run_id.is_not(None), run.c.history_id.is_(None))
    query = select(run.c.id).where(
        run.c.source == "notebook",
        run.c.job_id.is_(None),
        run.c.trashed_at.is_(None),
        not_(is_trial),
    )
    if notebook_files or notebook_path is not None:
        by_path = and_(run.c.notebook_file.is_(None), run.c.notebook_path == notebook_path)
        query = query.where(or_(run.c.notebook_file.in_(notebook_files), by_path))
    query = query.order_by(run.c.started_at.desc(), run.c.id.desc()).limit(1)
    return cx.execute(query).scalar_one_or_none()


def find_beside(
    cx: Connection, experiment_name: str, *, parent: str | None, limit: int
) -> list[str]:
    """Return the newest finished runs of an experiment that have the same parent, or none."""
    query = (
        select(run.c.id)
        .join(experiment, experiment.c.id == run.c.experiment_id)
        .where(
            experiment.c.name == experiment_name,
            run.c.parent_run_id.is_(None) if parent is None else run.c.parent_run_id == parent,
            run.c.status == "finished",
            run.c.trashed_at.is_(None),
        )
        .order_by(run.c.started_at.desc(), run.c.id.desc())
        .limit(limit)
    )
    return list(cx.execute(query).scalars())


def read_runs(cx: Connection, run_ids: Sequence[str]) -> dict[str, Run]:
    """Return everything about each run that is found, but the points of its metrics."""
    rows: list[Row[tuple[object, ...]]] = []
    for some in pieces(run_ids):
        rows.extend(cx.execute(_select_runs().where(run.c.id.in_(some))))
    found = [row.id for row in rows]
    series = read_series(cx, found)
    params = _read_params(cx, found)
    tags = _read_tags(cx, found)
    cells = _read_cells(cx, found)
    warnings = _read_warnings(cx, found)
    return {
        row.id: Run(
            summary=summary,
            notebook_file=row.notebook_file,
            kernel_name=row.kernel_name,
            params=params.get(row.id, []),
            metrics=[stored.summary() for stored in series.get(row.id, [])],
            tags=tags.get(row.id, []),
            cells=cells.get(row.id, []),
            error=_error(row),
            warnings=warnings.get(row.id, []),
            trashed_at=row.trashed_at,
        )
        for row, summary in zip(rows, _summaries(cx, rows), strict=True)
    }


def find_job_link(cx: Connection, job_id: str) -> JobLink | None:
    """Return the link that another run of the same job carries."""
    query = _select_runs().where(run.c.job_id == job_id, run.c.definition_id.is_not(None)).limit(1)
    row = cx.execute(query).one_or_none()
    return None if row is None else _job(row)


def _select_runs() -> Select[tuple[object, ...]]:
    return select(
        run,
        experiment.c.name.label("experiment_name"),
        experiment.c.primary_metric.label("experiment_metric"),
        experiment.c.direction.label("experiment_direction"),
    ).join(experiment, experiment.c.id == run.c.experiment_id)


def _summaries(cx: Connection, rows: Sequence[Row[tuple[object, ...]]]) -> list[RunSummary]:
    run_ids = [row.id for row in rows]
    primary = read_primary(cx, run_ids)
    children = _count_children(cx, run_ids)
    return [
        RunSummary(
            id=row.id,
            name=row.name,
            experiment=row.experiment_name,
            status=row.status,
            source=row.source,
            user=row.user,
            notebook_path=row.notebook_path,
            cell_id=row.cell_id,
            started_at=row.started_at,
            ended_at=row.ended_at,
            duration_ms=row.duration_ms,
            primary_metric=primary.get(row.id),
            error_name=row.error_name,
            job=_job(row),
            parent_run_id=row.parent_run_id,
            children=children.get(row.id, 0),
            direction=_direction(row, primary.get(row.id)),
            cpu_ms=row.cpu_ms,
            peak_memory=row.peak_memory,
            same_as=row.same_as,
            has_order_problems=bool(row.order_problems),
            archived=row.archived_at is not None,
        )
        for row in rows
    ]


def _count_children(cx: Connection, run_ids: Sequence[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for some in pieces(run_ids):
        rows = cx.execute(
            select(run.c.parent_run_id, func.count())
            .where(run.c.parent_run_id.in_(some), run.c.trashed_at.is_(None))
            .group_by(run.c.parent_run_id)
        )
        found.update((parent, count) for parent, count in rows)
    return found


def _direction(row: Row[tuple[object, ...]], shown: MetricSummary | None) -> Direction | None:
    if shown is None:
        return None
    if row.experiment_direction is not None and shown.name == row.experiment_metric:
        direction: Direction = row.experiment_direction
        return direction
    return guess_direction(shown.name)


def _job(row: Row[tuple[object, ...]]) -> JobLink | None:
    if row.job_id is None or row.definition_id is None:
        return None
    return JobLink(
        job_id=row.job_id,
        definition_id=row.definition_id,
        definition_name=row.definition_name,
        revision=row.revision,
        source_run_id=row.source_run_id,
    )


def _error(row: Row[tuple[object, ...]]) -> ErrorInfo | None:
    if row.error_name is None:
        return None
    return ErrorInfo(name=row.error_name, message=row.error_message, traceback=row.error_traceback)


def _read_params(cx: Connection, run_ids: Sequence[str]) -> dict[str, list[Param]]:
    found: dict[str, list[Param]] = {}
    for some in pieces(run_ids):
        rows = cx.execute(
            select(run.c.id, key.c.name, param.c.value, param.c.origin, param.c.detail)
            .join(key, key.c.id == param.c.key_id)
            .join(run, run.c.seq == param.c.run_seq)
            .where(run.c.id.in_(some))
            .order_by(param.c.run_seq, param.c.position)
        )
        for run_id, name, value, origin, detail in rows:
            one = Param(name=name, value=value, origin=origin, detail=detail or "")
            found.setdefault(run_id, []).append(one)
    return found


def _read_tags(cx: Connection, run_ids: Sequence[str]) -> dict[str, list[Tag]]:
    found: dict[str, list[Tag]] = {}
    for some in pieces(run_ids):
        rows = cx.execute(
            select(run.c.id, key.c.name, tag.c.value)
            .join(key, key.c.id == tag.c.key_id)
            .join(run, run.c.seq == tag.c.run_seq)
            .where(run.c.id.in_(some))
            .order_by(tag.c.run_seq, key.c.name)
        )
        for run_id, name, value in rows:
            found.setdefault(run_id, []).append(Tag(name=name, value=value))
    return found


def _read_cells(cx: Connection, run_ids: Sequence[str]) -> dict[str, list[Cell]]:
    found: dict[str, list[Cell]] = {}
    for some in pieces(run_ids):
        for row in cx.execute(_in_order(cell, some)):
            found.setdefault(row.run_id, []).append(
                Cell(source=row.source, cell_id=row.cell_id, execution_count=row.execution_count)
            )
    return found


def _read_warnings(cx: Connection, run_ids: Sequence[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for some in pieces(run_ids):
        for row in cx.execute(_in_order(run_warning, some)):
            found.setdefault(row.run_id, []).append(row.text)
    return found


def _in_order(table: Table, run_ids: Sequence[str]) -> Select[tuple[object, ...]]:
    return (
        select(table).where(table.c.run_id.in_(run_ids)).order_by(table.c.run_id, table.c.position)
    )
