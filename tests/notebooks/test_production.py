"""Shows the production form of notebooks full of traps, also under plain papermill without us."""

from __future__ import annotations

import copy
from collections.abc import Callable

import nbformat
import pytest
from nbformat import NotebookNode

from mlops_lab.core.jobs import Parameter
from mlops_lab.core.kernelenv import cell_digest
from mlops_lab.notebooks.literals import find_literals
from mlops_lab.notebooks.production import Production, make_production

Make = Callable[..., NotebookNode]
Run = Callable[..., NotebookNode]


def produce(notebook: NotebookNode, *names: str, **edited: object) -> Production:
    """Promote the named literals, with the edited defaults in place of what is written."""
    chosen = [
        Parameter(
            name=literal.name,
            type=literal.type,
            default=edited.get(literal.name, literal.value),
            comment=literal.comment,
        )
        for literal in find_literals(notebook).found
        if literal.name in {*names, *edited}
    ]
    assert {parameter.name for parameter in chosen} == {*names, *edited}
    before = copy.deepcopy(notebook)
    production = make_production(notebook, parameters=chosen, record={"definition": "demo"})
    assert notebook == before
    nbformat.validate(production.notebook)
    return production


def sources(production: Production) -> list[str]:
    return [cell.source for cell in production.notebook.cells]


def stdout(notebook: NotebookNode) -> str:
    return "".join(
        output.text
        for cell in notebook.cells
        if cell.cell_type == "code"
        for output in cell.outputs
        if output.output_type == "stream" and output.name == "stdout"
    )


def test_a_parameters_cell_comes_first_and_the_literals_leave_their_cells(
    make_notebook: Make,
) -> None:
    notebook = make_notebook(
        "import math",
        "%%track\n# How fast it learns.\nrate = 1e-3  # step size\nseed = 7\nloss = rate * seed",
    )
    notebook.cells.insert(0, nbformat.v4.new_markdown_cell("# Title"))
    production = produce(notebook, "rate", "seed")
    assert sources(production) == [
        "# Title",
        "rate: float = 1e-3  # step size\nseed: int = 7",
        "import math",
        "# How fast it learns.\nloss = rate * seed",
    ]
    first = production.notebook.cells[1]
    assert first.metadata.tags == ["parameters"]
    assert production.tracked_cells == [cell_digest(sources(production)[3])]


def test_edited_defaults_are_the_defaults(make_notebook: Make) -> None:
    notebook = make_notebook("rate = 0.10\nname = 'a'\nsize = [1,\n  2]  # both\nflag = None")
    production = produce(notebook, "size", rate=0.5, name='it\'s "new"\n#', flag=None)
    assert sources(production)[0].split("\n", 2) == [
        "rate: float = 0.5",
        "name: str = 'it\\'s \"new\"\\n#'",
        "size: list = [1,\n  2]  # both\nflag: None = None",
    ]


@pytest.mark.parametrize(
    ("source", "left"),
    [
        ("a = 1; b = f(a); c = 2", "b = f(a)"),
        ("a = 1; b = f(a); c = 2  # why", "b = f(a)  # why"),
        ("x = f(); a = 1; c = 2;", "x = f();"),
        ("a = 1; c = 2  # both", None),
        ("a: int = 1 # one\nx = '#'; c = 2 ;y = 3", "x = '#'; y = 3"),
        ("a = (\n  1\n)  # one\nc = 2\n\nx = a", "x = a"),
        ("é = 'ü'; a = 1; ß = é\nc = 2", "é = 'ü'; ß = é"),
        ("x = 1 \\\n  if y else 2; a = 1; c = 2", "x = 1 \\\n  if y else 2"),
        ("# above\na = 1\n# between\nc = 2\n# below", "# above\n# between\n# below"),
        ("if x:\n    y = 1\na = 1\nc = 2\n", "if x:\n    y = 1\n"),
        ("x = 1\r\na = 1\r\nc = 2\r\ny = 2", "x = 1\r\ny = 2"),
        (
            "%matplotlib inline\na = 1\n!echo it's\nc = 2\nx = !ls",
            "%matplotlib inline\n!echo it's\nx = !ls",
        ),
    ],
)
def test_statements_are_cut_out_and_the_rest_stays_as_it_was(
    make_notebook: Make, source: str, left: str | None
) -> None:
    production = produce(make_notebook("first()", source), "a", "c")
    assert sources(production)[0].startswith("a: int = ")
    assert sources(production)[2:] == ([] if left is None else [left])


