"""Owns how a file comes in at either door: streamed to disk, after the caller was let in."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, ClassVar, Protocol

from tornado import web

from mlops_lab.core.errors import LabError, LimitError
from mlops_lab.core.limits import MAX_ARTIFACT_BYTES

from .bodies import DRAINED, BodyHandler
from .pressure import announced_size

_PORTION = 1_048_576


class Arriving(Protocol):
    """What a file is written to while it arrives."""

    def write(self, portion: bytes) -> None:
        """Keep some more bytes."""

    def discard(self) -> None:
        """Remove what was not kept."""


class UploadHandler(BodyHandler):
    """Answers the routes of a path of which one takes a file: at most a portion is in memory."""

    faults: ClassVar[tuple[type[Exception], ...]] = (LabError,)
    """What the beginning of an upload may raise for its caller."""

    def initialize(self, **parts: Any) -> None:
        """Take what tornado passes on from the route."""
        super().initialize(**parts)
        self._arriving: Arriving | None = None
        self._waiting = bytearray()
        self._announced = 0
        self._is_counted = False

    async def prepare(self) -> None:  # type: ignore[override]  # as in APIHandler
        """Let the caller in, or not, before the first byte of a file is taken.

        Raises:
            HTTPError: 403 when the caller is not known, or may not write.
        """
        await super().prepare()
        if self._finished or not self.takes_file():
            return
        if not self.current_user or not await self.may("write"):
            raise web.HTTPError(HTTPStatus.FORBIDDEN)
        self._announced = announced_size(self.request.headers.get("Content-Length")) or 0
        if self._announced > MAX_ARTIFACT_BYTES:
            self.answer_refusal(
                LimitError(
                    "The file is too large.", hint=f"The limit is {MAX_ARTIFACT_BYTES:,} bytes."
                )
            )
            return
        try:
            self._parts.uploads.enter(self._announced)
        except LabError as error:
            self._refusal = error
            if self._announced > DRAINED:
                self.answer_refusal(error)
            return
        self._is_counted = True
        self.request.connection.set_max_body_size(MAX_ARTIFACT_BYTES)  # type: ignore[union-attr]
        try:
            self._arriving = await self._in_thread(self.begin, self.path_kwargs)
        except self.faults as error:
            self._refusal = error

    def takes_file(self) -> bool:
        """Tell whether the route that is asked for takes a file."""
        raise NotImplementedError

    def begin(self, path: Mapping[str, str]) -> Arriving:
        """Open what the file is written to; called in a thread."""
        raise NotImplementedError

    def answer_refusal(self, error: LabError) -> None:
        """Answer now that the file is not taken; its bytes are not waited for."""
        raise NotImplementedError

    async def data_received(self, chunk: bytes) -> None:
        """Write what has arrived; after a fault the rest is read and dropped."""
        if self._arriving is None:
            await super().data_received(chunk)
            return
        if self._refusal is None:
            self._waiting += chunk
            if len(self._waiting) >= _PORTION:
                await self.write_waiting()

    async def write_waiting(self) -> None:
        """Write what has arrived and is in memory still."""
        if self._arriving is None or self._refusal is not None:
            return
        portion, self._waiting = bytes(self._waiting), bytearray()
        try:
            await self._in_thread(self._arriving.write, portion)
        except LabError as error:
            self._refusal = error
        except ValueError:
            # The caller went away meanwhile, and what had arrived was removed.
            return

    async def _in_thread(self, work: Any, *values: Any) -> Any:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._parts.executor, work, *values)

    def let_go(self) -> None:
        """Remove what was not kept, and give back what the body has of the server."""
        super().let_go()
        if self._is_counted:
            self._is_counted = False
            self._parts.uploads.leave(self._announced)
        if self._arriving is not None:
            self._arriving.discard()
