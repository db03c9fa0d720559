"""Proves that a run has what its cell showed, in real kernels, and that nobody sees the difference."""

from __future__ import annotations

import time

import msgspec
import pytest

from mlops_lab.core.capture import NO_CAPTURE
from mlops_lab.core.facets import Outputs
from mlops_lab.core.records import FacetCaptured
from mlops_lab.kernel.capture import outputs as outputs_module
from mlops_lab.kernel.capture.outputlog import OUTPUT_BYTES, OutputLog
from mlops_lab.kernel.run import RunLog
from mlops_lab.kernel.spool import Spool

from .facet_reader import last_facet, read_facets
from .spool_reader import read_records


def shown(outputs: Outputs) -> list[tuple[str, str, str]]:
    """Return kind, name and plain text of each output."""
    return [(one.kind, one.name, one.data.get("text/plain", "")) for one in outputs.outputs]


@pytest.fixture
def track(start_kernel, spool_dir, monkeypatch):
    """Run a tracked cell in one kernel; give its outputs as recorded."""
    with monkeypatch.context() as patch:
        # With this the kernel would not show what is written to its file descriptors.
        patch.delenv("PYTEST_CURRENT_TEST")
        kernel = start_kernel()
    kernel.run("%load_ext mlops_lab")

    def run(source: str, line: str = "%%track"):
        before = len(read_facets(spool_dir, "outputs")) if spool_dir.exists() else 0
        answer = kernel.run(f"{line}\n{source}")
        found = last_facet(
            spool_dir, "outputs", lambda _f: len(read_facets(spool_dir, "outputs")) > before
        )
        return found, answer

    run.kernel = kernel
    return run


def test_everything_in_the_order_in_which_it_was_shown(track):
    found, answer = track(
        "import sys, subprocess, threading\n"
        "print('one')\n"
        "display({'text/plain': 'plain', 'text/html': '<b>rich</b>'}, raw=True)\n"
        "print('err', file=sys.stderr, flush=True)\n"
        "thread = threading.Thread(target=print, args=('thread',))\n"
        "thread.start(); thread.join()\n"
        "print('two', end='\\rthree\\n')\n"
        "'result'"
    )
    assert shown(found) == [
        ("stream", "stdout", "one\n"),
        ("display", "", "plain"),
        ("stream", "stderr", "err\n"),
        ("stream", "stdout", "thread\ntwo\rthree\n"),
        ("result", "", "'result'"),
    ]
    assert found.outputs[1].data["text/html"] == "<b>rich</b>"
    kinds = [output["msg_type"] for output in answer.outputs][1:]
    assert kinds == ["stream", "display_data", "stream", "stream", "execute_result"]


def text_of(outputs: Outputs, name: str) -> str:
    return "".join(one.data["text/plain"] for one in outputs.outputs if one.name == name)


def test_what_child_processes_write(track, spool_dir):
    # It comes through a pipe and a thread of the kernel: on a busy machine after the cell's end.
    _, answer = track(
        "import subprocess, os\nsubprocess.run('echo child; echo wrong >&2', shell=True)\n"
        "os.write(1, b'by number\\n')\nNone"
    )
    wrote = ["", "by number", "child"]
    found = last_facet(
        spool_dir,
        "outputs",
        lambda one: sorted(text_of(one, "stdout").split("\n")) == wrote and text_of(one, "stderr"),
    )
    assert text_of(found, "stderr") == "wrong\n"
    assert sorted(answer.text("stdout").split("\n")) == wrote


def test_what_is_shown_just_after_the_end_belongs_to_the_cell(track, spool_dir):
    track("import threading, time\ndef say(text, wait): time.sleep(wait); print(text)\nprint('0')")
    _, answer = track(
        "print('now')\nthreading.Thread(target=say, args=('late', 0.3)).start()\n"
        "threading.Thread(target=say, args=('too late', 2)).start()"
    )
    assert answer.text("stdout") == "now\n"
    found = last_facet(spool_dir, "outputs", lambda one: "late" in text_of(one, "stdout"))
    assert text_of(found, "stdout") == "now\nlate\n"
    track.kernel.run("for one in threading.enumerate():\n    if 'say' in one.name: one.join()")
    found, _ = track("print('next')")
    assert text_of(found, "stdout") == "next\n"
    assert text_of(read_facets(spool_dir, "outputs")[-2], "stdout") == "now\nlate\n"


