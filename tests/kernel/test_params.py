"""Params come from literals, from what the cell and its functions read, and from objects of settings."""

from __future__ import annotations

import argparse
import ast
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from pathlib import Path, PurePosixPath
from types import SimpleNamespace
from typing import Any, NamedTuple
from uuid import UUID

import pytest

from mlops_lab.core.records import ParamLogged
from mlops_lab.kernel.capture.called import globals_of_calls
from mlops_lab.kernel.capture.cell import read_cell
from mlops_lab.kernel.capture.cellparams import read_params
from mlops_lab.kernel.capture.configs import named_params
from mlops_lab.kernel.capture.params import MASK, literal_text

from .spool_reader import all_of_kind


def params_of(folder) -> dict[str, tuple[str, str]]:
    return {
        record.name: (record.value, record.origin) for record in all_of_kind(folder, ParamLogged)
    }


def read(source: str, setup: str) -> dict[str, str]:
    """Return what a cell reads where ``setup`` ran in the notebook before."""
    namespace: dict[str, Any] = {"__name__": "__main__"}
    exec(compile(setup, "<earlier>", "exec"), namespace)  # noqa: S102 - the cell of the test
    found = read_params(read_cell(ast.parse(source)), namespace, hidden={})
    return {name: f"{text} {found.details[name]}" for name, text in found.texts.items()}


@pytest.mark.parametrize(
    ("setup", "source", "expected"),
    [
        ("lr = 0.1", "y = 1\nx = lr", {"lr": "0.1 line 2"}),
        ("lr = 0.1\ndef train():\n    return lr", "train()", {"lr": "0.1 read by train()"}),
        (
            "lr = 0.1\ndef inner():\n    return lr\ndef outer():\n    return inner()",
            "outer()",
            {"lr": "0.1 read by inner()"},
        ),
        (
            "lr = 0.1\ndef outer():\n    def deep():\n        return [lr for _ in 'a']\n    return deep",
            "outer()()",
            {"lr": "0.1 read by outer()"},
        ),
        (
            "lr = 0.1\nclass Net:\n    @property\n    def rate(self):\n        return lr\nnet = Net()",
            "net.rate",
            {"lr": "0.1 read by Net.rate()"},
        ),
        (
            "lr = 0.1\nclass Base:\n @staticmethod\n def f(): return lr\nclass Net(Base): pass",
            "Net.f()",
            {"lr": "0.1 read by Base.f()"},
        ),
        (
            "from functools import partial\nlr = 0.1\nf = partial(lambda x: x * lr, 2)",
            "f()",
            {"lr": "0.1 read by lambda()"},
        ),
        (
            """from functools import wraps
lr = 0.1
def shout(f):
    @wraps(f)
    def wrapper(*a): return f(*a)
    return wrapper
@shout
def train(): return lr
""",
            "train()",
            {"lr": "0.1 read by train()"},
        ),
        (
            "from functools import lru_cache\nlr = 0.1\n@lru_cache\ndef f():\n    return lr",
            "f()",
            {"lr": "0.1 read by f()"},
        ),
        ("lr = 0.1\nsteps = [lambda: lr]", "steps[0]()", {"lr": "0.1 read by lambda()"}),
        ("lr = 0.1\ndef f():\n    return lr", "lr = 0.5\nf()", {}),
        ("lr = 0.1\ndef f(o):\n    return o.lr", "f(o)", {}),
        ("lr = 0.1\ndef f(lr):\n    return lr", "f(1)", {}),
        ("lr = 0.1\ndef f():\n    return f() and lr", "f()", {"lr": "0.1 read by f()"}),
        ("lr = 0.1", "def f():\n    return lr\nf()", {"lr": "0.1 read by f()"}),
        (
            "lr = 0.1\ndef g():\n    return lr",
            "def f():\n    return g()\nf()",
            {"lr": "0.1 read by g()"},
        ),
        ("import json\ndef f():\n    return json.dumps(1)", "f()", {}),
        (
            "cfg = {'lr': 0.1, 'm': {'d': 2}}",
            "x = cfg['lr']",
            {"cfg.lr": "0.1 line 1", "cfg.m.d": "2 line 1"},
        ),
        ("cfg = {'lr': 0.1, 'model': object()}", "x = cfg['lr']", {}),
        (
            "import argparse\nargs = argparse.Namespace(lr=0.1, func=print, password='x')",
            "x = args.lr",
            {"args.lr": "0.1 line 1", "args.password": f"{MASK} line 1"},
        ),
        ("class CFG:\n    lr = 0.1\n    _x = 2", "x = CFG.lr", {"CFG.lr": "0.1 line 1"}),
        ("class Net:\n    lr = 0.1\n    def f(self):\n        pass", "x = Net.lr", {}),
        ("auc = 0.5", "auc", {}),
        ("auc = 0.5", "print(auc)\nauc", {"auc": "0.5 line 1"}),
    ],
)
def test_what_a_cell_reads_and_by_whom(setup, source, expected):
    assert read(source, setup) == expected


