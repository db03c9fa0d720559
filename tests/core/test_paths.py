"""The drive of collaboration is dropped from a path, and nothing else is."""

import pytest

from mlops_lab.core.errors import InvalidInputError
from mlops_lab.core.paths import check_artifact_path, without_drive


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("RTC:a.ipynb", "a.ipynb"),
        ("RTC:/models/a.ipynb", "models/a.ipynb"),
        ("a/b.ipynb", "a/b.ipynb"),
        ("a:b.ipynb", "a:b.ipynb"),
        ("step 1: a.ipynb", "step 1: a.ipynb"),
    ],
)
def test_only_the_drive_is_dropped(path: str, expected: str) -> None:
    assert without_drive(path) == expected


@pytest.mark.parametrize(
    "path", ["a", "a/b.txt", "figures/roc curve.png", "ä/ü.bin", "100%.txt", "a..b", ".hidden", "C"]
)
def test_paths_of_files_of_a_run(path: str) -> None:
    assert check_artifact_path(path) == path


@pytest.mark.parametrize(
    "path",
    [
        "", " ", "/", "/etc/passwd", "..", "../x", "a/../../x", "a/..", "./a", "a/./b", "a//b", "a/",
        "a/.. /b", "a/...", "C:/x", "c:x", "\\\\host\\x", "a\\..\\x", "a\0b", "a\nb", "%2e%2e/x",
        "%2E%2E%2Fx", "%252e%252e%252fx", "a%2f..%2f..%2fx", "%5c%5chost", "a%00b", "x" * 2_001,
        "a/b ",
    ],
)  # fmt: skip
def test_paths_that_lead_elsewhere_are_refused(path: str) -> None:
    with pytest.raises(InvalidInputError):
        check_artifact_path(path)
