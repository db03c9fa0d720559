"""Owns the magics of the kernel, and what loading and unloading the extension does to the shell."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from IPython.core.magic import Magics, cell_magic, line_magic, magics_class
from IPython.core.magic_arguments import argument, magic_arguments
from traitlets import Bool, List, TraitError, Unicode, observe, validate

from mlops_lab.core.capture import CAPTURE_KINDS, parse_kinds
from mlops_lab.core.errors import InvalidInputError

from .cells import give_lab
from .session import Session, process_session
from .showing import show_comparison, show_runs
from .trackline import TrackTransform
from .trackwords import follow

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell


@magics_class
class TrackMagics(Magics):
    """``%%track`` for cells, ``%track`` for the session, and the settings of both."""

    no_capture = List(
        Unicode(),
        help="""Kinds of capture that are off for every cell, such as data, git or outputs; all is
        every kind.""",
    ).tag(config=True)
    masked_columns = List(
        Unicode(), help="""Columns of tables whose values and digests are never stored."""
    ).tag(config=True)
    energy = Bool(False, help="""Estimate the energy that each tracked cell takes.""").tag(
        config=True
    )
    autolog = Bool(
        False, help="""Have frameworks log into each tracked cell's run by MLflow's autologging."""
    ).tag(config=True)
    duplicates = Bool(
        True,
        help="""Say so before a cell runs that an earlier run had code, data and params alike.""",
    ).tag(config=True)

    def __init__(self, shell: InteractiveShell) -> None:
        self.session: Session = process_session()
        super().__init__(shell)
        self._ipython = shell
        self.transform = TrackTransform(shell, type(self).track_cell.parser)
        for name in ("no_capture", "masked_columns", "energy", "autolog", "duplicates"):
            self._switch({"name": name, "new": getattr(self, name)})

    @validate("no_capture")
    def _check_kinds(self, proposal: dict[str, Any]) -> list[str]:
        try:
            parse_kinds(proposal["value"])
        except InvalidInputError as error:
            raise TraitError(f"TrackMagics.no_capture: {error}") from None
        words: list[str] = proposal["value"]
        return words

    @observe("no_capture", "masked_columns", "energy", "autolog", "duplicates")
    def _switch(self, change: dict[str, Any]) -> None:
        switches, value = self.session.switches, change["new"]
        if change["name"] == "no_capture":
            switches.set_off(value)
        elif change["name"] == "masked_columns":
            switches.set_masked(value)
        else:
            setattr(switches, change["name"], value)

    @magic_arguments("%track")
    @argument("name", nargs="?", help="Name of the run, in quotes if it holds spaces.")
    @argument("-e", "--experiment", help="Group of runs; by default the notebook's name.")
    @argument(
        "-p",
        "--param",
        action="append",
        metavar="NAME[=VALUE]",
        help="Store this name, or this value, as a param too. May be repeated.",
    )
    @argument(
        "-t",
        "--tag",
        action="append",
        metavar="NAME=VALUE",
        help="Put a tag on the run. May be repeated.",
    )
    @argument(
        "-m",
        "--metric",
        metavar="NAME[:min|:max]",
        help="The primary metric, which lists show; and for the experiment, which way is better.",
    )
    @argument(
        "--kpi",
        action="append",
        metavar="NAME[,NAME]",
        help="Mark these metrics as business KPIs, which are shown apart. May be repeated.",
    )
    @argument("--parent", metavar="RUN", help="Make it a child of this run: an id, or its end.")
    @argument("--nested", action="store_true", help="Make it a child of the run that is open.")
    @argument(
        "--no",
        action="append",
        metavar="KIND[,KIND]",
        help=f"Do not capture: {', '.join(CAPTURE_KINDS)}, or all. May be repeated.",
    )
    @argument("--no-data", action="store_true", help="The same as --no data,files.")
    @argument(
        "--mask",
        action="append",
        metavar="COLUMN[,COLUMN]",
        help="Store no values of these columns of tables, and no digest. May be repeated.",
    )
    @argument("--autolog", action="store_true", help="Have frameworks log by MLflow's autologging.")
    @argument("--energy", action="store_true", help="Estimate the energy that the cell takes.")
    @cell_magic("track")  # type: ignore[arg-type]  # IPython knows no method
    def track_cell(self, line: str, cell: str) -> None:
        """Track the cell as one run: its source, params, metrics, duration, and outcome.

        The cell runs as if this line were not there. Params are the names that it assigns literals
        to and the simple globals that it reads; metrics the numbers that it computes at top level,
        and what ``lab.log_metric(name, value)`` logs. The run is in the sidebar when the cell ends.
        """
        # Only programs come here: the transform takes the line out of cells that a user runs.
        result = self._ipython.run_cell(f"%%track {line}\n{cell}")
        result.raise_error()

    @line_magic("track")  # type: ignore[arg-type]  # IPython knows no method
    def track_line(self, line: str) -> None:
        """Track every cell from here on, or go on with a run: on, off, status, resume, note.

        ``%track on [NAME]``: every cell is a child of one run of the notebook, until ``%track off``;
        the options of ``%%track`` but ``-p`` and ``--nested`` hold for all these cells.
        ``%track resume RUN``: the tracked cells that follow go on with that run, until ``%track off``.
        ``%track note TEXT``: a note on the run that is open, or else the last one.
        ``%track status``: how tracking and delivery are. To track one cell, begin it with ``%%track``.
        """
        sys.stdout.write(follow(self.session, line, type(self).track_cell.parser))


@magics_class
class ShowMagics(Magics):
    """``%runs`` and ``%compare``: what is in the store, shown in the notebook."""

    def __init__(self, shell: InteractiveShell) -> None:
        super().__init__(shell)
        self._ipython = shell

    @line_magic("runs")  # type: ignore[arg-type]  # IPython knows no method
    def runs(self, line: str) -> None:
        """Show the newest runs that match: ``%runs [FILTER]``, in the language of the filter box.

        ``%runs metrics.auc > 0.8 status:finished`` for example. ``lab.search_runs`` gives a DataFrame.
        """
        show_runs(self._ipython, line.strip())

    @line_magic("compare")  # type: ignore[arg-type]  # IPython knows no method
    def compare(self, line: str) -> None:
        """Show what differs between runs, and their curves: ``%compare RUN RUN [RUN...]``.

        A run is named by its id, or by the digits at its end that ``%runs`` shows.
        """
        show_comparison(self._ipython, line.split())


def load(ipython: InteractiveShell) -> None:
    """Give ``ipython`` the magics, and the name ``lab`` unless the user has one. Twice is once."""
    if TrackMagics.__name__ in ipython.magics_manager.registry:
        return
    magics = TrackMagics(ipython)
    ipython.register_magics(magics)
    ipython.register_magics(ShowMagics(ipython))
    ipython.input_transformers_cleanup.append(magics.transform)
    ipython.input_transformers_post.append(magics.transform.finish)
    magics.session.attach(ipython, magics.transform.options_of)
    give_lab(ipython)


def unload(ipython: InteractiveShell) -> None:
    """Take back what ``load`` gave, deliver what is left, and leave the user's names alone."""
    magics = ipython.magics_manager.registry.pop(TrackMagics.__name__, None)
    if magics is None:
        return
    ipython.input_transformers_cleanup.remove(magics.transform)
    ipython.input_transformers_post.remove(magics.transform.finish)
    shown = ipython.magics_manager.registry.pop(ShowMagics.__name__)
    for kind, names in [*magics.magics.items(), *shown.magics.items()]:
        for name in names:
            ipython.magics_manager.magics[kind].pop(name, None)
    ipython.configurables[:] = [
        one for one in ipython.configurables if one is not magics and one is not shown
    ]
    magics.session.detach()
    process_session.cache_clear()
