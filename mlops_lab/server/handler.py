"""Owns the one request handler: authenticate, take in, authorize, decode, run in a thread, answer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import msgspec
from jupyter_server.auth.decorator import allow_unauthenticated, authorized
from tornado import web

from mlops_lab.core.errors import LabError
from mlops_lab.core.limits import MAX_BATCH_BYTES

from .answering import Answer, accepts_gzip, link_to_next, make_answer
from .auth import KernelToken, name_of_user
from .bodies import AUTH_RESOURCE, BodyHandler
from .decode import JUPYTERS, decode_input, read_key
from .endpoint import Call, Endpoint, PlainText
from .lab_access import LabAccess
from .mediatypes import is_json_label
from .places import ContentsRoot, Places
from .pressure import Gate, Workplace
from .problem import CONTENT_TYPE, Problem, make_problem, problem_of, retry_after
from .routes import API_ROOT
from .sending import send_file
from .together import Together

if TYPE_CHECKING:
    from mlops_lab.lab import Lab

DECODED_AT_ONCE = 65_536
"""A larger body is decoded in a thread: the event loop shall not stand still."""


class ServerParts(msgspec.Struct, frozen=True):
    """What every request needs of the server; made once at load."""

    access: LabAccess
    places: Places
    contents: ContentsRoot
    executor: Executor
    kernel_token: KernelToken
    start_worker: Callable[[Lab], None]
    ingesting: Executor
    making: Workplace
    gate: Gate
    uploads: Gate
    together: Together[Answer]
    base_url: str = "/"


class EndpointHandler(BodyHandler):
    """Answers the endpoints of one path. Tornado makes one of these for each request."""

    def initialize(self, *, parts: ServerParts, endpoints: Mapping[str, Endpoint]) -> None:
        """Take what tornado passes on from the route."""
        self.take_parts(parts)
        self._endpoints = endpoints

    def check_kernel(self) -> None:
        """Raise HTTPError 403 where the token of a kernel is no good."""
        declared = self._declared()
        if declared is None or declared.scope != "kernel":
            raise web.HTTPError(403, "The kernel token is good for what kernels need only.")

    def limit_of_json(self) -> int | None:
        """Return the most bytes of JSON that are taken in; None where none is expected.

        Raises:
            HTTPError: the body is labelled as something else.
        """
        declared = self._declared()
        if declared is None or not declared.takes_json:
            return None
        label = self.request.headers.get("Content-Type", "")
        if not is_json_label(label):
            raise web.HTTPError(
                HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"The body is labelled {label!r}."
            )
        return MAX_BATCH_BYTES

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

    @allow_unauthenticated
    def options(self, *args: Any, **kwargs: Any) -> None:
        """Say which methods there are."""
        self.set_header("Allow", self._allowed())
        super().options(*args, **kwargs)

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

    async def respond(self, path: Mapping[str, str]) -> None:
        """Do what is asked, and answer."""
        declared = self._declared()
        if declared is None:
            raise web.HTTPError(405 if self._endpoints else 404)
        try:
            if self._refusal is not None:
                raise self._refusal
            answer = await self._answer(declared, path)
        except LabError as error:
            self._finish_problem(problem_of(error), error)
            return
        self.set_status(declared.status)
        self.set_header("Cache-Control", "private, no-cache")
        if answer.file is None:
            self._send(declared, answer)
        elif self._is_known(f'"{answer.file.content.digest}"'):
            answer.file.content.close()
        else:
            await send_file(self, answer.file, executor=self._parts.executor)

    def _send(self, declared: Endpoint, answer: Answer) -> None:
        if answer.next_cursor is not None:
            query = self._query_as_given()
            link = link_to_next(self.request.path, query, answer.next_cursor)
            self.set_header("Link", link)
        if answer.location is not None:
            self.set_header("Location", f"{self.base_url}{API_ROOT}/{answer.location}")
        if self.request.method in ("GET", "HEAD") and answer.etag:
            self.set_header("Vary", "Accept-Encoding")
            if self._is_known(answer.etag):
                return
        if answer.encoding:
            self.set_header("Content-Encoding", answer.encoding)
        if declared.answer is PlainText:
            self.finish(answer.content, set_content_type="text/plain; charset=utf-8")
        else:
            self.finish(answer.content or None)

    def _is_known(self, etag: str) -> bool:
        """Tell whether the caller has what has this tag; then that is all of the answer."""
        self.set_header("Etag", etag)
        if not self.check_etag_header():
            return False
        self.set_status(HTTPStatus.NOT_MODIFIED)
        self.finish()
        return True

    async def _answer(self, declared: Endpoint, path: Mapping[str, str]) -> Answer:
        arguments = await self._arguments(declared, path)
        kernel_ids = declared.kernel_ids(arguments["body"]) if declared.kernel_ids else ()
        places = await self._parts.places.find(kernel_ids)
        # A kernel is the user's own: what it writes is by whom this server belongs to.
        user = name_of_user(None if self._is_kernel else self.current_user)
        packs = accepts_gzip(self.request.headers.get("Accept-Encoding", ""))
        run = partial(
            _run,
            declared,
            parts=self._parts,
            arguments=arguments,
            user=user,
            places=places,
            key=read_key(declared, self.request.headers.get("Idempotency-Key")),
            packs=packs,
        )
        if declared.lane == "making":
            return await self._parts.making.work(run)
        executor = self._parts.ingesting if declared.lane == "ingest" else self._parts.executor
        work = partial(asyncio.get_running_loop().run_in_executor, executor, run)
        if not declared.is_shared:
            return await work()
        asked = (declared.operation_id, repr(arguments), user, packs)
        return await self._parts.together.read(asked, work)

    async def _arguments(self, declared: Endpoint, path: Mapping[str, str]) -> dict[str, Any]:
        body = self.body
        decode = partial(
            decode_input, declared, path=path, query=self.request.query_arguments, body=body
        )
        if len(body) <= DECODED_AT_ONCE:
            return decode() | self.streamed()
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._parts.ingesting, decode) | self.streamed()

    def _declared(self) -> Endpoint | None:
        method = self.request.method or ""
        if method == "HEAD" and method not in self._endpoints:
            found = self._endpoints.get("GET")
            return found if found is not None and found.answers_head else None
        return self._endpoints.get(method)

    def _allowed(self) -> str:
        answers_head = any(declared.answers_head for declared in self._endpoints.values())
        implied = {"HEAD"} if answers_head else set()
        return ", ".join(sorted({*self._endpoints, *implied, "OPTIONS"}))

    def _query_as_given(self) -> list[tuple[str, str]]:
        return [
            (name, value.decode("utf-8", "replace"))
            for name, values in self.request.query_arguments.items()
            for value in values
            if name not in JUPYTERS
        ]

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Answer what was raised outside of a route, or by mistake inside of one."""
        error = kwargs.get("exc_info", (None, None, None))[1]
        if status_code == HTTPStatus.METHOD_NOT_ALLOWED:
            self.set_header("Allow", self._allowed())
        if isinstance(error, web.HTTPError):
            self._finish_problem(make_problem(status_code, error.log_message or ""))
        else:
            self._finish_problem(problem_of(error or RuntimeError()))

    def _finish_problem(self, problem: Problem, error: Exception | None = None) -> None:
        self.set_status(problem.status)
        later = retry_after(problem.status, error)
        if later is not None:
            self.set_header("Retry-After", later)
        self.set_header("Cache-Control", "no-store")
        self.finish(msgspec.json.encode(problem), set_content_type=CONTENT_TYPE)


def _run(
    declared: Endpoint,
    *,
    parts: ServerParts,
    arguments: Mapping[str, Any],
    user: str,
    places: Mapping[str, Any],
    key: str | None,
    packs: bool,
) -> Answer:
    with parts.access.use() as lab:
        call = Call(
            lab=lab,
            user=user,
            places=places,
            find_notebook=parts.contents.find_notebook,
            start_worker=partial(parts.start_worker, lab),
            idempotency_key=key,
            api_root=f"{parts.base_url}{API_ROOT}",
        )
        found = declared.run(call, **arguments)
    return make_answer(declared, found, packs=packs)
