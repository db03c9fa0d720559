"""Owns the routes of files: bytes by their digest, files of a run, and its packages."""

from __future__ import annotations

import mimetypes
from functools import partial
from typing import TYPE_CHECKING, Annotated

import msgspec
from msgspec import Meta

from mlops_lab.core.errors import ConflictError
from mlops_lab.core.files import FileList, StoredFile
from mlops_lab.server.endpoint import Call, Digest, Download, IdPart, PlainText, endpoint
from mlops_lab.store.artifacts import Incoming

if TYPE_CHECKING:
    from mlops_lab.lab import Lab

Path = Annotated[str, Meta(description="The file's path in the run; it may hold slashes.")]

_BYTES = "application/octet-stream"


class FilesQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The folder of a run to list; ``recursive`` lists the files in its folders too."""

    path: str = ""
    recursive: bool = False


class FileQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The media type of a file; without it, what the ending of its name stands for.

    ``digest`` names bytes that are kept already, such as those of an upload in pieces; the body is
    empty then.
    """

    media_type: Annotated[str, Meta(max_length=250)] = ""
    digest: Digest | None = None


@endpoint("HEAD", "artifacts/{digest}", summary="Whether bytes are kept", scope="kernel")
def find_artifact(call: Call, digest: Digest) -> Download:
    """Return the headers of the bytes; no collection of garbage takes them for a while."""
    call.lab.store.artifacts.renew(digest)
    return _download(call.lab, digest, name=digest)


@endpoint("GET", "artifacts/{digest}", summary="Bytes by their digest", scope="kernel")
def get_artifact(call: Call, digest: Digest) -> Download:
    """Return the bytes, or those that a ``Range`` header asks for."""
    return _download(call.lab, digest, name=digest)


@endpoint(
    "PUT",
    "artifacts/{digest}",
    summary="Keep bytes under their SHA-256 digest",
    scope="kernel",
    status=204,
)
def put_artifact(call: Call, digest: Digest, body: Incoming) -> None:
    """Verify what has arrived and keep it; what is kept already stays."""
    assert body.digest == digest  # noqa: S101 - both are of the path
    call.lab.files.keep(body)


@endpoint("GET", "runs/{run_id}/artifacts", summary="List the files of a run", scope="kernel")
def list_run_artifacts(call: Call, run_id: IdPart, query: FilesQuery) -> FileList:
    """Return what lies directly in a folder of the run, or all files in it and below."""
    files = call.lab.files
    found = files.walk(run_id, query.path) if query.recursive else files.list(run_id, query.path)
    return FileList(list(found))


@endpoint(
    "GET", "runs/{run_id}/artifacts/{path}", summary="Download a file of a run", scope="kernel"
)
def get_run_artifact(call: Call, run_id: IdPart, path: Path) -> Download:
    """Return the bytes of the file, or those that a ``Range`` header asks for."""
    found = call.lab.files.find(run_id, path)
    name = path.rpartition("/")[2]
    return _download(call.lab, found.digest, name=name, media_type=found.media_type)


@endpoint("PUT", "runs/{run_id}/artifacts/{path}", summary="Keep a file with a run", scope="kernel")
def put_run_artifact(
    call: Call, run_id: IdPart, path: Path, query: FileQuery, body: Incoming
) -> StoredFile:
    """Keep the body, or kept bytes, as a file of the run; one of the same path is replaced."""
    kind = query.media_type or mimetypes.guess_type(path)[0] or _BYTES
    if query.digest is not None:
        if body.size:
            raise ConflictError(
                "There is a body and a digest.", hint="Send the bytes, or name those that are kept."
            )
        return call.lab.files.add_kept(run_id, path, query.digest, media_type=kind, who=call.user)
    return call.lab.files.add(run_id, path, body, media_type=kind, who=call.user)


@endpoint(
    "DELETE",
    "runs/{run_id}/artifacts/{path}",
    summary="Remove a file or folder of a run",
    status=204,
)
def remove_run_artifact(call: Call, run_id: IdPart, path: Path) -> None:
    """Remove it from the run; the bytes go when nothing else names them."""
    call.lab.files.remove(run_id, path, who=call.user)


@endpoint(
    "GET",
    "runs/{run_id}/requirements",
    summary="The packages of a run, for uv or pip to install",
    scope="kernel",
)
def get_requirements(call: Call, run_id: IdPart) -> PlainText:
    """Return one line a package."""
    return PlainText(call.lab.files.requirements(run_id))


def _download(lab: Lab, digest: str, *, name: str, media_type: str = _BYTES) -> Download:
    artifacts = lab.store.artifacts
    return Download(artifacts.open(digest), name, media_type, partial(artifacts.open_slice, digest))
