"""Holds orders for runs to their word: a run that is over when it comes has an end."""

from __future__ import annotations

import pytest

from mlops_lab.core.tracking import RunStatus
from mlops_lab.core.writing import RunOrder
from mlops_lab.lab import Lab


@pytest.fixture
def lab(settings) -> Lab:
    with Lab.open(settings) as opened:
        yield opened


@pytest.mark.parametrize("status", ["finished", "failed", "killed"])
def test_a_run_that_is_over_has_ended(lab: Lab, status: RunStatus) -> None:
    order = RunOrder(name="old", started_at=1_000, status=status)
    made = lab.orders.create_run(order, user="ada", key=None)
    ended_at = made.summary.ended_at
    assert ended_at is not None
    assert ended_at > 1_000
    assert made.summary.duration_ms == ended_at - 1_000


@pytest.mark.parametrize("status", ["running", "scheduled"])
def test_a_run_that_goes_on_has_no_end(lab: Lab, status: RunStatus) -> None:
    made = lab.orders.create_run(RunOrder(name="new", status=status), user="ada", key=None)
    assert (made.summary.ended_at, made.summary.duration_ms) == (None, None)
