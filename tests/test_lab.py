"""Holds the hall to its one duty: an open store with both services on it."""

from __future__ import annotations

import pytest

from mlops_lab.core.errors import InvalidInputError
from mlops_lab.core.settings import Settings, make_settings
from mlops_lab.core.tracking import NewRun
from mlops_lab.lab import Lab


def test_what_one_lab_wrote_the_next_one_finds(settings: Settings) -> None:
    with Lab.open(settings) as lab:
        assert lab.settings is settings
        assert lab.tracking.count_runs() == 0
        assert lab.jobs.list_definitions().definitions == []
        run_id = lab.tracking.open_run(NewRun("first", "flights", "ada"))
    with Lab.open(settings) as lab:
        assert lab.tracking.get_run(run_id).summary.name == "first"


def test_the_services_live_by_the_given_clock(settings: Settings) -> None:
    with Lab.open(settings, clock=lambda: 1_700_000_000_123) as lab:
        run_id = lab.tracking.open_run(NewRun("first", "flights", "ada"))
        assert lab.tracking.get_run(run_id).summary.started_at == 1_700_000_000_123


def test_a_bad_store_url_is_told_at_once(settings: Settings) -> None:
    bad = make_settings(jupyter_data_dir=settings.data_dir, store_url="oracle://x", environ={})
    with pytest.raises(InvalidInputError, match="not supported"):
        Lab.open(bad)
