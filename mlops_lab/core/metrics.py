"""Owns what the name of a metric tells: which way it is better, what it is about, and its marks."""

from __future__ import annotations

import re

from .tracking import Direction

SYSTEM_PREFIX = "system/"
"""What the names of metrics begin with that tell of the machine, not of the model."""

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
    words = [word.lower() for word in _WORD.findall(name)]
    counted = words[: words.index("per")] if "per" in words[1:] else words
    if not _TURNED.isdisjoint(counted):
        return "max"
    is_low = any(word in _LOWER_IS_BETTER or word.endswith(_ENDINGS) for word in counted)
    return "min" if is_low else "max"
