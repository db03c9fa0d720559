"""Shows which literals become parameters, and which are never offered."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from nbformat import NotebookNode

from mlops_lab.core.errors import InvalidInputError
from mlops_lab.core.jobs import Parameter
from mlops_lab.core.tracking import Param
from mlops_lab.notebooks.parameters import (
    check_parameters,
    find_literals,
    propose,
    type_of,
)

Make = Callable[..., NotebookNode]


def found(notebook: NotebookNode) -> dict[str, tuple[str, Any, str]]:
    return {x.name: (x.type, x.value, x.comment) for x in find_literals(notebook).found}


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("a = 1  # one", ("int", 1, "one")),
        ("a = -1.5", ("float", -1.5, "")),
        ("a: float = 1", ("float", 1.0, "")),
        ("a: Optional[str] = None #", ("none", None, "")),
        ("a = 'x # y'  # z # w", ("str", "x # y", "z # w")),
        ('a = "it\'s \\"quoted\\""', ("str", 'it\'s "quoted"', "")),
        ("a = '''two\nlines'''  # text", ("str", "two\nlines", "text")),
        ("a = ('x'\n     'y')", ("str", "xy", "")),
        ("a = [1, 'b', {'c': [None, True]}]", ("list", [1, "b", {"c": [None, True]}], "")),
        ("a = {}", ("dict", {}, "")),
        ("a = \\\n  3", ("int", 3, "")),
        ("%%track\na = 1", ("int", 1, "")),
        ("%matplotlib inline\n!ls it's\na = 1", ("int", 1, "")),
    ],
)
def test_literals_of_every_type_are_found(make_notebook: Make, source: str, expected: Any) -> None:
    assert found(make_notebook(source)) == {"a": expected}


@pytest.mark.parametrize(
    "source",
    [
        "a = (1, 2)",
        "a = {1, 2}",
        "a = b'x'",
        "a = {1: 2}",
        "a = 1j",
        "a = 1e999",
        "a = 2**3",
        "a = 9007199254740993",
        "a = [1, (2, 3)]",
        "a = '\\ud800'",
        "a = f'x'",
        "a, b = 1, 2",
        "a = b = 1",
        "a: int",
        "_a = 1",
        "id = 1",
        "if True:\n    a = 1",
        "def f():\n    a = 1",
        "class C:\n    a = 1",
        "a = 1 if True else 2",
        "b = f(); \\\na = 1",
        "%%time\na = 1",
        "%%bash\na=1",
        "a = 1\n)",
        "a = !ls",
    ],
)
def test_what_cannot_be_a_parameter_is_not_offered(make_notebook: Make, source: str) -> None:
    assert "a" not in found(make_notebook(source))
    assert "id" not in found(make_notebook(source))


@pytest.mark.parametrize(
    "change",
    [
        "a = 2",
        "a += 1",
        "for a in x: pass",
        "for i, (a, b) in x: pass",
        "with open(x) as a: pass",
        "del a",
        "def f():\n    global a",
        "def a(): pass",
        "class a: pass",
        "import a",
        "import x as a",
        "from x import a",
        "import a.b",
        "try: pass\nexcept E as a: pass",
        "(a := 2)",
        "[a := y for y in x]",
        "a['k'] = 1",
        "a.k = 1",
        "del a['k']",
        "match x:\n    case {'k': 1, **a}: pass",
        "match x:\n    case [*a]: pass",
        "match x:\n    case a: pass",
        "%%time\na = 2",
        "a = !ls",
        "a = %time 1",
        "a = = broken",
    ],
)
def test_a_name_that_is_changed_anywhere_is_refused(make_notebook: Make, change: str) -> None:
    literals = find_literals(make_notebook("a = 1\nb = 1", change))
    assert "a" not in {x.name for x in literals.found}
    assert "a" in literals.refused


@pytest.mark.parametrize(
    "use",
    [
        "f(a=2)",
        "def f(a=1):\n    a = 2",
        "lambda a: a",
        "[a for a in x]",
        "x = a['k']",
        "%%bash\na=2",
        "print(a)",
        "x.a = 1",
    ],
)
def test_a_name_that_is_only_used_is_offered(make_notebook: Make, use: str) -> None:
    assert "a" in found(make_notebook("a = 1", use))


def test_the_proposal_says_what_the_run_saw(make_notebook: Make) -> None:
    notebook = make_notebook(
        ("declared = 1", ["parameters"]),
        "%%track\nrate: float = 0.5\nseed = 3\nlate = [1]",
        "const = 'x'",
    )
    params = [
        Param("rate", "1", "assigned"),
        Param("seed", "'three'", "read"),
        Param("late", "(1, 2)", "assigned"),
        Param("other", "1", "option"),
    ]
    seen = {p.name: (p.type, p.value, p.chosen) for p in propose(find_literals(notebook), params)}
    assert seen == {
        "declared": ("int", 1, True),
        "rate": ("float", 1.0, True),
        "seed": ("str", "three", True),
        "late": ("list", [1], True),
        "const": ("str", "x", False),
    }
    alone = propose(find_literals(notebook), None)
    assert [p.name for p in alone if not p.chosen] == ["const"]
    assert all(p.reason for p in alone)


@pytest.mark.parametrize("name", ["password", "db_password", "apiKey", "HF_TOKEN", "SECRET_KEY"])
def test_secrets_are_known_by_their_names(make_notebook: Make, name: str) -> None:
    literals = find_literals(make_notebook(f"{name} = 'x'"))
    assert (literals.found, literals.secrets) == ([], [name])


def test_parameters_are_checked_against_what_is_known() -> None:
    given = [
        Parameter("a", "float", 2),
        Parameter("b", "none", default=[1], comment="two\n lines"),
    ]
    assert check_parameters(given, ["a", "b"]) == [
        Parameter("a", "float", 2.0),
        Parameter("b", "list", default=[1], comment="two lines"),
    ]
    with pytest.raises(InvalidInputError, match="Did you mean 'rate'"):
        check_parameters([Parameter("rte", "int", 1)], ["rate", "seed"])
    with pytest.raises(InvalidInputError, match="twice"):
        check_parameters([given[0], given[0]], ["a"])


def test_types_of_values() -> None:
    values = [True, 1, 1.0, "x", [1], {"a": 1}, None, (1,), {1: 2}, float("nan"), 2**53]
    words = ["bool", "int", "float", "str", "list", "dict", "none", None, None, None, None]
    assert [type_of(value) for value in values] == words
