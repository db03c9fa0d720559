"""The audit is read in pages, by record, deed, person and time."""

from __future__ import annotations

import pytest

from mlops_lab.core.errors import InvalidInputError
from mlops_lab.store.audit import note
from mlops_lab.store.store import Store
from mlops_lab.tracking.audit import AuditService


@pytest.fixture
def audit(store: Store) -> AuditService:
    with store.write() as tx:
        for number in range(7):
            who, kind = ("ada", "run") if number % 2 else ("bob", "job")
            note(tx, "trash", kind, f"r{number}", who=who, number=number)  # type: ignore[arg-type]
    return AuditService(store)


def test_pages_hold_every_entry_once(audit: AuditService) -> None:
    found: list[str] = []
    cursor = None
    while True:
        page = audit.list_page(limit=3, cursor=cursor)
        found += [one.record_id for one in page.entries]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert found == [f"r{number}" for number in range(6, -1, -1)]


def test_what_is_asked_for_must_all_hold(audit: AuditService) -> None:
    assert [one.record_id for one in audit.list_page(who="ada", kind="run").entries] == [
        "r5",
        "r3",
        "r1",
    ]
    assert audit.list_page(who="ada", kind="job").entries == []
    assert [one.detail for one in audit.list_page(record_id="r4").entries] == [{"number": 4}]
    at = audit.list_page(limit=1).entries[0].at
    assert len(audit.list_page(since=at - 60_000, until=at + 60_000).entries) == 7
    assert audit.list_page(until=1).entries == []


@pytest.mark.parametrize("cursor", ["", "x", "-1", "9" * 30, "\uff11"])
def test_a_cursor_of_somebody_else(audit: AuditService, cursor: str) -> None:
    with pytest.raises(InvalidInputError, match="cursor"):
        audit.list_page(cursor=cursor)
