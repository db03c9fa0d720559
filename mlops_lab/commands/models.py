"""Owns ``mlops-lab models``: list, show, register, alias, history."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from mlops_lab.core.errors import InvalidInputError, NotFoundError
from mlops_lab.core.registry import AliasMove, ModelVersion, NewModel, NewVersion, RegisteredModel

from .opened import current_user, find_run, open_lab
from .options import AsJson
from .output import print_facts, print_heading, print_json, print_line, print_table, shown_id
from .words import moment

ModelName = Annotated[str, typer.Argument(metavar="NAME", help="Name of the registered model.")]
AliasName = Annotated[str, typer.Argument(metavar="ALIAS", help="Such as champion.")]


def list_models(
    *,
    filter_text: Annotated[
        str, typer.Option("--filter", help="Comparisons such as: name LIKE 'churn%'")
    ] = "",
    limit: Annotated[int, typer.Option("--limit", min=1, max=1000, help="Most models.")] = 100,
    as_json: AsJson = False,
) -> None:
    """List registered models by name, with the newest version and the aliases."""
    with open_lab() as lab:
        page = lab.registry.models.search(filter=filter_text, limit=limit)
    if as_json:
        print_json(page)
        return
    print_table(
        ["NAME", "LATEST", "ALIASES", "CHANGED", "DESCRIPTION"],
        [_row(one) for one in page.models],
        empty="No registered models. Make one: mlops-lab models register NAME RUN",
    )


def show_model(name: ModelName, *, as_json: AsJson = False) -> None:
    """Show a registered model and its versions, the newest first."""
    with open_lab() as lab:
        found = lab.registry.models.get(name)
        quoted = name.replace("'", "''")
        page = lab.registry.versions.search(
            filter=f"name = '{quoted}'", order_by=["version_number DESC"], limit=1000
        )
    if as_json:
        print_json({"model": found, "versions": page.versions})
        return
    names = ["Model", "Latest", "Aliases", "Changed", "Description"]
    print_facts(dict(zip(names, _row(found), strict=True)) | found.tags)
    print_heading("Versions")
    print_table(
        ["VERSION", "ALIASES", "RUN", "MADE", "BY", "SOURCE"],
        [_version_row(one) for one in page.versions],
        empty="No versions.",
    )


def register_model(
    name: ModelName,
    run: Annotated[
        str, typer.Argument(metavar="RUN", help="The run that the model is of, or latest.")
    ],
    *,
    model: Annotated[str, typer.Option("--model", help="Name of the model in the run.")] = "model",
    description: Annotated[str, typer.Option("--description", help="What is new in it.")] = "",
    as_json: AsJson = False,
) -> None:
    """Make the next version of a registered model from a model of a run."""
    who = current_user()
    with open_lab() as lab:
        run_id = find_run(lab, run).summary.id
        try:
            lab.registry.models.get(name)
        except NotFoundError:
            lab.registry.models.create(NewModel(name), who=who)
        new = NewVersion(source=f"runs:/{run_id}/{model}", run_id=run_id, description=description)
        made = lab.registry.versions.create(name, new, who=who)
    if as_json:
        print_json(made)
    else:
        print_line(f"{made.name} version {made.version} is {made.source}")


def move_alias(
    name: ModelName,
    alias: AliasName,
    version: Annotated[
        str, typer.Argument(metavar="VERSION", help="Number of a version, or another alias.")
    ] = "",
    *,
    remove: Annotated[bool, typer.Option("--remove", help="Take the alias away.")] = False,
    as_json: AsJson = False,
) -> None:
    """Have an alias point at a version, or take it away."""
    if remove == bool(version):
        raise InvalidInputError(
            "An alias needs one thing to do.", hint="Give a version, or --remove."
        )
    who = current_user()
    with open_lab() as lab:
        if remove:
            lab.registry.aliases.remove(name, alias, who=who)
            print_line(f"{name} has no alias {alias} any more")
            return
        number = lab.registry.versions.get(name, version).version
        moved = lab.registry.aliases.move(name, alias, number, who=who)
    if as_json:
        print_json(moved)
    else:
        print_line(f"{moved.name}@{alias} is version {moved.version}")


def show_history(
    name: ModelName,
    *,
    alias: Annotated[str | None, typer.Option("--alias", help="One alias alone.")] = None,
    at: Annotated[
        str | None,
        typer.Option("--at", metavar="TIME", help="Such as 2026-05-03: what was meant then."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show every move of a model's aliases, or which version one meant at a time."""
    time = None if at is None else _time(at)
    if time is not None and alias is None:
        raise InvalidInputError("At a time one alias is asked for.", hint="Add --alias NAME.")
    with open_lab() as lab:
        history = lab.registry.aliases.history(name, alias, at=time)
    if as_json:
        print_json(history)
        return
    moves = history.moves if time is None else [history.at] if history.at else []
    print_table(
        ["WHEN", "ALIAS", "VERSION", "BY"],
        [_move_row(one) for one in moves],
        empty="The alias pointed at nothing then." if at else "No alias was ever moved.",
    )


def _row(one: RegisteredModel) -> list[str]:
    newest = str(one.latest[-1].version) if one.latest else "-"
    aliases = ", ".join(f"{alias}={number}" for alias, number in one.aliases.items())
    return [one.name, newest, aliases or "-", moment(one.updated_at), one.description]


def _version_row(one: ModelVersion) -> list[str]:
    run = shown_id(one.run_id) if one.run_id else "-"
    aliases = ", ".join(one.aliases) or "-"
    return [str(one.version), aliases, run, moment(one.created_at), one.created_by, one.source]


def _move_row(one: AliasMove) -> list[str]:
    return [moment(one.at), one.alias, "-" if one.version is None else str(one.version), one.who]


def _time(text: str) -> int:
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise InvalidInputError(
            f"{text!r} is no time.", hint="Write 2026-05-03 or 2026-05-03T14:30."
        ) from error
    # A day means its end: what was champion on 3 May.
    if "T" not in text and " " not in text:
        found = found.replace(hour=23, minute=59, second=59, microsecond=999_999)
    return int((found if found.tzinfo else found.astimezone()).astimezone(UTC).timestamp() * 1000)
