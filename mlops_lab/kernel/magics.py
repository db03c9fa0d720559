"""Owns the magics of the kernel, and what loading and unloading the extension does to the shell."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from IPython.core.error import UsageError
from IPython.core.magic import Magics, cell_magic, line_magic, magics_class
from IPython.core.magic_arguments import argument, magic_arguments

from mlops_lab.core.errors import did_you_mean
from mlops_lab.core.ids import short_id

from .session import Session, process_session
from .trackline import TrackTransform

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell


@magics_class
class TrackMagics(Magics):
    """``%%track`` for cells, and ``%track status``."""

    def __init__(self, shell: InteractiveShell) -> None:
        super().__init__(shell)
        self._ipython = shell
        self.session: Session = process_session()
        self.transform = TrackTransform(shell, type(self).track_cell.parser)

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
    @argument("-m", "--metric", metavar="NAME", help="The primary metric, which lists show.")
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
        """Say how tracking is: ``%track status``. To track a cell, begin it with ``%%track``."""
        word = line.strip()
        if word not in {"", "status"}:
            hint = did_you_mean(word, ["status"])
            raise UsageError(f"%track: unknown word {word!r}. {hint} To track a cell use %%track.")
        sys.stdout.write(_status(self.session))


def load(ipython: InteractiveShell) -> None:
    """Give ``ipython`` the magics, and the name ``lab`` unless the user has one. Twice is once."""
    if TrackMagics.__name__ in ipython.magics_manager.registry:
        return
    magics = TrackMagics(ipython)
    ipython.register_magics(magics)
    ipython.input_transformers_cleanup.append(magics.transform)
    ipython.input_transformers_post.append(magics.transform.finish)
    magics.session.attach(ipython, magics.transform.options_of)
    if "lab" not in ipython.user_ns:
        # Not by an import: that of the whole package would pull the server through the wall.
        package = sys.modules[__name__.partition(".")[0]]
        ipython.push({"lab": package}, interactive=False)


def unload(ipython: InteractiveShell) -> None:
    """Take back what ``load`` gave, deliver what is left, and leave the user's names alone."""
    magics = ipython.magics_manager.registry.pop(TrackMagics.__name__, None)
    if magics is None:
        return
    ipython.input_transformers_cleanup.remove(magics.transform)
    ipython.input_transformers_post.remove(magics.transform.finish)
    for kind in ("line", "cell"):
        ipython.magics_manager.magics[kind].pop("track", None)
    magics.session.detach()
    process_session.cache_clear()


def _status(session: Session) -> str:
    lines = []
    delivery = session.delivery
    if delivery is None:
        lines.append("Nothing has been tracked in this kernel yet.")
    else:
        spool, shipper = delivery.spool, delivery.shipper
        done = shipper.acknowledged_seq if shipper is not None else 0
        lines.append(f"Spool: {spool.size():,} bytes in {spool.folder}")
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
    if session.last_run is not None:
        run_id, name = session.last_run
        lines.append(f"Last run: {name} ({short_id(run_id)})")
    return "\n".join(lines) + "\n"
