"""Tests of reports: they say what differs, ask nothing of a network, and run nothing of a user's."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import msgspec
import pytest

from mlops_lab.core.errors import InvalidInputError, MisfitError
from mlops_lab.core.facets import Output, Outputs
from mlops_lab.core.settings import Settings
from mlops_lab.core.tracking import ExperimentUpdate
from mlops_lab.lab import Lab
from mlops_lab.workflows.report import content as report_content
from mlops_lab.workflows.report.content import Content, gather
from mlops_lab.workflows.report.markdown import write_markdown
from mlops_lab.workflows.report.page import plotly_script, write_page
from mlops_lab.workflows.report.writing import write_report
from tests.tracking import captured
from tests.tracking.conftest import Recorder

EVIL = "</script><script>alert(1)</script>"
SVG = f'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(2)</script>{EVIL}</svg>'
PIXEL = base64.b64encode(b"\x89PNG pixel").decode()
FIGURE = {"data": [{"type": "bar", "x": [EVIL], "y": [1]}], "layout": {"title": {"text": EVIL}}}


@pytest.fixture
def lab(settings: Settings) -> Iterator[Lab]:
    with Lab.open(settings) as opened:
        yield opened


def add_run(lab: Lab, at: int, *, name: str = "", plain: bool = False) -> str:
    made = Recorder()
    run_id = made.start(name=name or f"forest {at}")
    made.param(run_id, "lr", str(0.1 * (at + 1)))
    made.param(run_id, "depth", "8")
    made.param(run_id, "kind", repr(f"a|b {EVIL}"))
    for step in range(20):
        made.metric(run_id, "loss", 1 / (1 + step * (at + 1)), step)
    made.metric(run_id, "auc", 0.9 + at / 100)
    made.metric(run_id, "rows", 100)
    made.cell(run_id, f"fit(depth=8)\n# {EVIL}\nprint({at})")
    if not plain:
        shown = [
            Output("display", "", {"application/vnd.plotly.v1+json": FIGURE}),
            Output("display", "", {"image/svg+xml": SVG}),
            Output("display", "", {"image/png": PIXEL, "text/html": EVIL}),
        ]
        made.facet(run_id, "outputs", Outputs(shown, 1000))
        environment = msgspec.structs.replace(captured.ENVIRONMENT, python=f"3.11.{at}")
        made.facet(run_id, "environment", environment)
        made.facet(run_id, "git", captured.GIT)
        data = msgspec.structs.replace(captured.DATA, digest=f"d{at}" * 16)
        made.facet(run_id, "data", data, name="flights")
    made.end(run_id)
    lab.tracking.ingest(made.batch())
    return run_id


@pytest.fixture
def content(lab: Lab) -> Content:
    return gather(lab, [add_run(lab, at) for at in range(3)], who=f"ada {EVIL}")


class Seen(HTMLParser):
    """What a browser would make of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.scripts: list[dict[str, str | None]] = []
        self.sources: list[str] = []
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        assert not [name for name in found if name.startswith("on")]
        if tag == "script":
            self.scripts.append(found)
        self.sources += [str(v) for n, v in attrs if n in ("src", "href", "data", "action")]

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def seen(page: str) -> Seen:
    parser = Seen()
    parser.feed(page)
    return parser


def test_a_page_says_what_differs_first_and_folds_what_is_equal(content: Content) -> None:
    page = write_page(content, None)
    found = "".join(seen(page).words)
    for text in ("forest 0", "forest 2", "auc", "lr", "3.11.1", "d0d0", "print(2)", "flights"):
        assert text in found
    folded = "".join(re.findall(r"<details>.*?</details>", page, re.DOTALL))
    assert "depth" in folded
    assert "rows" in folded
    assert "auc" not in folded
    assert '<td class="number best">0.92</td>' in page


def test_nothing_of_a_user_runs_and_nothing_is_fetched(content: Content) -> None:
    page = write_page(content, "/* plotly */")
    parsed = seen(page)
    kinds = [script.get("type") for script in parsed.scripts]
    # Two curves' and figures' data, then plotly and the script that draws; no other.
    assert kinds.count(None) == 2
    assert set(kinds) == {None, "application/json"}
    assert all(source.startswith("data:") for source in parsed.sources)
    assert "default-src 'none'" in page
    assert page.count("/* plotly */") == 1
    # A picture is never part of the page, where its script would run.
    assert base64.b64encode(SVG.encode()).decode() in page
    for text in re.findall(r'<script type="application/json" id="\w+">(.*?)</script>', page):
        assert json.loads(text)["data"]


def test_without_plotly_curves_are_pictures(content: Content) -> None:
    page = write_page(content, None)
    assert page.count("<polyline") == 3
    assert not seen(page).scripts


def test_plotly_is_inlined_from_the_installed_package() -> None:
    script = plotly_script()
    assert script is not None
    assert "</script" not in script


