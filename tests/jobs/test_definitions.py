"""Definitions, their numbered revisions, and how people name them."""

from __future__ import annotations

import threading

import pytest

from mlops_lab.core.errors import InvalidInputError, LimitError, NotFoundError
from mlops_lab.core.jobs import NewJob, NewSchedule, Parameter
from mlops_lab.jobs.scheduler import Scheduler
from mlops_lab.jobs.service import JobsService
from mlops_lab.store.outbox import changes_after
from mlops_lab.store.store import Store

from .production import HandClock, notebook_bytes, put_notebook, this_worker


def test_revisions_are_numbered_and_immutable(jobs: JobsService, clock: HandClock) -> None:
    first = put_notebook(jobs, "1", declared=[Parameter("n", "int", 3, comment="how many")])
    clock.move(seconds=5)
    second = put_notebook(jobs, "2", warnings=["look"], source_run_id="f" * 32)
    assert (first.id, first.name, first.created_by) == (second.id, "train", "ada")
    assert (first.revision.number, second.revision.number) == (1, 2)
    assert second.created_at + 5000 == second.revision.created_at
    revisions = jobs.list_revisions("train").revisions
    assert [revision.number for revision in revisions] == [2, 1]
    assert revisions[1].parameters == [Parameter("n", "int", 3, comment="how many")]
    assert revisions[0].warnings == ["look"]
    assert revisions[0].source_run_id == "f" * 32
    old = jobs.read_revision_notebook(first.id, 1)
    assert old == notebook_bytes("1", parameters="n = 3") or b'"1"' in old


def test_revisions_made_at_once_get_numbers_of_their_own(jobs: JobsService) -> None:
    numbers: list[int] = []
    start = threading.Barrier(8)

    def put() -> None:
        start.wait()
        numbers.append(put_notebook(jobs, name="shared").revision.number)

    threads = [threading.Thread(target=put) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    revisions = jobs.list_revisions("shared").revisions
    assert sorted(revision.number for revision in revisions) == list(range(1, 9))
    assert len(jobs.list_definitions().definitions) == 1


@pytest.mark.parametrize(
    "name", ["Vorhersage täglich", "日次予測", "a/b 'c' \"d\" %_", "🚀", "x" * 250]
)
def test_a_name_may_be_any_unicode(jobs: JobsService, name: str) -> None:
    assert put_notebook(jobs, name=name).name == name
    assert jobs.get_definition(name).name == name


@pytest.mark.parametrize("name", ["", "   ", "x" * 251, "a\nb"])
def test_a_name_that_cannot_be_one_is_refused(jobs: JobsService, name: str) -> None:
    with pytest.raises(LimitError):
        put_notebook(jobs, name=name)
    assert jobs.list_definitions().definitions == []


def test_a_bad_parameter_name_stores_nothing(jobs: JobsService) -> None:
    with pytest.raises(InvalidInputError, match="cannot be the name"):
        put_notebook(jobs, declared=[Parameter("x=1;import os #", "int", 1)])
    assert jobs.list_definitions().definitions == []


def test_a_definition_is_found_by_name_id_and_parts_of_its_id(jobs: JobsService) -> None:
    made = put_notebook(jobs)
    for typed in ("train", made.id, made.id[:20], made.id[-6:]):
        assert jobs.get_definition(typed).id == made.id


def test_a_name_that_is_the_id_of_another_takes_nothing_from_it(
    jobs: JobsService, scheduler: Scheduler
) -> None:
    real = put_notebook(jobs, "'real'")
    fake = put_notebook(jobs, "'fake'", name=real.id, kernel_name="fake")
    assert (real.name, fake.name) == ("train", real.id)
    assert jobs.get_definition(real.id) == real
    jobs.set_schedule(real.id, NewSchedule("@daily", "UTC"), user="ada")
    assert jobs.get_definition("train").schedule is not None
    job = jobs.submit(NewJob(definition_id=real.id), user="ada")
    assert job.definition_id == real.id
    assert b"real" in jobs.read_notebook(job.id)
    claimed = scheduler.claim(this_worker())
    assert claimed is not None
    assert claimed.revision == real.revision


def test_the_newest_revision_of_a_name_is_known(jobs: JobsService) -> None:
    made = put_notebook(jobs)
    put_notebook(jobs)
    assert jobs.newest_revision("train") == 2
    assert jobs.newest_revision(made.id) is None


def test_an_unknown_definition_is_refused_with_the_nearest_name(jobs: JobsService) -> None:
    put_notebook(jobs)
    with pytest.raises(NotFoundError, match=r"no job definition 'trian'. Did you mean 'train'"):
        jobs.get_definition("trian")
    with pytest.raises(NotFoundError, match="has no revision 7"):
        jobs.read_revision_notebook("train", 7)


def test_an_id_that_names_several_is_refused_with_all(jobs: JobsService, clock: HandClock) -> None:
    ids = [put_notebook(jobs, name=f"n{i}").id for i in range(2)]
    common = next(ids[0][:n] for n in range(12, 3, -1) if ids[0][:n] == ids[1][:n])
    with pytest.raises(InvalidInputError) as caught:
        jobs.get_definition(common)
    for found in ids:
        assert found in caught.value.message


def test_a_definition_shows_schedule_and_newest_job(jobs: JobsService, clock: HandClock) -> None:
    definition = put_notebook(jobs)
    assert (definition.schedule, definition.last_job) == (None, None)
    jobs.set_schedule("train", NewSchedule(cron="0 6 * * *", timezone="UTC"), user="ada")
    jobs.submit(NewJob(definition_id="train"), user="ada")
    clock.move(seconds=1)
    newest = jobs.submit(NewJob(definition_id="train"), user="ada")
    put_notebook(jobs, name="another")
    listed = jobs.list_definitions()
    assert [found.name for found in listed.definitions] == ["another", "train"]
    shown = listed.definitions[1]
    assert shown == jobs.get_definition("train")
    assert shown.schedule is not None
    assert shown.schedule.description == "every day at 06:00"
    assert shown.last_job is not None
    assert shown.last_job.id == newest.id


def test_every_change_is_told_in_its_transaction(jobs: JobsService, store: Store) -> None:
    definition = put_notebook(jobs)
    put_notebook(jobs)
    schedule = jobs.set_schedule("train", NewSchedule("@daily", "UTC"), user="ada")
    job = jobs.submit(NewJob(definition_id="train"), user="ada")
    jobs.cancel(job.id, user="ada")
    jobs.delete_schedule(schedule.id, user="ada")
    with store.read() as cx:
        told = [(c.kind, c.id, c.action) for c in changes_after(cx, 0)]
    assert told == [
        ("definition", definition.id, "created"),
        ("definition", definition.id, "updated"),
        ("schedule", schedule.id, "created"),
        ("job", job.id, "created"),
        ("job", job.id, "updated"),
        ("schedule", schedule.id, "deleted"),
    ]
