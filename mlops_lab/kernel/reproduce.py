"""Owns ``lab.reproduce``: have a run run again elsewhere, wait for the end, and show it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from html import escape
from typing import Any, Literal

import msgspec

from mlops_lab.core.errors import (
    ConflictError,
    InvalidInputError,
    NotFoundError,
    StoreUnavailableError,
)
from mlops_lab.core.facets import Difference, Divergence, Reproduction, RunCapture
from mlops_lab.core.kernelenv import REPLAY
from mlops_lab.core.numbers import WireNumber, from_wire

from .display import warn
from .reader import Reader

_LOOK_S = 0.5
_ARRIVE_S = 15.0
_END_S = 30.0
_MAX_SHOWN = 20
_ID_DIGITS = 4


class Reproduced:
    """How a run that was run again compares with what was recorded. ``proof`` is all of it."""

    def __init__(self, run_id: str, proof: Reproduction) -> None:
        self.run_id = run_id
        self.proof = proof

    @property
    def agrees(self) -> bool:
        """Whether every compared metric agrees within the tolerance."""
        return self.proof.state == "agrees"

    @property
    def state(self) -> str:
        """``agrees``, ``differs`` or ``failed``."""
        return self.proof.state

    @property
    def message(self) -> str:
        """What there is to say, in words."""
        return self.proof.message

    @property
    def metrics(self) -> dict[str, tuple[float | None, float | None]]:
        """The value of each metric in the run, and now."""
        return {
            one.name: (_number(one.recorded), _number(one.reproduced)) for one in self.proof.metrics
        }

    @property
    def divergence(self) -> Divergence | None:
        """The first cell after which names hold something else than in the run."""
        return self.proof.divergence

    @property
    def differences(self) -> list[Difference]:
        """Packages, data, code and seeds that are not as they were."""
        return self.proof.differences

    def __bool__(self) -> bool:
        return self.agrees

    def __repr__(self) -> str:
        lines = [f"{self.state}: {self.message}"]
        lines += [
            f"  {name}: {_shown(one)} -> {_shown(now)}{mark}"
            for name, one, now, mark in self._rows()
        ]
        found = self.divergence
        if found is not None:
            lines.append(f"First cell that differs: {_first_line(found)}{_why(found)}")
        lines += [
            f"  {one.kind} {one.name}: {one.recorded or '-'} -> {one.reproduced or '-'}"
            for one in self.differences[:_MAX_SHOWN]
        ]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        colour = "green" if self.agrees else "#b00020"
        rows = "".join(
            f"<tr><td>{escape(name)}</td><td>{_shown(one)}</td><td>{_shown(now)}</td>"
            f"<td>{escape(mark.strip())}</td></tr>"
            for name, one, now, mark in self._rows()
        )
        parts = [f'<div><b style="color:{colour}">{self.state}</b> {escape(self.message)}</div>']
        if rows:
            head = "<tr><th>metric</th><th>run</th><th>now</th><th></th></tr>"
            parts.append(f"<table>{head}{rows}</table>")
        found = self.divergence
        if found is not None:
            code = f"<pre>{escape(found.source[:2_000])}</pre>"
            parts.append(f"<div>First cell that differs{escape(_why(found))}</div>{code}")
        if self.differences:
            items = "".join(
                f"<li>{escape(one.kind)} <b>{escape(one.name)}</b>: "
                f"{escape(one.recorded or '-')} &rarr; {escape(one.reproduced or '-')}</li>"
                for one in self.differences[:_MAX_SHOWN]
            )
            parts.append(f"<div>Not as it was in the run:</div><ul>{items}</ul>")
        return "".join(parts)

    def _rows(self) -> list[tuple[str, float | None, float | None, str]]:
        return [
            (
                one.name,
                _number(one.recorded),
                _number(one.reproduced),
                "" if one.agrees else "  differs",
            )
            for one in self.proof.metrics[: _MAX_SHOWN * 5]
        ]


def reproduce(
    run: Any,
    *,
    environment: Literal["current", "replayed"] = "current",
    rtol: float = 1e-6,
    atol: float = 1e-9,
    ignore: Iterable[str] = (),
) -> Reproduced | None:
    """Run the recorded code of a run again in a clean kernel and compare its metrics.

    This kernel and its names are left alone. The result is kept on the run.

    Args:
        run: the id of a run, at least four digits of it, or a run.
        environment: this machine's as it is, or ``"replayed"``: made of the run's packages.
        rtol: how far a metric may be off, relative to the larger magnitude.
        atol: how far it may be off in any case.
        ignore: metrics that are not compared, such as durations.

    Returns:
        The result; None within a reproduction, where nothing is reproduced.

    Raises:
        NotFoundError: there is no such run.
        ConflictError: it has not ended, or its code was not recorded.
        InvalidInputError: an argument cannot be used.
        StoreUnavailableError: the store cannot be reached.
    """
    run_id = _id_of(run)
    if os.environ.get(REPLAY):
        warn("Within a reproduction nothing is reproduced again.")
        return None
    if isinstance(ignore, str):
        ignore = (ignore,)
    body: dict[str, object] = {
        "environment": environment,
        "relative_tolerance": float(rtol),
        "absolute_tolerance": float(atol),
        "ignore": list(ignore),
    }
    reader = Reader()
    progress = _Progress()
    try:
        if reader.has_server:
            proof = _by_server(reader, run_id, body, progress)
        else:
            proof = _by_command(run_id, body, progress)
    finally:
        progress.clear()
    return Reproduced(run_id, proof)


class _Progress:
    """One line that tells that it goes on."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._shown = False

    def tell(self) -> None:
        if sys.stderr is not None:
            self._shown = True
            passed = time.monotonic() - self._began
            sys.stderr.write(f"\rReproducing in a clean kernel, {passed:.0f} s ")
            sys.stderr.flush()

    def clear(self) -> None:
        if self._shown and sys.stderr is not None:
            sys.stderr.write(f"\r{' ' * 50}\r")
            sys.stderr.flush()


