"""Issues are named, found by how bad they are, settled, and go with their experiment."""

from __future__ import annotations

import msgspec
import pytest

from mlops_lab.core.errors import InvalidInputError, NotFoundError
from mlops_lab.core.issues import MAX_ISSUE_NAME, Issue, IssueChange, IssueSeverity
from mlops_lab.core.logged import NewClientRun
from mlops_lab.core.traces import Assessment, Trace
from mlops_lab.store.store import Store
from mlops_lab.tracking.issues import IssuesService
from mlops_lab.tracking.traces import TracesService
from mlops_lab.tracking.writing import WritingService


@pytest.fixture
def issues(any_store: Store) -> IssuesService:
    times = iter(range(1, 100))
    return IssuesService(any_store, clock=lambda: next(times))


@pytest.fixture
def experiment(any_store: Store) -> str:
    return WritingService(any_store).create_experiment("chat", who="ada")


def put(
    issues: IssuesService, experiment: str, name: str, *, severity: IssueSeverity | None = None
) -> Issue:
    given = Issue(experiment_id=experiment, name=name, description="d", severity=severity)
    return issues.create(given)


def test_the_worst_and_newest_come_first(issues: IssuesService, experiment: str) -> None:
    put(issues, experiment, "unrated")
    put(issues, experiment, "old high", severity="high")
    put(issues, experiment, "low", severity="low")
    put(issues, experiment, "new high", severity="high")
    put(issues, experiment, "fine", severity="not_an_issue")
    paged: list[str] = []
    cursor = None
    for _ in range(9):
        page = issues.search(experiment_id=experiment, limit=2, cursor=cursor)
        paged += [one.name for one in page.issues]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert paged == ["new high", "old high", "low", "fine", "unrated"]
    assert issues.search(experiment_id="other").issues == []


def test_what_is_set_and_what_stays(any_store: Store, issues: IssuesService) -> None:
    experiment = WritingService(any_store).create_experiment("chat", who="ada")
    run_id = WritingService(any_store).create_run(NewClientRun(experiment))
    made = issues.create(
        Issue(
            experiment_id=experiment,
            name="slow",
            description="ask postgres://ada:hunter22@host/db",
            root_causes=["the\x00database"],
            categories=["latency"],
            source_run_id=run_id,
            created_by="ada",
        )
    )
    assert "hunter22" not in issues.get(made.id).description
    changed = issues.update(made.id, IssueChange(status="resolved", severity="high"))
    kept = msgspec.structs.replace(made, status="resolved", severity="high", updated_at=2)
    assert issues.get(made.id) == kept
    assert (changed.created_at, changed.updated_at) == (1, 2)
    put(issues, experiment, "other")

    def found(text: str) -> list[str]:
        return [one.name for one in issues.search(filter=text).issues]

    assert found("status = 'resolved'") == ["slow"]
    assert found("status != 'resolved'") == ["other"]
    assert found(f"source_run_id = '{run_id}' AND status = 'resolved'") == ["slow"]
    for text in ("colour = 'x'", "status LIKE 'x'", "status = 1", "status"):
        with pytest.raises(InvalidInputError):
            found(text)


def test_traces_that_have_an_issue_are_counted(any_store: Store, issues: IssuesService) -> None:
    experiment = WritingService(any_store).create_experiment("chat", who="ada")
    traces = TracesService(any_store)
    one = put(issues, experiment, "slow")
    for trace_id in ("tr-1", "tr-1", "tr-2"):
        traces.put(Trace(trace_id, experiment, 1, 5, "OK"))
        traces.assess(
            Assessment(
                "", trace_id, one.id, "issue", True, None, 1, 1, {"issue": {"issue_id": "x"}}
            )
        )
    assert [found.trace_count for found in issues.search().issues] == [2]


def test_what_is_refused(issues: IssuesService, experiment: str) -> None:
    with pytest.raises(NotFoundError, match="No Experiment"):
        put(issues, "999", "slow")
    with pytest.raises(NotFoundError, match="Run with id"):
        issues.create(
            Issue(experiment_id=experiment, name="n", description="", source_run_id="none")
        )
    with pytest.raises(NotFoundError, match="Issue with ID"):
        issues.get("iss-none")
    with pytest.raises(NotFoundError, match="Issue with ID"):
        issues.update("iss-none", IssueChange(name="x"))
    for name in ("", "x" * (MAX_ISSUE_NAME + 1)):
        with pytest.raises(InvalidInputError, match="name"):
            put(issues, experiment, name)
    with pytest.raises(InvalidInputError, match="token"):
        issues.search(cursor="no token")