def test_following_calls_is_bounded():
    namespace: dict[str, Any] = {"lr": 1, "__name__": "__main__"}
    chain = "\n".join(f"def f{n}():\n    return f{n + 1}()" for n in range(2_000))
    exec(chain, namespace)  # noqa: S102 - the cell of the test
    assert len(globals_of_calls(["f0"], namespace)) == 500
    loop: list[Any] = []
    loop.append(loop)
    assert globals_of_calls(["loop"], {"loop": loop}) == {}


class Colour(Enum):
    RED = 1


@dataclass
class Inner:
    depth: int = 3


@dataclass
class Config:
    lr: float = 0.1
    data: Path = Path("a/b.csv")
    model: Inner = field(default_factory=Inner)
    api_key: str = "x"
    rates: tuple[float, ...] = (0.1, 0.2)


@dataclass(slots=True)
class Slotted:
    lr: float = 0.1


class Pair(NamedTuple):
    a: int
    b: str


CONFIG = {
    "c.lr": "0.1",
    "c.data": "'a/b.csv'",
    "c.api_key": MASK,
    "c.rates": "(0.1, 0.2)",
    "c.model.depth": "3",
}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Config(), CONFIG),
        (Slotted(), {"c.lr": "0.1"}),
        (Pair(1, "x"), {"c.a": "1", "c.b": "'x'"}),
        (
            argparse.Namespace(lr=0.1, inner=argparse.Namespace(d=2)),
            {"c.lr": "0.1", "c.inner.d": "2"},
        ),
        (SimpleNamespace(lr=0.1, f=print, _h=1), {"c.lr": "0.1"}),
        ({"a": {"b": [1, 2]}}, {"c.a.b": "[1, 2]"}),
        ({1: "a"}, {"c": "{1: 'a'}"}),
        ({}, {"c": "{}"}),
        (3, {"c": "3"}),
    ],
)
def test_objects_of_settings_are_flattened_when_named(value, expected):
    flat = named_params("c", value)
    assert flat is not None
    assert flat.texts == expected


def test_an_object_with_values_will_do_when_it_is_named():
    class Options:
        def __init__(self):
            self.lr, self.verbose, self._cache = 0.1, True, {}

        @property
        def costly(self):
            raise AssertionError("nobody asked")

    flat = named_params("o", Options())
    assert flat is not None
    assert flat.texts == {"o.lr": "0.1", "o.verbose": "True"}
    assert named_params("o", object()) is None


def test_settings_of_omegaconf_pydantic_and_attrs():
    omegaconf = pytest.importorskip("omegaconf")
    pydantic = pytest.importorskip("pydantic")
    conf = omegaconf.OmegaConf.create({"lr": 0.1, "model": {"depth": 3, "twice": "${lr}"}})
    flat = named_params("c", conf)
    assert flat is not None
    assert flat.texts == {"c.lr": "0.1", "c.model.depth": "3", "c.model.twice": "0.1"}

    class Model(pydantic.BaseModel):
        lr: float = 0.1
        token: pydantic.SecretStr = pydantic.SecretStr("x")
        where: Path = Path("a")

    flat = named_params("c", Model())
    assert flat is not None
    assert flat.texts == {"c.lr": "0.1", "c.token": MASK, "c.where": "'a'"}
    attr = pytest.importorskip("attr")
    made = attr.make_class("Made", {"lr": attr.ib(default=0.1)})
    flat = named_params("c", made())
    assert flat is not None
    assert flat.texts == {"c.lr": "0.1"}


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Colour.RED, "'Colour.RED'"),
        (PurePosixPath("a/b"), "'a/b'"),
        (datetime(2024, 1, 31, 12, 0), "'2024-01-31T12:00:00'"),  # noqa: DTZ001 - as people write it
        (date(2024, 1, 31), "'2024-01-31'"),
        (timedelta(minutes=5), "'0:05:00'"),
        (Decimal("0.5"), "0.5"),
        (Decimal("0.1"), "'0.1'"),
        (Fraction(1, 3), "'1/3'"),
        (UUID(int=1), "'00000000-0000-0000-0000-000000000001'"),
        (None, "None"),
        ([Colour.RED, Path("x")], "['Colour.RED', 'x']"),
        (10**4000, None),
        (object(), None),
        (b"x", None),
        ("https://u:hunter2@h/x", "'https://u:***@h/x'"),
        ({"password": "x", "n": 1}, "{'password': '***', 'n': 1}"),
    ],
)
def test_values_have_sensible_texts(value, text):
    assert literal_text("x", value) == text


