"""Which way a metric is better, by its name."""

import pytest

from mlops_lab.core.metrics import infer_direction


@pytest.mark.parametrize(
    "name",
    [
        "loss", "val_loss", "trainLoss", "RMSE", "test rmse", "mean_squared_error", "mae", "MAPE",
        "log_loss", "logloss", "deviance", "perplexity", "fit_time", "latency_ms", "seconds",
        "seconds_per_step", "wer", "brier", "kl", "max_error", "error@1", "peak_memory", "error_rate",
    ],
)  # fmt: skip
def test_better_low(name: str) -> None:
    assert infer_direction(name) == "min"


@pytest.mark.parametrize(
    "name",
    [
        "auc", "accuracy", "r2", "f1", "precision", "mean_test_score", "score", "", "timely",
        "neg_mean_squared_error", "negLogLoss", "images_per_second", "samples_per_sec", "per",
        "throughput", "closses", "müll",
    ],
)  # fmt: skip
def test_better_high(name: str) -> None:
    assert infer_direction(name) == "max"
