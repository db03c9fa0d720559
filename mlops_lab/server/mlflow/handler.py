"""Owns the request handler of the MLflow protocol: who calls, what is asked, in a thread, answered."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import msgspec
from jupyter_server.auth.decorator import authorized
from tornado import web

from mlops_lab.core.errors import LabError
from mlops_lab.server.auth import name_of_user
from mlops_lab.server.bodies import AUTH_RESOURCE, BodyHandler
from mlops_lab.server.endpoint import Download
from mlops_lab.server.handler import DECODED_AT_ONCE
from mlops_lab.server.pressure import announced_size
from mlops_lab.server.problem import retry_after
from mlops_lab.server.sending import send_file

from .errors import MlflowError, code_for, error_of, error_of_status, invalid
from .route import MlflowCall, MlflowRoute
from .wire import Attached, is_repeated, read_request

if TYPE_CHECKING:
    from mlops_lab.server.handler import ServerParts

MAX_BODY_BYTES = 33_554_432
"""Largest JSON of one request; files are streamed and have a limit of their own."""

_READING = frozenset({"GET", "HEAD"})
_JSON = "application/json"
_PLAIN_NAME = re.compile(r'filename="([\w.+%-]+)"', re.ASCII)


class MlflowHandler(BodyHandler):
    """Answers the routes of one path. Tornado makes one of these for each request."""

    def initialize(
        self, *, parts: ServerParts, routes: Mapping[str, MlflowRoute], root: str
    ) -> None:
        """Take what tornado passes on from the route."""
        self.take_parts(parts)
        self._routes = routes
        self._root = root

    def limit_of_json(self) -> int | None:
        """Return the most bytes of JSON that are taken in; None where none is expected."""
        declared = self._declared()
        if declared is None or declared.is_upload:
            return None
        headers = self.request.headers
        announced = announced_size(headers.get("Content-Length"))
        is_empty = announced == 0 or (announced is None and "Transfer-Encoding" not in headers)
        return None if is_empty else MAX_BODY_BYTES

    def _declared(self) -> MlflowRoute | None:
        method = self.request.method or ""
        return self._routes.get("GET" if method == "HEAD" else method)

    @web.authenticated
    async def get(self, **path: str) -> None:
        """Answer a GET request."""
        await self._enter(path)

    @web.authenticated
    async def head(self, **path: str) -> None:
        """Answer a HEAD request: what GET would answer, without its content."""
        await self._enter(path)

    @web.authenticated
    async def post(self, **path: str) -> None:
        """Answer a POST request."""
        await self._enter(path)

    @web.authenticated
    async def put(self, **path: str) -> None:
        """Answer a PUT request."""
        await self._enter(path)

    @web.authenticated
    async def patch(self, **path: str) -> None:
        """Answer a PATCH request."""
        await self._enter(path)

    @web.authenticated
    async def delete(self, **path: str) -> None:
        """Answer a DELETE request."""
        await self._enter(path)

    async def _enter(self, path: Mapping[str, str]) -> None:
        if self._is_kernel:
            # What a client of MLflow does in a kernel, its user does; an authorizer knows users only.
            await self._serve(path)
        elif self.reads():
            await self._read(path)
        else:
            await self._write(path)

    def reads(self) -> bool:
        """Tell whether the request only reads; a search may be sent by POST."""
        declared = self._declared()
        return self.request.method in _READING or (declared is not None and declared.reads)

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
            told = f"{self.request.method} {self.request.path} is no route of this server."
            self._finish_error(MlflowError("ENDPOINT_NOT_FOUND", told))
            return
        try:
            if self._refusal is not None:
                raise self._refusal
            answer = await self._answer(declared, path)
        except (MlflowError, LabError) as error:
            self._finish_error(error_of(error), retry=retry_after(error_of(error).status, error))
            return
        self.set_header("Cache-Control", "no-cache")
        if isinstance(answer, Download):
            await send_file(self, answer, executor=self._parts.executor)
        elif isinstance(answer, Attached):
            self.set_header("Content-Disposition", f"attachment; filename={answer.file_name}")
            self.finish(msgspec.json.encode(answer.content), set_content_type=_JSON)
        elif isinstance(answer, str):
            self.finish(answer, set_content_type="text/plain; charset=utf-8")
        else:
            self.finish(answer, set_content_type=_JSON)

    def set_header(self, name: str, value: Any) -> None:
        """Set a header; the name of a file without quotes where it needs none, as MLflow has it."""
        if name == "Content-Disposition":
            value = _PLAIN_NAME.sub(r"filename=\1", str(value))
        super().set_header(name, value)

    async def _answer(self, declared: MlflowRoute, path: Mapping[str, str]) -> Any:
        arguments: dict[str, Any] = {**path, **self.streamed()}
        loop = asyncio.get_running_loop()
        if declared.request is not None:
            kind, read = declared.request, partial(self._data, declared)
            if len(self.body) <= DECODED_AT_ONCE:
                arguments["request"] = read_request(kind, read())
            else:
                arguments["request"] = await loop.run_in_executor(
                    self._parts.ingesting, lambda: read_request(kind, read())
                )
        kernel_ids = declared.kernel_ids(arguments["request"]) if declared.kernel_ids else ()
        places = await self._parts.places.find(kernel_ids)
        call = partial(
            MlflowCall,
            places=places,
            user=name_of_user(None if self._is_kernel else self.current_user),
            root=self._root_url(),
            authorization=self.request.headers.get("Authorization", ""),
            headers={name.lower(): value for name, value in self.request.headers.get_all()},
            body=b"" if declared.request is not None else bytes(self.body),
            query={
                name: [one.decode("utf-8", "replace") for one in values]
                for name, values in self.request.query_arguments.items()
            },
        )
        run = partial(_run, declared, parts=self._parts, call=call, arguments=arguments)
        if declared.is_long:
            return await self._parts.making.work(run)
        lane = self._parts.ingesting if declared.is_flood else self._parts.executor
        return await loop.run_in_executor(lane, run)

    def _data(self, declared: MlflowRoute) -> dict[str, Any]:
        assert declared.request is not None  # noqa: S101 - asked by the caller
        found: dict[str, Any] = {}
        if self.request.method in _READING and self.request.query_arguments:
            for name, values in self.request.query_arguments.items():
                texts = [one.decode("utf-8", "replace") for one in values]
                found[name] = texts if is_repeated(declared.request, name) else texts[0]
            return found
        if self.request.method in ("POST", "PUT"):
            self._check_content_type()
        return _read_body(self.body)

    def _check_content_type(self) -> None:
        given = self.request.headers.get("Content-Type")
        if given is None:
            raise invalid("Bad Request. Content-Type header is missing.")
        if given.split(";")[0].strip() != _JSON:
            raise invalid(f"Bad Request. Content-Type must be one of ['{_JSON}'].")

    def _root_url(self) -> str:
        return f"{self.request.protocol}://{self.request.host}{self._root}"

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Answer what was raised outside of a route, or by mistake inside of one."""
        error = kwargs.get("exc_info", (None, None, None))[1]
        if isinstance(error, web.HTTPError):
            told = error.log_message or error.reason or "The request is not allowed."
            self._finish_error(error_of_status(status_code, told), status=status_code)
        else:
            self._finish_error(error_of(error or RuntimeError()))

    def _finish_error(
        self, error: MlflowError, *, status: int | None = None, retry: str | None = None
    ) -> None:
        self.set_status(status or error.status)
        if retry is not None:
            self.set_header("Retry-After", retry)
        code = code_for(error.code, self.request.headers.get("User-Agent", ""))
        content = {"error_code": code, "message": error.message}
        self.finish(msgspec.json.encode(content), set_content_type=_JSON)


def _read_body(body: bytes | bytearray) -> dict[str, Any]:
    try:
        data = msgspec.json.decode(body) if body else None
        # Old clients encode their JSON twice.
        data = msgspec.json.decode(data) if isinstance(data, str) else data
    except (msgspec.DecodeError, RecursionError):
        data = _read_lenient(body)
    return data if isinstance(data, dict) else {}


def _read_lenient(body: bytes | bytearray) -> Any:
    """Return JSON with NaN and Infinity as bare words, which Python's own client sends; or None."""
    import json

    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _run(
    declared: MlflowRoute, *, parts: ServerParts, call: partial[Any], arguments: Mapping[str, Any]
) -> Any:
    with parts.access.use() as lab:
        answer = declared.run(call(lab=lab), **arguments)
    if isinstance(answer, Download | Attached | str):
        return answer
    return b"{}" if answer is None else msgspec.json.encode(answer)
