"""Owns the rows of aliases: what each points at now, and every move that it ever made."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, delete, insert, select

from mlops_lab.core.clock import Millis, now_ms
from mlops_lab.core.registry import AliasMove

from .registry import ModelRow
from .registry_tables import alias_log, model_alias
from .rows import pieces, storable, upsert


def point(tx: Connection, model: ModelRow, alias: str, number: int, *, who: str) -> None:
    """Have an alias point at a version, and log it."""
    write = upsert(tx, model_alias)
    values = {"model_id": model.id, "alias": alias, "number": number}
    tx.execute(
        write.on_conflict_do_update(
            index_elements=["model_id", "alias"], set_={"number": write.excluded["number"]}
        ),
        [values],
    )
    _log(tx, model, alias, number, who=who)


def take_away(tx: Connection, model: ModelRow, aliases: Iterable[str], *, who: str) -> None:
    """Remove aliases, and log it."""
    for alias in aliases:
        tx.execute(
            delete(model_alias).where(
                model_alias.c.model_id == model.id, model_alias.c.alias == alias
            )
        )
        _log(tx, model, alias, None, who=who)


def read_aliases(cx: Connection, model_ids: Iterable[str]) -> dict[str, dict[str, int]]:
    """Return which version each alias of registered models points at."""
    found: dict[str, dict[str, int]] = {}
    for some in pieces(model_ids):
        query = select(model_alias).where(model_alias.c.model_id.in_(some))
        for row in cx.execute(query.order_by(model_alias.c.alias)):
            found.setdefault(row.model_id, {})[row.alias] = row.number
    return found


def read_moves(
    cx: Connection,
    model_id: str,
    *,
    alias: str | None = None,
    until: Millis | None = None,
    limit: int,
) -> Sequence[AliasMove]:
    """Return the moves of a model's aliases, the newest first: of one alias, and up to a time."""
    query = select(alias_log).where(alias_log.c.model_id == model_id)
    if alias is not None:
        query = query.where(alias_log.c.alias == storable(alias))
    if until is not None:
        query = query.where(alias_log.c.at <= until)
    rows = cx.execute(query.order_by(alias_log.c.seq.desc()).limit(limit))
    return [
        AliasMove(
            seq=row.seq,
            at=row.at,
            who=row.who,
            name=row.model_name,
            alias=row.alias,
            version=row.number,
        )
        for row in rows
    ]


def deleted_model_id(cx: Connection, name: str) -> str | None:
    """Return the id of the model that had this name last, as the log of aliases knows it."""
    query = (
        select(alias_log.c.model_id)
        .where(alias_log.c.model_name == storable(name))
        .order_by(alias_log.c.seq.desc())
        .limit(1)
    )
    return cx.execute(query).scalar_one_or_none()


def _log(tx: Connection, model: ModelRow, alias: str, number: int | None, *, who: str) -> None:
    values = {
        "at": now_ms(),
        "who": storable(who),
        "model_id": model.id,
        "model_name": model.name,
        "alias": alias,
        "number": number,
    }
    tx.execute(insert(alias_log), [values])
