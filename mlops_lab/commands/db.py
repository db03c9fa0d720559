"""Owns ``mlops-lab db``: upgrade, check, move."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mlops_lab.core.errors import ConflictError, StoreUnavailableError
from mlops_lab.core.settings import STORE_URL, Settings, make_settings

from .opened import current_user, this_settings
from .options import AsJson
from .output import print_json, print_line, print_table

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from mlops_lab.store.checks import Examination


def upgrade(*, as_json: AsJson = False) -> None:
    """Bring the store to the schema of this version; an SQLite file is copied beside itself first.

    Whoever opens the store does the same.
    """
    from mlops_lab.store.store import Store

    with contextlib.closing(Store.look(this_settings())) as store:
        done = store.upgrade()
        where = store.url
    if as_json:
        print_json(done)
        return
    if done.before == done.after:
        print_line(f"The store at {where} has schema revision {done.after} already.")
        return
    if done.backup is not None:
        print_line(f"Copied the store as it was to {done.backup}")
    start = "made" if done.before is None else f"upgraded from {done.before}"
    print_line(f"The store at {where} was {start}, schema revision {done.after}.")


def check(*, as_json: AsJson = False) -> None:
    """Examine schema, file, counts, references and artifacts; exit with 1 if anything is wrong.

    Nothing is changed.
    """
    found = _examined(this_settings())
    if as_json:
        print_json(found)
    else:
        for one in found.findings:
            mark, style = ("ok     ", "") if one.ok else ("problem", "red")
            print_line(f"{mark}  {one.name:<20}  {one.found}", style=style)
        rows = [[name, str(count)] for name, count in found.counts.items() if count]
        print_table(["TABLE", "ROWS"], rows, empty="No table has a row.")
    if not found.ok:
        raise typer.Exit(1)


def move(
    *,
    to: Annotated[str, typer.Option("--to", metavar="URL", help="The empty database to fill.")],
    as_json: AsJson = False,
) -> None:
    """Copy the store into another database, verify every table, and say which setting to change.

    The store itself stays as it is; nobody can write to it meanwhile. Cut off, the same command goes
    on where it was.
    """
    from mlops_lab.store.engine import open_engine
    from mlops_lab.store.move import move_store

    settings = this_settings()
    source = open_engine(settings.store_url)
    _refuse_missing(source)
    target = open_engine(to)
    with contextlib.closing(_Closed(source)), contextlib.closing(_Closed(target)):
        if _same(source, target):
            raise ConflictError(
                "The target is the store itself.", hint="Name another database after --to."
            )
        _refuse_users(source)
        moved = move_store(source, target, who=current_user(), told=_silent if as_json else _told)
    if as_json:
        print_json(moved)
        return
    rows = [[one.name, str(one.rows), one.digest] for one in moved if one.rows]
    print_table(["TABLE", "ROWS", "DIGEST, THE SAME ON BOTH SIDES"], rows, empty="It was empty.")
    for line in _what_next(settings, to):
        print_line(line)


class _Closed:
    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def close(self) -> None:
        self._engine.dispose()


def _examined(settings: Settings) -> Examination:
    from mlops_lab.store.checks import examine
    from mlops_lab.store.engine import open_engine
    from mlops_lab.store.store import Store

    _refuse_missing(open_engine(settings.store_url))
    with contextlib.closing(Store.look(settings)) as store:
        return examine(store)


def _refuse_missing(engine: Engine) -> None:
    file = _file_of(engine)
    if file is not None and not file.exists():
        raise StoreUnavailableError(
            f"There is no store at {file}.",
            hint=f"Set {STORE_URL} to the one you mean; mlops-lab doctor shows which it is.",
        )


def _refuse_users(engine: Engine) -> None:
    from mlops_lab.store.disks import users_of

    file = _file_of(engine)
    users = [] if file is None else users_of(file)
    if users:
        named = ", ".join(f"{user.pid} ({user.name})" for user in users)
        raise ConflictError(
            f"The store is in use by process {named}.",
            hint="End them first: they would go on writing to the old store.",
        )


def _file_of(engine: Engine) -> Path | None:
    if engine.dialect.name != "sqlite":
        return None
    return Path(str(engine.url.database))


def _same(source: Engine, target: Engine) -> bool:
    # Whoever the user is, it is the same database.
    first, second = source.url, target.url
    if source.dialect.name != target.dialect.name or first.database != second.database:
        return False
    place = (first.host, first.port, dict(first.query))
    return place == (second.host, second.port, dict(second.query))


def _told(table: str, rows: int) -> None:
    print_line(f"{table}: {rows} rows")


def _silent(_table: str, _rows: int) -> None:
    return


def _what_next(settings: Settings, to: str) -> list[str]:
    from sqlalchemy import make_url

    from mlops_lab.store.engine import shown_url

    shown = shown_url(make_url(to))
    lines = [
        f"All rows are in {shown}.",
        f"Change one setting, for JupyterLab and the command line, and restart: {STORE_URL}={shown}",
    ]
    new = make_settings(
        jupyter_data_dir=settings.data_dir,
        store_url=to,
        environ={"MLOPS_LAB_DATA_DIR": str(settings.data_dir)},
    )
    if new.artifact_dir != settings.artifact_dir:
        lines.append(
            f"Then copy the artifacts as well: {settings.artifact_dir} to {new.artifact_dir}"
        )
    waiting = list(settings.spool_dir.glob("*.jsonl"))
    if waiting and new.spool_dir != settings.spool_dir:
        lines.append(
            f"{len(waiting)} spool files wait in {settings.spool_dir}: move them to {new.spool_dir}"
            ", then mlops-lab sync"
        )
    return lines
