"""Owns the words for a database that cannot be used now: what is wrong, where, and what to do."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import URL

from mlops_lab.core.errors import CollisionError, StoreUnavailableError

from .disks import writers_of

_DISK_FULL = "Free disk space, then try again; records that kernels could not deliver wait on disk."
_FILE_SIGNS = (
    (
        ("file is not a database", "malformed"),
        (
            "The file is damaged, or is no store: restore it from a backup, or move it aside "
            "for a new one. Records that wait in the spool stay there."
        ),
    ),
    (("disk is full", "No space left"), _DISK_FULL),
    (
        ("readonly", "read-only", "Permission denied"),
        (
            "The file or its folder cannot be written by this user: mend the permissions or the mount, "
            "or name another place in MLOPS_LAB_DATA_DIR or MLOPS_LAB_STORE_URL."
        ),
    ),
    (
        ("locked",),
        (
            "Another process has been writing for too long. Wait or end it, then try again; "
            "nothing that was recorded is lost."
        ),
    ),
)
_SERVER_SIGNS = (
    (
        ("password", "no pg_hba.conf entry", 'role "'),
        "Check user and password in the store URL (MLOPS_LAB_STORE_URL), or PGPASSFILE.",
    ),
    (
        ('database "',),
        "Make it (createdb NAME), or name another database in MLOPS_LAB_STORE_URL.",
    ),
    (
        ("too many clients", "remaining connection slots"),
        "The server takes no more connections: raise its max_connections, or end clients.",
    ),
    (("No space left", "could not extend file"), _DISK_FULL),
    (
        ("permission denied",),
        (
            "The user of the store URL needs rights here: GRANT CREATE, USAGE ON SCHEMA public TO it, "
            "or make it the owner of the database."
        ),
    ),
    (
        ("read-only transaction", "recovery"),
        "This is a read-only copy of the database: name the primary server in MLOPS_LAB_STORE_URL.",
    ),
)
_SERVER_AWAY = (
    "Check that the PostgreSQL server runs and that its address in MLOPS_LAB_STORE_URL is right; "
    "what kernels record waits in the spool until it is back."
)
_COLLISIONS = ("40P01", "40001")
"""The states of a deadlock that PostgreSQL ended, and of a snapshot that another writer overtook."""
_ANY = "Check free disk space and permissions, then try again; nothing that was recorded is lost."


def unavailable(error: BaseException, where: str, url: URL | None = None) -> StoreUnavailableError:
    """Return the error for people that ``error`` of the driver or the system stands for.

    Args:
        error: what the driver or the system said.
        where: the address of the store, without a password.
        url: the address itself, which tells the kind of database and the file of SQLite.
    """
    if getattr(error, "sqlstate", None) in _COLLISIONS:
        return CollisionError(
            f"Two writers of the store at {where} waited for each other, and this one was undone.",
            hint="Nothing was written: try again.",
        )
    text = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    if url is not None and url.get_backend_name() == "postgresql":
        hint = _hint(str(error), _SERVER_SIGNS) or _SERVER_AWAY
        return StoreUnavailableError(f"The store at {where} cannot be used: {text}.", hint=hint)
    hint = _hint(text, _FILE_SIGNS) or _ANY
    message = f"The store at {where} cannot be used: {text}"
    if "locked" in text and url is not None and url.database:
        message += _holders(Path(url.database))
    return StoreUnavailableError(f"{message}.", hint=hint)


def _hint(text: str, signs: tuple[tuple[tuple[str, ...], str], ...]) -> str:
    return next((hint for words, hint in signs if any(word in text for word in words)), "")


def _holders(file: Path) -> str:
    named = [f"{holder.pid} ({holder.name})" for holder in writers_of(file)]
    return f" by process {', '.join(named)}" if named else ""
