"""Owns what a report says of runs, whatever the form in which it is written."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from typing import Any

import msgspec

from mlops_lab.core.celldiff import CellsDiff
from mlops_lab.core.clock import Millis, now_ms
from mlops_lab.core.comparison import CodeDiff, ComparedMetric, ComparedRow, Comparison
from mlops_lab.core.differences import DataDiff, SurroundingsDiff
from mlops_lab.core.errors import InvalidInputError, LabError
from mlops_lab.core.explanation import Explanation
from mlops_lab.core.facets import ArtifactRef, RunCapture
from mlops_lab.core.ids import short_id
from mlops_lab.core.limits import MAX_COMPARED
from mlops_lab.core.literals import plain_value
from mlops_lab.core.metrics import SYSTEM_PREFIX
from mlops_lab.core.tracking import MetricSeries, Run
from mlops_lab.lab import Lab

POINTS = 500
_PAIR = 2
_NAMED_EXPERIMENTS = 3
MAX_CURVES = 40
MAX_PICTURES = 60
MAX_PICTURE_BYTES = 4_000_000
MAX_ALL_PICTURES = 32_000_000

NOTE_TAG = "mlflow.note.content"
PLOTLY = "application/vnd.plotly.v1+json"
_PICTURES = ("image/svg+xml", "image/png", "image/jpeg", "image/gif", "image/webp")


class Picture(msgspec.Struct, frozen=True):
    """An image of a run."""

    run: str
    caption: str
    media_type: str
    content: bytes


class Figure(msgspec.Struct, frozen=True):
    """A plotly figure that a run showed."""

    run: str
    caption: str
    figure: dict[str, Any]


class Curve(msgspec.Struct, frozen=True):
    """A metric over its steps: one series a run that has it, by the run's place in the report."""

    name: str
    lines: list[tuple[int, MetricSeries]]


class Shown(msgspec.Struct, frozen=True):
    """One run of a report; ``label`` tells it from the others."""

    label: str
    run: Run
    capture: RunCapture

    @property
    def note(self) -> str:
        """What somebody wrote about the run."""
        return next((tag.value for tag in self.run.tags if tag.name == NOTE_TAG), "")


PARAMS = "Params"
"""The title of the table whose values are not numbers."""


class Content(msgspec.Struct, frozen=True, kw_only=True):
    """All that a report says. ``left_out`` are words on what it does not show."""

    title: str
    made_at: Millis
    made_by: str
    runs: list[Shown]
    params: list[ComparedRow]
    metrics: list[ComparedRow]
    curves: list[Curve]
    code: list[CodeDiff]
    data: list[DataDiff]
    surroundings: list[SurroundingsDiff]
    pictures: list[Picture]
    figures: list[Figure]
    left_out: list[str]
    measures: list[ComparedMetric] = []
    cells: list[CellsDiff] = []
    why: Explanation | None = None

    @property
    def tables(self) -> list[tuple[str, list[ComparedRow]]]:
        """The values of the runs by title: business KPIs, the other metrics, and params."""
        kpis = [row for row in self.metrics if row.is_kpi]
        others = [row for row in self.metrics if not row.is_kpi]
        return [("Business KPIs", kpis), ("Metrics", others), (PARAMS, self.params)]

    def best_of(self, row: ComparedRow) -> int | None:
        """Return which run's last value of a metric is the best; None where nothing is said."""
        found = next((one.winners for one in self.measures if one.name == row.name), [])
        return next(iter(found), None)

    def label_of(self, run_id: str) -> str:
        """Return the label of a run."""
        return next(one.label for one in self.runs if one.run.summary.id == run_id)


def gather(lab: Lab, run_ids: Sequence[str], *, title: str = "", who: str) -> Content:
    """Return what a report of these runs says; the others are held against the first.

    Args:
        lab: the open store.
        run_ids: whole ids, one to ``MAX_COMPARED``.
        title: what stands above it.
        who: who had it made.

    Raises:
        InvalidInputError: there are too many runs.
        NotFoundError: one of the runs does not exist.
    """
    if not 1 <= len(run_ids) <= MAX_COMPARED:
        raise InvalidInputError(
            f"A report of {len(run_ids)} runs is not possible.",
            hint=f"Name 1 to {MAX_COMPARED}, or give a narrower --filter.",
        )
    shown = _shown(lab, run_ids)
    found = [one.run for one in shown]
    left_out: list[str] = []
    pictures, figures = _find_pictures(lab, shown, left_out)
    curves = _curve_names(found, left_out)
    compared = _compared(lab, run_ids, found, curves)
    return Content(
        title=title or _title(found),
        made_at=now_ms(),
        made_by=who,
        runs=shown,
        params=[_plain(row) for row in compared.params],
        metrics=sorted(
            compared.metrics, key=lambda row: (row.equal, row.name.startswith(SYSTEM_PREFIX))
        ),
        curves=_curves(compared.series, list(run_ids), curves),
        code=compared.code,
        data=compared.data,
        surroundings=compared.surroundings,
        pictures=pictures,
        figures=figures,
        left_out=left_out,
        measures=compared.measures,
        cells=compared.cells,
        why=lab.tracking.explaining.explain(*run_ids) if len(found) == _PAIR else None,
    )


