"""Owns where records wait while their spool folder cannot be written: a folder of the user's own."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Mapping
from pathlib import Path

_OTHERS = 0o022


def refuge_of(spool_dir: Path, environ: Mapping[str, str] = os.environ) -> Path:
    """Return the folder that stands in for ``spool_dir``: below that of temporary files.

    The writers and the sweepers of one spool folder, and of no other, find the same one.
    """
    temporary = next((environ[name] for name in ("TMPDIR", "TEMP", "TMP") if environ.get(name)), "")
    user = os.getuid() if hasattr(os, "getuid") else "own"
    digest = hashlib.sha256(str(spool_dir.absolute()).encode("utf-8", "surrogateescape"))
    return Path(temporary or "/tmp") / f"mlops-lab-{user}" / digest.hexdigest()[:16]  # noqa: S108 - is_private decides


def is_private(folder: os.stat_result) -> bool:
    """Tell whether what ``os.lstat`` found is a folder that nobody but this user can write to."""
    is_ours = not hasattr(os, "getuid") or folder.st_uid == os.getuid()
    is_closed = os.name == "nt" or not folder.st_mode & _OTHERS
    return stat.S_ISDIR(folder.st_mode) and is_ours and is_closed
