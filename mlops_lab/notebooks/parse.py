"""Owns how the source of a cell becomes a syntax tree: IPython's own syntax is understood."""

from __future__ import annotations

import ast
import re
import warnings

from IPython.core.inputtransformer2 import TransformerManager

PYTHON_CELL_MAGICS = frozenset({"track", "time", "timeit", "capture", "prun"})
"""Cell magics whose body is Python that runs in the user's namespace."""

_CELL_MAGIC = re.compile(r"%%(?P<name>[^\s?%]+)(?P<line>[^\n]*)(?:\n|\Z)")


def cell_magic(source: str) -> tuple[str, str, str] | None:
    """Return ``(name, line, body)`` of the cell magic that ``source`` starts with, or None.

    ``line`` is the rest of the first line without outer white space; blank lines above the magic
    do not count, as in IPython. ``%%name?`` asks for help and is no cell magic.
    """
    text = source[_blank_prefix(source) :]
    match = _CELL_MAGIC.match(text)
    if match is None or match["line"].startswith("?"):
        return None
    return match["name"], match["line"].strip(), text[match.end() :]


def parse_cell(source: str) -> ast.Module | None:
    """Return the tree of a cell, or None when it is not valid Python.

    Line magics and shell lines become calls of ``get_ipython()``, as IPython runs them. A cell magic
    with a Python body (``%%track``, ``%%time``, ``%%capture``...) stands for its body; any other,
    such as ``%%bash``, gives None. Line numbers count from the first line of ``source``, unless a
    magic was spread over several lines.
    """
    offset = source[: _blank_prefix(source)].count("\n")
    body = source[_blank_prefix(source) :]
    while (magic := cell_magic(body)) is not None:
        name, _, inner = magic
        if name not in PYTHON_CELL_MAGICS:
            return None
        at = _blank_prefix(inner)
        offset += 1 + inner[:at].count("\n") + body[: _blank_prefix(body)].count("\n")
        body = inner[at:]
    try:
        text = TransformerManager().transform_cell(body)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            flags = ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
            tree: ast.Module = compile(text, "<cell>", "exec", flags=flags, dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return ast.increment_lineno(tree, offset)


def _blank_prefix(text: str) -> int:
    """Return the length of the leading lines that hold white space only."""
    match = re.match(r"(?:[^\S\n]*\n)*", text)
    return match.end() if match else 0
