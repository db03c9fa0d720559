"""Owns the execution of a claimed job: its own run, its folder, its runner, and how it all ends."""

from __future__ import annotations

import contextlib
import logging
import os
import threading
import time
from collections.abc import Iterator

import msgspec

from mlops_lab.core import kernelenv
from mlops_lab.core.clock import now_ms
from mlops_lab.core.errors import LabError, NotFoundError, StoreUnavailableError
from mlops_lab.core.jobs import ClaimedJob, Job
from mlops_lab.core.tracking import ErrorInfo, JobLink, NewRun, Param, RunStatus
from mlops_lab.jobs import causes
from mlops_lab.jobs.executor.local import Execution, LocalExecutor
from mlops_lab.jobs.folder import JobFolder, ProgressReader
from mlops_lab.jobs.mend import mend_notebook
from mlops_lab.jobs.order import CellsDone, Ended, Order
from mlops_lab.jobs.parameters import overrides
from mlops_lab.jobs.processes import kill_marked
from mlops_lab.jobs.records import LEASE_MS
from mlops_lab.jobs.scheduler import Outcome, Scheduler
from mlops_lab.lab import Lab
from mlops_lab.store.processes import host_name

_LOOK_S = 0.05
_RELAY_S = 0.2
_RENEW_S = LEASE_MS / 3000
_END_TRIES = 30
_WHOLE_TRIES = 5
_END_WAIT_S = 1.0
_TAKEN = Outcome(state="lost", cause="lost: another worker took it for dead")
_RUN_STATUS: dict[str, RunStatus] = {"succeeded": "finished", "failed": "failed"}

_Errors = type[Exception] | tuple[type[Exception], ...]

_log = logging.getLogger(__name__)


def execute(
    lab: Lab,
    claimed: ClaimedJob,
    *,
    server_url: str,
    kernel_token: str,
    stop: threading.Event,
    executor: LocalExecutor | None = None,
) -> None:
    """Run a claimed job to its end, whatever that is; returns when nothing of it runs any more.

    Args:
        lab: the open store.
        claimed: the job, with the fence under which it may be written.
        server_url: where the job's kernel delivers its records.
        kernel_token: the token for delivering.
        stop: set when the worker must end; the job is then killed and marked lost.
        executor: starts the runner; a new one without this.
    """
    starter = executor or LocalExecutor(server_url=server_url, kernel_token=kernel_token)
    Execute(lab, claimed, executor=starter, stop=stop).run()


def settle(lab: Lab, job: Job) -> None:
    """Clean up after a job whose worker is gone: end its processes, keep what it left, close its run.

    The run comes last: a job whose run is open is found again and settled another time. Processes
    and files of another machine are out of reach, and end and stay there.

    Raises:
        StoreUnavailableError: the store cannot be written now.
    """
    scheduler, folder = Scheduler(lab.store), lab.jobs.folder(job.id)
    kill_marked(kernelenv.JOB_CONTEXT, str(folder.context))
    with _tolerate(OSError, job):
        lab.tracking.take_in_spools(folder.spool)
    digest = None
    with _tolerate((LabError, OSError), job):
        digest = _keep_notebook(lab, folder, killed=True) if job.state == "lost" else None
    if digest is not None:
        scheduler.set_notebook(job.id, digest)
    status = _RUN_STATUS.get(job.state, "killed")
    for run_id in scheduler.list_open_runs(job.id):
        lab.tracking.close_run(run_id, status=status, error=job.error)
    folder.tidy(has_notebook=digest is not None)


