"""Holds the command line to its page, its help, its exit status and its one line of error."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
import typer

from mlops_lab.cli import make_app
from mlops_lab.core.errors import NotFoundError

from .conftest import Answer

Cli = Callable[..., Answer]

PAGE = Path(__file__).parents[2] / "docs" / "user" / "command-line.md"


def walk(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    children = getattr(command, "commands", {})
    if not children:
        yield path, command
    for name, child in children.items():
        yield from walk(child, (*path, name))


def all_commands() -> list[tuple[tuple[str, ...], Any]]:
    return list(walk(typer.main.get_command(make_app())))


@pytest.mark.parametrize(
    ("path", "command"), all_commands(), ids=[" ".join(path) for path, _ in all_commands()]
)
def test_every_command_and_option_is_documented(path: tuple[str, ...], command: Any) -> None:
    section = (
        PAGE.read_text().partition(f"\n### `mlops-lab {' '.join(path)}")[2].partition("\n#")[0]
    )
    assert section, f"{PAGE} has no section for {' '.join(path)}"
    for parameter in command.params:
        is_shown = parameter.param_type_name == "option" and not parameter.hidden
        names = parameter.opts if is_shown else ()
        for name in names:
            assert f"`{name}" in section, f"{' '.join(path)}: {name}"


def test_options_of_the_whole_are_documented() -> None:
    for parameter in typer.main.get_command(make_app()).params:
        assert f"`{parameter.opts[0]}`" in PAGE.read_text()


def test_every_listing_and_show_has_json() -> None:
    for path, command in all_commands():
        if path != ("worker",):
            assert any("--json" in parameter.opts for parameter in command.params), path


def test_the_version(cli: Cli) -> None:
    assert cli("--version").out == f"{version('mlops-lab')}\n"


def test_an_unknown_command_names_the_nearest(cli: Cli) -> None:
    answer = cli("runs", "lst")
    assert answer.code == 2
    assert "list" in answer.err


def test_an_error_is_one_line_and_debug_shows_where(cli: Cli) -> None:
    answer = cli("runs", "show", "ffff")
    assert (answer.code, answer.out) == (1, "")
    assert answer.err.count("\n") == 1
    with pytest.raises(NotFoundError):
        cli("--debug", "runs", "show", "ffff")


def test_a_fault_of_ours_is_no_traceback_either(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError("by zero")

    monkeypatch.setattr("mlops_lab.commands.runlists.print_json", fail)
    answer = cli("runs", "list", "--json")
    assert answer.code == 1
    assert "Unexpected ZeroDivisionError: by zero." in answer.err
    with pytest.raises(ZeroDivisionError):
        cli("--debug", "runs", "list", "--json")


def test_help_loads_neither_the_store_nor_jupyter() -> None:
    code = (
        "import sys; from mlops_lab.cli import make_app; make_app()\n"
        "print(sorted({'sqlalchemy', 'jupyter_server', 'nbformat', 'papermill', 'IPython'}"
        " & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_a_closed_pipe_ends_quietly() -> None:
    script = f"{sys.executable} -m mlops_lab.cli --help | true"
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr


def test_every_json_field_is_documented() -> None:
    from mlops_lab.core import celldiff, comparison, jobs, tracking

    page = PAGE.read_text().partition("\n## JSON")[2]
    structs = [
        tracking.RunPage, tracking.RunSummary, tracking.Run, tracking.Param, tracking.Tag,
        tracking.MetricSummary, tracking.MetricSeries, tracking.MetricPoint, tracking.Cell,
        tracking.ErrorInfo, tracking.JobLink, comparison.Comparison, comparison.ComparedRow,
        comparison.ComparedMetric, comparison.CodeDiff, celldiff.DiffLine, celldiff.CellsDiff,
        celldiff.CellDiff, celldiff.Rename, celldiff.LiteralChange, tracking.SyncReport, jobs.DefinitionList,
        jobs.Definition, jobs.Revision, jobs.Parameter, jobs.ScheduleList, jobs.Schedule,
        jobs.JobPage, jobs.Job, jobs.FailingCell, jobs.JobLog,
    ]  # fmt: skip
    for struct in structs:
        assert any(
            all(f"`{name}`" in line for name in struct.__struct_fields__)
            for line in page.splitlines()
        ), struct
