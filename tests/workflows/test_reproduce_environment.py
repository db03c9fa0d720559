"""A replayed environment, made for real: the run's packages and no others, once."""

from __future__ import annotations

import re
from importlib.metadata import PackageNotFoundError, distribution

import pytest
from msgspec.structs import replace

from mlops_lab.core.errors import ConflictError, InvalidInputError
from mlops_lab.core.facets import Environment, Package, RunCapture
from mlops_lab.workflows.environments import replay_environment_of
from mlops_lab.workflows.explain import normal_name
from mlops_lab.workflows.reproduce import Wishes

from .recorder import Recorder, set_facet

REPLAYED = Wishes(environment="replayed")


def closure(*names: str) -> list[Package]:
    """Return installed packages with all that they need."""
    found: dict[str, Package] = {}
    waiting = list(names)
    while waiting:
        name = normal_name(waiting.pop())
        if name in found:
            continue
        try:
            one = distribution(name)
        except PackageNotFoundError:
            continue
        found[name] = Package(name, one.version)
        wanted = [text for text in one.requires or () if "extra ==" not in text]
        waiting += [re.split(r"[\s<>=!~;\[(]", text, maxsplit=1)[0] for text in wanted]
    return list(found.values())


def test_a_run_is_reproduced_with_its_own_packages(recorder: Recorder) -> None:
    run_id = recorder.record(
        "import importlib.util",
        "%%track\nscore = 1.5 * 2\nhas_pytest = float(importlib.util.find_spec('pytest') is not None)",
    )
    environment = recorder.lab.tracking.get_capture(run_id).environment
    assert environment is not None
    packages = closure("ipykernel", "msgspec", "nbformat", "psutil")
    assert normal_name("pytest") not in {package.name for package in packages}
    editable = Package("of-ours", "1", source="file:///nowhere/of-ours", editable=True)
    small = replace(environment, packages=[*packages, editable])
    set_facet(recorder.lab, run_id, "environment", small)
    done = recorder.reproduce(run_id, REPLAYED)
    assert done.state == "differs", done.message
    values = {one.name: (one.recorded, one.reproduced) for one in done.metrics}
    assert values == {"score": (3.0, 3.0), "has_pytest": (1.0, 0.0)}
    assert "of-ours" in done.message
    assert {one.name for one in done.differences if one.kind == "package"} == {"of-ours"}
    [made] = [p for p in (recorder.lab.settings.data_dir / "environments").iterdir() if p.is_dir()]
    marker = (made / "complete").stat().st_mtime_ns
    capture = recorder.lab.tracking.get_capture(run_id)
    program, _ = replay_environment_of(capture, data_dir=recorder.lab.settings.data_dir)
    assert program.startswith(str(made))
    assert (made / "complete").stat().st_mtime_ns == marker


def environment(**changes: object) -> Environment:
    fields: dict[str, object] = {
        "python": "3.11.1",
        "implementation": "CPython",
        "platform": "Linux",
        "machine": "x86_64",
        "packages": [],
    }
    return Environment(**(fields | changes))  # type: ignore[arg-type]


def test_what_cannot_be_made_is_told(recorder: Recorder) -> None:
    data_dir = recorder.lab.settings.data_dir
    with pytest.raises(ConflictError, match="not recorded"):
        replay_environment_of(RunCapture("a" * 32), data_dir=data_dir)
    old = RunCapture("a" * 32, environment=environment(python="3.2.1"))
    with pytest.raises(InvalidInputError, match=r"Python 3\.2, which is not on this machine"):
        replay_environment_of(old, data_dir=data_dir)


def test_a_package_that_is_not_there_fails_with_its_name(recorder: Recorder) -> None:
    run_id = recorder.record("%%track\nscore = 1.5 * 2")
    recorded = recorder.lab.tracking.get_capture(run_id).environment
    assert recorded is not None
    missing = Package("msgspec", "0.0.1.dev999")
    set_facet(recorder.lab, run_id, "environment", replace(recorded, packages=[missing]))
    done = recorder.reproduce(run_id, REPLAYED)
    assert done.state == "failed"
    assert "cannot be installed" in done.message
    assert "msgspec" in done.message
    folders = recorder.lab.settings.data_dir / "environments"
    assert [path for path in folders.iterdir() if path.is_dir()] == []
