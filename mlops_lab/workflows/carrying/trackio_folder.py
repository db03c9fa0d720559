"""Owns reading what trackio keeps on this machine: one SQLite file a project."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, MetaData, RowMapping, Table, create_engine, inspect, null, select
from sqlalchemy.exc import SQLAlchemyError

from mlops_lab.core.carrying import CarriedExperiment, CarriedPoints
from mlops_lab.core.clock import Millis, now_ms
from mlops_lab.core.errors import InvalidInputError

from .flat import as_number, flat, from_iso, from_json, texts_of
from .source import ForeignFile, ForeignRun, Source, files_below, portions_of

_METRICS, _SYSTEM, _CONFIGS = "metrics", "system_metrics", "configs"
_HIDDEN = "_"


class TrackioFolder(Source):
    """A folder of trackio with ``<project>.db`` files, or one of them."""

    kind = "trackio"

    def __init__(self, place: Path) -> None:
        super().__init__(str(place))
        self._folder = place if place.is_dir() else place.parent
        self._open: dict[str, tuple[Engine, dict[str, Table]]] = {}
        self._keys: dict[str, tuple[str, str, str]] = {}
        for path in sorted(place.glob("*.db")) if place.is_dir() else [place]:
            self._open_project(path)
        if not self._open:
            raise InvalidInputError(
                f"{str(place)!r} holds no project of trackio.",
                hint="Name its folder, such as ~/.cache/huggingface/trackio, or a .db file in it.",
            )

    def _open_project(self, path: Path) -> None:
        engine = create_engine(f"sqlite:///file:{path.resolve()}?mode=ro&uri=true")
        try:
            there = set(inspect(engine).get_table_names())
            metadata = MetaData()
            tables = {
                name: Table(name, metadata, autoload_with=engine, resolve_fks=False)
                for name in (_METRICS, _SYSTEM, _CONFIGS)
                if name in there
            }
        except SQLAlchemyError as error:
            self.leave("the file cannot be read", f"{path}: {error}")
            tables = {}
        if _METRICS in tables:
            self._open[path.stem] = (engine, tables)
        else:
            engine.dispose()

    def experiments(self) -> Iterable[CarriedExperiment]:
        """Give the projects."""
        return [CarriedExperiment(name, now_ms()) for name in self._open]

    def runs(self, experiment: str | None) -> Iterable[ForeignRun]:
        """Give the runs, the oldest first."""
        for project in self._open:
            if experiment in (None, project):
                yield from self._read_project(project)

    def _read_project(self, project: str) -> Iterator[ForeignRun]:
        configs = {
            _key(row): row
            for row in self._rows(project, _CONFIGS, "run_id", "run_name", "config", "created_at")
        }
        spans: dict[tuple[str, str], list[str]] = {}
        for row in self._rows(project, _METRICS, "run_id", "run_name", "timestamp", order="id"):
            span = spans.setdefault(_key(row), [row["timestamp"]] * 2)
            span[:] = [min(span[0], row["timestamp"]), max(span[1], row["timestamp"])]
        for key in dict.fromkeys([*spans, *configs]):
            run_id, name = key
            config = from_json(configs[key]["config"]) if key in configs else {}
            config = config if isinstance(config, dict) else {}
            created = from_iso(configs[key]["created_at"]) if key in configs else None
            first, last = (from_iso(t) for t in spans.get(key, ["", ""]))
            foreign_id = f"{project}/{run_id or name}"
            self._keys[foreign_id] = (project, run_id, name)
            shown = {k: v for k, v in config.items() if not k.startswith(_HIDDEN)}
            yield ForeignRun(
                foreign_id=foreign_id,
                run_id=run_id.replace("-", ""),
                name=name,
                experiment=project,
                status="finished",
                user=str(config.get("_Username") or ""),
                started_at=created or first or 0,
                ended_at=last or created,
                params=texts_of(shown) if shown else {},
                tags={"trackio.group": str(config["_Group"])} if config.get("_Group") else {},
            )

    def points(self, run: ForeignRun) -> Iterable[CarriedPoints]:
        """Give the points of a run, and those of its machine."""
        return portions_of(self._read_points(run))

    def _read_points(self, run: ForeignRun) -> Iterator[tuple[str, int, Millis, float]]:
        project, run_id, name = self._keys[run.foreign_id]
        odd: set[str] = set()
        for table, prefix in ((_METRICS, ""), (_SYSTEM, "system/")):
            shown = ("run_id", "run_name", "timestamp", "step", "metrics")
            rows = self._rows(project, table, *shown, order="id", of_run=(run_id, name))
            for at, row in enumerate(rows):
                values = from_json(row["metrics"])
                if not isinstance(values, dict):
                    continue
                time = from_iso(row["timestamp"]) or run.started_at
                step = at if row["step"] is None else int(row["step"])
                for key, given in flat(values, joined="/"):
                    value = as_number(given)
                    if value is None:
                        odd.add(key.partition("/")[0])
                    else:
                        yield f"{prefix}{key}", step, time, value
        for one in sorted(odd):
            self.leave("values that are no numbers are not metrics", f"{run.foreign_id} {one}")

    def files(self, run: ForeignRun) -> Iterable[ForeignFile]:
        """Give the media of a run."""
        project, run_id, name = self._keys[run.foreign_id]
        for below in dict.fromkeys([run_id or name, name]):
            folder = self._folder / "media" / project / below
            if below and folder.is_dir():
                yield from files_below(folder, self.leave, shown=run.foreign_id)

    def _rows(
        self,
        project: str,
        table: str,
        *columns: str,
        order: str = "",
        of_run: tuple[str, str] | None = None,
    ) -> Iterator[RowMapping]:
        engine, tables = self._open[project]
        found = tables.get(table)
        if found is None:
            return
        query = select(*(found.c[c] if c in found.c else null().label(c) for c in columns))
        if of_run is not None:
            has_id = "run_id" in found.c and of_run[0]
            query = query.where(
                found.c.run_id == of_run[0] if has_id else found.c.run_name == of_run[1]
            )
        if order:
            query = query.order_by(found.c[order])
        with engine.connect().execution_options(yield_per=5_000) as cx:
            yield from cx.execute(query).mappings()

    def close(self) -> None:
        """Close every file."""
        for engine, _ in self._open.values():
            engine.dispose()


def _key(row: RowMapping) -> tuple[str, str]:
    found: tuple[Any, Any] = (row["run_id"], row["run_name"])
    return str(found[0] or ""), str(found[1] or "")
