"""Proves what ``%%track`` records of a cell, in a real shell."""

from __future__ import annotations

import subprocess
import sys

import pytest

from mlops_lab.core.records import (
    CellCaptured,
    MetricLogged,
    ParamLogged,
    RunFinished,
    RunStarted,
    TagSet,
    WarningNoted,
)
from mlops_lab.kernel import magics

from .spool_reader import of_kind, read_records


def magics_of(shell):
    return shell.magics_manager.registry["TrackMagics"]


def params(folder) -> dict[str, tuple[str, str]]:
    return {record.name: (record.value, record.origin) for record in of_kind(folder, ParamLogged)}


def numbers(folder) -> dict[str, float]:
    return {record.name: float(record.value) for record in of_kind(folder, MetricLogged)}


def test_a_tracked_cell_is_one_run_with_all_that_it_did(shell, spool_dir):
    shell.run_cell("alpha = 0.5\nunused = 1")
    source = '%%track "Läufe 1" -e späť -t owner=Ada\ndepth = 3\nscore = alpha * depth\nscore'
    result = shell.run_cell(source, store_history=True, cell_id="cell-a")
    assert result.result == 1.5
    records = read_records(spool_dir)
    assert [record.seq for record in records] == list(range(1, len(records) + 1))
    assert {record.run_id for record in records} == {records[0].run_id}
    started = records[0]
    # Facets that are made in the background may follow the end.
    (ended,) = of_kind(spool_dir, RunFinished)
    assert isinstance(started, RunStarted)
    assert (started.name, started.experiment, started.cell_id) == ("Läufe 1", "späť", "cell-a")
    assert (ended.status, ended.primary_metric, ended.error) == ("finished", "score", None)
    assert started.started_at <= ended.ended_at
    assert [cell.source for cell in of_kind(spool_dir, CellCaptured)] == [source]
    assert params(spool_dir) == {"alpha": ("0.5", "read"), "depth": ("3", "assigned")}
    assert numbers(spool_dir) == {"score": 1.5}
    assert [(t.name, t.value) for t in of_kind(spool_dir, TagSet)] == [("owner", "Ada")]


def test_each_execution_is_a_run(shell, spool_dir):
    for _ in range(3):
        shell.run_cell("%%track\nx = 1")
    assert len({record.run_id for record in of_kind(spool_dir, RunStarted)}) == 3
    assert len(of_kind(spool_dir, RunFinished)) == 3


def test_an_untracked_cell_leaves_nothing(shell, spool_dir):
    shell.run_cell("x = 1\nx")
    shell.run_cell("text = '''\n%%track\n'''")
    assert not spool_dir.exists()


def test_options_give_params(shell, spool_dir, capsys):
    shell.run_cell("import collections\nrate = 0.1\nodd = collections.Counter()")
    shell.run_cell(
        "%%track -p rate -p size=12 -p kind=deep --param mode='a b' -p raet -p odd\nx = 1"
    )
    assert params(spool_dir) == {
        "rate": ("0.1", "option"),
        "size": ("12", "option"),
        "kind": ("'deep'", "option"),
        "mode": ("'a b'", "option"),
        "x": ("1", "assigned"),
    }
    told = capsys.readouterr().err.splitlines()
    assert told == [
        "MLOps Lab: The param 'raet' was not stored: there is no such name. Did you mean 'rate'?",
        "MLOps Lab: The param 'odd' was not stored: a Counter is no simple value.",
    ]
    assert [f"MLOps Lab: {record.text}" for record in of_kind(spool_dir, WarningNoted)] == told


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("--exprment x", "unknown option '--exprment'. Did you mean '--experiment'?"),
        ("-x", "unknown option '-x'. Known: --autolog, --energy, --experiment"),
        ("-e", "argument -e/--experiment: expected one argument"),
        ("one two", "a run has one name; 'one' and 'two' were given. Put it in quotes."),
        ('"one', "No closing quotation"),
        ("-t owner", "the tag 'owner' has no value. Write --tag owner=VALUE."),
        ("-p =3", "A param needs a name"),
        ("n" * 300, "The limit is 250 characters"),
    ],
)
def test_a_bad_line_is_one_clear_error_and_the_cell_does_not_run(
    shell, spool_dir, capsys, line, message
):
    result = shell.run_cell(f"%%track {line}\nran = True")
    assert not result.success
    assert "ran" not in shell.user_ns
    assert not spool_dir.exists()
    told = capsys.readouterr()
    assert message in told.err
    assert told.err.count("\n") == 1
    assert "Traceback" not in told.err + told.out


