"""Owns the calls about experiments."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from mlops_lab.core.tracking import (
    Briefing,
    Direction,
    Experiment,
    ExperimentList,
    ExperimentUpdate,
)
from mlops_lab.core.writing import NewExperiment

from .connection import Connection, part
from .pages import Pages
from .routes import calls


class Experiments:
    """Experiments, by their names."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @calls("list_experiments")
    def list(self, *, limit: int | None = None) -> Pages[ExperimentList, Experiment]:
        """List experiments, the one with the newest run first; ``limit`` is the size of a page."""
        ask, given = self._connection.ask, {"limit": limit}
        return Pages(
            lambda cursor: ask(
                "GET", "experiments", ExperimentList, query={**given, "cursor": cursor}
            ),
            lambda page: page.experiments,
        )

    @calls("list_experiments")
    def get_many(self, names: Iterable[str]) -> Sequence[Experiment]:
        """Return up to 100 experiments by their names; those that are not there are left out."""
        query = {"name": [*names]}
        found = self._connection.ask("GET", "experiments", ExperimentList, query=query)
        return found.experiments

    @calls("get_experiment")
    def get(self, name: str) -> Experiment:
        """Return one experiment."""
        return self._connection.ask("GET", f"experiments/{part(name)}", Experiment)

    @calls("create_experiment")
    def create(self, name: str, *, tags: Mapping[str, str] | None = None) -> Experiment:
        """Make an experiment."""
        order = NewExperiment(name=name, tags=dict(tags or {}))
        return self._connection.ask("POST", "experiments", Experiment, body=order)

    @calls("update_experiment")
    def update(
        self, name: str, *, primary_metric: str | None = None, direction: Direction | None = None
    ) -> Experiment:
        """Set the primary metric and which way it is better; what is None stays."""
        change = ExperimentUpdate(primary_metric=primary_metric, direction=direction)
        return self._connection.ask(
            "PATCH", f"experiments/{part(name)}", Experiment, body=change, repeats=True
        )

    @calls("brief_experiment")
    def brief(self, name: str) -> Briefing:
        """Return how an experiment stands, and its finished runs by what they were made of."""
        return self._connection.ask("GET", f"experiments/{part(name)}/briefing", Briefing)
