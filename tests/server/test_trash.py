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
    shown = json_of(await api("GET", f"runs/{run_id}"))
    assert shown["trashed_at"] == listed["trashed_at"]
    back = await api("POST", f"runs/{run_id}/restore", body=b"")
    check_answer("restore_run", back)
    assert json_of(await api("GET", f"runs/{run_id}"))["trashed_at"] is None
    again = await api("POST", f"runs/{run_id}/restore", body=b"")
    check_answer("restore_run", again)
    assert again.code == 409
    put = await api("POST", "trash", body={"runs": [run_id], "experiments": ["none"]})
    check_answer("trash_records", put)
    assert [one["name"] for one in json_of(put)["refused"]] == ["none"]
    nothing = await api("POST", "trash/purge", body={})
    check_answer("purge_trash", nothing)
    assert json_of(nothing)["runs"] == []
    purged = await api("POST", "trash/purge", body={"older_than_days": 0})
    check_answer("purge_trash", purged)
    assert json_of(purged)["runs"] == [run_id]
    assert (await api("GET", f"runs/{run_id}")).code == 404
    audit = await api("GET", "audit", params={"record": run_id})
    check_answer("list_audit", audit)
    entries = json_of(audit)["entries"]
    assert [one["action"] for one in entries] == ["purge", "trash", "restore", "trash"]
    assert {one["who"] for one in entries} == {listed["trashed_by"]}


async def test_data_policies_are_set_shown_and_removed(api) -> None:
    order = {"experiment": "a/b c", "runs_days": 30, "masked": ["patient"]}
    made = await api("PUT", "retention", body=order)
    check_answer("set_retention", made)
    assert (json_of(made)["runs_days"], json_of(made)["artifacts_days"]) == (30, None)
    assert (await api("PUT", "retention", body={"runs_days": 0})).code == 400
    listed = await api("GET", "retention")
    check_answer("list_retention", listed)
    assert [one["experiment"] for one in json_of(listed)["policies"]] == ["a/b c"]
    plan = await api("GET", "retention/preview")
    check_answer("preview_retention", plan)
    assert json_of(plan)["outcomes"] == [
        {"experiment": "a/b c", "runs": 0, "artifacts": 0, "masked": 0}
    ]
    for code in (204, 404):
        gone = await api("DELETE", "retention", params={"experiment": "a/b c"})
        check_answer("remove_retention", gone)
        assert gone.code == code
    entries = json_of(await api("GET", "audit", params={"action": "retain"}))["entries"]
    assert [one["detail"].get("removed", False) for one in entries] == [True, False]


async def test_what_is_written_by_hand_is_in_the_audit_with_who_did_it(api, delivery) -> None:
    run_id = new_id()
    await api(
        "POST", delivery.path, body=delivery.batch(delivery.run(run_id), delivery.end(run_id))
    )
    await api("PUT", f"runs/{run_id}/tags/team", body={"value": "red"})
    await api("DELETE", f"runs/{run_id}/tags/team")
    await api("PUT", f"runs/{run_id}/note", body={"text": "try again"})
    await api("PATCH", f"runs/{run_id}", body={"name": "second"})
    entries = json_of(await api("GET", "audit", params={"record": run_id}))["entries"]
    assert [one["detail"] for one in entries[::-1]] == [
        {"tag": "team"},
        {"removed_tag": "team"},
        {"tag": "mlflow.note.content"},
        {"name": "second", "before": "train"},
    ]
    assert {one["who"] for one in entries} == {entries[0]["who"]} != {""}


async def test_a_run_is_archived_and_comes_out(api, delivery) -> None:
    run_id = new_id()
    await api("POST", delivery.path, body=delivery.batch(delivery.run(run_id)))
    done = await api("POST", "runs/archive", body={"run_ids": [run_id[-8:]]})
    check_answer("archive_runs", done)
    assert json_of(done) == {"runs": [run_id], "refused": []}
    for archived, found in (("no", 0), ("only", 1), ("any", 1)):
        page = json_of(await api("GET", "runs", params={"archived": archived, "offset": 0}))
        assert (len(page["runs"]), page["total"]) == (found, found)
    assert (await api("GET", "runs", params={"offset": -1})).code == 400
    back = await api("PATCH", f"runs/{run_id}", body={"archived": False})
    assert json_of(back)["summary"]["archived"] is False
