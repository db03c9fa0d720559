"""Holds experiments to their promises: metric, direction, best run, totals, and what kernels are told."""

from __future__ import annotations

import pytest

from mlops_lab.core.errors import InvalidInputError, NotFoundError, UnknownInputError
from mlops_lab.core.records import ExperimentSet, RunFinished, RunIdentified
from mlops_lab.core.tracking import Experiment, ExperimentUpdate, KnownRun
from mlops_lab.core.trash import TrashOrder
from mlops_lab.store import outbox
from mlops_lab.store.experiments import read_experiments, read_page
from mlops_lab.store.store import Store
from mlops_lab.tracking.experiments import ExperimentsService
from mlops_lab.tracking.service import TrackingService
from mlops_lab.tracking.trash import TrashService

from .conftest import STARTED_AT, Recorder


@pytest.fixture
def experiments(store: Store) -> ExperimentsService:
    return ExperimentsService(store)


def add(
    recorder: Recorder, metrics: dict[str, float], *, status: str = "finished", **more: object
) -> str:
    run = recorder.start(**more)
    for name, value in metrics.items():
        recorder.metric(run, name, value)
    ended_at = STARTED_AT + 5_000
    recorder.add(RunFinished, run, status, ended_at, 5_000, None, None, 100, 1_000)
    return run


def test_the_best_run_is_by_the_direction_of_the_name(
    service: TrackingService, recorder: Recorder, experiments: ExperimentsService
) -> None:
    low = add(recorder, {"rmse": 1.0, "r2": 0.2})
    high = add(recorder, {"rmse": 2.0, "r2": 0.4})
    add(recorder, {"rmse": 0.1, "r2": 0.9}, status="failed")
    add(recorder, {"rmse": 0.1, "r2": 0.9}, parent_run_id=low)
    add(recorder, {"rmse": float("nan"), "r2": float("nan")})
    service.ingest(recorder.batch())
    found = experiments.get("flights")
    assert (found.primary_metric, found.direction) == ("rmse", "min")
    assert (found.best_run_id, found.best) == (low, 1.0)
    assert (found.runs, found.total_duration_ms, found.total_cpu_ms) == (4, 20_000, 400)
    assert found.max_peak_memory == 1_000
    found = experiments.update("flights", ExperimentUpdate(primary_metric="r2"), user="ada")
    assert (found.primary_metric, found.direction, found.best_run_id) == ("r2", "max", high)
    assert {run.direction for run in service.list_runs().runs} == {"max"}
    assert {run.primary_metric.name for run in service.list_runs().runs if run.primary_metric} == {
        "r2"
    }


def test_the_best_is_that_of_the_finished_runs_with_the_metric(
    service: TrackingService, recorder: Recorder, experiments: ExperimentsService
) -> None:
    parent = add(recorder, {"auc": 0.5})
    add(recorder, {"auc": 0.9}, parent_run_id=parent)
    add(recorder, {"auc": 0.9}, status="failed")
    add(recorder, {"auc": float("nan")})
    add(recorder, {"seconds": 2.0})
    service.ingest(recorder.batch())
    found = experiments.update("flights", ExperimentUpdate(primary_metric="auc"), user="ada")
    assert (found.runs, found.judged, found.best_run_id) == (4, 1, parent)
    assert experiments.list().experiments == [found]
    add(recorder, {"auc": 0.7})
    service.ingest(recorder.batch())
    assert experiments.get("flights").judged == 2
    found = experiments.update("flights", ExperimentUpdate(primary_metric="f1"), user="ada")
    assert (found.judged, found.best) == (0, None)


def test_where_nothing_is_named_the_first_result_leads(
    service: TrackingService, recorder: Recorder
) -> None:
    metrics = {"rows": 10.0, "fit_time": 3.0, "auc": 0.9, "f1": 0.8, "system/cpu_percent": 90.0}
    full = add(recorder, metrics)
    counted = add(recorder, {"n_rows": 5.0, "n_columns": 2.0})
    service.ingest(recorder.batch())
    shown = {run.id: run.primary_metric for run in service.list_runs().runs}
    assert shown[full] is not None
    assert (shown[full].name, shown[full].last) == ("auc", 0.9)
    assert shown[counted] is not None
    assert shown[counted].name == "n_rows"


