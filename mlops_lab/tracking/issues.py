"""Owns ``lab.issues``: what goes wrong in the traces of an experiment, named, rated and settled."""

from __future__ import annotations

import msgspec

from mlops_lab.core.clock import Clock, now_ms
from mlops_lab.core.errors import InvalidInputError, NotFoundError
from mlops_lab.core.ids import new_id
from mlops_lab.core.issues import (
    MAX_ISSUE_NAME,
    MAX_ISSUE_TEXT,
    MAX_ISSUE_WORDS,
    Issue,
    IssueChange,
    IssuePage,
)
from mlops_lab.core.logged import NotActiveError
from mlops_lab.core.secrets import mask_text
from mlops_lab.store import clientruns, issues as rows, keyset, logged
from mlops_lab.store.store import Store


class IssuesService:
    """The issues of one store. Safe to use from several threads."""

    def __init__(self, store: Store, *, clock: Clock = now_ms) -> None:
        self._store = store
        self._clock = clock

    def create(self, one: Issue) -> Issue:
        """Write a new issue; its id and times are made here.

        Raises:
            NotFoundError: there is no such experiment, or no such run.
            NotActiveError: the experiment is in the trash.
            InvalidInputError: it has no name, or a text is too long.
        """
        now = self._clock()
        made = msgspec.structs.replace(
            _checked(one), id=f"iss-{new_id()}", created_at=now, updated_at=now
        )
        with self._store.write() as tx:
            found = logged.read_experiment(tx, made.experiment_id)
            if found is None:
                raise NotFoundError(f"No Experiment with id={made.experiment_id[:80]} exists")
            if found.trashed_at is not None:
                raise NotActiveError(f"The experiment {made.experiment_id} is in the trash.")
            run_id = made.source_run_id
            if run_id is not None and not clientruns.known_runs(tx, [run_id]):
                raise NotFoundError(f"Run with id={run_id[:80]} not found")
            rows.add_issue(tx, made)
        return made

    def get(self, issue_id: str) -> Issue:
        """Return an issue.

        Raises:
            NotFoundError: there is none of this id.
        """
        with self._store.read() as cx:
            found = rows.read_issue(cx, issue_id)
        return _there(found, issue_id)

    def update(self, issue_id: str, change: IssueChange) -> Issue:
        """Set fields of an issue.

        Raises:
            NotFoundError: there is none of this id.
            InvalidInputError: a text is too long.
        """
        given = {
            name: value
            for name, value in msgspec.structs.asdict(change).items()
            if value is not None
        }
        with self._store.write() as tx:
            before = _there(rows.read_issue(tx, issue_id), issue_id)
            changed = msgspec.structs.replace(before, **given, updated_at=self._clock())
            changed = _checked(changed)
            rows.change_issue(tx, changed)
        return changed

    def search(
        self,
        *,
        experiment_id: str | None = None,
        filter: str | None = None,  # noqa: A002 - the word of the API
        limit: int = 100,
        cursor: str | None = None,
    ) -> IssuePage:
        """Return a page of issues with how many traces have each, the worst and newest first.

        Raises:
            InvalidInputError: filter or cursor cannot be read.
        """
        values = keyset.read_token(cursor, rows.PLACES) if cursor else None
        with self._store.read() as cx:
            found = rows.page_issues(
                cx, experiment_id=experiment_id, text=filter, after_values=values, limit=limit + 1
            )
            shown = found[:limit]
            counts = rows.count_traces(cx, [one.id for one in shown])
        last = shown[-1] if len(found) > limit else None
        return IssuePage(
            issues=[
                msgspec.structs.replace(one, trace_count=counts.get(one.id, 0)) for one in shown
            ],
            next_cursor=None if last is None else keyset.write_token(rows.place_of(last)),
        )


def _checked(one: Issue) -> Issue:
    """Return an issue without secrets in its texts."""
    if not one.name or len(one.name) > MAX_ISSUE_NAME:
        raise InvalidInputError(
            "The name of an issue cannot be used.", hint=f"Use 1 to {MAX_ISSUE_NAME} characters."
        )
    lists = (one.root_causes, one.categories)
    size = len(one.description) + sum(len(text) for words in lists for text in words)
    if size > MAX_ISSUE_TEXT or any(len(words) > MAX_ISSUE_WORDS for words in lists):
        raise InvalidInputError(
            "The issue is too long.",
            hint=f"Its texts may have {MAX_ISSUE_TEXT:,} characters together, and each list "
            f"{MAX_ISSUE_WORDS} entries.",
        )
    return msgspec.structs.replace(
        one,
        name=mask_text(one.name),
        description=mask_text(one.description),
        root_causes=[mask_text(text) for text in one.root_causes],
        categories=[mask_text(text) for text in one.categories],
    )


def _there(found: Issue | None, issue_id: str) -> Issue:
    if found is None:
        raise NotFoundError(f"Issue with ID '{issue_id[:80]}' not found")
    return found
