"""Shows that files beside a spool reach the store before their records, and go when nobody needs them."""

from __future__ import annotations

import hashlib
import os
import subprocess
import time
from pathlib import Path

import pytest

from mlops_lab.core.facets import ArtifactRef
from mlops_lab.core.records import ArtifactLogged
from mlops_lab.store import outbox
from mlops_lab.store.artifacts import Artifacts
from mlops_lab.store.store import Store
from mlops_lab.tracking.service import TrackingService
from mlops_lab.tracking.spoolfiles import LEFT_MS

from .conftest import Recorder, recorder_of

CONTENT = b"model" * 1_000
DIGEST = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def files(folder: Path) -> Path:
    made = folder / "files"
    made.mkdir(parents=True)
    return made


def log_file(recorder: Recorder, digest: str = DIGEST) -> str:
    run = recorder.start()
    recorder.add(ArtifactLogged, run, "model.bin", digest, len(CONTENT), "application/x-model")
    return run


def file_of(service: TrackingService, run: str) -> ArtifactRef:
    (found,) = service.get_capture(run).artifacts
    return found


def make_old(path: Path) -> None:
    long_ago = time.time() - LEFT_MS / 1000 - 60
    os.utime(path, (long_ago, long_ago), follow_symlinks=False)


def test_the_bytes_of_a_dead_process_are_stored_and_removed(
    service: TrackingService, dead: Recorder, folder: Path, files: Path, store: Store
) -> None:
    (files / DIGEST).write_bytes(CONTENT)
    run = log_file(dead)
    dead.write_segment(folder)
    service.take_in_spools(folder)
    assert file_of(service, run).available
    assert store.artifacts.get(DIGEST) == CONTENT
    assert list(files.iterdir()) == []
    assert service.get_run(run).summary.status == "killed"


def test_the_bytes_of_a_live_process_without_a_server_are_stored(
    service: TrackingService, process: subprocess.Popen[bytes], folder: Path, files: Path
) -> None:
    live = recorder_of(process)
    live.delivers = False
    (files / DIGEST).write_bytes(CONTENT)
    run = log_file(live)
    live.write_segment(folder)
    service.take_in_spools(folder)
    assert file_of(service, run).available
    assert list(files.iterdir()) == []


def test_a_live_process_that_delivers_keeps_its_files(
    service: TrackingService, process: subprocess.Popen[bytes], folder: Path, files: Path
) -> None:
    live = recorder_of(process)
    (files / DIGEST).write_bytes(CONTENT)
    make_old(files / DIGEST)
    log_file(live)
    live.write_segment(folder)
    service.take_in_spools(folder)
    assert (files / DIGEST).exists()


def test_a_missing_file_heals_when_it_appears(
    service: TrackingService, dead: Recorder, folder: Path, files: Path, store: Store
) -> None:
    run = log_file(dead)
    dead.write_segment(folder)
    service.take_in_spools(folder)
    assert not file_of(service, run).available
    with store.read() as cx:
        before = outbox.last_seq(cx)
    (files / DIGEST).write_bytes(CONTENT)
    service.take_in_spools(folder)
    assert file_of(service, run).available
    assert list(files.iterdir()) == []
    with store.read() as cx:
        assert [change.id for change in outbox.changes_after(cx, before)] == [run]


def test_a_file_that_is_not_what_it_says_is_moved_aside(
    service: TrackingService, dead: Recorder, folder: Path, files: Path
) -> None:
    (files / DIGEST).write_bytes(CONTENT[:-1])
    run = log_file(dead)
    dead.write_segment(folder)
    service.take_in_spools(folder)
    assert not file_of(service, run).available
    assert [path.name for path in files.iterdir()] == [f"{DIGEST}.unreadable"]


def test_a_link_is_not_followed(
    service: TrackingService, dead: Recorder, folder: Path, files: Path, tmp_path: Path
) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(CONTENT)
    (files / DIGEST).symlink_to(secret)
    run = log_file(dead)
    dead.write_segment(folder)
    service.take_in_spools(folder)
    assert not file_of(service, run).available


def test_what_nothing_names_goes_after_a_day(
    service: TrackingService, recorder: Recorder, folder: Path, files: Path, store: Store
) -> None:
    stored = store.artifacts.put(b"stored")
    for name in (".new-1", ".new-2", "0" * 64, "1" * 64, stored, "notes.txt"):
        (files / name).write_bytes(b"")
    for name in (".new-1", "0" * 64, "notes.txt"):
        make_old(files / name)
    service.take_in_spools(folder)
    left = {path.name for path in files.iterdir()}
    # What is stored, and named by no record yet, could be collected before the record comes.
    assert left == {".new-2", "1" * 64, stored, "notes.txt"}


def test_records_wait_while_the_bytes_cannot_be_stored(
    service: TrackingService,
    dead: Recorder,
    folder: Path,
    files: Path,
    store: Store,
) -> None:
    blocked = folder.parent / "blocked"
    blocked.write_bytes(b"a file where a folder should be")
    usable, store.artifacts = store.artifacts, Artifacts(blocked)
    (files / DIGEST).write_bytes(CONTENT)
    run = log_file(dead)
    segment = dead.write_segment(folder)
    with pytest.raises(Exception, match="cannot be written"):
        service.take_in_spools(folder)
    assert segment.exists()
    assert (files / DIGEST).exists()
    store.artifacts = usable
    service.take_in_spools(folder)
    assert file_of(service, run).available
