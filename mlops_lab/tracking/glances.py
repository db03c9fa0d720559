"""Owns glances: what a list shows of many runs beside their summaries, read at once for all."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from mlops_lab.core.errors import InvalidInputError
from mlops_lab.core.glances import (
    MAX_GLANCE_CHARS,
    MAX_GLANCE_TAGS,
    MAX_GLANCES,
    MAX_SPARKS,
    MIN_SPARKS,
    Glance,
    GlanceList,
)
from mlops_lab.core.tracking import Tag
from mlops_lab.core.writing import NOTE_TAG
from mlops_lab.store import metrics
from mlops_lab.store.glances import read_beginnings

from .thin import sparklines

_NOT_OF_PEOPLE = ("mlflow.", "mlops-lab.", "mlops_lab.")


def read_glances(cx: Connection, run_ids: Sequence[str], *, points: int) -> GlanceList:
    """Return the glances of runs that are named by their whole ids; those that are gone are left out.

    Raises:
        InvalidInputError: too many runs are named, or the number of points is not possible.
    """
    if len(run_ids) > MAX_GLANCES:
        raise InvalidInputError(
            f"{len(run_ids)} runs are too many.", hint=f"Name up to {MAX_GLANCES}."
        )
    if not MIN_SPARKS <= points <= MAX_SPARKS:
        raise InvalidInputError(
            f"Curves of {points} points are not possible.",
            hint=f"Ask for {MIN_SPARKS} to {MAX_SPARKS}.",
        )
    wanted = list(dict.fromkeys(run_ids))
    tags = read_beginnings(
        cx, wanted, besides=_NOT_OF_PEOPLE, note=NOTE_TAG, length=2 * MAX_GLANCE_CHARS
    )
    primary = metrics.read_primary_series(cx, wanted)
    lines = sparklines(cx, list(primary.values()), max_points=points)
    return GlanceList(
        [
            Glance(run_id, _shown(tags[run_id]), _note_of(tags[run_id]), lines.get(run_id))
            for run_id in wanted
            if run_id in tags
        ]
    )


def _shown(tags: Sequence[Tag]) -> list[Tag]:
    set_by_people = [one for one in tags if one.name != NOTE_TAG]
    return [Tag(one.name, one.value[:MAX_GLANCE_CHARS]) for one in set_by_people[:MAX_GLANCE_TAGS]]


def _note_of(tags: Sequence[Tag]) -> str | None:
    text = next((one.value.strip() for one in tags if one.name == NOTE_TAG), "")
    return text.splitlines()[0].rstrip()[:MAX_GLANCE_CHARS] if text else None
