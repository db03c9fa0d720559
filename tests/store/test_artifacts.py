"""Holds the artifacts to their promises: kept once, given back as they were, or not at all."""

from __future__ import annotations

import hashlib
import threading
from pathlib import Path

import pytest

from mlops_lab.core.errors import InvalidInputError, NotFoundError, StoreUnavailableError
from mlops_lab.core.settings import make_settings
from mlops_lab.store.artifacts import Artifacts
from mlops_lab.store.store import Store


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "artifacts"


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_the_same_content_is_kept_once(folder: Path) -> None:
    artifacts = Artifacts(folder)
    digest = artifacts.put(b"content")
    assert digest == hashlib.sha256(b"content").hexdigest()
    assert artifacts.put(b"content") == digest
    assert artifacts.get(digest) == b"content"
    assert artifacts.put(b"") != digest
    assert len(files(folder)) == 2
    assert all(path.stat().st_mode & 0o222 == 0 for path in files(folder))


def test_many_writers_of_one_content(folder: Path) -> None:
    artifacts = Artifacts(folder)
    content = b"x" * 100_000
    threads = [threading.Thread(target=artifacts.put, args=(content,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(files(folder)) == 1
    assert artifacts.get(hashlib.sha256(content).hexdigest()) == content


def test_a_changed_byte_is_noticed(folder: Path) -> None:
    artifacts = Artifacts(folder)
    digest = artifacts.put(b"content")
    (path,) = files(folder)
    path.chmod(0o644)
    path.write_bytes(b"Content")
    with pytest.raises(StoreUnavailableError, match="was changed where it is kept"):
        artifacts.get(digest)


@pytest.mark.parametrize("digest", ["", "abc", "../" * 22, "A" * 64, "0" * 63 + "\n"])
def test_a_bad_digest(folder: Path, digest: str) -> None:
    with pytest.raises(InvalidInputError, match="is not a SHA-256 digest"):
        Artifacts(folder).get(digest)


def test_nothing_is_kept_under_it(folder: Path) -> None:
    with pytest.raises(NotFoundError):
        Artifacts(folder).get("0" * 64)


def test_a_folder_that_cannot_be_used(folder: Path) -> None:
    folder.write_text("in the way")
    with pytest.raises(StoreUnavailableError, match="cannot be written"):
        Artifacts(folder).put(b"content")
    with pytest.raises(StoreUnavailableError, match="cannot be read"):
        Artifacts(folder).get("0" * 64)


def test_the_artifacts_of_a_store_elsewhere_lie_beside_it(tmp_path: Path) -> None:
    settings = make_settings(
        jupyter_data_dir=tmp_path, store_url=f"sqlite:///{tmp_path}/team/lab.db"
    )
    store = Store.open(settings)
    store.artifacts.put(b"content")
    store.close()
    kept = [path for path in (tmp_path / "team" / "artifacts").rglob("*") if path.is_file()]
    assert [path.read_bytes() for path in kept] == [b"content"]
    assert not (settings.data_dir / "artifacts").exists()
