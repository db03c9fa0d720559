"""Shows that runs are found by what was captured of them."""

from __future__ import annotations

import msgspec
import pytest

from mlops_lab.core.errors import InvalidInputError
from mlops_lab.core.records import ArtifactLogged, RunIdentified
from mlops_lab.tracking.service import TrackingService

from . import captured
from .conftest import Recorder


@pytest.fixture
def runs(service: TrackingService, recorder: Recorder) -> dict[str, str]:
    """One run with everything, one with other things, one with nothing."""
    full, other, bare = (recorder.start(name=name) for name in ("full", "other", "bare"))
    recorder.facet(full, "environment", captured.ENVIRONMENT)
    recorder.facet(full, "git", captured.GIT, key="ab" * 20)
    recorder.facet(full, "data", captured.DATA, name="flights", key=captured.DATA.digest)
    recorder.facet(full, "model", captured.MODEL, name="model", key=captured.MODEL.class_name)
    recorder.add(ArtifactLogged, full, "figures/roc curve.png", "0" * 64, 5, "image/png")
    recorder.add(RunIdentified, full, "identity-1")
    recorder.cell(full, "model.predict(Größe)")
    clean = msgspec.structs.replace(captured.GIT, dirty=False, branch="feature/x", commit="cd" * 20)
    recorder.facet(other, "git", clean, key="cd" * 20)
    airports = msgspec.structs.replace(
        captured.DATA, name="airports", digest="d7", content_digest=None, path=None, columns=[]
    )
    recorder.facet(other, "data", airports, name="airports", key="d7")
    service.ingest(recorder.batch())
    return {full: "full", other: "other", bare: "bare"}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (f"data.digest = {captured.DATA.digest}", "full"),
        (f"data.digest = {captured.DATA.content_digest}", "full"),
        ("data.digest:d1d1", "full"),
        ("data.digest:c1c1", "full"),
        ("data.name = flights", "full"),
        ("data.name != flights", "other bare"),
        ("data.path:flights.csv", "full"),
        ("data.column:carr", "full"),
        ("data.column = carr", ""),
        ("model.class:RandomForest", "full"),
        ("model.class = 'RandomForestClassifier'", "full"),
        ("model.class = ensemble.RandomForestClassifier", "full"),
        ("model.class = sklearn.ensemble.RandomForestClassifier", "full"),
        ("model.class = ForestClassifier", ""),
        ("model.class = randomforestclassifier", ""),
        ("model.class = my.sklearn.ensemble.RandomForestClassifier", ""),
        ("model.class != RandomForestClassifier", "other bare"),
        ("model.library = scikit-learn", "full"),
        ("git.commit:abab", "full"),
        ("git.branch = feature/x", "other"),
        ("git.dirty:true", "full"),
        ("git.dirty = false", "other"),
        ("git.remote:git.example", "full other"),
        ("package.numpy = 2.4.0", "full"),
        ("package.numpy = '2.4'", ""),
        ("package.Scikit_Learn:1.9", "full"),
        ("package.numpy != 2.4.0", "other bare"),
        ("packages.numpy LIKE '2.4%'", "full"),
        ("column:delay", "full"),
        ("feature = carrier", "full"),
        ("dataset.name = 'flights'", "full"),
        ("datasets.name IN ('flights', 'airports')", "full other"),
        (f"dataset.digest = '{captured.DATA.digest}'", "full"),
        ("branch = feature/x or code:predict", "full other"),
        ("not (git.dirty:true or git.dirty:false)", "bare"),
        ("python:3.11", "full"),
        ('artifact:"roc curve"', "full"),
        ("identity = identity-1", "full"),
        ("code:predict", "full"),
        ("code:größe", "full"),
        ("code:_redict", ""),
        ("git.dirty:true data.column:delay name:full", "full"),
    ],
)
def test_a_term_finds_what_was_captured(
    service: TrackingService, runs: dict[str, str], text: str, found: str
) -> None:
    page = service.list_runs(filter=text)
    assert {runs[run.id] for run in page.runs} == set(found.split())
    assert page.total == len(found.split())


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("data.digets:x", "'data.digets' is not a field, at character 1", "data.digest"),
        ("name:x git.comit = 1", "'git.comit' is not a field, at character 8", "git.commit"),
        ("packags.numpy = 1", "'packags.numpy' is not a field", "package.numpy"),
        ("identiy:x", "'identiy' is not a field", "identity"),
        ("package. = 1", "A name is missing after 'package.'", "package.n"),
        ("package.numpy > 1", "'package.numpy' has no order", "package.numpy:1"),
        ("git.commit < 5", "'git.commit' has no order", "git.commit:5"),
    ],
)
def test_a_mistake_is_told_with_its_place_and_the_nearest_name(
    service: TrackingService, text: str, message: str, hint: str
) -> None:
    with pytest.raises(InvalidInputError) as caught:
        service.list_runs(filter=text)
    assert message in caught.value.message
    assert hint in caught.value.hint
