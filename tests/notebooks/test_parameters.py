"""Shows which literals become parameters, and which are never offered."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from nbformat import NotebookNode

from mlops_lab.core.errors import InvalidInputError
from mlops_lab.core.jobs import Parameter
from mlops_lab.core.tracking import Param
from mlops_lab.notebooks.literals import find_literals, type_of
from mlops_lab.notebooks.parameters import check_parameters, explain_missing, propose

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
        ("%%time\na = 1", ("int", 1, "")),
        ("%%track\n\n%%capture out\na = 1  # one", ("int", 1, "one")),
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
        "%%timeit\na = 1",
        "%%unknown\na = 1",
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
        "match x:\n    case {'k': 1, **a}: pass",
        "match x:\n    case [*a]: pass",
        "match x:\n    case a: pass",
        "%%time\na = 2",
        "a = !ls",
        "%%bash --out a\nls",
        "%%script --err=a bash\nls",
        "%%capture a\nprint()",
        "%%sql a <<\nSELECT 1",
        "%%unknown -o a\nx",
        "%time a = 2",
        "%prun a = 2",
        "%store -r a",
        "%aimport a",
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
        "a['k'] = 1",
        "a.k = 1",
        "del a['k']",
        "a[0] += 1",
        "%%bash -e\necho a",
        "%%writefile a\na = 1",
        "%timeit f(a)",
        "%time f(a)",
        "%store a",
        "%pip install a",
        "!echo %a",
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


def test_parameters_are_checked_against_what_is_known(make_notebook: Make) -> None:
    known = find_literals(make_notebook("a = 1.0\nb = None\nbee = 1")).found
    given = [
        Parameter("a", "float", 2),
        Parameter("b", "none", default=[1], comment="two\n lines"),
    ]
    assert check_parameters(given, known) == [
        Parameter("a", "float", 2.0),
        Parameter("b", "list", default=[1], comment="two lines"),
    ]
    with pytest.raises(InvalidInputError, match="Did you mean 'bee'"):
        check_parameters([Parameter("be", "int", 1)], known)
    with pytest.raises(InvalidInputError, match="twice"):
        check_parameters([given[0], given[0]], known)


def test_types_of_values() -> None:
    values = [True, 1, 1.0, "x", [1], {"a": 1}, None, (1,), {1: 2}, float("nan"), 2**53]
    words = ["bool", "int", "float", "str", "list", "dict", "none", None, None, None, None]
    assert [type_of(value) for value in values] == words


BLIND = [
    "from math import *",
    "exec('a = 2')",
    "eval('(a := 2)')",
    "globals()['a'] = 2",
    "locals().update(a=2)",
    "vars()['a'] = 2",
    "import __main__ as m",
    "setattr(sys.modules['__main__'], 'a', 2)",
    "setattr(sys.modules[__name__], 'a', 2)",
    "get_ipython().run_cell('a = 2')",
    "get_ipython().run_line_magic('run', 'other.py')",
    "get_ipython().user_ns['a'] = 2",
    "get_ipython().push({'a': 2})",
    "def f():\n    globals()['a'] = 2\ndef g():\n    f()\ng()",
    "f = lambda: exec('global a; a = 2')\nf()",
    "class C:\n    def __init__(self):\n        exec('global a; a = 2')\nC()",
    "%run other.py",
    "%store -r",
    "%load other.py",
    "%pylab inline",
    "%reset -f",
    "%%cython\ndef f(): pass",
    "run other.py",
]


@pytest.mark.parametrize("blind", BLIND)
def test_below_what_may_bind_anything_a_literal_stays_below(
    make_notebook: Make, blind: str
) -> None:
    [literal] = find_literals(make_notebook("import sys", blind, "a = 1")).found
    assert (literal.name, literal.after, literal.needed_at) == ("a", 1, 2)
    if not blind.startswith("%%"):
        same_cell = find_literals(make_notebook(f"{blind}\na = 1"))
        assert not same_cell.found
        assert "a" in same_cell.refused


@pytest.mark.parametrize(
    "clear",
    [
        "if __name__ == '__main__':\n    print()",
        "def f(x):\n    return eval(x)\nf('1')",
        "def f():\n    globals()['a'] = 2",
        "df.eval('b = a')",
        "model.eval()",
        "setattr(config, 'a', 2)",
        "vars(config)",
        "def f():\n    return locals()",
        "get_ipython().run_line_magic('matplotlib', 'inline')",
        "%matplotlib inline",
        "%load_ext autoreload",
        "!pip install other",
        "%%bash\nrun",
        "%%unknown\nnot python",
        "from math import pi",
    ],
)
def test_what_binds_nothing_unseen_lets_literals_go_up(make_notebook: Make, clear: str) -> None:
    [literal] = [x for x in find_literals(make_notebook(clear, "a = 1")).found if x.name == "a"]
    assert literal.barrier is None


def test_literals_on_both_sides_of_a_star_import_are_not_chosen_together(
    make_notebook: Make,
) -> None:
    notebook = make_notebook(
        "path = 'x'", "from math import *", "%%track\nrate = 0.1\nseed = 7\nload(path)"
    )
    literals = find_literals(notebook)
    params = [Param("path", "'x'", "read"), Param("rate", "0.1", "assigned")]
    proposed = propose(literals, [*params, Param("rows", "9", "read")])
    assert [p.name for p in proposed if p.chosen] == ["rate"]
    warnings = explain_missing(literals, proposed, [*params, Param("rows", "9", "read")])
    assert [w.split()[0] for w in warnings] == ["path", "rows"]
    assert "no cell of the notebook assigns it" in warnings[1]
    both = [Parameter("path", "str", "x"), Parameter("rate", "float", 0.1)]
    with pytest.raises(InvalidInputError, match=r"`from math import \*` in cell 2 is between"):
        check_parameters(both, literals.found)
    assert check_parameters(both[:1], literals.found) == both[:1]


def test_of_two_sides_the_one_with_the_parameters_cell_is_chosen(make_notebook: Make) -> None:
    notebook = make_notebook(
        ("n = 1", ["parameters"]), "from math import *", "%%track\nrate = 0.1\nseed = 7"
    )
    proposed = propose(find_literals(notebook), None)
    assert [p.name for p in proposed if p.chosen] == ["n"]
    assert "`from math import *` in cell 2" in proposed[1].reason
    assert (proposed[1].reason_code, proposed[1].reason_values) == ("apart", ["2"])


@pytest.mark.parametrize(
    ("cells", "seen"),
    [
        (("layers = [64]\nlayers.append(32)", "%%track\nfit(layers)"), "[64, 32]"),
        (("layers = {'a': 1}\nlayers['b'] = 2", "%%track\nfit(layers)"), "{'a': 1, 'b': 2}"),
        (("layers = 1\n%run other.py", "%%track\nfit(layers)"), "2"),
    ],
)
def test_what_the_code_changes_later_is_proposed_as_it_is_written(
    make_notebook: Make, cells: tuple[str, ...], seen: str
) -> None:
    literals = find_literals(make_notebook(*cells))
    [proposed] = propose(literals, [Param("layers", seen, "read")])
    assert (proposed.value, proposed.chosen) == (literals.found[0].value, True)
    assert seen in proposed.reason
    assert (proposed.reason_code, proposed.reason_values) == ("changed", [seen])


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        (("a = (1, 2)",), "(1, 2) would not arrive"),
        (("a = b = 1",), "no cell gives it one literal"),
        (("a = f()",), "no cell gives it one literal"),
        (("a = 1", "a = 2"), "bound more than once"),
        (("if x:\n    a = 1",), "no cell gives it one literal"),
        (("%%timeit\na = 1",), "below %%timeit"),
        (("b = f(); \\\na = 1",), "taken out of its line"),
        (("x = 1",), "no cell of the notebook assigns it"),
        (("from math import *\na = 1",), "`from math import *` above it in cell 1"),
    ],
)
def test_each_param_of_a_run_that_is_missing_has_a_reason(
    make_notebook: Make, cells: tuple[str, ...], words: str
) -> None:
    literals = find_literals(make_notebook(*cells))
    params = [Param("a", "1", "assigned")]
    [warning] = explain_missing(literals, propose(literals, params), params)
    assert warning.startswith("a was a param of the run but does not become a parameter: ")
    assert words in warning
