"""The trash and the audit over HTTP: who deletes is who calls."""

from __future__ import annotations

from mlops_lab.core.ids import new_id

from .conftest import json_of
from .test_routes import check_answer


async def test_a_run_goes_comes_back_and_is_purged(api, delivery) -> None:
    run_id = new_id()
    await api(
        "POST", delivery.path, body=delivery.batch(delivery.run(run_id), delivery.end(run_id))
    )
    gone = await api("DELETE", f"runs/{run_id}")
    check_answer("trash_run", gone)
    assert json_of(gone)["runs"] == [run_id]
    assert json_of(await api("GET", "runs"))["runs"] == []
    page = await api("GET", "trash", params={"limit": 1})
    check_answer("list_trash", page)
    [listed] = json_of(page)["runs"]
    back = await api("POST", f"runs/{run_id}/restore", body=b"")
    check_answer("restore_run", back)
    again = await api("POST", f"runs/{run_id}/restore", body=b"")
    check_answer("restore_run", again)
    assert again.code == 409
    put = await api("POST", "trash", body={"runs": [run_id], "experiments": ["none"]})
    check_answer("trash_records", put)
    assert [one["name"] for one in json_of(put)["refused"]] == ["none"]
    assert (await api("POST", "trash/purge", body={})).code == 400
    purged = await api("POST", "trash/purge", body={"older_than_days": 0})
    check_answer("purge_trash", purged)
    assert json_of(purged)["runs"] == [run_id]
    assert (await api("GET", f"runs/{run_id}")).code == 404
    audit = await api("GET", "audit", params={"record": run_id})
    check_answer("list_audit", audit)
    entries = json_of(audit)["entries"]
    assert [one["action"] for one in entries] == ["purge", "trash", "restore", "trash"]
    assert {one["who"] for one in entries} == {listed["trashed_by"]}