def test_an_experiment_keeps_the_metric_of_its_first_run(
    any_store: Store, recorder: Recorder
) -> None:
    service, experiments = TrackingService(any_store), ExperimentsService(any_store)

    def shown() -> list[str | None]:
        found = {run.id: run.primary_metric for run in service.list_runs(limit=100).runs}
        return [None if (one := found[run]) is None else one.name for run in made]

    at = STARTED_AT
    made = [add(recorder, {}, started_at=at), add(recorder, {"auc": 0.5}, started_at=at + 1)]
    made.append(add(recorder, {"acc": 0.7, "auc": 0.6, "val_loss": 2.0}, started_at=at + 2))
    recorder.add(RunFinished, made[-1], "finished", at, 1, "acc", None)
    made.append(add(recorder, {"val_loss": 1.0, "rows": 5.0}, started_at=at + 3))
    made.append(add(recorder, {"auc": 0.1, "f1": 1.0}, started_at=at + 4, primary_metric="f1"))
    service.ingest(recorder.batch())
    assert shown() == [None, "auc", "auc", "val_loss", "f1"]
    # The newest run names one, so that somebody said what matters now.
    assert experiments.get("flights").primary_metric == "f1"
    made.append(add(recorder, {"val_loss": 1.0}, started_at=at + 5))
    service.ingest(recorder.batch())
    assert experiments.get("flights").primary_metric == "auc"
    made += [add(recorder, {"val_loss": 1.0}, started_at=at + 6 + n) for n in range(10)]
    service.ingest(recorder.batch())
    assert experiments.get("flights").primary_metric == "val_loss"
    assert shown()[:3] == [None, "auc", "auc"]
    experiments.update("flights", ExperimentUpdate(primary_metric="val_loss"), user="ada")
    assert shown()[:3] == [None, "auc", "val_loss"]


def test_what_the_first_run_took_or_counted_is_not_kept(
    service: TrackingService, recorder: Recorder, experiments: ExperimentsService
) -> None:
    first = add(recorder, {"n_rows": 5.0}, started_at=STARTED_AT)
    later = add(recorder, {"n_rows": 5.0, "auc": 0.5}, started_at=STARTED_AT + 1)
    service.ingest(recorder.batch())
    assert experiments.get("flights").primary_metric == "auc"
    found = {run.id: run.primary_metric for run in service.list_runs().runs}
    assert [one and one.name for one in (found[first], found[later])] == ["n_rows", "auc"]


def test_what_a_record_sets_wins_and_a_later_one_replaces_it(
    service: TrackingService, recorder: Recorder, experiments: ExperimentsService, store: Store
) -> None:
    run = add(recorder, {"loss": 1.0, "auc": 0.5})
    recorder.add(ExperimentSet, run, "flights", "auc", "min")
    service.ingest(recorder.batch())
    found = experiments.get("flights")
    assert (found.primary_metric, found.direction, found.best) == ("auc", "min", 0.5)
    assert service.get_run(run).summary.direction == "min"
    recorder.add(ExperimentSet, run, "flights", "loss", "max")
    recorder.add(ExperimentSet, run, "new one", "loss", "max")
    recorder.add(ExperimentSet, run, "flights", "bad\nname", "max")
    service.ingest(recorder.batch())
    assert experiments.get("flights").primary_metric == "loss"
    assert experiments.get("new one") == Experiment(
        "new one", "loss", "max", 0, None, None, 0, 0, None
    )
    assert len(service.get_run(run).warnings) == 1
    with store.read() as cx:
        kinds = {change.kind for change in outbox.changes_after(cx, 0)}
    assert kinds == {"run", "experiment"}


def test_a_run_that_names_its_metric_shows_it(service: TrackingService, recorder: Recorder) -> None:
    own = add(recorder, {"system/cpu": 9.0, "f1": 1.0, "auc": 0.5}, primary_metric="f1")
    plain = add(recorder, {"system/cpu": 9.0, "f1": 1.0, "auc": 0.5})
    only_system = add(recorder, {"system/cpu": 9.0})
    recorder.add(ExperimentSet, own, "flights", "auc", "max")
    service.ingest(recorder.batch())
    shown = {run.id: run.primary_metric for run in service.list_runs().runs}
    assert shown[own] is not None
    assert shown[own].name == "f1"
    assert shown[plain] is not None
    assert shown[plain].name == "auc"
    assert shown[only_system] is None


def test_the_newest_comes_first_and_an_empty_store_has_none(
    service: TrackingService, recorder: Recorder, experiments: ExperimentsService
) -> None:
    assert experiments.list().experiments == []
    add(recorder, {}, experiment="a")
    add(recorder, {}, experiment="b")
    add(recorder, {}, experiment="a")
    service.ingest(recorder.batch())
    found = experiments.list().experiments
    assert [(one.name, one.runs, one.primary_metric) for one in found] == [
        ("a", 2, None),
        ("b", 1, None),
    ]


def test_a_kernel_is_told_which_runs_need_no_repetition(
    service: TrackingService, recorder: Recorder, experiments: ExperimentsService
) -> None:
    assert experiments.brief("none yet").experiment is None
    runs = {}
    for name, identity, status in (
        ("old", "same", "finished"),
        ("new", "same", "finished"),
        ("bad", "other", "failed"),
        ("odd", None, "finished"),
    ):
        runs[name] = add(recorder, {"auc": 0.5}, name=name, status=status)
        if identity:
            recorder.add(RunIdentified, runs[name], identity)
    service.ingest(recorder.batch())
    told = experiments.brief("flights")
    assert told.known == [KnownRun("same", runs["new"], "new")]
    assert told.experiment is not None
    assert told.experiment.best == 0.5