def test_primary_metric_is_the_option_then_the_last_computed_then_the_last_logged(
    shell, spool_dir, capsys
):
    shell.run_cell("%%track -m a\na = 1 + 1\nb = 2 + 2")
    shell.run_cell("%%track\nlab.log_metric('loss', 1)\na = 1 + 1\nb = 2 + 2")
    shell.run_cell("%%track\nlab.log_metric('loss', 1)\nlab.log_metric('auc', 1)")
    shell.run_cell("%%track\npass")
    shell.run_cell("%%track -m acu\nlab.log_metric('auc', 1)")
    found = [record.primary_metric for record in of_kind(spool_dir, RunFinished)]
    assert found == ["a", "b", "auc", None, "acu"]
    assert "no metric 'acu'. Did you mean 'auc'?" in capsys.readouterr().err


def test_a_failing_cell_is_a_failed_run_with_what_it_did(shell, spool_dir, capsys):
    result = shell.run_cell("%%track\nn = 2\nhalf = n / 4\n{}['key']\nnever = n * 2")
    assert isinstance(result.error_in_exec, KeyError)
    ended = of_kind(spool_dir, RunFinished)[0]
    assert ended.status == "failed"
    assert (ended.error.name, ended.error.message) == ("KeyError", "'key'")
    assert "line 4" in ended.error.traceback
    assert "\x1b" not in ended.error.traceback
    assert params(spool_dir)["n"] == ("2", "assigned")
    assert numbers(spool_dir) == {"half": 0.5}


def test_the_traceback_of_an_earlier_cell_is_not_taken(shell, spool_dir, capsys):
    shell._last_traceback = ["ValueError: of an earlier cell"]
    shell.run_cell("%%track\n%nosuchmagic")
    error = of_kind(spool_dir, RunFinished)[0].error
    assert error.name == "UsageError"
    assert "ValueError" not in error.traceback


def test_numbers_of_an_earlier_run_are_no_metrics_of_a_failed_one(shell, spool_dir):
    shell.run_cell("%%track\nfail = []\nauc = 0.5 + 0.25\nif fail: 1 / 0")
    shell.run_cell("fail = [1]")
    shell.run_cell("%%track\n1 / 0\nauc = 0.5 + 0.25")
    runs = [record.run_id for record in of_kind(spool_dir, RunStarted)]
    found = [record.run_id for record in of_kind(spool_dir, MetricLogged) if record.name == "auc"]
    assert found == [runs[0]]


def test_a_syntax_error_is_a_failed_run(shell, spool_dir):
    result = shell.run_cell("%%track\nx = = 1")
    assert isinstance(result.error_before_exec, SyntaxError)
    assert of_kind(spool_dir, RunFinished)[0].error.name == "SyntaxError"


def test_nested_cells_belong_to_the_run_around_them(shell, spool_dir):
    inner = "%%track inner\\nlab.log_metric('inner', 1)"
    shell.run_cell(
        f"%%track outer\nget_ipython().run_cell('')\nget_ipython().run_cell('y = 1')\n"
        f"get_ipython().run_cell({inner!r}.encode().decode('unicode_escape'))\n"
        "lab.log_metric('outer', 2)"
    )
    shell.run_cell("%%track after\nlab.log_metric('after', 3)")
    names = {record.run_id: record.name for record in of_kind(spool_dir, RunStarted)}
    assert list(names.values()) == ["outer", "after"]
    found = [(names[r.run_id], r.name) for r in of_kind(spool_dir, MetricLogged)]
    assert found == [("outer", "inner"), ("outer", "outer"), ("after", "after")]
    assert [r.status for r in of_kind(spool_dir, RunFinished)] == ["finished", "finished"]


