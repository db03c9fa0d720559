"""Owns what may explain another outcome: packages, Python, platform, data, code and seeds that differ."""

from __future__ import annotations

import hashlib
import platform
import sys
from collections.abc import Iterable, Sequence
from importlib.metadata import distributions
from pathlib import Path

from mlops_lab.core.data import DataVersion, same_data
from mlops_lab.core.facets import Difference, Environment, GitState, Package, RunCapture
from mlops_lab.notebooks.randomness import find_unseeded
from mlops_lab.notebooks.replay import Replay

from .replayed import Replayed

_MAX_PACKAGES = 50
_DIGEST_CHARS = 12
_OUR_PACKAGE = "mlops-lab"


def find_differences(capture: RunCapture, replay: Replay, replayed: Replayed) -> list[Difference]:
    """Return what is not as it was in the run: data first, then code, seeds, and the environment."""
    found: list[Difference] = []
    if capture.data:
        found += _data(capture.data, replayed)
    if capture.git is not None:
        found += _code(capture.git, replayed.git)
    found += _seeds(capture.environment, replay)
    if capture.environment is not None:
        found += _environment(capture.environment, replayed.environment or environment_here())
    return found


def environment_here() -> Environment:
    """Return Python, platform and packages of this process, for a kernel that did not tell its own."""
    packages = {
        one.metadata["Name"]: one.version for one in distributions() if one.metadata["Name"]
    }
    return Environment(
        python=platform.python_version(),
        implementation=sys.implementation.name,
        platform=platform.platform(),
        machine=platform.machine(),
        packages=[Package(name=name, version=version) for name, version in packages.items()],
    )


def _data(recorded: Sequence[DataVersion], replayed: Replayed) -> Iterable[Difference]:
    now = {one.name: one for one in replayed.data}
    for version in recorded:
        other = now.get(version.name)
        if other is None:
            if version.path is not None and not Path(version.path).exists():
                yield Difference("data", version.name, _shown(version), "the file is gone")
            continue
        # What the cell made differs as a consequence; it explains nothing.
        if version.role != "made" and same_data(version, other) is False:
            yield Difference("data", version.name, _shown(version), _shown(other))


def _shown(version: DataVersion) -> str:
    shape = "x".join(str(extent) for extent in version.shape)
    digest = version.digest.rpartition(":")[2][:_DIGEST_CHARS]
    size = shape or (f"{version.bytes:,} bytes" if version.bytes is not None else "")
    return f"{digest} ({size})" if size else digest


def _code(recorded: GitState, now: GitState | None) -> Iterable[Difference]:
    if now is None:
        return
    if recorded.commit != now.commit:
        yield Difference("code", "git commit", recorded.commit, now.commit)
    if recorded.diff != now.diff:
        yield Difference("code", "uncommitted changes", _changes(recorded), _changes(now))


def _changes(state: GitState) -> str | None:
    if not state.diff:
        return None
    files = state.diff.count("\ndiff --git ") + state.diff.startswith("diff --git ")
    digest = hashlib.sha256(state.diff.encode("utf-8", "replace")).hexdigest()[:_DIGEST_CHARS]
    return f"{files} file{'s'[: files != 1]} ({digest})"


def _seeds(recorded: Environment | None, replay: Replay) -> Iterable[Difference]:
    known = " ".join(recorded.seeds).lower() if recorded is not None else ""
    for name in find_unseeded(cell.recorded.source for cell in replay.cells):
        if name.partition(" ")[0].lower() not in known.replace("np.", "numpy."):
            yield Difference("seed", name, None, None)


def _environment(recorded: Environment, now: Environment) -> Iterable[Difference]:
    if recorded.python != now.python:
        yield Difference("python", "version", recorded.python, now.python)
    if recorded.implementation.lower() != now.implementation.lower():
        yield Difference("python", "implementation", recorded.implementation, now.implementation)
    # What is recorded at once tells less of the platform than what follows in the background.
    shorter, longer = sorted((recorded.platform, now.platform), key=len)
    if not longer.startswith(shorter):
        yield Difference("platform", "platform", recorded.platform, now.platform)
    if recorded.machine != now.machine:
        yield Difference("platform", "machine", recorded.machine, now.machine)
    yield from _packages(recorded.packages, now.packages)


def _packages(recorded: Sequence[Package], now: Sequence[Package]) -> Iterable[Difference]:
    have = {normal_name(package.name): package.version for package in now}
    found = 0
    for package in sorted(recorded, key=lambda one: one.name.lower()):
        name = normal_name(package.name)
        if name == _OUR_PACKAGE or have.get(name) == package.version or found >= _MAX_PACKAGES:
            continue
        found += 1
        yield Difference("package", package.name, package.version, have.get(name))


def normal_name(name: str) -> str:
    """Return the name of a distribution as indexes compare it (PEP 503)."""
    return "-".join(
        part for part in name.lower().replace("_", "-").replace(".", "-").split("-") if part
    )
