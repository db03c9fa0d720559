"""Owns where notebooks are: from a kernel to its notebook, from a browser's path to a file."""

from __future__ import annotations

import logging
import posixpath
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from mlops_lab.core.errors import NotFoundError, UnknownInputError
from mlops_lab.core.paths import without_drive
from mlops_lab.core.tracking import NotebookPlace


class ContentsRoot:
    """The folder that the file browser shows, when the server keeps notebooks as local files."""

    def __init__(self, root: Path | None) -> None:
        self._root = None if root is None else root.absolute()

    @classmethod
    def of(cls, contents_manager: Any) -> ContentsRoot:
        """Return the root of a server's contents manager."""
        from jupyter_server.services.contents.filemanager import FileContentsManager

        if not isinstance(contents_manager, FileContentsManager):
            return cls(None)
        return cls(Path(contents_manager.root_dir).expanduser())

    def find_notebook(self, path: str) -> Path:
        """Return the file that a browser means by ``path``.

        Raises:
            UnknownInputError: the path leaves the root, or notebooks are not local files.
            NotFoundError: there is no such file.
        """
        file = self._locate(path)
        if not file.is_file():
            raise NotFoundError(
                f"There is no notebook {path!r}.", hint="Save it first, or check the path."
            )
        return file

    def place(self, session_path: str) -> NotebookPlace:
        """Return the place of a notebook whose session has this path; ``file`` if there is one."""
        path = without_drive(session_path)
        try:
            file = self._locate(path)
        except UnknownInputError:
            return NotebookPlace(path=path)
        return NotebookPlace(path=path, file=str(file) if file.is_file() else None)

    def _locate(self, path: str) -> Path:
        if self._root is None:
            raise UnknownInputError(
                f"The notebook {path!r} is not a local file of this server.",
                hint="Promote one of its runs, or use mlops-lab promote where the file is.",
            )
        clean = posixpath.normpath(without_drive(path).strip("/"))
        if "\0" in clean:
            raise UnknownInputError("The notebook path holds a NUL character.", hint="Remove it.")
        file = Path(posixpath.join(self._root.as_posix(), clean))
        if ".." in file.parts or not file.is_relative_to(self._root) or clean == ".":
            raise UnknownInputError(
                f"The notebook path {path!r} does not stay below the server's root.",
                hint="Give it as the file browser shows it.",
            )
        return file


class Places:
    """Finds the notebooks of kernels by the server's sessions. Only for the event loop's thread."""

    def __init__(self, session_manager: Any, root: ContentsRoot, *, log: logging.Logger) -> None:
        self._sessions = session_manager
        self._root = root
        self._log = log

    async def find(self, kernel_ids: Iterable[str]) -> Mapping[str, NotebookPlace]:
        """Return the places of these kernels; one without a notebook session is left out."""
        wanted = set(kernel_ids)
        if not wanted:
            return {}
        everywhere = await self.find_all()
        return {kernel_id: everywhere[kernel_id] for kernel_id in wanted & everywhere.keys()}

    async def find_all(self) -> Mapping[str, NotebookPlace]:
        """Return the places of all kernels that have a notebook session."""
        from jupyter_core.utils import ensure_async

        try:
            sessions = await ensure_async(self._sessions.list_sessions())
        except Exception:  # noqa: BLE001 - other people's session managers; a batch must not fail
            self._log.warning("The server's sessions cannot be listed.", exc_info=True)
            return {}
        found: dict[str, dict[str, NotebookPlace]] = {}
        for session in sessions:
            if session.get("type") == "notebook" and session.get("kernel"):
                place = self._root.place(session["path"])
                found.setdefault(session["kernel"]["id"], {})[place.path] = place
        return {kernel_id: _joined([*places.values()]) for kernel_id, places in found.items()}


def _joined(places: list[NotebookPlace]) -> NotebookPlace:
    """Return the place that was opened last, with the others on the same kernel."""
    *others, newest = places
    return NotebookPlace(path=newest.path, file=newest.file, others=tuple(others))
