"""What data is named as a cause when a reproduction diverges."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from mlops_lab.core.data import DataVersion
from mlops_lab.core.facets import RunCapture
from mlops_lab.notebooks.replay import Replay
from mlops_lab.workflows.explain import find_differences
from mlops_lab.workflows.replayed import Replayed

WHOLE = DataVersion("X", "name", "numpy.ndarray", "d1", shape=[9], sample_digest="even-2:aa")


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"digest": "d2"}, True),
        ({"digest": "d2", "role": "made"}, False),
        ({"digest": "unread:1", "sampled_rows": 0, "sample_digest": None}, False),
        ({"digest": "d2", "sampled_rows": 4}, False),
        ({"digest": "d2", "sampled_rows": 4, "sample_digest": "even-2:bb"}, True),
    ],
)
def test_only_data_that_is_known_to_differ_and_that_was_taken_in(change, named: bool) -> None:
    capture = RunCapture("a", data=[replace(WHOLE, role=change.get("role", "input"))])
    again = Replayed({}, {}, [replace(WHOLE, **change)], environment=None, git=None)
    found = find_differences(capture, Replay([], []), again)
    named_data = [one.name for one in found if one.kind == "data"]
    assert named_data == (["X"] if named else [])