def test_derived_lines_go_below_an_existing_parameters_cell(make_notebook: Make) -> None:
    notebook = make_notebook(
        "import math", ("# Settings.\na = 2\ntwice = a * 2\nb = 'x'", ["parameters", "keep"]), "b"
    )
    production = produce(notebook, "a", "b")
    assert sources(production) == [
        "import math",
        "a: int = 2\nb: str = 'x'",
        "# Settings.\ntwice = a * 2",
        "b",
    ]
    declared = production.notebook.cells[1]
    assert (declared.id, declared.metadata.tags) == ("cell-2", ["parameters", "keep"])
    assert any("derived" in note for note in production.notes)


def test_comments_of_an_existing_parameters_cell_stay_in_it(make_notebook: Make) -> None:
    production = produce(make_notebook(("# Settings.\na = 2", ["parameters"]), "a"), "a")
    assert sources(production) == ["# Settings.\na: int = 2", "a"]


def test_a_parameter_that_an_earlier_cell_needs_is_declared_before_it(make_notebook: Make) -> None:
    notebook = make_notebook("path = 'x'\nload(path)", ("a = 2\nb = a", ["parameters"]))
    production = produce(notebook, "path", "a")
    assert sources(production) == ["path: str = 'x'\na: int = 2", "load(path)", "b = a"]
    tags = [cell.metadata.get("tags", []) for cell in production.notebook.cells]
    assert tags == [["parameters"], [], []]


def test_below_what_may_bind_anything_parameters_stand_as_late_as_is_valid(
    make_notebook: Make,
) -> None:
    notebook = make_notebook(
        "import os", "from math import *", "x = pi", "print(a)", "a = 2\nb = a"
    )
    production = produce(notebook, "a")
    assert sources(production)[2:] == ["x = pi", "a: int = 2", "print(a)", "b = a"]


def test_a_parameters_cell_above_what_may_bind_anything_keeps_its_place_for_its_own(
    make_notebook: Make,
) -> None:
    notebook = make_notebook(
        "%run one.py", ("a = 2", ["parameters"]), "%run two.py", "b = 3\nb + a"
    )
    assert sources(produce(notebook, "a"))[:2] == ["%run one.py", "a: int = 2"]
    late = produce(notebook, "b")
    assert sources(late)[1:] == ["a = 2", "%run two.py", "b: int = 3", "b + a"]
    assert [cell.metadata.get("tags", []) for cell in late.notebook.cells][1:4] == [
        [],
        [],
        ["parameters"],
    ]


@pytest.mark.parametrize("head", ["%%bash", "%%time", "pip install x"])
def test_a_parameters_cell_that_is_not_plain_python_is_replaced(
    make_notebook: Make, head: str
) -> None:
    production = produce(make_notebook((f"{head}\n# x", ["parameters"]), "a = 1\na"), "a")
    placed = [(c.source, c.metadata.get("tags", [])) for c in production.notebook.cells]
    assert ("a: int = 1", ["parameters"]) in placed
    assert (f"{head}\n# x", []) in placed


@pytest.mark.parametrize(
    ("source", "left"),
    [
        ("%%time\na = 1\nb = a", "%%time\nb = a"),
        ("%%time\n%%track\na = 1\nb = a", "%%time\nb = a"),
        ("%%track\n\n%%capture out\na = 1", "%%capture out\npass"),
        ("%%capture out\n# why\na = 1", "%%capture out\n# why\npass"),
    ],
)
def test_literals_are_cut_out_below_magics_that_run_python(
    make_notebook: Make, source: str, left: str
) -> None:
    production = produce(make_notebook("first()", source), "a")
    assert sources(production)[0] == "a: int = 1"
    assert sources(production)[2:] == [left]
    assert production.tracked_cells == ([cell_digest(left)] if "%%track" in source else [])


def test_only_the_wanted_cells_are_tracked(make_notebook: Make) -> None:
    notebook = make_notebook("%%track\na = f(1)", "%%track\nb = f(2)")
    production = make_production(notebook, parameters=[], record={}, tracked=[1])
    assert sources(production) == ["a = f(1)", "b = f(2)"]
    assert production.tracked_cells == [cell_digest("b = f(2)")]
    assert any("Only the cell of the run" in note for note in production.notes)
    assert len(produce(notebook).tracked_cells) == 2


def test_a_default_keeps_the_words_of_the_literal_only_if_it_is_the_same(
    make_notebook: Make,
) -> None:
    notebook = make_notebook("a = [1]\nb = 0.0\nc: float = 1\nd = 1_000")
    production = produce(notebook, "c", "d", a=[True], b=-0.0)
    assert (
        sources(production)[0] == "a: list = [True]\nb: float = -0.0\nc: float = 1\nd: int = 1_000"
    )


