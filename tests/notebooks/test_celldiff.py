"""Shows how cells of two runs are matched, and what is said of a cell that changed."""

from __future__ import annotations

import pytest
from hypothesis import given, settings, strategies

from mlops_lab.core.celldiff import CellDiff, CellsDiff
from mlops_lab.core.tracking import Cell
from mlops_lab.notebooks.celldiff import diff_cells


def compared(before: list[Cell], after: list[Cell]) -> CellsDiff:
    (found,) = diff_cells(before, {"other": after})
    return found


def one_cell(before: str, after: str) -> CellDiff:
    (found,) = compared([Cell(before, "c1")], [Cell(after, "c1")]).cells
    return found


def shown(cell: CellDiff) -> list[str]:
    marks = {"removed": "-", "added": "+"}
    return [marks[line.kind] + line.text for line in cell.lines if line.kind in marks]


LITERALS = {
    "assigned": ("max_depth = 3", "max_depth = 5", [("max_depth", "3", "5", "assigned", "")]),
    "a type": ("n = 1", "n = 1.0", [("n", "1", "1.0", "assigned", "")]),
    "negative": ("x = -1", "x = +2", [("x", "-1", "+2", "assigned", "")]),
    "a text": ("kind = 'a'", 'kind = "b"', [("kind", "'a'", "'b'", "assigned", "")]),
    "annotated": ("x: int = 1", "x: int = 2", [("x", "1", "2", "assigned", "")]),
    "augmented": ("x += 1", "x += 2", [("x", "1", "2", "assigned", "")]),
    "several": ("a, b = 1, 2", "a, b = 1, 3", [("b", "2", "3", "assigned", "")]),
    "a list": ("sizes = [1, 2]", "sizes = [1, 2, 3]",
               [("sizes", "[1, 2]", "[1, 2, 3]", "assigned", "")]),
    "an attribute": ("cfg.lr = 0.1", "cfg.lr = 0.2", [("lr", "0.1", "0.2", "assigned", "cfg")]),
    "an item": ("cfg['lr'] = 0.1", "cfg['lr'] = 0.2", [("lr", "0.1", "0.2", "item", "cfg")]),
    "a keyword": ("fit(data, rate=0.1)", "fit(data, rate=0.2)",
                  [("rate", "0.1", "0.2", "keyword", "fit")]),
    "a keyword of a method": ("m = ens.Forest(max_depth=3)", "m = ens.Forest(max_depth=5)",
                              [("max_depth", "3", "5", "keyword", "ens.Forest")]),
    "a new keyword": ("fit(x)", "fit(x, rate=0.2)", [("rate", None, "0.2", "keyword", "fit")]),
    "a keyword less": ("fit(x, rate=0.2)", "fit(x)", [("rate", "0.2", None, "keyword", "fit")]),
    "keywords in another order": ("fit(a=1, b=2)", "fit(b=3, a=1)",
                                  [("b", "2", "3", "keyword", "fit")]),
    "the only argument": ("np.random.seed(0)", "np.random.seed(1)",
                          [("", "0", "1", "argument", "np.random.seed")]),
    "one of several arguments": ("f(x, 10)", "f(x, 20)", [("2", "10", "20", "argument", "f")]),
    "a default": ("def f(a, k=3):\n    return a", "def f(a, k=5):\n    return a",
                  [("k", "3", "5", "default", "f")]),
    "a default by keyword only": ("def f(a, *, k=3):\n    return a", "def f(a, *, k=5):\n    return a",
                                  [("k", "3", "5", "default", "f")]),
    "a key of a dict": ("p = {'depth': 3, 'eta': 0.1}", "p = {'depth': 5, 'eta': 0.1}",
                        [("depth", "3", "5", "item", "p")]),
    "a new key": ("p = {'depth': 3}", "p = {'depth': 3, 'eta': 0.1}",
                  [("eta", None, "0.1", "item", "p")]),
    "a key beside what is computed": ("p = {'a': f(), 'b': 1}", "p = {'a': f(), 'b': 2}",
                                      [("b", "1", "2", "item", "p")]),
    "inside a function": ("def f():\n    k = 3\n    return k", "def f():\n    k = 4\n    return k",
                          [("k", "3", "4", "assigned", "")]),
    "inside a loop": ("for i in xs:\n    train(i, lr=1)", "for i in xs:\n    train(i, lr=2)",
                      [("lr", "1", "2", "keyword", "train")]),
    "elsewhere": ("y = x > 0.5", "y = x > 0.6", [("", "0.5", "0.6", "other", "")]),
    "a head": ("if n > 3:\n    go()", "if n > 4:\n    go()", [("", "3", "4", "other", "")]),
    "true and false": ("flag = True", "flag = False", [("flag", "True", "False", "assigned", "")]),
    "none": ("depth = None", "depth = 4", [("depth", "None", "4", "assigned", "")]),
    "below the magic": ("%%track\nk = 1\nfit(k)", "%%track\nk = 2\nfit(k)",
                        [("k", "1", "2", "assigned", "")]),
}  # fmt: skip


