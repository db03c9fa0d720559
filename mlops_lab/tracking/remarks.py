"""Owns the English of what is remarked of differences and runs; a screen has its own (pure)."""

from __future__ import annotations

from collections.abc import Callable

from mlops_lab.core.explanation import Remark, RemarkWord

_ENGLISH: dict[RemarkWord, Callable[[Remark], str]] = {
    "becomes": lambda said: f"It becomes {said.names[0]}.",
    "default": lambda _: "Nobody set it; the library chose it.",
    "in_code": lambda said: f"It stands in the code, line {_count(said)} of its cell.",
    "lines": lambda said: f"{lines(said.numbers[0])} gone, {lines(said.numbers[1])} new.",
    "cells_moved": lambda said: f"{_count(said)} of the cells ran at another place.",
    "order_problems": lambda _: (
        "Only one of the runs has cells that ran out of order, were edited or deleted."
    ),
    "cell_added": lambda said: f"Cell {_count(said)} is new",
    "cell_removed": lambda said: f"Cell {_count(said)} is gone",
    "cell_changed": lambda said: f"Cell {_count(said)} has other code",
    "data_order": lambda said: f"The data {said.names[0]} has its rows or columns in another order",
    "data_content": lambda said: f"The data {said.names[0]} has other content",
    "columns_added": lambda said: f"Columns that are new: {_list(said)}.",
    "columns_removed": lambda said: f"Columns that are gone: {_list(said)}.",
    "columns_retyped": lambda said: f"Columns that are of another type: {_list(said)}.",
    "column_apart": lambda said: (
        f"The values of {said.names[0]} lie {said.numbers[0]:.2f} apart (0 alike, 1 disjoint)."
    ),
    "columns_apart": lambda said: f"So do those of {_count(said)} more columns.",
    "column_missing": lambda said: (
        f"Of {said.names[0]}, {said.numbers[1]:.0%} is missing; it was {said.numbers[0]:.0%}."
    ),
    "values_gained": lambda said: f"{said.names[0]} has new values: {_list(said, 1)}.",
    "values_lost": lambda said: f"{said.names[0]} lacks values: {_list(said, 1)}.",
    "package": lambda said: f"The package {said.names[0]}",
    "package_used": lambda _: "The code or the model uses it.",
    "packages": lambda said: (
        f"{_count(said)} packages that the code does not import have other versions"
    ),
    "packages_unused": lambda said: f"The code does not import {_list(said)}.",
    "model_params": lambda _: "Its hyperparameters differ with it.",
    "python": lambda _: "Python",
    "platform": lambda _: "The platform",
    "variable": lambda said: f"The variable {said.names[0]}",
    "hardware": lambda said: f"The hardware ({said.names[0]})",
    "git_too": lambda said: f"Other too: {', '.join(said.names)}.",
    "run_failed": lambda said: f"{said.names[0]} failed with {said.names[1]}: {said.names[2]}",
    "run_unfinished": lambda said: (
        f"{said.names[0]} is {said.names[1]}: its values may not be its last ones."
    ),
    "run_without_value": lambda said: f"{said.names[0]} has no value of {said.names[1]}.",
    "no_metric": lambda _: "Neither run has a metric.",
    "data_unknown": lambda said: (
        f"Other rows were read of {', '.join(said.names)}: nobody can say whether it differs."
    ),
    "unrecorded_of_one": lambda said: f"The {said.names[0]} of one run was not recorded.",
    "unrecorded_of_both": lambda said: f"The {said.names[0]} of both runs was not recorded.",
}


def in_english(said: Remark) -> str:
    """Return a remark as a sentence, or as the title of a cause."""
    return _ENGLISH[said.word](said)


def lines(count: float) -> str:
    """Return so many lines in words."""
    return "1 line" if count == 1 else f"{count:,.0f} lines"


def _count(said: Remark) -> str:
    return f"{said.numbers[0]:,.0f}"


def _list(said: Remark, begin: int = 0) -> str:
    told = ", ".join(said.names[begin:])
    return f"{told} and {said.more:,} more" if said.more else told
