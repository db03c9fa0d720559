"""Owns how a request comes in at either door: who calls, and then its body, portion by portion."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from jupyter_core.utils import ensure_async
from jupyter_server.auth import User
from jupyter_server.base.handlers import APIHandler
from tornado import web

from mlops_lab.core.errors import LabError

from .pressure import Intake, announced_size

if TYPE_CHECKING:
    from .handler import ServerParts

AUTH_RESOURCE = "mlops_lab"

DRAINED = 67_108_864
"""Of a body that is refused so much is read and dropped, so that the caller gets the answer."""


@web.stream_request_body
class BodyHandler(APIHandler):
    """Lets a caller in and takes a body of JSON through the gate.

    What is wrong with a body is kept as ``_refusal`` and told when the body is over: who still
    sends does not listen.
    """

    auth_resource = AUTH_RESOURCE

    def take_parts(self, parts: ServerParts) -> None:
        """Keep what every request needs of the server; called by ``initialize``."""
        self._parts = parts
        self._is_kernel = False
        self._intake: Intake | None = None
        self._refusal: Exception | None = None
        self._is_at_work = False
        self._is_deserted = False

    async def prepare(self) -> None:  # type: ignore[override]  # as in APIHandler
        """Find out who calls, and only then let a body in.

        A kernel token needs neither Jupyter's identity nor XSRF.

        Raises:
            HTTPError: 403 when nobody is known, or a kernel token is shown where it is no good.
        """
        self.request.connection.set_max_body_size(DRAINED)  # type: ignore[union-attr]
        if not self._parts.kernel_token.is_in(self.request.headers.get("Authorization", "")):
            await super().prepare()
        else:
            self.check_kernel()
            self._is_kernel = True
            self.current_user = User(username="kernel")
        if not self.current_user:
            return
        try:
            limit = self.limit_of_json()
            if limit is not None:
                announced = announced_size(self.request.headers.get("Content-Length"))
                self._intake = Intake(self._parts.gate, announced=announced, limit=limit)
        except (LabError, web.HTTPError) as error:
            self._refusal = error

    def check_kernel(self) -> None:
        """Raise HTTPError 403 where the token of a kernel is no good; here it opens every route."""

    def limit_of_json(self) -> int | None:
        """Return the most bytes of JSON that are taken in; None where none is expected.

        Raises:
            HTTPError: the body is labelled as something else.
        """
        raise NotImplementedError

    async def may(self, action: str) -> bool:
        """Ask the server's authorizer; the scope of its routes has authorized a kernel."""
        return self._is_kernel or await ensure_async(
            self.authorizer.is_authorized(self, self.current_user, action, AUTH_RESOURCE)
        )

    async def data_received(self, chunk: bytes) -> None:
        """Keep what has arrived of a body that was let in; any other one is dropped."""
        if self._intake is None or self._refusal is not None:
            return
        try:
            self._intake.take(chunk)
        except LabError as error:
            self._refusal = error
            self.let_go()

    @property
    def body(self) -> bytes | bytearray:
        """The JSON that has arrived; there is no copy of it."""
        return b"" if self._intake is None else self._intake.content

    def streamed(self) -> dict[str, Any]:
        """Return the body as an argument of a route, where it was streamed to disk."""
        return {}

    async def _serve(self, path: Mapping[str, str]) -> None:
        """Answer, and let go of the body when the work is over: it is the work's until then."""
        if self._is_deserted:
            return
        self._is_at_work = True
        try:
            await self.respond(path)
        finally:
            self._is_at_work = False
            self.let_go()

    async def respond(self, path: Mapping[str, str]) -> None:
        """Do what is asked, and answer."""
        raise NotImplementedError

    def on_finish(self) -> None:
        """Let go of the body."""
        super().on_finish()
        self.let_go()

    def on_connection_close(self) -> None:
        """Let go of the body when the caller goes away, unless the work with it has begun."""
        super().on_connection_close()
        if not self._is_at_work:
            self._is_deserted = True
            self.let_go()

    def let_go(self) -> None:
        """Give back what the body has of the server."""
        if self._intake is not None:
            self._intake.close()