@pytest.mark.parametrize("name", LITERALS)
def test_literals_are_told_as_params(name: str) -> None:
    before, after, expected = LITERALS[name]
    found = one_cell(before, after)
    assert [(c.name, c.before, c.after, c.place, c.of) for c in found.literals] == expected
    assert shown(found) == []
    assert (found.change, found.cosmetic, found.renames) == ("changed", False, [])
    back = one_cell(after, before)
    assert [(c.before, c.after) for c in back.literals] == [(c[2], c[1]) for c in expected]


RENAMES = {
    "everywhere": ("model = Forest()\nmodel.fit(x)", "clf = Forest()\nclf.fit(x)", [("model", "clf")]),
    "a function": ("def score(a):\n    return a\nscore(1)", "def rate(a):\n    return a\nrate(1)",
                   [("score", "rate")]),
    "a parameter": ("def f(a):\n    return a + 1", "def f(b):\n    return b + 1", [("a", "b")]),
    "a module": ("import numpy as np\nnp.zeros(3)", "import numpy as num\nnum.zeros(3)",
                 [("np", "num")]),
    "two": ("a = 1\nb = a\nc = a + b", "x = 1\ny = x\nc = x + y", [("a", "x"), ("b", "y")]),
    "a loop": ("for i in xs:\n    go(i)", "for k in xs:\n    go(k)", [("i", "k")]),
    "an error": ("try:\n    go()\nexcept E as e:\n    say(e)",
                 "try:\n    go()\nexcept E as error:\n    say(error)", [("e", "error")]),
}  # fmt: skip


@pytest.mark.parametrize("name", RENAMES)
def test_renames_are_told_as_such(name: str) -> None:
    before, after, expected = RENAMES[name]
    found = one_cell(before, after)
    assert [(one.before, one.after) for one in found.renames] == expected
    assert not found.rewritten
    assert (shown(found), found.literals, found.cosmetic) == ([], [], False)


NO_RENAMES = {
    "another class": ("m = Forest()", "m = Boosting()"),
    "not everywhere": ("a = 1\ngo(a)\nend(a)", "b = 1\ngo(b)\nend(a)"),
    "swapped": ("a = f()\nb = g()", "b = f()\na = g()"),
    "two become one": ("a = f()\nb = g()\ngo(a, b)", "c = f()\nc = g()\ngo(c, c)"),
    "what was there": ("a = f()\nb = g()\ngo(a)", "b = f()\nb = g()\ngo(b)"),
    "a method": ("x.fit(y)", "x.train(y)"),
    "a keyword": ("fit(a=x)", "fit(b=x)"),
}


@pytest.mark.parametrize("name", NO_RENAMES)
def test_what_is_no_rename_is_shown_as_lines(name: str) -> None:
    found = one_cell(*NO_RENAMES[name])
    assert found.renames == []
    assert shown(found)


COSMETIC = {
    "a comment": ("x = 1  # one", "x = 1  # uno"),
    "a comment above": ("# a\nx = 1", "# b\n\nx = 1"),
    "blank lines": ("x = 1\ny = 2", "x = 1\n\n\ny = 2"),
    "spaces": ("f( a,b )", "f(a, b)"),
    "quotes": ("x = 'a'", 'x = "a"'),
    "lines": ("f(a, b)", "f(\n    a,\n    b,\n)"),
    "a docstring": ('def f():\n    "old"\n    return 1', 'def f():\n    "new"\n    return 1'),
    "how a number is written": ("x = 0x10", "x = 16"),
    "brackets": ("x = (a)", "x = a"),
    "keywords in another order": ("f(a=1, b=2)", "f(b=2, a=1)"),
    "what the mark of a tracked cell says": ("%%track a\nfit(x)", "%%track b -m auc\nfit(x)"),
    "line ends": ("x = 1\r\ny = 2", "x = 1\ny = 2"),
}


