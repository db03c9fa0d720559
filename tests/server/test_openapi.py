"""Proves that the contract files are what the routes say, and that the contract itself is sound."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from mlops_lab.core import limits
from mlops_lab.core.errors import InvalidInputError
from mlops_lab.core.tracking import NewRun
from mlops_lab.server.endpoint import Endpoint
from mlops_lab.server.openapi import RENEW, make_openapi, render_contract
from mlops_lab.server.routes import ENDPOINTS
from mlops_lab.store.store import Store
from mlops_lab.tracking.service import TrackingService

ROOT = Path(__file__).parents[2]
CONTRACT = ROOT / "contract" / "openapi.json"
TYPES = ROOT / "src" / "api" / "schema.ts"


def test_the_contract_file_is_fresh() -> None:
    assert CONTRACT.read_text(encoding="utf-8") == render_contract(), f"renew it: {RENEW}"


def test_the_typescript_types_are_fresh(tmp_path: Path) -> None:
    tools = ROOT / "node_modules" / ".bin"
    made = tmp_path / "schema.ts"
    order = [str(tools / "openapi-typescript"), str(CONTRACT), "--default-non-nullable=false"]
    subprocess.run([*order, "-o", str(made)], check=True, capture_output=True, cwd=ROOT)
    formatted = subprocess.run(
        [str(tools / "prettier"), "--stdin-filepath", str(TYPES)],
        input=made.read_text(encoding="utf-8"),
        check=True,
        capture_output=True,
        text=True,
        cwd=ROOT,
    ).stdout
    assert TYPES.read_text(encoding="utf-8") == formatted, f"renew them: {RENEW}"


def test_every_route_is_in_the_contract_once() -> None:
    paths = make_openapi()["paths"]
    listed = {
        (path, method): operation["operationId"]
        for path, operations in paths.items()
        for method, operation in operations.items()
    }
    assert len(listed) == len(ENDPOINTS)
    assert set(listed.values()) == {declared.operation_id for declared in ENDPOINTS}


@pytest.mark.parametrize("declared", ENDPOINTS, ids=lambda e: e.operation_id)
def test_every_route_is_in_the_documentation(declared: Endpoint) -> None:
    text = (ROOT / "docs" / "user" / "api.md").read_text(encoding="utf-8")
    assert f"| {declared.method} | `{declared.path}` |" in text


def test_every_reference_is_defined_and_every_definition_is_used() -> None:
    document = make_openapi()
    text = json.dumps(document)
    schemas = document["components"]["schemas"]
    for name in schemas:
        used = f'"#/components/schemas/{name}"' in text
        assert used or name == "Change", f"{name} is used nowhere"
    references = [part.split('"')[0] for part in text.split('"$ref": "#/components/schemas/')[1:]]
    assert set(references) <= set(schemas)


@pytest.mark.parametrize("name", ["Run", "RunSummary", "ErrorInfo", "Parameter", "Problem"])
def test_what_we_send_always_has_every_field(name: str) -> None:
    schema = make_openapi()["components"]["schemas"][name]
    assert schema["required"] == list(schema["properties"])


def test_what_we_receive_keeps_optional_fields_optional() -> None:
    schemas = make_openapi()["components"]["schemas"]
    assert schemas["Promotion"]["required"] == ["name", "parameters"]
    assert schemas["NewJob"]["required"] == ["definition_id"]
    assert schemas["ParameterInput"]["required"] == ["name", "type", "default"]
    assert schemas["Promotion"]["properties"]["parameters"]["items"] == {
        "$ref": "#/components/schemas/ParameterInput"
    }


def test_a_metric_value_is_a_number_or_one_of_three_words() -> None:
    schemas = make_openapi()["components"]["schemas"]
    assert schemas["MetricPoint"]["properties"]["value"] == {
        "anyOf": [{"type": "number"}, {"type": "string", "enum": ["-Infinity", "Infinity", "NaN"]}]
    }


def test_the_limits_of_the_contract_are_those_of_the_services() -> None:
    paths = make_openapi()["paths"]

    def field(path: str, name: str) -> dict[str, Any]:
        found = paths[path]["get"]["parameters"]
        return next(one["schema"] for one in found if one["name"] == name)

    for path in ("/runs/{run_id}/series", "/comparison"):
        points = field(path, "max_points")
        assert (points["minimum"], points["maximum"]) == (limits.MIN_POINTS, limits.MAX_POINTS)
    compared = field("/comparison", "run_id")
    assert (compared["minItems"], compared["maxItems"]) == (
        limits.MIN_COMPARED,
        limits.MAX_COMPARED,
    )
    for path in ("/runs", "/jobs"):
        assert field(path, "limit")["maximum"] == limits.MAX_PAGE


def test_the_contract_says_where_some_bytes_of_a_file_can_be_asked_for() -> None:
    operations = {
        operation["operationId"]: operation
        for listed in make_openapi()["paths"].values()
        for operation in listed.values()
    }
    in_slices = {"get_artifact", "get_run_artifact"}
    for name, operation in operations.items():
        headers = [one["name"] for one in operation.get("parameters", ()) if one["in"] == "header"]
        assert ("Range" in headers) == (name in in_slices), name
        assert ({"206", "416"} <= set(operation["responses"])) == (name in in_slices), name
        assert ("416" in operation["responses"]) == ("206" in operation["responses"]), name
    assert "304" in operations["find_artifact"]["responses"]


def test_what_the_contract_allows_the_tracking_service_takes(store: Store) -> None:
    service = TrackingService(store)
    runs = [service.open_run(NewRun(name="n", experiment="e", user="u")) for _ in range(2)]
    for max_points in (limits.MIN_POINTS, limits.MAX_POINTS):
        assert service.compare(runs, max_points=max_points).series == []
    many = [*runs, *runs * limits.MAX_COMPARED][: limits.MAX_COMPARED]
    assert len(service.compare(many).runs) == 2
    for max_points in (limits.MIN_POINTS - 1, limits.MAX_POINTS + 1):
        with pytest.raises(InvalidInputError):
            service.compare(runs, max_points=max_points)
    with pytest.raises(InvalidInputError):
        service.compare([*many, runs[0]])
    assert service.list_runs(limit=limits.MAX_PAGE).total == 2
    with pytest.raises(InvalidInputError):
        service.list_runs(limit=limits.MAX_PAGE + 1)
