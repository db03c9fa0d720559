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
    "path",
    [
        "a", "a/b.txt", "figures/roc curve.png", "ä/ü.bin", "100%.txt", "a..b", ".hidden", "C",
        "console.txt", "auxiliary/nullable.csv", "com10", "½.txt", "データの表.csv", "a b/\u2026end",
        "50%25.txt", "loss:train.png", "x" * 255,
    ],
)  # fmt: skip
def test_paths_of_files_of_a_run(path: str) -> None:
    assert check_artifact_path(path) == path


@pytest.mark.parametrize(
    "path",
    [
        "", " ", "/", "/etc/passwd", "..", "../x", "a/../../x", "a/..", "./a", "a/./b", "a//b", "a/",
        "a/.. /b", "a/...", "C:/x", "c:x", "\\\\host\\x", "a\\..\\x", "a\0b", "a\nb", "%2e%2e/x",
        "%2E%2E%2Fx", "%252e%252e%252fx", "a%2f..%2f..%2fx", "%5c%5chost", "a%00b", "x" * 2_001,
        "a/b ", "a.", "a./b", "%25252e%25252e/x", "%2525252525252e", "%c0%ae%c0%ae/x", "%u002e%u002e/x",
        "\uff0e\uff0e/x", "\u2024\u2024/x", "\u2025/x", "\u2026", "..\uff0fx", "a\uff3c..\uff3cx",
        "a\u2215..\u2215x", "a\u2044b", "a\u2216b", "a\u29f5b",
        "NUL", "aux.txt", "a/con", "a/CON.tar.gz/b", "com1", "LPT9.log", "COM¹", "a/C:/x", "x" * 256,
        "%4eUL", "a\u200b/..", "a\u202eb", "\ud800", "a\x7f", "a\u0085b", "~/../x", "\uff0e/a",
    ],
)  # fmt: skip
def test_paths_that_lead_elsewhere_are_refused(path: str) -> None:
    with pytest.raises(InvalidInputError):
        check_artifact_path(path)
