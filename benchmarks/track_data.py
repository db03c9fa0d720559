"""Measures what data adds to a tracked cell, and what the audit hook adds to the rest of the process."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import tempfile
from contextlib import redirect_stdout
from pathlib import Path
from time import perf_counter

from report import Row, median

MAX_ADDED_MS = 50.0
HOOK = """
import sys, time
def measure():
    best = 1e9
    for _ in range(30):
        started = time.perf_counter_ns()
        for _ in range(100_000): id(1)
        best = min(best, (time.perf_counter_ns() - started) / 100_000)
    return best
bare = measure()
if sys.argv[1] == "ours":
    from mlops_lab.kernel.capture.opened import Opened, process_watches
    process_watches().start(Opened("/", print)); process_watches().stop()
else:
    sys.addaudithook({}.get)
print(measure() - bare)
"""


def measure(repeats: int) -> list[Row]:
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    from mlops_lab.kernel import magics
    from mlops_lab.kernel.session import process_session

    taken: dict[str, dict[str, list[float]]] = {}
    with tempfile.TemporaryDirectory() as folder:
        os.environ["MLOPS_LAB_SPOOL_DIR"] = str(Path(folder) / "spool")
        shell = InteractiveShell.instance(config=Config({"HistoryManager": {"enabled": False}}))
        shell.user_ns.update(_tables())
        magics.load(shell)
        with redirect_stdout(io.StringIO()):
            shell.run_cell("%%track\nrows = len(small)")
        for _ in range(repeats):
            for name in ("small", "frame", "texts", "array"):
                found = taken.setdefault(name, {"with": [], "without": []})
                for way, line in (("without", "%%track --no-data"), ("with", "%%track")):
                    assert process_session().background.finish(timeout=60)
                    with redirect_stdout(io.StringIO()):
                        started = perf_counter()
                        shell.run_cell(f"{line}\nrows = len({name})")
                    found[way].append(1e3 * (perf_counter() - started))
        magics.unload(shell)
        InteractiveShell.clear_instance()
    return [*(_row(name, found) for name, found in taken.items()), _hook()]


def _tables() -> dict[str, object]:
    import numpy as np
    import pandas as pd

    rng = np.random.default_rng(0)
    return {
        "small": pd.DataFrame({"a": range(100), "b": ["x", "y"] * 50}),
        "frame": pd.DataFrame({f"c{n}": rng.normal(size=2_000_000) for n in range(10)}),
        "texts": pd.DataFrame({"s": [f"customer-{n}" for n in range(1_000_000)]}, dtype=object),
        "array": rng.normal(size=(2_000_000, 10)),
    }


def _row(name: str, found: dict[str, list[float]]) -> Row:
    ours, other = median(found["with"]), median(found["without"])
    note = f"adds {ours - other:.1f} ms, at most {MAX_ADDED_MS:.0f}"
    target = (other + MAX_ADDED_MS) / other
    title = f"%%track on a cell that reads {name!r} / with --no-data"
    return Row(title, ours, other, "ms", ours / other, target, note=note)


def _hook() -> Row:
    taken = {
        way: float(
            subprocess.run(
                [sys.executable, "-c", HOOK, way], capture_output=True, text=True, check=True
            ).stdout
        )
        for way in ("ours", "least")
    }
    note = "an event while no tracked cell runs / the same with a hook that does nothing"
    ratio = taken["ours"] / taken["least"]
    return Row("audit hook, idle", taken["ours"], taken["least"], "ns", ratio, None, note=note)
