"""Owns reading a database of MLflow (SQLite or PostgreSQL), without MLflow, whatever its version.

The tables are read as they are found: a column that a version lacks reads as nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Engine,
    MetaData,
    RowMapping,
    Table,
    create_engine,
    inspect,
    null,
    select,
)
from sqlalchemy.exc import SQLAlchemyError

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
from mlops_lab.store.engine import shown_url
from mlops_lab.store.rows import pieces

from . import mlflow_beside
from .mlflow_folder import local_folder
from .mlflow_words import KIND, foreign_run, millis, version_of
from .source import ForeignFile, ForeignRun, Source, files_below, portions_of

_NAN = float("nan")
_READ = (
    "experiments", "experiment_tags", "runs", "params", "metrics", "tags", "datasets", "inputs",
    "input_tags", "registered_models", "registered_model_tags", "registered_model_aliases",
    "model_versions", "model_version_tags", "logged_models", "logged_model_metrics",
    "logged_model_params", "logged_model_tags", "trace_info", "trace_tags",
    "trace_request_metadata", "spans", "assessments", "evaluation_datasets",
)  # fmt: skip
_NEEDED = ("experiments", "runs", "params", "metrics", "tags")
_DELETED = "Deleted_Internal"
_PROXIED = "mlflow-artifacts"
_HINT = "Name MLflow's backend store, such as mlflow.db or postgresql://USER@HOST/NAME."
_UNREACHED = "its files are at a place that cannot be read from here"


class MlflowDatabase(Source):
    """A database that MLflow's tracking server or client wrote."""

    kind = KIND

    def __init__(self, engine: Engine, *, folder: Path | None) -> None:
        super().__init__(shown_url(engine.url) if folder is None else str(engine.url.database))
        self.place = self.place.removeprefix("file:").partition("?")[0] if folder else self.place
        self._engine = engine
        self._folder = folder
        self._uris: dict[str, str] = {}
        try:
            self.tables = self._reflect()
        except SQLAlchemyError as error:
            engine.dispose()
            reason = str(getattr(error, "orig", None) or error).splitlines()[0]
            raise InvalidInputError(
                f"{self.place} cannot be read: {reason}.", hint=_HINT
            ) from error

    def _reflect(self) -> dict[str, Table]:
        there = set(inspect(self._engine).get_table_names())
        if missing := [name for name in _NEEDED if name not in there]:
            raise InvalidInputError(
                f"{self.place} is no database of MLflow: it has no table {missing[0]!r}.",
                hint=_HINT,
            )
        metadata = MetaData()
        return {
            name: Table(name, metadata, autoload_with=self._engine, resolve_fks=False)
            for name in _READ
            if name in there
        }

    def experiments(self) -> Iterable[CarriedExperiment]:
        """Give the experiments."""
        tags: dict[str, dict[str, str]] = {}
        for row in self.rows("experiment_tags", "experiment_id", "key", "value"):
            tags.setdefault(str(row["experiment_id"]), {})[row["key"]] = row["value"] or ""
        columns = ("experiment_id", "name", "artifact_location", "lifecycle_stage")
        for row in self.rows("experiments", *columns, "creation_time", "last_update_time"):
            yield CarriedExperiment(
                name=str(row["name"]),
                created_at=millis(row["creation_time"]) or now_ms(),
                artifact_location=row["artifact_location"],
                trashed_at=_trashed(row, "last_update_time"),
                tags=tags.get(str(row["experiment_id"]), {}),
            )

    def runs(self, experiment: str | None) -> Iterable[ForeignRun]:
        """Give the runs, the oldest first."""
        experiments = {
            row["experiment_id"]: row
            for row in self.rows("experiments", "experiment_id", "name", "lifecycle_stage")
        }
        columns = (
            "run_uuid", "name", "user_id", "status", "start_time", "end_time", "deleted_time",
            "lifecycle_stage", "artifact_uri", "experiment_id",
        )  # fmt: skip
        where = []
        if experiment is not None:
            ids = [one for one, row in experiments.items() if row["name"] == experiment]
            where = [self.tables["runs"].c.experiment_id.in_(ids)]
        found = self.rows("runs", *columns, where=where, order=("start_time", "run_uuid"))
        for some in pieces(found, 200):
            yield from self._read_runs(some, experiments)

    def _read_runs(
        self, rows: Sequence[RowMapping], experiments: dict[Any, RowMapping]
    ) -> Iterator[ForeignRun]:
        ids = [row["run_uuid"] for row in rows]
        params, tags = self._texts("params", ids), self._texts("tags", ids)
        inputs = self._read_inputs(ids)
        for row in rows:
            run_id, above = row["run_uuid"], experiments[row["experiment_id"]]
            self._uris[run_id] = row["artifact_uri"] or ""
            trashed_at = _trashed(row, "deleted_time")
            if above["lifecycle_stage"] == "deleted":
                trashed_at = trashed_at or now_ms()
            yield foreign_run(
                {**row, "run_name": row["name"]},
                experiment=str(above["name"]),
                params=params.get(run_id, {}),
                tags=tags.get(run_id, {}),
                inputs=inputs.get(run_id, []),
                trashed_at=trashed_at,
            )

    def points(self, run: ForeignRun) -> Iterable[CarriedPoints]:
        """Give the points of a run, metric by metric."""
        table = self.tables["metrics"]
        where = [table.c.run_uuid == run.foreign_id]
        # Of points with the same step and time, MLflow shows the greatest.
        order = ("key", "timestamp", "step", "value")
        rows = self.rows("metrics", *order, "is_nan", where=where, order=order)
        return portions_of(
            (row["key"], int(row["step"] or 0), int(row["timestamp"] or 0), _value(row))
            for row in rows
        )

    def files(self, run: ForeignRun) -> Iterable[ForeignFile]:
        """Give the files of a run, if they are in a folder of this machine."""
        return self._files_at(self._uris[run.foreign_id], run.foreign_id)

    def models(self) -> Iterable[CarriedModel]:
        """Give the registered models."""
        tags = self._grouped("registered_model_tags", ("name",), "key", "value")
        aliases = self._grouped("registered_model_aliases", ("name",), "alias", "version")
        version_tags = self._grouped("model_version_tags", ("name", "version"), "key", "value")
        versions: dict[str, list[CarriedVersion]] = {}
        columns = (
            "name", "version", "creation_time", "description", "user_id", "current_stage", "source",
            "run_id", "run_link",
        )  # fmt: skip
        for row in self.rows("model_versions", *columns, order=("name", "version")):
            if row["current_stage"] != _DELETED:
                key = (row["name"], row["version"])
                uri = self._uris.get(row["run_id"] or "", "")
                one = version_of(dict(row), tags=version_tags.get(key, {}), uri=uri)
                versions.setdefault(row["name"], []).append(one)
        for row in self.rows("registered_models", "name", "creation_time", "description"):
            by_name = (row["name"],)
            yield CarriedModel(
                name=row["name"],
                description=row["description"] or "",
                created_at=millis(row["creation_time"]) or 0,
                tags=tags.get(by_name, {}),
                aliases={name: int(number) for name, number in aliases.get(by_name, {}).items()},
                versions=versions.get(row["name"], []),
            )

    def logged_models(
        self, experiment: str | None
    ) -> Iterable[tuple[CarriedLogged, Iterable[ForeignFile]]]:
        """Give the logged models with their files."""
        for one, uri in mlflow_beside.read_logged(self, self._names(experiment)):
            yield one, self._files_at(uri, one.model.id)

    def traces(
        self, experiment: str | None
    ) -> Iterable[tuple[CarriedTrace, list[CarriedSpans], Iterable[ForeignFile]]]:
        """Give the traces with their spans and files; evaluation datasets stay there."""
        for row in self.rows("evaluation_datasets", "name"):
            self.leave("evaluation datasets are not taken", str(row["name"]))
        for one, spans, uri in mlflow_beside.read_traces(self, self._names(experiment)):
            places = [place for place in self.places_of(uri) if uri and place.is_dir()]
            if not spans and not places:
                self.leave(
                    "the spans of the trace are at a place that cannot be read", one.trace.id
                )
            yield one, spans, self._files_at(uri, one.trace.id) if places else ()

    def _names(self, experiment: str | None) -> dict[str, str]:
        return {
            str(row["experiment_id"]): str(row["name"])
            for row in self.rows("experiments", "experiment_id", "name")
            if experiment in (None, row["name"])
        }

    def _files_at(self, uri: str, shown: str) -> Iterable[ForeignFile]:
        places = self.places_of(uri)
        if not places:
            self.leave(_UNREACHED, f"{shown} {uri}")
        there = [place for place in places if place.is_dir()]
        return files_below(there[0], self.leave, shown=shown) if there else ()

    def _grouped(
        self, table: str, by: tuple[str, ...], name: str, value: str
    ) -> dict[tuple[Any, ...], dict[str, str]]:
        found: dict[tuple[Any, ...], dict[str, str]] = {}
        for row in self.rows(table, *by, name, value):
            key = tuple(row[column] for column in by)
            found.setdefault(key, {})[row[name]] = str(row[value] or "")
        return found

    def places_of(self, uri: str) -> list[Path]:
        """Return the folders in which the files of an artifact URI may be."""
        here = self._folder or Path.cwd()
        if uri.startswith(f"{_PROXIED}:"):
            path = uri.removeprefix(f"{_PROXIED}:").lstrip("/")
            # Where ``mlflow server`` keeps them by default.
            return [here / "mlartifacts" / path, here / "mlruns" / path]
        found = local_folder(uri, here)
        if found is None:
            return []
        # A folder that was moved with its database.
        moved = [
            here.joinpath(*found.parts[found.parts.index(name) :])
            for name in ("mlruns", "mlartifacts")
            if name in found.parts
        ]
        return [found, *moved]

    def rows(
        self,
        table: str,
        *columns: str,
        where: Sequence[ColumnElement[bool]] = (),
        order: Sequence[str] = (),
    ) -> Iterator[RowMapping]:
        """Yield rows of a table, never all of them at once; without the table there are none."""
        found = self.tables.get(table)
        if found is None:
            return
        shown = [found.c[name] if name in found.c else null().label(name) for name in columns]
        query = select(*shown).where(*where).order_by(*(found.c[name] for name in order))
        with self._engine.connect().execution_options(yield_per=5_000) as cx:
            yield from cx.execute(query).mappings()

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()

    def _texts(self, table: str, run_ids: Sequence[str]) -> dict[str, dict[str, str]]:
        found: dict[str, dict[str, str]] = {}
        where = [self.tables[table].c.run_uuid.in_(run_ids)]
        for row in self.rows(table, "run_uuid", "key", "value", where=where):
            found.setdefault(row["run_uuid"], {})[row["key"]] = str(row["value"] or "")
        return found

    def _read_inputs(self, run_ids: Sequence[str]) -> dict[str, list[DatasetInput]]:
        table, data = self.tables.get("inputs"), self.tables.get("datasets")
        if table is None or data is None:
            return {}
        where = [table.c.destination_id.in_(run_ids), table.c.source_type == "DATASET"]
        columns = ("input_uuid", "source_id", "destination_id")
        links = list(self.rows("inputs", *columns, where=where))
        tags: dict[str, dict[str, str]] = {}
        for some in pieces(row["input_uuid"] for row in links):
            named = [self.tables["input_tags"].c.input_uuid.in_(some)]
            for row in self.rows("input_tags", "input_uuid", "name", "value", where=named):
                tags.setdefault(row["input_uuid"], {})[row["name"]] = str(row["value"])
        known: dict[str, RowMapping] = {}
        shown = ("dataset_uuid", "name", "digest", "dataset_source_type", "dataset_source")
        for some in pieces({row["source_id"] for row in links}):
            where = [data.c.dataset_uuid.in_(some)]
            extra = ("dataset_schema", "dataset_profile")
            for row in self.rows("datasets", *shown, *extra, where=where):
                known[row["dataset_uuid"]] = row
        found: dict[str, list[DatasetInput]] = {}
        for link in links:
            if link["source_id"] in known:
                one = _input_of(known[link["source_id"]], tags.get(link["input_uuid"], {}))
                found.setdefault(link["destination_id"], []).append(one)
        return found


