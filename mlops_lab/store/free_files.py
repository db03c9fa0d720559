"""Owns the rows of files that belong to no run: path to digest within an area of their owner."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from sqlalchemy import ColumnElement, Connection, delete, or_, select

from mlops_lab.core.clock import Millis

from .free_file_tables import free_file
from .like import ByBytes, below as lies_below
from .rows import storable, upsert


class FreeFile(msgspec.Struct, frozen=True):
    """A file of an area, whose bytes are kept under ``digest``."""

    area: str
    path: str
    digest: str
    size: int
    media_type: str
    written_at: Millis


def set_free_file(tx: Connection, row: FreeFile) -> None:
    """Write a file; one of the same path in the area is replaced."""
    write = upsert(tx, free_file)
    later = {name: write.excluded[name] for name in ("digest", "size", "media_type", "written_at")}
    values = msgspec.structs.asdict(row) | {"area": storable(row.area), "path": storable(row.path)}
    tx.execute(write.on_conflict_do_update(index_elements=["area", "path"], set_=later), [values])


def read_free_files(cx: Connection, area: str, *, below: str = "") -> Sequence[FreeFile]:
    """Return the files of an area by path: all, or the file ``below`` and those in that folder."""
    query = select(free_file).where(*_in(area, below)).order_by(ByBytes(free_file.c.path))
    return [FreeFile(**row) for row in cx.execute(query).mappings()]


def find_free_file(cx: Connection, area: str, path: str) -> FreeFile | None:
    """Return a file of an area; None where there is none."""
    query = select(free_file).where(free_file.c.area == area, free_file.c.path == storable(path))
    row = cx.execute(query).mappings().first()
    return None if row is None else FreeFile(**row)


def free_paths(cx: Connection, area: str, *, below: str, limit: int) -> Sequence[str]:
    """Return the first paths of an area, or of a folder in it, to suggest one of them."""
    query = select(free_file.c.path).where(*_in(area, below)).order_by(ByBytes(free_file.c.path))
    return list(cx.execute(query.limit(limit)).scalars())


def remove_free_files(tx: Connection, area: str, *, below: str = "") -> int:
    """Remove the files of an area, or the file ``below`` and those in that folder; return how many."""
    return tx.execute(delete(free_file).where(*_in(area, below))).rowcount


def _in(area: str, below: str) -> list[ColumnElement[bool]]:
    conditions = [free_file.c.area == area]
    if below:
        path = free_file.c.path
        conditions.append(or_(path == storable(below), lies_below(path, below)))
    return conditions
