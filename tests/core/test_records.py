"""A spool line decodes to the record it was made from, whatever the kind."""

import msgspec
import pytest

from mlops_lab.core.records import (
    CellCaptured,
    MetricLogged,
    ParamLogged,
    Record,
    RunFinished,
    RunStarted,
    SpoolHeader,
    TagSet,
    WarningNoted,
)
from mlops_lab.core.tracking import ErrorInfo

RUN = "0" * 32
RECORDS: list[Record] = [
    RunStarted(
        1, RUN, "train", "default", "notebook", "ada", 5, "/n.ipynb", "c1", "k", "py", None, None
    ),
    CellCaptured(2, RUN, "x = 1", "c1", 3),
    ParamLogged(3, RUN, "größe", "'ä'", "assigned"),
    MetricLogged(4, RUN, "loss", "NaN", 2, 7),
    TagSet(5, RUN, "team", "blue"),
    WarningNoted(6, RUN, "too large"),
    RunFinished(7, RUN, "failed", 9, 4, "loss", ErrorInfo("ValueError", "no", "Traceback")),
]


@pytest.mark.parametrize("record", RECORDS, ids=lambda r: type(r).__name__)
def test_a_record_survives_its_line(record: Record) -> None:
    line = msgspec.json.encode(record)
    assert b"\n" not in line
    assert msgspec.json.decode(line, type=Record) == record


def test_the_line_is_the_documented_array() -> None:
    line = msgspec.json.encode(MetricLogged(7, RUN, "loss", 0.5, 3, 1_700_000_000_000))
    assert line == b'["metric",7,"%s","loss",0.5,3,1700000000000]' % RUN.encode()


def test_the_first_line_of_an_older_file_says_that_its_process_delivers() -> None:
    old = b'{"spool_id":"a","host":"h","pid":1,"process_started_at":2.0}'
    assert msgspec.json.decode(old, type=SpoolHeader) == SpoolHeader("a", "h", 1, 2.0)
    assert SpoolHeader("a", "h", 1, 2.0).delivers
