"""Owns the words of ``%track``: on, off, status, resume and note."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from IPython.core.error import UsageError

from mlops_lab.core.errors import LabError, did_you_mean
from mlops_lab.core.ids import short_id
from mlops_lab.core.metrics import infer_direction

from .fluent import NOTE
from .opener import Goal
from .pasttracking import find_ended, find_run, shown
from .session import Session
from .surroundings import look_around
from .trackline import TrackOptions, parse_track_line


def follow(session: Session, line: str, parser: argparse.ArgumentParser) -> str:
    """Do what ``%track LINE`` asks for; return what to tell, with its line ends.

    Args:
        session: whose runs and settings it is about.
        line: what stands behind ``%track``.
        parser: understands the options of ``%%track``.

    Raises:
        UsageError: the line cannot be understood, or names a run that is not there.
    """
    word, _, rest = line.strip().partition(" ")
    words: dict[str, Callable[[Session, str], str]] = {
        "": _status,
        "status": _status,
        "on": lambda session, rest: _on(session, _options_of_on(rest, parser)),
        "off": _off,
        "resume": _resume,
        "note": _note,
    }
    if word not in words:
        hint = did_you_mean(word, [known for known in words if known])
        raise UsageError(f"%track: unknown word {word!r}. {hint} To track a cell use %%track.")
    try:
        return words[word](session, rest.strip())
    except LabError as error:
        raise UsageError(f"%track {word}: {error}") from None


def _options_of_on(rest: str, parser: argparse.ArgumentParser) -> TrackOptions:
    options = parse_track_line(parser, rest, magic="%track on")
    if options.params or options.nested:
        refused = "-p" if options.params else "--nested"
        raise UsageError(
            f"%track on: {refused} is for one cell; write it behind %%track, which works as before."
        )
    return options


def _on(session: Session, options: TrackOptions) -> str:
    if session.job is not None:
        return "A job logs into its own run; %track on does nothing here.\n"
    if session.notebook_run is not None:
        return f"Tracking is on already, in {shown(session.notebook_run)}.\n"
    run = session.opener.open(
        name=options.name,
        experiment=options.experiment,
        kind="notebook",
        place=session.place(),
        parent_id=find_ended(session, options.parent) if options.parent else None,
        primary_metric=options.metric,
    )
    session.notebook_run, session.switches.every = run, options
    if options.metric is not None and run.started is not None:
        direction = options.direction or infer_direction(options.metric)
        session.opener.set_goal(run.started.experiment, Goal(options.metric, direction))
        session.opener.tell_goal(run)
    for name, value in options.tags.items():
        run.set_tag(name, value)
    session.runs.put_below(run)
    session.last_run = (run.run_id, run.name)
    look_around(session, run, hardware=False, inside=None)
    session.wake()
    return f"Tracking is on: each cell is a child of the run {shown(run)}. %track off ends it.\n"


def _off(session: Session, rest: str) -> str:
    _no_more("off", rest)
    told = []
    if session.to_resume is not None:
        told.append(f"The run {shown(session.to_resume)} is not continued any more.\n")
        session.to_resume = None
    run, session.notebook_run = session.notebook_run, None
    if run is not None:
        session.end_notebook(run)
        session.switches.every = TrackOptions()
        told.append(f"Tracking is off; the run {shown(run)} has ended.\n")
    return "".join(told) or "Tracking was not on.\n"


def _resume(session: Session, rest: str) -> str:
    if not rest:
        raise UsageError(
            "%track resume: which run? Give its id, as %runs and the run page show it."
        )
    if session.job is not None:
        return "A job logs into its own run; %track resume does nothing here.\n"
    run = find_run(session, rest)
    session.to_resume = run
    return f"The next tracked cells go on with the run {shown(run)}. %track off ends that.\n"


def _note(session: Session, rest: str) -> str:
    if not rest:
        raise UsageError("%track note: what is the note? Write it behind the word.")
    run = session.runs.current()
    if run is None and session.last_run is not None:
        run = session.opener.opened.get(session.last_run[0])
    if run is None:
        raise UsageError("%track note: nothing has been tracked in this kernel yet.")
    run.set_tag(NOTE, rest)
    session.wake()
    return f"Noted on the run {shown(run)}.\n"


def _no_more(word: str, rest: str) -> None:
    if rest:
        raise UsageError(f"%track {word}: {rest!r} is not understood; nothing stands behind it.")


def _status(session: Session, rest: str) -> str:
    _no_more("status", rest)
    lines = []
    delivery = session.delivery
    if delivery is None:
        lines.append("Nothing has been tracked in this kernel yet.")
    else:
        spool, shipper = delivery.spool, delivery.shipper
        done = shipper.acknowledged_seq if shipper is not None else 0
        lines.append(f"Spool: {spool.size():,} bytes in {spool.folder}")
        if spool.is_full:
            lines.append(f"The spool is full: {spool.dropped:,} points were dropped.")
        if not delivery.has_server:
            lines.append(
                "Server: none is known here; an open JupyterLab on this machine takes the records "
                "from the folder, and so does `mlops-lab sync`."
            )
        elif shipper is not None and shipper.is_lost:
            lines.append(
                f"Server: it refused the records after the first {done:,}; the rest waits in the "
                "folder until this kernel has ended or `mlops-lab sync` takes it in."
            )
        elif shipper is not None and shipper.reachable is False:
            lines.append(f"Server: out of reach; {spool.last_seq - done:,} records wait.")
        else:
            lines.append(f"Server: {done:,} of {spool.last_seq:,} records delivered.")
    if session.notebook_run is not None:
        lines.append(f"Every cell is tracked, in the run {shown(session.notebook_run)}.")
    if session.to_resume is not None:
        lines.append(f"Tracked cells go on with the run {shown(session.to_resume)}.")
    if session.switches.off:
        lines.append(f"Not captured: {', '.join(sorted(session.switches.off))}.")
    if session.last_run is not None:
        run_id, name = session.last_run
        lines.append(f"Last run: {name} ({short_id(run_id)})")
    return "\n".join(lines) + "\n"
