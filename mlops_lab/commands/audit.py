"""Owns ``mlops-lab audit``: who did what to which record, and when."""

from __future__ import annotations

from typing import Annotated, Any, get_args

import typer

from mlops_lab.core.audit import AuditAction, AuditKind
from mlops_lab.core.clock import Millis, now_ms
from mlops_lab.core.errors import InvalidInputError, did_you_mean

from .opened import open_lab
from .options import AsJson, Limit
from .output import print_json, print_table
from .words import literal, moment


def list_audit(
    *,
    kind: Annotated[str, typer.Option("--kind", help="Only records of this kind.")] = "",
    record: Annotated[str, typer.Option("--record", help="Only the record with this id.")] = "",
    action: Annotated[str, typer.Option("--action", help="Only this deed.")] = "",
    who: Annotated[str, typer.Option("--who", help="Only what this user did.")] = "",
    since: Annotated[
        str, typer.Option("--since", help="From this time on: yesterday, '2 hours ago', a date.")
    ] = "",
    until: Annotated[
        str, typer.Option("--until", help="Up to the beginning of this time, in the same words.")
    ] = "",
    limit: Limit = 100,
    as_json: AsJson = False,
) -> None:
    """List who did what to which record, the newest first. Entries cannot be changed or removed."""
    _check("kind", kind, get_args(AuditKind))
    _check("action", action, get_args(AuditAction))
    wanted: dict[str, Any] = {"kind": kind, "action": action, "record_id": record, "who": who}
    begin, end = _time("since", since), _time("until", until)
    with open_lab() as lab:
        page = lab.audit.list_page(
            **{name: value for name, value in wanted.items() if value},
            since=begin,
            until=end,
            limit=limit,
        )
    if as_json:
        print_json(page)
        return
    rows = [
        [
            moment(one.at),
            one.who,
            one.action,
            one.kind,
            one.record_id,
            ", ".join(f"{name} {literal(value)}" for name, value in one.detail.items()),
        ]
        for one in page.entries
    ]
    print_table(["WHEN", "WHO", "DEED", "KIND", "RECORD", "DETAIL"], rows, empty="No entries.")


def _check(name: str, given: str, known: tuple[str, ...]) -> None:
    if given and given not in known:
        hint = did_you_mean(given, known) or f"Known: {', '.join(known)}."
        raise InvalidInputError(f"{given!r} is no {name} of the audit.", hint=hint)


def _time(option: str, words: str) -> Millis | None:
    """Return when the time that words name begins; None for no words."""
    from mlops_lab.tracking.query.times import EXAMPLES, Clockwork, read_period

    if not words.strip():
        return None
    period = read_period(words, Clockwork(now=now_ms()))
    if period is None:
        raise InvalidInputError(f"--{option} {words!r} is no time.", hint=EXAMPLES)
    return period.since