def test_the_end_of_a_long_text_is_never_lost(track):
    """A fixed fault: when the stream was just being sent, the end of the cell did not wait for it."""
    source = (
        "import time\nprint('x', flush=True)\nfor n in range(150): print('y' * 5_000)\nprint('end')"
    )
    for _ in range(5):
        found, answer = track(source)
        assert text_of(found, "stdout") == answer.text("stdout")
        assert text_of(found, "stdout").endswith("\nend\n")


def test_what_forked_children_print(track):
    found, answer = track(
        "import multiprocessing\ncontext = multiprocessing.get_context('fork')\n"
        "print('parent', flush=True)\n"
        "with context.Pool(2) as pool: _ = pool.map(print, range(4))\n"
        # What children print comes by a socket; a cell may end before it.
        "import time; time.sleep(0.5)\nprint('end')"
    )
    text = "".join(one.data["text/plain"] for one in found.outputs)
    assert text == answer.text("stdout")
    assert {"0", "1", "2", "3"} <= set(text)


def test_the_error_is_the_last_output(track):
    found, _ = track("print('before')\n1 / 0")
    assert [(one.kind, one.name) for one in found.outputs] == [
        ("stream", "stdout"),
        ("error", "ZeroDivisionError"),
    ]
    assert "division by zero" in found.outputs[1].data["text/plain"]
    found, _ = track("x = = 1")
    assert [(one.kind, one.name) for one in found.outputs] == [("error", "SyntaxError")]


def test_tables_and_figures(track):
    found, _ = track(
        "import pandas as pd\nclass Figure:\n"
        "    def _repr_png_(self): return b'\\x89PNG\\r\\n\\x1a\\n' + bytes(8)\n"
        "    def _repr_svg_(self): return '<svg/>'\n"
        "chart = {'application/vnd.plotly.v1+json': {'data': [{'y': [1, 2.5]}], 'layout': {}}}\n"
        "display(Figure()); display(chart, raw=True)\npd.DataFrame({'a': [1, 2]})"
    )
    figure, chart, table = (one.data for one in found.outputs)
    assert figure["image/png"].startswith("iVBORw0KGgo")
    assert figure["image/svg+xml"] == "<svg/>"
    assert chart["application/vnd.plotly.v1+json"] == {"data": [{"y": [1, 2.5]}], "layout": {}}
    assert "<table" in table["text/html"]
    assert "0  1" in table["text/plain"]


def test_updates_and_clearing_leave_what_is_shown_in_the_end(track):
    found, _ = track(
        "from IPython.display import clear_output\n"
        "handle = display('first', display_id=True)\nprint('between')\nhandle.update('second')"
    )
    assert shown(found) == [("display", "", "'second'"), ("stream", "stdout", "between\n")]
    found, _ = track(
        "for n in range(5):\n    clear_output(wait=True)\n    print(n)\n    display(n * 2)"
    )
    assert shown(found) == [("stream", "stdout", "4\n"), ("display", "", "8")]
    found, _ = track("print('gone')\nclear_output()\nprint('stays')\nclear_output(wait=True)")
    assert shown(found) == [("stream", "stdout", "stays\n")]


def test_figures_that_are_drawn_when_the_cell_has_ended(track):
    found, _ = track(
        "ip = get_ipython()\ndef flush():\n    display({'text/plain': 'figure'}, raw=True)\n"
        "    ip.events.unregister('post_execute', flush)\n"
        "ip.events.register('post_execute', flush)\nprint('drawn')"
    )
    assert shown(found) == [("stream", "stdout", "drawn\n"), ("display", "", "figure")]


