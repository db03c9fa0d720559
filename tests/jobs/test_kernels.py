"""How the kernels of jobs are found and started."""

from __future__ import annotations

import json
import site
import sys
import venv
from pathlib import Path

import pytest

from mlops_lab.core.errors import NotFoundError
from mlops_lab.jobs.kernels import connection_config, extension_arguments, find_kernel_spec


def put_spec(folder: Path, name: str, *, argv: list[str], language: str = "python") -> None:
    place = folder / "kernels" / name
    place.mkdir(parents=True)
    spec = {"argv": argv, "display_name": name, "language": language}
    (place / "kernel.json").write_text(json.dumps(spec))


def bare_python(folder: Path) -> Path:
    """Make an interpreter that has ipykernel, and not our package."""
    venv.create(folder, with_pip=False, symlinks=True)
    packages = folder / "lib" / f"python3.{sys.version_info.minor}" / "site-packages"
    # A path file adds the folder, but not what that folder's own path files add, such as us.
    (packages / "borrowed.pth").write_text(f"{site.getsitepackages()[0]}\n")
    return folder / "bin" / "python"


def test_an_unknown_kernel_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(NotFoundError, match=r"no kernel 'pyhton3' on this machine.*'python3'"):
        find_kernel_spec("pyhton3")
    with pytest.raises(NotFoundError, match=r"Known: .*python3"):
        find_kernel_spec("zzz")


def test_our_own_python_loads_the_extension(tmp_path: Path) -> None:
    loaded = extension_arguments(find_kernel_spec("python3"), folder=tmp_path)
    assert loaded == ["--IPKernelApp.extra_extensions=mlops_lab"]


def test_other_kernels_are_started_as_they_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "share"))
    bare = str(bare_python(tmp_path / "bare"))
    tail = ["-m", "ipykernel_launcher", "-f", "{connection_file}"]
    put_spec(tmp_path / "share", "bare", argv=[bare, *tail])
    put_spec(tmp_path / "share", "gone", argv=["/no/such/python", *tail])
    put_spec(tmp_path / "share", "ir", argv=["R", "-e", "IRkernel::main()"], language="R")
    put_spec(tmp_path / "share", "xeus", argv=["xpython", "-f", "{connection_file}"])
    work = tmp_path / "work"
    (work / "mlops_lab").mkdir(parents=True)
    for name in ("bare", "gone", "ir", "xeus"):
        assert extension_arguments(find_kernel_spec(name), folder=tmp_path) == []


def test_the_other_way_to_name_our_python_is_probed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "share"))
    again = tmp_path / "again"
    again.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    again.chmod(0o755)
    put_spec(tmp_path / "share", "again", argv=[str(again), "-m", "ipykernel_launcher"])
    assert extension_arguments(find_kernel_spec("again"), folder=tmp_path) != []


def test_local_sockets_unless_their_path_is_too_long() -> None:
    short = connection_config(Path("/tmp/mlops-lab-x"))  # noqa: S108 - only a name
    assert short.KernelManager.transport == "ipc"
    assert "transport" not in connection_config(Path("/tmp") / ("x" * 100)).KernelManager  # noqa: S108 - only a name