@pytest.mark.parametrize(
    ("cell", "metric"),
    [
        ("auc = 0.5 * 2\nbest = max(best, auc)", {"auc": 1.0, "best": 1.0}),
        ("best += 0.5", {"best": 0.75}),
        ("best: float = best * 2", {"best": 0.5}),
    ],
)
def test_a_name_that_is_read_and_then_computed_is_param_and_metric(shell, spool_dir, cell, metric):
    shell.run_cell("best = 0.25")
    shell.run_cell(f"%%track\n{cell}")
    assert params(spool_dir) == {"best": ("0.25", "read")}
    assert numbers(spool_dir) == metric
    assert of_kind(spool_dir, RunFinished)[0].primary_metric == "best"


def test_the_same_cell_gives_the_same_run_when_it_runs_again(shell, spool_dir):
    cell = "%%track\ndef f():\n    return found * 2\nfound = 0.5 * 3\nz = f()"
    for _ in range(2):
        shell.run_cell(cell)
    first, second = (r.run_id for r in of_kind(spool_dir, RunStarted))
    logged = of_kind(spool_dir, MetricLogged)
    names = [[r.name for r in logged if r.run_id == run_id] for run_id in (first, second)]
    assert names == [["found", "z"], ["found", "z"]]
    assert of_kind(spool_dir, ParamLogged) == []


@pytest.mark.parametrize("magic", ["%%capture", "%%capture out", "%%time"])
def test_a_body_that_fails_inside_a_magic_is_a_failed_run(shell, spool_dir, capsys, magic):
    shell.run_cell(f"%%track\n{magic}\n1/0")
    ended = of_kind(spool_dir, RunFinished)[0]
    assert ended.status == "failed"
    assert ended.error is not None
    assert ended.error.name == "ZeroDivisionError"


def test_a_cell_that_runs_another_and_goes_on_is_no_failure(shell, spool_dir, capsys):
    shell.run_cell("%%track\nr = get_ipython().run_cell('1/0')\nok = r.success")
    assert of_kind(spool_dir, RunFinished)[0].status == "finished"


def test_a_cell_run_by_an_untracked_cell_is_a_run(shell, spool_dir):
    shell.run_cell("get_ipython().run_cell('%%track inner\\na = 1 + 1')")
    assert [record.name for record in of_kind(spool_dir, RunStarted)] == ["inner"]
    assert numbers(spool_dir) == {"a": 2.0}


@pytest.mark.parametrize("head", ["%%track\n%%time", "%%track\n\n%%capture out", "%%time\n%%track"])
def test_other_cell_magics_nest(shell, spool_dir, capsys, head):
    result = shell.run_cell(f"{head}\nn = 4\ndouble = n * 2")
    assert result.success
    assert params(spool_dir) == {"n": ("4", "assigned")}
    assert numbers(spool_dir) == {"double": 8.0}


def test_a_cell_of_another_language_is_tracked_without_params(shell, spool_dir, capfd):
    shell.run_cell("%%track\n%%bash\necho hello")
    assert "hello" in capfd.readouterr().out
    assert of_kind(spool_dir, RunFinished)[0].status == "finished"


def test_line_magics_and_await_work(shell, spool_dir, capsys):
    source = (
        "%%track\n%precision 3\nimport asyncio\nfound = !echo one\nv = await asyncio.sleep(0, 7)"
    )
    result = shell.run_cell(source)
    assert result.success
    assert shell.user_ns["found"] == ["one"]
    assert numbers(spool_dir) == {"v": 7.0}


