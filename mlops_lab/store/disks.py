"""Owns what the system tells of an SQLite file: which disk it is on, and who is writing or using it."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Sequence
from pathlib import Path, PurePath

import msgspec
import psutil

from mlops_lab.core.errors import StoreUnavailableError

_log = logging.getLogger(__name__)

_NETWORK = frozenset(
    {"nfs", "nfs4", "cifs", "smb2", "smb3", "smbfs", "ncpfs", "afs", "afpfs", "davfs", "webdav"}
    | {"lustre", "ceph", "glusterfs", "beegfs", "beegfs_nodev", "gpfs", "panfs", "pvfs2"}
    | {"orangefs", "fuse.sshfs", "fuse.ceph", "fuse.glusterfs", "fuse.davfs", "fuse.davfs2"}
    | {"fuse.s3fs", "fuse.gcsfuse", "fuse.rclone", "fuse.goofys", "fuse.blobfuse", "fuse.blobfuse2"}
)
# What containers and virtual machines show their own disk as, and also that of another machine.
_DOUBTFUL = frozenset({"9p", "drvfs", "vboxsf", "fuse.vmhgfs-fuse", "prl_fs"})

# https://www.sqlite.org/src/file/src/wal.c: lock WRITER is byte 120 of the file of shared memory.
_WRITER_BYTE = 120


class Mount(msgspec.Struct, frozen=True):
    """A file system: its type as the system calls it, and the folder where it hangs."""

    kind: str
    folder: str


class Holder(msgspec.Struct, frozen=True):
    """A process that has something of ours in its hands."""

    pid: int
    name: str


def mounts() -> list[Mount]:
    """Return the file systems of this machine."""
    found = psutil.disk_partitions(all=True)
    return [Mount(one.fstype.lower(), one.mountpoint) for one in found]


def mount_of(path: Path, table: Iterable[Mount]) -> Mount | None:
    """Return the file system that ``path``, which need not exist, is on; None when nobody knows."""
    target = PurePath(os.path.realpath(path))
    # Of two that hang at one folder the later one hides the other.
    on = [one for one in table if target.is_relative_to(one.folder)]
    return max(reversed(on), key=lambda one: len(one.folder), default=None)


def refuse_network(path: Path, table: Sequence[Mount]) -> None:
    """Refuse a file on a network disk, where processes of two machines would damage it.

    SQLite's WAL needs memory that all processes share: https://www.sqlite.org/wal.html.

    Raises:
        StoreUnavailableError: the file system is one of the network.
    """
    found = mount_of(path, table)
    if found is None:
        return
    where = f"The store at {path} is on a network disk ({found.kind} at {found.folder})"
    if found.kind in _NETWORK:
        raise StoreUnavailableError(
            f"{where}, where an SQLite store gets damaged.",
            hint="Set MLOPS_LAB_DATA_DIR to a folder on a disk of this machine, or "
            "MLOPS_LAB_STORE_URL to a PostgreSQL database (postgresql+psycopg://USER@HOST/NAME).",
        )
    doubt = doubtful_disk(path, table)
    if doubt is not None:
        _log.warning("The store at %s is %s", path, doubt)


def doubtful_disk(path: Path, table: Sequence[Mount]) -> str | None:
    """Say in words that a file is on a disk that may be another machine's; None when it is not."""
    found = mount_of(path, table)
    if found is None or found.kind not in _DOUBTFUL:
        return None
    return (
        f"on a disk of type {found.kind}, which may be another machine's: if it is, set "
        "MLOPS_LAB_DATA_DIR to a local folder, or MLOPS_LAB_STORE_URL to PostgreSQL."
    )


def writers_of(file: Path) -> list[Holder]:
    """Return who holds the write lock of an SQLite file in WAL mode, as far as the system tells.

    Only Linux tells, by ``/proc/locks``, and only of processes that are visible here.
    """
    try:
        found = file.with_name(f"{file.name}-shm").stat()
        lines = Path("/proc/locks").read_text().splitlines()
    except OSError:
        return []
    place = f"{os.major(found.st_dev):02x}:{os.minor(found.st_dev):02x}:{found.st_ino}"
    pids = {int(words[4]) for words in map(str.split, lines) if _is_writer(words, place)}
    return [_named(pid) for pid in sorted(pids - {0, -1})]


def _is_writer(words: Sequence[str], place: str) -> bool:
    # 1: POSIX  ADVISORY  WRITE 3548 fe:01:2752 120 120 ; one that waits has an arrow after the number.
    if len(words) < 8 or words[3] != "WRITE" or words[5] != place:  # noqa: PLR2004
        return False
    first, last = words[6], words[7]
    return int(first) <= _WRITER_BYTE and (last == "EOF" or int(last) >= _WRITER_BYTE)


def users_of(file: Path) -> list[Holder]:
    """Return the other processes, visible to this user, that have the file open."""
    target = os.path.realpath(file)
    found = []
    for process in psutil.process_iter():
        if process.pid == os.getpid():
            continue
        try:
            if any(one.path == target for one in process.open_files()):
                found.append(_named(process.pid))
        except (psutil.Error, OSError):
            continue
    return found


def _named(pid: int) -> Holder:
    try:
        words = psutil.Process(pid).cmdline()
    except (psutil.Error, OSError):
        words = []
    return Holder(pid, " ".join(PurePath(word).name for word in words[:3]) or "unknown")
