"""Owns the child process that reads a copy of an Aim repository with Aim's own library.

``python -m mlops_lab.workflows.carrying.aim_reader COPY OUT`` writes ``runs.jsonl``, ``left.jsonl`` and
one ``<hash>.points`` a run into the folder OUT. Aim's databases write where they are read and end with
their process, so it is one of its own.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from mlops_lab.core.clock import Millis
from mlops_lab.core.tracking import RunStatus

from .flat import as_text, flat
from .source import ForeignRun, portions_of

RUNS, LEFT, POINTS = "runs.jsonl", "left.jsonl", ".points"

_SYSTEM = "__system__"
_OTHERS = ("images", "audios", "texts", "distributions", "figures")
_ODD = "images, audio, texts, distributions and figures are not taken"


def read_copy(copy: Path, out: Path) -> None:
    """Write all that is taken of a copy of a repository into a folder."""
    from aim import Repo

    repo: Any = Repo.from_path(str(copy))
    with (out / RUNS).open("wb") as runs, (out / LEFT).open("wb") as left:
        for run_hash in sorted(repo.list_all_runs()):
            try:
                run = _read_run(repo, run_hash, out)
            except Exception as error:  # noqa: BLE001 - one damaged run must not keep the others
                reason = f"Aim cannot read the run ({type(error).__name__})"
                left.write(msgspec.json.encode((reason, run_hash)) + b"\n")
                continue
            runs.write(msgspec.json.encode(run[0]) + b"\n")
            for name in run[1]:
                left.write(msgspec.json.encode((_ODD, f"{run_hash} {name}")) + b"\n")


def _read_run(repo: Any, run_hash: str, out: Path) -> tuple[ForeignRun, list[str]]:
    from aim import Run

    # Before the run is opened, which makes it one that goes on.
    facts = repo.structured_db.find_run(run_hash)
    created_at, ended_at = _millis(facts.created_at) or 0, _millis(facts.finalized_at)
    status: RunStatus = "finished"
    tags = {"mlflow.note.content": facts.description or "", "aim.hash": run_hash}
    tags |= {str(getattr(tag, "name", tag)): "true" for tag in facts.tags}
    experiment = facts.experiment
    found = ForeignRun(
        foreign_id=run_hash,
        name=str(facts.name or run_hash),
        experiment=str(getattr(experiment, "name", experiment) or "default"),
        status=status,
        user="",
        started_at=created_at,
        ended_at=ended_at,
        trashed_at=(ended_at or created_at) if facts.archived else None,
        tags={key: text for key, text in tags.items() if text},
    )
    # Not read-only: then Aim finds only runs that its server has indexed.
    opened = Run(run_hash, repo=repo, system_tracking_interval=None, capture_terminal_logs=False)
    params = {key: as_text(value) for key, value in flat(_attributes(opened)) if _is_shown(key)}
    with (out / f"{run_hash}{POINTS}").open("wb") as target:
        for portion in portions_of(_points(opened, created_at)):
            target.write(msgspec.json.encode(portion) + b"\n")
    odd = [str(one.name) for kind in _OTHERS for one in getattr(opened, kind, tuple)()]
    return msgspec.structs.replace(found, params=params), odd


def _points(opened: Any, started_at: Millis) -> Iterator[tuple[str, int, Millis, float]]:
    for metric in opened.metrics():
        steps, (values, _, times) = metric.data.numpy()
        name = _metric_name(metric.name, metric.context.to_dict())
        for step, value, at in zip(steps, values, times, strict=True):
            time = int(at * 1000) if at == at else started_at  # noqa: PLR0124 - NaN
            yield name, int(step), time, float(value)


def _attributes(opened: Any) -> dict[str, Any]:
    try:
        found = opened.meta_run_attrs_tree.collect()
    except KeyError:
        return {}
    return found if isinstance(found, dict) else {}


def _is_shown(name: str) -> bool:
    return bool(name) and not name.startswith("__")


def _metric_name(name: str, context: dict[str, Any]) -> str:
    name = f"system/{name.removeprefix(_SYSTEM)}" if name.startswith(_SYSTEM) else name
    shown = [f"{key}={value}" for key, value in sorted(context.items())]
    if list(context) == ["subset"]:
        shown = [str(context["subset"])]
    return "/".join([*shown, name])


def _millis(moment: Any) -> Millis | None:
    if isinstance(moment, int | float):
        return int(moment * 1000)
    if not isinstance(moment, datetime):
        return None
    # Aim keeps UTC without saying so.
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return int(aware.timestamp() * 1000)


if __name__ == "__main__":
    read_copy(Path(sys.argv[1]), Path(sys.argv[2]))
