"""Owns how files come in on the MLflow protocol: streamed to disk, after the caller was let in."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from jupyter_core.utils import ensure_async
from tornado import web

from mlops_lab.core.errors import LabError
from mlops_lab.core.limits import MAX_ARTIFACT_BYTES
from mlops_lab.server.handler import AUTH_RESOURCE

from .errors import MlflowError, wrong_value
from .handler import MlflowHandler

_PORTION = 1_048_576
_MAX_DIGITS = 9


class MlflowUploadHandler(MlflowHandler):
    """Answers the routes of a path of which one takes a file: at most a portion is in memory."""

    def initialize(self, **parts: Any) -> None:
        """Take what tornado passes on from the route."""
        super().initialize(**parts)
        self._upload: Any = None
        self._waiting = bytearray()

    async def prepare(self) -> None:  # type: ignore[override]  # as in APIHandler
        """Let the caller in, or not, before the first byte of a file is taken.

        Raises:
            HTTPError: 403 when the caller is not known, or may not write.
        """
        await super().prepare()
        declared = self._routes.get(self.request.method or "")
        if declared is None or not declared.is_upload:
            return
        if not self.current_user:
            raise web.HTTPError(HTTPStatus.FORBIDDEN)
        if not self._is_kernel and not await ensure_async(
            self.authorizer.is_authorized(self, self.current_user, "write", AUTH_RESOURCE)
        ):
            raise web.HTTPError(HTTPStatus.FORBIDDEN)
        self.request.connection.set_max_body_size(MAX_ARTIFACT_BYTES)  # type: ignore[union-attr]
        try:
            self._upload = await self._in_thread(self._begin, self.path_kwargs)
        except (LabError, MlflowError) as error:
            # It is told when the body is over: who still sends does not listen.
            self._fault = error

    async def data_received(self, chunk: bytes) -> None:
        """Write what has arrived; after a fault the rest is read and dropped."""
        if self._upload is None:
            await super().data_received(chunk)
            return
        if self._fault is None:
            self._waiting += chunk
            if len(self._waiting) >= _PORTION:
                await self._write_waiting()

    def streamed(self) -> dict[str, Any]:
        """Return the body as the argument of a route."""
        return {} if self._upload is None else {"upload": self._upload}

    async def _serve(self, path: Mapping[str, str]) -> None:
        if self._upload is not None:
            await self._write_waiting()
        await super()._serve(path)

    def on_finish(self) -> None:
        """Remove what was not kept."""
        super().on_finish()
        self._discard()

    def on_connection_close(self) -> None:
        """Remove what has arrived when the caller goes away."""
        super().on_connection_close()
        self._discard()

    def _begin(self, path: Mapping[str, str]) -> Any:
        lab = self._parts.access.get()
        if "upload_id" in path:
            number = path["number"]
            if not number.isdecimal() or len(number) > _MAX_DIGITS:
                raise wrong_value("part_number", number)
            return lab.files.parts.receive(path["upload_id"], int(number))
        return lab.store.artifacts.receive()

    async def _write_waiting(self) -> None:
        portion, self._waiting = bytes(self._waiting), bytearray()
        try:
            await self._in_thread(self._upload.write, portion)
        except LabError as error:
            self._fault = error
        except ValueError:
            # The caller went away meanwhile, and what had arrived was removed.
            return

    async def _in_thread(self, work: Any, *values: Any) -> Any:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._parts.executor, work, *values)

    def _discard(self) -> None:
        if self._upload is not None:
            self._upload.discard()
