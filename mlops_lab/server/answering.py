"""Owns the form of an answer: its bytes, its tag for conditional requests, and its compression."""

from __future__ import annotations

import gzip
import re
from functools import reduce
from typing import Any
from urllib.parse import quote, urlencode

import msgspec
import xxhash

from .endpoint import Download, Endpoint, JsonText, NotebookContent, PlainText

SENT_AS_IT_IS = (NotebookContent, JsonText, PlainText, Download)
"""Answers that are no struct of ours."""

_FIELD = re.compile(r"{([a-z_.]+)}")
_PACKED_FROM = 2_048
"""A shorter answer is sent as it is, in bytes."""

_PACKING = 1
"""Level of gzip: half of the time of the next one, for a tenth more bytes."""


class Answer(msgspec.Struct, frozen=True):
    """What a route answered, ready to be sent; ``file`` is set instead of ``content`` for a file."""

    content: bytes = b""
    file: Download | None = None
    etag: str = ""
    encoding: str = ""
    next_cursor: str | None = None
    location: str | None = None


def make_answer(declared: Endpoint, found: Any, *, packs: bool) -> Answer:
    """Return the answer that sends what ``declared.run`` returned.

    Args:
        declared: the route.
        found: what it returned.
        packs: whether the caller understands gzip.
    """
    if isinstance(found, Download):
        return Answer(file=found)
    if declared.answer is None:
        return Answer()
    content = found if declared.answer in SENT_AS_IT_IS else msgspec.json.encode(found)
    if isinstance(content, str):
        content = content.encode("utf-8", "replace")
    # Weak: the same for the compressed form.
    etag = f'W/"{xxhash.xxh3_128_hexdigest(content)}"'
    is_packed = packs and len(content) >= _PACKED_FROM
    return Answer(
        content=gzip.compress(content, _PACKING, mtime=0) if is_packed else content,
        etag=etag,
        encoding="gzip" if is_packed else "",
        next_cursor=getattr(found, "next_cursor", None),
        location=None if declared.location is None else _fill(declared.location, found),
    )


def _fill(template: str, found: Any) -> str:
    return _FIELD.sub(
        lambda field: quote(str(reduce(getattr, field[1].split("."), found)), safe=""), template
    )


def accepts_gzip(accept_encoding: str) -> bool:
    """Tell whether an ``Accept-Encoding`` header allows gzip."""
    for part in accept_encoding.lower().split(","):
        coding, _, weight = part.partition(";")
        if coding.strip() in ("gzip", "*"):
            return weight.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False


def link_to_next(path: str, query: list[tuple[str, str]], cursor: str) -> str:
    """Return the ``Link`` header (RFC 8288) of the page after this one.

    Args:
        path: of the address that was asked.
        query: the parameters that were given, without those of Jupyter.
        cursor: where the next page begins.
    """
    kept = [(name, value) for name, value in query if name != "cursor"]
    return f'<{path}?{urlencode([*kept, ("cursor", cursor)])}>; rel="next"'
