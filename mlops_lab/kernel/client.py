"""Owns the connection to the server: one batch out, one acknowledgement back, on a kept connection."""

from __future__ import annotations

import http.client
import socket
import ssl
from collections.abc import Iterable
from contextlib import suppress
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from mlops_lab.core.records import BatchAcknowledged, SpoolHeader

from .uploading import Piece, RefusedError, UnreachableError, Uploader

TIMEOUT_S = 30.0

_BLOCK = 1_048_576
_MOST_PAUSE_S = 60.0


class BusyError(UnreachableError):
    """The server takes no more now, and stored nothing; ``pause_s`` is when to come again."""

    def __init__(self, retry_after: str) -> None:
        super().__init__("HTTP 429")
        self.pause_s = min(float(retry_after), _MOST_PAUSE_S) if retry_after.isdigit() else 1.0


__all__ = ["TIMEOUT_S", "BusyError", "DeliveryClient", "RefusedError", "UnreachableError"]


class DeliveryClient:
    """Delivers batches to the server of ``MLOPS_LAB_SERVER_URL``, past any proxy. For one thread."""

    def __init__(self, server_url: str, token: str) -> None:
        parts = urlsplit(server_url)
        self._host = parts.hostname or "127.0.0.1"
        self._port = parts.port
        self._secure = parts.scheme == "https"
        self._path = parts.path.rstrip("/")
        self._token = token
        self._connection: http.client.HTTPConnection | None = None
        self._aborted = False
        self._retry_after = ""
        self._uploader = Uploader()

    def deliver(
        self, header: SpoolHeader, lines: Iterable[bytes], *, timeout: float = TIMEOUT_S
    ) -> int:
        """Send encoded records that follow one another; return the acknowledged ``seq``.

        Without records it asks how far the server is. ``timeout`` is in seconds.

        Raises:
            BusyError: the server takes no more now, and says when to come again.
            UnreachableError: the server is gone, or does not know this kernel.
            RefusedError: the server refuses the batch itself.
        """
        head = b'{"spool":' + msgspec.json.encode(header) + b',"records":['
        body = head + b",".join(lines) + b"]}"
        status, answer = self._ask(
            "POST", f"{self._path}/spools/{header.spool_id}/batches", body, timeout
        )
        if status in {400, 409, 413, 422}:
            raise RefusedError(status)
        if status == http.client.TOO_MANY_REQUESTS:
            raise BusyError(self._retry_after)
        if status != http.client.OK:
            raise UnreachableError(f"HTTP {status}")
        try:
            return msgspec.json.decode(answer, type=BatchAcknowledged).seq
        except msgspec.DecodeError as error:
            raise UnreachableError("not the answer of a MLOps Lab server") from error

    def upload(self, digest: str, path: Path, *, timeout: float = TIMEOUT_S) -> None:
        """Send the bytes of an artifact unless the server has them; ``timeout`` is for each step.

        Raises:
            UnreachableError: the server is gone, busy, or does not know this kernel.
            RefusedError: the server refuses these bytes.
            OSError: the file cannot be read.
        """
        self._uploader.upload(digest, path, partial(self._ask_below, timeout))

    def close(self) -> None:
        """Close the connection; the next batch opens a new one."""
        if self._connection is not None:
            with suppress(OSError):
                self._connection.close()
            self._connection = None

    def abort(self) -> None:
        """End a request that another thread waits for, and make no other."""
        self._aborted = True
        connection = self._connection
        if connection is not None and connection.sock is not None:
            with suppress(OSError):
                connection.sock.shutdown(socket.SHUT_RDWR)

    def _ask_below(
        self, timeout: float, method: str, path: str, body: bytes | Piece | None
    ) -> tuple[int, bytes]:
        where = f"{self._path}/{path}"
        if not isinstance(body, Piece):
            return self._ask(method, where, body, timeout)
        # A piece is read while it is sent: only the next round can send it again.
        try:
            return self._request(method, where, body, timeout)
        except (OSError, http.client.HTTPException) as error:
            self.close()
            raise UnreachableError(type(error).__name__) from None

    def _ask(self, method: str, path: str, body: bytes | None, timeout: float) -> tuple[int, bytes]:
        kept = self._connection is not None
        try:
            return self._request(method, path, body, timeout)
        except (OSError, http.client.HTTPException) as error:
            self.close()
            # A kept connection may have been closed by the server meanwhile; storing is idempotent.
            if not kept or self._aborted or isinstance(error, TimeoutError):
                raise UnreachableError(type(error).__name__) from None
        try:
            return self._request(method, path, body, timeout)
        except (OSError, http.client.HTTPException) as error:
            self.close()
            raise UnreachableError(type(error).__name__) from None

    def _request(
        self,
        method: str,
        path: str,
        body: bytes | Piece | None,
        timeout: float,
    ) -> tuple[int, bytes]:
        connection = self._connection or self._connect()
        self._connection = connection
        connection.timeout = timeout
        if connection.sock is not None:
            connection.sock.settimeout(timeout)
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
        if isinstance(body, Piece):
            octets = "application/octet-stream"
            headers |= {"Content-Type": octets, "Content-Length": str(body.size)}
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        self._retry_after = answer.headers.get("Retry-After", "")
        return answer.status, answer.read()

    def _connect(self) -> http.client.HTTPConnection:
        if self._secure:
            context = ssl.create_default_context()
            return http.client.HTTPSConnection(
                self._host, self._port, context=context, blocksize=_BLOCK
            )
        return http.client.HTTPConnection(self._host, self._port, blocksize=_BLOCK)
