"""Owns what a kernel knows of an experiment: its best run, and runs that need no repetition."""

from __future__ import annotations

import threading
from pathlib import Path

import msgspec

from mlops_lab.core.errors import LabError
from mlops_lab.core.ids import short_id
from mlops_lab.core.metrics import infer_direction, primary_rank
from mlops_lab.core.numbers import to_wire
from mlops_lab.core.tracking import Briefing, Direction, Experiment, KnownRun, Run

from .briefingfile import BriefingFile
from .display import note
from .opener import Opener
from .reader import Reader
from .run import RunLog

FIRST_WAIT_S = 0.05
"""The first tracked cell waits so long for what the server knows; no later cell waits."""

MAX_KNOWN = 10_000
"""So many runs of this process are known by what they were made of."""

MAX_KEPT = 1_000
"""So many of the newest runs are kept for the next process, as many as a server tells of."""


class Known(msgspec.Struct, frozen=True):
    """An earlier run: its id, its name, what came out of it, in words, and its experiment."""

    run_id: str
    name: str
    result: str | None
    experiment: str = ""


class Best(msgspec.Struct, frozen=True):
    """The best value of the primary metric of an experiment."""

    metric: str
    direction: Direction
    value: float


class _Own(msgspec.Struct, frozen=True):
    value: float
    run_id: str


