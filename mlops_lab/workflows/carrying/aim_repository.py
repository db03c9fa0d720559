"""Owns importing a repository of Aim: a copy of it is read by Aim's own library, in a child process."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from mlops_lab.core.carrying import CarriedExperiment, CarriedPoints
from mlops_lab.core.clock import Millis
from mlops_lab.core.errors import InvalidInputError, StoreUnavailableError

from .aim_reader import LEFT, POINTS, RUNS
from .source import ForeignRun, Source

_FOLDER = ".aim"
_READER = "mlops_lab.workflows.carrying.aim_reader"


class AimRepository(Source):
    """A folder with ``.aim`` in it, or that folder."""

    kind = "aim"

    def __init__(self, place: Path) -> None:
        super().__init__(str(place))
        inner = place if place.name == _FOLDER else place / _FOLDER
        if not inner.is_dir():
            raise InvalidInputError(
                f"{str(place)!r} is no repository of Aim: it has no folder {_FOLDER}.",
                hint="Name the folder in which aim init was run.",
            )
        if importlib.util.find_spec("aim") is None:
            raise InvalidInputError(
                "Aim is not installed here, and its library reads its files.",
                hint="Install it: pip install aim",
            )
        self._work = tempfile.TemporaryDirectory(
            prefix="mlops-lab-aim-", ignore_cleanup_errors=True
        )
        try:
            self._read(inner)
        except BaseException:
            self._work.cleanup()
            raise

    def experiments(self) -> Iterable[CarriedExperiment]:
        """Give the experiments."""
        starts: dict[str, Millis] = {}
        for run in self._runs():
            starts[run.experiment] = min(run.started_at, starts.get(run.experiment, run.started_at))
        return [CarriedExperiment(name, at) for name, at in sorted(starts.items())]

    def runs(self, experiment: str | None) -> Iterable[ForeignRun]:
        """Give the runs."""
        for reason, example in self._lines(LEFT, tuple[str, str]):
            self.leave(reason, example)
        return (run for run in self._runs() if experiment in (None, run.experiment))

    def points(self, run: ForeignRun) -> Iterable[CarriedPoints]:
        """Give the points of a run; those of a context are a metric of their own."""
        return self._lines(f"{run.foreign_id}{POINTS}", CarriedPoints)

    def close(self) -> None:
        """Remove the copy."""
        self._work.cleanup()

    def _read(self, inner: Path) -> None:
        folder = Path(self._work.name)
        try:
            shutil.copytree(inner, folder / "copy" / _FOLDER)
        except (OSError, shutil.Error) as error:
            raise StoreUnavailableError(
                f"{self.place!r} cannot be copied to read it: {error}.",
                hint="Check free space in the folder for temporary files.",
            ) from error
        (folder / "out").mkdir()
        command = [sys.executable, "-m", _READER, str(folder / "copy"), str(folder / "out")]
        environ = os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=environ)
        if done.returncode:
            told = (done.stderr.strip().splitlines() or ["it ended without a word"])[-1]
            raise InvalidInputError(f"Aim cannot read {self.place!r}: {told}.")

    def _runs(self) -> Iterator[ForeignRun]:
        return self._lines(RUNS, ForeignRun)

    def _lines(self, name: str, kind: Any) -> Iterator[Any]:
        with (Path(self._work.name) / "out" / name).open("rb") as lines:
            for line in lines:
                yield msgspec.json.decode(line, type=kind)
