"""Tests of the English of remarks: each word has a sentence, with what it is said of."""

from __future__ import annotations

from typing import get_args

import pytest

from mlops_lab.core.explanation import Remark, RemarkWord
from mlops_lab.tracking.remarks import in_english


@pytest.mark.parametrize("word", get_args(RemarkWord))
def test_every_word_is_told(word: RemarkWord) -> None:
    said = Remark(word, ["one", "two", "three"], [1.0, 2.0])
    assert "{" not in in_english(said)
    assert in_english(said)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (Remark("lines", numbers=[1, 1200]), "1 line gone, 1,200 lines new."),
        (Remark("cell_added", numbers=[3]), "Cell 3 is new"),
        (
            Remark("values_gained", ["city", "Oslo", "Rome"], more=4),
            "city has new values: Oslo, Rome and 4 more.",
        ),
        (Remark("column_missing", ["age"], [0.1, 0.25]), "Of age, 25% is missing; it was 10%."),
        (Remark("unrecorded_of_one", ["data"]), "The data of one run was not recorded."),
    ],
)
def test_what_it_is_said_of_is_told(said: Remark, words: str) -> None:
    assert in_english(said) == words
