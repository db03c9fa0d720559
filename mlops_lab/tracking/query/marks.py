"""Owns the cursor of a sorted list: where a page begins, in a form that says nothing to users."""

from __future__ import annotations

import base64
import binascii
import zlib
from collections.abc import Sequence

import msgspec

from mlops_lab.core.cursor import not_ours
from mlops_lab.core.errors import UnknownInputError
from mlops_lab.store.rows import INT64_MAX, INT64_MIN
from mlops_lab.store.search_axes import Axis, Scalar
from mlops_lab.store.search_pages import Asked, Marks

_MAX_CHARS = 20_000


def write_marks(marks: Marks, order: Sequence[str]) -> str:
    """Return the cursor of the page that begins behind the run with these marks."""
    # JSON has no infinity: the text of a float has.
    told = [one.hex() if isinstance(one, float) else one for one in marks]
    content = msgspec.json.encode([_fingerprint(order), told])
    return base64.urlsafe_b64encode(content).decode("ascii").rstrip("=")


def read_marks(cursor: str, order: Sequence[str], asked: Asked) -> Marks:
    """Return the marks that a cursor means.

    Raises:
        UnknownInputError: it is not a cursor of a list in this order.
    """
    if len(cursor) > _MAX_CHARS:
        raise not_ours(cursor)
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        content = base64.b64decode(padded, altchars=b"-_", validate=True)
        fingerprint, told = msgspec.json.decode(content, type=tuple[int, list[str | int | None]])
    except (binascii.Error, ValueError, msgspec.DecodeError) as error:
        raise not_ours(cursor) from error
    axes: list[Axis] = [*asked.axes, *asked.ends]
    if fingerprint != _fingerprint(order) or len(told) != len(axes):
        raise UnknownInputError(
            "The cursor is of a list in another order.", hint="Begin again with the first page."
        )
    try:
        return tuple(_mark(one, axis) for one, axis in zip(told, axes, strict=True))
    except (ValueError, OverflowError) as error:
        raise not_ours(cursor) from error


def _mark(told: str | int | None, axis: Axis) -> Scalar:
    if told is None:
        return None
    kind = axis.value.type.python_type
    if kind is str and isinstance(told, str) and "\x00" not in told:
        return told
    if kind is float:
        number = float.fromhex(told) if isinstance(told, str) else float(told)
        if number == number:  # noqa: PLR0124 - only NaN differs from itself
            return number
    if kind is int and isinstance(told, int) and INT64_MIN <= told <= INT64_MAX:
        return told
    raise ValueError(told)


def _fingerprint(order: Sequence[str]) -> int:
    return zlib.crc32("\n".join(order).encode("utf-8", "surrogatepass"))
