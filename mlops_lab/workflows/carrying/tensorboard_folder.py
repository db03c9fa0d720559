"""Owns reading TensorBoard's event files with TensorBoard's own library: one run a folder."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from mlops_lab.core.carrying import CarriedExperiment, CarriedPoints
from mlops_lab.core.clock import Millis
from mlops_lab.core.errors import InvalidInputError

from .flat import as_text
from .source import ForeignFile, ForeignRun, Source, portions_of

_PATTERN = "*tfevents*"
_SCALARS, _TEXT, _HPARAMS = "scalars", "text", "hparams"
_HPARAMS_TAG = "_hparams_/session_start_info"
_MAX_TEXT = 8_000
_ODD = "images, audio, histograms, graphs and tensors are not taken"


class TensorboardFolder(Source):
    """A log folder: each folder in it that holds event files is a run."""

    kind = "tensorboard"

    def __init__(self, folder: Path) -> None:
        super().__init__(str(folder))
        try:
            from tensorboard.backend.event_processing import event_file_loader
        except ImportError as error:
            raise InvalidInputError(
                "TensorBoard is not installed here, and its library reads its files.",
                hint="Install it: pip install tensorboard",
            ) from error
        self._loader: Any = event_file_loader.EventFileLoader
        root = folder if folder.is_dir() else folder.parent
        found = sorted(folder.rglob(_PATTERN)) if folder.is_dir() else [folder]
        self._experiment = root.resolve().name or "tensorboard"
        self._root = root
        self._files: dict[Path, list[Path]] = {}
        for path in found:
            self._files.setdefault(path.parent, []).append(path)
        if not self._files:
            raise InvalidInputError(
                f"{str(folder)!r} holds no event file of TensorBoard.",
                hint="Name the folder that --logdir names.",
            )
        self._by_id: dict[str, Path] = {}

    def experiments(self) -> Iterable[CarriedExperiment]:
        """Give the one experiment, which is called like the folder."""
        starts = [at for folder in self._files if (at := self._first_time(folder)) is not None]
        return [CarriedExperiment(self._experiment, min(starts, default=0))]

    def runs(self, experiment: str | None) -> Iterable[ForeignRun]:
        """Give the runs by the name of their folder."""
        for folder in self._files if experiment in (None, self._experiment) else ():
            run = self._read_run(folder)
            if run is not None:
                self._by_id[run.foreign_id] = folder
                yield run

    def points(self, run: ForeignRun) -> Iterable[CarriedPoints]:
        """Give the scalars of a run."""
        return portions_of(self._read_points(run))

    def files(self, run: ForeignRun) -> Iterable[ForeignFile]:
        """Give the event files themselves, so that what is not taken is not lost."""
        for path in self._files[self._by_id[run.foreign_id]]:
            yield ForeignFile(f"tensorboard/{path.name}", _opener(path))

    def _events(self, folder: Path) -> Iterator[Any]:
        for path in self._files[folder]:
            try:
                yield from self._loader(str(path)).Load()
            except Exception as error:  # noqa: BLE001 - the library raises what its parts raise
                self.leave("the event file cannot be read to its end", f"{path}: {error}")

    def _first_time(self, folder: Path) -> Millis | None:
        return next((int(event.wall_time * 1000) for event in self._events(folder)), None)

    def _read_run(self, folder: Path) -> ForeignRun | None:
        times: list[float] = []
        params: dict[str, str] = {}
        texts: dict[str, str] = {}
        odd: set[str] = set()
        for _, value, kind in self._values(folder, times):
            if kind == _HPARAMS and value.tag == _HPARAMS_TAG:
                params |= _read_hparams(value.metadata.plugin_data.content)
            elif kind == _TEXT:
                texts[value.tag] = _read_text(value)
            elif kind not in (_SCALARS, _HPARAMS):
                odd.add(f"{value.tag} ({kind or 'unknown'})")
        if not times:
            return None
        name = folder.relative_to(self._root).as_posix()
        started_at, ended_at = int(min(times) * 1000), int(max(times) * 1000)
        for one in sorted(odd):
            self.leave(_ODD, f"{name} {one}")
        return ForeignRun(
            foreign_id=f"{self._experiment}/{name} {started_at}",
            name=self._experiment if name == "." else name,
            experiment=self._experiment,
            status="finished",
            user="",
            started_at=started_at,
            ended_at=ended_at,
            params=params,
            tags={name: text[:_MAX_TEXT] for name, text in texts.items() if text},
        )

    def _values(self, folder: Path, times: list[float]) -> Iterator[tuple[Any, Any, str]]:
        """Yield (event, value, name of the plugin); the first value of a tag names the plugin."""
        kinds: dict[str, str] = {}
        for event in self._events(folder):
            span = [*times, event.wall_time]
            times[:] = [min(span), max(span)]
            for value in event.summary.value if event.HasField("summary") else ():
                named = value.metadata.plugin_data.plugin_name
                yield event, value, kinds.setdefault(value.tag, named)

    def _read_points(self, run: ForeignRun) -> Iterator[tuple[str, int, Millis, float]]:
        from tensorboard.util import tensor_util

        for event, value, kind in self._values(self._by_id[run.foreign_id], []):
            if kind != _SCALARS:
                continue
            number = tensor_util.make_ndarray(value.tensor)
            if number.size == 1:
                time = int(event.wall_time * 1000)
                yield value.tag, int(event.step), time, float(number.item())


def _read_hparams(content: bytes) -> dict[str, str]:
    from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData

    found: dict[str, str] = {}
    for name, value in HParamsPluginData.FromString(content).session_start_info.hparams.items():
        which = value.WhichOneof("kind")
        found[name] = as_text(getattr(value, which)) if which else "None"
    return found


def _read_text(value: Any) -> str:
    from tensorboard.util import tensor_util

    array = tensor_util.make_ndarray(value.tensor)
    return "\n".join(
        part.decode("utf-8", "replace") if isinstance(part, bytes) else str(part)
        for part in array.reshape(-1).tolist()
    )


def _opener(path: Path) -> Any:
    return lambda: path.open("rb")
