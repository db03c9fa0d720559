"""Owns the rows of single files of runs: those in a folder, one by its path, and their removal."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Connection, delete, or_, select

from mlops_lab.core.files import StoredFile

from .capture_tables import run_artifact
from .facets import ArtifactRow, set_artifacts
from .like import ByBytes, below
from .rows import storable


def find_file(cx: Connection, run_id: str, path: str) -> StoredFile | None:
    """Return the file that a run has under exactly this path."""
    query = select(run_artifact).where(
        run_artifact.c.run_id == run_id, run_artifact.c.path == storable(path)
    )
    row = cx.execute(query).one_or_none()
    return None if row is None else StoredFile(row.path, row.digest, row.size, row.media_type)


def files_below(cx: Connection, run_id: str, folder: str) -> list[StoredFile]:
    """Return the files of a run by path: all, or the one called ``folder`` and those in it."""
    query = (
        select(run_artifact).where(*_below(run_id, folder)).order_by(ByBytes(run_artifact.c.path))
    )
    return [StoredFile(r.path, r.digest, r.size, r.media_type) for r in cx.execute(query)]


def put_file(tx: Connection, run_id: str, file: StoredFile) -> None:
    """Write a file of a run; one of the same path is replaced."""
    path, media_type = storable(file.path), storable(file.media_type)
    set_artifacts(tx, [ArtifactRow(run_id, path, file.digest, file.size, media_type)])


def remove_files(tx: Connection, run_id: str, folder: str) -> int:
    """Remove the file called ``folder`` and those in it; return how many."""
    return tx.execute(delete(run_artifact).where(*_below(run_id, folder))).rowcount


def find_in_the_way(cx: Connection, run_id: str, path: str) -> str | None:
    """Return a file that is a folder of ``path``, or one that lies in ``path`` as in a folder."""
    parts = path.split("/")
    above = ["/".join(parts[:count]) for count in range(1, len(parts))]
    column = run_artifact.c.path
    query = select(column).where(
        run_artifact.c.run_id == run_id,
        or_(column.in_(above), below(column, path)),
    )
    found: str | None = cx.execute(query.limit(1)).scalar()
    return found


def _below(run_id: str, folder: str) -> list[ColumnElement[bool]]:
    conditions = [run_artifact.c.run_id == run_id]
    if folder:
        path = run_artifact.c.path
        conditions.append(or_(path == storable(folder), below(path, folder)))
    return conditions
