"""Owns how the messages of a kernel are observed on their way to the front ends, and left as they are."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from mlops_lab.kernel.display import own_fault

from .outputlog import OutputLog, is_own

_Call = Callable[..., Any]

LATE_S = 1.0
"""What is shown so long after the end of a cell still belongs to its outputs.

What child processes and file descriptors write comes through a thread and a pipe of the kernel, and
what forked children print through a socket: both may arrive when the cell has ended.
"""

_KINDS = frozenset(
    {
        "stream",
        "display_data",
        "update_display_data",
        "execute_result",
        "error",
        "clear_output",
    }
)


class _Wanted:
    """A log that wants to see what belongs to its cell; after the end of the cell for a while."""

    __slots__ = ("log", "on_late", "until")

    def __init__(self, log: OutputLog) -> None:
        self.log = log
        self.on_late: Callable[[], None] | None = None
        self.until = 0.0

    def is_over(self, now: float) -> bool:
        return self.on_late is not None and now > self.until


class MessageWatch:
    """Shows the output messages of a kernel to the logs of the cells that they belong to.

    Everything that a front end is sent goes through ``Session.send`` of the kernel: what is printed
    by any thread or written to the file descriptors, displays, results and errors, in the order in
    which they are shown. What forked children show comes encoded, and goes through ``send_multipart``
    of the thread that sends. Both are watched only while a log wants it.
    """

    def __init__(self, session: Any, sender: Any) -> None:
        self.session = session
        self._logs: dict[str, _Wanted] = {}
        self._leaving = False
        self._taps = [_Tap(session, "send"), _Tap(sender, "send_multipart")]
        # What this thread sends by the session is not seen a second time on its way out.
        self._inside = threading.local()
        self._lock = threading.Lock()

    def begin(self, parent_id: str, log: OutputLog) -> None:
        """Have ``log`` see what belongs to the request ``parent_id``."""
        with self._lock:
            self._drop_over()
            self._logs[parent_id] = _Wanted(log)
            for tap, make in zip(self._taps, (self._see, self._see_encoded), strict=True):
                tap.open(make)

    def end(self, parent_id: str, on_late: Callable[[], None]) -> None:
        """The cell has ended; ``on_late`` is called when its log has seen something after that."""
        with self._lock:
            wanted = self._logs.get(parent_id)
            if wanted is None:
                return
            wanted.until = time.monotonic() + LATE_S
            wanted.on_late = on_late
            self._leaving = True

    def close(self) -> None:
        """Show no log anything more."""
        with self._lock:
            self._logs.clear()
            self._drop_over()

    def _drop_over(self) -> None:
        """Forget the logs whose time is over, and watch no more when none is left."""
        now = time.monotonic()
        for parent_id in [key for key, wanted in self._logs.items() if wanted.is_over(now)]:
            del self._logs[parent_id]
        self._leaving = any(wanted.on_late is not None for wanted in self._logs.values())
        if not self._logs:
            for tap in self._taps:
                tap.close()

    def _see(self, send: _Call) -> _Call:
        def sending(
            stream: Any,
            msg_or_type: Any,
            content: Any = None,
            parent: Any = None,
            *rest: Any,
            **more: Any,
        ) -> Any:
            self._inside.sends = True
            try:
                sent = send(stream, msg_or_type, content, parent, *rest, **more)
            finally:
                self._inside.sends = False
            if self._logs:
                self._note(lambda: self._show(msg_or_type, content, parent))
            return sent

        return sending

    def _see_encoded(self, send: _Call) -> _Call:
        def sending(parts: Any, *rest: Any, **more: Any) -> Any:
            sent = send(parts, *rest, **more)
            if self._logs and not getattr(self._inside, "sends", False):
                self._note(lambda: self._show(*_decoded(self.session, parts)))
            return sent

        return sending

    def _note(self, note: Callable[[], None]) -> None:
        try:
            note()
        except Exception as error:  # noqa: BLE001 - what is shown must not depend on us
            self.close()
            own_fault("keeping the outputs", error)

    def _show(self, message: Any, content: Any, parent: Any) -> None:
        if self._leaving:
            with self._lock:
                self._drop_over()
        if isinstance(message, str):
            kind = message
        else:
            kind = message.get("msg_type") or message["header"]["msg_type"]
            content, parent = message["content"], message.get("parent_header")
        if kind not in _KINDS or not parent:
            return
        wanted = self._logs.get(parent.get("header", parent).get("msg_id"))
        if wanted is None or is_own(content.get("data") or {}):
            return
        _add(wanted.log, kind, content)
        if wanted.on_late is not None:
            wanted.on_late()


class _Tap:
    """A method of one object that is watched, by a function in its place that calls it."""

    def __init__(self, owner: Any, name: str) -> None:
        self._owner = owner
        self._name = name
        self._placed: _Call | None = None

    def open(self, make: Callable[[_Call], _Call]) -> None:
        if self._owner is None or self._placed is not None:
            return
        self._placed = make(getattr(self._owner, self._name))
        setattr(self._owner, self._name, self._placed)

    def close(self) -> None:
        # Who put another function in the place since then keeps it, and this one below it.
        if self._placed is not None and vars(self._owner).get(self._name) is self._placed:
            delattr(self._owner, self._name)
        self._placed = None


def _decoded(session: Any, parts: Any) -> tuple[str, Any, Any]:
    """Return type, content and parent of an encoded message; see the Jupyter wire protocol."""
    at = parts.index(b"<IDS|MSG>")
    header, parent, _, content = (session.unpack(part) for part in parts[at + 2 : at + 6])
    return header["msg_type"], content, parent


def _add(log: OutputLog, kind: str, content: Mapping[str, Any]) -> None:
    match kind:
        case "stream":
            log.add_text(content["name"], content["text"])
        case "display_data":
            shown_as = (content.get("transient") or {}).get("display_id")
            log.add("display", content["data"], display_id=shown_as)
        case "update_display_data":
            log.update(str((content.get("transient") or {}).get("display_id")), content["data"])
        case "execute_result":
            log.add("result", content["data"])
        case "error":
            text = "\n".join(content["traceback"])
            log.add("error", {"text/plain": text}, name=content["ename"])
        case "clear_output":
            log.clear(wait=bool(content.get("wait")))
