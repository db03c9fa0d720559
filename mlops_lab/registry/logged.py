"""Owns the rules of logged models: what a client logs as one model, before anybody registers it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Connection

from mlops_lab.core.clock import now_ms
from mlops_lab.core.errors import InvalidInputError, NotFoundError
from mlops_lab.core.ids import new_id
from mlops_lab.core.limits import check_key
from mlops_lab.core.logged import NotActiveError
from mlops_lab.core.loggedmodels import (
    MAX_LOGGED_PARAM_CHARS,
    DatasetFilter,
    LoggedModel,
    LoggedModelPage,
    LoggedModelStatus,
    MetricOrder,
    ModelRole,
    NewLoggedModel,
    RunModel,
    check_logged_name,
)
from mlops_lab.core.masking import mask_texts
from mlops_lab.core.registry import check_tag
from mlops_lab.core.secrets import mask_text
from mlops_lab.store import audit, clientruns, keyset, logged, logged_models, outbox
from mlops_lab.store.logged_model_search import logged_places, page_logged
from mlops_lab.store.registry_tables import logged_model_param, logged_model_tag
from mlops_lab.store.store import Store


class LoggedModelsService:
    """The logged models of one store. Safe to use from several threads."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def create(self, new: NewLoggedModel, *, who: str) -> LoggedModel:
        """Make a logged model, whose files come later.

        Raises:
            NotFoundError: there is no such experiment.
            NotActiveError: the experiment is in the trash.
            InvalidInputError: the name cannot be one.
        """
        model_id = f"m-{new_id()}"
        name = check_logged_name(new.name) if new.name else f"model-{model_id[-8:]}"
        now = now_ms()
        with self._store.write() as tx:
            model = LoggedModel(
                id=model_id,
                experiment_id=new.experiment_id,
                name=name,
                location=f"{_root(tx, new.experiment_id)}/models/{model_id}/artifacts",
                created_at=now,
                updated_at=now,
                status="pending",
                status_message=None,
                model_type=new.model_type,
                source_run_id=new.source_run_id,
                tags=_checked_tags(new.tags),
                params=_checked_params(new.params),
                metrics=[],
                versions=[],
            )
            logged_models.insert_logged(tx, model)
            audit.note(tx, "create", "logged_model", model_id, who=who, name=name)
            outbox.put_change(tx, "model", model_id[2:], "created")
        return model

    def get(self, model_id: str) -> LoggedModel:
        """Return a logged model.

        Raises:
            NotFoundError: there is none of this id.
        """
        with self._store.read() as cx:
            return _find(cx, model_id)

    def known(self, model_ids: Iterable[str]) -> set[str]:
        """Return those ids that logged models have."""
        with self._store.read() as cx:
            return logged_models.known_logged(cx, model_ids)

    def finalize(
        self, model_id: str, status: LoggedModelStatus, *, message: str | None = None
    ) -> LoggedModel:
        """Say how the logging of a model ended.

        Raises:
            NotFoundError: there is none of this id.
        """
        with self._store.write() as tx:
            _find(tx, model_id)
            told = None if message is None else mask_text(message)
            logged_models.set_status(tx, model_id, status, told)
            outbox.put_change(tx, "model", model_id[2:], "updated")
            return _find(tx, model_id)

    def delete(self, model_id: str, *, who: str) -> None:
        """Remove a logged model; versions that were made from it stay.

        Raises:
            NotFoundError: there is none of this id.
        """
        with self._store.write_durably() as tx:
            found = _find(tx, model_id)
            logged_models.delete_logged(tx, model_id)
            audit.note(tx, "delete", "logged_model", model_id, who=who, name=found.name)
            outbox.put_change(tx, "model", model_id[2:], "deleted")

    def set_tags(self, model_id: str, tags: Mapping[str, str]) -> LoggedModel:
        """Set tags.

        Raises:
            NotFoundError: there is none of this id.
            InvalidInputError: a key is empty.
            LimitError: a key or value is too long.
        """
        checked = _checked_tags(tags)
        with self._store.write() as tx:
            _find(tx, model_id)
            logged_models.put_texts(tx, logged_model_tag, model_id, checked)
            outbox.put_change(tx, "model", model_id[2:], "updated")
            return _find(tx, model_id)

    def delete_tag(self, model_id: str, key: str) -> None:
        """Remove a tag.

        Raises:
            NotFoundError: there is no such model, or it has no such tag.
        """
        with self._store.write() as tx:
            _find(tx, model_id)
            if not logged_models.delete_tag(tx, model_id, key):
                raise NotFoundError(
                    f"No tag with key {key!r} found for model with ID {model_id!r}."
                )
            outbox.put_change(tx, "model", model_id[2:], "updated")

    def log_params(self, model_id: str, params: Mapping[str, str]) -> None:
        """Set params.

        Raises:
            NotFoundError: there is none of this id.
            InvalidInputError: a value is too long.
            LimitError: a name is none.
        """
        checked = _checked_params(params)
        with self._store.write() as tx:
            _find(tx, model_id)
            logged_models.put_texts(tx, logged_model_param, model_id, checked)
            outbox.put_change(tx, "model", model_id[2:], "updated")

    def link(self, run_id: str, role: ModelRole, models: Sequence[RunModel]) -> None:
        """Have a run take in or give out logged models.

        Raises:
            NotFoundError: there is no such run.
        """
        with self._store.write() as tx:
            if not clientruns.known_runs(tx, [run_id]):
                raise NotFoundError(f"Run with id={run_id} not found")
            logged_models.put_run_models(tx, run_id, role, models)
            outbox.put_change(tx, "run", run_id, "updated")

    def place_of_run(self, run_id: str) -> str | None:
        """Return where a client wants the files of a run; None where they are in the store."""
        with self._store.read() as cx:
            found = logged.read_runs(cx, [run_id])
        location = found[0].artifact_location if found else None
        return f"{location.rstrip('/')}/{run_id}/artifacts" if location else None

    def of_runs(self, run_ids: Sequence[str]) -> dict[tuple[str, ModelRole], list[RunModel]]:
        """Return the logged models that runs take in and give out, by (run id, role)."""
        with self._store.read() as cx:
            return logged_models.read_run_models(cx, run_ids)

    def search(
        self,
        experiment_ids: Sequence[str],
        *,
        filter: str | None = None,  # noqa: A002 - the word of the API
        datasets: Sequence[DatasetFilter] = (),
        order_by: Sequence[MetricOrder] = (),
        limit: int = 100,
        cursor: str | None = None,
    ) -> LoggedModelPage:
        """Return a page of logged models, the newest first unless an order is given.

        Raises:
            InvalidInputError: filter, order or cursor cannot be read.
        """
        places = logged_places(order_by)
        values = keyset.read_token(cursor, places) if cursor else None
        with self._store.read() as cx:
            rows = page_logged(
                cx,
                experiment_ids=experiment_ids,
                text=filter,
                datasets=datasets,
                places=places,
                after_values=values,
                limit=limit + 1,
            )
            models = logged_models.read_logged(cx, [row[0] for row in rows[:limit]])
        token = keyset.write_token(rows[limit - 1][1]) if len(rows) > limit else None
        return LoggedModelPage(models=models, next_cursor=token)


def _find(cx: Connection, model_id: str) -> LoggedModel:
    for found in logged_models.read_logged(cx, [model_id]):
        return found
    raise logged_models.not_found(model_id)


def _root(cx: Connection, experiment_id: str) -> str:
    found = logged.read_experiment(cx, experiment_id)
    if found is None:
        raise NotFoundError(f"No Experiment with id={experiment_id} exists")
    if found.trashed_at is not None:
        raise NotActiveError(
            f"The experiment {experiment_id} must be in the 'active' state; it is in the trash."
        )
    return (found.artifact_location or f"mlflow-artifacts:/{experiment_id}").rstrip("/")


def _checked_tags(tags: Mapping[str, str]) -> dict[str, str]:
    return mask_texts(dict(check_tag(key, value) for key, value in tags.items()))


def _checked_params(params: Mapping[str, str]) -> dict[str, str]:
    for name, value in params.items():
        check_key("param", name)
        if len(value) > MAX_LOGGED_PARAM_CHARS:
            raise InvalidInputError(
                f"The value of param {name!r} has {len(value):,} characters.",
                hint=f"The limit is {MAX_LOGGED_PARAM_CHARS:,} characters.",
            )
    return mask_texts(params)
