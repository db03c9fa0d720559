"""Proves that a run knows what it ran in: Python, packages, variables by name, and seeds."""

from __future__ import annotations

import ast
import json
import os
import platform
import sys
from importlib.metadata import distributions
from pathlib import Path

import pytest

from mlops_lab.core.records import DocumentKept
from mlops_lab.kernel.capture.packages import Packages
from mlops_lab.kernel.capture.seeds import find_seeds, seed_values, variables_read
from mlops_lab.kernel.capture.urls import without_credentials

from .facet_reader import documents_of, last_facet
from .spool_reader import read_records


def is_whole(environment) -> bool:
    return environment.memory_bytes is not None


def install(folder: Path, entry: str, *, url: dict | None = None, metadata: str = "") -> None:
    place = folder / entry
    place.mkdir(parents=True)
    (place / "METADATA").write_text(metadata)
    if url is not None:
        (place / "direct_url.json").write_text(json.dumps(url))


@pytest.fixture
def site(tmp_path, monkeypatch):
    """A folder of packages, alone on the path of imports."""
    folder = tmp_path / "site-packages"
    folder.mkdir()
    monkeypatch.setattr(sys, "path", [str(folder)])
    return folder


def test_a_run_knows_its_environment(start_kernel, spool_dir):
    kernel = start_kernel(OMP_NUM_THREADS="2", HF_TOKEN="hf_secret_value", UNRELATED_THING="x")
    kernel.run("%load_ext mlops_lab")
    assert kernel.run("%%track\nn = 1").reply["status"] == "ok"
    found = last_facet(spool_dir, "environment", is_whole)
    assert found.python == platform.python_version()
    assert found.implementation == "CPython"
    assert found.machine == platform.machine()
    assert found.kernel_name == "python3"
    assert found.kernel_language == "python"
    assert found.cpu_count == len(os.sched_getaffinity(0)) if sys.platform == "linux" else True
    assert {"OMP_NUM_THREADS", "HF_TOKEN"} <= set(found.variables)
    assert "UNRELATED_THING" not in found.variables
    assert "hf_secret_value" not in "".join(path.read_text() for path in spool_dir.glob("*.jsonl"))
    installed = {one.metadata["Name"].lower(): one.version for one in distributions()}
    recorded = {one.name: one.version for one in found.packages}
    assert recorded["ipykernel"] == installed["ipykernel"]
    assert recorded["numpy"] == installed["numpy"]
    assert set(recorded) >= {name.replace("_", "-").replace(".", "-") for name in installed}


def test_an_unchanged_environment_is_stored_once(shell, spool_dir):
    shell.run_cell("%%track\nn = 1")
    last_facet(spool_dir, "environment", is_whole)
    for number in range(5):
        shell.run_cell(f"%%track\nn = {number}")
    documents = documents_of(spool_dir, "environment")
    # What was known at once, and the whole.
    assert len(documents) == 2
    kept = [one.digest for one in read_records(spool_dir) if isinstance(one, DocumentKept)]
    assert len(kept) == len(set(kept))


def test_a_package_that_the_cell_installs_is_in_its_run(shell, spool_dir, tmp_path, monkeypatch):
    folder = tmp_path / "more" / "site-packages"
    folder.mkdir(parents=True)
    monkeypatch.syspath_prepend(str(folder))
    shell.run_cell("%%track\nn = 1")
    assert "new-one" not in {p.name for p in last_facet(spool_dir, "environment").packages}
    shell.user_ns["make"] = lambda: install(folder, "New_One-1.2.dist-info")
    shell.run_cell("%%track\nmake()")
    found = last_facet(spool_dir, "environment", is_whole)
    assert [p.version for p in found.packages if p.name == "new-one"] == ["1.2"]


@pytest.mark.parametrize(
    ("told", "source", "editable"),
    [
        (None, None, False),
        (
            {
                "url": "https://ada:key@git.example.org/a/b.git",
                "vcs_info": {"vcs": "git", "commit_id": "c0ffee"},
                "subdirectory": "python",
            },
            "git+https://git.example.org/a/b.git@c0ffee#subdirectory=python",
            False,
        ),
        (
            {"url": "https://t0ken@host/p-1.whl?sig=abc", "archive_info": {"hash": "sha256=ab"}},
            "https://host/p-1.whl#sha256=ab",
            False,
        ),
        ({"url": "file:///src/p", "dir_info": {}}, "file:///src/p", False),
        ({"url": "file:///src/p", "dir_info": {"editable": True}}, "file:///src/p#commit=c1", True),
        ({"broken": 1}, None, False),
    ],
)
def test_where_a_package_came_from(site, told, source, editable):
    install(site, "My.Package-2.0.dist-info", url=told)
    packages = Packages()
    (found,) = packages.records(packages.stamp(), lambda _url: "c1")
    assert (found.name, found.version) == ("my-package", "2.0")
    assert (found.source, found.editable) == (source, editable)


