"""Owns the command line ``mlops-lab``: its commands, and how an error is shown."""

from __future__ import annotations

import errno
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from mlops_lab.commands import (
    audit,
    capture,
    carrying,
    compare,
    db,
    definitions,
    doctor,
    experiments,
    gc,
    jobs,
    models,
    promote,
    report,
    reproduce,
    retention,
    runlists,
    runs,
    schedules,
    trash,
    worker,
)
from mlops_lab.commands.output import print_error
from mlops_lab.core.errors import LabError


class _Group(TyperGroup):
    """Shows an error as one line; ``--debug`` shows where it came from."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except LabError as error:
            if ctx.params["debug"]:
                raise
            print_error(error.message, error.hint)
        except Exception as error:
            if ctx.params["debug"] or not _is_unexpected(error):
                raise
            print_error(
                f"Unexpected {type(error).__name__}: {error}.",
                "This is a fault of MLOps Lab; --debug before the command shows where.",
            )
        raise typer.Exit(1)


def _is_unexpected(error: Exception) -> bool:
    # How typer ends, and its messages about options, are its own to show; so is a closed pipe.
    if isinstance(error, typer.Exit | typer.Abort) or hasattr(error, "format_message"):
        return False
    return not (isinstance(error, OSError) and error.errno == errno.EPIPE)


def make_app() -> typer.Typer:
    """Return the application with all its commands."""
    app = _group("From a notebook experiment to a production job.", cls=_Group)
    app.callback()(_main)
    app.add_typer(_runs(), name="runs")
    app.add_typer(_experiments(), name="experiments")
    app.add_typer(_models(), name="models")
    app.command("promote")(promote.promote)
    app.command("reproduce")(reproduce.reproduce)
    app.add_typer(_jobs(), name="jobs")
    app.add_typer(_definitions(), name="definitions")
    app.add_typer(_schedules(), name="schedules")
    app.add_typer(_trash(), name="trash")
    app.command("audit")(audit.list_audit)
    app.add_typer(_retention(), name="retention")
    app.add_typer(_db(), name="db")
    app.command("worker")(worker.run_worker)
    app.command("sync")(worker.sync)
    app.command("report")(report.write_report)
    app.command("export")(carrying.export_runs)
    app.command("import")(carrying.import_runs)
    app.command("gc")(gc.collect_garbage)
    app.command("doctor")(doctor.doctor)
    return app


def main() -> None:
    """Run the command line of this process."""
    make_app()(prog_name="mlops-lab")


def _main(
    *,
    debug: Annotated[bool, typer.Option("--debug", help="Show where an error came from.")] = False,
    version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_print_version, help="Print it.")
    ] = False,
) -> None:
    """From a notebook experiment to a production job without leaving JupyterLab."""


def _print_version(value: bool) -> None:  # noqa: FBT001 - typer calls it so
    if not value:
        return
    from importlib.metadata import version

    typer.echo(version("mlops-lab"))
    raise typer.Exit


def _group(words: str, **options: Any) -> typer.Typer:
    return typer.Typer(
        help=words,
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        **options,
    )


def _runs() -> typer.Typer:
    group = _group("Tracked runs: list, show, compare, and what was captured of them.")
    group.command("list")(runlists.list_runs)
    group.command("facets")(runlists.count_facets)
    group.command("show")(runs.show_run)
    group.command("compare")(compare.compare_runs)
    group.command("code")(capture.show_code)
    group.command("history")(capture.show_history)
    group.command("capture")(capture.show_capture)
    group.command("requirements")(capture.show_requirements)
    group.command("artifacts")(capture.show_artifacts)
    group.command("archive")(trash.archive_runs)
    group.command("unarchive")(trash.unarchive_runs)
    group.command("trash")(trash.trash_runs)
    group.command("restore")(trash.restore_runs)
    group.command("purge")(trash.purge_runs)
    return group


def _trash() -> typer.Typer:
    group = _group("The trash: list, empty.")
    group.command("list")(trash.list_trash)
    group.command("empty")(trash.empty_trash)
    return group


def _retention() -> typer.Typer:
    group = _group("How long data is kept: show, set, run.")
    group.command("show")(retention.show_retention)
    group.command("set")(retention.set_retention)
    group.command("run")(retention.run_retention)
    return group


def _db() -> typer.Typer:
    group = _group("The database of the store: upgrade, check, move.")
    group.command("upgrade")(db.upgrade)
    group.command("check")(db.check)
    group.command("move")(db.move)
    return group


def _experiments() -> typer.Typer:
    group = _group("Experiments: list, show, set.")
    group.command("list")(experiments.list_experiments)
    group.command("show")(experiments.show_experiment)
    group.command("set")(experiments.set_experiment)
    group.command("trash")(trash.trash_experiments)
    group.command("restore")(trash.restore_experiments)
    return group


def _models() -> typer.Typer:
    group = _group("Registered models: list, show, register, alias, history.")
    group.command("list")(models.list_models)
    group.command("show")(models.show_model)
    group.command("register")(models.register_model)
    group.command("alias")(models.move_alias)
    group.command("history")(models.show_history)
    return group


def _jobs() -> typer.Typer:
    group = _group("Jobs: submit, list, show, cancel, logs.")
    group.command("submit")(jobs.submit_job)
    group.command("list")(jobs.list_jobs)
    group.command("show")(jobs.show_job)
    group.command("cancel")(jobs.cancel_job)
    group.command("logs")(jobs.show_logs)
    return group


def _definitions() -> typer.Typer:
    group = _group("Job definitions: list, show.")
    group.command("list")(definitions.list_definitions)
    group.command("show")(definitions.show_definition)
    return group


def _schedules() -> typer.Typer:
    group = _group("Schedules: list, pause, resume, delete.")
    group.command("list")(schedules.list_schedules)
    group.command("pause")(schedules.pause_schedule)
    group.command("resume")(schedules.resume_schedule)
    group.command("delete")(schedules.delete_schedule)
    return group


if __name__ == "__main__":
    main()
