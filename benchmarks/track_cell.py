"""Measures what ``%%track`` adds to a cell, beside a cell magic that does nothing."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable
from contextlib import redirect_stdout
from pathlib import Path
from time import perf_counter_ns

from report import Row, median, p99

CELLS = 200
MAX_ADDED = 1500.0
"""Microseconds that tracking may add to a cell."""
EMPTY = "pass\n"
BODY = "n = {n}\nlr = 0.1\na = n * lr\nb = a + 1\nc = b + 1\n"

Found = dict[str, list[float]]
Source = Callable[[int], str]


def measure(repeats: int) -> list[Row]:
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    from mlops_lab.kernel import magics

    cases: list[tuple[str, Source, Source]] = [
        (
            "%%track on an empty cell / no-op cell magic",
            lambda _n: f"%%noop\n{EMPTY}",
            lambda _n: f"%%track\n{EMPTY}",
        ),
        (
            "%%track, 2 params, 3 metrics / the cell without it",
            lambda _n: BODY.format(n=3),
            lambda _n: f"%%track\n{BODY.format(n=3)}",
        ),
        (
            "%%track, each cell another source / the cell without it",
            lambda n: BODY.format(n=n),
            lambda n: f"%%track\n{BODY.format(n=n)}",
        ),
    ]
    found: list[Found] = [{"peer": [], "ours": [], "p99": []} for _ in cases]
    with tempfile.TemporaryDirectory() as folder, Path(os.devnull).open("w") as nowhere:
        os.environ["MLOPS_LAB_SPOOL_DIR"] = str(Path(folder) / "spool")
        shell = InteractiveShell.instance(config=Config({"HistoryManager": {"enabled": False}}))
        shell.register_magic_function(lambda line, cell: None, "cell", "noop")  # noqa: ARG005
        # Not the terminal is measured, which shows the line under each cell.
        with redirect_stdout(nowhere):
            for _ in range(repeats):
                # The peers run without the extension: it must not be part of what it is held against.
                for one, (_name, peer, _ours) in zip(found, cases, strict=True):
                    one["peer"].append(median(_sample(shell.run_cell, peer)))
                magics.load(shell)
                for one, (_name, _peer, ours) in zip(found, cases, strict=True):
                    tracked = _sample(shell.run_cell, ours)
                    one["ours"].append(median(tracked))
                    one["p99"].append(p99(tracked))
                magics.unload(shell)
        InteractiveShell.clear_instance()
    return [_row(name, one) for one, (name, _peer, _ours) in zip(found, cases, strict=True)]


def _row(name: str, found: Found) -> Row:
    ours, other = median(found["ours"]), median(found["peer"])
    note = f"adds {ours - other:,.0f} us, at most {MAX_ADDED:,.0f}"
    target = (other + MAX_ADDED) / other
    return Row(name, ours, other, "us", ours / other, target, median(found["p99"]), note)


def _sample(run: Callable[[str], object], source: Source) -> list[float]:
    """Return the microseconds of each cell; the first ones warm up."""
    samples = []
    for number in range(CELLS + 10):
        text = source(number)
        started = perf_counter_ns()
        run(text)
        samples.append((perf_counter_ns() - started) / 1000)
    return samples[10:]


if __name__ == "__main__":
    sys.exit("Run benchmarks/run track_cell")
