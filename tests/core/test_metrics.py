"""Which way a metric is better, by its name."""

import pytest

from mlops_lab.core.metrics import LAST_RANK, guess_direction, infer_direction, primary_rank


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


@pytest.mark.parametrize(
    "name",
    [
        "auc.std", "auc_std", "std_test_score", "loss_std", "f1.var", "scoreVariance", "rows",
        "n_features", "num_leaves", "train_rows", "rows_train", "class_count", "macro avg/support",
        "epoch", "global_step", "n", "samples",
    ],
)  # fmt: skip
def test_spreads_and_counts_are_better_neither_way(name: str) -> None:
    assert guess_direction(name) is None


@pytest.mark.parametrize(
    ("name", "direction"),
    [
        ("auc", "max"), ("val_loss", "min"), ("explained_variance", "max"), ("n_errors", "min"),
        ("error_count", "min"), ("rows_per_second", "max"), ("num_tokens_per_sec", "max"),
        ("steps_per_second", "max"), ("", "max"), ("seconds_per_step", "min"), ("varied", "max"),
        ("counter_score", "max"),
    ],
)  # fmt: skip
def test_other_names_tell_a_direction(name: str, direction: str) -> None:
    assert guess_direction(name) == direction


@pytest.mark.parametrize(
    ("name", "rank"),
    [
        ("auc", 0), ("val_loss", 0), ("rows_per_second", 0), ("n_errors", 0), ("explained_variance", 0),
        ("fit_time", 1), ("peak_memory", 1), ("auc_std", 1), ("seconds", 1),
        ("rows", 2), ("n_rows", 2), ("row_count", 2), ("epoch", 2), ("system/cpu_percent", 3),
    ],
)  # fmt: skip
def test_results_lead_before_what_they_took_and_counts(name: str, rank: int) -> None:
    assert primary_rank(name) == rank
    assert (rank <= LAST_RANK) != name.startswith("system/")
