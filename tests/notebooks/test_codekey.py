"""Shows which code has one key: what differs in formatting, or in params that are recorded."""

from __future__ import annotations

import pytest

from mlops_lab.notebooks.codekey import CodeKeys


def same(before: str, after: str, *params: str) -> bool:
    keys = CodeKeys()
    return keys.key_of([before], params) == keys.key_of([after], params)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("depth = 3\nfit(depth)", "depth = 5\nfit(depth)"),
        ("depth: int = 3", "depth: int = 4"),
        ("fit(x)  # one", "fit( x )"),
        ("%%track a\nfit(x)", "%%track b\nfit(x)"),
        ('"""Old."""\nfit(x)', "fit(x)"),
    ],
)
def test_one_key(before: str, after: str) -> None:
    assert same(before, after, "depth")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("rate = 3", "rate = 5"),
        ("fit(depth=3)", "fit(depth=5)"),
        ("depth = 3\nfit(depth)", "depth = 3\nfit(depth, x)"),
        ("%%time\nfit(x)", "%%timeit\nfit(x)"),
        ("x = (", "x = (("),
        ("%%bash\nls a", "%%bash\nls b"),
        ("if a:\n    depth = 3", "if a:\n    depth = 5"),
    ],
)
def test_other_keys(before: str, after: str) -> None:
    assert not same(before, after, "depth")


def test_cells_count_in_their_order() -> None:
    keys = CodeKeys()
    assert keys.key_of(["a", "b"], ()) != keys.key_of(["b", "a"], ())
    assert keys.key_of(["ab"], ()) != keys.key_of(["a", "b"], ())
