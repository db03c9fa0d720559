"""Owns what every reader of another tool gives: experiments, runs, their points and files."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import IO, Self

import msgspec

from mlops_lab.core.carrying import (
    CarriedExperiment,
    CarriedLogged,
    CarriedModel,
    CarriedPoints,
    CarriedSpans,
    CarriedTrace,
)
from mlops_lab.core.clock import Millis
from mlops_lab.core.inputs import DatasetInput
from mlops_lab.core.numbers import WireNumber, to_wire
from mlops_lab.core.tracking import Cell, RunStatus

POINTS_PER_PORTION = 5_000


class ForeignFile(msgspec.Struct, frozen=True):
    """A file of a run: its path there, and how it is opened; a local one can be opened twice."""

    path: str
    open: Callable[[], AbstractContextManager[IO[bytes]]]
    is_local: bool = True


class ForeignRun(msgspec.Struct, frozen=True, kw_only=True):
    """A run as another tool has recorded it, without its points and files.

    ``foreign_id`` tells it from every other run of that tool, wherever it is read; ``run_id`` is the
    id that it would like to have here. ``parent`` is a foreign id. Params are plain text.
    """

    foreign_id: str
    run_id: str | None = None
    name: str
    experiment: str
    status: RunStatus
    user: str
    started_at: Millis
    ended_at: Millis | None = None
    trashed_at: Millis | None = None
    parent: str | None = None
    notebook_path: str | None = None
    params: dict[str, str] = {}
    tags: dict[str, str] = {}
    inputs: list[DatasetInput] = []
    cells: list[Cell] = []


class Source(ABC):
    """A place that another tool has written. It is read, never written; close it when done.

    ``kind`` is the word for the tool, ``place`` what people call the place.
    """

    kind: str = ""

    def __init__(self, place: str) -> None:
        self.place = place
        self._left: list[tuple[str, str]] = []

    @abstractmethod
    def experiments(self) -> Iterable[CarriedExperiment]:
        """Give the experiments."""

    @abstractmethod
    def runs(self, experiment: str | None) -> Iterable[ForeignRun]:
        """Give the runs, of one experiment if it is named."""

    @abstractmethod
    def points(self, run: ForeignRun) -> Iterable[CarriedPoints]:
        """Give the points of a run in portions."""

    def files(self, run: ForeignRun) -> Iterable[ForeignFile]:  # noqa: ARG002 - not all have any
        """Give the files of a run."""
        return ()

    def models(self) -> Iterable[CarriedModel]:
        """Give the registered models with their versions; asked when all runs were given."""
        return ()

    def logged_models(
        self,
        experiment: str | None,  # noqa: ARG002 - not all have any
    ) -> Iterable[tuple[CarriedLogged, Iterable[ForeignFile]]]:
        """Give the logged models with their files; asked when all runs were given."""
        return ()

    def traces(
        self,
        experiment: str | None,  # noqa: ARG002 - not all have any
    ) -> Iterable[tuple[CarriedTrace, list[CarriedSpans], Iterable[ForeignFile]]]:
        """Give the traces with their spans and files; asked when all runs were given."""
        return ()

    def close(self) -> None:
        """Close what is open."""
        return

    def leave(self, reason: str, example: str) -> None:
        """Note something that cannot be taken."""
        self._left.append((reason, example))

    def drain(self) -> list[tuple[str, str]]:
        """Return what was noted since the last call, as (reason, example)."""
        left, self._left = self._left, []
        return left

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def portions_of(points: Iterable[tuple[str, int, Millis, float]]) -> Iterator[CarriedPoints]:
    """Gather (name, step, time, value) into portions; those of one name need not come together."""
    open_ones: dict[str, CarriedPoints] = {}
    count = 0
    for name, step, time, value in points:
        one = open_ones.get(name)
        if one is None:
            one = open_ones[name] = CarriedPoints(name, [], [], [])
        _append(one, step, time, to_wire(value))
        count += 1
        if count >= POINTS_PER_PORTION:
            yield from open_ones.values()
            open_ones, count = {}, 0
    yield from open_ones.values()


def _append(one: CarriedPoints, step: int, time: Millis, value: WireNumber) -> None:
    one.steps.append(step)
    one.times.append(time)
    one.values.append(value)


def files_below(
    folder: Path, leave: Callable[[str, str], None], *, shown: str
) -> Iterator[ForeignFile]:
    """Give every file below a folder; a link that leads out of it is noted and left."""
    root = folder.resolve()
    for path in sorted(folder.rglob("*")):
        if path.is_dir():
            continue
        name = path.relative_to(folder).as_posix()
        if not path.resolve().is_relative_to(root):
            leave("the file is a link that leads out of its folder", f"{shown} {name}")
        elif not path.is_file():
            leave("it is no ordinary file", f"{shown} {name}")
        else:
            yield ForeignFile(name, _opener(path))


def _opener(path: Path) -> Callable[[], IO[bytes]]:
    return lambda: path.open("rb")
