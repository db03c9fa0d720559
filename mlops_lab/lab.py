"""Owns the hall: opens the store once and holds the services that work on it."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from mlops_lab.core.clock import Clock, now_ms
from mlops_lab.core.settings import Settings
from mlops_lab.jobs.service import JobsService
from mlops_lab.registry.service import RegistryService
from mlops_lab.store.job_files import JobFiles
from mlops_lab.store.store import Store
from mlops_lab.tracking.archive import ArchiveService
from mlops_lab.tracking.audit import AuditService
from mlops_lab.tracking.evaluation import EvaluationService
from mlops_lab.tracking.experiments import ExperimentsService
from mlops_lab.tracking.files import FilesService
from mlops_lab.tracking.inputs import InputsService
from mlops_lab.tracking.issues import IssuesService
from mlops_lab.tracking.lineage import LineageService
from mlops_lab.tracking.logged import LoggedService
from mlops_lab.tracking.orders import OrdersService
from mlops_lab.tracking.retention import RetentionService
from mlops_lab.tracking.service import TrackingService
from mlops_lab.tracking.traces import TracesService
from mlops_lab.tracking.trash import TrashService
from mlops_lab.tracking.writing import WritingService


class Lab:
    """An open store with its services. Safe to use from several threads; close it when done."""

    def __init__(self, settings: Settings, store: Store, *, clock: Clock = now_ms) -> None:
        self.settings = settings
        self.store = store
        self.tracking = TrackingService(store, clock=clock)
        self.experiments = ExperimentsService(store)
        self.files = FilesService(store)
        self.lineage = LineageService(store)
        self.logged = LoggedService(store)
        self.writing = WritingService(store, clock=clock)
        self.inputs = InputsService(store, clock=clock)
        self.orders = OrdersService(store, self.writing)
        self.registry = RegistryService(store)
        self.traces = TracesService(store)
        self.issues = IssuesService(store, clock=clock)
        self.evaluation = EvaluationService(store)
        self.audit = AuditService(store)
        self.archive = ArchiveService(store, clock=clock)
        job_files = JobFiles(settings.jobs_dir)
        self.trash = TrashService(store, clock=clock, job_files=job_files)
        self.retention = RetentionService(store, self.trash, clock=clock, job_files=job_files)
        self.jobs = JobsService(store, jobs_dir=settings.jobs_dir, clock=clock)

    @classmethod
    def open(cls, settings: Settings, *, clock: Clock = now_ms) -> Self:
        """Open the store that the settings name, making or upgrading it first.

        Raises:
            InvalidInputError: the store URL is not usable.
            SchemaMismatchError: a newer version wrote the store.
            StoreUnavailableError: it cannot be read or written.
        """
        return cls(settings, Store.open(settings), clock=clock)

    def close(self) -> None:
        """Close every connection to the store."""
        self.store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()