@pytest.mark.parametrize("name", COSMETIC)
def test_comments_and_formatting_alone(name: str) -> None:
    before, after = COSMETIC[name]
    found = one_cell(before, after)
    assert found.cosmetic
    assert (found.literals, found.renames, found.change) == ([], [], "changed")
    assert compared([Cell(before, "c1")], [Cell(after, "c1")]).equal


LINES = {
    "a new statement": ("a = f()\nc = h()", "a = f()\nb = g()\nc = h()", ["+b = g()"]),
    "a statement less": ("a = f()\nb = g()", "a = f()", ["-b = g()"]),
    "another call": ("a = f()\nb = g()", "a = f()\nb = h()", ["-b = g()", "+b = h()"]),
    "inside a function": ("def f(a):\n    x = a\n    return x", "def f(a):\n    x = a * a\n    return x",
                          ["-    x = a", "+    x = a * a"]),
    "beside a literal": ("k = 1\ngo(k)", "k = 2\nrun(k)", ["-go(k)", "+run(k)"]),
    "beside a rename": ("a = f()\ngo(a)\nold(a)", "b = f()\ngo(b)\nnew(b, b)", ["-old(a)", "+new(b, b)"]),
    "a magic": ("%time go()\nx = 1", "%timeit go()\nx = 1", ["-%time go()", "+%timeit go()"]),
    "a text inside a text": ("print(f'a {x}')", "print(f'b {x}')",
                             ["-print(f'a {x}')", "+print(f'b {x}')"]),
    "a parameter becomes a name": ("k = 3", "k = DEPTH", ["-k = 3", "+k = DEPTH"]),
    "an else": ("if a:\n    go()", "if a:\n    go()\nelse:\n    stop()", ["+else:", "+    stop()"]),
    "a decorator": ("def f():\n    go()", "@cache\ndef f():\n    go()", ["+@cache"]),
    "two on a line": ("a = f(); b = g()", "a = f(); b = h()", ["-a = f(); b = g()", "+a = f(); b = h()"]),
}  # fmt: skip


@pytest.mark.parametrize("name", LINES)
def test_what_is_left_is_told_by_lines(name: str) -> None:
    before, after, expected = LINES[name]
    found = one_cell(before, after)
    assert (shown(found), found.understood, found.cosmetic) == (expected, True, False)
    assert found.rewritten


def test_a_literal_beside_other_changes_is_told_once() -> None:
    found = one_cell("k = 1\ngo(k)", "k = 2\nrun(k)")
    assert [(one.name, one.line) for one in found.literals] == [("k", 1)]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("x = (", "x = (1"),
        ("x = 1", "x ="),
        ("%%bash\nls a", "%%bash\nls b"),
        ("%%sql\nselect 1", "%%sql\nselect 2"),
        ("a\x00b", "a\x00c"),
        ("if x:\npass", "if x:\npass2"),
    ],
)
def test_code_that_cannot_be_read_is_compared_by_lines(before: str, after: str) -> None:
    found = one_cell(before, after)
    assert not found.understood or before.startswith("%%sql")
    assert shown(found)
    assert not found.cosmetic


def places(before: list[Cell], after: list[Cell]) -> list[tuple[str, list[int | None], bool]]:
    return [(cell.change, cell.places, cell.moved) for cell in compared(before, after).cells]


A, B, C = Cell("a = load()", "a"), Cell("b = clean(a)", "b"), Cell("c = fit(b)", "c")


def test_cells_that_are_the_same() -> None:
    found = compared([A, B], [A, B])
    assert found.equal
    assert [cell.change for cell in found.cells] == ["same", "same"]


