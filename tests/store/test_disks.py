"""What the system tells of a file: its disk, and the processes that have it."""

from __future__ import annotations

import logging
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from mlops_lab.core.errors import StoreUnavailableError
from mlops_lab.core.settings import Settings
from mlops_lab.store.disks import Mount, mount_of, mounts, refuse_network, users_of, writers_of
from mlops_lab.store.store import Store

TABLE = [
    Mount("ext4", "/"),
    Mount("nfs4", "/home"),
    Mount("ext4", "/home/local"),
    Mount("cifs", "/mnt/share"),
    Mount("fuse.sshfs", "/mnt/far"),
    Mount("lustre", "/scratch"),
    Mount("9p", "/mnt/c"),
]


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/home/ada/mlops_lab/store.db", "nfs4"),
        ("/mnt/share/store.db", "cifs"),
        ("/mnt/far/deep/er/store.db", "fuse.sshfs"),
        ("/scratch/store.db", "lustre"),
    ],
)
def test_a_network_disk_is_refused_with_two_ways_out(path: str, kind: str) -> None:
    with pytest.raises(StoreUnavailableError, match=f"network disk \\({kind}") as caught:
        refuse_network(Path(path), TABLE)
    assert path in caught.value.message
    assert "MLOPS_LAB_DATA_DIR" in caught.value.hint
    assert "PostgreSQL" in caught.value.hint


@pytest.mark.parametrize("path", ["/var/x.db", "/home/local/x.db", "/homework/x.db"])
def test_a_local_disk_is_taken(path: str, caplog: pytest.LogCaptureFixture) -> None:
    refuse_network(Path(path), TABLE)
    assert caplog.records == []


def test_a_disk_that_may_be_far_away_is_warned_of(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        refuse_network(Path("/mnt/c/store.db"), TABLE)
    assert "type 9p" in caplog.text


def test_of_two_at_one_folder_the_later_one_counts() -> None:
    table = [Mount("nfs", "/data"), Mount("ext4", "/data")]
    found = mount_of(Path("/data/x"), table)
    assert found is not None
    assert found.kind == "ext4"


def test_this_machine_tells_where_a_file_is(tmp_path: Path) -> None:
    found = mount_of(tmp_path / "not" / "there", mounts())
    assert found is not None
    assert Path(found.folder).is_dir()


_WRITER = """
import sqlite3, sys
cx = sqlite3.connect(sys.argv[1], isolation_level=None)
cx.execute("BEGIN IMMEDIATE")
print("writes", flush=True)
sys.stdin.readline()
"""


def test_who_holds_the_write_lock_is_named(store: Store, settings: Settings) -> None:
    file = settings.data_dir / "store.db"
    with store.read() as cx:
        cx.exec_driver_sql("PRAGMA busy_timeout=50")
    assert writers_of(file) == []
    assert users_of(file) == []
    command = [sys.executable, "-c", _WRITER, str(file)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        child.stdout.readline()
        with pytest.raises(StoreUnavailableError) as caught, store.write():
            pass
        users = [one.pid for one in users_of(file)]
        child.kill()
    assert f"locked by process {child.pid} (" in caught.value.message
    assert "Another process" in caught.value.hint
    assert users == [child.pid]
    with store.write():
        pass


def test_a_reader_is_not_taken_for_a_writer(store: Store, settings: Settings) -> None:
    file = settings.data_dir / "store.db"
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN")
    other.execute("SELECT * FROM key").fetchall()
    assert writers_of(file) == []
    other.close()