class Standing:
    """Briefings, fetched in threads of their own, and what this process has seen itself.

    Without a server a briefing is what the last kernel kept in a file; where the store was written
    to since, ``refresh`` has it read by a child process, for the cells that follow.
    """

    def __init__(self, opener: Opener) -> None:
        self._opener = opener
        self._reader = Reader()
        self._asked: dict[str, threading.Event] = {}
        self._briefings: dict[str, Briefing] = {}
        self._own: dict[str, Known] = {}
        self._best: dict[tuple[str, str], _Own] = {}
        self._first: dict[str, str] = {}
        self._files: dict[str, BriefingFile] = {}
        self._stale: set[str] = set()
        self._has_waited = False

    @property
    def has_server(self) -> bool:
        """Whether asking is quick."""
        return self._reader.has_server

    def ask(self, experiment: str) -> None:
        """Have the briefing of an experiment fetched, once, without waiting for it."""
        if experiment in self._asked:
            return
        if self._reader.has_server:
            self._fetch(experiment)
            return
        self._asked[experiment] = threading.Event()
        # Here, because loading the extension needs no folders.
        from .delivery import find_spool_dir

        file = self._files[experiment] = BriefingFile(find_spool_dir(), experiment)
        kept = file.read()
        if kept is not None:
            self._briefings[experiment] = kept
        files = _store_files()
        if kept is None or not files or not file.is_newer_than(files):
            self._stale.add(experiment)

    def refresh(self, experiment: str) -> None:
        """Have the store read by a child process if what is known is older, once, without waiting."""
        if experiment in self._stale and _has_store():
            self._stale.discard(experiment)
            self._fetch(experiment)

    def keep(self) -> None:
        """Keep what this process has seen for the next one; where there is a server it knows."""
        try:
            for experiment, file in self._files.items():
                own = {k: known for k, known in self._own.items() if known.experiment == experiment}
                if own:
                    file.add(self._with_own(experiment, own, file.read()))
        except Exception as error:  # noqa: BLE001 - what is left to deliver must be delivered
            note(f"what this kernel knows of its runs was not kept: {error!r}")

    def _with_own(self, experiment: str, own: dict[str, Known], kept: Briefing | None) -> Briefing:
        newest = [KnownRun(key, known.run_id, known.name) for key, known in own.items()][::-1]
        older = [one for one in (kept.known if kept else []) if one.identity not in own]
        told = kept.experiment if kept is not None else None
        for (name, metric), best in self._best.items():
            if name != experiment:
                continue
            direction = self.direction_of(name, metric)
            if told is None:
                told = Experiment(name, metric, direction, 0, None, None, 0, 0, None)
            known = None if told.best is None else float(told.best)
            if told.primary_metric == metric and (
                known is None or is_better(best.value, known, direction)
            ):
                told = msgspec.structs.replace(
                    told, best=to_wire(best.value), best_run_id=best.run_id
                )
        return Briefing(experiment=told, known=[*newest, *older][:MAX_KEPT])

    def _fetch(self, experiment: str) -> None:
        self._asked[experiment] = done = threading.Event()

        def fetch() -> None:
            try:
                from urllib.parse import quote

                path = f"experiments/{quote(experiment, safe='')}/briefing"
                found = self._briefings[experiment] = self._reader.get(path, {}, Briefing)
                if experiment in self._files:
                    self._files[experiment].write(found)
            except LabError as error:
                note(f"the standing of {experiment!r} is not known: {error}")
            except Exception as error:  # noqa: BLE001 - a thread of ours must not print a traceback
                note(f"the standing of {experiment!r} cannot be read: {error!r}")
            finally:
                done.set()

        threading.Thread(target=fetch, name="mlops-lab-briefing", daemon=True).start()

    def find(self, identity: str, experiment: str) -> Known | None:
        """Return an earlier finished run with this identity. Only the first call may wait."""
        own = self._own.get(identity)
        if own is not None:
            return own
        asked = self._asked.get(experiment)
        if asked is not None and not self._has_waited:
            asked.wait(FIRST_WAIT_S if self._reader.has_server else 0)
        self._has_waited = True
        briefing = self._briefings.get(experiment)
        for known in briefing.known if briefing is not None else ():
            if known.identity == identity:
                return Known(known.run_id, known.name, None)
        return None

    def result_of(self, known: Known) -> str:
        """Return what came out of an earlier run, in words; "" when it cannot be told at once."""
        if known.result is not None:
            return known.result
        if not self._reader.has_server:
            return ""
        try:
            run = self._reader.get(f"runs/{known.run_id}", {}, Run, timeout=FIRST_WAIT_S)
        except LabError:
            return ""
        metric = run.summary.primary_metric
        return f"{metric.name} {shown_number(float(metric.last))}" if metric is not None else ""

    def note_end(self, run: RunLog, identity: str | None, primary: str | None) -> None:
        """Remember how a run of this process ended."""
        value = value_of(run, primary)
        if run.status != "finished":
            return
        if identity is not None and len(self._own) < MAX_KNOWN:
            words = f"{primary} {shown_number(value)}" if value is not None else ""
            experiment = run.started.experiment if run.started is not None else ""
            # UTF-8 lacks the halves of surrogate pairs.
            name = run.spool.secrets.mask(run.name.encode("utf-8", "replace").decode())
            self._own[identity] = Known(run.run_id, name, words, experiment)
        if run.started is None or primary is None or value is None:
            return
        if run.started.parent_run_id is not None:
            # As in the store: a fold or trial is no result to be held against.
            return
        if primary_rank(primary) == 0:
            self._first.setdefault(run.started.experiment, primary)
        key = (run.started.experiment, primary)
        known = self._best.get(key)
        if known is None or is_better(value, known.value, self.direction_of(*key)):
            self._best[key] = _Own(value, run.run_id)

    def direction_of(self, experiment: str, metric: str) -> Direction:
        """Return which way a metric is better: as it was set, or else as its name says."""
        goal = self._opener.goal_of(experiment)
        if goal is not None and goal.metric == metric:
            return goal.direction
        briefing = self._briefings.get(experiment)
        known = briefing.experiment if briefing is not None else None
        if known is not None and known.primary_metric == metric and known.direction is not None:
            return known.direction
        return infer_direction(metric)

    def metric_of(self, run: RunLog, primary: str | None) -> str | None:
        """Return the metric that a run is shown by: what it names, or else that of its experiment.

        ``primary`` is what it is shown by where it lacks that one, and no metric is set.
        """
        if run.started is None or run.started.primary_metric is not None:
            return primary
        experiment = run.started.experiment
        goal = self._opener.goal_of(experiment)
        briefing = self._briefings.get(experiment)
        known = briefing.experiment if briefing is not None else None
        for metric in (
            goal.metric if goal is not None else None,
            known.primary_metric if known is not None else None,
            self._first.get(experiment),
        ):
            if metric is not None and value_of(run, metric) is not None:
                return metric
        return primary

    def best_of(self, experiment: str, metric: str) -> Best | None:
        """Return the best value of a metric, by the store and by this process."""
        direction = self.direction_of(experiment, metric)
        found = [self._best[experiment, metric].value] if (experiment, metric) in self._best else []
        briefing = self._briefings.get(experiment)
        known = briefing.experiment if briefing is not None else None
        if known is not None and known.primary_metric == metric and known.best is not None:
            found.append(float(known.best))
        if not found:
            return None
        return Best(metric, direction, min(found) if direction == "min" else max(found))


def _store_files() -> list[Path]:
    """Return the files that a store in this user's folder has, whether or not they are there."""
    from .delivery import find_settings

    url = find_settings().store_url
    path = url.partition(":///")[2] if url.startswith("sqlite") else ""
    return [Path(path), Path(f"{path}-wal")] if path else []


def _has_store() -> bool:
    """Tell whether there is a store to read: one of another kind may always be there."""
    files = _store_files()
    return not files or files[0].is_file()


def value_of(run: RunLog, metric: str | None) -> float | None:
    """Return the last value of a metric that this process logged into a run."""
    series = run.series.get(metric) if metric is not None else None
    return series.last if series is not None else None


def is_better(value: float, other: float, direction: Direction) -> bool:
    """Tell whether ``value`` is better than ``other``; NaN is better than nothing."""
    return value < other if direction == "min" else value > other


def shown_number(value: float) -> str:
    """Return a number for people: at most six digits that count."""
    return f"{value:.6g}"


def shown_known(known: Known, result: str) -> str:
    """Return an earlier run for people."""
    told = f", {result}" if result else ""
    return f"{known.name} ({short_id(known.run_id)}){told}"
