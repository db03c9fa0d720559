"""Proves that a tracked cell feels untracked: a real kernel answers it as it answers the plain cell."""

from __future__ import annotations

import os
import re
import time

import pytest

from mlops_lab.core.capture import NO_CAPTURE
from mlops_lab.core.records import MetricLogged, ParamLogged, RunFinished, RunStarted
from mlops_lab.core.refuge import refuge_of

from .spool_reader import read_records

ANSI = re.compile(r"\x1b\[[0-9;]*m")

SAME = {
    "value": "[1, 2, 3]",
    "no value": "x = 1",
    "silenced value": "1 + 1;",
    "print and error stream": "import sys\nprint('out')\nprint('err', file=sys.stderr)\n'last'",
    "display": "display({'text/plain': 'shown'}, raw=True)\nNone",
    "history": "print(_, __, sorted(Out)[-1], len(In), _ih is In)",
    "rich value": "class R:\n    def __repr__(self): return 'hi'\n"
    "    def _repr_html_(self): return '<b>hi</b>'\nR()",
    "line magic": "%precision 2\n3.14159",
    "assigned magic and shell": "files = !echo one two\n%time 1 + 1\nfiles",
    "await": "import asyncio\nawait asyncio.sleep(0, 'done')",
    "future import": "from __future__ import annotations\ndef f(x: nowhere): ...\nf.__annotations__",
    "leading blank lines": "\n\n   \nx = 2\nx",
    "indented": "    x = 3\n    x",
    "only a comment": "# nothing",
    "error": "def inner(n):\n    return 1 / n\n\ndef outer():\n    inner(0)\n\nprint('before')\nouter()",
    "error in the first line": "undefined_name",
    "error after blank lines": "\n\nx = 1\nundefined_name",
    "chained error": "try:\n    {}['a']\nexcept KeyError as error:\n    raise ValueError('b') from error",
    "syntax error": "x = 1\nfor x in [1, 2]\n    pass",
    "indentation error": "if True:\nx = 1",
    "system exit": "import sys\nsys.exit(3)",
    "raised interrupt": "raise KeyboardInterrupt",
    "usage error": "%nosuchmagic",
    "unknown cell magic": "%%nosuchmagic\nx",
    "nested magic": "%%capture out\nprint('hidden')",
    "nested magic with error": "%%capture out\n1 / 0",
    "bash": "%%bash\necho hello",
    "error in await": "import asyncio\nasync def f():\n    await asyncio.sleep(0)\n"
    "    raise OSError('x')\nawait f()",
    "bad escape": "'\\d'",
    "help": "len?",
    "cancelled await": "import asyncio\nawait asyncio.sleep(0)\nraise asyncio.CancelledError",
    "error in display": "class R:\n    def __repr__(self): raise RuntimeError('no')\nR()",
}


# Here the lines are counted otherwise: IPython drops blank lines above a plain cell and does not
# count them, and another cell magic counts the lines of its own body.
SHIFTS = {"error after blank lines": 3, "nested magic with error": 0}


def shifted(text: str, by: int) -> str:
    """Return a traceback with the line numbers of cells grown by ``by``."""
    text = ANSI.sub("", text)
    lines = re.compile(r"(Cell In\[\d+\], line |\(\d+\.py, line |statement on line )(\d+)")
    return lines.sub(lambda m: f"{re.sub('[0-9]+[.]py', 'cell', m[1])}{int(m[2]) + by}", text)


def shifted_margin(text: str, by: int) -> str:
    """Return a traceback with the line numbers at its left grown by ``by`` too."""
    arrow = re.compile(r"^((?:---->|-->)?\s*)(\d+)(?= |$)", re.MULTILINE)
    return arrow.sub(lambda m: f"{'>' if '>' in m[1] else ' '} {int(m[2]) + by}", shifted(text, by))


def comparable(answer, by: int):
    outputs = []
    for output in answer.outputs:
        content = dict(output["content"])
        content.pop("execution_count", None)
        if output["msg_type"] == "execute_input":
            continue
        if output["msg_type"] == "error":
            content["traceback"] = shifted_margin("\n".join(content["traceback"]), by)
            content["evalue"] = shifted(content["evalue"], by)
        if output["msg_type"] == "stream":
            content["text"] = re.sub(r"(CPU times|Wall time).*", r"\1", content["text"])
        outputs.append((output["msg_type"], content))
    reply = {key: answer.reply.get(key) for key in ("status", "ename")}
    reply["evalue"] = shifted(answer.reply.get("evalue", ""), by)
    reply["payload"] = [
        {**p, "data": str(p.get("data"))[:40]} for p in answer.reply.get("payload", [])
    ]
    return merged(outputs), reply


