"""Owns the outputs of one cell as they are shown: joined, updated, cleared, and bounded in size."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any, Literal

import msgspec

from mlops_lab.core.facets import Output, Outputs
from mlops_lab.core.limits import MAX_DOCUMENT_BYTES
from mlops_lab.core.secrets import mask_text
from mlops_lab.kernel.display import OwnLine

OUTPUT_BYTES = 1_048_576
"""Of one longer output this much is kept: of text the beginning and the end."""

RUN_BYTES = MAX_DOCUMENT_BYTES - 65_536
"""All outputs of a run together have at most so many bytes, as JSON."""

MAX_OUTPUTS = 1_000
"""More outputs of one run than this are counted, not kept."""

_HALF = OUTPUT_BYTES // 2
_OVERHEAD = 200
# What these show lives in the front end and is gone with the kernel; their text stays.
_LIVE = ("application/vnd.jupyter.widget-", "application/vnd.mlops-lab.")
_OWN = "application/vnd.mlops-lab."
_CODED = ("image/png", "image/jpeg", "image/gif", "image/webp", "application/pdf")
"""Types whose content is base64: nothing in them has the shape of a secret but by chance."""

Kind = Literal["stream", "display", "result", "error"]


class _Stream:
    """Text of one stream that nothing else interrupted: its beginning, its end, and its length."""

    __slots__ = ("head", "name", "size", "tail")

    def __init__(self, name: str) -> None:
        self.name = name
        self.head = bytearray()
        self.tail = bytearray()
        self.size = 0

    @property
    def kept(self) -> int:
        return len(self.head) + len(self.tail)

    def add(self, text: str) -> None:
        data = text.encode("utf-8", "replace")
        self.size += len(data)
        room = _HALF - len(self.head)
        if room > 0:
            self.head += data[:room]
            data = data[room:]
        if data:
            self.tail += data[-_HALF:]
            if len(self.tail) > 2 * _HALF:
                del self.tail[:-_HALF]

    def copy(self) -> _Stream:
        """Return the stream as it is now."""
        made = _Stream(self.name)
        made.head, made.tail, made.size = self.head[:], self.tail[:], self.size
        return made

    def output(self) -> Output:
        head, tail = bytes(self.head), bytes(self.tail[-_HALF:])
        cut = self.size - len(head) - len(tail)
        if cut:
            # Whole lines, so that nothing that must be masked is cut in two.
            head, tail = head[: head.rfind(b"\n") + 1] or head, tail[tail.find(b"\n") + 1 :]
            cut = self.size - len(head) - len(tail)
        text = mask_text(_joined(head, tail, cut))
        return Output(kind="stream", name=self.name, data={"text/plain": text}, cut_bytes=cut)


class _Shown:
    """An output that came whole: a bundle of representations, as JSON values."""

    __slots__ = ("cut", "data", "display_id", "kept", "kind", "name")

    def __init__(self, kind: Kind, name: str, display_id: str | None) -> None:
        self.kind = kind
        self.name = name
        self.display_id = display_id
        self.data: dict[str, Any] = {}
        self.cut = 0
        self.kept = 0

    def fill(self, bundle: Mapping[str, Any], encode: Callable[[Any], bytes]) -> None:
        """Take over what is kept of ``bundle``: what is too large and no text is left out."""
        self.data, self.cut, self.kept = {}, 0, 0
        for mime, value in bundle.items():
            if mime.startswith(_LIVE):
                continue
            if not isinstance(value, str):
                content = encode(value)
                if self.kept + len(content) > OUTPUT_BYTES:
                    self.cut += len(content)
                else:
                    self.data[mime] = msgspec.Raw(content)
                    self.kept += len(content)
                continue
            content, cut = value.encode("utf-8", "replace"), 0
            if self.kept + len(content) > OUTPUT_BYTES:
                content, cut = _shortened(content) if mime == "text/plain" else (b"", len(content))
            self.cut += cut
            self.kept += len(content)
            if content:
                self.data[mime] = content.decode()

    def copy(self) -> _Shown:
        """Return the output as it is now."""
        made = _Shown(self.kind, self.name, self.display_id)
        made.data, made.cut, made.kept = dict(self.data), self.cut, self.kept
        return made

    def output(self) -> Output:
        data = {mime: _safe(mime, value) for mime, value in self.data.items()}
        return Output(kind=self.kind, name=self.name, data=data, cut_bytes=self.cut)


class OutputLog:
    """The outputs of one cell. It may be read while another thread still shows something."""

    def __init__(self, encode: Callable[[Any], bytes]) -> None:
        self._encode = encode
        self._lock = threading.Lock()
        self._outputs: list[_Stream | _Shown] = []
        self._settled = 0
        self._dropped = 0
        self._clears = False

    @property
    def is_empty(self) -> bool:
        """Whether nothing was shown."""
        return not self._outputs and not self._dropped

    @property
    def size(self) -> int:
        """How many bytes are kept, about."""
        return self._settled + (self._outputs[-1].kept + _OVERHEAD if self._outputs else 0)

    @property
    def has_error(self) -> bool:
        """Whether an error was shown."""
        return any(isinstance(one, _Shown) and one.kind == "error" for one in self._outputs)

    def add_text(self, name: str, text: str) -> None:
        """Take over what was written to the stream ``name``."""
        if not text:
            return
        with self._lock:
            self._clear_if_due()
            # Behind something that was dropped nothing is joined.
            last = self._outputs[-1] if self._outputs and not self._dropped else None
            if not isinstance(last, _Stream) or last.name != name:
                if self._is_full():
                    self._dropped += 1
                    return
                last = _Stream(name)
                self._append(last)
            last.add(text)

    def add(
        self,
        kind: Kind,
        bundle: Mapping[str, Any],
        *,
        name: str = "",
        display_id: str | None = None,
    ) -> None:
        """Take over an output that came whole. Result and error are kept however much came before."""
        if is_own(bundle):
            return
        with self._lock:
            self._clear_if_due()
            if kind == "display" and self._is_full():
                self._dropped += 1
                return
            shown = _Shown(kind, name, display_id)
            shown.fill(bundle, self._encode)
            self._append(shown)

    def update(self, display_id: str, bundle: Mapping[str, Any]) -> None:
        """Replace what is shown under ``display_id``, as front ends do."""
        with self._lock:
            for shown in self._outputs:
                if isinstance(shown, _Shown) and shown.display_id == display_id:
                    before = shown.kept
                    shown.fill(bundle, self._encode)
                    if shown is not self._outputs[-1]:
                        self._settled += shown.kept - before

    def clear(self, *, wait: bool) -> None:
        """Forget what was shown; with ``wait`` when the next output comes."""
        with self._lock:
            self._clears = True
            if not wait:
                self._clear_if_due()

    def content(self, before: Outputs | None = None) -> Outputs:
        """Return what is kept, behind what earlier cells of the run showed."""
        with self._lock:
            shown = [one.copy() for one in self._outputs]
            dropped = self._dropped + (before.dropped if before is not None else 0)
        outputs = [*(before.outputs if before is not None else [])]
        outputs += [one.output() for one in shown]
        sizes = [_size(one) for one in outputs]
        # The last ones first: a result or an error says more than what led there.
        late = [n for n, one in enumerate(outputs) if one.kind in ("result", "error")]
        early = [n for n in range(len(outputs)) if n not in set(late)]
        left, kept = RUN_BYTES, set()
        for number in [*reversed(late), *early]:
            if sizes[number] > left and outputs[number].kind == "stream":
                outputs[number] = _cut_stream(outputs[number], left)
                sizes[number] = _size(outputs[number])
            if sizes[number] <= left:
                left -= sizes[number]
                kept.add(number)
        return Outputs(
            outputs=[one for number, one in enumerate(outputs) if number in kept],
            limit_bytes=RUN_BYTES,
            dropped=dropped + len(outputs) - len(kept),
        )

    def _append(self, one: _Stream | _Shown) -> None:
        self._settled = self.size
        self._outputs.append(one)

    def _clear_if_due(self) -> None:
        if self._clears:
            self._outputs.clear()
            self._settled = 0
            self._dropped = 0
            self._clears = False

    def _is_full(self) -> bool:
        if len(self._outputs) >= MAX_OUTPUTS:
            return True
        return self.size > RUN_BYTES


def is_own(bundle: Mapping[str, Any]) -> bool:
    """Tell whether it is shown by us, not by the code of the cell."""
    return isinstance(bundle.get("text/plain"), OwnLine) or any(
        mime.startswith(_OWN) for mime in bundle
    )


def _safe(mime: str, value: Any) -> Any:
    """Return what is kept of a representation: with the secrets masked that it shows."""
    if isinstance(value, str):
        return value if mime in _CODED else mask_text(value)
    content = bytes(value).decode("utf-8", "replace")
    changed = mask_text(content)
    return value if changed == content else msgspec.Raw(_json_of(changed))


def _json_of(text: str) -> bytes:
    """Return a masked JSON text; where the mask broke it, it is a text itself."""
    try:
        msgspec.json.decode(text)
    except msgspec.DecodeError:
        return msgspec.json.encode(text)
    return text.encode()


def _joined(head: bytes, tail: bytes, cut: int) -> str:
    between = f"\n[... {cut:,} bytes are not kept ...]\n" if cut else ""
    return f"{head.decode('utf-8', 'ignore')}{between}{tail.decode('utf-8', 'ignore')}"


def _shortened(content: bytes) -> tuple[bytes, int]:
    kept = content[:_HALF]
    kept = kept[: kept.rfind(b"\n") + 1] or kept
    cut = len(content) - len(kept)
    return _joined(kept, b"", cut).encode(), cut


def _size(output: Output) -> int:
    return len(msgspec.json.encode(output)) + 1


def _cut_stream(output: Output, left: int) -> Output:
    """Return the beginning of a stream in at most ``left`` bytes of JSON."""
    data = str(output.data["text/plain"]).encode()
    room = len(data)
    while room > _OVERHEAD:
        room = min(room // 2, max(left, 0))
        text, cut = data[:room], len(data) - room
        shorter = Output(
            kind="stream",
            name=output.name,
            data={"text/plain": _joined(text, b"", cut)},
            cut_bytes=output.cut_bytes + cut,
        )
        if _size(shorter) <= left:
            return shorter
    return output
