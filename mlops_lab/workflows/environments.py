"""Owns replayed environments: one virtual environment for each set of packages, made once."""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from mlops_lab.core.errors import ConflictError, InvalidInputError
from mlops_lab.core.facets import Environment, RunCapture
from mlops_lab.tracking.requirements import requirements_of

from .explain import normal_name

_OUR_PACKAGE = "mlops-lab"
_NEEDED = ("ipykernel", "msgspec", "nbformat", "psutil")
_MAX_MESSAGE = 800
_BUILD_S = 3_600
_FOLDER = "environments"


class _Asked(msgspec.Struct, frozen=True):
    """What an environment is made of.

    ``added`` is what tracking needs and the run did not have; ``left_out`` are packages that no
    index has.
    """

    python: str
    requirements: str
    added: list[str]
    left_out: list[str]

    @property
    def key(self) -> str:
        """The name of the environment's folder: what it is made of, and where our package is."""
        text = "\n".join(
            [self.python, self.requirements, *self.added, str(_package_dir()), platform.platform()]
        )
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def replay_environment_of(capture: RunCapture, *, data_dir: Path) -> tuple[str, list[str]]:
    """Return the Python of an environment with the run's packages, and notes on what it lacks.

    It is made below ``data_dir`` when there is none yet, with ``uv`` where it is installed and else
    with ``venv`` and ``pip``; of several processes one makes it.

    Raises:
        ConflictError: the run's environment was not recorded.
        InvalidInputError: the Python version is not on this machine, or packages cannot be installed.
    """
    if capture.environment is None:
        raise ConflictError(
            "The environment of the run was not recorded, so it cannot be replayed.",
            hint="Reproduce it in the current environment.",
        )
    asked = _ask(capture.environment)
    folder = data_dir / _FOLDER / asked.key
    folder.parent.mkdir(parents=True, exist_ok=True)
    program = _program(folder)
    with _alone(folder.with_suffix(".lock")):
        if not (folder / "complete").exists():
            shutil.rmtree(folder, ignore_errors=True)
            _build(folder, asked, program=program)
            (folder / "complete").touch()
    notes = []
    if asked.left_out:
        notes.append(f"Not in the environment, as no index has it: {', '.join(asked.left_out)}.")
    return str(program), notes


def _ask(environment: Environment) -> _Asked:
    lines = [
        line
        for line in requirements_of(environment).splitlines()[1:]
        if not line.removeprefix("# ").startswith(f"{_OUR_PACKAGE}==")
    ]
    left_out = [line.split()[1] for line in lines if line.startswith("# ")]
    names = {normal_name(package.name) for package in environment.packages}
    return _Asked(
        python=".".join(environment.python.split(".")[:2]),
        requirements="".join(f"{line}\n" for line in lines if not line.startswith("# ")),
        added=[needed for needed in _NEEDED if needed not in names],
        left_out=left_out,
    )


def _build(folder: Path, asked: _Asked, *, program: Path) -> None:
    uv = _find_uv()
    try:
        _make_venv(folder, asked, uv=uv)
        lock = folder / "requirements.txt"
        lock.write_text(asked.requirements, encoding="utf-8")
        installer = [uv, "pip", "install", "--python", str(program)] if uv else [
            str(program), "-m", "pip", "install", "--disable-pip-version-check",
        ]  # fmt: skip
        # The pins are whole: resolving what they ask for could only find other versions.
        words = "The packages of the run cannot be installed"
        _call([*installer, "--no-deps", "-r", str(lock)], what=words)
        if asked.added:
            _call([*installer, *asked.added], what=words)
        _add_our_package(program)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _make_venv(folder: Path, asked: _Asked, *, uv: str | None) -> None:
    own = f"{sys.version_info.major}.{sys.version_info.minor}"
    python = sys.executable if asked.python == own else shutil.which(f"python{asked.python}")
    missing = (
        f"The run had Python {asked.python}, which is not on this machine (this is {own}). "
        "Install it, or reproduce in the current environment."
    )
    if uv is not None:
        wanted = python or asked.python
        command = [uv, "venv", "--no-project", "--no-python-downloads", "--python", wanted]
        _call([*command, str(folder)], what=f"{missing if python is None else 'No environment'}")
        return
    if python is None:
        raise InvalidInputError(missing)
    _call([python, "-m", "venv", str(folder)], what="No environment can be made")


def _add_our_package(program: Path) -> None:
    """Let the environment import this very package, and nothing else of this environment."""
    where = _call(
        [str(program), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        what="The environment does not work",
    )
    link = Path(where.strip().splitlines()[-1]) / _package_dir().name
    try:
        link.symlink_to(_package_dir(), target_is_directory=True)
    except OSError:
        shutil.copytree(_package_dir(), link, ignore=shutil.ignore_patterns("labextension"))
    _call(
        [str(program), "-P", "-c", "import mlops_lab.kernel.magics, ipykernel"],
        what="The packages of the run do not do for tracking",
    )


def _call(command: Sequence[str], *, what: str) -> str:
    """Run a program and return what it printed.

    Raises:
        InvalidInputError: it cannot be run, or fails; with ``what`` and its own last words.
    """
    environ = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
    environ.pop("PYTHONPATH", None)
    try:
        done = subprocess.run(
            list(command),
            env=environ,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_BUILD_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise InvalidInputError(f"{what}: {error}") from error
    if done.returncode != 0:
        words = re.sub(r"\s+", " ", (done.stderr or done.stdout).strip())[-_MAX_MESSAGE:]
        raise InvalidInputError(
            f"{what}: {words}", hint="Look at the network and the index; then try again."
        )
    return done.stdout


def _find_uv() -> str | None:
    beside = Path(sys.executable).with_name("uv.exe" if os.name == "nt" else "uv")
    return str(beside) if beside.exists() else shutil.which("uv")


def _program(folder: Path) -> Path:
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def _package_dir() -> Path:
    found = importlib.util.find_spec("mlops_lab")
    if found is None or not found.submodule_search_locations:
        raise InvalidInputError("The package mlops_lab has no folder of its own.")
    return Path(next(iter(found.submodule_search_locations)))


@contextlib.contextmanager
def _alone(lock: Path) -> Iterator[None]:
    """Wait until no other process makes this environment; the lock ends with its process."""
    import sqlite3

    # A file lock that works on every system, and is gone when its holder is.
    connection = sqlite3.connect(lock, isolation_level=None, timeout=_BUILD_S)
    try:
        connection.execute("BEGIN EXCLUSIVE")
        yield
    finally:
        connection.close()