def test_a_tracked_parameters_cell_stays_tracked_below(make_notebook: Make) -> None:
    notebook = make_notebook(("%%track\na = 2\nscore = a * 2", ["parameters"]))
    production = produce(notebook, "a")
    assert sources(production) == ["a: int = 2", "score = a * 2"]
    assert production.tracked_cells == [cell_digest("score = a * 2")]


def test_our_magics_go_and_others_stay(make_notebook: Make) -> None:
    notebook = make_notebook(
        "%load_ext mlops_lab",
        "%load_ext autoreload\n%reload_ext mlops_lab\nload_ext mlops_lab\nt = '''\n%load_ext mlops_lab\n'''",
        "if True:\n    %load_ext mlops_lab\n    %track on\n    %runs auc\n    %compare ab12 cd34",
        "\n%%track baseline --metric auc\nauc = 1.0",
        "%%time\n%%track\nauc = 2.0",
        "%%bash\n%load_ext mlops_lab\na=1",
        "%%track\n%%bash\n%%track\nls",
    )
    production = produce(notebook)
    assert sources(production) == [
        "%load_ext autoreload\nt = '''\n%load_ext mlops_lab\n'''",
        "if True:\n    pass\n    pass\n    pass\n    pass",
        "\nauc = 1.0",
        "%%time\nauc = 2.0",
        "%%bash\n%load_ext mlops_lab\na=1",
        "%%bash\n%%track\nls",
    ]
    assert production.tracked_cells == [
        cell_digest(source) for source in sources(production)[2:] if "a=1" not in source
    ]


def test_outputs_go_and_ids_stay(make_notebook: Make) -> None:
    notebook = make_notebook("a = 1", "print(a)")
    notebook.cells[1].outputs = [nbformat.v4.new_output("stream", text="/home/ada")]
    notebook.cells[1].execution_count = 9
    notebook.cells[1].metadata["execution"] = {"iopub.execute_input": "2026-01-01T00:00:00Z"}
    notebook.metadata["widgets"] = {"application/vnd.jupyter.widget-state+json": {}}
    notebook.metadata["papermill"] = {"input_path": "/home/ada/x.ipynb"}
    production = produce(notebook, "a")
    text = nbformat.writes(production.notebook)
    assert "/home/ada" not in text
    assert [cell.id for cell in production.notebook.cells] == ["parameters", "cell-2"]
    assert production.notebook.cells[1].execution_count is None
    assert production.notebook.metadata.kernelspec == notebook.metadata.kernelspec
    assert production.notebook.metadata.mlops_lab == {"definition": "demo"}


def test_what_papermill_injected_is_left_out(make_notebook: Make) -> None:
    notebook = make_notebook(("a = 1", ["parameters"]), ("a = 5", ["injected-parameters"]), "a")
    production = produce(notebook, "a")
    assert sources(production) == ["a: int = 1", "a"]


def test_a_new_cell_never_takes_an_id_that_is_there(make_notebook: Make) -> None:
    notebook = make_notebook("a = 1", "lab.log_metric('x', a)")
    notebook.cells[1]["id"] = "parameters"
    production = produce(notebook, "a")
    ids = [cell.id for cell in production.notebook.cells]
    assert ids == ["parameters-2", "mlops-lab-guard", "parameters"]


def test_traps_run_under_plain_papermill_without_the_package(
    make_notebook: Make, papermill_without_us: Run
) -> None:
    notebook = make_notebook(
        "%load_ext mlops_lab",
        (
            "# Settings\na = 2  # 'quoted' # twice\ntwice = a * 2\ntitle = \"it's # 1\"",
            ["parameters"],
        ),
        "from mlops_lab import log_metric\nimport mlops_lab as tracker",
        "%%bash\na=9\necho bash $a",
        "%%track first\né = 0.5; ü = é * a; names: list = ['x', \"y\"]  # two\n"
        "lab.log_metric('ü', ü, step=1)\ntracker.log_param('n', 1)\nlog_metric('x', 2)",
        "%%capture\nprint('hidden')",
        "import inspect, traceback\ninspect.getmodule(inspect.stack()[0][0])\n"
        "print(a, twice, title, é, ü, names)",
        kernelspec=False,
    )
    production = produce(notebook, "a", "title", "é", "names")
    assert stdout(papermill_without_us(production.notebook)) == (
        "bash 9\n2 4 it's # 1 0.5 1.0 ['x', 'y']\n"
    )
    executed = papermill_without_us(production.notebook, "-p", "a", "10", "-p", "title", "new")
    assert stdout(executed) == "bash 9\n10 20 new 0.5 5.0 ['x', 'y']\n"
    assert production.notebook.cells[0].metadata.tags == ["parameters"]
