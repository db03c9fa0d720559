"""Owns what tells runs of the same code, data and params, as far as it is known before the cell runs."""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

from mlops_lab.core.secrets import is_secret, mask_text
from mlops_lab.notebooks.nodes import every_node

from .capture.namedpaths import evaluate
from .ownparts import OwnParts, UnknownError, state_of_file
from .run import RunLog

MAX_PATHS = 50
"""So many texts of a cell are looked up as files."""


def identify(
    tree: ast.Module | None,
    source: str,
    *,
    run: RunLog,
    reads: Mapping[str, Any],
) -> str | None:
    """Return a digest of code, params and data of a cell; None when some of it is not known yet.

    A cell without code has none either.

    Args:
        tree: the cell as Python; None for one of another language.
        source: the cell as it was typed.
        run: has the params and the versions of data that were recorded before the cell's code runs.
        reads: what the cell takes from before, by name.
    """
    if tree is not None and not tree.body:
        return None
    hashed = hashlib.sha256()
    try:
        for part in _parts(tree, source, run=run, reads=reads):
            encoded = part.encode("utf-8", "surrogatepass")
            hashed.update(len(encoded).to_bytes(8, "big") + encoded)
    except (UnknownError, RecursionError):
        return None
    return hashed.hexdigest()[:32]


def _parts(
    tree: ast.Module | None, source: str, *, run: RunLog, reads: Mapping[str, Any]
) -> Iterator[str]:
    if run.hides_data:
        raise UnknownError
    body = source.strip() if tree is None else ast.unparse(tree)
    yield mask_text(body)
    yield from (f"{name}={text}" for name, text in sorted(run.params.items()))
    facets = {name: digest for (kind, name), digest in run.facets.items() if kind == "data"}
    # Whether the content of a large table is known by now depends on the load; of a sample it does not.
    tables = facets | run.glimpses
    yield from (f"{name}:{digest}" for name, digest in sorted(tables.items()))
    known = frozenset({*run.params, *tables})
    own = OwnParts(known)
    for name, value in sorted(reads.items()):
        if name not in known and not is_secret(name, value):
            yield from own.of_value(name, value)
    if tree is not None:
        yield from _files(tree, reads)


def _files(tree: ast.Module, reads: Mapping[str, Any]) -> Iterator[str]:
    """Yield size and time of the files that the code names, also by names and joined texts."""
    named = dict(reads)
    texts: dict[str, None] = {}
    for node in every_node(tree):
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Constant(value=str(text))):
                named.setdefault(name, text)
            case _:
                pass
    for node in every_node(tree):
        if isinstance(node, ast.Constant | ast.Name | ast.JoinedStr | ast.BinOp | ast.Call):
            path = evaluate(node, named)
            if path is not None:
                texts[path] = None
    for text in list(texts)[:MAX_PATHS]:
        yield from state_of_file(text)
