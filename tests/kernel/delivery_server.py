"""A real HTTP server on the real store, that can be told to refuse, to break off, and to hang."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import msgspec

from mlops_lab.core.errors import LabError
from mlops_lab.core.records import Batch
from mlops_lab.tracking.service import TrackingService

TOKEN = "0123456789abcdef-kernel-token"


class DeliveryServer:
    """Answers deliveries as the Jupyter server does. ``refuse`` is a status, or None to store."""

    def __init__(self, tracking: TrackingService, port: int = 0) -> None:
        self.requests: list[float] = []
        self.files: dict[str, bytes] = {}
        self.uploads = 0
        self.batch_sizes: list[int] = []
        self.refuse: int | None = None
        self.break_off_after_storing = 0
        self.break_off_beyond_bytes: int | None = None
        self.hang = threading.Event()
        self.stopped = threading.Event()
        self.connections: list[socket.socket] = []
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self):
                server.connections.append(self.request)
                super().setup()

            def do_POST(self):
                most = server.break_off_beyond_bytes
                if most is not None and int(self.headers["Content-Length"]) > most:
                    self.close_connection = True
                else:
                    server.answer(self, tracking)

            def do_HEAD(self):
                digest = self.path.rpartition("/")[2]
                server._send(self, 200 if digest in server.files else 404, None)

            def do_PUT(self):
                content = self.rfile.read(int(self.headers["Content-Length"]))
                server.files[self.path.rpartition("/")[2]] = content
                server.uploads += 1
                server._send(self, 204, None)

            def log_message(self, *_):
                pass

        self._http = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self._http.daemon_threads = False
        self.port = self._http.server_address[1]
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,))
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/user/ada/mlops-lab/api"

    def answer(self, handler, tracking):
        self.requests.append(time.monotonic())
        body = handler.rfile.read(int(handler.headers["Content-Length"]))
        if self.hang.is_set():
            self.stopped.wait()
            return None
        if handler.headers["Authorization"] != f"Bearer {TOKEN}":
            return self._send(handler, 403, {})
        batch = msgspec.json.decode(body, type=Batch)
        assert handler.path == f"/user/ada/mlops-lab/api/spools/{batch.spool.spool_id}/batches"
        self.batch_sizes.append(len(batch.records))
        if self.refuse is not None and batch.records:
            return self._send(handler, self.refuse, {"code": "conflict"})
        try:
            acknowledged = tracking.ingest(batch)
        except LabError as error:
            return self._send(handler, 409, {"code": error.code, "detail": error.message})
        if self.break_off_after_storing:
            self.break_off_after_storing -= 1
            handler.close_connection = True
            return None
        return self._send(handler, 200, msgspec.to_builtins(acknowledged))

    def _send(self, handler, status, content):
        body = b"" if content is None else json.dumps(content).encode()
        handler.send_response(status)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    def stop(self) -> None:
        self.stopped.set()
        self._http.shutdown()
        for connection in self.connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._http.server_close()
