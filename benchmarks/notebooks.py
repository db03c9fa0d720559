"""Runs notebooks as written and with every code cell tracked, and tells what is different.

``benchmarks/notebooks.py NOTEBOOK... [--timeout S] [--json FILE]``. A notebook runs in its own folder
with this interpreter's kernel. Compared are the outputs and errors of each cell and the values that
the names hold at the end; shown is what was captured.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import nbformat
from jupyter_client.manager import KernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellTimeoutError, DeadKernelError

NAMESPACE = """
def _digest_names():
    import hashlib, json, resource
    found = {}
    for name, value in sorted(globals().items()):
        if name.startswith("_") or name in {"In", "Out", "lab", "exit", "quit", "get_ipython", "open"}:
            continue
        kind = type(value)
        try:
            if kind in (int, float, str, bool, bytes, complex, type(None)):
                text = repr(value)
            elif kind in (list, tuple, dict, set, frozenset) and len(repr(value)) < 100_000:
                text = repr(value)
            elif kind.__module__ == "numpy" and hasattr(value, "tobytes"):
                text = f"{value.dtype} {value.shape}"
                text += hashlib.sha256(value.tobytes()).hexdigest() if value.dtype != object else ""
            elif kind.__module__.startswith("pandas") and hasattr(value, "to_csv"):
                text = hashlib.sha256(value.to_csv().encode()).hexdigest()
            elif kind.__module__ == "torch" and hasattr(value, "detach"):
                text = hashlib.sha256(value.detach().numpy().tobytes()).hexdigest()
            elif hasattr(kind, "get_params"):
                learned = {k: v for k, v in vars(value).items() if k.endswith("_")}
                text = kind.__qualname__ + repr(learned)
            else:
                text = kind.__qualname__
        except Exception as error:
            text = repr(type(error))
        if " at 0x" not in text:
            found[name] = hashlib.sha256(text.encode()).hexdigest()[:16]
    used = resource.getrusage(resource.RUSAGE_SELF)
    print("USED=" + json.dumps([used.ru_utime + used.ru_stime, used.ru_maxrss / 1024]))
    print("NAMES=" + json.dumps(found))
