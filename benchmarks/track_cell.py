"""Measures what ``%%track`` adds to a cell, beside a cell magic that does nothing."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter_ns

from report import Row, median, p99

CELLS = 200
MAX_ADDED = 1500.0
"""Microseconds that tracking may add to a cell."""
EMPTY = "pass\n"
BODY = "n = 3\nlr = 0.1\na = n * lr\nb = a + 1\nc = b + 1\n"


def measure(repeats: int) -> list[Row]:
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    from mlops_lab.kernel import magics

    empty: dict[str, list[float]] = {"peer": [], "ours": [], "p99": []}
    full: dict[str, list[float]] = {"peer": [], "ours": [], "p99": []}
    with tempfile.TemporaryDirectory() as folder:
        os.environ["MLOPS_LAB_SPOOL_DIR"] = str(Path(folder) / "spool")
        shell = InteractiveShell.instance(config=Config({"HistoryManager": {"enabled": False}}))
        shell.register_magic_function(lambda line, cell: None, "cell", "noop")  # noqa: ARG005
        for _ in range(repeats):
            # The peers run without the extension: it must not be part of what it is held against.
            empty["peer"].append(median(_sample(shell.run_cell, f"%%noop\n{EMPTY}")))
            full["peer"].append(median(_sample(shell.run_cell, BODY)))
            magics.load(shell)
            for found, body in ((empty, EMPTY), (full, BODY)):
                tracked = _sample(shell.run_cell, f"%%track\n{body}")
                found["ours"].append(median(tracked))
                found["p99"].append(p99(tracked))
            magics.unload(shell)
        InteractiveShell.clear_instance()
    return [
        _row("%%track on an empty cell / no-op cell magic", empty),
        _row("%%track, 2 params, 3 metrics / the cell without it", full),
    ]


def _row(name: str, found: dict[str, list[float]]) -> Row:
    ours, other = median(found["ours"]), median(found["peer"])
    note = f"adds {ours - other:,.0f} us, at most {MAX_ADDED:,.0f}"
    target = (other + MAX_ADDED) / other
    return Row(name, ours, other, "us", ours / other, target, median(found["p99"]), note)


def _sample(run: Callable[[str], object], source: str) -> list[float]:
    """Return the microseconds of each cell; the first ones warm up."""
    samples = []
    for _ in range(CELLS + 10):
        started = perf_counter_ns()
        run(source)
        samples.append((perf_counter_ns() - started) / 1000)
    return samples[10:]


if __name__ == "__main__":
    sys.exit("Run benchmarks/run track_cell")
