"""Runs benchmarks by name and shows their rows."""

from __future__ import annotations

import argparse
import importlib
from pathlib import Path

from report import show_json, show_table

HERE = Path(__file__).parent
NOT_BENCHMARKS = {
    "browsing",
    "growth_plot",
    "large_stores",
    "live",
    "long_stores",
    "notebooks",
    "report",
    "runner",
    "soak",
    "writers",
}


def main() -> int:
    names = sorted({path.stem for path in HERE.glob("*.py")} - NOT_BENCHMARKS)
    parser = argparse.ArgumentParser(prog="benchmarks/run", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of {', '.join(names)}")
    parser.add_argument("--repeats", type=int, default=7, help="rounds of each, 7 if not given")
    parser.add_argument("--json", action="store_true", help="print rows as JSON")
    given = parser.parse_args()
    unknown = [name for name in given.names if name not in names]
    if unknown:
        parser.error(f"there is no benchmark {unknown[0]!r}; there are {', '.join(names)}")
    rows = []
    for name in given.names or names:
        rows.extend(importlib.import_module(name).measure(given.repeats))
    (show_json if given.json else show_table)(rows)
    return 1 if any(row.met is False for row in rows) else 0


if __name__ == "__main__":
    raise SystemExit(main())