def test_packages_are_listed_again_only_when_a_folder_changed(site):
    install(site, "one-1.0.dist-info")
    packages = Packages()
    before = packages.stamp()
    assert before == packages.stamp()
    assert [p.name for p in packages.names(before)] == ["one"]
    install(site, "Two-3.0+cpu.dist-info")
    install(site, "three-0.1-py3.11.egg-info")
    install(site, "noversion.dist-info", metadata="Metadata-Version: 2.1\nVersion: 7\n")
    install(site, "~ad-1.0.dist-info")
    after = packages.stamp()
    assert after != before
    found = packages.records(after, lambda _url: None)
    assert {p.name: p.version for p in found} == {
        "noversion": "7",
        "one": "1.0",
        "three": "0.1",
        "two": "3.0+cpu",
    }


def test_of_two_folders_the_first_on_the_path_counts(site, tmp_path, monkeypatch):
    second = tmp_path / "second"
    install(site, "one-1.0.dist-info")
    install(second, "one-9.9.dist-info")
    monkeypatch.setattr(sys, "path", [str(site), str(second)])
    packages = Packages()
    assert [p.version for p in packages.names(packages.stamp())] == ["1.0"]


class Config:
    seed = 11

    def __init__(self):
        self.other = 12

    @property
    def dangerous(self):
        raise AssertionError("no code of the user's may run")


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("import random\nrandom.seed(42)", {"random.seed": "42"}),
        ("import numpy as np\nnp.random.seed(7)", {"numpy.random.seed": "7"}),
        ("import numpy as np\nrng = np.random.default_rng(5)", {"numpy.random.default_rng": "5"}),
        ("import numpy as np\nrng = np.random.default_rng()", {}),
        ("seed = 2 + 1\nimport random\nrandom.seed(seed)", {"random.seed": "3"}),
        ("train_test_split(x, random_state=0)", {"train_test_split.random_state": "0"}),
        ("A(random_state=0)\nA(random_state=1)\nA(random_state=0)", {"A.random_state": "0, 1"}),
        ("m.Forest(random_state=None)", {"Forest.random_state": "None"}),
        ("torch.manual_seed(1)", {"torch.manual_seed": "1"}),
        ("torch.Generator().manual_seed(1)", {"torch.Generator().manual_seed": "1"}),
        ("tf.random.set_seed(9)", {"tf.random.set_seed": "9"}),
        ("pl.seed_everything(3)", {"pl.seed_everything": "3"}),
        ("optuna.samplers.TPESampler(seed=8)", {"TPESampler.seed": "8"}),
        ("default_rng(seed=4)", {"default_rng": "4"}),
        ("set_seed(config.other)", {"set_seed": "12"}),
        ("set_seed(config.dangerous)", {"set_seed": "config.dangerous"}),
        ("set_seed(settings['seed'])", {"set_seed": "13"}),
        ("set_seed(unknown())", {"set_seed": "unknown()"}),
        ("def f(s):\n    random.seed(s)\nf(1)", {}),
        ("text = 'seed'", {}),
    ],
)
def test_seeds_of_a_cell(source, expected):
    tree = ast.parse(source)
    namespace = {"config": Config(), "settings": {"seed": 13}}
    runs = "import" in source
    if runs:
        exec(compile(tree, "<cell>", "exec"), namespace)  # noqa: S102 - the cell of the test
    assert seed_values(find_seeds(tree, source), namespace) == expected


def test_seeds_and_variables_of_the_cell_are_in_the_run(shell, spool_dir, monkeypatch):
    monkeypatch.setenv("MY_SECRET_SETTING", "the value")
    shell.run_cell(
        "%%track\nimport os, random\nrandom.seed(1234)\n"
        "a = os.environ['MY_SECRET_SETTING']; b = os.getenv('NOT_SET', '')"
    )
    found = last_facet(spool_dir, "environment", is_whole)
    assert found.seeds == {"random.seed": "1234"}
    assert {"MY_SECRET_SETTING", "NOT_SET"} <= set(found.variables)
    shell.run_cell("%%track\nn = 1")
    found = last_facet(spool_dir, "environment", is_whole)
    assert found.seeds == {}
    assert "MY_SECRET_SETTING" not in found.variables


def test_variables_that_a_cell_reads():
    source = (
        "import os\nfrom os import environ, getenv\nos.environ['A']\nos.environ.get('B', 1)\n"
        "os.getenv('C')\nenviron['D']\ngetenv('E')\nos.environ[name]\nother['F']\n"
        "os.environ['G'] = '1'"
    )
    assert variables_read(ast.parse(source), source) == ["A", "B", "C", "D", "E"]


def test_it_can_be_switched_off(shell, spool_dir):
    shell.run_cell("%%track --no environment\nimport random\nrandom.seed(1)")
    assert documents_of(spool_dir, "environment") == set()


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://ada:pass@host.org/a.git", "https://host.org/a.git"),
        ("https://token@host.org:8443/a.git?x=1", "https://host.org:8443/a.git"),
        ("ssh://git@host.org/a.git", "ssh://git@host.org/a.git"),
        ("ssh://git:pass@host.org/a.git", "ssh://git@host.org/a.git"),
        ("git@host.org:a/b.git", "git@host.org:a/b.git"),
        ("/srv/git/a.git", "/srv/git/a.git"),
        ("https://[broken", ""),
    ],
)
def test_an_address_without_credentials(url, expected):
    assert without_credentials(url) == expected