def test_numbers_of_numpy_and_devices_of_torch_have_sensible_texts():
    numpy = pytest.importorskip("numpy")
    assert literal_text("x", numpy.float64(0.5)) == "0.5"
    assert literal_text("x", numpy.int32(3)) == "3"
    assert literal_text("x", numpy.bool_(True)) == "True"
    assert literal_text("x", numpy.str_("a")) == "'a'"
    assert literal_text("x", [numpy.float32(0.5)]) == "[0.5]"
    assert literal_text("x", numpy.arange(3)) is None
    assert named_params("x", numpy.arange(3)).texts == {"x": "[0, 1, 2]"}


def details(spool_dir: Path) -> dict[str, tuple[str, str, str]]:
    return {p.name: (p.value, p.origin, p.detail) for p in all_of_kind(spool_dir, ParamLogged)}


def test_each_param_keeps_where_it_came_from(shell, spool_dir):
    shell.run_cell("import argparse, os\nrate = 0.5\nargs = argparse.Namespace(depth=3, seed=7)")
    shell.run_cell("def fit():\n    return rate")
    shell.run_cell(
        "%%track -p args.seed -p kind=rf -p table\n"
        "n = 3\nn += 1\ncfg = {'a': 1, 'made': os.getpid()}\ntable = {'x': {'y': 2}}\n"
        "fit()\nown = argparse.Namespace(z=1)\nlab.log_params(args)\nlab.log_param('late', 2)"
    )
    assert details(spool_dir) == {
        "rate": ("0.5", "read", "read by fit()"),
        "args.depth": ("3", "read", "line 8"),
        "args.seed": ("7", "option", "-p"),
        "kind": ("'rf'", "option", "-p"),
        "table.x.y": ("2", "option", "-p"),
        "n": ("4", "assigned", "line 3"),
        "cfg.a": ("1", "assigned", "line 4"),
        "own.z": ("1", "assigned", "line 7"),
        "depth": ("3", "logged", "Namespace"),
        "seed": ("7", "logged", "Namespace"),
        "late": ("2", "logged", ""),
    }


def test_what_a_function_returns_is_a_result_and_no_setting(shell, spool_dir):
    shell.run_cell("from dataclasses import dataclass\n@dataclass\nclass Cfg:\n    lr: float = 0.1")
    shell.run_cell("def load():\n    return Cfg(0.2)")
    shell.run_cell("%%track\nmine = Cfg(lr=0.3)\nother = load()")
    assert params_of(spool_dir) == {"mine.lr": ("0.3", "assigned")}


def test_a_failed_cell_has_its_params(shell, spool_dir):
    shell.run_cell("depth = 3")
    shell.run_cell("%%track\nrate = 0.1\nx = depth / 0\nlate = 1")
    assert params_of(spool_dir) == {"depth": ("3", "read"), "rate": ("0.1", "assigned")}


def test_params_can_be_switched_off(shell, spool_dir):
    shell.run_cell("old = 1")
    shell.run_cell("%%track --no params -p told=1\nn = 3\nx = old + n")
    assert params_of(spool_dir) == {"told": ("1", "option")}


def test_odd_objects_are_not_asked(shell, spool_dir, capsys):
    shell.run_cell(
        "class Odd:\n"
        "    def __getattribute__(self, name): raise RuntimeError('asked ' + name)\n"
        "    def __eq__(self, other): raise RuntimeError('compared')\n"
        "    def __len__(self): raise RuntimeError('measured')\n"
        "    def __repr__(self): raise RuntimeError('shown')\n"
        "    __hash__ = None\n"
        "odd = Odd()\nheld = {'odd': odd}\nmany = [odd]"
    )
    shell.run_cell("%%track -p odd\nn = 3\nx = (odd, held, many)\ny = odd")
    assert params_of(spool_dir) == {"n": ("3", "assigned")}
    assert "fault" not in capsys.readouterr().err