def test_what_cannot_be_set_is_told(
    service: TrackingService, recorder: Recorder, experiments: ExperimentsService
) -> None:
    add(recorder, {})
    service.ingest(recorder.batch())
    with pytest.raises(NotFoundError, match="'flight'") as caught:
        experiments.update("flight", ExperimentUpdate(direction="max"), user="ada")
    assert "'flights'" in caught.value.hint
    with pytest.raises(InvalidInputError):
        experiments.update("flights", ExperimentUpdate(primary_metric=" "), user="ada")


def test_what_is_in_the_trash_is_in_no_sum_and_is_never_the_best(
    service: TrackingService, recorder: Recorder, experiments: ExperimentsService, store: Store
) -> None:
    kept = add(recorder, {"auc": 0.5})
    best = add(recorder, {"auc": 0.9})
    other = add(recorder, {"auc": 0.5}, experiment="hotels")
    recorder.add(RunIdentified, best, "i")
    service.ingest(recorder.batch())
    trash = TrashService(store)
    trash.put(TrashOrder(runs=[best]), who="ada")
    found = experiments.get("flights")
    assert (found.runs, found.best_run_id, found.total_duration_ms) == (1, kept, 5_000)
    assert experiments.brief("flights").known == []
    trash.put(TrashOrder(runs=[kept], experiments=["hotels"]), who="ada")
    assert [(one.name, one.runs) for one in experiments.list().experiments] == [("flights", 0)]
    assert experiments.get("hotels").name == "hotels"
    trash.restore(TrashOrder(runs=[best], experiments=["hotels"]), who="ada")
    assert experiments.get("flights").best_run_id == best
    assert experiments.get("hotels").best_run_id == other


def test_experiments_come_in_pages_the_one_with_the_newest_run_first(
    service: TrackingService, recorder: Recorder, experiments: ExperimentsService
) -> None:
    for number in range(5):
        run = add(recorder, {}, experiment=f"e{number}", started_at=STARTED_AT + number % 3)
        # A trial that begins later says nothing of the order.
        add(
            recorder,
            {},
            experiment="e0",
            parent_run_id=run,
            started_at=STARTED_AT + 9,
        )
    service.ingest(recorder.batch())
    names: list[str] = []
    cursor = None
    while True:
        page = experiments.list(limit=2, cursor=cursor)
        assert len(page.experiments) <= 2
        names += [one.name for one in page.experiments]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert names == ["e2", "e1", "e4", "e0", "e3"]
    with pytest.raises(UnknownInputError, match="cannot be read"):
        experiments.list(cursor="none of ours")
    with pytest.raises(InvalidInputError, match="A page of 0"):
        experiments.list(limit=0)


def test_of_many_runs_the_newest_are_summed_up_and_it_is_said(
    service: TrackingService, recorder: Recorder, experiments: ExperimentsService, store: Store
) -> None:
    add(recorder, {"auc": 0.9}, started_at=STARTED_AT)
    add(recorder, {"auc": 0.5}, started_at=STARTED_AT + 1)
    service.ingest(recorder.batch())
    with store.read() as cx:
        [(one, _)] = read_page(cx, after=None, limit=9)
        [part] = read_experiments(cx, [one], counted=1)
        [whole] = read_experiments(cx, [one], counted=2)
    assert (part.runs, part.total_duration_ms, part.is_exact) == (1, 5_000, False)
    assert (whole.runs, whole.total_duration_ms, whole.is_exact) == (2, 10_000, True)
    assert experiments.get("flights").is_exact


def test_the_best_of_many_runs_is_found_whatever_other_experiments_hold(
    service: TrackingService, recorder: Recorder, experiments: ExperimentsService
) -> None:
    for number in range(2_100):
        recorder.metric(recorder.start(experiment="others"), "loss", 0.001 * number)
    mine = [add(recorder, {"loss": 1_000.0 + number // 2}) for number in range(220)]
    for run in add(recorder, {"loss": 5.0}, parent_run_id=mine[0]), recorder.start():
        recorder.metric(run, "loss", 1.0)
    service.ingest(recorder.batch())
    found = experiments.get("flights")
    assert (found.primary_metric, found.best, found.best_run_id) == ("loss", 1_000.0, mine[0])
    assert experiments.get("others").best is None


def test_several_are_asked_for_by_name(
    service: TrackingService, recorder: Recorder, experiments: ExperimentsService
) -> None:
    for name in ("a", "b", "c"):
        add(recorder, {"auc": 0.5}, experiment=name)
    service.ingest(recorder.batch())
    found = experiments.list_named(["c", "nowhere", "a", "c"]).experiments
    assert [(one.name, one.best, one.direction) for one in found] == [
        ("c", 0.5, "max"),
        ("a", 0.5, "max"),
    ]
    with pytest.raises(InvalidInputError, match="101 experiments"):
        experiments.list_named(["a"] * 101)
