"""Owns the extension as the Jupyter server loads, starts and stops it."""

from __future__ import annotations

import asyncio
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_core.paths import jupyter_data_dir
from jupyter_server.extension.application import ExtensionApp
from tornado import httputil
from traitlets import List, TraitError, Unicode, validate

from mlops_lab.core.capture import MASKED_COLUMNS, NO_CAPTURE, parse_kinds
from mlops_lab.core.changes import Change
from mlops_lab.core.errors import LabError
from mlops_lab.core.limits import MAX_ARTIFACT_BYTES, MAX_UPLOADS
from mlops_lab.core.settings import make_settings

from .auth import KernelToken
from .connection import KernelEnvironment, is_surely_reachable
from .event_bridge import SCHEMA_FILE, SCHEMA_ID, EventBridge
from .handler import EndpointHandler, ServerParts
from .lab_access import LabAccess
from .longlived import set_aside
from .mlflow.hanging import mlflow_handlers
from .packing import PointPacking
from .places import ContentsRoot, Places
from .pressure import Gate, Workplace
from .receiving import handler_for
from .routes import API_ROOT, by_path, url_pattern
from .setting_words import translate_settings
from .sweep import SpoolSweep
from .together import Together
from .worker_watch import WorkerWatch

if TYPE_CHECKING:
    from mlops_lab.lab import Lab

_WORKER_EXTENSION = "mlops_lab.worker"
"""The server that has it is a worker itself, and starts no other one."""

_THREADS = 8
"""Most requests that are worked on at once; further ones wait."""

_INGESTING_THREADS = 2
"""Most floods that are taken in at once: a store has one writer, and reading must go on."""

_MAX_ARGUMENTS = 2_048
"""Most arguments that a query may have."""


