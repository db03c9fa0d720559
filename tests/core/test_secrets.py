"""The words of a name tell a secret; parts of other words do not."""

from typing import Any

import pytest

from mlops_lab.core.secrets import is_secret


@pytest.mark.parametrize(
    ("name", "value", "secret"),
    [
        ("password", "x", True),
        ("db_password", "x", True),
        ("HF_TOKEN", "x", True),
        ("apiKey", "x", True),
        ("OPENAI_API_KEY", "x", True),
        ("aws_secret_access_key", "x", True),
        ("SECRET_KEY", "x", True),
        ("clientSecret", ["x"], True),
        ("max_tokens", 5, False),
        ("token", 5, False),
        ("tokenizer", "bert", False),
        ("n_tokens", "many", False),
        ("key", "x", False),
        ("keys", "x", False),
        ("passes", "x", False),
        ("monkey", "x", False),
        ("secretary", "x", False),
        ("password", None, False),
    ],
)
def test_secret_names(name: str, value: Any, secret: bool) -> None:
    assert is_secret(name, value) is secret
