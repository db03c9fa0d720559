"""Proves that the outputs of a cell are joined, bounded and safe to store, whatever they are."""

from __future__ import annotations

import json

import msgspec

from mlops_lab.kernel.capture.outputlog import MAX_OUTPUTS, OUTPUT_BYTES, RUN_BYTES, OutputLog


def filled(count: int, text: str) -> OutputLog:
    log = OutputLog(msgspec.json.encode)
    for _ in range(count):
        log.add("display", {"text/plain": text})
    return log


def test_one_output_is_cut_and_what_is_no_text_is_left_out():
    log = OutputLog(msgspec.json.encode)
    log.add("display", {"image/png": "A" * (OUTPUT_BYTES + 1), "text/plain": "<Figure>"})
    log.add("display", {"application/json": {"rows": ["x" * 100] * 20_000}, "text/plain": "t"})
    log.add("result", {"text/plain": "line\n" * 400_000})
    figure, table, long = log.content().outputs
    assert (figure.data, figure.cut_bytes) == ({"text/plain": "<Figure>"}, OUTPUT_BYTES + 1)
    assert (table.data, table.cut_bytes) == ({"text/plain": "t"}, 2_060_010)
    assert long.cut_bytes == 2_000_000 - OUTPUT_BYTES // 2 + (OUTPUT_BYTES // 2) % 5
    assert "bytes are not kept" in long.data["text/plain"]


def test_all_outputs_of_a_run_together_are_bounded_and_the_result_stays():
    log = filled(10, "x" * 900_000)
    log.add_text("stdout", "\x1b[31m" * 150_000)
    log.add("result", {"text/plain": "the result"})
    content = log.content()
    assert len(msgspec.json.encode(content)) <= RUN_BYTES + 200
    assert content.outputs[-1].data["text/plain"] == "the result"
    assert content.limit_bytes == RUN_BYTES
    assert len(content.outputs) + content.dropped == 12


def test_many_outputs_are_counted():
    content = filled(MAX_OUTPUTS + 50, "x").content()
    assert (len(content.outputs), content.dropped) == (MAX_OUTPUTS, 50)


def test_alternating_streams_are_bounded():
    log = OutputLog(msgspec.json.encode)
    for _ in range(5_000):
        log.add_text("stdout", "a")
        log.add_text("stderr", "b")
    content = log.content()
    assert len(content.outputs) == MAX_OUTPUTS
    assert content.dropped == 10_000 - MAX_OUTPUTS


def test_cells_of_one_run_follow_one_another():
    first = filled(2, "a").content()
    second = filled(1, "b").content(first)
    assert [one.data["text/plain"] for one in second.outputs] == ["a", "a", "b"]


def test_text_that_utf8_lacks_does_not_lose_the_outputs():
    log = OutputLog(msgspec.json.encode)
    log.add_text("stdout", "a\ud800b\n")
    log.add("result", {"text/plain": "c\udfff"})
    assert json.loads(msgspec.json.encode(log.content()))["outputs"][0]["data"] == {
        "text/plain": "a?b\n"
    }
