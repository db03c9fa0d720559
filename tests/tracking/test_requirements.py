"""Holds the text of packages to its promise: an installer can read it, and no secret is in it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import msgspec
import pytest

from mlops_lab.core.facets import Package
from mlops_lab.tracking.requirements import requirements_of

from .captured import ENVIRONMENT

PACKAGES = [
    Package("scikit_learn", "1.9.0"),
    Package("NumPy", "2.4.0"),
    Package("fromgit", "1.0", "git+https://user:secret@git.example/x.git@" + "ab" * 20),
    Package("fromssh", "1.0", "git+ssh://git@git.example/x.git@" + "ab" * 20),
    Package(
        "tokened", "1.0", "https://ghp_secret@files.example/t-1.0-py3-none-any.whl?token=secret"
    ),
    Package("mine", "0.1", "file:///home/ada/mine", editable=True),
    Package("local", "0.2", "file:///home/ada/local-0.2.whl"),
    Package("conda", "3.0", "file:///home/conda/feedstock_root/build/work"),
    Package("odd\nname", "1"),
    Package("unversioned", ""),
]


def test_each_package_is_a_line_that_can_be_installed_or_a_comment() -> None:
    text = requirements_of(msgspec.structs.replace(ENVIRONMENT, packages=PACKAGES))
    assert text.splitlines() == [
        "# Python 3.11.2 (CPython) on Linux-6.1, x86_64",
        "conda==3.0",
        "fromgit @ git+https://git.example/x.git@" + "ab" * 20,
        "fromssh @ git+ssh://git@git.example/x.git@" + "ab" * 20,
        "# local==0.2 (local: file:///home/ada/local-0.2.whl)",
        "# mine==0.1 (editable: file:///home/ada/mine)",
        "numpy==2.4.0",
        "# odd?name==1 (cannot be named to an installer)",
        "scikit-learn==1.9.0",
        "tokened @ https://files.example/t-1.0-py3-none-any.whl",
        "# unversioned== (cannot be named to an installer)",
    ]


def test_uv_reads_it(tmp_path: Path) -> None:
    uv = pytest.importorskip("uv").find_uv_bin()
    own = [Package("msgspec", "0.0.0"), PACKAGES[5], PACKAGES[8]]
    file = tmp_path / "requirements.txt"
    file.write_text(requirements_of(msgspec.structs.replace(ENVIRONMENT, packages=own)))
    order = [uv, "pip", "sync", "--dry-run", "--offline", "--no-cache", "--target", str(tmp_path)]
    done = subprocess.run([*order, str(file)], capture_output=True, text=True, check=False)
    # It has read every line, and looks for a version that does not exist.
    assert "msgspec==0.0.0" in done.stderr
    assert "error: Couldn't parse" not in done.stderr
