"""Holds business KPIs to their mark: a tag of the run says which of its metrics are."""

from __future__ import annotations

from mlops_lab.core.tracking import Run
from mlops_lab.store.store import Store
from mlops_lab.tracking.service import TrackingService
from mlops_lab.tracking.writing import WritingService

from .conftest import Recorder


def _kpis(run: Run) -> set[str]:
    return {metric.name for metric in run.metrics if metric.is_kpi}


def test_a_tag_marks_a_metric_and_takes_the_mark_away(any_store: Store, recorder: Recorder) -> None:
    service, writing = TrackingService(any_store), WritingService(any_store)
    one, two = recorder.start(primary_metric="revenue"), recorder.start()
    recorder.tag(one, "mlops-lab.kpi.revenue", "true")
    recorder.tag(one, "mlops-lab.kpi.never_logged", "true")
    for run_id in (one, two):
        recorder.metric(run_id, "revenue", 5.0)
        recorder.metric(run_id, "auc", 0.5)
    service.ingest(recorder.batch())
    assert _kpis(service.get_run(one)) == {"revenue"}
    assert _kpis(service.get_run(two)) == set()
    shown = {run.id: run.primary_metric for run in service.list_runs().runs}
    assert [shown[run_id].is_kpi for run_id in (one, two)] == [True, False]  # type: ignore[union-attr]
    rows = {row.name: row.is_kpi for row in service.compare([two, one]).metrics}
    assert rows == {"auc": False, "revenue": True}
    assert service.list_glances([one]).glances[0].tags == []
    writing.set_tag(two, "mlops-lab.kpi.auc", "true")
    assert _kpis(service.get_run(two)) == {"auc"}
    writing.set_tag(two, "mlops-lab.kpi.auc", "false")
    writing.delete_tag(one, "mlops-lab.kpi.revenue")
    assert _kpis(service.get_run(two)) == _kpis(service.get_run(one)) == set()
