"""Owns the content of what MLflow's client is told in a kernel: tags of a run, and its experiment."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from mlops_lab.core.facets import GitState
from mlops_lab.core.mlflowtags import CELL_ID, EXECUTION, KERNEL_ID, NOTEBOOK_PATH, OWN_RUN
from mlops_lab.core.secrets import mask_text

from .capture.gitcommand import Git
from .capture.gitstate import Repository, find_repository, read_state
from .display import note
from .session import Session, process_session

_FLUSH_S = 5.0


def context_tags(*, max_diff: int) -> dict[str, str]:
    """Return the tags that say where a run of MLflow's client is opened.

    The run of the cell is delivered first, so that the server knows it when it is named.
    """
    session = process_session()
    origin = session.find_origin()
    tags = {"mlflow.user": origin.user}
    if origin.notebook_file:
        tags |= {
            "mlflow.source.name": origin.notebook_file,
            "mlflow.source.type": "NOTEBOOK",
            NOTEBOOK_PATH: origin.notebook_file,
        }
    if origin.kernel_id:
        tags[KERNEL_ID] = origin.kernel_id
    cell_id = _cell_id(session)
    if cell_id:
        tags[CELL_ID] = cell_id
    run = session.runs.current()
    if run is not None:
        session.flush(timeout=_FLUSH_S)
        tags |= {OWN_RUN: run.run_id, EXECUTION: _execution(session)}
    return tags | _git_tags(max_diff)


def _cell_id(session: Session) -> str | None:
    """Return the cell that is running, also where the extension has not been loaded."""
    found = session.place().cell_id
    if found:
        return found
    from IPython.core.getipython import get_ipython

    get_parent = getattr(get_ipython(), "get_parent", None)
    metadata: Any = (get_parent() or {}).get("metadata", {}) if get_parent is not None else {}
    cell_id = metadata.get("cellId") if isinstance(metadata, dict) else None
    return cell_id if isinstance(cell_id, str) else None


def _execution(session: Session) -> str:
    place = session.place()
    return f"{os.getpid()}-{place.history_position}-{place.execution_count}"


def _git_tags(max_diff: int) -> dict[str, str]:
    if "git" in process_session().switches.off:
        return {}
    git = Git()
    try:
        repository = find_repository(git, _folder()) if git.exists() else None
        if not isinstance(repository, Repository):
            return {}
        return _tags_of(read_state(git, repository), max_diff)
    except OSError as error:
        note(f"The state of git was not told to MLflow: {error}")
        return {}


def _tags_of(state: GitState, max_diff: int) -> dict[str, str]:
    diff = mask_text(state.diff)
    tags = {
        "mlflow.source.git.commit": state.commit,
        "mlflow.source.git.branch": state.branch,
        "mlflow.source.git.repoURL": state.remote,
        "mlflow.source.git.dirty": "true" if state.dirty else "false",
        "mlflow.source.git.diff": diff[:max_diff],
    }
    return {name: value for name, value in tags.items() if value}


def _folder() -> str:
    file = process_session().find_origin().notebook_file
    folder = Path(file).parent if file else Path()
    return str(folder if folder.is_dir() else Path.cwd())


def experiment_name() -> str:
    """Return the name of the experiment into which this notebook's tracked cells go."""
    return process_session().opener.experiment_for(None)


def experiment_id(name: str) -> str:
    """Return the id of an experiment, made when it is new."""
    from mlflow.exceptions import MlflowException, RestException
    from mlflow.tracking import MlflowClient

    client = MlflowClient()
    found = client.get_experiment_by_name(name)
    if found is not None:
        return str(found.experiment_id)
    try:
        return str(client.create_experiment(name))
    except (MlflowException, RestException):
        # Another kernel made it meanwhile.
        found = client.get_experiment_by_name(name)
        if found is None:
            raise
        return str(found.experiment_id)
