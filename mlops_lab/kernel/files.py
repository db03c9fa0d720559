"""Owns the logging of files: texts, dicts, figures, tables, and what lies on disk, by MLflow's names."""

from __future__ import annotations

import io
import json
import mimetypes
import os
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from mlops_lab.core.errors import InvalidInputError, LimitError, NotFoundError

from .run import RunLog
from .session import process_session

MAX_FILES = 10_000
"""Most files of one folder that is logged."""

_PLAIN = "application/octet-stream"


def log_text(text: str, artifact_file: str) -> None:
    """Keep a text with the run, as the file ``artifact_file`` in UTF-8.

    Raises:
        InvalidInputError: it is no text, or the path cannot be that of a file of a run.
        LimitError: the spool is full.
    """
    if not isinstance(text, str):
        raise InvalidInputError(
            f"log_text needs a text; it was given a {type(text).__name__}.",
            hint="Use log_dict, log_table or log_figure for other things.",
        )
    _keep(artifact_file, text.encode("utf-8", "replace"), default="text/plain")


def log_dict(dictionary: Mapping[str, Any] | list[Any], artifact_file: str) -> None:
    """Keep a dict or list with the run, as YAML if the file ends so, and as JSON otherwise.

    Values that the format lacks are written as their text.

    Raises:
        InvalidInputError: it cannot be written, or the path cannot be that of a file of a run.
        LimitError: the spool is full.
    """
    try:
        text = json.dumps(dictionary, indent=2, default=str, ensure_ascii=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidInputError(
            f"The dict for {artifact_file!r} cannot be written as JSON: {error}.",
            hint="Its keys must be texts or numbers, and it must not hold itself.",
        ) from error
    if artifact_file.endswith((".yml", ".yaml")):
        # Every JSON text is YAML; a plain form is nicer to read where the library is there.
        text = _as_yaml(text)
    _keep(artifact_file, text.encode("utf-8", "replace"), default="application/json")


def log_figure(
    figure: Any, artifact_file: str, *, save_kwargs: Mapping[str, Any] | None = None
) -> None:
    """Keep a figure of matplotlib or plotly with the run, in the format that the file's end names.

    Plotly figures become ``.html`` or ``.json``, and images where kaleido is installed; an image of
    PIL is kept too.

    Raises:
        InvalidInputError: it is no figure, or the format cannot be written.
        LimitError: the spool is full.
    """
    ending = PurePosixPath(artifact_file).suffix.lower()
    options = dict(save_kwargs or {})
    try:
        content = _figure_bytes(figure, ending, options)
    except Exception as error:
        raise InvalidInputError(
            f"The figure cannot be written as {ending or 'a file without ending'}: {error}.",
            hint="Give a name that ends in .png, .svg, .pdf, .html or .json.",
        ) from error
    if content is None:
        raise InvalidInputError(
            f"A {type(figure).__name__} is no figure.",
            hint="Give a figure of matplotlib or plotly, such as fig of fig, ax = plt.subplots().",
        )
    _keep(artifact_file, content)


def log_table(data: Any, artifact_file: str) -> None:
    """Keep a table with the run: a DataFrame, or a dict of columns.

    The end of the file's name decides: ``.csv``, ``.parquet`` (needs pyarrow), or else JSON with
    ``columns`` and ``data``, as MLflow writes it.

    Raises:
        InvalidInputError: it is no table, or the format cannot be written.
        LimitError: the spool is full.
    """
    import pandas as pd

    frame = data.to_pandas() if hasattr(type(data), "to_pandas") else data
    try:
        frame = frame if isinstance(frame, pd.DataFrame) else pd.DataFrame(frame)
        content = _table_bytes(frame, PurePosixPath(artifact_file).suffix.lower())
    except Exception as error:
        raise InvalidInputError(
            f"The table for {artifact_file!r} cannot be written: {error}.",
            hint="Give a DataFrame, or a dict of columns of the same length.",
        ) from error
    _keep(artifact_file, content, default="application/json")


def log_artifact(local_path: str | os.PathLike[str], artifact_path: str | None = None) -> None:
    """Keep a file, or a whole folder, with the run; ``artifact_path`` is the folder for it there.

    Raises:
        NotFoundError: there is no such file.
        InvalidInputError: the path cannot be that of a file of a run.
        LimitError: the spool is full, or the folder has too many files.
    """
    path = Path(local_path)
    if path.is_dir():
        folder = path.name if artifact_path is None else f"{artifact_path.rstrip('/')}/{path.name}"
        log_artifacts(path, folder)
        return
    if not path.is_file():
        raise NotFoundError(f"There is no file {str(path)!r}.", hint="Check the path.")
    _keep_file(_run(), path, _below(artifact_path, path.name))


def log_artifacts(local_dir: str | os.PathLike[str], artifact_path: str | None = None) -> None:
    """Keep all files below a folder with the run; ``artifact_path`` is the folder for them there.

    Raises:
        NotFoundError: there is no such folder.
        InvalidInputError: a path cannot be that of a file of a run.
        LimitError: the spool is full, or the folder has more than ``MAX_FILES`` files.
    """
    root = Path(local_dir)
    if not root.is_dir():
        raise NotFoundError(f"There is no folder {str(root)!r}.", hint="Check the path.")
    run, files = _run(), list(_files_below(root))
    for path in files:
        _keep_file(run, path, _below(artifact_path, path.relative_to(root).as_posix()))


def _run() -> RunLog | None:
    session = process_session()
    run = session.current()
    if run is None:
        session.warn_untracked("A file")
    return run


def _keep(artifact_file: str, content: bytes, *, default: str = _PLAIN) -> None:
    run = _run()
    if run is not None:
        media_type = mimetypes.guess_type(artifact_file)[0] or default
        run.add_artifact(artifact_file, content, media_type=media_type)
        process_session().wake()


def _keep_file(run: RunLog | None, path: Path, name: str) -> None:
    if run is not None:
        media_type = mimetypes.guess_type(path.name)[0] or _PLAIN
        run.add_artifact(name, path, media_type=media_type)
        process_session().wake()


def _below(artifact_path: str | None, name: str) -> str:
    return (
        f"{artifact_path.strip('/')}/{name}" if artifact_path and artifact_path.strip("/") else name
    )


def _files_below(root: Path) -> Iterator[Path]:
    number = 0
    for folder, folders, names in os.walk(root):
        folders.sort()
        for name in sorted(names):
            path = Path(folder, name)
            if not path.is_file():
                continue
            number += 1
            if number > MAX_FILES:
                raise LimitError(
                    f"{str(root)!r} has more than {MAX_FILES:,} files.",
                    hint="Log the ones that matter, or pack them into one file.",
                )
            yield path


def _figure_bytes(figure: Any, ending: str, options: dict[str, Any]) -> bytes | None:
    kind = type(figure)
    if hasattr(kind, "savefig"):
        buffer = io.BytesIO()
        figure.savefig(buffer, **{"format": ending.lstrip(".") or "png", **options})
        return buffer.getvalue()
    if hasattr(kind, "to_plotly_json"):
        if ending == ".html":
            text: str = figure.to_html(**{"include_plotlyjs": "cdn", **options})
            return text.encode()
        if ending == ".json":
            return str(figure.to_json(**options)).encode()
        image: bytes = figure.to_image(**{"format": ending.lstrip(".") or "png", **options})
        return image
    if hasattr(kind, "save") and hasattr(kind, "tobytes"):
        buffer = io.BytesIO()
        figure.save(
            buffer, **{"format": ending.lstrip(".").replace("jpg", "jpeg") or "png", **options}
        )
        return buffer.getvalue()
    return None


def _table_bytes(frame: Any, ending: str) -> bytes:
    if ending == ".csv":
        text: str = frame.to_csv(index=False)
        return text.encode()
    if ending == ".parquet":
        content: bytes = frame.to_parquet(index=False)
        return content
    text = frame.to_json(orient="split", index=False, date_format="iso", default_handler=str)
    return text.encode()


def _as_yaml(text: str) -> str:
    try:
        import yaml
    except ImportError:
        return text
    dumped: str = yaml.safe_dump(json.loads(text), sort_keys=False, allow_unicode=True)
    return dumped
