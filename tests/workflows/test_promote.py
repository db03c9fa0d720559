"""Shows promotion of runs and notebooks on a real store."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode

from mlops_lab.core.errors import (
    ConflictError,
    InvalidInputError,
    LabError,
    LimitError,
    NotFoundError,
)
from mlops_lab.core.ids import new_id
from mlops_lab.core.jobs import NewSchedule, Parameter, Promotion, PromotionDraft
from mlops_lab.core.kernelenv import cell_digest
from mlops_lab.core.records import (
    Batch,
    CellCaptured,
    ParamLogged,
    RunFinished,
    RunStarted,
    SpoolHeader,
)
from mlops_lab.core.settings import Settings
from mlops_lab.core.tracking import JobLink, NewRun, Param
from mlops_lab.lab import Lab
from mlops_lab.workflows.promote import draft, promote

TRAIN = "%%track\nrate = 0.1  # step size\nseed = 7\nloss = rate * seed * SCALE"


@pytest.fixture
def lab(settings: Settings) -> Iterator[Lab]:
    with Lab.open(settings) as opened:
        yield opened


@pytest.fixture
def notebook_file(tmp_path: Path) -> Path:
    notebook = nbformat.v4.new_notebook()
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "P", "language": "python"}
    notebook.cells = [
        nbformat.v4.new_markdown_cell("# Title", id="title"),
        nbformat.v4.new_code_cell("%load_ext mlops_lab\nSCALE = 2", id="load"),
        nbformat.v4.new_code_cell(TRAIN, id="train"),
        nbformat.v4.new_code_cell("folder = 'out'\nprint(loss)", id="show"),
    ]
    path = tmp_path / "my train.ipynb"
    nbformat.write(notebook, path)
    return path


@pytest.fixture
def add_run(lab: Lab, notebook_file: Path) -> Callable[..., str]:
    """Store a run as a kernel would have recorded it."""

    def add(
        source: str = TRAIN,
        *,
        cell_id: str | None = "train",
        name: str = "my train [1]",
        params: tuple[tuple[str, str], ...] = (("rate", "0.1"), ("seed", "7"), ("SCALE", "3")),
    ) -> str:
        run = new_id()
        records = [
            RunStarted(
                1, run, name, "my train", "notebook", "ada", 1_000,
                str(notebook_file), cell_id, None, "python3", None, None,
            ),
            CellCaptured(2, run, source, cell_id, 1),
        ]  # fmt: skip
        for number, (key, value) in enumerate(params, 3):
            origin = "read" if key.isupper() else "assigned"
            records.append(ParamLogged(number, run, key, value, origin))
        records.append(RunFinished(len(records) + 1, run, "finished", 2_000, 1_000, None, None))
        header = SpoolHeader(new_id(), "host", 1, 1.0)
        lab.tracking.ingest(Batch(spool=header, records=records))
        return run

    return add


def chosen(proposal: PromotionDraft) -> list[Parameter]:
    return [
        Parameter(name=p.name, type=p.type, default=p.value, comment=p.comment)
        for p in proposal.parameters
        if p.chosen
    ]


def production(lab: Lab, name: str, number: int = 1) -> NotebookNode:
    definition = lab.jobs.get_definition(name)
    content = lab.jobs.read_revision_notebook(definition.id, number)
    return nbformat.reads(content.decode(), as_version=4)


def test_a_draft_proposes_the_params_of_the_run(lab: Lab, add_run: Callable[..., str]) -> None:
    run = add_run()
    proposal = draft(lab, run_id=run)
    assert (proposal.name, proposal.run_id, proposal.kernel_name) == ("my train", run, "python3")
    found = {p.name: (p.type, p.value, p.chosen, p.comment) for p in proposal.parameters}
    assert found == {
        "SCALE": ("int", 3, True, ""),
        "rate": ("float", 0.1, True, "step size"),
        "seed": ("int", 7, True, ""),
        "folder": ("str", "out", False, ""),
    }
    assert all(p.reason for p in proposal.parameters)
    assert proposal.existing_revision is None
    assert proposal.warnings == ["The lines %%track and %load_ext mlops_lab were taken out."]


def test_a_draft_of_a_notebook_uses_its_newest_run(
    lab: Lab, add_run: Callable[..., str], notebook_file: Path
) -> None:
    assert draft(lab, notebook_file=notebook_file).run_id is None
    add_run()
    newest = add_run(params=(("seed", "9"),))
    proposal = draft(lab, notebook_file=notebook_file)
    assert proposal.run_id == newest
    assert {p.name: p.value for p in proposal.parameters if p.chosen} == {"seed": 9}


def test_without_a_run_the_literals_of_the_tracked_cell_are_chosen(
    lab: Lab, notebook_file: Path
) -> None:
    proposal = draft(lab, notebook_file=notebook_file, notebook_path="some/my train.ipynb")
    assert proposal.notebook_path == "some/my train.ipynb"
    assert {p.name: p.value for p in proposal.parameters if p.chosen} == {"rate": 0.1, "seed": 7}


def test_a_name_that_was_given_to_the_run_is_in_the_proposed_name(
    lab: Lab, add_run: Callable[..., str]
) -> None:
    assert draft(lab, run_id=add_run(name="deep")).name == "my train deep"


def test_promotion_makes_a_revision_and_leaves_the_notebook_alone(
    lab: Lab, add_run: Callable[..., str], notebook_file: Path
) -> None:
    before = (notebook_file.read_bytes(), notebook_file.stat().st_mtime_ns)
    run = add_run()
    parameters = [
        Parameter(name="seed", type="int", default=11),
        Parameter(name="rate", type="float", default=1, comment="how\nfast"),
    ]
    definition = promote(
        lab, Promotion(name="Nightly ☾", parameters=parameters, run_id=run), user="ada"
    )
    assert (notebook_file.read_bytes(), notebook_file.stat().st_mtime_ns) == before
    revision = definition.revision
    assert (definition.name, revision.number, revision.created_by) == ("Nightly ☾", 1, "ada")
    assert (revision.source_run_id, revision.kernel_name) == (run, "python3")
    assert (revision.working_dir, definition.schedule) == (str(notebook_file.parent), None)
    notebook = production(lab, "Nightly ☾")
    assert [cell.source for cell in notebook.cells] == [
        "# Title",
        "rate: float = 1.0  # how fast\nseed: int = 11",
        "SCALE = 2",
        "loss = rate * seed * SCALE",
        "folder = 'out'\nprint(loss)",
    ]
    assert notebook.metadata.mlops_lab == {"definition": "Nightly ☾", "source_run_id": run}
    again = promote(lab, Promotion(name="Nightly ☾", parameters=parameters, run_id=run), user="ada")
    assert (again.id, again.revision.number) == (definition.id, 2)
    assert draft(lab, run_id=run).existing_revision is None


def test_tracked_cells_are_named_by_what_papermill_executes(
    lab: Lab, add_run: Callable[..., str]
) -> None:
    run = add_run()
    definition = promote(
        lab, Promotion(name="x", parameters=chosen(draft(lab, run_id=run)), run_id=run), user="ada"
    )
    with lab.store.read() as cx:
        stored = cx.exec_driver_sql("SELECT tracked_cells FROM revision").scalar_one()
    assert json.loads(stored) == [cell_digest("loss = rate * seed * SCALE")]
    assert draft(lab, run_id=run, notebook_file=None).existing_revision is None
    assert definition.revision.warnings == [
        "The lines %%track and %load_ext mlops_lab were taken out."
    ]


@pytest.mark.parametrize("cell_id", ["train", None])
def test_the_source_of_the_run_wins_over_a_cell_that_was_changed(
    lab: Lab, add_run: Callable[..., str], cell_id: str | None
) -> None:
    run = add_run(TRAIN.replace("seed * SCALE", "seed * SCALE * 5"), cell_id=cell_id)
    proposal = draft(lab, run_id=run)
    assert any("not in the notebook file as the run executed it" in w for w in proposal.warnings)
    assert any("by its source" in w for w in proposal.warnings) == (cell_id is None)
    promote(lab, Promotion(name="x", parameters=chosen(proposal), run_id=run), user="ada")
    assert production(lab, "x").cells[2].source == "loss = rate * seed * SCALE * 5"


def test_a_cell_that_is_gone_is_put_at_the_end(lab: Lab, add_run: Callable[..., str]) -> None:
    run = add_run("%%track\nimport this\nzen = len(this.s)", cell_id="gone", params=())
    proposal = draft(lab, run_id=run)
    assert any("put at the end" in warning for warning in proposal.warnings)
    promote(lab, Promotion(name="x", parameters=[], run_id=run), user="ada")
    assert production(lab, "x").cells[-1].source == "import this\nzen = len(this.s)"


def test_a_cell_that_lost_its_magic_on_disk_stays_tracked(
    lab: Lab, add_run: Callable[..., str], notebook_file: Path
) -> None:
    notebook = nbformat.read(notebook_file, as_version=4)
    notebook.cells[2].source = TRAIN.removeprefix("%%track\n")
    nbformat.write(notebook, notebook_file)
    proposal = draft(lab, run_id=add_run())
    assert not any("no %%track cell" in warning for warning in proposal.warnings)


def test_a_notebook_without_a_tracked_cell_is_warned_of(lab: Lab, tmp_path: Path) -> None:
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("a = 1\nprint(a)")])
    path = tmp_path / "plain.ipynb"
    nbformat.write(notebook, path)
    proposal = draft(lab, notebook_file=path)
    assert [w for w in proposal.warnings if "no %%track cell" in w]
    assert [(p.name, p.chosen) for p in proposal.parameters] == [("a", False)]


def test_secrets_and_names_assigned_twice_are_not_proposed(
    lab: Lab, add_run: Callable[..., str], notebook_file: Path
) -> None:
    notebook = nbformat.read(notebook_file, as_version=4)
    notebook.cells[1].source += "\napi_key = 'abc'\nmax_tokens = 5"
    notebook.cells[3].source += "\nseed = 8"
    nbformat.write(notebook, notebook_file)
    proposal = draft(lab, run_id=add_run())
    assert [p.name for p in proposal.parameters] == ["SCALE", "max_tokens", "rate", "folder"]
    assert any(w.startswith("api_key looks like a secret") for w in proposal.warnings)
    assert any("seed was a param" in w and "more than once" in w for w in proposal.warnings)


def nothing_is_left(lab: Lab) -> bool:
    return not lab.jobs.list_definitions().definitions and not lab.jobs.list_schedules().schedules


@pytest.mark.parametrize(
    ("name", "given", "expected"),
    [
        ("x", Parameter("sed", "int", 1), (InvalidInputError, "Did you mean 'seed'?")),
        ("x", Parameter("seed", "int", "many"), (InvalidInputError, "'seed'")),
        ("x", Parameter("seed", "int", default=True), (InvalidInputError, "'seed'")),
        ("x", Parameter("rate", "float", float("nan")), (InvalidInputError, "JSON")),
        ("  ", None, (LimitError, "needs a name")),
        ("x", NewSchedule("0 25 * * *", "UTC"), (InvalidInputError, "25")),
        ("x", NewSchedule("0 6 * * *", "Europe/Berln"), (InvalidInputError, "Berlin")),
    ],
)
def test_what_is_refused_leaves_nothing_behind(
    lab: Lab,
    add_run: Callable[..., str],
    name: str,
    given: Parameter | NewSchedule | None,
    expected: tuple[type[LabError], str],
) -> None:
    order = Promotion(
        name=name,
        parameters=[given] if isinstance(given, Parameter) else [],
        run_id=add_run(),
        schedule=given if isinstance(given, NewSchedule) else None,
    )
    error, words = expected
    with pytest.raises(error) as raised:
        promote(lab, order, user="ada")
    assert words in str(raised.value)
    assert nothing_is_left(lab)


def test_a_parameter_that_is_given_twice_is_refused(lab: Lab, add_run: Callable[..., str]) -> None:
    twice = [Parameter("seed", "int", 1), Parameter("seed", "int", 2)]
    with pytest.raises(InvalidInputError, match="twice"):
        promote(lab, Promotion(name="x", parameters=twice, run_id=add_run()), user="ada")
    assert nothing_is_left(lab)


def test_a_schedule_comes_with_the_revision(lab: Lab, add_run: Callable[..., str]) -> None:
    order = Promotion(
        name="x",
        parameters=[],
        run_id=add_run(),
        schedule=NewSchedule(cron="0 6 * * 1", timezone="Europe/Berlin"),
    )
    definition = promote(lab, order, user="ada")
    assert definition.schedule is not None
    assert (definition.schedule.cron, definition.schedule.timezone) == (
        "0 6 * * 1",
        "Europe/Berlin",
    )


def test_a_run_of_a_job_is_in_production_already(lab: Lab) -> None:
    link = JobLink(
        job_id=new_id(),
        definition_id=new_id(),
        definition_name="x",
        revision=1,
        source_run_id=new_id(),
    )
    run = lab.tracking.open_run(
        NewRun(name="r", experiment="e", user="ada", params=[Param("a", "1", "injected")], job=link)
    )
    with pytest.raises(ConflictError, match=str(link.source_run_id)):
        draft(lab, run_id=run)


def test_a_notebook_that_went_away_is_named(
    lab: Lab, add_run: Callable[..., str], notebook_file: Path
) -> None:
    run = add_run()
    notebook_file.unlink()
    with pytest.raises(NotFoundError, match=r"my train\.ipynb"):
        draft(lab, run_id=run)
    with pytest.raises(InvalidInputError, match="Nothing was named"):
        draft(lab)
    with pytest.raises(NotFoundError):
        draft(lab, run_id="0" * 32)
