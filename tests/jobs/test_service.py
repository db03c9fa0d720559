"""Jobs as people submit, list, read and cancel them."""

from __future__ import annotations

import pytest

from mlops_lab.core.errors import ConflictError, InvalidInputError, NotFoundError
from mlops_lab.core.jobs import NewJob, Parameter
from mlops_lab.jobs.scheduler import Outcome, Scheduler
from mlops_lab.jobs.service import JobsService

from .production import HandClock, put_notebook, this_worker


def test_a_submitted_job_waits_with_all_its_parameters(jobs: JobsService, clock: HandClock) -> None:
    put_notebook(jobs, declared=[Parameter("n", "int", 3), Parameter("rate", "float", 0.5)])
    job = jobs.submit(NewJob(definition_id="train", parameters={"rate": 2}), user="ada")
    assert (job.state, job.cause) == ("queued", "queued: submitted by ada")
    assert job.parameters == {"n": 3, "rate": 2.0}
    assert (job.submitted_at, job.submitted_by, job.attempt) == (clock.now, "ada", 0)
    assert jobs.get_job(job.id[-8:]) == job


def test_the_newest_revision_runs_unless_another_is_named(jobs: JobsService) -> None:
    put_notebook(jobs, "1")
    put_notebook(jobs, "2")
    assert jobs.submit(NewJob(definition_id="train"), user="ada").revision == 2
    assert jobs.submit(NewJob(definition_id="train", revision=1), user="ada").revision == 1
    with pytest.raises(NotFoundError, match="no revision 3"):
        jobs.submit(NewJob(definition_id="train", revision=3), user="ada")


def test_a_job_with_a_bad_parameter_is_not_queued(jobs: JobsService) -> None:
    put_notebook(jobs, declared=[Parameter("n", "int", 3)])
    for parameters in ({"m": 1}, {"n": "1"}):
        with pytest.raises(InvalidInputError):
            jobs.submit(NewJob(definition_id="train", parameters=parameters), user="ada")
    assert jobs.list_jobs().jobs == []


def test_pages_go_from_the_newest_to_the_oldest(jobs: JobsService, clock: HandClock) -> None:
    put_notebook(jobs)
    made = []
    for index in range(7):
        clock.move(seconds=index % 2)
        made.append(jobs.submit(NewJob(definition_id="train"), user="ada").id)
    seen: list[str] = []
    cursor = None
    while True:
        page = jobs.list_jobs(limit=3, cursor=cursor)
        seen += [job.id for job in page.jobs]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert sorted(seen) == sorted(made)
    times = [jobs.get_job(job_id).submitted_at for job_id in seen]
    assert times == sorted(times, reverse=True)


@pytest.mark.parametrize("cursor", ["x", "1.2", "9" * 40, "1." + "g" * 32])
def test_a_made_up_cursor_is_refused(jobs: JobsService, cursor: str) -> None:
    with pytest.raises(InvalidInputError, match="cursor"):
        jobs.list_jobs(cursor=cursor)


def test_lists_are_narrowed_by_definition_and_state(jobs: JobsService) -> None:
    put_notebook(jobs)
    put_notebook(jobs, name="other")
    job = jobs.submit(NewJob(definition_id="train"), user="ada")
    other = jobs.submit(NewJob(definition_id="other"), user="ada")
    jobs.cancel(other.id, user="ada")
    assert [found.id for found in jobs.list_jobs(definition_id="train").jobs] == [job.id]
    assert [found.id for found in jobs.list_jobs(state="cancelled").jobs] == [other.id]
    with pytest.raises(InvalidInputError, match="outside 1-1000"):
        jobs.list_jobs(limit=0)


def test_a_queued_job_is_cancelled_at_once(jobs: JobsService, clock: HandClock) -> None:
    put_notebook(jobs)
    job = jobs.submit(NewJob(definition_id="train"), user="ada")
    cancelled = jobs.cancel(job.id, user="bob")
    assert (cancelled.state, cancelled.cause) == ("cancelled", "cancelled by bob before it started")
    assert cancelled.ended_at == clock.now
    with pytest.raises(ConflictError, match="has ended: it is cancelled"):
        jobs.cancel(job.id, user="bob")


def test_a_running_job_is_asked_to_end(jobs: JobsService, scheduler: Scheduler) -> None:
    put_notebook(jobs)
    job = jobs.submit(NewJob(definition_id="train"), user="ada")
    claimed = scheduler.claim(this_worker())
    assert claimed is not None
    asked = jobs.cancel(job.id, user="bob")
    assert (asked.state, asked.cancel_requested) == ("running", True)
    assert asked.cause == "running; cancel requested by bob"
    assert scheduler.renew(job.id, fence=claimed.fence).cancel_requested
    outcome = Outcome(state="cancelled", cause="")
    assert scheduler.finish(job.id, fence=claimed.fence, outcome=outcome)
    assert jobs.get_job(job.id).cause == "cancelled by bob while it ran"


def test_a_job_has_its_input_as_notebook_until_it_starts(jobs: JobsService) -> None:
    put_notebook(jobs, "40 + 2")
    job = jobs.submit(NewJob(definition_id="train"), user="ada")
    assert b"40 + 2" in jobs.read_notebook(job.id)
    folder = jobs.folder(job.id)
    folder.make()
    folder.executed.write_bytes(b"so far")
    assert jobs.read_notebook(job.id) == b"so far"


def test_the_log_is_read_in_whole_characters(jobs: JobsService) -> None:
    put_notebook(jobs)
    job = jobs.submit(NewJob(definition_id="train"), user="ada")
    assert jobs.read_log(job.id).text == ""
    folder = jobs.folder(job.id)
    folder.make()
    written = "naïve 日本\n".encode()
    folder.log.write_bytes(written[:-3])
    first = jobs.read_log(job.id)
    assert first.text == "naïve 日"
    folder.log.write_bytes(written)
    rest = jobs.read_log(job.id, offset=first.next_offset)
    assert (rest.text, rest.next_offset) == ("本\n", len(written))
    with pytest.raises(InvalidInputError, match="offset"):
        jobs.read_log(job.id, offset=-1)


def test_an_unknown_job_is_not_found(jobs: JobsService) -> None:
    for typed in ("f" * 32, "nope", ""):
        with pytest.raises(NotFoundError, match="no job"):
            jobs.get_job(typed)
