"""Owns the capture of searches: each trial of a search becomes a child run of the cell's run."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import msgspec

from mlops_lab.core.capture import CaptureKind
from mlops_lab.core.clock import Millis, now_ms
from mlops_lab.kernel.children import Child, write_child

from .base import Outcome, Watched
from .families import own_values
from .fits import Before, find_fits, look_before
from .hyperparameters import value_text
from .metrics import to_number
from .studies import MAX_TRIALS, find_studies, known_trials, study_children
from .unnamed import unnamed_fits

INLINE_TRIALS = 100
"""More trials than this are written in the background."""

_MAX_FOLDS = 1_000


class Seen(msgspec.Struct, frozen=True):
    """What there was before the cell: models, trials of studies, and the time in ms."""

    fits: Before | None
    trials: dict[int, frozenset[int]]
    at: Millis


class TrialsCapture:
    """Writes a child run for each candidate of a fitted search and each new trial of a study."""

    kind: CaptureKind = "trials"

    def before(self, cell: Watched) -> Seen:
        """Note the models and the trials of the studies that the cell finds."""
        names = cell.reading.reads if cell.reading is not None else []
        known = {id(s): known_trials(s) for _n, s in find_studies(names, cell.namespace)}
        return Seen(look_before(cell, only="estimator"), known, now_ms())

    def after(
        self,
        cell: Watched,
        seen: Seen,
        outcome: Outcome,
    ) -> None:
        """Write the children of the searches that the cell ran; also of a cell that failed later."""
        named = find_fits(cell, seen.fits, only="estimator")
        for fit in [*named, *unnamed_fits(cell, outcome, named)]:
            results = own_values(fit.model).get("cv_results_")
            if type(results) is dict and type(results.get("params")) is list:
                search = _Search(fit.name, fit.model, results, seen.at)
                self._write(cell, fit.name, len(search.order), search.children)
                best = to_number(own_values(fit.model).get("best_score_"))
                if best is not None:
                    cell.run.add_metrics({f"{fit.name}.best_score": best})
        names = [*cell.reading.computed, *cell.reading.reads] if cell.reading is not None else []
        for name, study in find_studies(names, cell.namespace):
            known = seen.trials.get(id(study), frozenset())
            children, standing = study_children(name, study, known=known, since=seen.at)
            if children:
                self._write(cell, name, len(children), children.__iter__)
                cell.run.add_metrics({f"{name}.{key}": n for key, n in standing.items()})

    def _write(
        self, cell: Watched, name: str, total: int, make: Callable[[], Iterator[Child]]
    ) -> None:
        if cell.run.started is None:
            return
        if total > MAX_TRIALS:
            cell.run.warn(
                f"The search {name!r} has {total:,} trials; {MAX_TRIALS:,} are recorded as runs, "
                "the best ones where they are ranked."
            )

        def write() -> None:
            for _at, child in zip(range(MAX_TRIALS), make(), strict=False):
                write_child(cell.run, child)

        if total <= INLINE_TRIALS:
            write()
        else:
            cell.later(write)


class _Search:
    """The candidates of a fitted GridSearchCV, RandomizedSearchCV or Halving search."""

    def __init__(self, name: str, model: Any, results: Mapping[str, Any], since: Millis) -> None:
        self.name = name
        self.results = results
        self.since = since
        self.tag = f"{id(model):x}-{time.monotonic_ns():x}"
        self.folds = [key for key in results if key.startswith("split") and "_test_" in key]
        self.scores = sorted({key.partition("_test_")[2] for key in self.folds})
        refit = own_values(model).get("refit")
        self.main = refit if refit in self.scores else (self.scores or [""])[0]
        count = len(results["params"])
        ranks = results.get(f"rank_test_{self.main}", range(count))
        best = sorted(range(count), key=lambda at: int(ranks[at]))
        self.order = best if count > MAX_TRIALS else list(range(count))

    def children(self) -> Iterator[Child]:
        for at in self.order:
            yield self._child(at)

    def _child(self, at: int) -> Child:
        found = self.results["params"][at]
        texts = {str(n).replace("__", "."): value_text(str(n), v) for n, v in found.items()}
        for extra in ("iter", "n_resources"):
            if extra in self.results:
                texts[extra] = str(int(self.results[extra][at]))
        metrics = dict(self._numbers(at))
        runs = max(len(self.folds) // max(len(self.scores), 1), 1)
        seconds = (metrics.get("mean_fit_time", 0.0) + metrics.get("mean_score_time", 0.0)) * runs
        main = f"mean_test_{self.main}"
        return Child(
            key=f"{self.tag}-{at}",
            name=f"{self.name} #{at}",
            params={name: text for name, text in texts.items() if text is not None},
            metrics=metrics,
            series={f"test_{score}": self._by_fold(score, at) for score in self.scores},
            status="failed" if math.isnan(metrics.get(main, 0.0)) else "finished",
            started_at=self.since,
            duration_ms=int(seconds * 1_000) if math.isfinite(seconds) else 0,
            primary_metric=main if main in metrics else None,
        )

    def _numbers(self, at: int) -> Iterator[tuple[str, float]]:
        wanted = ["mean_fit_time", "mean_score_time"]
        for score in self.scores:
            wanted += [f"mean_test_{score}", f"std_test_{score}", f"rank_test_{score}"]
            wanted += [f"mean_train_{score}"]
        for name in wanted:
            if name in self.results:
                yield name, float(self.results[name][at])

    def _by_fold(self, score: str, at: int) -> list[tuple[int, float]]:
        folds = [key for key in self.folds if key.endswith(f"_test_{score}")][:_MAX_FOLDS]
        values = [(int(key[5:].partition("_")[0]), float(self.results[key][at])) for key in folds]
        return sorted(values)
