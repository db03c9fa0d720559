"""Owns the options and arguments that several commands share, with their words."""

from __future__ import annotations

from typing import Annotated

import typer

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
Limit = Annotated[int, typer.Option("--limit", help="How many to show at most, from 1 to 1000.")]
RunName = Annotated[
    str, typer.Argument(metavar="RUN", help="Id, at least 4 digits of its start or end, or latest.")
]
JobName = Annotated[
    str, typer.Argument(metavar="JOB", help="Id, at least 4 digits of its start or end, or latest.")
]
DefinitionName = Annotated[
    str, typer.Argument(metavar="NAME", help="Name or id of the job definition.")
]
