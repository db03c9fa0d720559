"""Shows what is kept of how a script was started."""

from __future__ import annotations

import pytest

from mlops_lab.kernel.capture.script import find_script, masked_arguments


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (["0.5", "--depth", "3"], ["0.5", "--depth", "3"]),
        (["--password", "abc", "x"], ["--password", "***", "x"]),
        (["--password=abc", "--rate=1"], ["--password=***", "--rate=1"]),
        (["postgresql://ada:secret@host/db"], ["postgresql://ada:***@host/db"]),
    ],
)
def test_secrets_among_arguments_are_masked(given: list[str], kept: list[str]) -> None:
    assert list(masked_arguments(given)) == kept


def test_a_shell_that_runs_cells_runs_no_script() -> None:
    class Shell:
        def run_cell(self) -> None:
            raise AssertionError

    assert find_script(Shell()).file is None
