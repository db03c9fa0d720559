"""Owns the cursor of a list: the place of a page, in a form that says nothing to users."""

from __future__ import annotations

import base64
import binascii

from .clock import Millis
from .errors import UnknownInputError
from .ids import is_id

Place = tuple[Millis, str]
"""Where a page begins: after the record with this time and id."""

_LIMIT = 2**63


def write_cursor(place: Place) -> str:
    """Return the cursor of a place."""
    time, record_id = place
    text = f"{time}:{record_id}"
    return base64.urlsafe_b64encode(text.encode("ascii")).decode("ascii").rstrip("=")


def read_cursor(cursor: str) -> Place:
    """Return the place that a cursor means.

    Raises:
        UnknownInputError: it is not a cursor of ours.
    """
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        text = base64.b64decode(padded, altchars=b"-_", validate=True).decode("ascii")
        time, _, record_id = text.partition(":")
        place = (int(time), record_id)
    except (binascii.Error, ValueError) as error:
        raise not_ours(cursor) from error
    if not is_id(record_id) or not -_LIMIT <= place[0] < _LIMIT:
        raise not_ours(cursor)
    return place


def not_ours(cursor: str) -> UnknownInputError:
    """Return the error of a cursor that is none of ours."""
    return UnknownInputError(
        f"The cursor {cursor[:60]!r} cannot be read.", hint="Begin again with the first page."
    )