def test_a_body_of_one_line_is_treated_as_a_cell_of_one_line(shell, spool_dir):
    shell.run_cell("%%track\nautomagic_is_on = 1")
    assert (
        shell.transform_cell("%%track\ncd") == "# %%track\nget_ipython().run_line_magic('cd', '')\n"
    )
    assert shell.transform_cell("cd") == "get_ipython().run_line_magic('cd', '')\n"


@pytest.mark.parametrize(
    "body", ["\n\n  x = 1\n  y = x\n", ">>> x = 1\n>>> y = x", "\n%time x = 1\n\ny = x", "", "\n\n"]
)
def test_the_rest_is_transformed_as_if_it_stood_alone(shell, body):
    plain = shell.transform_cell(body).strip()
    tracked = shell.transform_cell(f"%%track\n{body}")
    assert tracked.startswith("# %%track\n")
    assert tracked.removeprefix("# %%track\n").strip() == plain


def test_whether_a_cell_is_complete_can_be_asked(shell):
    assert shell.check_complete("%%track --bad\nx = 1")[0] == "incomplete"
    assert shell.check_complete("%%track\nx = 1\n\n")[0] == "complete"


def test_help_and_listing_know_the_magic(shell, capsys):
    shell.run_cell("%%track?")
    shell.run_cell("%lsmagic")
    told = capsys.readouterr().out
    assert "--experiment" in told
    assert "%%track" in told


def test_programs_may_call_the_magic(shell, spool_dir, capsys):
    shell.run_cell_magic("track", "by-hand", "z = 1 + 1")
    with pytest.raises(ZeroDivisionError):
        shell.run_cell_magic("track", "", "1 / 0")
    assert [r.status for r in of_kind(spool_dir, RunFinished)] == ["finished", "failed"]


def test_status_tells_how_tracking_is(shell, spool_dir, capsys):
    shell.run_cell("%track status")
    assert "Nothing has been tracked" in capsys.readouterr().out
    shell.run_cell("%%track first\nx = 1")
    shell.run_cell("%track status")
    told = capsys.readouterr().out
    assert str(spool_dir) in told
    assert "mlops-lab sync" in told
    assert "Last run: first (" in told
    shell.run_cell("%track stauts")
    assert "unknown word 'stauts'. Did you mean 'status'?" in capsys.readouterr().err


def test_loading_gives_lab_unless_the_user_has_one(shell):
    import mlops_lab

    assert shell.user_ns["lab"] is mlops_lab
    assert "lab" in shell.user_ns_hidden
    magics.unload(shell)
    assert "track" not in shell.magics_manager.magics["cell"]
    assert "%%track" in shell.transform_cell("%%track\nx = 1").replace("_magic('", "%%")
    shell.user_ns["lab"] = "mine"
    magics.load(shell)
    magics.load(shell)
    assert shell.user_ns["lab"] == "mine"
    assert shell.input_transformers_cleanup.count(magics_of(shell).transform) == 1


def test_a_fault_of_ours_is_one_line_and_the_cell_runs(shell, spool_dir, capsys):
    # A namespace whose values break when they are looked at stands for any fault of ours.
    class Broken(dict):
        def get(self, *_):
            raise RuntimeError("fault")

    shell.user_ns_hidden = Broken()
    result = shell.run_cell("old = 1\n")
    result = shell.run_cell("%%track\nnew = old\nnew + 1")
    assert result.result == 2
    told = capsys.readouterr().err
    assert told == (
        "MLOps Lab: a fault of its own while capturing (params) (RuntimeError); "
        "the cell is not affected.\n"
    )
    assert of_kind(spool_dir, RunFinished)[0].status == "finished"


def test_loading_is_light():
    code = (
        "import sys, IPython.core.interactiveshell, IPython.core.magic_arguments\n"
        "from IPython.core.interactiveshell import InteractiveShell\n"
        "shell = InteractiveShell.instance()\n"
        "shell.run_line_magic('load_ext', 'mlops_lab')\n"
        "heavy = {'numpy', 'pandas', 'sqlalchemy', 'papermill', 'tornado', 'jupyter_server'}\n"
        "print(sorted(heavy & set(sys.modules)))\n"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"
