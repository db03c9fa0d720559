"""Owns the routes of files: bytes by their digest, files of a run, and its packages."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from mlops_lab.server.endpoint import Call, Digest, Download, IdPart, PlainText, endpoint
from mlops_lab.store.artifacts import Incoming

Path = Annotated[str, Meta(description="The file's path in the run; it may hold slashes.")]


@endpoint("HEAD", "artifacts/{digest}", summary="Whether bytes are kept", scope="kernel")
def find_artifact(call: Call, digest: Digest) -> Download:
    """Return the headers of the bytes."""
    return Download(call.lab.store.artifacts.open(digest), digest)


@endpoint("GET", "artifacts/{digest}", summary="Bytes by their digest", scope="kernel")
def get_artifact(call: Call, digest: Digest) -> Download:
    """Return the bytes."""
    return Download(call.lab.store.artifacts.open(digest), digest)


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


@endpoint(
    "GET", "runs/{run_id}/artifacts/{path}", summary="Download a file of a run", scope="kernel"
)
def get_run_artifact(call: Call, run_id: IdPart, path: Path) -> Download:
    """Return the bytes of the file."""
    found = call.lab.files.find(run_id, path)
    content = call.lab.store.artifacts.open(found.digest)
    return Download(content, path.rpartition("/")[2], found.media_type)


@endpoint(
    "GET",
    "runs/{run_id}/requirements",
    summary="The packages of a run, for uv or pip to install",
    scope="kernel",
)
def get_requirements(call: Call, run_id: IdPart) -> PlainText:
    """Return one line a package."""
    return PlainText(call.lab.files.requirements(run_id))
