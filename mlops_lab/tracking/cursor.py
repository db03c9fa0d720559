"""Owns the cursor of a list: the place of a page, in a form that says nothing to users."""

from __future__ import annotations

import base64
import binascii

from mlops_lab.core.errors import InvalidInputError
from mlops_lab.core.ids import is_id
from mlops_lab.store.rows import INT64_MAX, INT64_MIN
from mlops_lab.store.runs import Place


def write_cursor(place: Place) -> str:
    """Return the cursor of a place."""
    started_at, run_id = place
    text = f"{started_at}:{run_id}"
    return base64.urlsafe_b64encode(text.encode("ascii")).decode("ascii").rstrip("=")


def read_cursor(cursor: str) -> Place:
    """Return the place that a cursor means.

    Raises:
        InvalidInputError: it is not a cursor of ours.
    """
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        text = base64.b64decode(padded, altchars=b"-_", validate=True).decode("ascii")
        started_at, _, run_id = text.partition(":")
        place = (int(started_at), run_id)
    except (binascii.Error, ValueError) as error:
        raise _not_ours(cursor) from error
    if not is_id(run_id) or not INT64_MIN <= place[0] <= INT64_MAX:
        raise _not_ours(cursor)
    return place


def _not_ours(cursor: str) -> InvalidInputError:
    return InvalidInputError(
        f"The cursor {cursor[:60]!r} cannot be read.", hint="Begin again with the first page."
    )
