"""Proves the runs that a call opens: MLflow's names and semantics, in cells, scripts, threads, tasks."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from mlops_lab.core.errors import ConflictError, InvalidInputError, NotFoundError
from mlops_lab.core.records import (
    ArtifactLogged,
    CellCaptured,
    ExperimentSet,
    FacetCaptured,
    MetricLogged,
    ParamLogged,
    RunFinished,
    RunResumed,
    RunStarted,
    TagSet,
)

from .spool_reader import of_kind


def runs(folder) -> dict[str, RunStarted]:
    return {record.name: record for record in of_kind(folder, RunStarted)}


def ends(folder) -> dict[str, str]:
    names = {record.run_id: record.name for record in of_kind(folder, RunStarted)}
    return {names[record.run_id]: record.status for record in of_kind(folder, RunFinished)}


def points(folder) -> list[tuple[str, str, float]]:
    names = {record.run_id: record.name for record in of_kind(folder, RunStarted)}
    found = of_kind(folder, MetricLogged)
    return [(names[point.run_id], point.name, float(point.value)) for point in found]


def good(shell, source: str) -> None:
    shell.run_cell(source).raise_error()


def test_a_block_is_a_run_with_what_was_given(shell, spool_dir):
    good(
        shell,
        "with lab.start_run(run_name='one', experiment_id='exp', tags={'owner': 'ada'},\n"
        "                   description='first try') as run:\n"
        "    lab.log_params({'depth': 3, 'rate': 0.1})\n"
        "    lab.log_metrics({'loss': 0.5, 'auc': 0.9}, step=4)\n"
        "    ids = run.info.run_id, run.run_id, lab.active_run().info.run_id\n"
        "ended = run.info",
    )
    started = runs(spool_dir)["one"]
    assert set(shell.user_ns["ids"]) == {started.run_id}
    ended = shell.user_ns["ended"]
    assert (ended.status, ended.run_name, ended.experiment_id) == ("finished", "one", "exp")
    assert ended.end_time >= ended.start_time
    assert started.parent_run_id is None
    tags = {tag.name: tag.value for tag in of_kind(spool_dir, TagSet)}
    assert tags == {"owner": "ada", "mlflow.note.content": "first try"}
    assert [(p.name, p.step) for p in of_kind(spool_dir, MetricLogged)] == [("loss", 4), ("auc", 4)]
    (cell,) = of_kind(spool_dir, CellCaptured)
    assert cell.source.startswith("with lab.start_run(run_name='one'")
    kinds = {facet.kind for facet in of_kind(spool_dir, FacetCaptured)}
    assert "environment" in kinds


def test_an_exception_in_the_block_fails_the_run_and_goes_on(shell, spool_dir, capsys):
    result = shell.run_cell("with lab.start_run(run_name='bad'):\n    raise ValueError('oh')")
    assert isinstance(result.error_in_exec, ValueError)
    (ended,) = of_kind(spool_dir, RunFinished)
    assert (ended.status, ended.error.name, ended.error.message) == ("failed", "ValueError", "oh")
    shell.run_cell("import sys\nwith lab.start_run(run_name='exit'):\n    sys.exit(0)")
    assert ends(spool_dir)["exit"] == "finished"


def test_a_second_run_needs_nested_and_says_so(shell, spool_dir):
    good(shell, "a = lab.start_run(run_name='a')")
    result = shell.run_cell("lab.start_run(run_name='b')")
    assert isinstance(result.error_in_exec, ConflictError)
    for word in ("'a'", "open already", "nested=True", "lab.end_run()"):
        assert word in str(result.error_in_exec)
    good(shell, "with lab.start_run(run_name='c', nested=True): lab.log_metric('m', 1)")
    good(shell, "lab.log_metric('m', 2)\nlab.end_run()\nnothing = lab.active_run()")
    assert shell.user_ns["nothing"] is None
    found = runs(spool_dir)
    assert found["c"].parent_run_id == found["a"].run_id
    assert points(spool_dir) == [("c", "m", 1.0), ("a", "m", 2.0)]
    assert ends(spool_dir) == {"c": "finished", "a": "finished"}


def test_a_plain_call_stays_open_over_cells_and_ends_with_the_status_that_is_given(
    shell, spool_dir
):
    good(shell, "run = lab.start_run(run_name='long')")
    good(shell, "lab.log_metric('m', 1)")
    good(shell, "%%track cell\nlab.log_metric('m', 2)")
    good(shell, "lab.log_metric('m', 3)\nlab.end_run('FAILED')\nlab.end_run()")
    assert points(spool_dir) == [("long", "m", 1.0), ("cell", "m", 2.0), ("long", "m", 3.0)]
    assert ends(spool_dir) == {"cell": "finished", "long": "failed"}
    assert runs(spool_dir)["cell"].parent_run_id is None
    result = shell.run_cell("lab.end_run('DONE')")
    assert isinstance(result.error_in_exec, InvalidInputError)


def test_a_loop_in_a_tracked_cell_is_a_run_with_children(shell, spool_dir):
    good(
        shell,
        "%%track search\nfor depth in (2, 4, 8):\n    with lab.start_run():\n"
        "        lab.log_param('depth', depth)\n        lab.log_metric('score', depth / 10)\n"
        "lab.log_metric('best', 0.8)",
    )
    found = runs(spool_dir)
    parent = found.pop("search")
    assert list(found) == ["search.1", "search.2", "search.3"]
    assert {child.parent_run_id for child in found.values()} == {parent.run_id}
    assert {child.experiment for child in found.values()} == {parent.experiment}
    depths = {p.run_id: p.value for p in of_kind(spool_dir, ParamLogged) if p.name == "depth"}
    assert [depths[child.run_id] for child in found.values()] == ["2", "4", "8"]
    assert ("search", "best", 0.8) in points(spool_dir)


def test_parent_and_nested_options_of_the_magic(shell, spool_dir):
    good(shell, "run = lab.start_run(run_name='outer')")
    good(shell, "%%track inner --nested\nx = 1")
    good(shell, "outer_id = run.run_id\nlab.end_run()")
    parent = shell.user_ns["outer_id"]
    good(shell, f"%%track later --parent {parent[-8:]}\nx = 1")
    found = runs(spool_dir)
    assert found["inner"].parent_run_id == parent
    assert found["later"].parent_run_id == parent


def test_a_parent_that_is_not_found_is_told_and_the_cell_is_tracked(shell, spool_dir, capsys):
    good(shell, "%%track orphan --parent 0badc0de\nx = 1")
    assert "The run has no parent:" in capsys.readouterr().err
    assert runs(spool_dir)["orphan"].parent_run_id is None


def test_a_run_goes_on_by_its_id(shell, spool_dir):
    good(
        shell,
        "with lab.start_run(run_name='again') as run:\n    lab.log_metric('m', 1)\n"
        "    lab.log_param('p', 1)",
    )
    good(shell, "with lab.start_run(run_id=run.run_id):\n    lab.log_metric('m', 2)")
    assert [(p.value, p.step) for p in of_kind(spool_dir, MetricLogged)] == [(1.0, 0), (2.0, 1)]
    assert len(of_kind(spool_dir, RunStarted)) == 1
    assert len(of_kind(spool_dir, RunResumed)) == 1
    assert [r.status for r in of_kind(spool_dir, RunFinished)] == ["finished", "finished"]
    result = shell.run_cell("with lab.start_run(run_id=run.run_id):\n    lab.log_param('p', 2)")
    assert isinstance(result.error_in_exec, ConflictError)


def test_an_unknown_run_is_an_error(shell, spool_dir):
    result = shell.run_cell("lab.start_run(run_id='feed0000')")
    assert isinstance(result.error_in_exec, NotFoundError)


def test_timestamps_are_kept(shell, spool_dir):
    moment = datetime(2024, 5, 1, 12, tzinfo=UTC)
    shell.user_ns["moment"] = moment
    good(
        shell,
        "%%track\nlab.log_metric('m', 1, timestamp=1_700_000_000_123)\n"
        "lab.log_metric('m', 2, 7, timestamp=moment)",
    )
    found = [(p.time, p.step) for p in of_kind(spool_dir, MetricLogged)]
    assert found == [(1_700_000_000_123, 0), (round(moment.timestamp() * 1000), 7)]
    result = shell.run_cell("%%track\nlab.log_metric('m', 1, timestamp='now')")
    assert isinstance(result.error_in_exec, InvalidInputError)


def test_folds_are_a_series_with_mean_and_spread(shell, spool_dir):
    good(shell, "%%track\nlab.log_folds('auc', [0.5, 0.7, 0.9])")
    found = {(p.name, p.step): p.value for p in of_kind(spool_dir, MetricLogged)}
    assert [found["auc", fold] for fold in range(3)] == [0.5, 0.7, 0.9]
    assert found["auc.mean", 0] == pytest.approx(0.7)
    assert found["auc.std", 0] == pytest.approx(0.2)
    assert of_kind(spool_dir, RunFinished)[0].primary_metric == "auc.mean"
    for bad in ("[]", "3", "['a']"):
        result = shell.run_cell(f"%%track\nlab.log_folds('auc', {bad})")
        assert isinstance(result.error_in_exec, InvalidInputError)


def test_an_experiment_has_its_primary_metric_once(shell, spool_dir):
    good(shell, "found = lab.set_experiment('flights', primary_metric='rmse')")
    assert shell.user_ns["found"].direction == "min"
    good(shell, "%%track\nx = 1")
    good(shell, "%%track -m auc:max -e other\nauc = 1 / 2")
    good(shell, "%%track\nx = 1")
    assert [r.experiment for r in of_kind(spool_dir, RunStarted)] == ["flights", "other", "flights"]
    found = [(r.name, r.primary_metric, r.direction) for r in of_kind(spool_dir, ExperimentSet)]
    assert found == [("flights", "rmse", "min"), ("other", "auc", "max")]
    result = shell.run_cell("lab.set_experiment('x', primary_metric='a', direction='maxx')")
    assert "Did you mean 'max'" in str(result.error_in_exec)


def test_files_are_kept_once_by_their_content(shell, spool_dir, tmp_path):
    (tmp_path / "folder" / "sub").mkdir(parents=True)
    (tmp_path / "folder" / "sub" / "a.txt").write_text("same")
    shell.user_ns["folder"] = str(tmp_path / "folder")
    good(
        shell,
        "import pandas as pd\nwith lab.start_run():\n    lab.log_text('same', 'notes/n.txt')\n"
        "    lab.log_dict({'a': [1, None]}, 'd.json')\n    lab.log_artifacts(folder, 'in')\n"
        "    lab.log_artifact(folder + '/sub/a.txt')\n"
        "    lab.log_table(pd.DataFrame({'x': [1, 2]}), 't.json')\n"
        "    lab.log_table({'x': [1, 2]}, 't.csv')",
    )
    found = {a.path: a for a in of_kind(spool_dir, ArtifactLogged)}
    assert list(found) == ["notes/n.txt", "d.json", "in/sub/a.txt", "a.txt", "t.json", "t.csv"]
    same = {found[name].digest for name in ("notes/n.txt", "in/sub/a.txt", "a.txt")}
    assert len(same) == 1
    assert (spool_dir / "files" / same.pop()).read_text() == "same"
    table = (spool_dir / "files" / found["t.json"].digest).read_text()
    assert table == '{"columns":["x"],"data":[[1],[2]]}'
    assert found["t.csv"].media_type == "text/csv"
    for call in ("log_text('x', '../up')", "log_artifact('no-such-file')", "log_text(3, 'a')"):
        result = shell.run_cell(f"with lab.start_run():\n    lab.{call}")
        assert isinstance(result.error_in_exec, InvalidInputError | NotFoundError)


def test_figures_are_kept_in_the_format_of_their_name(shell, spool_dir):
    good(
        shell,
        "import plotly.graph_objects as go\nwith lab.start_run():\n"
        "    lab.log_figure(go.Figure(go.Scatter(y=[1, 2])), 'curve.html')\n"
        "    lab.log_figure(go.Figure(go.Scatter(y=[1, 2])), 'curve.json')",
    )
    html, text = of_kind(spool_dir, ArtifactLogged)
    assert (html.media_type, text.media_type) == ("text/html", "application/json")
    result = shell.run_cell("with lab.start_run():\n    lab.log_figure(object(), 'x.png')")
    assert isinstance(result.error_in_exec, InvalidInputError)


def test_tasks_that_wait_for_one_another_keep_their_runs_apart(shell, spool_dir):
    good(
        shell,
        "%%track parent\nimport asyncio\n"
        "async def trial(n):\n    with lab.start_run(run_name=f't{n}'):\n"
        "        for step in range(3):\n            await asyncio.sleep(0)\n"
        "            lab.log_metric('m', n)\n"
        "        with lab.start_run(run_name=f't{n}.inner', nested=True):\n"
        "            await asyncio.sleep(0)\n            lab.log_metric('inner', n)\n"
        "_ = await asyncio.gather(*(trial(n) for n in range(3)))\nlab.log_metric('all', 1)",
    )
    found = runs(spool_dir)
    assert {found[f"t{n}"].parent_run_id for n in range(3)} == {found["parent"].run_id}
    for n in range(3):
        assert found[f"t{n}.inner"].parent_run_id == found[f"t{n}"].run_id
    expected = sorted(
        [(f"t{n}", "m", float(n)) for n in range(3)] * 3
        + [(f"t{n}.inner", "inner", float(n)) for n in range(3)]
        + [("parent", "all", 1.0)]
    )
    assert sorted(points(spool_dir)) == expected


def test_threads_open_children_of_the_run_in_which_they_were_started(shell, spool_dir):
    good(
        shell,
        "%%track parent\nfrom concurrent.futures import ThreadPoolExecutor\n"
        "def trial(n):\n    with lab.start_run(run_name=f't{n}'):\n        lab.log_metric('m', n)\n"
        "        lab.log_metric('m', n)\n"
        "with ThreadPoolExecutor(3) as pool:\n    _ = list(pool.map(trial, range(6)))",
    )
    found = runs(spool_dir)
    assert {found[f"t{n}"].parent_run_id for n in range(6)} == {found["parent"].run_id}
    assert sorted(points(spool_dir)) == sorted([(f"t{n}", "m", float(n)) for n in range(6)] * 2)


def test_a_thread_that_outlives_its_cell_logs_into_the_run_of_that_cell(shell, spool_dir):
    good(
        shell,
        "%%track first\nimport threading\ngo = threading.Event()\n"
        "def late():\n    go.wait(30)\n    lab.log_metric('late', 1)\n"
        "thread = threading.Thread(target=late)\nthread.start()",
    )
    good(shell, "%%track second\ngo.set()\nthread.join()\nlab.log_metric('own', 2)")
    assert points(spool_dir) == [("first", "late", 1.0), ("second", "own", 2.0)]
