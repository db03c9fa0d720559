"""Makes random cells, of the kinds that notebooks hold and of kinds that nobody would write."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

SETUP = '''
import asyncio, contextlib, dataclasses, enum, functools, io, random, sys, types
EVENTS = []

def told(what, events=EVENTS):
    events.append(what)
    return what

class Loud:
    """Tells every call of itself, and fails in most."""
    def __repr__(self): told("repr"); return "<loud>"
    def __str__(self): told("str"); return "loud"
    def __eq__(self, other): told("eq"); raise RuntimeError("eq")
    def __hash__(self): told("hash"); raise RuntimeError("hash")
    def __len__(self): told("len"); raise RuntimeError("len")
    def __bool__(self): told("bool"); raise RuntimeError("bool")
    def __iter__(self): told("iter"); raise RuntimeError("iter")
    def __float__(self): told("float"); return 1.5
    def __index__(self): told("index"); return 3
    def __fspath__(self): told("fspath"); return "nowhere"
    def __array__(self, *a, **k): told("array"); raise RuntimeError("array")
    def __getitem__(self, key): told("getitem"); raise KeyError(key)
    def __getattr__(self, name): told("getattr " + name); raise AttributeError(name)
    def __reduce_ex__(self, protocol): told("reduce"); raise TypeError("no")
    def __sizeof__(self): told("sizeof"); return 1
    def __del__(self, told=told): told("del")

class Hostile:
    """Fails whatever is asked, its class included."""
    def __getattribute__(self, name): told("getattribute " + name); raise RuntimeError(name)
    def __repr__(self): raise RuntimeError("repr")

class Lying:
    """Says that it is something else, and has what others look for."""
    @property
    def __class__(self): told("class"); return dict
    @property
    def shape(self): told("shape"); return (3, 3)
    @property
    def ndim(self): told("ndim"); return 0
    dtype = columns = index = params = property(lambda self: told("data"))
    def item(self): told("item"); return 4.5
    def fit(self, *a): told("fit"); return self
    def get_params(self, deep=True): told("get_params"); return {"lr": 1}
    def to_dict(self): told("to_dict"); return {}

class Meta(type):
    def __getattr__(cls, name): told("meta " + name); raise AttributeError(name)
    def __instancecheck__(cls, other): told("instancecheck"); return True
    def __eq__(cls, other): told("meta eq"); return cls is other
    __hash__ = type.__hash__

class Odd(metaclass=Meta): pass

class LoudList(list):
    def __iter__(self): told("list iter"); return super().__iter__()
    def __len__(self): told("list len"); return super().__len__()
    def __eq__(self, other): told("list eq"); return super().__eq__(other)
    __hash__ = None

class LoudDict(dict):
    def items(self): told("items"); return super().items()
    def keys(self): told("keys"); return super().keys()
    def __getitem__(self, key): told("dict getitem"); return super().__getitem__(key)
    def __iter__(self): told("dict iter"); return super().__iter__()

class LoudFloat(float):
    def __float__(self): told("float"); return 2.5
    def __repr__(self): told("float repr"); return "loudfloat"
    def __sub__(self, other): told("sub"); return float(self) - other

class LoudStr(str):
    def __repr__(self): told("str repr"); return "loudstr"
    def __str__(self): told("str str"); return "x"

class Colour(enum.Enum):
    RED = 1

@dataclasses.dataclass
class Config:
    lr: float = 0.1
    loud: object = None
    @property
    def costly(self): told("costly"); return 1

class Silent(Exception):
    def __str__(self): return "silent"

class Broken(Exception):
    def __str__(self): raise RuntimeError("no message")

@contextlib.contextmanager
def managed():
    told("enter")
    try:
        yield 2.5
    finally:
        told("exit")

def counted(n):
    for i in range(n):
        told("next")
        yield i

async def later(x):
    await asyncio.sleep(0)
    return x

def uses_globals():
    return (a, cfg)

a, b, cfg = 1, 0.5, {"lr": 0.1, "deep": {"n": 3}}
xs, loop = [1, 2, 3], []
loop.append(loop)
'''

_NAMES = ("a", "b", "c", "cfg", "xs", "f", "w", "_h")

_ATOMS = (
    *("0", "1", "-3", "True", "None", "0.5", "-1e-300", "'text'", "b'bytes'", "...", "2j"),
    *("float('nan')", "float('inf')", "10**400", "2**62", "'é\\ud800'", "'x' * 5000", "''"),
    *("[]", "[1, [2, [3]]]", "(1,)", "{1, 2}", "frozenset({1})", "{'k': 1, 'm': {'n': 'x'}}"),
    *("{1: 2}", "{'password': 'p', 'n': 1}", "dict(lr=0.1, n=2)", "range(5)", "slice(1)"),
    *(
        "Loud()",
        "Hostile()",
        "Lying()",
        "Odd()",
        "Odd",
        "[Loud()]",
        "{'k': Loud()}",
        "(Hostile(),)",
    ),
    *("LoudList([1, 2])", "LoudDict(k=1)", "LoudFloat(2)", "LoudStr('y')", "Config()"),
    *("Config(0.2, Loud())", "Colour.RED", "types.SimpleNamespace(lr=1, w=Loud())", "counted(3)"),
    *(
        "iter([1, 2])",
        "(x for x in [1])",
        "functools.partial(told, 'p')",
        "lambda: a",
        "uses_globals",
    ),
    *(
        "loop",
        "EVENTS",
        "type('T', (), {})()",
        "random.random()",
        "io.StringIO('x')",
        "len",
        "random",
    ),
    *("Config", "managed()", "told", "'ghp_' + 'a1' * 18", "memoryview(b'x')", "object"),
)
_CALLS = (
    *("len(str({0}))", "[{0}]", "({0}, {1})", "{{'k': {0}}}", "{0} if {1} is None else {0}"),
    *("type({0}).__name__", "[x for x in [{0}, {1}]]", "{{x: 1 for x in 'ab'}}", "({0}, {1})[0]"),
    *(
        "(lambda q={0}: q)()",
        "sum([1, 2])",
        "max(1, 2)",
        "str(1) + 'x'",
        "f'{{1:>3}}'",
        "next(counted(2))",
    ),
    *("a + 1", "a / 2", "not a", "a < b", "cfg['lr']", "cfg.get('lr')", "xs[0]", "xs[-1:]"),
    *("[y := 3, y]", "uses_globals()", "round(random.random(), 6)", "{1} is None", "id({0}) == 0"),
)
_SIMPLE = (
    *("{n} = {e}", "{n}: object = {e}", "{n} = {m} = {e}", "{n}, {m} = {e}, {e2}", "{n} += 1"),
    *("{n} *= 2", "{n}, *{m} = [{e}, {e2}]", "del {n}", "cfg['lr'] = {e}", "cfg = dict(cfg)"),
    *("xs.append({e})", "({n} := {e})", "pass", "print('out', 1)", "print({n})", "global {n}"),
    *("print('err', file=sys.stderr)", "assert [{e}]", "import math as {n}"),
    *(
        "from math import pi as {n}",
        "EVENTS.clear()",
        "random.seed(3)",
        "{n} = {n}",
        "told('cell')",
    ),
    *(
        "sys.stdout.write('w')",
        "{n}.attr = {e}",
        "[print(x) for x in 'ab']",
        "{n} = await later({e})",
    ),
    *(
        "{m} = get_ipython().run_cell('{n} = 1').success",
        "%precision 3",
        "%who_ls",
        "{n} = %pwd",
        "import this_is_none",
    ),
)
_RAISING = (
    *(
        "1 / 0",
        "raise ValueError('bad')",
        "raise Silent",
        "raise Broken",
        "undefined_name",
        "xs[9]",
    ),
    *(
        "raise KeyboardInterrupt",
        "raise SystemExit('bye')",
        "assert False, 'no'",
        "[][1]",
        "{e}.nothing",
    ),
    *("raise ValueError('password=hunter2 x=1')", "raise RuntimeError('a') from OSError('b')"),
    *("raise ExceptionGroup('g', [ValueError(1)])", "raise BaseException('base')"),
)
_BLOCKS = (
    "if [{e}]:\n{body}\nelse:\n{body2}",
    "for {n} in [1, 2]:\n{body}",
    "for {n} in counted(2):\n{body}\nelse:\n{body2}",
    "while True:\n{body}\n    break",
    "try:\n{body}\nexcept Exception as {n}:\n{body2}",
    "try:\n{body}\nfinally:\n{body2}",
    "with managed() as {n}:\n{body}",
    "with contextlib.suppress(Exception):\n{body}",
    "def f(x={e}, *args, **kw):\n{body}\n    return x",
    "def f():\n    global {n}\n{body}\nf()",
    "async def f():\n{body}\n    return 1\nawait f()",
    "class f:\n    lr = 0.1\n    def m(self):\n        return a\n{body}",
    "@functools.lru_cache\ndef f(x=1):\n    return x\nf()",
    "match {e}:\n  case [{n}, *_]:\n{body}\n  case {{'k': {m}}}:\n{body2}\n  case _:\n    pass",
)
_LAST = (
    *("{e}", "{n}", "{e};", "display({e})", "{e}  # shown", "{{'auc': 0.5, 'by': {{'f1': {e}}}}}"),
    *("await later({e})", "None", "cfg", "a", "print({e})", "{n}.mean()"),
)

names = st.sampled_from(_NAMES)


@st.composite
def expressions(draw: st.DrawFn) -> str:
    """Return an expression; names are used as often as values."""
    if draw(st.integers(0, 3)) == 0:
        call = draw(st.sampled_from(_CALLS))
        return call.format(draw(st.sampled_from(_ATOMS)), draw(names))
    return draw(st.sampled_from(_ATOMS) | names)


def _filled(draw: st.DrawFn, template: str, body: str = "", body2: str = "") -> str:
    values = {
        "n": draw(names),
        "m": draw(names),
        "e": draw(expressions()),
        "e2": draw(expressions()),
    }
    return template.format(**values, body=body, body2=body2)


@st.composite
def statements(draw: st.DrawFn, depth: int = 0) -> str:
    """Return one statement; blocks hold more of them."""
    kind = draw(st.integers(0, 9))
    if kind < 6 or depth > 1:
        return _filled(draw, draw(st.sampled_from(_SIMPLE)))
    if kind == 6:
        return _filled(draw, draw(st.sampled_from(_RAISING)))
    bodies = [_indented(draw(statements(depth=depth + 1))) for _ in range(2)]
    return _filled(draw, draw(st.sampled_from(_BLOCKS)), *bodies)


def _indented(text: str) -> str:
    # A magic or a statement of the module cannot stand in a block.
    plain = "pass" if text.startswith(("%", "global")) or "= %" in text else text
    return "\n".join("    " + line for line in plain.split("\n"))


@st.composite
def cells(draw: st.DrawFn) -> str:
    """Return the code of a cell: statements, and often an expression that it shows."""
    lines = draw(st.lists(statements(), min_size=1, max_size=5))
    if draw(st.booleans()):
        lines.append(_filled(draw, draw(st.sampled_from(_LAST))))
    head = ["%%capture cap"] if draw(st.integers(0, 19)) == 0 else []
    return "\n".join([*head, *lines])


notebooks: SearchStrategy[list[str]] = st.lists(cells(), min_size=1, max_size=3)
