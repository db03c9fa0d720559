"""Owns reading an ``mlruns`` folder of MLflow, without MLflow."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit
from urllib.request import url2pathname

import yaml

from mlops_lab.core.carrying import (
    CarriedExperiment,
    CarriedLogged,
    CarriedModel,
    CarriedPoints,
    CarriedSpans,
    CarriedTrace,
    CarriedVersion,
)
from mlops_lab.core.clock import now_ms
from mlops_lab.core.errors import InvalidInputError
from mlops_lab.core.inputs import Dataset, DatasetInput

from .mlflow_words import KIND, foreign_run, millis, version_of
from .source import ForeignFile, ForeignRun, Source, files_below, portions_of

_META = "meta.yaml"
_TRASH = ".trash"
_NO_EXPERIMENTS = frozenset({"models", "traces", _TRASH})
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_MAX_TEXT = 16 * 2**20


class MlflowFolder(Source):
    """A folder with one folder an experiment, and in it one a run."""

    kind = KIND

    def __init__(self, folder: Path) -> None:
        super().__init__(str(folder))
        self._folder = folder
        self._runs: dict[str, Path] = {}
        self._found = [
            (path, meta) for path in self._experiment_folders() if (meta := self._meta(path))
        ]
        unread = self.drain()
        for reason, example in unread:
            self.leave(reason, example)
        if not self._found and unread:
            raise InvalidInputError(
                f"{str(folder)!r} cannot be imported: no {_META} of an experiment in it can be read, "
                f"such as that of {unread[0][1]!r}.",
                hint="Restore it, or import from the server or database of the same runs.",
            )
        if not self._found:
            raise InvalidInputError(
                f"{str(folder)!r} is no mlruns folder: it has no experiment with a {_META}.",
                hint="Name the folder that MLflow wrote, such as mlruns, or its mlflow.db.",
            )

    def experiments(self) -> Iterable[CarriedExperiment]:
        """Give the experiments."""
        for path, meta in self._found:
            yield CarriedExperiment(
                name=_name_of(path, meta),
                created_at=millis(meta.get("creation_time")) or now_ms(),
                artifact_location=_text_or_none(meta.get("artifact_location")),
                trashed_at=self._trashed(meta),
                tags=self._texts(path / "tags"),
            )

    def runs(self, experiment: str | None) -> Iterable[ForeignRun]:
        """Give the runs, the oldest experiment first."""
        for path, meta in self._found:
            name = _name_of(path, meta)
            if experiment not in (None, name):
                continue
            for folder in sorted(path.iterdir()):
                if (folder / _META).is_file() and folder.name not in ("datasets", "models"):
                    run = self._read_run(folder, name, is_trashed=self._trashed(meta) is not None)
                    if run is not None:
                        yield run

    def points(self, run: ForeignRun) -> Iterable[CarriedPoints]:
        """Give the points of a run, metric by metric."""
        return portions_of(self._read_points(run, self._runs[run.foreign_id]))

    def files(self, run: ForeignRun) -> Iterable[ForeignFile]:
        """Give the files of a run: those beside it, or where its URI leads."""
        folder = self._runs[run.foreign_id]
        beside = folder / "artifacts"
        uri = str((self._meta(folder) or {}).get("artifact_uri") or "")
        place = beside if _has_any(beside) else local_folder(uri, self._folder.parent)
        if place is None:
            self.leave("its files are at a place that cannot be read from here", f"{uri}")
            return ()
        return files_below(place, self.leave, shown=run.foreign_id) if place.is_dir() else ()

    def models(self) -> Iterable[CarriedModel]:
        """Give the registered models."""
        for folder in sorted((self._folder / "models").glob("*")):
            meta = self._meta(folder) if (folder / _META).is_file() else None
            if meta is None:
                continue
            versions = [
                self._read_version(path)
                for path in sorted(folder.glob("version-*"))
                if (path / _META).is_file()
            ]
            yield CarriedModel(
                name=_name_of(folder, meta),
                description=str(meta.get("description") or ""),
                created_at=millis(meta.get("creation_timestamp")) or 0,
                tags=self._texts(folder / "tags"),
                aliases={
                    name: int(number)
                    for name, number in self._texts(folder / "aliases").items()
                    if number.isdigit()
                },
                versions=[one for one in versions if one is not None],
            )

    def logged_models(
        self, experiment: str | None
    ) -> Iterable[tuple[CarriedLogged, Iterable[ForeignFile]]]:
        """Give none, but note those that are there."""
        self._note_below("models", "logged models in folders are not taken", experiment)
        return ()

    def traces(
        self, experiment: str | None
    ) -> Iterable[tuple[CarriedTrace, list[CarriedSpans], Iterable[ForeignFile]]]:
        """Give none, but note those that are there."""
        self._note_below("traces", "traces in folders are not taken", experiment)
        return ()

    def _note_below(self, name: str, reason: str, experiment: str | None) -> None:
        for path, meta in self._found:
            if experiment in (None, _name_of(path, meta)):
                for one in sorted((path / name).glob("*")):
                    self.leave(reason, str(one))

    def _read_version(self, folder: Path) -> CarriedVersion | None:
        meta = self._meta(folder) or {}
        if not str(meta.get("version", "")).isdigit():
            self.leave("the model version cannot be read", str(folder))
            return None
        run = self._runs.get(str(meta.get("run_id")))
        uri = str((self._meta(run) or {}).get("artifact_uri") or "") if run else ""
        return version_of(meta, tags=self._texts(folder / "tags"), uri=uri)

    def _experiment_folders(self) -> Iterator[Path]:
        for above in (self._folder, self._folder / _TRASH):
            try:
                found = sorted(path for path in above.iterdir() if path.is_dir())
            except OSError:
                continue
            yield from (
                path
                for path in found
                if path.name not in _NO_EXPERIMENTS and (path / _META).is_file()
            )

    def _meta(self, folder: Path) -> dict[str, Any] | None:
        try:
            found = yaml.load((folder / _META).read_bytes(), Loader=_LOADER)  # noqa: S506 - safe
        except (OSError, yaml.YAMLError, ValueError, RecursionError):
            found = None
        if isinstance(found, dict):
            return found
        self.leave(f"its {_META} cannot be read", str(folder))
        return None

    def _trashed(self, meta: dict[str, Any]) -> int | None:
        if meta.get("lifecycle_stage") != "deleted":
            return None
        return millis(meta.get("deleted_time")) or millis(meta.get("last_update_time")) or now_ms()

    def _read_run(self, folder: Path, experiment: str, *, is_trashed: bool) -> ForeignRun | None:
        meta = self._meta(folder)
        if meta is None:
            return None
        run = foreign_run(
            meta,
            experiment=experiment,
            params=self._texts(folder / "params"),
            tags=self._texts(folder / "tags"),
            inputs=list(self._read_inputs(folder)),
            trashed_at=self._trashed(meta) or (now_ms() if is_trashed else None),
        )
        self._runs[run.foreign_id] = folder
        return run

    def _read_inputs(self, folder: Path) -> Iterator[DatasetInput]:
        for path in sorted((folder / "inputs").glob("*")):
            meta = self._meta(path) or {}
            data = folder.parent / "datasets" / str(meta.get("source_id"))
            if meta.get("source_type") != "DATASET" or not (data / _META).is_file():
                continue
            found = self._meta(data) or {}
            yield DatasetInput(
                Dataset(
                    name=str(found.get("name")),
                    digest=str(found.get("digest")),
                    source_type=str(found.get("source_type") or ""),
                    source=str(found.get("source") or ""),
                    schema=_text_or_none(found.get("schema")),
                    profile=_text_or_none(found.get("profile")),
                ),
                tags={str(k): str(v) for k, v in (meta.get("tags") or {}).items()},
            )

    def _texts(self, folder: Path) -> dict[str, str]:
        """Return the texts of the files below a folder by their names, which may hold slashes."""
        found: dict[str, str] = {}
        for path in _all_files(folder):
            name = (
                unquote(path.relative_to(folder).as_posix())
                if os.name == "nt"
                else (path.relative_to(folder).as_posix())
            )
            try:
                if path.stat().st_size > _MAX_TEXT:
                    self.leave("the text is too long", str(path))
                    continue
                found[name] = path.read_text(encoding="utf-8").rstrip("\n")
            except (OSError, ValueError) as error:
                self.leave("the file cannot be read", f"{path}: {error}")
        return found

    def _read_points(self, run: ForeignRun, folder: Path) -> Iterator[tuple[str, int, int, float]]:
        below = folder / "metrics"
        for path in _all_files(below):
            name = path.relative_to(below).as_posix()
            bad = 0
            with path.open(encoding="utf-8", errors="replace") as lines:
                for line in lines:
                    parts = line.split()
                    try:
                        time, value = int(parts[0]), float(parts[1])
                        yield name, int(parts[2]) if len(parts) > 2 else 0, time, value  # noqa: PLR2004
                    except (IndexError, ValueError):
                        bad += bool(parts)
            if bad:
                self.leave("lines of a metric cannot be read", f"{run.foreign_id} {name}: {bad}")


def local_folder(uri: str, relative_to: Path) -> Path | None:
    """Return the local folder that an artifact URI names, as a ``file:`` URL or as a path."""
    parts = urlsplit(uri)
    if parts.scheme == "file":
        return Path(url2pathname(parts.path))
    if not uri or len(parts.scheme) > 1:
        return None
    return relative_to / uri


def _all_files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _has_any(folder: Path) -> bool:
    return folder.is_dir() and any(folder.iterdir())


def _name_of(path: Path, meta: dict[str, Any]) -> str:
    return str(meta.get("name") or path.name)


def _text_or_none(value: object) -> str | None:
    return None if value is None else str(value)
