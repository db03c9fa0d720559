"""Owns what the name of a metric tells: which way it is better, what it is about, and its marks."""

from __future__ import annotations

import re

from .tracking import Direction

SYSTEM_PREFIX = "system/"
"""What the names of metrics begin with that tell of the machine, not of the model."""

LAST_RANK = 2
"""The highest ``primary_rank`` of a metric that may be the primary one."""

KPI_TAG = "mlops-lab.kpi."
"""What the name of the tag begins with that marks a metric as a business KPI; its name follows."""

NO_KPI = "false"
"""The value of such a tag that takes the mark away."""

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")

_LOWER_IS_BETTER = frozenset(
    {"error", "errors", "err", "loss", "losses", "cost", "costs", "regret", "penalty", "residual"}
    | {"rmse", "mse", "mae", "mape", "smape", "wape", "mase", "msle", "rmsle", "medae", "nrmse"}
    | {"deviance", "perplexity", "ppl", "nll", "entropy", "crossentropy", "kl", "divergence"}
    | {"brier", "hinge", "hamming", "distance", "aic", "bic", "wer", "cer", "fid", "eer"}
    | {"fpr", "fnr", "time", "latency", "duration", "elapsed", "delay", "seconds", "secs", "ms"}
    | {"memory", "rss", "bytes"}
)
_ENDINGS = ("loss", "error", "rmse")
_TURNED = frozenset({"neg", "negative", "minus"})
_SPREADS = frozenset({"std", "stdev", "stddev", "sem"})
_LAST_SPREADS = frozenset({"var", "variance", "iqr", "sd"})
_COUNTERS = frozenset({"n", "num", "nb"})
_COSTS = frozenset(
    {"time", "duration", "elapsed", "seconds", "secs", "ms", "memory", "rss", "bytes"}
)
_COUNTS = frozenset(
    {"rows", "columns", "count", "counts", "support", "samples", "examples", "batches"}
    | {"epoch", "epochs", "step", "steps", "iteration", "iterations"}
)


def kpi_tag(metric: str) -> str:
    """Return the name of the tag that marks a metric of a run as a business KPI."""
    return f"{KPI_TAG}{metric}"


def is_mark(tag: str) -> bool:
    """Tell whether a tag marks a metric, which lists of tags need not show."""
    return tag.startswith(KPI_TAG)


def infer_direction(name: str) -> Direction:
    """Return which way a metric is better, judged by the words of its name.

    Errors, losses, distances, times and sizes are better low (``val_loss``, ``RMSE``,
    ``fit_time``), everything else high. A rate counts by what it is a rate of: ``rows_per_second``
    is better high. ``neg_...`` turns the rule round, as scikit-learn's scores do.
    """
    counted = _counted(_words(name))
    if not _TURNED.isdisjoint(counted):
        return "max"
    return "min" if _is_low(counted) else "max"


def guess_direction(name: str) -> Direction | None:
    """Return what :func:`infer_direction` does, or None where the name is of no result.

    Spreads (``auc_std``, ``f1.var``, not ``explained_variance``) and counts (``rows``,
    ``n_features``, ``epoch``, not ``n_errors``) are better neither way.
    """
    words = _words(name)
    return None if _is_spread(words) or _is_count(words) else infer_direction(name)


def primary_rank(name: str) -> int:
    """Return how far a metric is from being the primary one where nobody named one; 0 is nearest.

    It is the one rule for this, in kernels and in the store. First (0) come results: metrics that
    are better one way. Then (1) what a result took or how it spreads: times, memory, ``auc_std``.
    Counts (``rows``, ``n_features``) come last (``LAST_RANK``); what tells of the machine is beyond
    and never taken. Of equals a kernel takes the last that the cell computed, or else that was
    logged; the store, where no kernel told, takes the first.
    """
    if name.startswith(SYSTEM_PREFIX):
        return LAST_RANK + 1
    words = _words(name)
    if _is_count(words):
        return LAST_RANK
    is_cost = "per" not in words[1:] and not _COSTS.isdisjoint(words)
    return 1 if is_cost or _is_spread(words) else 0


def _words(name: str) -> list[str]:
    return [word.lower() for word in _WORD.findall(name)]


def _counted(words: list[str]) -> list[str]:
    """Return what a rate is a rate of; all words of anything else."""
    return words[: words.index("per")] if "per" in words[1:] else words


def _is_low(words: list[str]) -> bool:
    return any(word in _LOWER_IS_BETTER or word.endswith(_ENDINGS) for word in words)


def _is_spread(words: list[str]) -> bool:
    is_last = bool(words) and words[-1] in _LAST_SPREADS and "explained" not in words
    return is_last or not _SPREADS.isdisjoint(words)


def _is_count(words: list[str]) -> bool:
    if not words or "per" in words[1:] or _is_low(words):
        return False
    return words[0] in _COUNTERS or words[0] in _COUNTS or words[-1] in _COUNTS
