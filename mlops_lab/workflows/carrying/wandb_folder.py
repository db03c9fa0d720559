"""Owns reading the offline run folders of W&B: each becomes a run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from mlops_lab.core.carrying import CarriedExperiment, CarriedPoints
from mlops_lab.core.clock import Millis, now_ms
from mlops_lab.core.errors import InvalidInputError
from mlops_lab.core.tracking import RunStatus

from .flat import as_number, as_text, flat, from_json, texts_of
from .source import ForeignFile, ForeignRun, Source, files_below, portions_of
from .wandb_records import (
    CutError,
    Fields,
    messages,
    number,
    read_fields,
    read_records,
    text,
    texts,
)

# Numbers of fields in W&B's Record, RunRecord and their parts; they never change.
_HISTORY, _SUMMARY, _CONFIG, _RUN, _EXIT = 2, 3, 5, 17, 18
_RUN_ID, _ENTITY, _PROJECT, _RUN_CONFIG, _RUN_SUMMARY = 1, 2, 3, 4, 5
_GROUP, _JOB_TYPE, _NAME, _NOTES, _TAGS, _SWEEP, _START = 6, 7, 8, 9, 10, 12, 17
_KEY, _NESTED_KEY, _VALUE = 1, 2, 16
_UPDATE, _REMOVE = 1, 2
_STEP_NUM, _EXIT_CODE, _RUNTIME = 1, 1, 2
_ODD = "values that are no numbers (media, tables, texts) are not metrics"


class WandbFolder(Source):
    """A folder ``wandb`` with run folders in it, or one run folder."""

    kind = "wandb"

    def __init__(self, folder: Path) -> None:
        super().__init__(str(folder))
        self._files = sorted(folder.glob("*.wandb")) or sorted(folder.rglob("*run-*/*.wandb"))
        if not self._files:
            raise InvalidInputError(
                f"{str(folder)!r} holds no run of W&B: no *.wandb file is in it or below it.",
                hint="Name the folder wandb that WANDB_MODE=offline wrote, or a run folder in it.",
            )
        self._by_id: dict[str, Path] = {}

    def experiments(self) -> Iterable[CarriedExperiment]:
        """Give the projects."""
        starts: dict[str, Millis] = {}
        for path in self._files:
            head = self._read_head(path)
            if head is not None:
                name = text(head, _PROJECT) or "uncategorized"
                starts[name] = min(_started_at(head), starts.get(name, now_ms()))
        return [CarriedExperiment(name, at) for name, at in sorted(starts.items())]

    def runs(self, experiment: str | None) -> Iterable[ForeignRun]:
        """Give the runs."""
        for path in self._files:
            run = self._read_run(path)
            if run is None or experiment not in (None, run.experiment):
                continue
            if run.foreign_id in self._by_id:
                self.leave("another folder has the same run", str(path))
                continue
            self._by_id[run.foreign_id] = path
            yield run

    def points(self, run: ForeignRun) -> Iterable[CarriedPoints]:
        """Give the points of a run as they were logged."""
        return portions_of(self._read_points(run))

    def files(self, run: ForeignRun) -> Iterable[ForeignFile]:
        """Give the files that W&B kept for the run."""
        folder = self._by_id[run.foreign_id].parent / "files"
        return files_below(folder, self.leave, shown=run.foreign_id) if folder.is_dir() else ()

    def _records(self, path: Path) -> Iterator[Fields]:
        try:
            with path.open("rb") as file:
                for record in read_records(file):
                    yield read_fields(record)
        except CutError:
            self.leave("the file ends within a record; what is before it was taken", str(path))
        except (OSError, InvalidInputError) as error:
            self.leave("the file cannot be read", f"{path}: {error}")

    def _read_head(self, path: Path) -> Fields | None:
        for record in self._records(path):
            for run in messages(record, _RUN):
                return run
        return None

    def _read_run(self, path: Path) -> ForeignRun | None:
        head: Fields | None = None
        config: dict[str, Any] = {}
        summary: dict[str, Any] = {}
        took: int | None = None
        status: RunStatus = "killed"
        for record in self._records(path):
            for run in messages(record, _RUN):
                head = run
                for part in messages(run, _RUN_CONFIG):
                    _update(config, part)
                for part in messages(run, _RUN_SUMMARY):
                    _update(summary, part)
            for part in messages(record, _CONFIG):
                _update(config, part)
            for part in messages(record, _SUMMARY):
                _update(summary, part)
            for end in messages(record, _EXIT):
                status = "failed" if number(end, _EXIT_CODE) else "finished"
                took = number(end, _RUNTIME)
        if head is None:
            self.leave("the file has no run in it", str(path))
            return None
        started_at = _started_at(head)
        seconds = as_number(summary.get("_runtime")) or as_number(
            (summary.get("_wandb") or {}).get("runtime")
        )
        seconds = seconds if seconds is not None else took
        ended_at = None if seconds is None else started_at + int(seconds * 1000)
        return _run_of(head, config, summary, path=path, status=status, ended_at=ended_at)

    def _read_points(self, run: ForeignRun) -> Iterator[tuple[str, int, Millis, float]]:
        odd: set[str] = set()
        count = 0
        for record in self._records(self._by_id[run.foreign_id]):
            for history in messages(record, _HISTORY):
                items = {_key(item): from_json(text(item, _VALUE)) for item in messages(history, 1)}
                steps = [number(step, _STEP_NUM) for step in messages(history, 2)]
                step = items.pop("_step", None)
                if not isinstance(step, int):
                    step = (steps[-1] if steps else None) or count
                count = step + 1
                seconds = as_number(items.pop("_timestamp", None))
                time = run.started_at if seconds is None else int(seconds * 1000)
                items.pop("_runtime", None)
                for name, given in flat(items, joined="/"):
                    value = as_number(given)
                    if value is None:
                        odd.add(name.partition("/")[0])
                    else:
                        yield name, step, time, value
        for name in sorted(odd):
            self.leave(_ODD, f"{run.foreign_id} {name}")


def _run_of(
    head: Fields,
    config: dict[str, Any],
    summary: dict[str, Any],
    *,
    path: Path,
    status: RunStatus,
    ended_at: Millis | None,
) -> ForeignRun:
    run_id, project = text(head, _RUN_ID), text(head, _PROJECT) or "uncategorized"
    config.pop("_wandb", None)
    shown = {
        name: as_text(value)
        for name, value in flat({k: v for k, v in summary.items() if not k.startswith("_")})
        if not isinstance(value, dict)
    }
    tags = {
        "wandb.run_id": run_id,
        "wandb.group": text(head, _GROUP),
        "wandb.job_type": text(head, _JOB_TYPE),
        "wandb.sweep": text(head, _SWEEP),
        "mlflow.note.content": text(head, _NOTES),
        **dict.fromkeys(texts(head, _TAGS), "true"),
        **{f"wandb.summary.{name}": value for name, value in shown.items()},
    }
    return ForeignRun(
        foreign_id="/".join([text(head, _ENTITY), project, run_id]),
        name=text(head, _NAME) or run_id or path.parent.name,
        experiment=project,
        status=status,
        user=text(head, _ENTITY),
        started_at=_started_at(head),
        ended_at=ended_at,
        params=texts_of(config),
        tags={name: value for name, value in tags.items() if value},
    )


def _update(values: dict[str, Any], part: Fields) -> None:
    for item in messages(part, _UPDATE):
        value = from_json(text(item, _VALUE))
        if isinstance(value, dict) and set(value) == {"desc", "value"}:
            value = value["value"]
        values[_key(item)] = value
    for item in messages(part, _REMOVE):
        values.pop(_key(item), None)


def _key(item: Fields) -> str:
    return text(item, _KEY) or "/".join(texts(item, _NESTED_KEY))


def _started_at(head: Fields) -> Millis:
    # A Timestamp: seconds, nanoseconds.
    for moment in messages(head, _START):
        return (number(moment, 1) or 0) * 1000 + (number(moment, 2) or 0) // 1_000_000
    return 0
