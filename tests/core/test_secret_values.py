"""Values that secret names hold are found, and masked wherever they stand."""

from __future__ import annotations

import html
import json

import pytest

from mlops_lab.core.secretfinding import secrets_of_names, secrets_of_text
from mlops_lab.core.secretvalues import MAX_VALUES, SecretValues


def known(*texts):
    values = SecretValues()
    values.add(texts)
    return values


def test_values_of_secret_names_are_found():
    held = {
        "db_password": "correct horse",
        "API_KEYS": {"a": "first-key", "b": [b"second-key"]},
        "model": "not looked at",
        "max_tokens": "not looked at",
        3: "not looked at",
    }
    assert list(secrets_of_names(held)) == ["correct horse", "first-key", "second-key"]


@pytest.mark.parametrize(
    "value", ["true", "None", "short", "localhost", "Default", "{password}", 123456789, None, ""]
)
def test_what_any_program_may_hold_is_no_secret(value):
    assert not list(secrets_of_names({"password": value}))


def test_the_working_directory_is_no_secret():
    held = {"PWD": "/home/ann/work", "OLDPWD": "~/work", "DB_PWD": "horse/battery"}
    assert list(secrets_of_names(held)) == ["horse/battery"]


def test_a_word_is_no_secret_where_a_token_is_a_word():
    assert not list(secrets_of_names({"token": "learning", "next_tokens": ["running"]}))
    assert not list(secrets_of_names({"token": "wouldn't", "last_token": "classifier,"}))
    assert list(secrets_of_names({"token": "not-a-word-at-all"}))
    assert list(secrets_of_names({"auth_token": "learning-42", "password": "learning"}))


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("connect(password='correct horse')", ["correct horse"]),
        ("def f():\n    api_key = os.environ['X']", ["from-environ"]),
        ("cfg = {'password': os.getenv('X', '')}", ["from-environ"]),
        ("!login --user ann --password s3cr3t-word", ["s3cr3t-word"]),
        ("%%track -p token=abc1234xyz\npass", ["abc1234xyz"]),
        ("tokens = text.split()\nname = 'correct horse'", []),
    ],
)
def test_values_in_a_program_are_found(source, found):
    assert list(secrets_of_text(source, {"X": "from-environ", "Y": "not looked at"})) == found


@pytest.mark.parametrize(
    "secret", ['it\'s "so" <b>&/?', "zwei\nzeilen ä", "back\\slash", "ü ü ü ü"]
)
@pytest.mark.parametrize(
    "write", [str, repr, json.dumps, html.escape, lambda s: repr(s + '"')[1:-2]]
)
def test_a_value_is_masked_however_it_is_written(secret, write):
    values = known(secret)
    assert secret not in values.mask(write(secret))
    assert "***" in values.mask(f"a {write(secret)} b")
    assert values.occur_in(json.dumps([secret]))


def test_words_and_numbers_are_masked_alone_and_other_values_everywhere():
    values = known("swordfish", "123456", "s3cr3t")
    assert values.mask("swordfish user_swordfish swordfishes") == "*** user_*** swordfishes"
    assert values.mask("0.123456 123456 1234567") == "0.123456 *** 1234567"
    assert values.mask("xs3cr3ty") == "x***y"


def test_of_two_secrets_the_longer_is_masked_whole():
    assert known("s3cr3t", "s3cr3t-more").mask("s3cr3t-more s3cr3t") == "*** ***"


def test_without_a_secret_the_very_same_text_comes_back():
    text = "nothing " * 3
    assert known("s3cr3t").mask(text) is text
    assert known().mask(text) is text


def test_the_number_of_values_is_bounded():
    values = known(*[f"secret-{number:05}" for number in range(MAX_VALUES + 1)])
    assert values.mask("secret-00000") == "secret-00000"
    assert values.mask(f"secret-{MAX_VALUES:05}") == "***"