def merged(outputs):
    """Join stream messages that follow one another: where they are cut is a matter of time."""
    found = []
    for kind, content in outputs:
        if found and kind == "stream" == found[-1][0] and content["name"] == found[-1][1]["name"]:
            found[-1] = (kind, {**content, "text": found[-1][1]["text"] + content["text"]})
        else:
            found.append((kind, content))
    return sorted(found, key=lambda item: item[0] == "stream" and item[1]["name"] == "stderr")


def without_first_line(outputs):
    """Drop what a traceback shows of the ``%%track`` line; all else must be the same."""
    for _, content in outputs:
        if "traceback" in content:
            shown = content["traceback"].split("\n")
            kept = [t for t in shown if "# %%track" not in t and not re.fullmatch(r"  [23] ", t)]
            content["traceback"] = "\n".join(kept)
    return outputs


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    """Two fresh kernels, of which one has the extension."""
    from jupyter_client.manager import start_new_kernel

    from .conftest import Kernel

    home = tmp_path_factory.mktemp("kernels")
    kernels = []
    for _ in range(2):
        environ = {**os.environ, "MLOPS_LAB_SPOOL_DIR": str(home), "IPYTHONDIR": str(home)}
        # The line below a cell is the one thing that is meant to be seen.
        environ[NO_CAPTURE] = "chip"
        kernels.append(Kernel(*start_new_kernel(kernel_name="python3", env=environ)))
    kernels[1].run("%load_ext mlops_lab")
    kernels[0].run("pass")
    yield kernels
    for kernel in kernels:
        kernel.stop()


@pytest.mark.parametrize("name", SAME)
def test_a_tracked_cell_is_answered_as_the_plain_one(pair, name):
    plain, tracked = pair
    source = SAME[name]
    expected = comparable(plain.run(source), by=SHIFTS.get(name, 1))
    found = comparable(tracked.run(f"%%track\n{source}"), by=0)
    assert without_first_line(found[0]) == without_first_line(expected[0])
    assert found[1] == expected[1]


def test_the_traceback_is_that_of_the_plain_cell_with_the_lines_that_the_user_sees(
    start_kernel, spool_dir
):
    kernel = start_kernel()
    kernel.run("%load_ext mlops_lab")
    answer = kernel.run("%%track\nx = 1\n\ndef fail():\n    raise ValueError('bad')\nfail()")
    (error,) = answer.of("error")
    shown = ANSI.sub("", "\n".join(error["traceback"]))
    assert (error["ename"], error["evalue"]) == ("ValueError", "bad")
    assert re.findall(r"Cell In\[2\], line (\d+)", shown) == ["6", "5"]
    assert "mlops_lab" not in shown
    assert answer.of("stream") == []
    ended = [r for r in read_records(spool_dir) if isinstance(r, RunFinished)]
    assert ended[0].error.traceback == shown


def test_interrupting_a_cell_ends_its_run_as_failed(start_kernel, spool_dir):
    kernel = start_kernel()
    kernel.run("%load_ext mlops_lab\nimport time")
    sent = kernel.send(
        "%%track\nprint('started', flush=True)\nfor i in range(10**9):\n    lab.log_metric('m', i)"
    )
    kernel.wait_for_output("started")
    kernel.manager.interrupt_kernel()
    answer = kernel.collect(sent)
    assert answer.reply["ename"] == "KeyboardInterrupt"
    kernel.run("%%track after\nlab.log_metric('m', 1)")
    records = read_records(spool_dir)
    assert [record.seq for record in records] == list(range(1, len(records) + 1))
    ended = [record for record in records if isinstance(record, RunFinished)]
    assert [(r.status, r.error and r.error.name) for r in ended] == [
        ("failed", "KeyboardInterrupt"),
        ("finished", None),
    ]
    metrics = [r for r in records if isinstance(r, MetricLogged) and r.name == "m"]
    points = [point for point in metrics if point.run_id == ended[0].run_id]
    assert [point.step for point in points] == list(range(len(points)))


def test_post_mortem_debugging_sees_the_frame_of_the_cell(start_kernel):
    kernel = start_kernel()
    kernel.run("%load_ext mlops_lab")
    kernel.run("%%track\nvalue = 41\ndef fail(inner):\n    raise ValueError\nfail(value + 1)")
    answer = kernel.run(
        "import sys\nframe = sys.last_traceback\nwhile frame.tb_next: frame = frame.tb_next\n"
        "frame.tb_lineno, frame.tb_frame.f_locals['inner']"
    )
    assert answer.of("execute_result")[0]["data"]["text/plain"] == "(4, 42)"