def test_other_magics_above_and_below(track):
    found, _ = track("%%capture taken\nprint('hidden')\ndisplay('hidden too')\nprint('x')\n1 / 0")
    assert [one.kind for one in found.outputs] == ["error"]
    track.kernel.run("assert taken.stdout == 'hidden\\nx\\n'")
    found, _ = track("%%time\nprint('timed')")
    assert shown(found)[0][2].startswith("timed\nCPU times:")
    found, _ = track("%%bash\necho from bash")
    assert shown(found) == [("stream", "stdout", "from bash\n")]
    found, _ = track("print('again')", line="%%time\n%%track")
    assert shown(found)[0][2].startswith("again\n")


def test_progress_bars_and_rich_text(track):
    found, _ = track(
        "import sys, time\nfor n in range(200):\n"
        "    sys.stderr.write(f'\\r{n}%'); sys.stderr.flush()\n"
        "from rich.console import Console\nConsole().print('[bold]fat[/bold]')"
    )
    bar = found.outputs[0].data["text/plain"]
    assert (bar.count("\r"), bar[-5:]) == (200, "\r199%")
    assert any("fat" in text for _, _, text in shown(found)[1:])


def test_widgets_keep_their_text(track):
    found, _ = track(
        "view = {'application/vnd.jupyter.widget-view+json': {'model_id': 'x'}, "
        "'text/plain': 'IntSlider(value=3)'}\ndisplay(view, raw=True)"
    )
    assert found.outputs[0].data == {"text/plain": "IntSlider(value=3)"}


def test_many_lines_are_bounded_and_cost_little(track):
    source = "for n in range(200_000):\n    print(n)"
    started = time.monotonic()
    plain = track.kernel.run(source)
    plain_s = time.monotonic() - started
    started = time.monotonic()
    found, answer = track(source)
    tracked_s = time.monotonic() - started
    assert answer.text("stdout") == plain.text("stdout")
    (output,) = found.outputs
    text = output.data["text/plain"]
    assert text.startswith("0\n1\n2\n")
    assert text.endswith("\n199999\n")
    kept = sum(len(line) + 1 for line in text.split("\n") if line.isdigit())
    assert kept + output.cut_bytes == len(answer.text("stdout"))
    assert f"[... {output.cut_bytes:,} bytes are not kept ...]" in text
    assert len(text) <= OUTPUT_BYTES + 100
    # Loose, for a busy machine; the share is some percent of the processor time.
    assert tracked_s < 2 * plain_s + 2


def test_secrets_in_text_are_masked(track, spool_dir):
    secret = "ghp_" + "a1B2c3D4e5F6" * 3
    found, answer = track(
        f"half = '{secret[:20]}'\ntoken = half + '{secret[20:]}'\nprint('token', token)\n"
        "display({'text/html': f'<i>{token}</i>', 'text/plain': token}, raw=True)\n"
        "display({'application/json': {'t': token}}, raw=True)\nraise ValueError(token)"
    )
    assert secret in answer.text("stdout")
    kept = msgspec.json.encode(found).decode()
    assert secret not in kept
    assert len(found.outputs) == 4


def test_what_earlier_cells_still_print_is_not_of_this_one(track):
    track.kernel.run(
        "import threading, sys\nheader = sys.stdout.parent_header\ngo = threading.Event()\n"
        "def late():\n    go.wait()\n    sys.stdout.set_thread_parent({'header': header})"
        " if hasattr(sys.stdout, 'set_thread_parent') else None\n    print('of the earlier cell')\n"
        "thread = threading.Thread(target=late); thread.start()"
    )
    found, _ = track("print('mine')\ngo.set(); thread.join()")
    assert ("stream", "stdout", "mine\n") in [
        (kind, name, text.replace("of the earlier cell\n", "")) for kind, name, text in shown(found)
    ]


