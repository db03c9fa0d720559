"""Owns keeping the bytes of files that another tool has."""

from __future__ import annotations

import hashlib
import mimetypes
import tempfile
from collections.abc import Iterable
from typing import IO

from mlops_lab.core.carrying import CarriedFile
from mlops_lab.core.errors import InvalidInputError, LimitError
from mlops_lab.core.limits import MAX_ARTIFACT_BYTES
from mlops_lab.core.paths import check_artifact_path
from mlops_lab.store.store import Store

from .source import ForeignFile
from .tally import Tally

_PORTION = 2**20
_IN_MEMORY = 8 * 2**20
_UNREAD = "the file cannot be read"


def take_files(
    store: Store, files: Iterable[ForeignFile], tally: Tally, *, of: str
) -> list[CarriedFile]:
    """Keep the bytes of files; what cannot be read or kept is counted, ``of`` says whose they are."""
    taken = []
    for file in files:
        shown = f"{of} {file.path}"
        try:
            check_artifact_path(file.path)
            digest, size = _keep(store, file)
        except LimitError:
            tally.leave(f"the file is larger than {MAX_ARTIFACT_BYTES:,} bytes", shown)
        except InvalidInputError as error:
            tally.leave(error.message, shown)
        except OSError as error:
            tally.leave(_UNREAD, f"{shown}: {error}")
        else:
            media_type = mimetypes.guess_type(file.path)[0] or "application/octet-stream"
            taken.append(CarriedFile(file.path, digest, size, media_type))
    return taken


def _keep(store: Store, file: ForeignFile) -> tuple[str, int]:
    """Keep the bytes of a file; return their digest and count."""
    with tempfile.SpooledTemporaryFile(_IN_MEMORY) as copy:
        with file.open() as content:
            digest, size = _hashed(content, None if file.is_local else copy)
        if store.artifacts.renew(digest):
            return digest, size
        with file.open() if file.is_local else copy as content:
            content.seek(0)
            with store.artifacts.receive(digest) as incoming:
                while portion := content.read(_PORTION):
                    incoming.write(portion)
                incoming.keep()
        return digest, size


def _hashed(content: IO[bytes], copy: IO[bytes] | None) -> tuple[str, int]:
    hashed, size = hashlib.sha256(), 0
    while portion := content.read(_PORTION):
        hashed.update(portion)
        size += len(portion)
        if size > MAX_ARTIFACT_BYTES:
            raise LimitError("The file is too large.")
        if copy is not None:
            copy.write(portion)
    return hashed.hexdigest(), size
