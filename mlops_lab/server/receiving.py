"""Owns how a large body is taken in: streamed to disk in portions, after the caller was let in."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from jupyter_core.utils import ensure_async
from tornado import web

from mlops_lab.core.errors import BusyError, InvalidInputError, LabError, LimitError
from mlops_lab.core.limits import MAX_ARTIFACT_BYTES
from mlops_lab.store.artifact_uploads import Resuming
from mlops_lab.store.artifacts import Incoming

from .endpoint import Endpoint
from .handler import AUTH_RESOURCE, EndpointHandler
from .pressure import announced_size
from .problem import problem_of

_PORTION = 1_048_576
_OFFSET_DIGITS = 15


@web.stream_request_body
class ReceivingHandler(EndpointHandler):
    """Answers the endpoints of a path of which one takes bytes: ``Incoming`` or ``Resuming``.

    Such a body is written while it arrives: at most a portion of it is in memory.
    """

    def initialize(self, **parts: Any) -> None:
        """Take what tornado passes on from the route."""
        super().initialize(**parts)
        self._incoming: Incoming | Resuming | None = None
        self._waiting = bytearray()
        self._fault: LabError | None = None
        self._announced = 0
        self._is_counted = False

    async def prepare(self) -> None:  # type: ignore[override]  # as in APIHandler
        """Let the caller in, or not, before the first byte of a body is taken.

        Raises:
            HTTPError: 403 when the caller is not known, or may not write.
        """
        await super().prepare()
        if self._finished:
            return
        declared = self._endpoints.get(self.request.method or "")
        if declared is None or not declared.takes_bytes:
            return
        if not self.current_user:
            raise web.HTTPError(HTTPStatus.FORBIDDEN)
        if not self._is_kernel and not await ensure_async(
            self.authorizer.is_authorized(self, self.current_user, "write", AUTH_RESOURCE)
        ):
            raise web.HTTPError(HTTPStatus.FORBIDDEN)
        self._announced = announced_size(self.request.headers.get("Content-Length")) or 0
        if self._announced > MAX_ARTIFACT_BYTES:
            self._refuse(
                LimitError(
                    "The file is too large.", hint=f"The limit is {MAX_ARTIFACT_BYTES:,} bytes."
                )
            )
            return
        try:
            self._parts.uploads.enter(self._announced)
        except BusyError as error:
            self._fault = error
            return
        self._is_counted = True
        self.request.connection.set_max_body_size(MAX_ARTIFACT_BYTES)  # type: ignore[union-attr]
        try:
            self._incoming = await self._in_thread(self._begin, declared)
        except LabError as error:
            self._fault = error

    async def data_received(self, chunk: bytes) -> None:
        """Write what has arrived; after a fault the rest is read and dropped."""
        if self._incoming is None:
            await super().data_received(chunk)
            return
        if self._fault is not None:
            return
        self._waiting += chunk
        if len(self._waiting) >= _PORTION:
            await self._write_waiting()

    def streamed(self) -> dict[str, Any]:
        """Return the body as the argument of a route."""
        return {} if self._incoming is None else {"body": self._incoming}

    async def _serve(self, path: Any) -> None:
        if self._incoming is not None:
            await self._write_waiting()
        if self._fault is not None:
            self._refuse(self._fault)
            return
        await super()._serve(path)

    def on_finish(self) -> None:
        """Remove what was not kept."""
        super().on_finish()
        self._discard()

    def on_connection_close(self) -> None:
        """Remove what has arrived when the caller goes away."""
        super().on_connection_close()
        self._discard()

    def _begin(self, declared: Endpoint) -> Incoming | Resuming:
        lab = self._parts.access.get()
        if declared.body is Resuming:
            given = self.request.query_arguments.get("offset", [])
            return lab.files.uploads.resume(self.path_kwargs["upload_id"], _offset_of(given))
        return lab.store.artifacts.receive(self.path_kwargs.get("digest"))

    async def _write_waiting(self) -> None:
        assert self._incoming is not None  # noqa: S101 - only while something comes in
        portion, self._waiting = bytes(self._waiting), bytearray()
        try:
            await self._in_thread(self._incoming.write, portion)
        except LabError as error:
            self._fault = error
        except ValueError:
            # The caller went away meanwhile, and what had arrived was removed.
            return

    async def _in_thread(self, work: Any, *values: Any) -> Any:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._parts.executor, work, *values)

    def _refuse(self, error: LabError) -> None:
        self._finish_problem(problem_of(error), error)

    def _discard(self) -> None:
        if self._is_counted:
            self._is_counted = False
            self._parts.uploads.leave(self._announced)
        if self._incoming is not None:
            self._incoming.discard()


def _offset_of(given: Sequence[bytes]) -> int:
    if len(given) == 1 and given[0].isdigit() and len(given[0]) <= _OFFSET_DIGITS:
        return int(given[0])
    raise InvalidInputError(
        "The query parameter 'offset' is not a number of bytes.",
        hint="Give once the offset that the upload has.",
    )


def handler_for(endpoints: Mapping[str, Endpoint]) -> type[EndpointHandler]:
    """Return the class that answers the endpoints of a path."""
    takes_files = any(declared.takes_bytes for declared in endpoints.values())
    return ReceivingHandler if takes_files else EndpointHandler
