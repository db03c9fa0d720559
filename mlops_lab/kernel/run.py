"""Owns one open run in the kernel: its points, params, tags and warnings on their way to the spool."""

from __future__ import annotations

import hashlib
import math
import operator
import time
from collections.abc import Callable
from itertools import count
from typing import Any

import msgspec

from mlops_lab.core.errors import ConflictError, InvalidInputError, LimitError, nearest
from mlops_lab.core.facets import FacetKind
from mlops_lab.core.limits import MAX_DOCUMENT_BYTES, check_key, check_param_value
from mlops_lab.core.records import (
    DocumentKept,
    FacetCaptured,
    ParamLogged,
    TagSet,
    WarningNoted,
)
from mlops_lab.core.tracking import ParamOrigin

from .capture.metrics import to_number
from .capture.params import option_text, param_text
from .display import warn
from .encoding import quote
from .spool import Spool

_WORDS = {math.inf: '"Infinity"', -math.inf: '"-Infinity"'}
_MIN_STEP, _MAX_STEP = -(2**63), 2**63 - 1


class Series:
    """One metric of the run: the constant part of its records, and the next step."""

    __slots__ = ("head", "name", "steps")

    def __init__(self, run_id: str, name: str) -> None:
        self.name = name
        self.head = f"{quote(run_id)},{quote(name)}"
        self.steps = count()


class RunLog:
    """Everything that is logged into one run. ``params`` are set once; points may come in threads."""

    def __init__(self, run_id: str, spool: Spool) -> None:
        self.run_id = run_id
        self.params: dict[str, str] = {}
        self.series: dict[str, Series] = {}
        self.last_series: Series | None = None
        self.move_to(spool)

    def move_to(self, spool: Spool) -> None:
        """Append to ``spool`` from now on."""
        self._spool = spool
        self._append = spool.append
        self._write = spool.write

    def log_metric(self, name: str, value: Any, step: int | None = None) -> None:
        """Append one point; without ``step`` the one after the last of this name, from 0 on.

        Raises:
            InvalidInputError: the value is no real number, or the step no whole number.
            LimitError: the name cannot name a metric.
        """
        series = self.series.get(name)
        if series is None:
            series = self._new_series(name)
        if type(value) is not float:
            value = _number(name, value)
        # The difference is NaN for NaN and the infinities, which JSON lacks.
        text = repr(value) if value - value == 0.0 else _WORDS.get(value, '"NaN"')
        if step is None:
            step = next(series.steps)
        else:
            step = _whole(name, step)
            series.steps = count(step + 1)
        self.last_series = series
        self._append("metric", f"{series.head},{text},{step},{time.time_ns() // 1_000_000}")

    def log_param(self, name: str, value: Any) -> None:
        """Append a param that the user logs; the same value again changes nothing.

        Raises:
            ConflictError: the run has the param with another value.
            InvalidInputError: the value is no number, text, bool, None or container of these.
            LimitError: name or value are beyond a limit.
        """
        text = option_text(_text("param", name), value)
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
        self._put_param(name, text, origin="option")

    def set_tag(self, name: str, value: Any) -> None:
        """Append a tag; its value becomes a text, and the last one of a name counts.

        Raises:
            LimitError: name or value are beyond a limit.
        """
        text = str(value)
        check_param_value(_text("tag", name), text)
        self._write(TagSet(0, self.run_id, name, text))

    def add_params(self, texts: dict[str, str], *, origin: ParamOrigin) -> None:
        """Append captured params; what is logged already stays, what is too large is warned of."""
        for name, text in texts.items():
            if name in self.params:
                continue
            try:
                self._put_param(name, text, origin=origin)
            except LimitError as error:
                self.warn(str(error))

    def add_named_param(self, name: str, namespace: dict[str, Any]) -> None:
        """Append the param that an option names, with the value that it has in ``namespace``."""
        if name not in namespace:
            known = [key for key in namespace if not key.startswith("_")]
            match = nearest(name, known)
            meant = f" Did you mean {match!r}?" if match else ""
            self.warn(f"The param {name!r} was not stored: there is no such name.{meant}")
            return
        text = option_text(name, namespace[name])
        if text is None:
            kind = type(namespace[name]).__name__
            self.warn(f"The param {name!r} was not stored: a {kind} is no simple value.")
            return
        self.add_params({name: text}, origin="option")

    def add_metrics(self, numbers: dict[str, float]) -> None:
        """Append captured numbers at step 0; a name that was logged as a series keeps its points."""
        for name, number in numbers.items():
            if name not in self.series:
                self.log_metric(name, number, 0)

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
        text = msgspec.json.encode(content, order="deterministic")
        if len(text) > MAX_DOCUMENT_BYTES:
            raise LimitError(
                f"The {kind} {name!r} has {len(text):,} bytes and was not stored.",
                hint=f"The limit is {MAX_DOCUMENT_BYTES:,} bytes.",
            )
        digest = hashlib.sha256(text).hexdigest()
        if digest not in self._spool.documents:
            self._write(DocumentKept(0, self.run_id, digest, text.decode()))
            self._spool.documents.add(digest)
        self._write(FacetCaptured(0, self.run_id, kind, name, digest, key))
        return digest

    def warn(self, text: str) -> None:
        """Store a warning with the run, and show it as one line."""
        self._write(WarningNoted(0, self.run_id, text))
        warn(text)

    def _put_param(self, name: str, text: str, *, origin: ParamOrigin) -> None:
        if self.params.get(name) == text:
            return
        check_param_value(check_key("param", name), text)
        self.params[name] = text
        self._write(ParamLogged(0, self.run_id, name, text, origin))

    def _new_series(self, name: str) -> Series:
        # setdefault: of two threads that meet a new name, both count with one series.
        return self.series.setdefault(_text("metric", name), Series(self.run_id, name))


def option_value_text(name: str, written: str, parse: Callable[[str], Any]) -> str:
    """Return the param text of ``NAME=VALUE``: a Python literal, and otherwise the text itself."""
    try:
        value = parse(written)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        value = written
    text = option_text(name, value)
    return param_text(name, written) if text is None else text


def _text(kind: str, name: Any) -> str:
    if not isinstance(name, str):
        raise InvalidInputError(
            f"The name of a {kind} is a text; {name!r} is a {type(name).__name__}.",
            hint=f"Write it in quotes, such as {str(name)!r}.",
        )
    return check_key(kind, name)


def _number(name: str, value: Any) -> float:
    number = to_number(value)
    if number is not None:
        return number
    shown = repr(value) if isinstance(value, str | bool | int) else "it"
    raise InvalidInputError(
        f"The metric {name!r} needs a number; {shown[:80]} is a {type(value).__name__}.",
        hint="Convert it first, for example with float(...), or log it as a param or tag.",
    )


def _whole(name: str, step: Any) -> int:
    try:
        whole = operator.index(step)
    except TypeError:
        whole = None
    if whole is None or isinstance(step, bool) or not _MIN_STEP <= whole < _MAX_STEP:
        raise InvalidInputError(
            f"The step of metric {name!r} is {step!r} ({type(step).__name__}).",
            hint="Give a whole number of at most 64 bits, or leave it out to count on.",
        )
    return whole
