"""Proves the rules of what is a param and what is a metric, on cells as people write them."""

from __future__ import annotations

import ast
from decimal import Decimal
from fractions import Fraction

import pytest

from mlops_lab.kernel.capture.cell import read_cell
from mlops_lab.kernel.capture.cellparams import assigned_params, read_params
from mlops_lab.kernel.capture.metrics import computed_metrics, numbers_before, to_number
from mlops_lab.kernel.capture.params import MASK, is_simple


def run(source: str, **before):
    """Return params assigned, params read, and metrics of a cell that is really run."""
    reading = read_cell(ast.parse(source))
    namespace = dict(before)
    reads = read_params(reading, namespace, hidden={}).texts
    old = numbers_before(reading, namespace)
    ended_well = True
    try:
        exec(compile(source, "<cell>", "exec"), namespace)  # noqa: S102 - the cell of the test
    except ZeroDivisionError:
        ended_well = False
    assigned = assigned_params(reading, namespace).texts
    numbers = computed_metrics(reading, namespace, before=old, ended_well=ended_well)
    return assigned, reads, {n: v for n, v in numbers.items() if n not in assigned}


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("n = 3", {"n": "3"}),
        ("n: int = 3", {"n": "3"}),
        ("lr = -1e-3", {"lr": "-0.001"}),
        ("a = b = 'x'", {"a": "'x'", "b": "'x'"}),
        ("a, (b, c) = 1, [2, 'z']", {"a": "1", "b": "2", "c": "'z'"}),
        ("flag, nothing = True, None", {"flag": "True", "nothing": "None"}),
        (
            "grid = {'depth': [1, 2], 'kind': ('a', -1.5)}",
            {"grid.depth": "[1, 2]", "grid.kind": "('a', -1.5)"},
        ),
        ("s = {1}", {"s": "{1}"}),
        ("if True:\n    n = 1\nelse:\n    n = 2", {"n": "1"}),
        ("n = 1\nn = 2", {"n": "2"}),
        ("n = 1\nif n:\n    n = n * 2", {}),
        ("n = 1\nif not n:\n    n = n * 2", {"n": "1"}),
        ("n = 1\nn += 1", {"n": "2"}),
        ("n = 2\nn **= 3\nn -= 1", {"n": "7"}),
        ("n = 1\nif n:\n    n += 1", {"n": "2"}),
        ("s = 'a'\ns += 'b'", {"s": "'ab'"}),
        ("n = 1\nn += len('a')", {}),
        ("n = 1\nfor _ in [1]:\n    n += 1", {}),
        ("n = 1\nn /= 1\nn //= 0 or 1", {}),
        ("cfg = {'lr': 0.1, 'opt': {'name': 'adam'}}", {"cfg.lr": "0.1", "cfg.opt.name": "'adam'"}),
        ("cfg = dict(lr=0.1, depth=3)", {"cfg.lr": "0.1", "cfg.depth": "3"}),
        (
            "cfg = {'lr': 0.1, 'n': len('ab'), 'in': {'d': 3, 'x': [len('a')]}}",
            {"cfg.lr": "0.1", "cfg.in.d": "3"},
        ),
        (
            "cfg = {'lr': 0.1}\ncfg['lr'] = 0.2\ncfg['new'] = 'x'",
            {"cfg.lr": "0.2", "cfg.new": "'x'"},
        ),
        ("cfg = {'lr': len('a')}\ncfg['lr'] = 0.2", {"cfg.lr": "0.2"}),
        ("cfg = {'lr': 0.1, 'n': len('a')}\ncfg['lr'] = len('ab')", {}),
        ("grid = {1: 'a', 'b': 2}", {"grid": "{1: 'a', 'b': 2}"}),
        ("empty = {}", {"empty": "{}"}),
        ("xs = [0] * 3\nxs[0] = 5", {}),
        ("n = 1\nn = len('a')", {}),
        ("xs = []\nxs.append(1)", {}),
        ("n = 1\ndel n", {}),
        ("for i in [1]:\n    pass\ni = 5", {"i": "5"}),
        ("i = 5\nfor i in [5]:\n    pass", {}),
        ("with open('/dev/null') as f:\n    n = 3", {"n": "3"}),
        ("def f():\n    inner = 3\nclass C:\n    attribute = 4", {}),
        ("(n := 4)", {"n": "4"}),
        ("_private = 1", {}),
        ("b = b'bytes'; c = 1j; d = ...; e = f'{1}'", {}),
        ("x = {**{}}", {}),
        ("n = 1\nimport os as n", {}),
        ("p, *q = 1, 2, 3", {"p": "1", "q": "[2, 3]"}),
        ("[*p, q] = [1, 2, 3]", {"p": "[1, 2]", "q": "3"}),
        ("a, *b, c = 1, 2", {"a": "1", "b": "[]", "c": "2"}),
        ("(a, *b), c = (1, 2, 3), 'x'", {"a": "1", "b": "[2, 3]", "c": "'x'"}),
        ("a, *b = 1, len('xy'), 3", {"a": "1"}),
        ("a, *b = 1, *'xy'", {}),
    ],
)
def test_assigned_params(source, expected):
    assert run(source)[0] == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("y = lr * 2", {"lr": "0.1"}),
        ("lr = 5\ny = lr", {}),
        ("y = lr\nlr = 5", {"lr": "0.1"}),
        ("def f():\n    return lr\nf()", {"lr": "0.1"}),
        ("def f(lr):\n    return lr\nf(1)", {}),
        ("def f():\n    lr = 1\n    return lr\nf()", {}),
        ("def f():\n    global lr\n    lr = 2\nf()", {}),
        ("def f(x=lr):\n    return x\nf()", {"lr": "0.1"}),
        ("def f():\n    def g():\n        return lr\n    return g()\nf()", {"lr": "0.1"}),
        ("f = lambda n: n + lr\nf(1)", {"lr": "0.1"}),
        ("[lr * x for x in range(2)]", {"lr": "0.1"}),
        ("[lr for lr in range(2)]", {}),
        ("{k: v for k, v in zip(names, names)}", {"names": "['a']"}),
        ("class C:\n    rate = lr", {"lr": "0.1"}),
        ("lr += 1", {"lr": "0.1"}),
        ("print(f'{lr}', end='')", {"lr": "0.1"}),
        ("import lr_module as lr", {}),
        ("y = text[0], long, many, module, function, _hidden", {"text": "'t'"}),
        ("for lr in [1]:\n    lr", {}),
        ("try:\n    1 / 0\nexcept ZeroDivisionError as lr:\n    lr", {}),
        ("match lr:\n    case n:\n        n", {"lr": "0.1"}),
        ("def f():\n    return lr\nlr = 2 ** 3\nf()", {}),
        ("f = lambda: lr\nlr = 5\nf()", {}),
    ],
)
def test_read_params(source, expected):
    before = {
        "lr": 0.1,
        "names": ["a"],
        "text": "t",
        "long": "x" * 5000,
        "many": list(range(101)),
        "module": ast,
        "function": run,
        "_hidden": 1,
    }
    reading = read_cell(ast.parse(source))
    assert read_params(reading, before, hidden={}).texts == expected


