"""Owns the files whose owner is gone: of logged models and traces that were deleted.

A version that was made from a logged model needs its files, also when the model itself was deleted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sqlalchemy import Connection, delete, exists, select

from mlops_lab.core.clock import Millis

from .free_file_tables import free_file
from .like import begins_with
from .purge_linked import MODEL_AREA, OTHERS_AREA
from .references import named_by
from .registry_tables import logged_model, model_version
from .rows import pieces
from .trace_tables import trace

_READ_AT_ONCE = 1_000
_File = tuple[str, str, str]


def find_left_files(cx: Connection, *, before: Millis) -> list[_File]:
    """Return (area, path, digest) of the files of nobody that were written before a time."""
    found: list[_File] = []
    for some in pieces(_old_files(cx, before=before)):
        models = {area.removeprefix(MODEL_AREA) for area, _, _ in some if area != OTHERS_AREA}
        traces = {_trace_of(path) for area, path, _ in some if area == OTHERS_AREA} - {""}
        living = set(cx.execute(select(trace.c.id).where(trace.c.id.in_(traces))).scalars())
        gone_models, gone_traces = _without_owner(cx, models), traces - living
        found += [
            one
            for one in some
            if one[0].removeprefix(MODEL_AREA) in gone_models or _trace_of(one[1]) in gone_traces
        ]
    return found


def remove_left_files(tx: Connection, *, before: Millis) -> int:
    """Remove the names of the files of nobody; return how many they were."""
    found = find_left_files(tx, before=before)
    for area, path, _ in found:
        tx.execute(delete(free_file).where(free_file.c.area == area, free_file.c.path == path))
    return len(found)


def freed_by_left_files(cx: Connection, *, before: Millis) -> set[str]:
    """Return the content that nothing would name any more, were the files of nobody removed."""
    left = find_left_files(cx, before=before)
    going = {(area, path) for area, path, _ in left}
    freed = {digest for _, _, digest in left}
    for some in pieces(sorted(freed)):
        for column in named_by():
            if column.table is free_file:
                continue
            freed -= set(cx.execute(select(column).where(column.in_(some))).scalars())
        query = select(free_file.c.area, free_file.c.path, free_file.c.digest)
        for area, path, digest in cx.execute(query.where(free_file.c.digest.in_(some))):
            if (area, path) not in going:
                freed.discard(digest)
    return freed


def _old_files(cx: Connection, *, before: Millis) -> Iterator[_File]:
    query = select(free_file.c.area, free_file.c.path, free_file.c.digest).where(
        free_file.c.written_at < before,
        begins_with(free_file.c.area, MODEL_AREA) | (free_file.c.area == OTHERS_AREA),
    )
    rows = cx.execute(query.execution_options(yield_per=_READ_AT_ONCE))
    for area, path, digest in rows:
        if area != OTHERS_AREA or _trace_of(path):
            yield area, path, digest


def _trace_of(path: str) -> str:
    """Return the id of the trace that a path of the free files is of; empty when it is of none."""
    parts = path.split("/")
    places = [at for at, part in enumerate(parts[:-2]) if part == "traces"]
    return next((parts[at + 1] for at in places if parts[at + 2] == "artifacts"), "")


def _without_owner(cx: Connection, models: Iterable[str]) -> set[str]:
    """Return the ids that no logged model has, and that no model version comes from."""
    wanted = set(models)
    gone = wanted - set(
        cx.execute(select(logged_model.c.id).where(logged_model.c.id.in_(wanted))).scalars()
    )
    version = model_version.c
    return {
        one
        for one in gone
        if not cx.execute(
            select(
                exists().where(
                    (version.logged_model_id == one)
                    | version.source.contains(one, autoescape=True)
                    | version.location.contains(one, autoescape=True)
                )
            )
        ).scalar_one()
    }
