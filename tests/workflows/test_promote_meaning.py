"""Holds promotion to the meaning of notebooks: each runs as written, and then in production form.

Every notebook leaves a ``result``. It must be the same in the production form with the parameters
that the draft of its real run chooses, and with each literal on its own as the only parameter. A
literal that was edited in the text must do what the same value does as a parameter.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import nbformat
import pytest

from mlops_lab.core.jobs import Parameter, Promotion
from mlops_lab.core.settings import DATA_DIR, make_settings
from mlops_lab.lab import Lab
from mlops_lab.notebooks.literals import find_literals
from mlops_lab.notebooks.parameters import check_parameters
from mlops_lab.notebooks.production import make_production
from mlops_lab.notebooks.read import read_notebook
from mlops_lab.workflows.promote import draft, promote

from .shells import LOAD, Order, run_in_shells, write_notebook

HELPERS = {
    "binds_n.py": "n = 99\nscale = 2\n",
    "harmless.py": "scale = 2\n",
    "reads_n.py": "seen = n\n",
}


class Case(msgspec.Struct, frozen=True):
    """A notebook: what its draft chooses, and the text and value of one literal that is edited."""

    cells: tuple[str, ...]
    chosen: frozenset[str]
    edit: tuple[str, str, Any] | None = None


def case(*cells: str, chosen: str = "", edit: tuple[str, str, Any] | None = None) -> Case:
    return Case(cells, frozenset(chosen.split()), edit)


CASES = {
    "plain": case(
        "import math",
        "%%track\nn = 3  # how many\nresult = [n, math.pi]",
        chosen="n",
        edit=("n", "n = 3", 5),
    ),
    "read_from_above": case(
        "n = 3\nm = 4", "%%track\nresult = n * 2", chosen="n", edit=("n", "n = 3", 7)
    ),
    "derived": case(
        "n = 3\ntwice = n * 2", "%%track\nresult = [n, twice]", chosen="n", edit=("n", "n = 3", 4)
    ),
    "bound_twice": case("n = 3\nfirst = n\nn = 4", "%%track\nresult = [first, n]"),
    "augmented": case("n = 3\nn += 1", "%%track\nresult = n"),
    "loop_target": case("n = 3\nfor n in range(2): pass", "%%track\nresult = n"),
    "global_in_function": case(
        "n = 3\ndef f():\n    global n\n    n = 9\nf()", "%%track\nresult = n"
    ),
    "star_import_before": case(
        "from binds_n import *", "%%track\nn = 3\nresult = [n, scale]", chosen="n",
        edit=("n", "n = 3", 6),
    ),
    "star_import_after": case("n = 3", "from binds_n import *", "%%track\nresult = n", chosen="n"),
    "star_import_in_the_same_cell": case(
        "from binds_n import *\nn = 3", "%%track\nresult = [n, scale]"
    ),
    "star_import_behind_it_in_the_same_cell": case(
        "n = 3\nfrom binds_n import *", "%%track\nresult = n", chosen="n"
    ),
    "star_import_of_a_library": case(
        "from math import *", "%%track\ne = 3.0\nresult = e * pi", chosen="e",
        edit=("e", "e = 3.0", 1.5),
    ),
    "star_import_between": case(
        "m = 1", "from binds_n import *", "%%track\nn = 3\nk = 4\nresult = [m, n, k]", chosen="n k"
    ),
    "run_before": case("%run binds_n.py", "%%track\nn = 3\nresult = [n, scale]", chosen="n"),
    "run_after": case("n = 3", "%run binds_n.py", "%%track\nresult = [n, scale]", chosen="n"),
    "run_reads": case(
        "n = 3", "%run -i reads_n.py", "%%track\nresult = [n, seen]", chosen="n",
        edit=("n", "n = 3", 8),
    ),
    "exec_before": case("exec('n = 99')", "%%track\nn = 3\nresult = n", chosen="n"),
    "exec_adds_later": case("n = 3", "exec('n = n + 1')", "%%track\nresult = n", chosen="n"),
    "globals_before": case("globals()['n'] = 99", "%%track\nn = 3\nresult = n", chosen="n"),
    "globals_asked": case(
        "had = 'n' in globals()", "%%track\nn = 3\nresult = [had, n]", chosen="n"
    ),
    "function_with_exec": case(
        "def f():\n    globals()['n'] = 99", "f()", "%%track\nn = 3\nresult = n", chosen="n"
    ),
    "method_with_exec": case(
        "class C:\n    def __init__(self):\n        exec('global n; n = 99')",
        "C()", "%%track\nn = 3\nresult = n", chosen="n",
    ),
    "walrus_in_eval": case("eval('(n := 99)')", "%%track\nn = 3\nresult = n", chosen="n"),
    "setattr_on_main": case(
        "import sys\nsetattr(sys.modules['__main__'], 'n', 99)", "%%track\nn = 3\nresult = n",
        chosen="n",
    ),
    "user_namespace": case(
        "get_ipython().user_ns['n'] = 99", "%%track\nn = 3\nresult = n", chosen="n"
    ),
    "pushed": case("get_ipython().push({'n': 99})", "%%track\nn = 3\nresult = n", chosen="n"),
    "line_magic_as_a_call": case(
        "get_ipython().run_line_magic('run', 'binds_n.py')", "%%track\nn = 3\nresult = n",
        chosen="n",
    ),
    "bash_out": case("%%bash --out n\necho 99", "n = 3", "%%track\nresult = n"),
    "script_out": case("%%script --out n bash\necho 99", "n = 3", "%%track\nresult = n"),
    "capture_name": case(
        "%%capture n\nprint('x')", "n = 3", "%%track\nresult = n"
    ),
    "capture_keeps_its_name": case(
        "%%capture out\nn = 3", "%%track\nresult = [n, out.stdout]", chosen="n",
        edit=("n", "n = 3", 5),
    ),
    "time_line": case("%time n = 99", "n = 3", "%%track\nresult = n"),
    "shell_assignment": case("n = !echo 99", "n = 3", "%%track\nresult = n"),
    "below_time": case(
        "%%track\n%%time\nn = 3\nresult = n * 2", chosen="n", edit=("n", "n = 3", 5)
    ),
    "below_time_alone": case("%%time\nn = 3", "%%track\nresult = n", chosen="n"),
    "timeit_is_its_own_scope": case("n = 3", "%%timeit -n1 -r1\nm = 2", "%%track\nresult = n",
                                    chosen="n"),
    "appended": case(
        "layers = [64]\nlayers.append(32)", "%%track\nresult = list(layers)", chosen="layers",
        edit=("layers", "layers = [64]", [8]),
    ),
    "item_set": case(
        "cfg = {'a': 1}", "cfg['b'] = 2\ncfg.update(c=3)\ndel cfg['a']",
        "%%track\nresult = dict(cfg)", chosen="cfg", edit=("cfg", "cfg = {'a': 1}", {"a": 5, "z": 6}),
    ),
    "changed_in_a_function": case(
        "layers = [1]\ndef grow(x):\n    x.extend(x)", "grow(layers)",
        "%%track\ngrow(layers)\nresult = list(layers)", chosen="layers",
    ),
    "changed_through_another_name": case(
        "rows = [[1], [2]]\nfirst = rows[0]\nfirst += [9]", "%%track\nresult = str(rows)",
        chosen="rows",
    ),
    "list_of_the_tracked_cell": case(
        "%%track\nlayers = [2, 1]\nlayers.sort()\nresult = list(layers)"
    ),
    "several_on_a_line": case(
        "a = 1; b = 2; c = a + b", "%%track\nresult = [a, b, c]", chosen="a b",
        edit=("b", "b = 2", 5),
    ),
    "annotated": case(
        "n: float = 1", "%%track\nresult = f'{n}'", chosen="n"
    ),
    "texts": case(
        "t = 'it\\'s # \"1\"'  # 'x'\nu = ('a'\n  'b')\nv = '''x\ny'''",
        "%%track\nresult = t + u + v", chosen="t u v", edit=("v", "v = '''x\ny'''", "new\n\"'"),
    ),
    "unary_and_none": case(
        "a = -1\nb = None\nc = True\nd = -0.0", "%%track\nresult = [a, b, c, d]", chosen="a b c d"
    ),
    "not_json": case("a = (1, 2)\nb = {1: 2}\nc = b'x'", "%%track\nresult = [a, b, c]"),
    "deleted": case("n = 3\nm = n\ndel n", "%%track\nresult = [m, 'n' in dir()]"),
    "default_of_a_function": case(
        "n = 3\ndef f(x=n):\n    return x", "%%track\nresult = f()", chosen="",
        edit=("n", "n = 3", 5),
    ),
    "read_late_by_a_function": case(
        "def f():\n    return n", "n = 3", "%%track\nresult = f() + n", chosen="n",
        edit=("n", "n = 3", 5),
    ),
    "class_scope": case("n = 3\nclass A:\n    n = 4", "%%track\nresult = [n, A.n]", chosen="n"),
    "comprehension_scope": case(
        "n = 3\nx = [n for n in range(2)]", "%%track\nresult = [n, x]", chosen="n"
    ),
    "try_name_error": case(
        "try:\n    n\nexcept NameError:\n    n = 3", "%%track\nresult = n"
    ),
    "imported_name": case("from binds_n import n", "n = 3", "%%track\nresult = n"),
    "hides_a_builtin": case("size = max(1, 2)\nmax = 3", "%%track\nresult = [size, max]"),
    "automagic": case("run binds_n.py", "%%track\nn = 3\nresult = n", chosen="n"),
    "logging": case(
        "import mlops_lab", "%%track\nn = 3\nmlops_lab.log_metric('m', n)\nresult = n", chosen="n",
        edit=("n", "n = 3", 5),
    ),
    "reset_between": case("n = 3", "%reset -f", "n2 = 5", "result = n2"),
}  # fmt: skip


class Outcome(msgspec.Struct):
    """What became of one notebook: the results of its forms, by the names of their parameters."""

    original: str = ""
    chosen: frozenset[str] = frozenset()
    forms: dict[str, str] = {}
    edited_text: str = ""
    edited_parameter: str = ""


def write_notebooks(folder: Path) -> dict[str, Path]:
    files = {}
    for name, text in HELPERS.items():
        (folder / name).write_text(text)
    for name, one in CASES.items():
        files[name] = write_notebook(folder / f"{name}.ipynb", LOAD, *one.cells)
    return files


def code_of(notebook: Any) -> list[str]:
    return [cell.source for cell in notebook.cells if cell.cell_type == "code"]


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Outcome]:
    """Run everything: two processes, many shells."""
    folder = tmp_path_factory.mktemp("meaning")
    data, files = folder / "lab", write_notebooks(folder)
    orders = [Order([LOAD, *one.cells], files[name]) for name, one in CASES.items()]
    answers = run_in_shells(orders, data=data, folder=folder)
    found = {name: Outcome(original=a) for name, a in zip(CASES, answers, strict=True)}
    settings = make_settings(jupyter_data_dir=folder, environ={DATA_DIR: str(data)})
    forms: list[tuple[str, str, list[str]]] = []
    with Lab.open(settings) as lab:
        lab.tracking.take_in_spools(data / "spool", only_dead=False)
        for name, one in CASES.items():
            forms.extend(forms_of(lab, name, one, files[name], found[name]))
    results = run_in_shells([Order(cells) for _, _, cells in forms], data=data, folder=folder)
    for (name, form, _), result in zip(forms, results, strict=True):
        if form in ("edited_text", "edited_parameter"):
            setattr(found[name], form, result)
        else:
            found[name].forms[form] = result
    return found


def forms_of(
    lab: Lab, name: str, one: Case, file: Path, outcome: Outcome
) -> Iterator[tuple[str, str, list[str]]]:
    proposal = draft(lab, notebook_file=file)
    assert (proposal.run_id is not None) == any("%%track" in source for source in one.cells)
    chosen = [
        Parameter(name=p.name, type=p.type, default=p.value, comment=p.comment)
        for p in proposal.parameters
        if p.chosen
    ]
    outcome.chosen = frozenset(parameter.name for parameter in chosen)
    definition = promote(
        lab, Promotion(name=name, parameters=chosen), user="ada", notebook_file=file
    )
    stored = lab.jobs.read_revision_notebook(definition.id, 1)
    yield name, "chosen", code_of(nbformat.reads(stored.decode(), as_version=4))
    literals = find_literals(read_notebook(file)).found
    for literal in literals:
        value = one.edit[2] if one.edit and one.edit[0] == literal.name else None
        for default, form in ((literal.value, literal.name), (value, "edited_parameter")):
            if default is None and form == "edited_parameter":
                continue
            given = Parameter(name=literal.name, type=literal.type, default=default)
            parameters = check_parameters([given], literals)
            made = make_production(read_notebook(file), parameters=parameters, record={})
            yield name, form, code_of(made.notebook)
    if one.edit is not None:
        edited, text, value = one.edit
        cells = [source.replace(text, f"{edited} = {value!r}") for source in one.cells]
        assert cells != list(one.cells)
        yield name, "edited_text", [LOAD, *cells]


@pytest.mark.parametrize("name", CASES)
def test_production_means_what_the_notebook_means(outcomes: dict[str, Outcome], name: str) -> None:
    outcome = outcomes[name]
    assert not outcome.original.startswith("raised")
    assert outcome.chosen == CASES[name].chosen
    assert outcome.forms == dict.fromkeys(outcome.forms, outcome.original)
    assert set(outcome.forms) >= {"chosen", *CASES[name].chosen}


@pytest.mark.parametrize("name", [name for name, one in CASES.items() if one.edit])
def test_a_parameter_does_what_the_same_value_does_in_the_text(
    outcomes: dict[str, Outcome], name: str
) -> None:
    outcome = outcomes[name]
    assert outcome.edited_text
    assert outcome.edited_parameter == outcome.edited_text
    assert outcome.edited_text != outcome.original
