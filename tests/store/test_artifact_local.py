"""Shows that links in the folder of artifacts lead nowhere, and that removal loses nothing wanted."""

from __future__ import annotations

import hashlib
import os
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest

from mlops_lab.core.clock import now_ms
from mlops_lab.core.errors import NotFoundError, StoreUnavailableError
from mlops_lab.store.artifact_leftovers import remove_leftovers
from mlops_lab.store.artifacts import Artifacts

CONTENT = b"content"
DIGEST = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "artifacts"


def test_every_folder_that_is_made_is_made_durable(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[tuple[int, int]] = []
    sync = os.fsync

    def noted(handle: int) -> None:
        found = os.fstat(handle)
        synced.append((found.st_dev, found.st_ino))
        sync(handle)

    monkeypatch.setattr(os, "fsync", noted)
    Artifacts(folder).put(CONTENT)
    root = folder / "sha256"
    for place in (root / DIGEST[:2], root, folder):
        found = place.stat()
        assert (found.st_dev, found.st_ino) in synced, place


def test_a_link_in_place_of_a_file_is_nothing(folder: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(CONTENT)
    path = folder / "sha256" / DIGEST[:2] / DIGEST[2:]
    path.parent.mkdir(parents=True)
    path.symlink_to(secret)
    artifacts = Artifacts(folder)
    assert not artifacts.has(DIGEST)
    with pytest.raises((NotFoundError, StoreUnavailableError)):
        artifacts.get(DIGEST)
    assert list(artifacts.place.every()) == []
    assert artifacts.put(CONTENT) == DIGEST
    assert not path.is_symlink()
    assert artifacts.get(DIGEST) == CONTENT
    assert secret.stat().st_mode & 0o200


@pytest.mark.parametrize("part", ["sha256", f"sha256/{DIGEST[:2]}"])
def test_a_link_in_place_of_a_folder_is_refused(folder: Path, tmp_path: Path, part: str) -> None:
    outside = tmp_path / "outside"
    (outside / DIGEST[:2]).mkdir(parents=True)
    (folder / part).parent.mkdir(parents=True)
    (folder / part).symlink_to(outside)
    artifacts = Artifacts(folder)
    for ask in (artifacts.has, artifacts.get, lambda _: artifacts.put(CONTENT)):
        with pytest.raises(StoreUnavailableError, match="is a link"):
            ask(DIGEST)
    assert not [path for path in outside.rglob("*") if path.is_file()]


@pytest.mark.parametrize("name", ["incoming", "uploads", "parts", "sha256"])
def test_nothing_is_removed_through_a_link(folder: Path, tmp_path: Path, name: str) -> None:
    outside = tmp_path / "outside"
    for inside in (outside / "old", outside / "ab" / ".new-old"):
        inside.parent.mkdir(parents=True, exist_ok=True)
        inside.write_bytes(b"mine")
    folder.mkdir()
    (folder / name).symlink_to(outside)
    assert remove_leftovers(folder, before=now_ms() + 60_000) == []
    assert (outside / "old").exists()


def test_a_folder_or_pipe_in_place_of_a_file(folder: Path) -> None:
    path = folder / "sha256" / DIGEST[:2] / DIGEST[2:]
    path.parent.mkdir(parents=True)
    os.mkfifo(path)
    artifacts = Artifacts(folder)
    assert not artifacts.has(DIGEST)
    with pytest.raises(NotFoundError):
        artifacts.get(DIGEST)


def comes_back(artifacts: Artifacts) -> bool:
    """Tell whether the content is there, at once or when a removal has put it back."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        if artifacts.has(DIGEST):
            return True
    return False


def test_what_is_put_while_it_is_removed_is_there_at_the_end(folder: Path) -> None:
    artifacts = Artifacts(folder)
    stop = threading.Event()
    lost: list[int] = []

    def remove() -> None:
        while not stop.is_set():
            artifacts.place.remove([DIGEST], touched_before=now_ms() - 60_000)

    remover = threading.Thread(target=remove)
    remover.start()
    path = folder / "sha256" / DIGEST[:2] / DIGEST[2:]
    try:
        for number in range(300):
            artifacts.put(CONTENT)
            # While it is looked at once more it lies aside for a moment.
            with suppress(FileNotFoundError):
                os.utime(path, (number, number))
            # From here on it is old, and may go at any moment; what is put then has to stay.
            artifacts.put(CONTENT)
            if not comes_back(artifacts):
                lost.append(number)
    finally:
        stop.set()
        remover.join()
    assert lost == []
