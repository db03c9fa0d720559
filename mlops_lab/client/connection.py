"""Owns one request: kept connections, repetition after a fault that passes, and decoding."""

from __future__ import annotations

import gzip
import http.client
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from http import HTTPStatus
from typing import Any, BinaryIO, TypeVar
from urllib.parse import quote, urlencode, urlsplit

import msgspec

from mlops_lab.core.errors import LabError

from .errors import UnreachableError, error_of
from .finding import Place
from .patience import Patience

T = TypeVar("T")
_Received = tuple[int, str | None, bytes]
"""Status, ``Retry-After`` and body of an answer."""

Query = Mapping[str, Any]

_SAFE = frozenset({"GET", "HEAD", "PUT", "DELETE"})
"""Methods that may be repeated when it is not known whether the server did them."""

_NOT_SENT = (ConnectionRefusedError, socket.gaierror)
"""Faults of a request that surely never reached a server."""

_GONE = frozenset({HTTPStatus.NOT_FOUND})
"""What a DELETE is told that is sent again after one whose answer was lost."""

_AWAY = frozenset(
    {HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.GATEWAY_TIMEOUT}
)
"""What a server that cannot work now says, or a proxy before one that restarts."""

_PORTION = 1_048_576
_KEPT = 8


class Connection:
    """Sends requests to one server, past any proxy. Safe to use from several threads.

    Args:
        place: the address of the API and the token.
        timeout: of each step of a request, in seconds.
        retry_for: how long a request is sent again after its first failure, in seconds.
    """

    def __init__(self, place: Place, *, timeout: float, retry_for: float) -> None:
        parts = urlsplit(place.url)
        self._place = place
        self.url = place.url
        self._is_secure = parts.scheme == "https"
        self._host = parts.hostname or "127.0.0.1"
        self._port = parts.port
        self._root = parts.path.rstrip("/")
        self._token = place.token
        self._timeout = timeout
        self._retry_for = retry_for
        self._lock = threading.Lock()
        self._idle: list[http.client.HTTPConnection] = []

    def patient(self, timeout: float) -> Connection:
        """Return a connection to the same server that waits longer for each step, in seconds."""
        longest = max(timeout, self._timeout)
        return Connection(self._place, timeout=longest, retry_for=self._retry_for)

    def patience(self) -> Patience:
        """Return how long one request goes on."""
        return Patience(self._retry_for)

    def ask(
        self,
        method: str,
        path: str,
        answer: type[T],
        *,
        query: Query | None = None,
        body: Any = None,
        repeats: bool = False,
        headers: Mapping[str, str] | None = None,
    ) -> T:
        """Send a request and return its answer, decoded.

        Args:
            method: of HTTP.
            path: below the API root, encoded.
            answer: the type of the answer; ``bytes`` for as it is, ``type(None)`` for none.
            query: parameters; a None is left out, a list is given several times.
            body: what is sent as JSON.
            repeats: whether a POST or PATCH may be repeated too, since doing it twice is doing it
                once.
            headers: further headers.

        Raises:
            LabError: as the server says, or that it cannot be reached.
        """
        content = None if body is None else msgspec.json.encode(body)
        sent = dict(headers or {}) | {"Accept-Encoding": "gzip"}
        if content is not None:
            sent["Content-Type"] = "application/json"
        may_repeat = repeats or method in _SAFE
        received = self._repeat(
            lambda: self._request(
                method, self.address(path, query), content, sent, may_repeat=may_repeat
            ),
            may_repeat=may_repeat,
            is_done=_GONE if method == "DELETE" else frozenset(),
        )
        return _decoded(received, answer)

    def send_file(
        self, path: str, content: BinaryIO, *, size: int, answer: type[T], method: str = "PUT"
    ) -> T:
        """Send the next ``size`` bytes of a file in portions, and return the answer.

        A PUT is repeated, from the same place of the file; a PATCH is not.
        """
        begin = content.tell()
        headers = {"Content-Type": "application/octet-stream", "Content-Length": str(size)}

        def send() -> _Received:
            content.seek(begin)
            body = _portions_of(content, size)
            return self._request(method, self.address(path), body, headers, may_repeat=False)

        return _decoded(self._repeat(send, may_repeat=method in _SAFE), answer)

    @contextmanager
    def portions(self, path: str) -> Iterator[Iterator[bytes]]:
        """GET a file: its bytes, in portions; what ends early is an error.

        Raises:
            LabError: as the server says, or that the connection broke.
        """
        connection = self._connect()
        try:
            with self._reaching():
                connection.request("GET", self.address(path), headers=self._headers({}))
                response = connection.getresponse()
                if response.status >= HTTPStatus.BAD_REQUEST:
                    raise error_of(response.status, response.read())
            # A fault of the caller, such as a full disk, is none of the server's.
            yield self._read_portions(response)
            if response.length:
                raise UnreachableError(
                    f"Of {path} {response.length:,} bytes did not come.", hint="Try again."
                )
        finally:
            connection.close()

    def _read_portions(self, response: http.client.HTTPResponse) -> Iterator[bytes]:
        while True:
            with self._reaching():
                portion = response.read(_PORTION)
            if not portion:
                return
            yield portion

    @contextmanager
    def _reaching(self) -> Iterator[None]:
        try:
            yield
        except (OSError, http.client.HTTPException) as error:
            raise _unreachable(self.url, error) from error

    def address(self, path: str, query: Query | None = None) -> str:
        """Return the path of a request with its parameters."""
        given = [
            (name, _text(value))
            for name, values in (query or {}).items()
            if values is not None
            for value in (values if isinstance(values, list) else [values])
        ]
        return f"{self._root}/{path}" + (f"?{urlencode(given)}" if given else "")

    def close(self) -> None:
        """Close the kept connections; the next request opens a new one."""
        with self._lock:
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    def _repeat(
        self,
        send: Callable[[], _Received],
        *,
        may_repeat: bool,
        is_done: frozenset[int] = frozenset(),
    ) -> tuple[int, bytes]:
        """Send until there is an answer; ``is_done`` tells that a try without one did it."""
        patience = self.patience()
        may_be_done = False
        while True:
            try:
                status, told, received = send()
            except (OSError, http.client.HTTPException) as error:
                was_sent = not isinstance(error, _NOT_SENT)
                if (was_sent and not may_repeat) or not patience.rest():
                    raise _unreachable(self.url, error) from error
                may_be_done = may_be_done or was_sent
                continue
            if may_be_done and status in is_done:
                return HTTPStatus.NO_CONTENT, b""
            # 429 says that nothing was done; of a server that is away nobody knows.
            is_passing = status == HTTPStatus.TOO_MANY_REQUESTS or (may_repeat and status in _AWAY)
            if not is_passing or not patience.rest(_seconds(told)):
                return status, received

    def _request(
        self, method: str, address: str, body: Any, headers: Mapping[str, str], *, may_repeat: bool
    ) -> _Received:
        # A kept connection may have been closed meanwhile, and then nobody knows what was done.
        connection = (self._take() if may_repeat else None) or self._connect()
        try:
            connection.request(method, address, body, self._headers(headers))
            response = connection.getresponse()
            received = response.read()
        except BaseException:
            connection.close()
            raise
        self._give_back(connection, closes=response.will_close)
        if response.headers.get("Content-Encoding") == "gzip":
            received = gzip.decompress(received)
        return response.status, response.headers.get("Retry-After"), received

    def _headers(self, more: Mapping[str, str]) -> dict[str, str]:
        known = {"Authorization": f"Bearer {self._token}"} if self._token else {}
        return known | dict(more)

    def _take(self) -> http.client.HTTPConnection | None:
        with self._lock:
            return self._idle.pop() if self._idle else None

    def _give_back(self, connection: http.client.HTTPConnection, *, closes: bool) -> None:
        with self._lock:
            if not closes and len(self._idle) < _KEPT:
                self._idle.append(connection)
                return
        connection.close()

    def _connect(self) -> http.client.HTTPConnection:
        if self._is_secure:
            return http.client.HTTPSConnection(
                self._host,
                self._port,
                timeout=self._timeout,
                context=ssl.create_default_context(),
                blocksize=_PORTION,
            )
        return http.client.HTTPConnection(
            self._host, self._port, timeout=self._timeout, blocksize=_PORTION
        )


def _decoded(received: tuple[int, bytes], answer: type[T]) -> T:
    status, content = received
    if status >= HTTPStatus.BAD_REQUEST:
        raise error_of(status, content)
    if answer is type(None):
        return None
    if answer is bytes:
        return content  # type: ignore[return-value]
    try:
        return msgspec.json.decode(content, type=answer)
    except msgspec.DecodeError as error:
        raise LabError(
            f"An answer cannot be read: {error}.",
            hint="Is it a MLOps Lab server, and of the same version?",
        ) from error


def _portions_of(content: BinaryIO, size: int) -> Iterator[bytes]:
    while size > 0 and (portion := content.read(min(size, _PORTION))):
        size -= len(portion)
        yield portion


def part(text: str) -> str:
    """Return ``text`` as one part of a path."""
    return quote(text, safe="")


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _seconds(retry_after: str | None) -> float:
    with suppress(TypeError, ValueError):
        return float(retry_after or 0)
    return 0.0


def _unreachable(url: str, error: Exception) -> UnreachableError:
    return UnreachableError(
        f"The server at {url} cannot be reached: {type(error).__name__}: {error}.",
        hint="Check the address, and whether the server runs.",
    )
