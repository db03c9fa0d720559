"""Owns the worker's loop: what is due is queued, what is queued is run, what is orphaned is ended."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable
from functools import partial

from mlops_lab.core.clock import Millis, now_ms
from mlops_lab.core.errors import LabError
from mlops_lab.core.jobs import ClaimedJob
from mlops_lab.jobs.executor.local import LocalExecutor
from mlops_lab.jobs.records import LEASE_MS
from mlops_lab.jobs.scheduler import Scheduler
from mlops_lab.lab import Lab
from mlops_lab.workflows.execute import execute, settle

from .lease import SleepGuard, new_worker

_LOOK_S = 0.1
_START_S = 5.0
_SPARE_S = 0.5
_BEAT_S = LEASE_MS / 3000
_ORPHANS_S = 2.0
_SWEEP_S = 60.0
_IDLE_LOOK_S = 5.0
_AFTER_ERROR_S = 1.0
_JOIN_S = 60.0
_PREPARE_AFTER_S = 3.0

IDLE_S = 600.0
"""A worker that has had nothing to do for this long ends by itself."""


def max_jobs(cores: int | None) -> int:
    """Return how many jobs one worker runs at a time: half the cores, at least two."""
    return max(2, (cores or 1) // 2)


class Supervisor:
    """Runs jobs in threads of their own until it is stopped."""

    def __init__(
        self,
        lab: Lab,
        *,
        server_url: str,
        kernel_token: str,
        on_idle: Callable[[], object],
        log: logging.Logger,
        idle_s: float = IDLE_S,
    ) -> None:
        self._lab = lab
        self._server_url = server_url
        self._kernel_token = kernel_token
        self._on_idle = on_idle
        self._log = log
        self._idle_s = idle_s
        self._worker = new_worker()
        self._guard = SleepGuard()
        self._scheduler = Scheduler(lab.store)
        self._executor = LocalExecutor(server_url=server_url, kernel_token=kernel_token)
        self._jobs: dict[str, threading.Thread] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="mlops-lab-supervisor", daemon=True)
        self._max_jobs = max_jobs(os.cpu_count())
        self._watch = lab.store.watch()
        # SQLite answers in microseconds; another server is asked less often.
        self._look_s = _LOOK_S if lab.store.dialect == "sqlite" else self._watch.period_s
        self._starting = _Duty(self._start_jobs, _START_S)
        self._next_fire_at: Millis | None = None
        self._prepare_at = 0.0
        self._busy_at = time.monotonic()

    def start(self) -> None:
        """Begin to run jobs."""
        self._thread.start()

    def stop(self) -> None:
        """Take no more jobs, kill those that run (they end as lost), and leave in order."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(_JOIN_S)

    def _run(self) -> None:
        duties = [
            _Duty(self._beat, _BEAT_S),
            _Duty(self._end_orphans, _ORPHANS_S),
            self._starting,
            _Duty(self._prepare, _SPARE_S),
            _Duty(self._sweep, _SWEEP_S),
            _Duty(self._look_idle, _IDLE_LOOK_S),
        ]
        while not self._stop.is_set():
            self._attempt(self._look)
            for duty in duties:
                if duty.is_due() and not self._stop.is_set():
                    done = self._attempt(duty.do)
                    if not done and duty is self._starting:
                        # The news that it acts on is told once.
                        duty.hurry()
            self._stop.wait(self._look_s)
        self._leave()

    def _leave(self) -> None:
        for thread in list(self._jobs.values()):
            thread.join(_JOIN_S)
        self._executor.close()
        self._watch.close()
        self._attempt(lambda: self._scheduler.unregister(self._worker.id))

    def _attempt(self, do: Callable[[], object]) -> bool:
        try:
            do()
            return True
        except Exception as error:  # noqa: BLE001 - one bad turn must not end the worker
            self._log.warning(
                "The worker goes on after an error: %s",
                error,
                exc_info=None if isinstance(error, LabError) else error,
            )
            self._stop.wait(_AFTER_ERROR_S)
            return False

    def _look(self) -> None:
        """Have jobs started now if one may have come, fallen due, or made room by its end."""
        is_due = self._next_fire_at is not None and now_ms() >= self._next_fire_at
        has_room = not all(thread.is_alive() for thread in self._jobs.values())
        try:
            has_news = self._watch.moved()
        except LabError:
            self._watch.close()
            self._watch = self._lab.store.watch()
            raise
        if is_due or has_room or has_news:
            self._starting.hurry()

    def _beat(self) -> None:
        if not self._scheduler.beat(self._worker.id):
            self._scheduler.register(self._worker)

    def _start_jobs(self) -> None:
        ahead = self._scheduler.look_ahead()
        if ahead.next_fire_at is not None and now_ms() >= ahead.next_fire_at:
            self._scheduler.tick()
            ahead = self._scheduler.look_ahead()
        self._next_fire_at = ahead.next_fire_at
        self._jobs = {job: thread for job, thread in self._jobs.items() if thread.is_alive()}
        is_queued = ahead.is_any_queued
        while is_queued and len(self._jobs) < self._max_jobs and not self._stop.is_set():
            claimed = self._scheduler.claim(self._worker)
            if claimed is None:
                break
            self._start(claimed)
        if self._jobs:
            self._busy_at = time.monotonic()

    def _prepare(self) -> None:
        # Not right after a start: the two would compete for the processor.
        if time.monotonic() > self._prepare_at:
            self._executor.prepare()

    def _start(self, claimed: ClaimedJob) -> None:
        thread = threading.Thread(
            target=execute,
            args=(self._lab, claimed),
            kwargs={
                "server_url": self._server_url,
                "kernel_token": self._kernel_token,
                "stop": self._stop,
                "executor": self._executor,
            },
            name=f"mlops-lab-job-{claimed.job.id[-8:]}",
        )
        self._prepare_at = time.monotonic() + _PREPARE_AFTER_S
        self._jobs[claimed.job.id] = thread
        thread.start()

    def _end_orphans(self) -> None:
        if not self._guard.may_judge():
            return
        for job in self._scheduler.mark_lost():
            self._log.warning("Job %s of %r: %s", job.id, job.definition_name, job.cause)
            self._attempt(partial(settle, self._lab, job))

    def _sweep(self) -> None:
        """Do what a worker that was killed in the midst of its end has left undone."""
        for job in self._scheduler.list_unsettled():
            if job.id not in self._jobs:
                self._attempt(partial(settle, self._lab, job))

    def _look_idle(self) -> None:
        now = time.monotonic()
        if self._jobs or not self._scheduler.is_idle():
            self._busy_at = now
            return
        if now - self._busy_at < self._idle_s or not self._scheduler.retire(self._worker.id):
            return
        self._stop.set()
        self._on_idle()


class _Duty:
    """Something to do every so often."""

    def __init__(self, do: Callable[[], object], period_s: float) -> None:
        self.do = do
        self._period_s = period_s
        self._next = 0.0

    def hurry(self) -> None:
        self._next = 0.0

    def is_due(self) -> bool:
        now = time.monotonic()
        if now < self._next:
            return False
        self._next = now + self._period_s
        return True
