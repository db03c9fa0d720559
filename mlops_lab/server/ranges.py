"""Owns which bytes of a file a request asks for: ``Range`` and ``If-Range`` of RFC 9110."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

_ONE_RANGE = re.compile(r"bytes\s*=\s*(\d{0,18})\s*-\s*(\d{0,18})\s*", re.IGNORECASE)

Asked = range | Literal["all", "none"]
"""Bytes by their position; ``none`` when there is no such byte."""


def asked_bytes(headers: Mapping[str, str], *, size: int, etag: str) -> Asked:
    """Return the bytes of a file of ``size`` that a request asks for.

    Several ranges at once, and what is no range of bytes, mean all, as the RFC allows. So does
    ``If-Range`` with another tag than ``etag``, which says that the file is not the one begun with.
    """
    found = _ONE_RANGE.fullmatch(headers.get("Range", "").strip())
    if found is None or not (found[1] or found[2]):
        return "all"
    if headers.get("If-Range", etag).strip() != etag:
        return "all"
    if not found[1]:
        last = min(int(found[2]), size)
        return range(size - last, size) if last else "none"
    first = int(found[1])
    end = int(found[2]) + 1 if found[2] else size
    if end <= first:
        # The RFC calls it invalid, and an invalid one is as if there were none.
        return "all" if found[2] else "none"
    return range(first, min(end, size)) if first < size else "none"
