"""Owns rows for every table: awkward values in all columns, and foreign keys that lead somewhere."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import BigInteger, Boolean, Connection, Float, Integer, LargeBinary, Table, insert

from mlops_lab.store.all_tables import metadata
from mlops_lab.store.copying import key_columns

WORDS = ["", "plain", "GRÜßE 🎉 \t\n\\N \\. 'x' \"y\"", "NULL", "\\", "😀" * 50]
NUMBERS = [0.5, math.inf, -math.inf, None, -0.0, 1e-310, 1.7976931348623157e308]

Given = Mapping[tuple[str, str], Callable[[int], Any]]
"""By table and column: what row number so and so has there."""


def fill_all(tx: Connection, count: int, given: Given | None = None) -> None:
    """Write ``count`` rows into every table; row n of each belongs to row n of the others."""
    made: dict[str, list[dict[str, Any]]] = {}
    for table in metadata.sorted_tables:
        _fill(tx, table, count, made, given or {})


def _value(column: Any, number: int) -> Any:
    """A value of the column's type, with all the awkward ones among them."""
    if column.nullable and number % 3 == 0:
        return None
    by_type: list[tuple[type, Any]] = [
        (Boolean, number % 2 == 0),
        (BigInteger, 2**62 + number),
        (Integer, number),
        (Float, NUMBERS[number % len(NUMBERS)] if column.nullable else float(number)),
        (LargeBinary, bytes(range(256)) + bytes([number])),
    ]
    stored_as = getattr(column.type, "impl", column.type)
    for kind, value in by_type:
        if isinstance(stored_as, kind):
            return value
    length = getattr(column.type, "length", None)
    return (WORDS[number % len(WORDS)] + str(number))[: length or 1000]


def _fill(
    tx: Connection,
    table: Table,
    count: int,
    made: dict[str, list[dict[str, Any]]],
    given: Given,
) -> None:
    rows = []
    for number in range(1, count + 1):
        row = {column.name: _value(column, number) for column in table.c}
        for column in key_columns(table):
            # Keys name one row each.
            is_text = not isinstance(column.type, Integer)
            length = getattr(column.type, "length", None) or 32
            row[column.name] = f"{number:032x}"[-length:] if is_text else number
        row |= {name: value(number) for (of, name), value in given.items() if of == table.name}
        for foreign in table.foreign_key_constraints:
            target = made[foreign.referred_table.name][number - 1]
            row |= {e.parent.name: target[e.column.name] for e in foreign.elements}
        rows.append(row)
    made[table.name] = rows
    tx.execute(insert(table), rows)
