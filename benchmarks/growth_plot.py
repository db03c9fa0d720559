"""Owns the plot of how long answers take by the size of the store, as a plain SVG."""

from __future__ import annotations

import html
import math
from pathlib import Path

WIDTH = 1_000
LEFT, TOP, PLOT_WIDTH = 70, 30, 480
LINE_HEIGHT = 15
COLOURS = ("#1f77b4", "#d62728", "#2ca02c", "#9467bd", "#ff7f0e", "#17becf", "#8c564b", "#e377c2")


def plot_growth(path: Path, found: dict[str, dict[str, dict[int, float]]]) -> None:
    """Write milliseconds by runs, both on logarithmic axes, one line a question and database."""
    lines = [
        (f"{database}: {label}", sorted(times.items()))
        for database, questions in found.items()
        for label, times in questions.items()
    ]
    lines.sort(key=lambda line: -line[1][-1][1])
    plot_height = max(460, LINE_HEIGHT * len(lines))
    height = plot_height + 100
    sizes = sorted({size for _, points in lines for size, _ in points})
    values = [value for _, points in lines for _, value in points]
    low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
    begin, end = math.log10(sizes[0]), math.log10(sizes[-1])

    def across(size: int) -> float:
        return LEFT + PLOT_WIDTH * (math.log10(size) - begin) / max(end - begin, 1e-9)

    def down(value: float) -> float:
        return TOP + plot_height * (high - math.log10(value)) / max(high - low, 1e-9)

    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}"'
    parts = [
        f'{head} font-family="sans-serif" font-size="11">',
        f'<rect width="{WIDTH}" height="{height}" fill="white"/>',
    ]
    for power in range(low, high + 1):
        y = down(10.0**power)
        parts.append(
            f'<line x1="{LEFT}" x2="{LEFT + PLOT_WIDTH}" y1="{y}" y2="{y}" stroke="#ddd"/>'
        )
        parts.append(
            f'<text x="{LEFT - 8}" y="{y + 4}" text-anchor="end">{10.0**power:g} ms</text>'
        )
    for size in sizes:
        y = TOP + plot_height + 20
        parts.append(f'<text x="{across(size)}" y="{y}" text-anchor="middle">{size:,} runs</text>')
    for index, (label, points) in enumerate(lines):
        colour = COLOURS[index % len(COLOURS)]
        line = " ".join(f"{across(size):.1f},{down(value):.1f}" for size, value in points)
        parts.append(f'<polyline points="{line}" fill="none" stroke="{colour}"/>')
        y = TOP + 10 + index * LINE_HEIGHT
        parts.append(
            f'<text x="{LEFT + PLOT_WIDTH + 20}" y="{y:.1f}" fill="{colour}">'
            f"{html.escape(label)}: {points[-1][1]:.1f} ms</text>"
        )
    parts.append("</svg>")
    path.write_text("\n".join(parts), encoding="utf-8")
