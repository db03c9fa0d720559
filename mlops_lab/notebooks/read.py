"""Owns how a notebook file is read: never written, and refused with a reason when it is no notebook."""

from __future__ import annotations

import json
import secrets
import warnings
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

from mlops_lab.core.errors import InvalidInputError, NotFoundError

DEFAULT_KERNEL = "python3"
"""The kernel of a notebook that names none."""


def read_notebook(path: Path) -> NotebookNode:
    """Return the notebook at ``path`` in format 4.5; an older one is upgraded in memory only.

    Raises:
        NotFoundError: there is no such file.
        InvalidInputError: the file cannot be read, is not a notebook, has no cells, or its kernel
            does not speak Python.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError as error:
        raise NotFoundError(
            f"There is no notebook at {path}.",
            hint="It was moved or never saved: save it, or name the file where it is now.",
        ) from error
    except OSError as error:
        raise InvalidInputError(
            f"The notebook {path} cannot be read: {error.strerror or error}.",
            hint="Name an .ipynb file that you may read.",
        ) from error
    return parse_notebook(content, where=str(path))


def parse_notebook(content: bytes, *, where: str) -> NotebookNode:
    """Return the notebook in ``content``; ``where`` names it in messages.

    Raises:
        InvalidInputError: as for ``read_notebook``.
    """
    raw = _decode(content, where)
    _check_shape(raw, where)
    notebook = _upgrade(raw, where)
    _check_cells(notebook, where)
    _check_language(notebook, where)
    return notebook


def kernel_name(notebook: NotebookNode) -> str | None:
    """Return the name of the kernel spec that the notebook was saved with, if it names one."""
    name = (notebook.metadata.get("kernelspec") or {}).get("name")
    return name if isinstance(name, str) and name else None


def _decode(content: bytes, where: str) -> dict[str, Any]:
    try:
        raw = json.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise InvalidInputError(
            f"{where} is not a notebook: byte {error.start} is not UTF-8.",
            hint="Name an .ipynb file.",
        ) from error
    except json.JSONDecodeError as error:
        raise InvalidInputError(
            f"{where} is not valid JSON: {error.msg} at line {error.lineno}, column {error.colno}.",
            hint="Open and save it in JupyterLab, or restore it from a backup.",
        ) from error
    except RecursionError as error:
        raise InvalidInputError(
            f"{where} is not a notebook: its JSON is nested too deep."
        ) from error
    if not isinstance(raw, dict):
        raise InvalidInputError(
            f"{where} is JSON but not a notebook: it holds a {type(raw).__name__}, not an object.",
            hint="Name an .ipynb file.",
        )
    return raw


def _check_shape(raw: dict[str, Any], where: str) -> None:
    major = raw.get("nbformat")
    has_cells = isinstance(raw.get("cells"), list) or isinstance(raw.get("worksheets"), list)
    if not isinstance(major, int) or not has_cells:
        raise InvalidInputError(
            f"{where} is JSON but not a notebook: it lacks 'nbformat' or 'cells'.",
            hint="Name an .ipynb file.",
        )
    if major > nbformat.current_nbformat:
        raise InvalidInputError(
            f"{where} has notebook format {major}, this version knows up to "
            f"{nbformat.current_nbformat}.",
            hint="Upgrade: pip install --upgrade nbformat.",
        )


def _upgrade(raw: dict[str, Any], where: str) -> NotebookNode:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            notebook: NotebookNode = nbformat.reads(  # type: ignore[no-untyped-call]
                json.dumps(raw), as_version=4
            )
            if notebook.nbformat_minor < nbformat.current_nbformat_minor:
                notebook = nbformat.v4.upgrade(notebook)  # type: ignore[no-untyped-call]
    except Exception as error:
        # nbformat raises whatever a missing or misplaced field leads to: KeyError, TypeError, ...
        raise InvalidInputError(
            f"{where} is not a whole notebook: {type(error).__name__}: {error}.",
            hint="Open and save it in JupyterLab, or restore it from a backup.",
        ) from error
    return notebook


def _check_cells(notebook: NotebookNode, where: str) -> None:
    if not notebook.cells:
        raise InvalidInputError(
            f"The notebook {where} has no cells.", hint="Write and run a cell, then save it."
        )
    seen: set[str] = set()
    for index, cell in enumerate(notebook.cells):
        if not isinstance(cell.get("source"), str) or not isinstance(cell.get("cell_type"), str):
            raise InvalidInputError(
                f"Cell {index + 1} of {where} has no type or no source.",
                hint="Open and save it in JupyterLab, or restore it from a backup.",
            )
        # A cell that was copied by an editor may carry the id of its origin.
        if not cell.get("id") or cell.id in seen:
            cell["id"] = secrets.token_hex(4)
        seen.add(cell.id)
    if not any(cell.cell_type == "code" and cell.source.strip() for cell in notebook.cells):
        raise InvalidInputError(
            f"The notebook {where} has no code.", hint="Write and run a cell, then save it."
        )


def _check_language(notebook: NotebookNode, where: str) -> None:
    spec = notebook.metadata.get("kernelspec") or {}
    info = notebook.metadata.get("language_info") or {}
    language = info.get("name") or spec.get("language")
    if language and str(language).lower() not in {"python", "ipython"}:
        raise InvalidInputError(
            f"The notebook {where} is written for a {language} kernel.",
            hint="Only Python notebooks can be promoted.",
        )
