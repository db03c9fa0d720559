"""Owns how the answer of a request becomes a file: it is there when it is whole."""

from __future__ import annotations

import hashlib
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO

from mlops_lab.core.errors import BusyError, StoreUnavailableError

from .connection import Connection
from .errors import UnreachableError


def fetch_file(
    connection: Connection, address: str, to: Path, *, digest: str | None = None
) -> Path:
    """Write what a GET of ``address`` answers to ``to``; return ``to``.

    It begins anew as long as the connection is patient.

    Raises:
        LabError: as the server says, that the connection broke, or that the bytes are not those of
            ``digest``. ``to`` is then as it was.
    """
    with NamedTemporaryFile(dir=to.parent, prefix=f".{to.name}.", delete=False) as made:
        part_way = Path(made.name)
        try:
            _write(connection, address, made, digest=digest)
            made.close()
            part_way.replace(to)
        except BaseException:
            made.close()
            part_way.unlink(missing_ok=True)
            raise
    return to


def _write(connection: Connection, address: str, to: IO[bytes], *, digest: str | None) -> None:
    patience = connection.patience()
    while True:
        try:
            seen = _write_once(connection, address, to)
        except (UnreachableError, BusyError, StoreUnavailableError):
            if not patience.rest():
                raise
        else:
            break
    if digest is not None and seen != digest:
        raise UnreachableError(f"What came is not {digest}.", hint="Try again.")


def _write_once(connection: Connection, address: str, to: IO[bytes]) -> str:
    to.seek(0)
    to.truncate()
    seen = hashlib.sha256()
    with connection.portions(address) as portions:
        for portion in portions:
            to.write(portion)
            seen.update(portion)
    return seen.hexdigest()
