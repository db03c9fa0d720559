"""Owns a curve as SVG, for where no script runs: Markdown, and HTML without plotly."""

from __future__ import annotations

import math
from html import escape
from itertools import pairwise

from mlops_lab.core.numbers import from_wire

from .content import Content, Curve

COLOURS = ("#1f77b4", "#d95f02", "#1b9e77", "#c2478e", "#a6761d", "#7570b3", "#66a61e", "#666666")
"""Colours of runs in the order of the report; they differ for people who see few colours too."""

WIDTH, HEIGHT = 640, 260
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 12, 28, 28


def svg_of(curve: Curve, content: Content) -> str:
    """Return a curve as a whole SVG picture; gaps stay gaps."""
    runs = [
        [
            (point.step, value)
            for point in series.points
            if math.isfinite(value := from_wire(point.value))
        ]
        for _, series in curve.lines
    ]
    every = [point for points in runs for point in points]
    if not every:
        return ""
    low_x, high_x = min(x for x, _ in every), max(x for x, _ in every)
    low, high = min(y for _, y in every), max(y for _, y in every)
    wide, tall = WIDTH - _LEFT - _RIGHT, HEIGHT - _TOP - _BOTTOM

    def place(x: float, y: float) -> str:
        across = (x - low_x) / (high_x - low_x) if high_x > low_x else 0.5
        up = (y - low) / (high - low) if high > low else 0.5
        return f"{_LEFT + across * wide:.1f},{HEIGHT - _BOTTOM - up * tall:.1f}"

    parts = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" '
            f'height="{HEIGHT}" font-family="sans-serif" font-size="11">'
        ),
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
        f'<text x="{_LEFT}" y="16" font-size="13" fill="#222222">{escape(curve.name)}</text>',
        f'<rect x="{_LEFT}" y="{_TOP}" width="{wide}" height="{tall}" fill="none" stroke="#cccccc"/>',
        _label(_LEFT - 6, HEIGHT - _BOTTOM, f"{low:.4g}", "end"),
        _label(_LEFT - 6, _TOP + 10, f"{high:.4g}", "end"),
        _label(_LEFT, HEIGHT - 10, f"{low_x}", "start"),
        _label(WIDTH - _RIGHT, HEIGHT - 10, f"{high_x}", "end"),
    ]
    for (at, series), points in zip(curve.lines, runs, strict=True):
        colour = COLOURS[at % len(COLOURS)]
        title = f"<title>{escape(content.label_of(series.run_id))}</title>"
        if len(points) == 1:
            x, y = place(*points[0]).split(",")
            parts.append(f'<circle cx="{x}" cy="{y}" r="3" fill="{colour}">{title}</circle>')
            continue
        drawn = " ".join(place(*point) for point in _without_repeats(points))
        parts.append(
            f'<polyline fill="none" stroke="{colour}" stroke-width="1.6" points="{drawn}">{title}</polyline>'
        )
    return "".join([*parts, "</svg>"])


def _without_repeats(points: list[tuple[int, float]]) -> list[tuple[int, float]]:
    return points[:1] + [after for before, after in pairwise(points) if after != before]


def _label(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x}" y="{y}" text-anchor="{anchor}" fill="#555555">{escape(text)}</text>'
