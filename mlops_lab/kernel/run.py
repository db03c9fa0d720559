"""Owns one open run in the kernel: its points, params, tags and warnings on their way to the spool."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from itertools import count
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

import msgspec

from mlops_lab.core.clock import Millis, now_ms
from mlops_lab.core.errors import ConflictError, InvalidInputError, LimitError, nearest
from mlops_lab.core.facets import FacetKind, ModelInfo, Order
from mlops_lab.core.limits import check_key, check_param_value
from mlops_lab.core.metrics import LAST_RANK, kpi_tag, primary_rank
from mlops_lab.core.paths import check_artifact_path
from mlops_lab.core.records import (
    ArtifactLogged,
    DocumentKept,
    FacetCaptured,
    ParamLogged,
    Record,
    RunStarted,
    TagSet,
    WarningNoted,
)
from mlops_lab.core.tracking import ParamOrigin, RunStatus

from .display import warn
from .document import Document, make_document
from .encoding import quote
from .secretwatch import masked_document
from .spool import Spool

RunKind = Literal["cell", "started", "implicit", "notebook", "job"]
"""How a run came to be: by ``%%track``, by ``lab.start_run``, by logging where nothing was tracked,
by ``%track on``, or by the worker of a job."""

DOCUMENT_AGAIN_S = 6 * 3_600
"""A document is written again after so long: the store may remove what it got long ago and nothing names."""

_MIN_STEP, _MAX_STEP = -(2**63), 2**63 - 1
_WORDS = {math.inf: '"Infinity"', -math.inf: '"-Infinity"'}


class Series:
    """One metric of the run: the constant part of its records, the next step, ``primary_rank``."""

    __slots__ = ("head", "last", "name", "rank", "steps")

    def __init__(self, run_id: str, name: str) -> None:
        self.name = name
        self.head = f"{quote(run_id)},{quote(name)}"
        self.steps = count()
        self.last: float | None = None
        self.rank = primary_rank(name)


class RunLog:
    """Everything that is logged into one run. ``params`` are set once; points may come in threads.

    ``started`` is the record that opened the run, None for a run that was opened elsewhere;
    ``children`` are the keys of the child runs that were written below it; ``facets`` maps kind and
    name to the digest of what was captured, ``models`` the identity of a stored model to what was
    recorded of it, ``glimpses`` the name of a large table to what is known of it before the cell's
    code runs: shape and digest of a sample. ``hides_data`` says that some columns of its data are in
    no digest. ``leading`` is the series that is the primary metric where none is named: of those of
    the best ``primary_rank`` the one that was logged last. A capture may set ``cpu_ms`` and
    ``peak_memory``, in bytes, before the end. Every record of the run, or of a child, goes through ``write``.
    """

    def __init__(
        self,
        run_id: str,
        spool: Spool,
        *,
        kind: RunKind = "cell",
        started: RunStarted | None = None,
    ) -> None:
        self.run_id = run_id
        self.kind = kind
        self.started = started
        self.name = started.name if started is not None else ""
        self.status: RunStatus = "running"
        self.ended_at: Millis | None = None
        self.cpu_ms: Millis | None = None
        self.peak_memory: int | None = None
        self.primary: str | None = started.primary_metric if started is not None else None
        self.children: set[str] = set()
        self.identity: str | None = None
        self.order: Order | None = None
        self.find_order: Callable[[], None] | None = None
        self.facets: dict[tuple[FacetKind, str], str] = {}
        self.glimpses: dict[str, str] = {}
        self.hides_data = False
        self.models: dict[int, ModelInfo] = {}
        self.params: dict[str, str] = {}
        self.series: dict[str, Series] = {}
        self.leading: Series | None = None
        self._leading_rank = LAST_RANK
        self.kpis: set[str] = set()
        self.move_to(spool)

    def move_to(self, spool: Spool) -> None:
        """Append to ``spool`` from now on."""
        self.spool = spool
        self.write_by(spool.write, spool.append)

    def write_by(self, write: Callable[[Record], None], append: Callable[[str, str], None]) -> None:
        """Have records go through ``write``, and encoded ones, as ``Spool.append`` takes them, too."""
        self.write, self._append = write, append

    def make_child_log(self, run_id: str) -> RunLog:
        """Return the log of a run below this one, whose records keep their order with those of it."""
        log = RunLog(run_id, self.spool)
        log.write_by(self.write, self._append)
        return log

    @property
    def is_open(self) -> bool:
        """Whether the run goes on."""
        return self.status == "running"

    def log_metric(
        self, name: str, value: Any, step: int | None = None, timestamp: Any = None
    ) -> None:
        """Append one point; without ``step`` the one after the last of this name, from 0 on.

        Raises:
            InvalidInputError: the value is no real number, the step no whole number, or the
                timestamp no time.
            LimitError: the name cannot name a metric.
        """
        series = self.series.get(name)
        if series is None:
            series = self._new_series(name)
        if type(value) is not float:
            from .checks import checked_number

            value = checked_number(name, value)
        # The difference is NaN for NaN and the infinities, which JSON lacks.
        text = repr(value) if value - value == 0.0 else _WORDS.get(value, '"NaN"')
        if step is None:
            step = next(series.steps)
        else:
            if type(step) is not int or not _MIN_STEP <= step < _MAX_STEP:
                from .checks import checked_step

                step = checked_step(name, step)
            series.steps = count(step + 1)
        if series.rank <= self._leading_rank:
            self.leading, self._leading_rank = series, series.rank
        series.last = value
        if timestamp is None:
            at = time.time_ns() // 1_000_000
        else:
            from .checks import checked_time

            at = checked_time(name, timestamp)
        self._append("metric", f"{series.head},{text},{step},{at}")

    def mark_kpi(self, name: str) -> None:
        """Mark a metric as a business KPI of the run.

        Raises:
            LimitError: the name is too long to be marked.
        """
        if name not in self.kpis:
            self.set_tag(kpi_tag(name), "true")
            self.kpis.add(name)

    def log_param(self, name: str, value: Any, *, detail: str = "") -> None:
        """Append a param that the user logs; the same value again changes nothing.

        Raises:
            ConflictError: the run has the param with another value.
            InvalidInputError: the value is no number, text, bool, None or container of these.
            LimitError: name or value are beyond a limit.
        """
        from .capture.params import option_text
        from .checks import checked_name

        text = option_text(checked_name("param", name), value)
        if text is None:
            raise InvalidInputError(
                f"The value of param {name!r} is a {type(value).__name__}.",
                hint="Give a number, text, bool, None, or a list, tuple, set or dict of these.",
            )
        known = self.params.get(name)
        if known is not None and known != text:
            raise ConflictError(
                f"The run has the param {name!r} already, with the value {known[:80]}.",
                hint="A param is set once; log what changes as a metric or a tag.",
            )
        self._put_param(name, text, origin="logged", detail=detail)

    def set_tag(self, name: str, value: Any) -> None:
        """Append a tag; its value becomes a text, and the last one of a name counts.

        Raises:
            LimitError: name or value are beyond a limit.
        """
        from .capture.params import masked_tag
        from .checks import checked_name

        text = str(value)
        check_param_value(checked_name("tag", name), text)
        self.write(TagSet(0, self.run_id, name, masked_tag(name, text), now_ms()))

    def add_params(
        self,
        texts: Mapping[str, str],
        *,
        origin: ParamOrigin,
        details: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        """Append captured params; what is logged already stays, what is too large is warned of.

        ``details`` says for some names where exactly they came from, in a few words.
        """
        for name, text in texts.items():
            if name in self.params:
                continue
            try:
                self._put_param(name, text, origin=origin, detail=details.get(name, ""))
            except LimitError as error:
                self.warn(str(error))

    def add_named_param(self, name: str, namespace: dict[str, Any]) -> None:
        """Append the param that an option names, with the value that it has in ``namespace``."""
        head, _, rest = name.partition(".")
        if name not in namespace and not (rest and head in namespace):
            known = [key for key in namespace if not key.startswith("_")]
            match = nearest(name, known)
            meant = f" Did you mean {match!r}?" if match else ""
            self.warn(f"The param {name!r} was not stored: there is no such name.{meant}")
            return
        from .capture.configs import named_params

        path = name if name in namespace else head
        found = named_params(path, namespace[path])
        texts = dict(found.texts) if found is not None else {}
        if path != name:
            texts = {n: text for n, text in texts.items() if n == name or n.startswith(f"{name}.")}
        if not texts:
            kind = type(namespace[path]).__name__
            self.warn(f"The param {name!r} was not stored: a {kind} is no simple value.")
            return
        self.add_params(texts, origin="option", details=dict.fromkeys(texts, "-p"))

    def has_logged(self, name: str) -> bool:
        """Tell whether a metric got a point since the run began, or since it last went on."""
        series = self.series.get(name)
        return series is not None and series.last is not None

    def add_metrics(self, numbers: dict[str, float]) -> None:
        """Append captured numbers, each as the next point; one that was logged keeps its points."""
        for name, number in numbers.items():
            if not self.has_logged(name):
                self.log_metric(name, number)

    def begin_stretch(self) -> None:
        """Go on after the end: what is logged from here on is new."""
        self.status, self.ended_at = "running", None
        for series in self.series.values():
            series.last = None

    def add_facet(
        self, kind: FacetKind, name: str, content: msgspec.Struct, *, key: str = ""
    ) -> str:
        """Append a facet; a later one of the same kind and name replaces it. Return its digest.

        Args:
            kind: which struct ``content`` is; see ``core.facets``.
            name: tells the facets of one kind apart; "" where there is one only.
            content: what is known. The spool holds the same content once, whatever runs have it.
            key: what a search compares.

        Raises:
            LimitError: it is larger than ``MAX_DOCUMENT_BYTES``.
        """
        return self.add_document(
            kind, name, make_document(content, what=f"{kind} {name!r}"), key=key
        )

    def add_document(self, kind: FacetKind, name: str, document: Document, *, key: str = "") -> str:
        """Append a facet whose document is made already, as ``add_facet`` does; return its digest."""
        document = masked_document(kind, document, self.spool.secrets)
        digest = document.digest
        now = time.time()
        if now - self.spool.documents.get(digest, 0.0) > DOCUMENT_AGAIN_S:
            # Never gathered: who names the document next, in whatever thread, must come after it.
            self.spool.write(DocumentKept(0, self.run_id, digest, document.text))
            self.spool.documents[digest] = now
        self.write(FacetCaptured(0, self.run_id, kind, name, digest, key))
        self.facets[kind, name] = digest
        return digest

    def log_system(self, name: str, value: float, step: int) -> None:
        """Append one point of what the machine did; it is never the primary metric of the run."""
        at = time.time_ns() // 1_000_000
        self._append("metric", f"{quote(self.run_id)},{quote(name)},{value!r},{step},{at}")

    def add_artifact(self, path: str, content: bytes | Path, *, media_type: str) -> str:
        """Keep a file with the run, under ``path`` there; return the SHA-256 of its bytes.

        The bytes are on disk, once, when the call returns; a later file of the same path counts.

        Raises:
            OSError: the file cannot be read, or the spool folder cannot be written.
            InvalidInputError: the path cannot be that of a file of a run.
            LimitError: the spool is full.
        """
        clean = check_artifact_path(path)
        digest, size = self.spool.files.keep(content)
        self.write(ArtifactLogged(0, self.run_id, clean, digest, size, media_type))
        return digest

    def warn(self, text: str) -> None:
        """Store a warning with the run, and show it as one line."""
        self.write(WarningNoted(0, self.run_id, text))
        warn(text)

    def _put_param(self, name: str, text: str, *, origin: ParamOrigin, detail: str = "") -> None:
        if self.params.get(name) == text:
            return
        check_param_value(check_key("param", name), text)
        self.params[name] = text
        self.write(ParamLogged(0, self.run_id, name, text, origin, detail))

    def _new_series(self, name: str) -> Series:
        # setdefault: of two threads that meet a new name, both count with one series.
        from .checks import checked_name

        return self.series.setdefault(checked_name("metric", name), Series(self.run_id, name))