_digest_names()
"""

_ADDRESS = re.compile(r"0x[0-9a-f]{6,}")
_PLACE = re.compile(r"(ipykernel_\d+/)?\d{3,}\.py(:\d+|, line \d+)?")
_ID = re.compile(r"(sk-(?:container|estimator)-id-|[a-z-]*id=\")[\w-]+")
_TIMES = re.compile(
    r"\d+(\.\d+)?(e[+-]?\d+)?\s*(ns|us|µs|μs|ms|s|min|seconds?)\b|\d+:\d\d(:\d\d)?|\d+(\.\d+)?\s*it/s"
)
_OURS = re.compile(r"^MLOps Lab: .*\n?", re.MULTILINE)


@dataclass
class Side:
    """What one execution of a notebook gave."""

    outputs: list[list[str]]
    errors: list[str]
    names: dict[str, str]
    cell_seconds: list[float]
    processor_seconds: float = 0.0
    peak_mb: float = 0.0
    faults: list[str] = field(default_factory=list)
    ended: str = "whole"


@dataclass
class Finding:
    """A notebook, held against itself with tracking."""

    notebook: str
    cells: int
    ended: str
    seconds: float
    tracked_seconds: float
    processor_seconds: float
    tracked_processor_seconds: float
    peak_mb: float
    tracked_peak_mb: float
    slowed_cells: dict[int, str]
    differing_outputs: list[int]
    differing_names: list[str]
    errors: list[str]
    tracked_errors: list[str]
    faults: list[str]
    runs: int = 0
    params: dict[str, str] = field(default_factory=dict)
    metrics: dict[str, float] = field(default_factory=dict)
    facets: dict[str, int] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    examples: list[str] = field(default_factory=list)
    captured: list[dict[str, Any]] = field(default_factory=list)

    @property
    def same(self) -> bool:
        """Outputs, errors and names are as without tracking."""
        return not self.differing_outputs and not self.differing_names


def evaluate(path: Path, *, timeout: float) -> Finding:
    """Run a notebook without tracking and with, and hold them against one another.

    Where they differ it is run without once more: what differs then too is the notebook's own.
    """
    with tempfile.TemporaryDirectory() as folder:
        plain = _run(path, Path(folder) / "plain", prefix="", timeout=timeout)
        tracked = _run(path, Path(folder) / "tracked", prefix="%%track\n", timeout=timeout)
        again = plain
        if (plain.outputs, plain.names) != (tracked.outputs, tracked.names):
            again = _run(path, Path(folder) / "again", prefix="", timeout=timeout)
        unsteady = {n for n in range(len(plain.outputs)) if plain.outputs[n] != again.outputs[n]}
        moving = {n for n in plain.names | again.names if plain.names.get(n) != again.names.get(n)}
        pairs = enumerate(zip(plain.outputs, tracked.outputs, strict=True))
        differing = [n for n, (one, other) in pairs if one != other and n not in unsteady]
        finding = Finding(
            notebook=f"{path.parent.name}/{path.name}",
            cells=len(plain.outputs),
            ended=tracked.ended,
            seconds=round(min(sum(plain.cell_seconds), sum(again.cell_seconds)), 2),
            tracked_seconds=round(sum(tracked.cell_seconds), 2),
            processor_seconds=round(min(plain.processor_seconds, again.processor_seconds), 2),
            tracked_processor_seconds=round(tracked.processor_seconds, 2),
            peak_mb=round(max(plain.peak_mb, again.peak_mb)),
            tracked_peak_mb=round(tracked.peak_mb),
            slowed_cells=_slowed(map(min, plain.cell_seconds, again.cell_seconds), tracked),
            differing_outputs=differing,
            differing_names=sorted(
                name
                for name in plain.names | tracked.names
                if plain.names.get(name) != tracked.names.get(name) and name not in moving
            ),
            errors=plain.errors,
            tracked_errors=tracked.errors,
            faults=tracked.faults,
            examples=[
                f"{n}: {plain.outputs[n]} / {tracked.outputs[n]}"[:1200] for n in differing[:3]
            ],
        )
        _read_store(finding, Path(folder) / "tracked")
    return finding


def _slowed(seconds: Iterable[float], tracked: Side) -> dict[int, str]:
    return {
        n: f"{one:.3f} s / {ours:.3f} s"
        for n, (one, ours) in enumerate(zip(seconds, tracked.cell_seconds, strict=True))
        if ours > 1.1 * one + 0.1
    }


def _run(path: Path, folder: Path, *, prefix: str, timeout: float) -> Side:
    notebook = nbformat.read(path, as_version=4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code" and cell.source.strip()]
    for cell in code:
        cell.outputs = []
        cell.source = prefix + cell.source
    last = nbformat.v4.new_code_cell(NAMESPACE)
    notebook.cells.append(last)
    first = nbformat.v4.new_code_cell("%load_ext mlops_lab" if prefix else "pass")
    notebook.cells.insert(0, first)
    ended = _execute(notebook, path.parent, folder, timeout=timeout)
    names = "".join(output.get("text", "") for output in last.get("outputs", []))
    found = names.partition("NAMES=")[2].splitlines()
    used = names.partition("USED=")[2].splitlines()
    processor_seconds, peak_mb = json.loads(used[0]) if used else (0.0, 0.0)
    return Side(
        outputs=[_texts(cell) for cell in code],
        errors=[
            f"cell {n}: {output.ename}"
            for n, cell in enumerate(code)
            for output in cell.outputs
            if output.output_type == "error"
        ],
        names=json.loads(found[0]) if found else {},
        cell_seconds=[_seconds(cell) for cell in code],
        processor_seconds=processor_seconds,
        peak_mb=peak_mb,
        faults=[
            line.strip()
            for cell in [first, *code]
            for output in cell.outputs
            if output.get("name") == "stderr"
            for line in _OURS.findall(output.text)
        ],
        ended=ended,
    )


def _execute(notebook: Any, place: Path, folder: Path, *, timeout: float) -> str:
    """Run the cells in a kernel of this interpreter and tell how that ended."""
    manager = KernelManager(kernel_name="python3")
    manager.kernel_spec.argv[0] = sys.executable
    client = NotebookClient(
        notebook,
        km=manager,
        timeout=timeout,
        allow_errors=True,
        resources={"metadata": {"path": str(place)}},
    )
    try:
        client.execute(env={**os.environ, **_environment(folder)})
    except (CellTimeoutError, DeadKernelError) as error:
        return type(error).__name__
    finally:
        # A client ends only the kernels of managers that it made itself.
        if manager.has_kernel:
            manager.shutdown_kernel()
    return "whole"


def _seconds(cell: Any) -> float:
    times = cell.metadata.get("execution", {})
    busy, idle = times.get("iopub.status.busy"), times.get("iopub.status.idle")
    if busy is None or idle is None:
        return 0.0
    return (datetime.fromisoformat(idle) - datetime.fromisoformat(busy)).total_seconds()


def _environment(folder: Path) -> dict[str, str]:
    folder.mkdir()
    return {
        "MLOPS_LAB_DATA_DIR": str(folder),
        "MLOPS_LAB_NO_CAPTURE": "chip",
        "PYTHONHASHSEED": "0",
        "OMP_NUM_THREADS": "1",
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
    }


def _texts(cell: Any) -> list[str]:
    """Return the outputs of a cell without what no two executions have alike."""
    found: list[str] = []
    streams: dict[str, str] = {}
    for output in cell.outputs:
        if output.output_type == "stream":
            streams[output.name] = streams.get(output.name, "") + output.text
        elif output.output_type == "error":
            found.append(f"error {output.ename}: {output.evalue}")
        else:
            data = output.data
            kinds = [kind for kind in sorted(data) if kind in {"image/png", "text/html"}]
            found.extend(f"{kind} {data[kind]}" for kind in kinds or sorted(data))
    kept = {name: _OURS.sub("", text) for name, text in streams.items()}
    found.extend(f"{name} {text}" for name, text in kept.items() if text.strip())
    return [_steady(text) for text in found]


def _steady(text: str) -> str:
    for pattern, word in ((_ADDRESS, "0x"), (_PLACE, "cell"), (_ID, "id"), (_TIMES, "time")):
        text = pattern.sub(word, text)
    return text


def _read_store(finding: Finding, folder: Path) -> None:
    from mlops_lab.core.settings import make_settings
    from mlops_lab.lab import Lab

    settings = make_settings(jupyter_data_dir=folder, environ={"MLOPS_LAB_DATA_DIR": str(folder)})
    counts: Counter[str] = Counter()
    with Lab.open(settings) as lab:
        lab.tracking.take_in_spools(settings.spool_dir, only_dead=False)
        page = lab.tracking.list_runs(limit=1000)
        finding.runs = sum(summary.parent_run_id is None for summary in page.runs)
        counts["trials"] = page.total - finding.runs
        for summary in reversed(page.runs):
            if summary.parent_run_id is None:
                told = _tell(lab, summary)
                finding.captured.append(told)
                finding.params.update(told["params"])
                finding.metrics.update(told["metrics"])
                finding.warnings.extend(told["warnings"])
                counts["data"] += sum(not one.startswith("file ") for one in told["data"])
                counts["files"] += sum(one.startswith("file ") for one in told["data"])
                counts["models"] += len(told["models"])
                counts["order problems"] += summary.has_order_problems
    finding.facets = dict(counts)


def _tell(lab: Any, summary: Any) -> dict[str, Any]:
    """Return in plain words what one run holds."""
    run, captured = lab.tracking.get_run(summary.id), lab.tracking.get_capture(summary.id)
    return {
        "source": "".join(cell.source for cell in run.cells)[:1500],
        "status": summary.status,
        "children": summary.children,
        "params": {one.name: one.value[:60] for one in run.params},
        "origins": {one.name: f"{one.origin} {one.detail}" for one in run.params},
        "metrics": {one.name: one.last for one in run.metrics if "system/" not in one.name},
        "primary": summary.primary_metric and summary.primary_metric.name,
        "data": [
            f"{one.source} {one.name} {one.library_type} {one.shape} {one.notes}"
            for one in captured.data
        ],
        "models": [f"{one.name}: {one.class_name}" for one in captured.models],
        "missing": [
            kind
            for kind in ("environment", "git", "resources", "order")
            if getattr(captured, kind) is None
        ],
        "warnings": run.warnings,
    }


def main() -> int:
    parser = argparse.ArgumentParser(prog="benchmarks/notebooks.py", description=__doc__)
    parser.add_argument("notebooks", nargs="+", type=Path, metavar="NOTEBOOK")
    parser.add_argument("--timeout", type=float, default=300, help="seconds of a cell")
    parser.add_argument("--json", type=Path, help="file for all that was found")
    given = parser.parse_args()
    findings = []
    for path in given.notebooks:
        finding = evaluate(path.absolute(), timeout=given.timeout)
        findings.append(finding)
        state = "same" if finding.same else "DIFFERS"
        print(
            f"{finding.notebook}: {state}, {finding.ended}, {finding.cells} cells, "
            f"{finding.runs} runs, {len(finding.params)} params, {len(finding.metrics)} metrics, "
            f"{finding.facets}, {finding.seconds} s / {finding.tracked_seconds} s, "
            f"processor {finding.processor_seconds} s / {finding.tracked_processor_seconds} s, "
            f"{finding.peak_mb} MB / {finding.tracked_peak_mb} MB, "
            f"{len(finding.faults)} lines of ours",
            flush=True,
        )
        if given.json:
            given.json.write_text(json.dumps([asdict(one) for one in findings], indent=1))
    return 0 if all(finding.same for finding in findings) else 1


if __name__ == "__main__":
    sys.exit(main())