def test_names_of_the_shell_are_no_params():
    reading = read_cell(ast.parse("In, mine"))
    namespace = {"In": ["x"], "mine": 1}
    found = read_params(reading, namespace, hidden={"In": namespace["In"]})
    assert found.texts == {"mine": "1"}


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("acc = 1 / 4", {"acc": 0.25}),
        ("a, b = divmod(7, 2)", {"a": 3.0, "b": 1.0}),
        ("total = 0\nfor x in [1, 2]:\n    total += x", {"total": 3.0}),
        ("total = 0\nfor x in []:\n    total += x", {"total": 0.0}),
        ("best = max([1, 2])\nbest = 5", {}),
        ("first, *rest = [1.5, 2, 3]", {}),
        ("print((n := len('abc')), end='')", {"n": 3.0}),
        ("[last := x for x in [1, 2]]", {"last": 2.0}),
        ("flag = 1 > 0\ntext = str(1)\nxs = [1 + 1]\nc = 1j * 1", {}),
        ("_hidden = 1 + 1", {}),
        ("for i in range(3):\n    pass", {}),
        ("def f():\n    inner = 1 + 1\nf()", {}),
        ("b = 1 + 1\na = 2 + 2\nb = 3 + 3", {"a": 4.0, "b": 6.0}),
        ("inf = float('inf')", {"inf": float("inf")}),
        ("x = 10 ** 400", {}),
        ("class C:\n    item = property()\n    ndim = 0\nc = C()", {}),
        ("import contextlib\nwith contextlib.nullcontext(2.5) as v:\n    pass", {"v": 2.5}),
        ("p, *q = 1, 2, 3", {}),
        ("p, *q = 1, len('xy')", {}),
        ("*p, q = 1, 2, len('xy')", {"q": 2.0}),
    ],
)
def test_computed_metrics(source, expected):
    found = run(source)[2]
    assert found == expected
    assert list(found) == list(expected)


def test_old_numbers_count_only_when_they_are_computed_again():
    stale = {"old": 0.5}
    assert run("1 / 0\nold = 0.25 + 0.5", **stale)[2] == {}
    assert run("if not old:\n    old = 0.25 + 0.5", **stale)[2] == {}
    assert run("if old:\n    old = 0.25 + 0.5", **stale)[2] == {"old": 0.75}
    assert run("old = 0\nfor x in []:\n    old += x", old=0)[2] == {"old": 0.0}
    assert run("old = old", **stale)[2] == {"old": 0.5}


def test_numbers_of_libraries():
    numpy = pytest.importorskip("numpy")
    values = [numpy.float32(0.5), numpy.int64(2), numpy.array(3.0), numpy.float64("nan")]
    assert [repr(to_number(value)) for value in values] == ["0.5", "2.0", "3.0", "nan"]
    for value in (numpy.array([1.0]), numpy.bool_(True), numpy.array("a"), numpy.array(True)):
        assert to_number(value) is None
    assert to_number(Fraction(1, 4)) == 0.25
    assert to_number(Decimal("0.5")) is None


def test_secret_values_are_masked_wherever_they_come_from():
    assigned, reads, _ = run("password = 'p'\nuse = api_token", api_token="t")
    assert assigned == {"password": MASK}
    assert reads == {"api_token": MASK}


def test_what_is_simple_is_bounded_and_ends():
    loop: list = []
    loop.append(loop)
    assert not is_simple(loop, items=100)
    assert not is_simple(10**4000)
    assert not is_simple([object()])
    assert is_simple({"a": [1, (2.0, None)], 3: {True}})
