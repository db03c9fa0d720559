"""The jobs column's fixtures: service and scheduler under a clock that is moved by hand."""

from __future__ import annotations

import pytest

from mlops_lab.core.settings import Settings
from mlops_lab.jobs.scheduler import Scheduler
from mlops_lab.jobs.service import JobsService
from mlops_lab.store.store import Store

from .production import HandClock


@pytest.fixture
def settings(any_settings: Settings) -> Settings:
    """Every test of jobs that has a store runs on each database."""
    return any_settings


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def jobs(store: Store, settings: Settings, clock: HandClock) -> JobsService:
    return JobsService(store, jobs_dir=settings.jobs_dir, clock=clock)


@pytest.fixture
def scheduler(store: Store, clock: HandClock) -> Scheduler:
    return Scheduler(store, clock=clock)
