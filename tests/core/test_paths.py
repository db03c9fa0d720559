"""The drive of collaboration is dropped from a path, and nothing else is."""

import pytest

from mlops_lab.core.paths import without_drive


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
