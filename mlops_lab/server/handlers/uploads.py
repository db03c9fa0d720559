"""Owns the routes of uploads that go on after a broken connection."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from mlops_lab.core.limits import MAX_ARTIFACT_BYTES
from mlops_lab.core.uploads import NewUpload, Upload
from mlops_lab.server.endpoint import Call, Id, endpoint
from mlops_lab.store.artifact_uploads import Resuming


class UploadQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where the bytes of the body belong: the ``offset`` that the upload has."""

    offset: Annotated[int, Meta(ge=0, le=MAX_ARTIFACT_BYTES)]


@endpoint(
    "POST",
    "uploads",
    summary="Begin an upload in pieces",
    scope="kernel",
    status=201,
    location="uploads/{id}",
)
def begin_upload(call: Call, body: NewUpload) -> Upload:
    """Announce content by digest and size. Content that is kept already needs no byte more."""
    return call.lab.files.uploads.begin(body)


@endpoint("GET", "uploads/{upload_id}", summary="How far an upload is", scope="kernel")
def get_upload(call: Call, upload_id: Id) -> Upload:
    """Return its offset: where to go on after a connection broke, or the server was restarted."""
    return call.lab.files.uploads.find(upload_id)


@endpoint("PATCH", "uploads/{upload_id}", summary="Add bytes to an upload", scope="kernel")
def add_to_upload(call: Call, upload_id: Id, query: UploadQuery, body: Resuming) -> Upload:
    """Add the bytes of the body at the offset; with the last one the whole is verified and kept.

    What arrived before a connection broke is added too. Where the whole could not be kept, as on a
    full disk, no bytes at the last offset try it once more.
    """
    assert (body.upload_id, body.begun_at) == (upload_id, query.offset)  # noqa: S101 - of the address
    return call.lab.files.keep_upload(body)


@endpoint("DELETE", "uploads/{upload_id}", summary="Give an upload up", scope="kernel", status=204)
def remove_upload(call: Call, upload_id: Id) -> None:
    """Remove what has arrived."""
    call.lab.files.uploads.remove(upload_id)
