"""Owns reading a live MLflow server over its REST protocol, page by page."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from typing import IO, Any
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlencode, urlsplit, urlunsplit
from urllib.request import Request

from mlops_lab.core.carrying import (
    CarriedExperiment,
    CarriedLogged,
    CarriedModel,
    CarriedPoints,
    CarriedSpans,
    CarriedTrace,
    CarriedVersion,
)
from mlops_lab.core.clock import now_ms
from mlops_lab.core.errors import InvalidInputError, StoreUnavailableError
from mlops_lab.core.inputs import Dataset, DatasetInput
from mlops_lab.core.kernelenv import MLFLOW_TOKEN

from .mlflow_access import PASSWORD, USER, authorization, opener
from .mlflow_words import KIND, foreign_run, logged_of, millis, version_of
from .source import ForeignFile, ForeignRun, Source, portions_of

_API = "api/2.0/mlflow"
_TIMEOUT_S = 60
_TRIES = 4
_PAGE = 500
_REMEMBERED = 1_000
"""Runs whose metrics are known by name; those that are taken next are always among them."""
_AGAIN = frozenset({429, 500, 502, 503, 504})
_MAX_ANSWER = 512 * 2**20
_MODEL_FILES = "the files of the logged model are not taken from a server"
_TRACES = "the traces of the experiment are not taken from a server, only from its database"


class MlflowServer(Source):
    """A tracking server of MLflow, or what speaks its protocol."""

    kind = KIND

    def __init__(self, url: str, environ: Mapping[str, str]) -> None:
        parts = urlsplit(url)
        host = parts.netloc.rpartition("@")[2]
        self._base = urlunsplit((parts.scheme, host, parts.path.rstrip("/"), "", ""))
        super().__init__(self._base)
        self._headers = {"User-Agent": "mlops-lab", **authorization(url, environ)}
        self._network = opener()
        self._names: dict[str, CarriedExperiment] = {}
        self._metrics: dict[str, list[str]] = {}
        self._uris: dict[str, str] = {}

    def experiments(self) -> Iterable[CarriedExperiment]:
        """Give the experiments."""
        for one in self.pages("experiments/search", "experiments", {"view_type": "ALL"}):
            made = CarriedExperiment(
                name=str(one["name"]),
                created_at=millis(one.get("creation_time")) or now_ms(),
                artifact_location=one.get("artifact_location"),
                trashed_at=_trashed(one, "last_update_time"),
                tags=_pairs(one.get("tags")),
            )
            self._names[str(one["experiment_id"])] = made
            yield made

    def runs(self, experiment: str | None) -> Iterable[ForeignRun]:
        """Give the runs of one experiment after the other."""
        if not self._names:
            list(self.experiments())
        for experiment_id, made in self._names.items():
            if experiment not in (None, made.name):
                continue
            asked = {"experiment_ids": [experiment_id], "run_view_type": "ALL"}
            asked["order_by"] = ["attributes.start_time ASC"]
            for one in self.pages("runs/search", "runs", asked):
                yield self._read_run(one, made)

    def _read_run(self, one: dict[str, Any], experiment: CarriedExperiment) -> ForeignRun:
        info, data = one["info"], one.get("data") or {}
        trashed_at = _trashed(info, "end_time")
        if experiment.trashed_at is not None:
            trashed_at = trashed_at or experiment.trashed_at
        run = foreign_run(
            info,
            experiment=experiment.name,
            params=_pairs(data.get("params")),
            tags=_pairs(data.get("tags")),
            inputs=[
                _input_of(given) for given in (one.get("inputs") or {}).get("dataset_inputs", [])
            ],
            trashed_at=trashed_at,
        )
        self._metrics[run.foreign_id] = [str(m["key"]) for m in data.get("metrics", [])]
        while len(self._metrics) > _REMEMBERED:
            del self._metrics[next(iter(self._metrics))]
        self._uris[run.foreign_id] = str(info.get("artifact_uri") or "")
        return run

    def points(self, run: ForeignRun) -> Iterable[CarriedPoints]:
        """Give the points of a run, metric by metric."""
        return portions_of(self._read_points(run))

    def _read_points(self, run: ForeignRun) -> Iterator[tuple[str, int, int, float]]:
        for name in dict.fromkeys(self._metrics[run.foreign_id]):
            asked = {"run_id": run.foreign_id, "metric_key": name, "max_results": 25_000}
            token = ""
            while True:
                page = self.get(
                    "metrics/get-history", asked | ({"page_token": token} if token else {})
                )
                for one in page.get("metrics", []):
                    yield (
                        name,
                        int(one.get("step") or 0),
                        int(one["timestamp"]),
                        float(one["value"]),
                    )
                token = page.get("next_page_token") or ""
                if not token:
                    break

    def files(self, run: ForeignRun) -> Iterable[ForeignFile]:
        """Give the files of a run, as far as the server lists them."""
        folders = [""]
        while folders:
            asked = {"run_id": run.foreign_id}
            if path := folders.pop():
                asked["path"] = path
            try:
                found = self.get("artifacts/list", asked).get("files", [])
            except (InvalidInputError, StoreUnavailableError) as error:
                self.leave("its files cannot be listed", f"{run.foreign_id}: {error.message}")
                return
            for one in found:
                if one.get("is_dir"):
                    folders.append(str(one["path"]))
                else:
                    yield ForeignFile(
                        str(one["path"]), self._opener(run, str(one["path"])), is_local=False
                    )

    def models(self) -> Iterable[CarriedModel]:
        """Give the registered models."""
        versions: dict[str, list[CarriedVersion]] = {}
        for one in self._listed("model-versions/search", "model_versions"):
            uri = self._uris.get(str(one.get("run_id")), "")
            made = version_of(one, tags=_pairs(one.get("tags")), uri=uri)
            versions.setdefault(str(one["name"]), []).append(made)
        for one in self._listed("registered-models/search", "registered_models"):
            yield CarriedModel(
                name=str(one["name"]),
                description=str(one.get("description") or ""),
                created_at=millis(one.get("creation_timestamp")) or 0,
                tags=_pairs(one.get("tags")),
                aliases={str(a["alias"]): int(a["version"]) for a in one.get("aliases") or []},
                versions=versions.get(str(one["name"]), []),
            )

    def logged_models(
        self, experiment: str | None
    ) -> Iterable[tuple[CarriedLogged, Iterable[ForeignFile]]]:
        """Give the logged models; their files stay there, and are counted."""
        for experiment_id, made in self._names.items():
            if experiment not in (None, made.name):
                continue
            try:
                found = list(
                    self.pages(
                        "logged-models/search", "models", {"experiment_ids": [experiment_id]}
                    )
                )
            except InvalidInputError:
                # A server of a version that has none.
                return
            for one in found:
                model = logged_of(one, _pairs)
                self.leave(_MODEL_FILES, model.id)
                yield CarriedLogged(made.name, model), ()

    def traces(
        self, experiment: str | None
    ) -> Iterable[tuple[CarriedTrace, list[CarriedSpans], Iterable[ForeignFile]]]:
        """Give none, but say of which experiments there are some."""
        for experiment_id, made in self._names.items():
            if experiment not in (None, made.name):
                continue
            try:
                asked = {"experiment_ids": experiment_id, "max_results": 1}
                found = self.get("traces", asked).get("traces")
            except InvalidInputError:
                found = None
            if found:
                self.leave(_TRACES, made.name)
        return ()

    def _listed(self, route: str, field: str) -> Iterator[dict[str, Any]]:
        token = ""
        while True:
            asked = {"max_results": _PAGE} | ({"page_token": token} if token else {})
            try:
                page = self.get(route, asked)
            except InvalidInputError as error:
                self.leave("the registry cannot be read", f"{route}: {error.message}")
                return
            yield from page.get(field, [])
            token = page.get("next_page_token") or ""
            if not token:
                return

    def _opener(
        self, run: ForeignRun, path: str
    ) -> Callable[[], AbstractContextManager[IO[bytes]]]:
        uri = self._uris[run.foreign_id]

        def open_it() -> AbstractContextManager[IO[bytes]]:
            if uri.startswith("mlflow-artifacts:"):
                below = urlsplit(uri).path.strip("/")
                place = f"api/2.0/mlflow-artifacts/artifacts/{quote(f'{below}/{path}')}"
            else:
                place = f"get-artifact?{urlencode({'path': path, 'run_uuid': run.foreign_id})}"
            return self._open(Request(f"{self._base}/{place}"))  # noqa: S310 - http or https

        return open_it

    def pages(self, route: str, field: str, asked: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """Yield the records of every page of a search."""
        token = ""
        while True:
            page = self.post(route, asked | {"max_results": _PAGE, "page_token": token})
            yield from page.get(field, [])
            token = page.get("next_page_token") or ""
            if not token:
                return

    def get(self, route: str, asked: Mapping[str, Any]) -> dict[str, Any]:
        """Return the answer of a GET route."""
        return self._answer(Request(f"{self._base}/{_API}/{route}?{urlencode(asked)}"))  # noqa: S310

    def post(self, route: str, asked: Mapping[str, Any]) -> dict[str, Any]:
        """Return the answer of a POST route, which reads only."""
        request = Request(f"{self._base}/{_API}/{route}", json.dumps(asked).encode())  # noqa: S310
        request.add_header("Content-Type", "application/json")
        return self._answer(request)

    def _answer(self, request: Request) -> dict[str, Any]:
        with self._open(request) as content:
            text = content.read(_MAX_ANSWER)
        try:
            found = json.loads(text)
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise InvalidInputError(
                f"{self.place} does not answer as MLflow does.",
                hint="Give the address that MLFLOW_TRACKING_URI has.",
            )
        return found

    def _open(self, request: Request) -> AbstractContextManager[IO[bytes]]:
        for name, value in self._headers.items():
            request.add_header(name, value)
        for left in reversed(range(_TRIES)):
            try:
                answer: AbstractContextManager[IO[bytes]]
                answer = self._network.open(request, timeout=_TIMEOUT_S)
                return answer
            except HTTPError as error:
                if error.code not in _AGAIN or not left:
                    raise self._refused(error) from error
                error.close()
            except (URLError, OSError) as error:
                if not left:
                    raise StoreUnavailableError(
                        f"{self.place} cannot be reached: {getattr(error, 'reason', error)}.",
                        hint="Is the server up? What was taken stays; start the import again.",
                    ) from error
            time.sleep(0.5 * (_TRIES - left))
        raise AssertionError("the last try returns or raises")

    def _refused(self, error: HTTPError) -> InvalidInputError:
        with error:
            try:
                told = str(json.loads(error.read(100_000))["message"])[:300]
            except (ValueError, KeyError, TypeError, OSError):
                told = error.reason
        hint = f"Set {MLFLOW_TOKEN}, or {USER} and {PASSWORD}." if error.code in (401, 403) else ""
        return InvalidInputError(f"{self.place} answers {error.code}: {told}.", hint=hint)


def _pairs(found: list[dict[str, Any]] | None) -> dict[str, str]:
    return {str(one["key"]): str(one.get("value", "")) for one in found or []}


def _trashed(one: dict[str, Any], column: str) -> int | None:
    return (
        (millis(one.get(column)) or now_ms()) if one.get("lifecycle_stage") == "deleted" else None
    )


def _input_of(one: dict[str, Any]) -> DatasetInput:
    data = one.get("dataset") or {}
    return DatasetInput(
        Dataset(
            name=str(data.get("name")),
            digest=str(data.get("digest")),
            source_type=str(data.get("source_type") or ""),
            source=str(data.get("source") or ""),
            schema=data.get("schema"),
            profile=data.get("profile"),
        ),
        tags=_pairs(one.get("tags")),
    )