def _by_server(
    reader: Reader, run_id: str, body: Mapping[str, object], progress: _Progress
) -> Reproduction:
    begun = _post(reader, run_id, body)
    try:
        while True:
            progress.tell()
            found = reader.get(f"runs/{run_id}/capture", {}, RunCapture).reproductions
            proof = next((one for one in found if one.id == begun.id), begun)
            if proof.state != "running":
                return proof
            time.sleep(_LOOK_S)
    except KeyboardInterrupt:
        warn("It goes on in the server; the result will be on the run.")
        raise


def _post(reader: Reader, run_id: str, body: Mapping[str, object]) -> Reproduction:
    """Ask for the reproduction; a run of this very kernel may still be on its way to the server."""
    deadline = time.monotonic() + _ARRIVE_S
    while True:
        try:
            return reader.post(f"runs/{run_id}/reproductions", body, Reproduction)
        except (NotFoundError, ConflictError):
            if time.monotonic() > deadline or not _is_ours(run_id):
                raise
        time.sleep(_LOOK_S)


def _is_ours(run_id: str) -> bool:
    from .session import process_session

    last = process_session().last_run
    return last is not None and run_id in last[0]


def _by_command(run_id: str, body: Mapping[str, object], progress: _Progress) -> Reproduction:
    names = body["ignore"]
    ignored = [
        word for name in (names if isinstance(names, list) else []) for word in ("--ignore", name)
    ]
    # -P: what lies in the current folder must not be taken for a module.
    command = [
        *(sys.executable, "-P", "-m", "mlops_lab.cli", "reproduce", run_id, "--json"),
        *("--environment", str(body["environment"])),
        *("--rtol", str(body["relative_tolerance"]), "--atol", str(body["absolute_tolerance"])),
        *map(str, ignored),
    ]
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "NO_COLOR": "1"},
        start_new_session=True,
    )
    try:
        out, err = _wait(process, progress)
    except BaseException:
        # Asked to end, it ends what it started, and stores that it was interrupted.
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.communicate(timeout=_END_S)
        if process.poll() is None:
            process.kill()
        raise
    if not out.strip():
        raise _error_of(err.decode(errors="replace").strip())
    return msgspec.convert(json.loads(out), Reproduction)


def _wait(process: subprocess.Popen[bytes], progress: _Progress) -> tuple[bytes, bytes]:
    while True:
        progress.tell()
        with suppress(subprocess.TimeoutExpired):
            return process.communicate(timeout=_LOOK_S)


def _error_of(told: str) -> Exception:
    if "no run" in told.lower():
        return NotFoundError(told)
    if "still runs" in told or "already" in told:
        return ConflictError(told)
    return StoreUnavailableError(told or "mlops-lab reproduce ended without a word.")


def _id_of(run: Any) -> str:
    if isinstance(run, str):
        found: object = run.removeprefix("runs:/").strip("/")
    else:
        # Itself first: a row of a DataFrame has a method ``info``, an active run all but an id there.
        inner = run if hasattr(run, "run_id") else getattr(run, "info", run)
        found = getattr(inner, "run_id", None) or getattr(inner, "id", None)
    if not isinstance(found, str) or len(found) < _ID_DIGITS:
        raise InvalidInputError(
            f"{run!r:.80} does not name a run.", hint="Give its id, or at least 4 digits of it."
        )
    return found


def _number(value: WireNumber | None) -> float | None:
    return None if value is None else from_wire(value)


def _shown(value: float | None) -> str:
    return "-" if value is None else f"{value:.12g}"


def _first_line(found: Divergence) -> str:
    count = "" if found.execution_count is None else f"[{found.execution_count}] "
    return f"{count}{found.source.strip().partition(chr(10))[0][:80]}"


def _why(found: Divergence) -> str:
    names = f" ({', '.join(found.names[:_MAX_SHOWN])})" if found.names else ""
    return f"{names}: {found.error}" if found.error else names