def test_nothing_shown_is_nothing_recorded_and_the_kernel_is_left_as_it_was(track, spool_dir):
    track("print(1)")
    track.kernel.run("%%track\nquiet = 1")
    # The first message after the time in which something late may come finds the watch over.
    answer = track.kernel.run(
        "import time; time.sleep(1.2); print(flush=True)\n'send' in vars(get_ipython().kernel.session)"
    )
    assert answer.of("execute_result")[0]["data"]["text/plain"] == "False"
    assert read_facets(spool_dir, "outputs")[1:] == [None]
    track.kernel.run("%%track --no outputs\nprint('not kept')")
    assert read_facets(spool_dir, "outputs")[1:] == [None, None]


def test_an_interrupted_cell_keeps_what_it_showed(track, spool_dir):
    kernel = track.kernel
    sent = kernel.send(
        "%%track\nimport time\nprint('started', flush=True)\nwhile True: time.sleep(0.05)"
    )
    kernel.wait_for_output("started")
    kernel.manager.interrupt_kernel()
    kernel.collect(sent)
    found = last_facet(spool_dir, "outputs")
    assert [(one.kind, one.name) for one in found.outputs] == [
        ("stream", "stdout"),
        ("error", "KeyboardInterrupt"),
    ]


def test_a_plain_ipython_keeps_what_it_records_itself(shell, spool_dir, capsys):
    shell.run_cell("print('untracked')", store_history=True)
    shell.run_cell(
        "%%track\nprint('hello')\ndisplay({'text/plain': 'd', 'text/html': '<i>d</i>'}, raw=True)\n42",
        store_history=True,
    )
    found = last_facet(spool_dir, "outputs")
    assert ("stream", "stdout", "hello\n") in shown(found)
    assert ("display", "", "d") in shown(found)
    assert ("result", "", "42") in shown(found)
    assert "untracked" not in str(found)
    shell.run_cell("%%track\n1 / 0", store_history=True)
    found = last_facet(spool_dir, "outputs", lambda f: f.outputs[-1].kind == "error")
    assert found.outputs[-1].name == "ZeroDivisionError"
    assert "hello" in capsys.readouterr().out


@pytest.fixture
def lines(monkeypatch):
    """Kernels show the lines of ours that other tests leave out."""
    monkeypatch.delenv(NO_CAPTURE)


@pytest.mark.usefixtures("lines")
def test_the_lines_of_ours_are_no_outputs_of_the_cell(track, spool_dir):
    """A fixed fault: the chip came as a late output, and all outputs were recorded once more."""
    for _ in range(2):
        found, answer = track("print('mine')\n'result'")
        assert shown(found) == [("stream", "stdout", "mine\n"), ("result", "", "'result'")]
    told = [one["data"]["text/plain"] for one in answer.of("display_data")]
    assert "It runs again" in told[0]
    assert told[-1].startswith("Run ")
    track.kernel.run("import time; time.sleep(1.2)")
    facets = [one for one in read_records(spool_dir) if isinstance(one, FacetCaptured)]
    assert len([one for one in facets if one.kind == "outputs"]) == 2


@pytest.mark.usefixtures("lines")
def test_the_lines_of_ours_are_no_outputs_in_a_terminal(shell, spool_dir, capsys):
    for _ in range(2):
        shell.run_cell("%%track\nprint('mine')", store_history=True)
    assert "It runs again" in capsys.readouterr().out
    for found in read_facets(spool_dir, "outputs"):
        assert found is None or shown(found) == [("stream", "stdout", "mine\n")]


def test_what_runs_that_ended_showed_is_bounded_in_memory(monkeypatch, spool_dir):
    """A fixed fault: the outputs of the last thousand runs were all kept in memory."""
    monkeypatch.setattr(outputs_module, "MAX_KEPT_BYTES", 100_000)
    capture, runs = outputs_module.OutputsCapture(), []
    for _ in range(50):
        run = RunLog("ab" * 16, Spool(spool_dir, warn=pytest.fail))
        log = OutputLog(msgspec.json.encode)
        log.add_text("stdout", "x" * 10_000)
        capture.outputs_of(run).add(log)
        capture.forget_oldest(log.size)
        run.status = "finished"
        runs.append(run)
    kept = [run for run in runs if capture.outputs_of(run).size > 0]
    assert kept == runs[-len(kept) :]
    assert 5 <= len(kept) <= 16
