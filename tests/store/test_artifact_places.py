"""Holds every place of artifacts to the same promises: a folder, a bucket, a remote file system."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import obstore
import pytest

from mlops_lab.core.clock import now_ms
from mlops_lab.core.errors import InvalidInputError, NotFoundError, StoreUnavailableError
from mlops_lab.core.settings import ARTIFACT_URL, Settings, make_settings
from mlops_lab.store.artifact_objects import CloudObjects, open_objects
from mlops_lab.store.artifact_remote import RemotePlace
from mlops_lab.store.artifact_url import ArtifactUrl, parse_artifact_url
from mlops_lab.store.artifacts import Artifacts
from mlops_lab.store.store import Store
from tests.buckets import SECRET, Bucket, bucket, s3_endpoint

__all__ = ["bucket", "s3_endpoint"]

BIG = hashlib.sha256(b"seed").digest() * 400_000
"""Beyond what is written in one request."""


class Kind:
    """A kind of place, and how its content is damaged behind its back."""

    def __init__(self, name: str, folder: Path, bucket: Bucket | None) -> None:
        self.name = name
        self.folder = folder
        self.bucket = bucket
        self.claims: list[str] = []

    def open(self) -> Artifacts:
        if self.name == "local":
            return Artifacts(self.folder)
        return Artifacts(self.folder, RemotePlace(self.url, self._claim))

    @property
    def url(self) -> ArtifactUrl:
        if self.name == "s3":
            assert self.bucket is not None
            url = parse_artifact_url(self.bucket.url)
            assert isinstance(url, ArtifactUrl)
            return url
        return ArtifactUrl("local", f"local://{self.folder / 'elsewhere'}")

    def damage(self, digest: str, content: bytes) -> None:
        key = f"sha256/{digest[:2]}/{digest[2:]}"
        if self.name == "s3":
            assert self.bucket is not None
            objects = open_objects(self.url)
            assert isinstance(objects, CloudObjects)
            obstore.put(objects._store, key, content)
            return
        path = (self.folder if self.name == "local" else self.folder / "elsewhere") / key
        path.chmod(0o644)
        path.write_bytes(content)

    def _claim(self, digest: str) -> bool:
        self.claims.append(digest)
        return True


@pytest.fixture(params=["local", "s3", "fsspec"])
def kind(request: pytest.FixtureRequest, tmp_path: Path) -> Kind:
    bucket = request.getfixturevalue("bucket") if request.param == "s3" else None
    return Kind(request.param, tmp_path / "artifacts", bucket)


@pytest.fixture
def artifacts(kind: Kind) -> Artifacts:
    return kind.open()


@pytest.mark.parametrize("content", [b"", b"content", BIG], ids=["empty", "small", "big"])
def test_what_is_put_comes_back(kind: Kind, artifacts: Artifacts, content: bytes) -> None:
    digest = artifacts.put(content)
    assert digest == hashlib.sha256(content).hexdigest()
    assert artifacts.put(content) == digest
    assert kind.open().get(digest) == content
    kept = artifacts.find(digest)
    assert kept is not None
    assert (kept.digest, kept.size) == (digest, len(content))
    assert abs(kept.touched_at - now_ms()) < 60_000
    assert [one.digest for one in artifacts.place.every()] == [digest]
    assert not list((kind.folder / "incoming").iterdir())


def test_bytes_from_the_middle(artifacts: Artifacts) -> None:
    digest = artifacts.put(BIG)
    for start, size in ((0, 1), (5_000_000, 3_000_000), (len(BIG) - 7, 7)):
        with artifacts.open_slice(digest, start, size) as content:
            assert b"".join(iter(content.read, b"")) == BIG[start : start + size]


def test_nothing_is_kept_under_it(artifacts: Artifacts) -> None:
    assert not artifacts.has("0" * 64)
    assert not artifacts.renew("0" * 64)
    with pytest.raises(NotFoundError):
        artifacts.get("0" * 64)
    for digest in ("", "../" * 22, "A" * 64):
        with pytest.raises(InvalidInputError):
            artifacts.has(digest)


def test_many_writers_of_one_content(kind: Kind, artifacts: Artifacts) -> None:
    content = b"x" * 100_000
    threads = [threading.Thread(target=artifacts.put, args=(content,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(list(artifacts.place.every())) == 1
    assert artifacts.get(hashlib.sha256(content).hexdigest()) == content


@pytest.mark.parametrize("content", [b"content", BIG], ids=["small", "big"])
def test_damage_is_noticed_and_mended_by_the_next_upload(
    kind: Kind, artifacts: Artifacts, content: bytes
) -> None:
    digest = artifacts.put(content)
    kind.damage(digest, b"broken" + content)
    with pytest.raises(StoreUnavailableError, match="was changed"):
        artifacts.get(digest)
    with artifacts.receive(digest) as incoming:
        incoming.write(content)
        incoming.keep()
    assert artifacts.get(digest) == content


def test_what_is_not_what_it_says_is_not_kept(artifacts: Artifacts) -> None:
    with artifacts.receive("0" * 64) as incoming:
        incoming.write(b"content")
        with pytest.raises(InvalidInputError, match="has the digest"):
            incoming.keep()
    assert list(artifacts.place.every()) == []


def test_what_has_no_name_yet_gets_that_of_its_content(artifacts: Artifacts) -> None:
    with artifacts.receive() as incoming:
        incoming.write(b"con")
        incoming.write(b"tent")
        digest = incoming.keep()
    assert artifacts.get(digest) == b"content"
    assert (incoming.digest, incoming.size) == (digest, 7)


def test_old_content_is_removed_and_fresh_content_is_not(artifacts: Artifacts) -> None:
    digest = artifacts.put(b"content")
    assert artifacts.place.remove([digest, "0" * 64], touched_before=now_ms() - 60_000) == []
    removed = artifacts.place.remove([digest, "0" * 64], touched_before=now_ms() + 60_000)
    assert [(one.digest, one.size) for one in removed] == [(digest, 7)]
    assert not artifacts.has(digest)
    assert artifacts.put(b"content") == digest


def test_content_that_is_put_again_is_young_or_claimed(kind: Kind, artifacts: Artifacts) -> None:
    digest = artifacts.put(b"content")
    before = artifacts.find(digest)
    assert before is not None
    kind.claims.clear()
    # A file system may know the time in steps of some milliseconds.
    while now_ms() <= before.touched_at + 20:
        pass
    artifacts.put(b"content")
    after = artifacts.find(digest)
    assert after is not None
    assert after.touched_at > before.touched_at if kind.name == "local" else kind.claims == [digest]


@pytest.fixture
def opened(settings: Settings, bucket: Bucket) -> Iterator[Callable[[str], Store]]:
    stores: list[Store] = []

    def open_at(url: str) -> Store:
        made = make_settings(
            jupyter_data_dir=settings.data_dir,
            environ={ARTIFACT_URL: url, "MLOPS_LAB_DATA_DIR": ""},
        )
        stores.append(Store.open(made))
        return stores[-1]

    yield open_at
    for store in stores:
        store.close()


def test_the_setting_leads_there(
    opened: Callable[[str], Store], bucket: Bucket, tmp_path: Path
) -> None:
    for url in (bucket.url, f"{bucket.url}/", str(tmp_path / "x"), f"file://{tmp_path}/y%20z"):
        digest = opened(url).artifacts.put(b"content")
        assert opened(url).artifacts.get(digest) == b"content"
    assert (tmp_path / "x" / "sha256").is_dir()
    assert (tmp_path / "y z" / "sha256").is_dir()


def test_a_bucket_that_is_not_there(bucket: Bucket, opened: Callable[[str], Store]) -> None:
    store = opened("s3://nowhere-at-all/x")
    with pytest.raises(StoreUnavailableError, match="the bucket does not exist") as raised:
        store.artifacts.put(b"content")
    assert "artifact_url" in raised.value.hint


def test_a_server_that_is_not_there(
    bucket: Bucket, opened: Callable[[str], Store], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    store = opened(f"s3://ada:{SECRET}@{bucket.name}/x?sig={SECRET}")
    with pytest.raises(StoreUnavailableError, match="cannot be reached") as raised:
        store.artifacts.put(b"content")
    assert SECRET not in str(raised.value)
    assert raised.value.__cause__ is None
    assert not list(store.artifacts.folder.glob("incoming/*"))


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("memory://x", "ends with the process"),
        ("https://example.org/x", "cannot be written to"),
        ("s3://", "names no bucket"),
        ("s3:///x", "names no bucket"),
        ("s3://bucket/a/../../b", "has a part"),
        ("s3://bucket/%2e%2e/b", "has a part"),
        ("file://other/x", "names the host"),
        ("artifacts", "neither a URL nor a whole path"),
        ("../artifacts", "neither a URL nor a whole path"),
    ],
)
def test_a_url_that_is_no_place(settings: Settings, url: str, said: str) -> None:
    wrong = make_settings(jupyter_data_dir=settings.data_dir, artifact_url=url, environ={})
    with pytest.raises(InvalidInputError, match=said) as raised:
        Store.open(wrong)
    assert raised.value.hint


def test_a_scheme_that_nobody_serves(settings: Settings) -> None:
    url = f"nosuch://ada:{SECRET}@host/x"
    wrong = make_settings(jupyter_data_dir=settings.data_dir, artifact_url=url, environ={})
    store = Store.open(wrong)
    with pytest.raises(InvalidInputError, match="knows no nosuch") as raised:
        store.artifacts.put(b"content")
    store.close()
    assert SECRET not in str(raised.value)