class LabExtensionApp(ExtensionApp):
    """The ``mlops_lab`` server extension: routes, events, and delivery by kernels."""

    name = "mlops_lab"
    description = "Tracks runs and schedules jobs for the notebooks of this server."

    store_url = Unicode(
        "",
        help="""SQLAlchemy URL of the store: sqlite:///PATH or postgresql+psycopg://USER@HOST/NAME.
        Empty means the environment variable MLOPS_LAB_STORE_URL, or else an SQLite file in the
        Jupyter data directory.""",
    ).tag(config=True)
    artifact_url = Unicode(
        "",
        help="""Where artifacts are kept: a folder, s3://BUCKET/PREFIX, gs://BUCKET/PREFIX,
        az://CONTAINER/PREFIX, or another address that fsspec knows. Empty means the environment
        variable MLOPS_LAB_ARTIFACT_URL, or else a folder beside the store.""",
    ).tag(config=True)
    no_capture = List(
        Unicode(),
        help="""Kinds of capture that are off in the kernels of this server, such as data, git or
        outputs; all is every kind. What the environment switches off stays off.""",
    ).tag(config=True)
    masked_columns = List(
        Unicode(),
        help="""Columns of tables whose values and digests no kernel of this server stores.""",
    ).tag(config=True)

    def initialize_settings(self) -> None:
        """Make the parts that need no store and no port, and announce the event."""
        assert self.serverapp is not None  # noqa: S101 - linked before it is initialized
        self.lab_settings = make_settings(
            jupyter_data_dir=Path(jupyter_data_dir()),
            store_url=self.store_url,
            artifact_url=self.artifact_url,
        )
        access = LabAccess(self.lab_settings, log=self.log)
        contents = ContentsRoot.of(self.serverapp.contents_manager)
        self.parts = ServerParts(
            access=access,
            places=Places(self.serverapp.session_manager, contents, log=self.log),
            contents=contents,
            executor=ThreadPoolExecutor(_THREADS, thread_name_prefix="mlops-lab"),
            kernel_token=KernelToken(),
            start_worker=self._start_worker,
            ingesting=ThreadPoolExecutor(_INGESTING_THREADS, thread_name_prefix="mlops-lab-ingest"),
            making=Workplace(),
            gate=Gate(),
            uploads=Gate(bodies=MAX_UPLOADS, size=MAX_UPLOADS * MAX_ARTIFACT_BYTES),
            together=Together(),
            base_url=self.serverapp.base_url,
        )
        _allow_long_queries()
        assert self.serverapp.event_logger is not None  # noqa: S101 - made before extensions load
        self.serverapp.event_logger.register_event_schema(SCHEMA_FILE)
        self._emit_event = self.serverapp.event_logger.emit
        self._bridge = EventBridge(access, self._emit, log=self.log)
        self._resuming: Future[None] | None = None
        self._is_worker = bool(self.serverapp.jpserver_extensions.get(_WORKER_EXTENSION))
        if not self._is_worker:
            access.on_open(self._resume_later)
        self._environment = KernelEnvironment()
        self._tasks: list[asyncio.Task[None]] = []

    @validate("no_capture")
    def _check_kinds(self, proposal: dict[str, Any]) -> list[str]:
        try:
            parse_kinds(proposal["value"])
        except LabError as error:
            raise TraitError(f"LabExtensionApp.no_capture: {error}") from None
        words: list[str] = proposal["value"]
        return words

    def initialize_handlers(self) -> None:
        """Hang every route below the API root; what is not a route there is a problem answer too."""
        for path, endpoints in by_path().items():
            options = {"parts": self.parts, "endpoints": endpoints}
            self.handlers.append((url_pattern(path), handler_for(endpoints), options))
        options = {"parts": self.parts, "endpoints": {}}
        self.handlers.append((f"/{API_ROOT}(?:/.*)?", EndpointHandler, options))
        assert self.serverapp is not None  # noqa: S101 - linked before it is initialized
        self.handlers += mlflow_handlers(self.parts, base_url=self.serverapp.base_url)

    async def _start_jupyter_server_extension(self, serverapp: Any) -> None:
        # Only now the port is final: at load it may still be one that another server holds.
        self._environment.export(
            serverapp, token=self.parts.kernel_token, spool_dir=self.lab_settings.spool_dir
        )
        self._environment.add(NO_CAPTURE, self.no_capture)
        self._environment.add(MASKED_COLUMNS, self.masked_columns)
        translate_settings()
        self._bridge.start(asyncio.get_running_loop())
        sweep = SpoolSweep(
            self.parts.access,
            self.parts.places,
            spool_dir=self.lab_settings.spool_dir,
            only_dead=is_surely_reachable(serverapp),
            executor=self.parts.executor,
            log=self.log,
        )
        self._tasks.append(asyncio.create_task(sweep.run()))
        packing = PointPacking(self.parts.access, executor=self.parts.executor, log=self.log)
        self._tasks.append(asyncio.create_task(packing.run()))
        self._tasks.append(asyncio.create_task(set_aside()))
        if self._is_worker:
            return
        watch = WorkerWatch(
            self.parts.access, self._resume_worker, executor=self.parts.executor, log=self.log
        )
        self._tasks.append(asyncio.create_task(watch.run()))

    async def stop_extension(self) -> None:
        """End threads and tasks and close the store."""
        self._environment.withdraw()
        for task in self._tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        await asyncio.to_thread(self._bridge.stop)
        for executor in (self.parts.executor, self.parts.ingesting):
            await asyncio.to_thread(executor.shutdown, cancel_futures=True)
        await asyncio.to_thread(self.parts.making.close)
        self.parts.access.close()

    def _emit(self, change: Change) -> None:
        data = {
            "seq": change.seq,
            "kind": change.kind,
            "id": change.id,
            "action": change.action,
        }
        self._emit_event(schema_id=SCHEMA_ID, data=data)

    def _start_worker(self, lab: Lab) -> None:
        from mlops_lab.jobs.launcher import ensure_worker

        try:
            ensure_worker(lab.jobs, self.lab_settings)
        except (LabError, OSError):
            # What was asked for is stored; it waits until a worker is started by hand.
            self.log.exception("MLOps Lab cannot start a worker; run: mlops-lab worker")

    def _resume_later(self, lab: Lab) -> None:
        """Have a worker started, in another thread, if the store that was opened needs one."""
        # A server that is stopping takes no more orders, and needs none.
        with suppress(RuntimeError):
            self._resuming = self.parts.executor.submit(self._resume_worker, lab)

    def _resume_worker(self, lab: Lab) -> None:
        from mlops_lab.jobs.launcher import resume_worker
        from mlops_lab.tracking.reproductions import settle_reproductions

        with suppress(LabError):
            settle_reproductions(lab.store)
        pid = resume_worker(lab.jobs, self.lab_settings)
        if pid is not None:
            self.log.info("MLOps Lab has started a worker, process %d: work was waiting.", pid)


def _allow_long_queries() -> None:
    """Let a query name 1,000 runs besides what else it asks; older tornados count nothing.

    Tornado has one limit for the whole process: what others have set stays, and so does a higher
    limit.
    """
    if not hasattr(httputil, "ParseUrlEncodedConfig"):
        return
    found = getattr(httputil, "_DEFAULT_PARSE_BODY_CONFIG", None) or httputil.ParseBodyConfig()
    if found.urlencoded.max_arguments < _MAX_ARGUMENTS:
        raised = replace(found.urlencoded, max_arguments=_MAX_ARGUMENTS)
        httputil.set_parse_body_config(replace(found, urlencoded=raised))