class Execute:
    """One execution of one job."""

    def __init__(
        self, lab: Lab, claimed: ClaimedJob, *, executor: LocalExecutor, stop: threading.Event
    ) -> None:
        self._lab = lab
        self._claimed = claimed
        self._job = claimed.job
        self._executor = executor
        self._stop = stop
        self._scheduler = Scheduler(lab.store)
        self._folder = lab.jobs.folder(claimed.job.id)
        self._reader = ProgressReader(self._folder.progress)
        self._run_id: str | None = None
        self._cells: CellsDone | None = None
        self._relayed: CellsDone | None = None
        self._ended: Ended | None = None

    def run(self) -> None:
        """Run the job; every fault of ours ends it as failed, with the cause."""
        try:
            outcome = self._run()
        except Exception as error:  # noqa: BLE001 - whatever it is, the job must end with a cause
            _log.exception("The job %s could not be run", self._job.id)
            outcome = _our_fault(error)
        self._conclude(outcome)

    def _run(self) -> Outcome:
        new = _new_run(self._lab, self._claimed)
        self._run_id = self._lab.tracking.open_run(new)
        fence = self._claimed.fence
        if not self._scheduler.record_run(self._job.id, fence=fence, run_id=self._run_id):
            # Who took it for dead may have settled it already, without a run to close.
            self._lab.tracking.close_run(self._run_id, status="killed", error=None)
            return _TAKEN
        execution = self._start(self._run_id, new)
        try:
            broken_off = self._watch(execution)
        finally:
            status = execution.end()
        self._take_progress()
        self._relay()
        return broken_off or self._outcome(status)

    def _start(self, run_id: str, new: NewRun) -> Execution:
        runtime_dir = self._executor.make_runtime_dir()
        try:
            self._write_folder(run_id, new, runtime_dir=str(runtime_dir))
            return self._executor.start(self._folder, runtime_dir=runtime_dir)
        except BaseException:
            runtime_dir.rmdir()
            raise

    def _watch(self, execution: Execution) -> Outcome | None:
        """Follow the runner; return the outcome if it must be killed, None when it ends by itself."""
        relay = _Every(_RELAY_S)
        renew = _Every(_RENEW_S)
        while not execution.has_ended():
            if self._stop.wait(_LOOK_S):
                cause = causes.worker_stopped(host=host_name(), pid=os.getpid())
                return Outcome(state="lost", cause=cause)
            self._take_progress()
            try:
                if relay.is_due() and self._is_unwanted():
                    return Outcome(state="cancelled", cause="cancelled while it ran")
                if renew.is_due() and not self._renew():
                    return _TAKEN
            except StoreUnavailableError as error:
                _log.warning("The job %s runs on: %s", self._job.id, error)
        return None

    def _is_unwanted(self) -> bool:
        self._relay()
        return self._scheduler.is_cancel_requested(self._job.id)

    def _renew(self) -> bool:
        return self._scheduler.renew(self._job.id, fence=self._claimed.fence).ours

    def _take_progress(self) -> None:
        for progress in self._reader.read():
            if isinstance(progress, CellsDone):
                self._cells = progress
            elif isinstance(progress, Ended):
                self._ended = progress

    def _relay(self) -> None:
        if self._cells is None or self._cells == self._relayed:
            return
        self._scheduler.record_progress(
            self._job.id,
            fence=self._claimed.fence,
            done=self._cells.done,
            total=self._cells.total,
        )
        self._relayed = self._cells

    def _outcome(self, status: int) -> Outcome:
        ended = self._ended
        if ended is None:
            return Outcome(
                state="failed",
                cause=f"failed: the runner process {_exit_words(status)}; see the log",
            )
        return Outcome(
            state=ended.outcome,
            cause=ended.cause,
            failing_cell=ended.failing_cell,
            error=ended.error,
        )

    def _conclude(self, outcome: Outcome) -> None:
        """Write how the job ended; what is full or away for some seconds gets another chance.

        When only the folder or the artifacts fail, the job ends without them at last. When the
        store fails for good, the lease runs out, and the job is lost.
        """
        for tries in range(1, _END_TRIES + 1):
            try:
                self._keep(outcome, whole=tries <= _WHOLE_TRIES)
                return
            except (LabError, OSError):
                _log.exception("The end of the job %s cannot be stored (%d)", self._job.id, tries)
                time.sleep(_END_WAIT_S)

    def _keep(self, outcome: Outcome, *, whole: bool) -> None:
        if not self._renew():
            # Whoever took it for dead has written its end, and settles it.
            return
        with _tolerate(() if whole else OSError, self._job):
            self._lab.tracking.take_in_spools(self._folder.spool, only_dead=False)
        digest = None
        with _tolerate(() if whole else (LabError, OSError), self._job):
            digest = _keep_notebook(self._lab, self._folder, killed=self._ended is None)
        # Nobody takes the job for dead from here to the lease's end: run and job end alike.
        if not self._renew():
            return
        if self._run_id is not None:
            status = _RUN_STATUS.get(outcome.state, "killed")
            self._lab.tracking.close_run(self._run_id, status=status, error=outcome.error)
        full = msgspec.structs.replace(outcome, notebook_digest=digest)
        if self._scheduler.finish(self._job.id, fence=self._claimed.fence, outcome=full):
            self._folder.tidy(has_notebook=digest is not None)

    def _write_folder(self, run_id: str, new: NewRun, *, runtime_dir: str) -> None:
        job, revision = self._job, self._claimed.revision
        self._folder.make()
        self._folder.input.write_bytes(self._lab.store.artifacts.get(revision.notebook_digest))
        context = kernelenv.JobContext(
            job_id=job.id,
            run_id=run_id,
            tracked_cells=self._claimed.tracked_cells,
            parameters=job.parameters,
            run_name=new.name,
            experiment=new.experiment,
            user=new.user,
        )
        self._folder.context.write_bytes(msgspec.json.encode(context))
        order = Order(
            job_id=job.id,
            kernel_name=revision.kernel_name,
            working_dir=revision.working_dir,
            parameters=overrides(revision.parameters, job.parameters),
            runtime_dir=runtime_dir,
        )
        self._folder.order.write_bytes(msgspec.json.encode(order))


