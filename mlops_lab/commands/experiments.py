"""Owns ``mlops-lab experiments``: list, show, set."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from mlops_lab.core.errors import InvalidInputError
from mlops_lab.core.tracking import Experiment, ExperimentUpdate

from .opened import current_user, open_lab
from .options import AsJson, Limit
from .output import print_facts, print_heading, print_json, print_table, shown_id
from .words import duration, number, size

ExperimentName = Annotated[
    str, typer.Argument(metavar="NAME", help="Name of the experiment, as in the list of runs.")
]


def list_experiments(*, limit: Limit = 100, as_json: AsJson = False) -> None:
    """List experiments, the one with the newest run first."""
    with open_lab() as lab:
        found = lab.experiments.list(limit=limit)
    if as_json:
        print_json(found)
        return
    print_table(
        ["NAME", "RUNS", "METRIC", "BEST", "RUN", "TOTAL TIME", "PEAK MEMORY"],
        [_row(one) for one in found.experiments],
        empty="No experiments. Put %%track on a cell and run it, or try: mlops-lab sync",
    )


def show_experiment(name: ExperimentName, *, as_json: AsJson = False) -> None:
    """Show an experiment and its finished runs that are known by what they were made of."""
    with open_lab() as lab:
        if not as_json:
            lab.experiments.get(name)
        briefing = lab.experiments.brief(name)
    if as_json:
        print_json(briefing)
        return
    if briefing.experiment is not None:
        print_facts(_facts(briefing.experiment))
    if briefing.known:
        print_heading("Finished runs")
        rows = [[shown_id(one.run_id), one.name, one.identity[:12]] for one in briefing.known]
        print_table(["RUN", "NAME", "IDENTITY"], rows, empty="")


def set_experiment(
    name: ExperimentName,
    *,
    metric: Annotated[
        str | None, typer.Option("--metric", help="The metric that lists show and best is by.")
    ] = None,
    direction: Annotated[
        Literal["min", "max"] | None, typer.Option("--direction", help="Which way it is better.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Set the primary metric of an experiment, and which way it is better."""
    if metric is None and direction is None:
        raise InvalidInputError("There is nothing to set.", hint="Give --metric or --direction.")
    with open_lab() as lab:
        changed = lab.experiments.update(
            name, ExperimentUpdate(metric, direction), user=current_user()
        )
    if as_json:
        print_json(changed)
    else:
        print_facts(_facts(changed))


def _row(one: Experiment) -> list[str]:
    # A run that is the only one with the metric is the best of nothing.
    has_best = one.judged > 1
    return [
        one.name,
        f"{one.runs:,}" if one.is_exact else f"{one.runs:,} or more",
        f"{one.primary_metric} ({one.direction})" if one.primary_metric else "-",
        number(one.best if has_best else None),
        shown_id(one.best_run_id) if has_best and one.best_run_id else "-",
        duration(one.total_duration_ms),
        "-" if one.max_peak_memory is None else size(one.max_peak_memory),
    ]


def _facts(one: Experiment) -> dict[str, str]:
    names = ["Experiment", "Runs", "Metric", "Best", "Best run", "Total time", "Peak memory"]
    facts = dict(zip(names, _row(one), strict=True))
    return facts | {"Total CPU time": duration(one.total_cpu_ms)}
