"""Owns how objects of a bucket or a remote file system are read and written, by their keys."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

import msgspec

from mlops_lab.core.clock import Millis, now_ms
from mlops_lab.core.errors import InvalidInputError
from mlops_lab.core.ids import new_id

from .artifact_place import Reading
from .artifact_url import CLOUD_SCHEMES, ArtifactUrl

_SINGLE_BYTES = 8_388_608
_CONCURRENT_PARTS = 2
_READ_BYTES = 2_097_152
_RETRIES = 4
_RETRY_S = 30
_CONNECT_TIMEOUT = "5s"
_READ_TIMEOUT = "60s"
_WHOLE_TIMEOUT = "6h"
_ENDPOINTS = ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "AWS_ENDPOINT")


class ObjectInfo(msgspec.Struct, frozen=True):
    """An object: its key below the root, its size and when it was written."""

    key: str
    size: int
    written_at: Millis


class Objects(Protocol):
    """What is needed of a place of objects; what goes wrong there is raised as it comes."""

    def find(self, key: str) -> ObjectInfo | None:
        """Return what is known of an object; None when it is not there."""
        ...

    def open(self, key: str, start: int) -> Reading:
        """Begin to read an object from the byte ``start`` on."""
        ...

    def put(self, key: str, content: Path) -> None:
        """Write a whole object from a file; others see all of it, or nothing."""
        ...

    def every(self) -> Iterator[ObjectInfo]:
        """Return all objects."""
        ...

    def remove(self, key: str) -> None:
        """Remove an object."""
        ...


def open_objects(url: ArtifactUrl) -> Objects:
    """Return the objects below ``url``.

    Raises:
        InvalidInputError: the package for it is not installed, or the URL is of no known kind.
    """
    return CloudObjects(url) if url.scheme in CLOUD_SCHEMES else FsspecObjects(url)


class CloudObjects:
    """A bucket of S3, Google Cloud Storage or Azure, by obstore."""

    def __init__(self, url: ArtifactUrl) -> None:
        try:
            import obstore
            import obstore.exceptions
        except ImportError as error:
            raise InvalidInputError(
                f"Artifacts at {url.shown} need the package obstore.",
                hint="pip install 'mlops-lab[cloud]'",
            ) from error
        self._obstore = obstore
        self._missing = (FileNotFoundError, obstore.exceptions.NotFoundError)
        self._there = obstore.exceptions.AlreadyExistsError
        self._store: Any = _open_bucket(obstore, url)

    def find(self, key: str) -> ObjectInfo | None:
        """Return what is known of an object; None when it is not there."""
        try:
            return _info(self._obstore.head(self._store, key))
        except self._missing as error:
            if "NoSuchBucket" in str(error):
                raise
            return None

    def open(self, key: str, start: int) -> Reading:
        """Begin to read an object from the byte ``start`` on."""
        return _Stream(partial(self._stream, key, start))

    def put(self, key: str, content: Path) -> None:
        """Write a whole object from a file; a small one only if it is not there."""
        if content.stat().st_size > _SINGLE_BYTES:
            self._obstore.put(
                self._store,
                key,
                content,
                chunk_size=_SINGLE_BYTES,
                max_concurrency=_CONCURRENT_PARTS,
            )
            return
        # One request, which the store refuses when another writer of the same bytes was first.
        try:
            self._obstore.put(self._store, key, content.read_bytes(), mode="create")
        except self._there:
            return

    def _stream(self, key: str, start: int) -> Iterator[Any]:
        if start:
            got = self._obstore.get(self._store, key, options={"range": {"offset": start}})
        else:
            got = self._obstore.get(self._store, key)
        return iter(got.stream(min_chunk_size=_READ_BYTES))

    def every(self) -> Iterator[ObjectInfo]:
        """Return all objects."""
        for page in self._obstore.list(self._store, chunk_size=1000):
            for found in page:
                yield _info(found)

    def remove(self, key: str) -> None:
        """Remove an object."""
        self._obstore.delete(self._store, key)


class FsspecObjects:
    """A remote file system for which a package of fsspec is installed, such as sftp or hdfs."""

    def __init__(self, url: ArtifactUrl) -> None:
        import fsspec

        try:
            self._fs, root = fsspec.url_to_fs(url.text)
        except (ImportError, ValueError) as error:
            raise InvalidInputError(
                f"Artifacts cannot be kept at {url.shown}: fsspec knows no {url.scheme}:// "
                "address, or lacks a package for it.",
                hint="Install the package that fsspec names for it; for S3 use s3://BUCKET/PREFIX.",
            ) from error
        self._root = str(root).rstrip("/")

    def find(self, key: str) -> ObjectInfo | None:
        """Return what is known of an object; None when it is not there."""
        path = self._path(key)
        try:
            found = self._fs.info(path)
        except FileNotFoundError:
            return None
        return self._info(key, found) if found.get("type") == "file" else None

    def open(self, key: str, start: int) -> Reading:
        """Begin to read an object from the byte ``start`` on."""
        file: Any = self._fs.open(self._path(key), "rb", block_size=_READ_BYTES)
        file.seek(start)
        return _Reader(file)

    def put(self, key: str, content: Path) -> None:
        """Write a whole object: under another name first, because a copy may break off."""
        path = self._path(key)
        self._fs.makedirs(path.rpartition("/")[0], exist_ok=True)
        aside = f"{path}.new-{new_id()}"
        self._fs.put_file(str(content), aside)
        self._fs.mv(aside, path)

    def every(self) -> Iterator[ObjectInfo]:
        """Return all objects."""
        found = self._fs.find(self._root, detail=True)
        for path, about in found.items():
            yield self._info(path[len(self._root) :].lstrip("/"), about)

    def remove(self, key: str) -> None:
        """Remove an object."""
        self._fs.rm_file(self._path(key))

    def _path(self, key: str) -> str:
        return f"{self._root}/{key}"

    def _info(self, key: str, about: Any) -> ObjectInfo:
        for name in ("mtime", "modified", "LastModified", "last_modified", "updated"):
            at = about.get(name)
            if isinstance(at, datetime):
                return ObjectInfo(key, about["size"], _millis(at))
            if isinstance(at, int | float):
                return ObjectInfo(key, about["size"], int(at * 1000))
        # Of unknown age: as if it were written now, so that nothing takes it for old.
        return ObjectInfo(key, about["size"], now_ms())


class _Stream:
    """An object as one answer of the store, asked for with the first byte that is read."""

    def __init__(self, ask: Callable[[], Iterator[Any]]) -> None:
        self._ask = ask
        self._chunks: Iterator[Any] | None = None
        self._left = memoryview(b"")

    def read(self, size: int, /) -> bytes:
        if self._chunks is None:
            self._chunks = self._ask()
        if not self._left:
            self._left = memoryview(next(self._chunks, b""))
        portion, self._left = bytes(self._left[:size]), self._left[size:]
        return portion

    def close(self) -> None:
        self._chunks = iter(())
        self._left = memoryview(b"")


class _Reader:
    """Gives bytes, whatever buffer the package gives."""

    def __init__(self, file: Any) -> None:
        self._file = file

    def read(self, size: int, /) -> bytes:
        return bytes(self._file.read(size))

    def close(self) -> None:
        self._file.close()


def _open_bucket(obstore: Any, url: ArtifactUrl) -> Any:
    parts = urlsplit(url.text)
    options: dict[str, Any] = {
        "connect_timeout": _CONNECT_TIMEOUT,
        "read_timeout": _READ_TIMEOUT,
        "timeout": _WHOLE_TIMEOUT,
    }
    endpoints = [os.environ[name] for name in _ENDPOINTS if os.environ.get(name)]
    config: dict[str, Any] = {}
    if url.scheme in {"s3", "s3a"} and endpoints:
        config["aws_endpoint"] = endpoints[0]
        if endpoints[0].startswith("http://"):
            options["allow_http"] = True
    retry = {"max_retries": _RETRIES, "retry_timeout": timedelta(seconds=_RETRY_S)}
    where = f"{parts.scheme.lower()}://{parts.netloc}{parts.path}"
    try:
        return obstore.store.from_url(
            where, config=config or None, client_options=options, retry_config=retry
        )
    except Exception as error:
        raise InvalidInputError(
            f"Artifacts cannot be kept at {url.shown}: it is no address of a bucket.",
            hint="Use s3://BUCKET/PREFIX, gs://BUCKET/PREFIX or az://CONTAINER/PREFIX.",
        ) from error


def _info(found: Any) -> ObjectInfo:
    return ObjectInfo(found["path"], found["size"], _millis(found["last_modified"]))


def _millis(at: datetime) -> Millis:
    return int(at.timestamp() * 1000)
