"""Owns what is said about an upload that goes on after a broken connection."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from .clock import Millis
from .limits import MAX_ARTIFACT_BYTES

UPLOAD_MS: Millis = 86_400_000
"""An upload that nothing was added to for so long is removed."""


class NewUpload(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The announcement of content: its SHA-256 digest and its size in bytes."""

    digest: Annotated[
        str, Meta(pattern="^[0-9a-f]{64}$", description="SHA-256, as 64 lower-case hex digits.")
    ]
    size: Annotated[int, Meta(ge=0, le=MAX_ARTIFACT_BYTES)]


class Upload(msgspec.Struct, frozen=True):
    """How far an upload is. ``offset`` bytes are there; when they are all, ``is_kept`` is true."""

    id: str
    digest: str
    size: int
    offset: int
    is_kept: bool
    expires_at: Millis