def _new_run(lab: Lab, claimed: ClaimedJob) -> NewRun:
    """Return the order for the job's own run; it belongs to the experiment of its source."""
    job, revision = claimed.job, claimed.revision
    experiment, metric = job.definition_name, None
    if job.source_run_id is not None:
        with contextlib.suppress(NotFoundError):
            source = lab.tracking.get_run(job.source_run_id).summary
            experiment = source.experiment
            metric = source.primary_metric.name if source.primary_metric else None
    return NewRun(
        name=job.definition_name,
        experiment=experiment,
        user=job.submitted_by,
        params=[
            Param(name=name, value=repr(value), origin="injected")
            for name, value in job.parameters.items()
        ],
        notebook_path=revision.notebook_path,
        kernel_name=revision.kernel_name,
        job=JobLink(
            job_id=job.id,
            definition_id=job.definition_id,
            definition_name=job.definition_name,
            revision=job.revision,
            source_run_id=job.source_run_id,
        ),
        primary_metric=metric,
    )


class _Every:
    """Tells when a period has passed since it last told so; at first at once."""

    def __init__(self, period_s: float) -> None:
        self._period_s = period_s
        self._next = 0.0

    def is_due(self) -> bool:
        now = time.monotonic()
        if now < self._next:
            return False
        self._next = now + self._period_s
        return True


def _keep_notebook(lab: Lab, folder: JobFolder, *, killed: bool) -> str | None:
    content = folder.read_executed()
    if content is None:
        return None
    return lab.store.artifacts.put(mend_notebook(content, ended_at=now_ms()) if killed else content)


@contextlib.contextmanager
def _tolerate(errors: _Errors, job: Job) -> Iterator[None]:
    """Go on without what raises one of ``errors``; it stays where it is."""
    try:
        yield
    except errors as error:
        _log.warning("The job %s ends without all that it left: %s", job.id, error)


def _our_fault(error: Exception) -> Outcome:
    text = " ".join(str(error).split())
    return Outcome(
        state="failed",
        cause=f"failed: the job could not be run: {type(error).__name__}: {text}",
        error=ErrorInfo(name=type(error).__name__, message=str(error)),
    )


def _exit_words(status: int) -> str:
    if status < 0:
        return f"was killed by signal {-status}"
    return f"ended with exit status {status} before it could say why"
