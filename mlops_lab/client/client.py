"""Owns ``Client``: the calls to one server, by noun."""

from __future__ import annotations

from types import TracebackType
from typing import Any, Self

from mlops_lab.core.changes import ChangeList
from mlops_lab.core.clock import Millis, now_ms
from mlops_lab.core.numbers import to_wire
from mlops_lab.core.records import Batch, BatchAcknowledged
from mlops_lab.core.status import Limits, ServerStatus
from mlops_lab.core.writing import Point

from .carrying import Carrying
from .connection import Connection, part
from .experiments import Experiments
from .files import Files
from .finding import find_server
from .jobs import Definitions, Jobs, Schedules
from .registry import Models
from .routes import calls
from .runs import Runs
from .trash import Audit, Retention, Trash

TIMEOUT_S = 30.0
RETRY_FOR_S = 30.0


class Client:
    """The REST API of one server. Safe to use from several threads; close it when done.

    Args:
        url: of the Jupyter server or of its API; None to look for one, see ``find_server``.
        token: of the server; None for the one that goes with the address.
        timeout: of each step of a request, in seconds.
        retry_for: how long a request is sent again while the server is busy or away, such as
            during its restart, in seconds from the first failure; 0 for not at all. An order that
            must not be done twice is sent again only when surely nothing was done.
    """

    def __init__(
        self,
        url: str | None = None,
        token: str | None = None,
        *,
        timeout: float = TIMEOUT_S,
        retry_for: float = RETRY_FOR_S,
    ) -> None:
        place = find_server(url, token)
        self._connection = Connection(place, timeout=timeout, retry_for=retry_for)
        self.runs = Runs(self._connection)
        self.experiments = Experiments(self._connection)
        self.files = Files(self._connection)
        self.definitions = Definitions(self._connection)
        self.schedules = Schedules(self._connection)
        self.jobs = Jobs(self._connection)
        self.models = Models(self._connection)
        self.trash = Trash(self._connection)
        self.audit = Audit(self._connection)
        self.retention = Retention(self._connection)
        self.carrying = Carrying(self._connection)

    @property
    def url(self) -> str:
        """The address of the API."""
        return self._connection.url

    @calls("get_status")
    def status(self) -> ServerStatus:
        """Return how the server and its store are."""
        return self._connection.ask("GET", "status", ServerStatus)

    @calls("get_limits")
    def limits(self) -> Limits:
        """Return what the server takes at most."""
        return self._connection.ask("GET", "limits", Limits)

    @calls("get_openapi")
    def contract(self) -> dict[str, Any]:
        """Return the contract of the routes, an OpenAPI document."""
        return self._connection.ask("GET", "openapi.json", dict[str, Any])

    @calls("get_events")
    def events(self) -> dict[str, Any]:
        """Return the contract of the events, an AsyncAPI document."""
        return self._connection.ask("GET", "events.json", dict[str, Any])

    @calls("list_changes")
    def changes(self, after: int, *, limit: int | None = None) -> ChangeList:
        """Return the changes after a number, or that they are gone."""
        query = {"after": after, "limit": limit}
        return self._connection.ask("GET", "changes", ChangeList, query=query)

    @calls("deliver_batch")
    def deliver(self, batch: Batch) -> BatchAcknowledged:
        """Deliver records of a spool; what is stored already is skipped."""
        path = f"spools/{part(batch.spool.spool_id)}/batches"
        return self._connection.ask("POST", path, BatchAcknowledged, body=batch, repeats=True)

    @staticmethod
    def point(name: str, value: float, *, step: int = 0, time: Millis | None = None) -> Point:
        """Return a value of a metric, of now unless told otherwise, also NaN or infinite."""
        return Point(name, to_wire(value), step=step, time=now_ms() if time is None else time)

    def close(self) -> None:
        """Close the kept connections."""
        self.carrying.close()
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()
