"""Shows why one run is better than another, on runs made so that the reason is known."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from mlops_lab.core.data import ColumnProfile, ColumnVersion, DataVersion, TopValue
from mlops_lab.core.errors import MisfitError, NotFoundError
from mlops_lab.core.explanation import Cause, Explanation
from mlops_lab.core.facets import Environment, ModelInfo, Package
from mlops_lab.core.tracking import ErrorInfo
from mlops_lab.tracking.service import TrackingService

from .captured import DATA, ENVIRONMENT, GIT, MODEL
from .conftest import Recorder

CODE = "import sklearn\nmodel = Forest(max_depth=max_depth)\nscore(model, table)\n"


class World:
    """Makes runs of one experiment, alike but for what is said."""

    def __init__(self, service: TrackingService, recorder: Recorder) -> None:
        self._service = service
        self._recorder = recorder

    def run(
        self,
        auc: float | None,
        *,
        code: str = CODE,
        data: DataVersion = DATA,
        environment: Environment = ENVIRONMENT,
        status: str = "finished",
        error: ErrorInfo | None = None,
        facets: dict[str, Any] | None = None,
        model_params: dict[str, str] | None = None,
        **params: str,
    ) -> str:
        recorder = self._recorder
        run_id = recorder.start()
        given = {"max_depth": "3", "rate": "0.1"} | params
        for name, value in given.items():
            recorder.param(run_id, name, value)
        for name, value in (model_params or {}).items():
            recorder.param(run_id, name, value, "model")
        head = "".join(f"{name} = {value}\n" for name, value in given.items())
        recorder.cell(run_id, head + code)
        if auc is not None:
            recorder.metric(run_id, "auc", auc)
        recorder.facet(run_id, "data", data, name=data.name, key=data.digest)
        recorder.facet(run_id, "environment", environment)
        for kind, facet in (facets or {}).items():
            recorder.facet(run_id, kind, facet, name=getattr(facet, "name", ""))
        recorder.end(run_id, status, "auc" if auc is not None else None, error)
        return run_id

    def why(self, before: str, after: str, metric: str | None = None) -> Explanation:
        self._service.ingest(self._recorder.batch())
        return self._service.explaining.explain(before, after, metric=metric)


@pytest.fixture
def world(service: TrackingService, recorder: Recorder) -> World:
    return World(service, recorder)


def kinds(found: Explanation) -> list[tuple[str, str]]:
    return [(cause.kind, cause.name) for cause in found.causes]


def texts(cause: Cause) -> str:
    return " ".join(one.text for one in cause.evidence)


def with_package(name: str, version: str) -> Environment:
    others = [one for one in ENVIRONMENT.packages if one.name != name]
    return msgspec.structs.replace(ENVIRONMENT, packages=[*others, Package(name, version)])


def test_a_single_param(world: World) -> None:
    found = world.why(world.run(0.80), world.run(0.85, max_depth="5"))
    assert kinds(found) == [("param", "max_depth")]
    (cause,) = found.causes
    assert (cause.before, cause.after, cause.section) == ("3", "5", "params")
    assert cause.title == "max_depth is 5 instead of 3"
    assert "Nothing else that was recorded differs." in texts(cause)
    assert (found.verdict, found.better, found.metric) == ("alone", True, "auc")
    assert found.change == pytest.approx(0.05)
    assert found.summary == "max_depth is 5 instead of 3. Nothing else that was recorded differs."


def test_the_other_way_round(world: World) -> None:
    found = world.why(world.run(0.85, max_depth="5"), world.run(0.80))
    assert (found.better, found.causes[0].title) == (False, "max_depth is 3 instead of 5")


def test_a_param_goes_before_a_package_that_nobody_uses(world: World) -> None:
    found = world.why(
        world.run(0.80),
        world.run(0.85, max_depth="5", environment=with_package("tqdm", "4.67.2")),
    )
    assert kinds(found) == [("param", "max_depth"), ("environment", "tqdm")]
    assert found.causes[1].weight < 0.05
    assert "does not import tqdm" in texts(found.causes[1])


def test_packages_count_by_use_and_by_step(world: World) -> None:
    major = with_package("scikit_learn", "2.0.0")
    patch = with_package("scikit_learn", "1.9.1")
    before = world.run(0.80)
    weights = [
        world.why(before, world.run(0.85, environment=one)).causes[0].weight
        for one in (major, patch, with_package("NumPy", "3.0.0"))
    ]
    assert weights[0] > weights[1]
    assert weights[0] > weights[2]


def test_other_data(world: World) -> None:
    profiles = [
        ColumnProfile(rows=9_000, mean=1.0, std=1.0, quantiles=[0.0, 1.0, 2.0]),
        ColumnProfile(rows=12_000, mean=9.0, std=1.0, quantiles=[8.0, 9.0, 10.0]),
    ]
    tops = [[TopValue("a", 100)], [TopValue("a", 90), TopValue("b", 10)]]
    versions = [
        msgspec.structs.replace(
            DATA,
            digest=f"d{at}" * 16,
            content_digest=f"c{at}" * 16,
            shape=[rows, 2],
            columns=[
                ColumnVersion("delay", "float64", "number", at * 600, f"x{at}", profile=profiles[at]),
                ColumnVersion(
                    "carrier", "str", "text", 0, f"y{at}",
                    profile=ColumnProfile(rows=100, distinct=at + 1, top=tops[at]),
                ),
            ],
        )
        for at, rows in enumerate((9_000, 12_000))
    ]  # fmt: skip
    found = world.why(world.run(0.80, data=versions[0]), world.run(0.85, data=versions[1]))
    (cause,) = found.causes
    assert (cause.kind, cause.name, cause.section) == ("data", "flights", "data")
    assert cause.title == "The data flights has other rows: 9,000 before, 12,000 now"
    assert (cause.before, cause.after) == ("9,000 x 2", "12,000 x 2")
    told = texts(cause)
    assert "The values of delay lie 1.00 apart" in told
    assert "Of delay, 5% is missing; it was 0%." in told
    assert "carrier has new values: b." in told


def test_data_in_another_order_counts_for_little(world: World) -> None:
    shuffled = msgspec.structs.replace(DATA, digest="d2" * 16)
    found = world.why(world.run(0.80), world.run(0.85, data=shuffled, max_depth="5"))
    assert kinds(found) == [("param", "max_depth"), ("data", "flights")]
    assert "another order" in found.causes[1].title


def test_other_code(world: World) -> None:
    found = world.why(world.run(0.80), world.run(0.85, code=CODE + "calibrate(model)\n"))
    assert kinds(found) == [("code", "0")]
    assert found.causes[0].title == "Cell 1 has other code"
    assert (found.causes[0].before, found.causes[0].after) == ("0 lines", "1 line")


def test_comments_and_renames_are_no_cause(world: World) -> None:
    other = "# now\n" + CODE.replace("model", "clf")
    found = world.why(world.run(0.80), world.run(0.85, code=other))
    assert (found.causes, found.verdict) == ([], "nothing_differs")


def test_a_literal_that_is_no_param(world: World) -> None:
    found = world.why(
        world.run(0.80, code=CODE + "fit(model, folds=3)"),
        world.run(0.85, code=CODE + "fit(model, folds=5)"),
    )
    assert kinds(found) == [("param", "folds")]
    assert (found.causes[0].section, found.causes[0].title) == (
        "code",
        "folds of fit is 5 instead of 3",
    )


def test_a_param_is_told_once_with_what_it_becomes(world: World) -> None:
    runs = [
        world.run(auc, max_depth=depth, model_params={"model.max_depth": depth})
        for auc, depth in ((0.80, "3"), (0.85, "5"))
    ]
    found = world.why(*runs)
    assert kinds(found) == [("param", "max_depth")]
    assert "It becomes model.max_depth." in texts(found.causes[0])


def test_another_model_takes_its_hyperparameters_with_it(world: World) -> None:
    boosting = ModelInfo("model", "sklearn.ensemble.Boosting", "scikit-learn", "1.9.0")
    found = world.why(
        world.run(0.80, facets={"model": MODEL}, model_params={"model.bootstrap": "True"}),
        world.run(0.85, facets={"model": boosting}, model_params={"model.eta": "0.1"}),
    )
    assert kinds(found) == [("model", "model")]
    assert found.causes[0].title == "The model model is Boosting instead of RandomForestClassifier"


def test_nothing_differs(world: World) -> None:
    found = world.why(world.run(0.80), world.run(0.85))
    assert (found.causes, found.verdict) == ([], "nothing_differs")
    assert found.summary == (
        "Nothing that was recorded differs. What is left is chance, or was not recorded."
    )


def test_nothing_differs_and_others_tell_the_noise(world: World) -> None:
    for auc in (0.79, 0.84):
        world.run(auc)
    found = world.why(world.run(0.80), world.run(0.85))
    assert found.noise == pytest.approx(0.06)
    assert "other seeds changed it by up to 0.06" in found.summary


def test_a_difference_within_the_noise(world: World) -> None:
    for seed, auc in enumerate((0.80, 0.83, 0.81)):
        world.run(auc, seed=str(seed))
    found = world.why(world.run(0.80, seed="7"), world.run(0.82, seed="8", max_depth="5"))
    assert found.verdict == "noise"
    assert (found.noise, found.noise_runs) == (pytest.approx(0.03), 4)
    assert found.summary.startswith("The difference in auc may be chance")
    assert kinds(found)[0] == ("param", "max_depth")


def test_evidence_of_other_runs_decides_among_several(world: World) -> None:
    for rate, base in (("0.2", 0.60), ("0.3", 0.65), ("0.4", 0.70)):
        world.run(base, rate=rate)
        world.run(base + 0.05, rate=rate, max_depth="5")
    found = world.why(
        world.run(0.80),
        world.run(0.85, max_depth="5", rate="0.5", environment=with_package("tqdm", "1.0")),
    )
    assert kinds(found)[0] == ("param", "max_depth")
    assert found.verdict == "likely"
    evidence = found.causes[0].evidence[0]
    assert (evidence.kind, evidence.runs, evidence.supports) == ("pairs", 3, True)
    assert evidence.value == pytest.approx(0.05)
    assert evidence.text == "3 pairs of other runs differ in this alone: +0.05 on average."


def test_a_trend_decides_where_no_pair_does(world: World) -> None:
    for at in range(8):
        world.run(0.5 + at / 100, rate=str(at), max_depth=str(at * 37 % 8))
    found = world.why(world.run(0.80), world.run(0.85, max_depth="4", rate="9"))
    assert kinds(found)[0] == ("param", "rate")
    trend = found.causes[0].evidence[0]
    assert (trend.kind, trend.runs, trend.supports) == ("trend", 8, True)
    assert "rank correlation of +1.00" in trend.text


def test_evidence_against_a_cause(world: World) -> None:
    for rate in ("0.2", "0.3", "0.4"):
        world.run(0.60, rate=rate)
        world.run(0.60, rate=rate, max_depth="5")
    found = world.why(world.run(0.80), world.run(0.85, max_depth="5", code=CODE + "tune(model)\n"))
    assert kinds(found) == [("code", "0"), ("param", "max_depth")]
    assert found.causes[1].evidence[0].supports is False


def test_thin_evidence_is_told(world: World) -> None:
    found = world.why(world.run(0.80), world.run(0.85, max_depth="5", rate="0.5"))
    assert found.verdict == "unclear"
    assert "2 things differ" in found.summary
    assert "No other run shows what this alone does." in texts(found.causes[0])


def test_seeds_and_git_come_late(world: World) -> None:
    other = msgspec.structs.replace(GIT, commit="cd" * 20)
    found = world.why(
        world.run(0.80, seed="1", facets={"git": GIT}),
        world.run(0.85, seed="2", max_depth="5", facets={"git": other}),
    )
    assert kinds(found) == [("param", "max_depth"), ("seed", "seed"), ("git", "commit")]


def test_hardware_and_python(world: World) -> None:
    other = msgspec.structs.replace(ENVIRONMENT, gpus=["A100"], python="3.12.1")
    found = world.why(world.run(0.80), world.run(0.85, environment=other))
    assert {cause.kind for cause in found.causes} == {"hardware", "environment"}


def test_a_failed_run(world: World) -> None:
    error = ErrorInfo("ValueError", "bad depth")
    found = world.why(world.run(0.80), world.run(None, max_depth="0", status="failed", error=error))
    assert (found.verdict, found.change, found.better) == ("no_value", None, None)
    assert kinds(found) == [("param", "max_depth")]
    assert "train failed with ValueError: bad depth" in found.notes
    assert "train has no value of auc." in found.notes


def test_runs_without_metrics(world: World) -> None:
    found = world.why(world.run(None), world.run(None, max_depth="5"))
    assert (found.metric, found.verdict) == (None, "no_value")
    assert "Neither run has a metric." in found.notes


def test_the_same_value(world: World) -> None:
    found = world.why(world.run(0.8), world.run(0.8, max_depth="5"))
    assert (found.verdict, found.better, found.summary) == (
        "same_value",
        None,
        "Both runs have the same auc.",
    )


def test_a_lower_metric_may_be_better(world: World, recorder: Recorder) -> None:
    runs = [world.run(0.8), world.run(0.8, max_depth="5")]
    for run_id, loss in zip(runs, (0.5, 0.4), strict=True):
        recorder.metric(run_id, "loss", loss)
    found = world.why(*runs, metric="loss")
    assert (found.direction, found.better, found.change) == ("min", True, pytest.approx(-0.1))


def test_questions_without_an_answer(world: World) -> None:
    run_id = world.run(0.8)
    with pytest.raises(MisfitError):
        world.why(run_id, run_id)
    with pytest.raises(NotFoundError, match="Neither run has a metric 'auk'") as caught:
        world.why(run_id, world.run(0.9), metric="auk")
    assert "auc" in caught.value.hint
    with pytest.raises(NotFoundError):
        world.why(run_id, "0" * 32)


def test_no_more_runs_are_read_than_allowed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mlops_lab.tracking.explaining.MAX_LOOKED_AT", 5)
    for at in range(7):
        world.run(0.5 + at / 100, rate=str(at))
    found = world.why(world.run(0.80), world.run(0.85, max_depth="5"))
    assert (found.looked_at, found.is_exact) == (5, False)