def _shown(lab: Lab, run_ids: Sequence[str]) -> list[Shown]:
    found = [lab.tracking.get_run(run_id) for run_id in run_ids]
    names = [one.summary.name for one in found]
    return [
        Shown(
            label=f"{one.summary.name} ({short_id(one.summary.id)})"
            if names.count(one.summary.name) > 1
            else one.summary.name,
            run=one,
            capture=lab.tracking.get_capture(one.summary.id),
        )
        for one in found
    ]


def _compared(
    lab: Lab, run_ids: Sequence[str], found: Sequence[Run], curves: Sequence[str]
) -> Comparison:
    """Return what differs between the runs; of a single run, what it holds."""
    if len(found) > 1:
        return lab.tracking.compare(run_ids, max_points=POINTS, names=curves)
    run = found[0]
    return Comparison(
        runs=[run.summary],
        params=[ComparedRow(one.name, [one.value], equal=False) for one in run.params],
        metrics=[
            ComparedRow(one.name, [one.last], equal=False, is_kpi=one.is_kpi) for one in run.metrics
        ],
        series=[
            lab.tracking.get_series(run.summary.id, name, max_points=POINTS) for name in curves
        ],
        code=[],
    )


def _title(runs: Sequence[Run]) -> str:
    if len(runs) == 1:
        return runs[0].summary.name
    experiments = list(dict.fromkeys(run.summary.experiment for run in runs))
    if len(experiments) > _NAMED_EXPERIMENTS:
        return f"{len(runs)} runs of {len(experiments)} experiments"
    return f"{len(runs)} runs of {', '.join(experiments)}"


def _plain(row: ComparedRow) -> ComparedRow:
    values = [plain_value(value) if isinstance(value, str) else value for value in row.values]
    return ComparedRow(row.name, values, row.equal)


def _curve_names(runs: Sequence[Run], left_out: list[str]) -> list[str]:
    """Return the metrics whose curves are shown, those of the system last."""
    known = {one.name for run in runs for one in run.metrics if one.count > 1}
    names = sorted(known, key=lambda name: (name.startswith(SYSTEM_PREFIX), name))
    if len(names) > MAX_CURVES:
        left_out.append(f"{len(names) - MAX_CURVES} of {len(names)} curves are not shown.")
    return names[:MAX_CURVES]


def _curves(every: Sequence[MetricSeries], run_ids: list[str], names: Sequence[str]) -> list[Curve]:
    by_name: dict[str, list[tuple[int, MetricSeries]]] = {}
    for one in every:
        by_name.setdefault(one.name, []).append((run_ids.index(one.run_id), one))
    return [Curve(name, by_name[name]) for name in names if name in by_name]


def _find_pictures(
    lab: Lab, shown: Sequence[Shown], left_out: list[str]
) -> tuple[list[Picture], list[Figure]]:
    pictures: list[Picture] = []
    figures: list[Figure] = []
    room = MAX_ALL_PICTURES
    unshown = 0
    for one in shown:
        for caption, media_type, content in _images_of(lab, one):
            is_full = len(pictures) + len(figures) >= MAX_PICTURES
            largest = room if media_type == PLOTLY else min(room, MAX_PICTURE_BYTES)
            if content is None or is_full or len(content) > largest:
                unshown += 1
            elif media_type != PLOTLY:
                pictures.append(Picture(one.label, caption, media_type, content))
                room -= len(content)
            elif (figure := _figure(content)) is not None:
                figures.append(Figure(one.label, caption, figure))
                room -= len(content)
            else:
                unshown += 1
    if unshown:
        left_out.append(
            f"{unshown} images or figures are not shown: "
            "they are too large, too many, or cannot be read."
        )
    return pictures, figures


def _images_of(lab: Lab, one: Shown) -> list[tuple[str, str, bytes | None]]:
    """Return (caption, media type, content) of what a run shows: outputs of cells, and files.

    There is no content where it is too large, gone, or cannot be read.
    """
    found: list[tuple[str, str, bytes | None]] = []
    for at, output in enumerate(one.capture.outputs.outputs if one.capture.outputs else [], 1):
        if isinstance(output.data.get(PLOTLY), dict):
            found.append((f"output {at}", PLOTLY, msgspec.json.encode(output.data[PLOTLY])))
            continue
        for media_type in _PICTURES:
            content = _decoded(output.data.get(media_type), media_type)
            if content or output.data.get(media_type):
                found.append((f"output {at}", media_type, content))
                break
    for file in one.capture.artifacts:
        is_figure = file.path.endswith(".plotly.json")
        if file.media_type in _PICTURES or is_figure:
            media_type = PLOTLY if is_figure else file.media_type
            found.append((file.path, media_type, _content_of(lab, file)))
    return found


def _content_of(lab: Lab, file: ArtifactRef) -> bytes | None:
    if not file.available or file.size > MAX_PICTURE_BYTES:
        return None
    try:
        return lab.store.artifacts.get(file.digest)
    except LabError:
        return None


def _decoded(value: Any, media_type: str) -> bytes | None:
    text = "".join(value) if isinstance(value, list) else value
    if not isinstance(text, str):
        return None
    if media_type == "image/svg+xml":
        return text.encode("utf-8", "replace")
    try:
        return base64.b64decode(text)
    except (binascii.Error, ValueError):
        return None


def _figure(content: bytes) -> dict[str, Any] | None:
    try:
        found = msgspec.json.decode(content)
    except (msgspec.DecodeError, RecursionError):
        return None
    return found if isinstance(found, dict) and isinstance(found.get("data"), list) else None