def test_markdown_shows_words_of_users_as_they_are(content: Content) -> None:
    text = write_markdown(content)
    outside = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    assert "<script" not in outside
    assert "a\\|b" in outside
    assert text.index("## Metrics") < text.index("## Metrics that are equal")
    assert text.count("data:image/svg+xml;base64,") >= 2
    assert "```diff" in text
    rows = [line for line in text.splitlines() if line.startswith("| auc |")]
    assert rows == ["| auc | 0.9 | 0.91 | **0.92** |"]


def test_the_direction_of_the_experiment_says_which_is_best(lab: Lab) -> None:
    run_ids = [add_run(lab, at, plain=True) for at in range(2)]
    name = lab.tracking.get_run(run_ids[0]).summary.experiment
    change = ExperimentUpdate(primary_metric="auc", direction="min")
    lab.experiments.update(name, change, user="ada")
    found = gather(lab, run_ids, who="ada")
    assert "| auc | **0.9** | 0.91 |" in write_markdown(found)
    assert '<td class="number best">0.9</td>' in write_page(found, None)


def test_a_baseline_comes_first_and_two_runs_are_explained(lab: Lab, tmp_path: Path) -> None:
    run_ids = [add_run(lab, at) for at in range(2)]
    file = tmp_path / "report.md"
    write_report(lab, run_ids, file, baseline=run_ids[1], who="ada")
    text = file.read_text("utf-8")
    assert "| | forest 1 | forest 0 |" in text.replace("|  |", "| |")
    assert "## Why" in text
    assert r"1. lr is 0.1 instead of 0.2 \(50%\)" in text
    assert "| forest 0 | print | 1 | 0 |" in text
    page = write_page(gather(lab, run_ids, who="ada"), None)
    assert "<h2>Why</h2>" in page
    assert "<b>lr is 0.2 instead of 0.1 (50%)</b>" in page
    assert page.index("<h2>Why</h2>") < page.index("<h2>Metrics</h2>")
    assert "<h2>Names and literals of the code</h2>" in page
    with pytest.raises(MisfitError):
        write_report(lab, run_ids, file, baseline="0" * 32, who="ada")


def test_what_is_left_out_is_counted(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = Recorder()
    run_id = made.start(name="full")
    plotly = {"application/vnd.plotly.v1+json": FIGURE}
    bundles = [plotly, {"image/png": "x"}, {"image/png": PIXEL}, plotly, plotly]
    outputs = [Output("display", "", bundle) for bundle in bundles]
    made.facet(run_id, "outputs", Outputs(outputs, 1000))
    made.end(run_id)
    lab.tracking.ingest(made.batch())
    found = gather(lab, [run_id], who="ada")
    assert (len(found.figures), len(found.pictures)) == (3, 1)
    assert found.left_out[0].startswith("1 images or figures are not shown")
    write_report(lab, [run_id], tmp_path / "few.md", who="ada")
    assert "3 plotly figures" in (tmp_path / "few.md").read_text(encoding="utf-8")
    monkeypatch.setattr(report_content, "MAX_PICTURES", 2)
    assert gather(lab, [run_id], who="ada").left_out[0].startswith("3 images or figures")


def test_a_report_of_one_run(lab: Lab, tmp_path: Path) -> None:
    run_id = add_run(lab, 0)
    for name in ("one.html", "one.md"):
        write_report(lab, [run_id], tmp_path / name, who="ada")
        text = (tmp_path / name).read_text(encoding="utf-8")
        assert "forest 0" in text
        assert "fit(depth=8)" in text


def test_many_runs_are_rows_and_names_are_told_apart(lab: Lab) -> None:
    run_ids = [add_run(lab, at, name="same", plain=True) for at in range(9)]
    found = gather(lab, run_ids, title="Nine", who="ada")
    assert len({one.label for one in found.runs}) == 9
    assert "<th>auc</th>" in write_page(found, None).split("<tbody>")[1]


def test_what_cannot_be_written_is_refused(lab: Lab, tmp_path: Path) -> None:
    run_id = add_run(lab, 0, plain=True)
    with pytest.raises(InvalidInputError, match="cannot be written"):
        write_report(lab, [run_id], tmp_path / "report.pdf", who="ada")
    with pytest.raises(InvalidInputError, match="not possible"):
        gather(lab, [run_id] * 201, who="ada")


def test_business_kpis_stand_before_the_other_metrics(lab: Lab) -> None:
    runs = [add_run(lab, at, plain=True) for at in range(2)]
    lab.writing.set_tag(runs[1], "mlops-lab.kpi.auc", "true")
    for some in (runs, runs[1:]):
        gathered = gather(lab, some, who="ada")
        title, rows = gathered.tables[0]
        assert (title, [row.name for row in rows]) == ("Business KPIs", ["auc"])
        page, text = write_page(gathered, plotly=None), write_markdown(gathered)
        assert page.index("Business KPIs") < page.index("<h2>Metrics")
        assert text.index("## Business KPIs") < text.index("## Metrics")
