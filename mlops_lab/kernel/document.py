"""Owns the encoded form of a facet: its JSON, and the digest under which it is kept once."""

from __future__ import annotations

import hashlib

import msgspec

from mlops_lab.core.errors import LimitError
from mlops_lab.core.limits import MAX_DOCUMENT_BYTES


class Document(msgspec.Struct, frozen=True):
    """The JSON of a facet and the SHA-256 digest of it."""

    text: str
    digest: str


def make_document(content: msgspec.Struct, *, what: str) -> Document:
    """Return ``content`` encoded; equal contents give equal documents.

    Raises:
        LimitError: it is larger than ``MAX_DOCUMENT_BYTES``; ``what`` names it there.
    """
    encoded = msgspec.json.encode(content, order="deterministic")
    if len(encoded) > MAX_DOCUMENT_BYTES:
        raise LimitError(
            f"The {what} has {len(encoded):,} bytes and was not stored.",
            hint=f"The limit is {MAX_DOCUMENT_BYTES:,} bytes.",
        )
    return Document(encoded.decode(), hashlib.sha256(encoded).hexdigest())
