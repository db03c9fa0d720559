"""Owns the callbacks of XGBoost and LightGBM: the evaluation metrics of each round."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from .points import Points


def make_xgboost() -> Any:
    """Return a callback for ``xgboost.train``, ``xgboost.cv`` and the classes' ``callbacks``."""
    base: Any = import_module("xgboost.callback").TrainingCallback

    class XGBoostCurves(base):  # type: ignore[misc]
        """Logs the last value of each evaluation; of folds the mean and, as ``-std``, the spread."""

        def after_iteration(self, model: Any, epoch: int, evals_log: Any) -> bool:  # noqa: ARG002
            found: dict[str, Any] = {}
            for data, metrics in evals_log.items():
                for metric, values in metrics.items():
                    last = values[-1]
                    if isinstance(last, tuple):
                        # The mean comes last: what is logged last is what lists show.
                        found[f"{data}-{metric}-std"], found[f"{data}-{metric}"] = last[::-1]
                    else:
                        found[f"{data}-{metric}"] = last
            Points().log(found, step=epoch)
            return False

    return XGBoostCurves()


class LightGBMCurves:
    """Logs the evaluations of each round; of folds the mean and, as ``-std``, the spread."""

    order = 20
    before_iteration = False

    def __call__(self, env: Any) -> None:
        """Take what LightGBM tells after a round."""
        found: dict[str, Any] = {}
        for entry in env.evaluation_result_list or ():
            data, metric, value = entry[:3]
            name = f"{data}-{metric}".replace("cv_agg-", "")
            if len(entry) > 4:  # noqa: PLR2004 - with folds the spread comes fifth
                found[f"{name}-std"] = entry[4]
            found[name] = value
        Points().log(found, step=env.iteration)