def test_cells_come_and_go() -> None:
    assert places([A, B], [A, C]) == [
        ("same", [0, 0], False),
        ("added", [None, 1], False),
        ("removed", [1, None], False),
    ]
    assert not compared([A], [A, B]).equal
    assert places([], [A]) == [("added", [None, 0], False)]
    assert places([A], []) == [("removed", [0, None], False)]
    assert compared([], []).equal


def test_a_moved_cell_is_told_and_not_its_neighbours() -> None:
    assert places([A, B, C], [B, C, A]) == [
        ("same", [1, 0], False),
        ("same", [2, 1], False),
        ("same", [0, 2], True),
    ]
    assert not compared([A, B], [B, A]).equal


def test_an_id_goes_before_likeness() -> None:
    before = [Cell("x = one(1)", "a"), Cell("y = two(2)", "b")]
    after = [Cell("y = two(3)", "a"), Cell("x = one(1)", "b")]
    assert [cell.places for cell in compared(before, after).cells] == [[0, 0], [1, 1]]


def test_without_ids_cells_are_matched_by_likeness() -> None:
    before = [Cell("import numpy"), Cell("model = Forest(depth=3)\nmodel.fit(x, y)")]
    after = [Cell("model = Forest(depth=5)\nmodel.fit(x, y)\nsave(model)"), Cell("import numpy")]
    found = compared(before, after)
    assert [(cell.change, cell.places) for cell in found.cells] == [
        ("changed", [1, 0]),
        ("same", [0, 1]),
    ]
    assert [one.name for one in found.cells[0].literals] == ["depth"]
    assert shown(found.cells[0]) == ["+save(model)"]


def test_a_rename_goes_through_all_cells() -> None:
    before = [Cell("model = Forest()", "a"), Cell("model.fit(x)", "b")]
    after = [Cell("clf = Forest()", "a"), Cell("clf.fit(x)", "b")]
    for cell in compared(before, after).cells:
        assert [(one.before, one.after) for one in cell.renames] == [("model", "clf")]
        assert shown(cell) == []
    still = compared([*before, Cell("print(model)", "c")], [*after, Cell("print(model)", "c")])
    assert [cell.renames for cell in still.cells] == [[], [], []]


def test_the_same_cell_executed_twice() -> None:
    assert places([A, A], [A, A]) == [("same", [0, 0], False), ("same", [1, 1], False)]


def test_runs_of_the_same_code_are_read_once() -> None:
    found = diff_cells([A], {str(at): [B] for at in range(200)})
    assert len({id(one.cells) for one in found}) == 1


def test_effort_is_bounded() -> None:
    source = "\n".join(f"x{at % 7} = f({at})" for at in range(20_000))
    other = "\n".join(f"y{at % 5} = g({at}, x)" for at in range(20_000))
    (found,) = diff_cells([Cell(source, "c1")], {"other": [Cell(other, "c1")]})
    assert [line.kind for line in found.cells[0].lines] == ["skipped"]
    (found,) = diff_cells([Cell("a = 1")], {"other": [Cell("a = 2")]}, effort=0)
    assert [cell.change for cell in found.cells] == ["added", "removed"]


def test_deep_code_does_not_raise() -> None:
    deep = "x = " + "(" * 60 + "1" + ")" * 60
    nested = "x = " + "-" * 3_000 + "1"
    for source in (deep, nested):
        assert one_cell(source, source.replace("x", "y")).change == "changed"


_sources = strategies.lists(
    strategies.sampled_from(
        [
            "a = 1",
            "b = a",
            "if a:",
            "    b = 2",
            "# c",
            "",
            "f(a, k=3)",
            "%%time",
            "x = (",
            "def g(a=1):",
        ]
    ),
    max_size=8,
).map("\n".join)


@settings(max_examples=200, deadline=None)
@given(strategies.lists(_sources, max_size=4), strategies.lists(_sources, max_size=4))
def test_anything_can_be_compared(before: list[str], after: list[str]) -> None:
    found = compared([Cell(one) for one in before], [Cell(one) for one in after])
    assert sorted(c.places[0] for c in found.cells if c.places[0] is not None) == [
        *range(len(before))
    ]
    assert [c.places[1] for c in found.cells if c.places[1] is not None] == [*range(len(after))]
    assert compared([Cell(one) for one in before], [Cell(one) for one in before]).equal
