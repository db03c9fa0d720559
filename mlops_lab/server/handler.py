"""Owns the one request handler: authenticate, authorize, decode, run in a thread, encode."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from functools import partial
from typing import TYPE_CHECKING, Any

import msgspec
from jupyter_server.auth import User
from jupyter_server.auth.decorator import authorized
from jupyter_server.base.handlers import APIHandler
from tornado import web

from mlops_lab.core.errors import LabError, StoreUnavailableError

from .auth import KernelToken, name_of_user
from .decode import decode_input
from .endpoint import Call, Download, Endpoint, NotebookContent, PlainText
from .lab_access import LabAccess
from .places import ContentsRoot, Places
from .problem import CONTENT_TYPE, Problem, make_problem, problem_of
from .sending import send_file

if TYPE_CHECKING:
    from mlops_lab.lab import Lab

AUTH_RESOURCE = "mlops_lab"
SENT_AS_IT_IS = (NotebookContent, PlainText, Download)
"""Answers that are no struct of ours."""


class ServerParts(msgspec.Struct, frozen=True):
    """What every request needs of the server; made once at load."""

    access: LabAccess
    places: Places
    contents: ContentsRoot
    executor: Executor
    kernel_token: KernelToken
    start_worker: Callable[[Lab], None]


class EndpointHandler(APIHandler):
    """Answers the endpoints of one path. Tornado makes one of these for each request."""

    auth_resource = AUTH_RESOURCE

    def initialize(self, *, parts: ServerParts, endpoints: Mapping[str, Endpoint]) -> None:
        """Take what tornado passes on from the route."""
        self._parts = parts
        self._endpoints = endpoints
        self._is_kernel = False

    async def prepare(self) -> None:  # type: ignore[override]  # as in APIHandler
        """Find out who calls; a kernel token needs neither Jupyter's identity nor XSRF.

        Raises:
            HTTPError: 403 when nobody is known, or a kernel token is shown where it is no good.
        """
        authorization = self.request.headers.get("Authorization", "")
        if not self._parts.kernel_token.is_in(authorization):
            await super().prepare()
            return
        declared = self._endpoints.get(self.request.method or "")
        if declared is None or declared.scope != "kernel":
            raise web.HTTPError(403, "The kernel token is good for what kernels need only.")
        self._is_kernel = True
        self.current_user = User(username="kernel")

    @web.authenticated
    async def get(self, **path: str) -> None:
        """Answer a GET request."""
        await self._enter_to_read(path)

    @web.authenticated
    async def head(self, **path: str) -> None:
        """Answer a HEAD request."""
        await self._enter_to_read(path)

    @web.authenticated
    async def put(self, **path: str) -> None:
        """Answer a PUT request."""
        await self._enter_to_write(path)

    @web.authenticated
    async def post(self, **path: str) -> None:
        """Answer a POST request."""
        await self._enter_to_write(path)

    @web.authenticated
    async def patch(self, **path: str) -> None:
        """Answer a PATCH request."""
        await self._enter_to_write(path)

    @web.authenticated
    async def delete(self, **path: str) -> None:
        """Answer a DELETE request."""
        await self._enter_to_write(path)

    async def _enter_to_read(self, path: Mapping[str, str]) -> None:
        if self._is_kernel:
            await self._serve(path)
        else:
            await self._read(path)

    async def _enter_to_write(self, path: Mapping[str, str]) -> None:
        if self._is_kernel:
            # The scope of the route has authorized it; an authorizer knows Jupyter's users only.
            await self._serve(path)
        else:
            await self._write(path)

    @authorized(action="read", resource=AUTH_RESOURCE)  # type: ignore[untyped-decorator]
    async def _read(self, path: Mapping[str, str]) -> None:
        await self._serve(path)

    @authorized(action="write", resource=AUTH_RESOURCE)  # type: ignore[untyped-decorator]
    async def _write(self, path: Mapping[str, str]) -> None:
        await self._serve(path)

    async def _serve(self, path: Mapping[str, str]) -> None:
        declared = self._endpoints.get(self.request.method or "")
        if declared is None:
            raise web.HTTPError(405 if self._endpoints else 404)
        try:
            content = await self._answer(declared, path)
        except LabError as error:
            self._finish_problem(problem_of(error))
            return
        self.set_status(declared.status)
        self.set_header("Cache-Control", "no-cache")
        if isinstance(content, Download):
            await send_file(self, content, executor=self._parts.executor)
        elif declared.answer is PlainText:
            self.finish(content, set_content_type="text/plain; charset=utf-8")
        else:
            self.finish(content)

    def streamed(self) -> dict[str, Any]:
        """Return the body as the argument of a route, where it was streamed to disk."""
        return {}

    async def _answer(self, declared: Endpoint, path: Mapping[str, str]) -> Any:
        arguments = decode_input(
            declared, path=path, query=self.request.query_arguments, body=self.request.body
        )
        arguments |= self.streamed()
        kernel_ids = declared.kernel_ids(arguments["body"]) if declared.kernel_ids else ()
        places = await self._parts.places.find(kernel_ids)
        run = partial(
            _run,
            declared,
            parts=self._parts,
            arguments=arguments,
            user=name_of_user(self.current_user),
            places=places,
        )
        return await asyncio.get_running_loop().run_in_executor(self._parts.executor, run)

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Answer what was raised outside of a route, or by mistake inside of one."""
        error = kwargs.get("exc_info", (None, None, None))[1]
        if isinstance(error, web.HTTPError):
            self._finish_problem(make_problem(status_code, error.log_message or ""))
        else:
            self._finish_problem(problem_of(error or RuntimeError()))

    def _finish_problem(self, problem: Problem) -> None:
        self.set_status(problem.status)
        self.finish(msgspec.json.encode(problem), set_content_type=CONTENT_TYPE)


def _run(
    declared: Endpoint,
    *,
    parts: ServerParts,
    arguments: Mapping[str, Any],
    user: str,
    places: Mapping[str, Any],
) -> Any:
    lab = parts.access.get()
    call = Call(
        lab=lab,
        user=user,
        places=places,
        find_notebook=parts.contents.find_notebook,
        start_worker=partial(parts.start_worker, lab),
    )
    try:
        answer = declared.run(call, **arguments)
    except StoreUnavailableError:
        # The next request opens the store anew: what was wrong may be over by then.
        parts.access.forget(lab)
        raise
    if declared.answer is None:
        return None
    return answer if declared.answer in SENT_AS_IT_IS else msgspec.json.encode(answer)
