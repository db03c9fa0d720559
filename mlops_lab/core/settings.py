"""Owns the settings of one store and where they come from: arguments first, then the environment."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Mapping
from pathlib import Path

import msgspec

STORE_URL = "MLOPS_LAB_STORE_URL"
DATA_DIR = "MLOPS_LAB_DATA_DIR"
ARTIFACT_URL = "MLOPS_LAB_ARTIFACT_URL"

_SQLITE_URL = re.compile(
    r"(?P<scheme>sqlite(?:\+\w+)?:///)(?P<path>[^?]+)(?P<options>.*)", re.DOTALL
)
_IN_MEMORY = ":memory:"


class Settings(msgspec.Struct, frozen=True):
    """Where one store lives.

    ``data_dir`` holds spools and the files of running jobs; ``store_url`` is an SQLAlchemy URL;
    ``artifact_dir`` holds artifacts by their digest; it lies beside the file of an SQLite store.
    ``artifact_url`` names another place for them, such as a bucket; ``artifact_dir`` then holds only
    what comes in until it is verified.
    """

    data_dir: Path
    store_url: str
    artifact_dir: Path
    artifact_url: str = ""

    @property
    def spool_dir(self) -> Path:
        """The folder in which kernels keep what they have not delivered yet.

        Each store has one of its own, so that records never end up in another store that shares
        the data folder.
        """
        if self.store_url == _default_url(self.data_dir):
            return self.data_dir / "spool"
        return self.data_dir / f"spool-{hashlib.sha256(self.store_url.encode()).hexdigest()[:8]}"

    @property
    def jobs_dir(self) -> Path:
        """The folder in which each job has a folder of its own."""
        return self.data_dir / "jobs"


def _default_url(data_dir: Path) -> str:
    return f"sqlite:///{data_dir / 'store.db'}"


def make_settings(
    *,
    jupyter_data_dir: Path,
    store_url: str = "",
    artifact_url: str = "",
    environ: Mapping[str, str] = os.environ,
) -> Settings:
    """Return the settings of this process.

    Args:
        jupyter_data_dir: the Jupyter data directory, below which everything lives by default.
        store_url: SQLAlchemy URL; empty means ``MLOPS_LAB_STORE_URL``, or else an SQLite file.
        artifact_url: folder or URL of the artifacts; empty means ``MLOPS_LAB_ARTIFACT_URL``, or else
            the folder beside the store.
        environ: the environment to read; ``MLOPS_LAB_DATA_DIR`` moves the whole folder.
    """
    data_dir = Path(environ.get(DATA_DIR) or jupyter_data_dir / "mlops_lab").absolute()
    url = store_url or environ.get(STORE_URL) or _default_url(data_dir)
    place = artifact_url or environ.get(ARTIFACT_URL, "")
    sqlite = _SQLITE_URL.fullmatch(url)
    if sqlite is None or sqlite["path"] == _IN_MEMORY:
        return Settings(
            data_dir=data_dir,
            store_url=url,
            artifact_dir=data_dir / "artifacts",
            artifact_url=place,
        )
    # Whole, because processes of one store do not all run in the folder that the URL starts from.
    file = Path(sqlite["path"]).absolute()
    return Settings(
        data_dir=data_dir,
        store_url=f"{sqlite['scheme']}{file}{sqlite['options']}",
        artifact_dir=file.parent / "artifacts",
        artifact_url=place,
    )
