"""What a user can import from the package, in a process of its own."""

from __future__ import annotations

import subprocess
import sys

import pytest


@pytest.mark.parametrize("line", ["import mlops_lab as lab", "from mlops_lab import lab"])
def test_lab_is_the_package_with_its_logging_calls(line: str) -> None:
    program = (
        f"{line}\nimport mlops_lab, sys\nassert lab is mlops_lab\nlab.log_metric\n"
        "assert not {'sqlalchemy', 'numpy', 'pandas', 'plotly'} & set(sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_an_unknown_name_is_the_usual_error() -> None:
    import mlops_lab

    with pytest.raises(AttributeError, match="log_metirc"):
        _ = mlops_lab.log_metirc
