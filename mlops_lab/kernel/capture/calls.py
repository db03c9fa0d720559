"""Owns which function the value of an expression comes from, by the code alone."""

from __future__ import annotations

import ast
from collections.abc import Mapping


def called_name(node: ast.expr, known: Mapping[str, str] | None = None) -> str | None:
    """Return the last name of what an expression calls: ``score`` for ``model.score(x)``.

    What a frame is made from counts, not that it is one: ``score`` also for ``DataFrame(score(x))``,
    and for ``DataFrame(found)`` what ``known`` says of ``found``.
    """
    call = node.value if isinstance(node, ast.Await) else node
    if not isinstance(call, ast.Call):
        return None
    name = _last_name(call.func)
    if name == "DataFrame" and call.args:
        inner = call.args[0]
        if isinstance(inner, ast.Name):
            return (known or {}).get(inner.id)
        return called_name(inner, known)
    return name


def _last_name(function: ast.expr) -> str | None:
    match function:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case _:
            return None
