"""Owns ``lab.load_model``: the bytes are checked before they are read, and unsafe ones are refused."""

from __future__ import annotations

import hashlib
import re
import tempfile
from pathlib import Path
from typing import Any

import msgspec

from mlops_lab.core.errors import InvalidInputError, NotFoundError, did_you_mean
from mlops_lab.core.facets import ModelInfo, RunCapture
from mlops_lab.core.records import DocumentKept, FacetCaptured, Record

from .delivery import find_settings, find_spool_dir
from .flavors.base import NotStorableError
from .flavors.catalog import flavor_of
from .keptfiles import FILES

_SCHEME = "runs:/"
_REGISTERED = "models:/"
_ID = re.compile(r"[0-9a-fA-F]{4,32}")


def load_model(
    uri_or_run: Any, name: str | None = None, *, trust: bool = False, into: Any = None
) -> Any:
    """Load a model that ``log_model`` stored.

    Args:
        uri_or_run: ``runs:/RUN_ID/NAME``, ``models:/NAME/VERSION``, ``models:/NAME@ALIAS``, the id
            of a run, or a run.
        name: which model of the run; may be left out where it has one only.
        trust: load a pickle too. Loading one runs the code that it names: say so only for a run of
            somebody whom you would let run code here.
        into: the PyTorch network to fill; without it you get its state dict.

    Raises:
        NotFoundError: there is no such run or model, or its bytes never came.
        InvalidInputError: the bytes are not those that were stored, or the format is not safe and
            you did not say ``trust=True``.
    """
    run_id, name = _address(uri_or_run, name)
    info = _find(run_id, name)
    flavor = flavor_of(info.format or "")
    if not (flavor.is_safe or trust):
        because = info.facts.get("not_safe_because", "")
        raise InvalidInputError(
            f"The model {info.name!r} is a {flavor.format}: loading it runs the code that it names"
            f"{f' (no safer format could hold it: {because})' if because else ''}.",
            hint="Pass trust=True if you would let the author of the run execute code here.",
        )
    content = _checked_bytes(run_id, info)
    with tempfile.TemporaryDirectory(prefix="mlops-lab-") as folder:
        path = Path(folder) / Path(info.artifact or "model").name
        path.write_bytes(content)
        try:
            return flavor.load(path, info, into)
        except NotStorableError as error:
            raise InvalidInputError(
                f"The model {info.name!r} was not loaded: {error}.",
                hint="The file was not written by MLOps Lab as it is.",
            ) from error


def _find(run_id: str, name: str | None) -> ModelInfo:
    models = _local_models(run_id)
    if not models or (name is not None and name not in models):
        from .reader import Reader

        captured = Reader().get(f"runs/{run_id}/capture", {}, RunCapture)
        models = {info.name: info for info in captured.models if info.artifact} | models
    return _pick(models, run_id, name)


def _checked_bytes(run_id: str, info: ModelInfo) -> bytes:
    content = _bytes_of(run_id, info)
    found = hashlib.sha256(content).hexdigest()
    if found != info.artifact_digest:
        raise InvalidInputError(
            f"The file of the model {info.name!r} is not the one that was stored: its SHA-256 is "
            f"{found[:12]}..., not {str(info.artifact_digest)[:12]}...",
            hint="Do not use it; find out who changed the artifacts.",
        )
    return content


def _address(uri_or_run: Any, name: str | None) -> tuple[str, str | None]:
    if not isinstance(uri_or_run, str):
        inner = getattr(uri_or_run, "info", uri_or_run)
        uri_or_run = getattr(inner, "run_id", None) or getattr(inner, "id", None)
    if not isinstance(uri_or_run, str) or not uri_or_run:
        raise InvalidInputError(
            "load_model needs a run.", hint="Give 'runs:/RUN_ID/NAME', the id of a run, or a run."
        )
    if uri_or_run.startswith(_REGISTERED):
        uri_or_run = _registered(uri_or_run)
    run_id, _, rest = uri_or_run.removeprefix(_SCHEME).strip("/").partition("/")
    if _ID.fullmatch(run_id) is None:
        raise InvalidInputError(
            f"{uri_or_run!r} names no run and no version of a model.",
            hint="Write runs:/RUN_ID/NAME, models:/NAME/VERSION, models:/NAME@ALIAS, or a run's id.",
        )
    return run_id, name or rest or None


def _registered(uri: str) -> str:
    """Return the address of the run's model that a version in the registry is of."""
    from urllib.parse import quote

    from mlops_lab.core.registry import ModelVersion

    from .reader import Reader

    rest = uri[len(_REGISTERED) :].strip("/")
    model, separator, version = rest.rpartition("@" if "@" in rest else "/")
    if not separator or not model or not version:
        raise InvalidInputError(
            f"{uri!r} names no version of a registered model.",
            hint="Write models:/NAME/VERSION or models:/NAME@ALIAS.",
        )
    path = f"models/{quote(model, safe='')}/versions/{quote(version, safe='')}"
    found = Reader().get(path, {}, ModelVersion)
    if found.location.startswith(_SCHEME):
        return found.location
    raise InvalidInputError(
        f"{uri} was stored by MLflow, at {found.location}.",
        hint=f"Load it with mlflow.pyfunc.load_model({uri!r}).",
    )


def _pick(models: dict[str, ModelInfo], run_id: str, name: str | None) -> ModelInfo:
    if name is None and len(models) == 1:
        return next(iter(models.values()))
    if name is None and models:
        raise InvalidInputError(
            f"The run {run_id} has {len(models)} models.", hint=f"Name one of {', '.join(models)}."
        )
    if name is None or name not in models:
        raise NotFoundError(
            f"The run {run_id} has no stored model{f' {name!r}' if name else ''}.",
            hint=did_you_mean(name or "", models) or "Store one with lab.log_model(model).",
        )
    return models[name]


def _local_models(run_id: str) -> dict[str, ModelInfo]:
    """Return the stored models of a run whose records still wait in the spool folder."""
    documents: dict[str, str] = {}
    names: dict[str, str] = {}
    decoder = msgspec.json.Decoder(Record)
    mark = f'"{run_id}"'.encode()
    for path in sorted(find_spool_dir().glob("*.jsonl")):
        try:
            lines = path.read_bytes().split(b"\n")
        except OSError:
            continue
        for line in lines:
            # Documents are kept once a spool, with whichever run came first.
            if not (line.startswith((b'["document"', b'["facet"'))):
                continue
            try:
                record = decoder.decode(line)
            except msgspec.DecodeError:
                continue
            if isinstance(record, DocumentKept):
                documents[record.digest] = record.content
            elif isinstance(record, FacetCaptured) and record.kind == "model" and mark in line:
                names[record.name] = record.digest
    found = {
        name: msgspec.json.decode(documents[digest], type=ModelInfo)
        for name, digest in names.items()
        if digest in documents
    }
    return {name: info for name, info in found.items() if info.artifact}


def _bytes_of(run_id: str, info: ModelInfo) -> bytes:
    """Return the bytes from the spool folder, the store's folder on this machine, or the server.

    Raises:
        StoreUnavailableError: none of them has the bytes, or the server does not answer.
    """
    digest = str(info.artifact_digest)
    # The store keeps content as sha256/ab/cdef...; see store/artifacts.py.
    kept = find_settings().artifact_dir / "sha256" / digest[:2] / digest[2:]
    for path in (find_spool_dir() / FILES / digest, kept):
        try:
            return path.read_bytes()
        except OSError:
            continue
    from .reader import Reader

    return Reader().get_bytes(f"runs/{run_id}/artifacts/{info.artifact}")
