"""Owns the stated limits on what one record may hold; beyond them a value is refused by name."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from .errors import LimitError

MAX_KEY_CHARS = 250
"""Longest name of a param, metric or tag, in characters (MLflow's limit)."""

KeyName = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=MAX_KEY_CHARS,
        pattern=r"^[^\x00-\x1f]*[^\s\x00-\x1f][^\x00-\x1f]*$",
        description="No control characters, and not only spaces.",
    ),
]
"""A name of a param, metric, tag, run or experiment, as ``check_key`` takes it."""

MAX_PARAM_BYTES = 1_048_576
"""Largest value of one param, in UTF-8 bytes."""

MAX_CELL_BYTES = 4_194_304
"""Largest source of one cell, in UTF-8 bytes."""

MAX_DOCUMENT_BYTES = 4_194_304
"""Largest JSON of one facet, in UTF-8 bytes."""

MAX_ARTIFACT_BYTES = 53_687_091_200
"""Largest file of a run: 50 GiB."""

MAX_FACET_NAME_BYTES = 2_000
"""Longest name of a facet, path of a file and key of a search, in UTF-8 bytes."""

MAX_BATCH_RECORDS = 20_000
"""Most records in one delivered batch."""

MAX_BATCH_BYTES = 16_777_216
"""Largest body of one delivered batch."""

MAX_BATCH_POINTS = 10_000
"""Most metric points in one batch of a run."""

MAX_BATCH_WORDS = 1_000
"""Most params, and most tags, in one batch of a run."""

MAX_BATCH_RUNS = 200
"""Most runs that are read or written in one request."""

MAX_NOTE_CHARS = 100_000
"""Longest note of a run, in characters."""

MAX_WAITING_BODIES = 64
"""Most requests with a body that a server takes in at once; further ones are told to come again."""

MAX_WAITING_BYTES = 134_217_728
"""Most bytes of such bodies at once."""

MAX_UPLOADS = 64
"""Most files that a server takes in at once over its own routes."""

MAX_LONG_WORKS = 8
"""Most exports, imports and reports that are made, or wait, at once; two are worked on."""

MAX_PAGE = 1_000
"""Most records on one page of a list."""

MAX_NAMED = 100
"""Most experiments that can be asked for by name at once."""

MAX_OFFSET = 1_000_000_000
"""Farthest place of a list that a page can begin at."""

MIN_POINTS = 10
"""Fewest points that a series can be thinned to: its ends, extremes and gaps need room."""

MAX_POINTS = 100_000
"""Most points of a series in one answer."""

MIN_COMPARED = 2
"""Fewest runs in one comparison."""

MAX_COMPARED = 200
"""Most runs in one comparison."""

MAX_COMPARED_POINTS = 1_000_000
"""Most points of all series of one comparison together; series are thinned further to fit."""


def check_key(kind: str, name: str) -> str:
    """Return ``name`` when it can name a param, metric or tag.

    Raises:
        LimitError: it is empty, longer than ``MAX_KEY_CHARS``, or holds a control character.
    """
    if not name.strip():
        article = "An" if kind[:1] in "aeiou" else "A"
        raise LimitError(
            f"{article} {kind} needs a name; this one is empty.", hint="Give it a name."
        )
    if len(name) > MAX_KEY_CHARS:
        raise LimitError(
            f"The {kind} name {name[:40]!r}... has {len(name):,} characters.",
            hint=f"The limit is {MAX_KEY_CHARS} characters.",
        )
    if any(char < " " for char in name):
        raise LimitError(f"The {kind} name {name!r} holds a control character.", hint="Remove it.")
    return name


def check_param_value(name: str, value: str) -> str:
    """Return ``value`` when it is within ``MAX_PARAM_BYTES``.

    Raises:
        LimitError: the value is larger.
    """
    size = len(value.encode("utf-8", "surrogatepass"))
    if size > MAX_PARAM_BYTES:
        raise LimitError(
            f"The value of param {name!r} has {size:,} bytes and was not stored.",
            hint=f"The limit is {MAX_PARAM_BYTES:,} bytes; log large content as a file.",
        )
    return value
