"""Shows what a comparison says of data and surroundings: which columns, packages and commits differ."""

from __future__ import annotations

import msgspec

from mlops_lab.core.data import ColumnVersion
from mlops_lab.core.differences import ColumnDiff, FactDiff
from mlops_lab.core.facets import Package
from mlops_lab.tracking.differences import Surroundings, diff_data, diff_surroundings
from mlops_lab.tracking.service import TrackingService

from . import captured
from .conftest import Recorder

CARRIER, DELAY = captured.DATA.columns
OTHER = msgspec.structs.replace(
    captured.DATA,
    digest="d2" * 16,
    content_digest="c2" * 16,
    shape=[4, 3],
    columns=[
        msgspec.structs.replace(DELAY, type="int64", missing=0, digest="k3"),
        msgspec.structs.replace(CARRIER, digest="k9", format="code"),
        ColumnVersion("origin", "str", "text", 0, digest="k4"),
    ],
)


def test_the_columns_that_differ_are_named_with_what_differs() -> None:
    found = diff_data("b" * 32, [captured.DATA], [OTHER])
    assert not found.equal
    (version,) = found.versions
    assert (version.name, version.equal, version.same_content) == ("flights", False, False)
    assert version.digests == [captured.DATA.digest, OTHER.digest]
    assert version.shapes == [[3, 2], [4, 3]]
    assert version.columns == [
        ColumnDiff("carrier", ["content", "format"], ["str", "str"], [0, 0]),
        ColumnDiff("delay", ["type", "missing", "content"], ["float64", "int64"], [1, 0]),
        ColumnDiff("origin", ["added"], [None, "str"], [None, 0]),
    ]
    back = diff_data("a" * 32, [OTHER], [captured.DATA]).versions[0].columns
    assert [(one.name, one.aspects) for one in back if "removed" in one.aspects] == [
        ("origin", ["removed"])
    ]


def test_equal_and_reordered_data() -> None:
    assert diff_data("b", [captured.DATA], [captured.DATA]).equal
    assert diff_data("b", [], []).equal
    shuffled = msgspec.structs.replace(captured.DATA, digest="d9")
    (version,) = diff_data("b", [captured.DATA], [shuffled]).versions
    assert (version.equal, version.same_content, version.columns) == (False, True, [])


def test_data_that_one_run_did_not_read_and_masked_columns() -> None:
    hidden = ColumnVersion("name", "str", "text", 2, masked=True)
    one = msgspec.structs.replace(captured.DATA, columns=[hidden])
    two = msgspec.structs.replace(OTHER, columns=[hidden])
    extra = msgspec.structs.replace(captured.DATA, name="airports")
    found = diff_data("b", [one, extra], [two])
    assert [(v.name, v.digests[1] is None, v.columns) for v in found.versions] == [
        ("airports", True, []),
        ("flights", False, []),
    ]


def test_versions_that_were_read_to_a_different_extent() -> None:
    whole = msgspec.structs.replace(captured.DATA, sample_digest="even-2:aa")
    part = msgspec.structs.replace(whole, digest="d3", content_digest="c3", sampled_rows=2)
    (version,) = diff_data("b", [whole], [part]).versions
    assert (version.equal, version.known) == (True, True)

    other = msgspec.structs.replace(part, sample_digest="even-2:bb")
    found = diff_data("b", [whole], [other])
    assert (found.equal, found.versions[0].equal, found.versions[0].known) == (False, False, True)
    assert found.versions[0].columns == []

    for unlike in ({"sample_digest": "even-9:bb"}, {"sample_digest": None}, {"digest": "unread:1"}):
        found = diff_data("b", [whole], [msgspec.structs.replace(part, **unlike)])
        assert (found.equal, found.versions[0].equal, found.versions[0].known) == (
            True,
            False,
            False,
        )


def test_what_a_cell_made_is_listed_but_is_not_what_the_runs_took_in() -> None:
    made = msgspec.structs.replace(captured.DATA, name="pred", role="made")
    other = msgspec.structs.replace(OTHER, name="pred", role="made")
    found = diff_data("b", [captured.DATA, made], [captured.DATA, other])
    assert found.equal
    assert [(one.name, one.equal, one.role) for one in found.versions] == [
        ("pred", False, "made"),
        ("flights", True, "input"),
    ]


def test_packages_git_seeds_and_models_that_differ() -> None:
    first = Surroundings(captured.ENVIRONMENT, captured.GIT, [captured.MODEL])
    other = Surroundings(
        msgspec.structs.replace(
            captured.ENVIRONMENT,
            python="3.12.0",
            packages=[Package("numpy", "2.5.0"), Package("polars", "1.0")],
            seeds={},
        ),
        msgspec.structs.replace(captured.GIT, commit="cd" * 20, diff="+2"),
        [msgspec.structs.replace(captured.MODEL, class_name="Ridge")],
    )
    found = diff_surroundings("b", first, other)
    assert (found.equal, found.known) == (False, True)
    assert found.facts == [
        FactDiff("python", "python", ["3.11.2", "3.12.0"]),
        FactDiff("package", "numpy", ["2.4.0", "2.5.0"]),
        FactDiff("package", "polars", [None, "1.0"]),
        FactDiff("package", "scikit-learn", ["1.9.0", None]),
        FactDiff("seed", "numpy", ["7", None]),
        FactDiff("git", "commit", ["ab" * 20, "cd" * 20]),
        FactDiff("git", "uncommitted changes", ["other changes", "other changes"]),
        FactDiff("model", "model", [captured.MODEL.class_name, "Ridge"]),
    ]
    assert diff_surroundings("b", first, first).equal
    nothing = diff_surroundings("b", first, Surroundings(None, None, []))
    assert (nothing.equal, nothing.known) == (False, False)


def test_runs_of_the_store_are_compared_with_what_they_captured(
    service: TrackingService, recorder: Recorder
) -> None:
    runs = [recorder.start() for _ in range(3)]
    for run, data in zip(runs, (captured.DATA, OTHER, captured.DATA), strict=True):
        recorder.facet(run, "data", data, name="flights", key=data.digest)
        recorder.facet(run, "environment", captured.ENVIRONMENT)
    service.ingest(recorder.batch())
    found = service.compare(runs)
    assert [(one.run_id, one.equal) for one in found.data] == [(runs[1], False), (runs[2], True)]
    assert [one.name for one in found.data[0].versions[0].columns] == ["carrier", "delay", "origin"]
    assert [one.equal for one in found.surroundings] == [True, True]
