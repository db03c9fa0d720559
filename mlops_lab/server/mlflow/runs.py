"""Owns the routes that make, read, end and search runs on the MLflow protocol."""

from __future__ import annotations

from typing import Literal

import msgspec

from mlops_lab.core.ids import new_id
from mlops_lab.core.logged import LoggedParam, LoggedRun, NewClientRun, Shown
from mlops_lab.core.mlflowtags import KERNEL_ID
from mlops_lab.core.query import Trashed
from mlops_lab.core.tracking import RunStatus

from . import checks, shapes
from .errors import invalid, wrong_value
from .experiments import ViewType, find_active, shown_of
from .joining import joined
from .naming import made_up_name
from .ownrun import join_own_run, place_of, stored_tags
from .route import MlflowCall, mlflow_route
from .shapes import RunInfoShape, RunShape
from .wire import Answer, KeyValue, Request

MAX_PAGE = 50_000
MAX_CELLS = 500_000
"""Params, tags and metrics after which a page of runs ends, whatever its length."""

_READ_AT_ONCE = 500
StatusWord = Literal["RUNNING", "SCHEDULED", "FINISHED", "FAILED", "KILLED", 1, 2, 3, 4, 5]
_NUMBERS = {1: "RUNNING", 2: "SCHEDULED", 3: "FINISHED", 4: "FAILED", 5: "KILLED"}


_TRASHED: dict[Shown, Trashed] = {"active": "no", "trashed": "only", "all": "any"}


class CreateRun(Request):
    """A run to be made."""

    experiment_id: str = ""
    user_id: str = ""
    run_name: str = ""
    start_time: int | None = None
    tags: list[KeyValue] = []


class UpdateRun(Request):
    """What to set of a run."""

    run_id: str
    status: StatusWord | None = None
    end_time: int | None = None
    run_name: str | None = None


class RunId(Request):
    """The name of a run."""

    run_id: str


class SearchRuns(Request):
    """What runs are asked for."""

    experiment_ids: list[str] = []
    filter: str = ""
    run_view_type: ViewType | None = None
    max_results: int = 1_000
    order_by: list[str] = []
    page_token: str = ""


class RunAnswer(Answer):
    """One run."""

    run: RunShape


class RunInfoAnswer(Answer):
    """How a run stands."""

    run_info: RunInfoShape


class RunsAnswer(Answer):
    """A page of runs."""

    runs: list[RunShape] = []
    next_page_token: str | None = None


def whole_runs(call: MlflowCall, found: list[LoggedRun]) -> list[RunShape]:
    """Return runs with what went into them and came out."""
    around = joined(call, [one.id for one in found])
    return [
        shapes.run_shape(one, inputs=around[one.id][0], outputs=around[one.id][1]) for one in found
    ]


def find_active_run(call: MlflowCall, run_id: str) -> LoggedRun:
    """Return a run that may be written into."""
    found = call.lab.logged.get_run(run_id)
    if found.trashed_at is not None:
        raise invalid(f"The run {run_id} must be in the 'active' state. Current state is deleted.")
    return found


def _kernel_ids(request: CreateRun) -> list[str]:
    return [tag.value for tag in request.tags if tag.key == KERNEL_ID]


@mlflow_route("POST", "2.0/mlflow/runs/create", kernel_ids=_kernel_ids)
def create_run(call: MlflowCall, request: CreateRun) -> RunAnswer:
    """Make a run, or give back the tracked cell's own when MLflow asks for its first one."""
    experiment = find_active(call, request.experiment_id)
    tags = {tag.key: checks.check_tag(tag.key, tag.value) for tag in request.tags}
    named = tags.get(shapes.RUN_NAME, "")
    if request.run_name and named and request.run_name != named:
        raise invalid(
            "Both 'run_name' argument and 'mlflow.runName' tag are specified, but with "
            f"different values (run_name='{request.run_name}', mlflow.runName='{named}')."
        )
    name = request.run_name or named
    if request.start_time is not None:
        checks.check_time(request.start_time, "start_time")
    own = join_own_run(call, tags, name=name)
    if own is not None:
        return RunAnswer(run=whole_runs(call, [call.lab.logged.get_run(own)])[0])
    place = place_of(call, tags)
    new = NewClientRun(
        experiment_id=experiment.id,
        name=name or made_up_name(),
        user=request.user_id or tags.get(shapes.USER, "") or call.user,
        started_at=request.start_time,
        tags=[LoggedParam(key, value) for key, value in stored_tags(tags).items()],
        parent_run_id=place.parent_run_id,
        notebook_path=place.notebook_path,
        cell_id=place.cell_id,
    )
    made = call.lab.writing.create_run(new, run_id=new_id())
    return RunAnswer(run=whole_runs(call, [call.lab.logged.get_run(made)])[0])


