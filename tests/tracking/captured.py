"""What runs of the tests have captured: one struct of each kind, to be varied by the test."""

from __future__ import annotations

from mlops_lab.core.data import ColumnVersion, DataVersion
from mlops_lab.core.facets import (
    Dependency,
    Environment,
    GitState,
    ModelInfo,
    Order,
    Output,
    Outputs,
    Package,
    Resources,
)

ENVIRONMENT = Environment(
    python="3.11.2",
    implementation="CPython",
    platform="Linux-6.1",
    machine="x86_64",
    packages=[Package("NumPy", "2.4.0"), Package("scikit_learn", "1.9.0")],
    seeds={"numpy": "7"},
)
GIT = GitState(
    commit="ab" * 20, branch="main", dirty=True, remote="https://git.example/x.git", diff="+1"
)
DATA = DataVersion(
    name="flights",
    source="name",
    library_type="pandas.DataFrame",
    digest="d1" * 16,
    content_digest="c1" * 16,
    shape=[3, 2],
    path="data/flights.csv",
    columns=[
        ColumnVersion("carrier", "str", "text", 0, digest="k1"),
        ColumnVersion("delay", "float64", "number", 1, digest="k2"),
    ],
)
MODEL = ModelInfo(
    name="model",
    class_name="sklearn.ensemble.RandomForestClassifier",
    library="scikit-learn",
    library_version="1.9.0",
    artifact="model/model.skops",
    format="skops",
    safe=True,
)
RESOURCES = Resources(wall_ms=5000, cpu_ms=4000, peak_memory=1_000_000)
OUTPUTS = Outputs(outputs=[Output("stream", "stdout", {"text/plain": "hi"})], limit_bytes=100)
IN_ORDER = Order(dependencies=[], looked_at="saved notebook")
OUT_OF_ORDER = Order(
    dependencies=[Dependency(0, ["x"], "c0", 1, "deleted")], looked_at="saved notebook"
)