def test_a_bad_line_stops_before_running_as_a_syntax_error_does(start_kernel, spool_dir):
    kernel = start_kernel()
    kernel.run("%load_ext mlops_lab")
    answer = kernel.run("%%track --exprment a\nran = 1")
    assert answer.reply["status"] == "error"
    assert answer.reply["ename"] == "UsageError"
    told = answer.text("stderr")
    assert told.count("unknown option '--exprment'. Did you mean '--experiment'?") == 1
    assert kernel.run("ran").reply["ename"] == "NameError"
    assert not spool_dir.exists()


def test_front_ends_can_ask_for_completion_help_and_completeness(start_kernel):
    kernel = start_kernel()
    kernel.run("%load_ext mlops_lab")
    client = kernel.client
    client.complete("%%tra", 5)
    assert "%%track" in client.get_shell_msg(timeout=60)["content"]["matches"]
    client.complete("%%track\nsorte", len("%%track\nsorte"))
    assert "sorted" in client.get_shell_msg(timeout=60)["content"]["matches"]
    client.is_complete("%%track --bad\nx = 1")
    assert client.get_shell_msg(timeout=60)["content"]["status"] == "incomplete"
    payload = kernel.run("%%track?").reply["payload"]
    assert "--experiment" in payload[0]["data"]["text/plain"]


def test_the_run_says_where_it_came_from(start_kernel, spool_dir):
    kernel = start_kernel(JPY_SESSION_NAME="/home/ada/train.ipynb", JUPYTERHUB_USER="ada")
    kernel.run("%load_ext mlops_lab")
    kernel.run("%%track\nn = 1", cell_id="the-cell")
    started = next(r for r in read_records(spool_dir) if isinstance(r, RunStarted))
    assert started.cell_id == "the-cell"
    assert started.user == "ada"
    assert started.notebook_file == "/home/ada/train.ipynb"
    assert (started.experiment, started.name) == ("train", "train [2]")
    assert started.kernel_name == "python3"
    # This front end names no file after the kernel, so that its id is not known.
    assert started.kernel_id is None


def test_the_kernel_id_is_that_of_the_connection_file(start_kernel, spool_dir, tmp_path):
    kernel = start_kernel(connection_file=str(tmp_path / "kernel-0b7d-44.json"))
    kernel.run("%load_ext mlops_lab")
    kernel.run("%%track\nn = 1")
    assert read_records(spool_dir)[0].kernel_id == "0b7d-44"


def test_a_clean_end_of_the_kernel_leaves_a_whole_spool(start_kernel, spool_dir):
    kernel = start_kernel()
    kernel.run("%load_ext mlops_lab\nlr = 0.1")
    kernel.run("%%track\nfor i in range(50):\n    lab.log_metric('m', i * lr)")
    kernel.client.shutdown()
    deadline = time.monotonic() + 30
    while kernel.manager.is_alive() and time.monotonic() < deadline:
        time.sleep(0.05)
    records = read_records(spool_dir)
    assert [r.step for r in records if isinstance(r, MetricLogged)] == list(range(50))
    assert [(r.name, r.value) for r in records if isinstance(r, ParamLogged)] == [("lr", "0.1")]


@pytest.mark.parametrize("temporary", ["temporary", "no folder"])
def test_a_spool_that_cannot_be_written_is_one_line_and_the_cells_run(
    start_kernel, spool_dir, tmp_path, monkeypatch, temporary
):
    (tmp_path / "temporary").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / temporary))
    refuge = refuge_of(spool_dir)
    spool_dir.parent.mkdir(parents=True, exist_ok=True)
    spool_dir.write_text("a file is in the way")
    kernel = start_kernel()
    kernel.run("%load_ext mlops_lab")
    answer = kernel.run("%%track\nlab.log_metric('m', 1)\n6 * 7")
    assert answer.of("execute_result")[0]["data"]["text/plain"] == "42"
    told = answer.text("stderr")
    assert told.count("\n") == 1
    assert f"The spool {spool_dir} cannot be written" in told
    assert kernel.run("%%track\nlab.log_metric('m', 2)").text("stderr") == ""
    spool_dir.unlink()
    kernel.client.shutdown()
    deadline = time.monotonic() + 30
    while kernel.manager.is_alive() and time.monotonic() < deadline:
        time.sleep(0.05)
    records = read_records(refuge if refuge.exists() else spool_dir)
    assert refuge.exists() == (temporary == "temporary")
    assert [r.value for r in records if isinstance(r, MetricLogged)] == [1.0, 2.0]
    assert [r.seq for r in records] == list(range(1, len(records) + 1))