def open_file(path: Path) -> MlflowDatabase:
    """Open a database file of MLflow, to read only."""
    engine = create_engine(f"sqlite:///file:{path.resolve()}?mode=ro&uri=true")
    return MlflowDatabase(engine, folder=path.resolve().parent)


def open_url(url: str) -> MlflowDatabase:
    """Open a database of MLflow on PostgreSQL.

    Raises:
        InvalidInputError: it cannot be reached, or is none of MLflow's.
    """
    rest = url.partition("://")[2]
    try:
        return MlflowDatabase(create_engine(f"postgresql+psycopg://{rest}"), folder=None)
    except ModuleNotFoundError as error:
        raise InvalidInputError(
            "The driver for PostgreSQL is missing.",
            hint="Install it: pip install 'mlops-lab[postgres]'",
        ) from error


def _trashed(row: RowMapping, column: str) -> int | None:
    if row["lifecycle_stage"] != "deleted":
        return None
    return millis(row[column]) or now_ms()


def _value(row: RowMapping) -> float:
    return _NAN if row["is_nan"] or row["value"] is None else float(row["value"])


def _input_of(row: RowMapping, tags: dict[str, str]) -> DatasetInput:
    return DatasetInput(
        Dataset(
            name=row["name"],
            digest=row["digest"],
            source_type=row["dataset_source_type"] or "",
            source=row["dataset_source"] or "",
            schema=row["dataset_schema"],
            profile=row["dataset_profile"],
        ),
        tags=tags,
    )