@mlflow_route("POST", "2.0/mlflow/runs/update")
def update_run(call: MlflowCall, request: UpdateRun) -> RunInfoAnswer:
    """Set how a run stands, when it ended, or its name."""
    if request.end_time is not None:
        checks.check_time(request.end_time, "end_time")
    found = find_active_run(call, request.run_id)
    status = None if request.status is None else status_of(request.status)
    if found.source == "client":
        call.lab.writing.update_run(
            found.id,
            status=status,
            ended_at=request.end_time,
            name=request.run_name,
            who=call.user,
        )
    elif request.run_name:
        # The run of a cell or job ends with it: who says so is its kernel or worker.
        call.lab.writing.update_run(found.id, name=request.run_name, who=call.user)
    return RunInfoAnswer(run_info=shapes.info_shape(call.lab.logged.get_run(found.id)))


def status_of(word: object) -> RunStatus:
    """Return the status that a word or number of the protocol means."""
    text = _NUMBERS.get(word, word) if isinstance(word, int) else word
    for status, known in shapes.STATUS_WORDS.items():
        if known == text:
            return status
    raise wrong_value("status", word)


@mlflow_route("GET", "2.0/mlflow/runs/get")
def get_run(call: MlflowCall, request: RunId) -> RunAnswer:
    """Return a run."""
    return RunAnswer(run=whole_runs(call, [call.lab.logged.get_run(request.run_id)])[0])


@mlflow_route("POST", "2.0/mlflow/runs/delete")
def delete_run(call: MlflowCall, request: RunId) -> None:
    """Put a run into the trash with its children; one that is there stays as it is."""
    call.lab.logged.get_run(request.run_id)
    call.lab.trash.put_run(request.run_id, who=call.user)


@mlflow_route("POST", "2.0/mlflow/runs/restore")
def restore_run(call: MlflowCall, request: RunId) -> None:
    """Take a run out of the trash with its children; one that is not there stays as it is."""
    if call.lab.logged.get_run(request.run_id).trashed_at is not None:
        call.lab.trash.restore_run(request.run_id, who=call.user)


@mlflow_route("POST", "2.0/mlflow/runs/search")
def search_runs(call: MlflowCall, request: SearchRuns) -> RunsAnswer:
    """Return a page of runs."""
    if request.max_results > MAX_PAGE:
        raise wrong_value("max_results", request.max_results)
    checks.check_max_results(request.max_results, MAX_PAGE)
    ids, following = _ids(call, request)
    runs: list[RunShape] = []
    cells = 0
    for start in range(0, len(ids), _READ_AT_ONCE):
        some = ids[start : start + _READ_AT_ONCE]
        held = call.lab.logged.get_runs(some)
        runs += whole_runs(call, held)
        cells += sum(len(one.params) + len(one.metrics) + len(one.tags) for one in held)
        reached = some[-1]
        if cells >= MAX_CELLS and reached != ids[-1]:
            # A page may end early: its token says where to go on.
            shorter = msgspec.structs.replace(request, max_results=ids.index(reached) + 1)
            _, following = _ids(call, shorter)
            break
    return RunsAnswer(runs=runs, next_page_token=following)


def _ids(call: MlflowCall, request: SearchRuns) -> tuple[list[str], str | None]:
    return call.lab.tracking.finding.ids(
        filter=request.filter,
        order_by=request.order_by,
        experiment_ids=request.experiment_ids,
        trashed=_TRASHED[shown_of(request.run_view_type)],
        limit=request.max_results,
        page_token=request.page_token or None,
    )
