"""Owns the structs of glances: what a list shows of a run beside its summary."""

from __future__ import annotations

import msgspec

from .tracking import MetricSeries, Tag

MAX_GLANCES = 200
"""Most runs of one request."""

MIN_SPARKS = 2
MAX_SPARKS = 120
"""Fewest and most points of a curve that is as small as a word."""

MAX_GLANCE_TAGS = 8
"""Most tags of a run in a glance."""

MAX_GLANCE_CHARS = 200
"""Longest beginning of a note, and of the value of a tag, in a glance."""


class Glance(msgspec.Struct, frozen=True):
    """What a list shows of a run beside its summary.

    ``tags`` are some of those that people set, with the beginnings of their values; ``note`` is the
    first line of the note; ``sparkline`` is the primary metric, where it has two points or more.
    """

    run_id: str
    tags: list[Tag]
    note: str | None
    sparkline: MetricSeries | None


class GlanceList(msgspec.Struct, frozen=True):
    """The glances of the runs that were asked for, in that order; runs that are gone are left out."""

    glances: list[Glance]
