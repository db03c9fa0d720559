"""The words of a name or the shape of a value tell a secret; everything else stays as it was."""

import ast
import time
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from mlops_lab.core.secrets import is_secret, mask_text, mask_value

HEX40 = "da39a3ee5e6b4b0d3255bfef95601890afd80709"
AWS = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
# Put together here, so that no scanner of sources takes a test for a leak.
SHAPES = {
    "aws id": "AKIA" + "IOSFODNN7EXAMPLE",
    "aws key": AWS,
    "google": "AIza" + "Sy" + "A1b2C3d4E5" * 3 + "abc",
    "google oauth": "ya29." + "a0AfH6SMBx1234567890abcd",
    "azure storage": "aB3+" * 21 + "aB==",
    "azure app": "abc8Q~" + "d1E2" * 8 + "x",
    "github": "ghp_" + "a1B2" * 9,
    "github fine": "github_pat_" + "11ABCDEFG0_" + "a1B2" * 12,
    "gitlab": "glpat-" + "a1B2c3D4e5F6g7H8i9J0",
    "hugging face": "hf_" + "aBcDeFgHiJkLmNoPqRsTuVwXyZaBcDeFgH",
    "slack": "xoxb-" + "123456789012-abcdefGHIJKL",
    "openai": "sk-" + "proj-a1B2c3D4e5F6g7H8i9J0",
    "stripe": "sk_live_" + "a1B2c3D4e5F6g7H8",
    "jwt": "eyJhbGciOiJIUzI1NiJ9." + "eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N",
    "npm": "npm_" + "a1B2" * 9,
    "pem": "-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA\n-----END RSA PRIVATE KEY-----",
    "url": "postgresql://ann:hunter2@db.example/x",
    "url token": "https://a1b2c3d4e5f6a1b2c3d4e5f6@git.example/x",
    "connection": "Server=db;User Id=ann;Password=hunter2;",
    "azure connection": "AccountName=x;AccountKey=abcd1234==;EndpointSuffix=core.windows.net",
    "libpq": "host=db user=ann password=hunter2",
    "query": "https://api.example/v1?api_key=hunter2&page=3",
    "bearer": "Bearer abcdef0123456789",
    "hook": "https://hooks.slack.com/services/T000/B000/abcdefgh",
}
HARMLESS = [
    HEX40,
    "sha256:" + "0f" * 32,
    "d41d8cd98f00b204e9800998ecf8427e",
    "sha512-sxkS6qRY48vXZeht/ywBwwU9PwC4y7IufDyKGEbSBpwOwl5NXIuzVILJneK6sr755MQXvTyf3axAEqTzmXLO2w==",
    "123e4567-e89b-12d3-a456-426614174000",
    "#ff00aa",
    "data/Projects/Notebooks/2024/train/file1.csv",
    "C:\\Users\\ann\\model_final_v2.pkl",
    "RandomForestClassifierWithManyTrees2024x",
    "https://example.com:8080/path?page=2",
    "git@github.com:ann/project.git",
    "sk-learn-contrib-something-longer-than-that",
    "the bearer certificate was refused",
    "2024-01-31T12:00:00+00:00",
    "",
]


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
        ("PGPASSWORD", "x", True),
        ("db_pass", "x", True),
        ("X-Api-Key", "x", True),
        ("AccountKey", "x", True),
        ("max_tokens", 5, False),
        ("token", 5, False),
        ("tokenizer", "bert", False),
        ("n_tokens", "many", False),
        ("pad_token", "<pad>", False),
        ("token_pattern", r"\w+", False),
        ("credentials_path", "/etc/x.json", False),
        ("key", "x", False),
        ("keys", "x", False),
        ("passes", "x", False),
        ("monkey", "x", False),
        ("secretary", "x", False),
        ("password", None, False),
        ("password", "", False),
        ("hub_token", "None", False),
        ("use_auth_token", "False", False),
        ("cfg", {"db": {"password": "x"}}, True),
        ("cfg", {"db": [{"n": 1}, ("a", {"apiKey": "x"})]}, True),
        ("cfg", {"db": {"user": "x", "max_tokens": 3}}, False),
        ("hosts", ["a", "redis://:hunter2@h:6379/0"], True),
    ],
)
def test_secret_names(name: str, value: Any, secret: bool) -> None:
    assert is_secret(name, value) is secret


@pytest.mark.parametrize("value", SHAPES.values(), ids=SHAPES)
def test_shapes_are_secret_under_any_name(value: str) -> None:
    assert is_secret("x", value)
    assert is_secret("x", {"a": [value]})
    masked = mask_text(f"x = {value!r}\nprint('kept')")
    assert masked.endswith("print('kept')")
    assert "hunter2" not in masked
    assert value.split("@", maxsplit=1)[0] not in masked
    ast.parse(masked)


@pytest.mark.parametrize("value", SHAPES.values(), ids=SHAPES)
def test_shapes_are_secret_in_colours_too(value: str) -> None:
    masked = mask_text(f"\x1b[33m{value}\x1b[0m told")
    assert value not in masked
    assert masked.startswith("\x1b[33m")
    assert masked.endswith("\x1b[0m told")


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        (
            "\x1b[39mpassword\x1b[38;5;241m=\x1b[39m\x1b[33m'hunter-22'\x1b[39m\nx = 'kept'",
            "\x1b[39mpassword\x1b[38;5;241m=\x1b[39m\x1b[33m'***'\x1b[39m\nx = 'kept'",
        ),
        (
            "api_key=value\x1b[0m\nname 'kept' is not defined",
            "api_key=value\x1b[0m\nname 'kept' is not defined",
        ),
        ("\x1b[31mAPI_KEY=abcd1234efgh\x1b[0m", "\x1b[31mAPI_KEY=***\x1b[0m"),
        ("token = f'\x1b[33m{name}\x1b[0m'", "token = f'\x1b[33m{name}\x1b[0m'"),
        ("\x1b[1m\x1b[0m", "\x1b[1m\x1b[0m"),
    ],
)
def test_colours_of_terminals_change_nothing_in_what_is_masked(text: str, masked: str) -> None:
    assert mask_text(text) == masked
    assert mask_text(masked) == masked


@pytest.mark.parametrize("value", HARMLESS)
def test_digests_names_and_colours_are_no_secrets(value: str) -> None:
    assert not is_secret("x", value)
    assert mask_text(f"x = {value!r}") == f"x = {value!r}"


def test_only_the_secret_part_of_a_value_is_masked() -> None:
    value = {"host": "h", "password": "p", "urls": ["https://u:p@h/x", "plain"], "n": 1}
    masked = {"host": "h", "password": "***", "urls": ["https://u:***@h/x", "plain"], "n": 1}
    assert mask_value("cfg", value) == masked
    assert value["password"] == "p"
    assert mask_value("x", value["urls"][1]) == "plain"


def test_texts_of_dicts_and_of_json_are_masked_by_the_names_in_them() -> None:
    assert mask_value("cfg", "{'api_key': 'abc123def', 'n': 1}") == "{'api_key': '***', 'n': 1}"
    assert mask_value("cfg", [' {"password": "hunter2"}']) == [' {"password": "***"}']
    plain = "{'max_tokens': 5,  'name': 'token'}"
    assert mask_value("cfg", plain) is plain


@pytest.mark.parametrize(
    ("source", "masked"),
    [
        ('password = "hunter2"', 'password = "***"'),
        ("password: str = 'hunter2'", "password: str = '***'"),
        ("self.password = b'hunter2'", "self.password = b'***'"),
        ('(password := "x")', '(password := "***")'),
        ('password = token = "x"', 'password = token = "***"'),
        ('password = """two\nlines"""', 'password = """***"""'),
        ('password = ("hun" "ter2")', 'password = ("***" "***")'),
        ('user, password = "ann", "hunter2"', 'user, password = "ann", "***"'),
        ('user, pwd = ("ann", "hunter2")', 'user, pwd = ("ann", "***")'),
        ('connect(host="h", password="x", port=3)', 'connect(host="h", password="***", port=3)'),
        ('login(\n    token="x",\n    name="n",\n)', 'login(\n    token="***",\n    name="n",\n)'),
        ('{"api_key": "x", "n": "kept"}', '{"api_key": "***", "n": "kept"}'),
        ("{'X-Api-Key': 'x'}", "{'X-Api-Key': '***'}"),
        ('credentials = {"user": "ann", "n": 1}', 'credentials = {"user": "***", "n": 1}'),
        ('os.environ["DB_PASSWORD"] = "x"', 'os.environ["DB_PASSWORD"] = "***"'),
        ('os.environ.get("TOKEN", "x")', 'os.environ.get("TOKEN", "***")'),
        ('pw = os.getenv("PW") or "x"', 'pw = os.getenv("PW") or "***"'),
        ('def f(password="x", n="kept"): pass', 'def f(password="***", n="kept"): pass'),
        ('get(url, auth=("ann", "hunter2"))', 'get(url, auth=("ann", "***"))'),
        ("!export API_KEY=hunter2 && run", "!export API_KEY=*** && run"),
        ("export DB_PASSWORD='hunter2'", "export DB_PASSWORD='***'"),
        ("%env API_KEY hunter two", "%env API_KEY ***"),
        ("%env API_KEY=hunter two", "%env API_KEY=***"),
        ("%%bash\nTOKEN=abc ./run.sh", "%%bash\nTOKEN=*** ./run.sh"),
        ("!mysql --password=hunter2 -u ann", "!mysql --password=*** -u ann"),
        ("!curl -u ann:hunter2 https://x", "!curl -u ann:*** https://x"),
        ("DB_PASSWORD=hunter2", "DB_PASSWORD=***"),
        ("+    password = 'x'", "+    password = '***'"),
        ("# password = 'x'", "# password = '***'"),
        ("don't use password = 'x' here", "don't use password = '***' here"),
        ('s = \'{"password": "x"}\'', 's = \'{"password": "***"}\''),
        ('s = "{\\"password\\": \\"x\\"}"', 's = "{\\"password\\": \\"***\\"}"'),
        ("error: host=db password=hunter2 port=1", "error: host=db password=*** port=1"),
        ("db_password: hunter2", "db_password: ***"),
        ("Config(token='x', n=1)", "Config(token='***', n=1)"),
    ],
)
def test_what_a_text_gives_to_secret_names_is_masked(source: str, masked: str) -> None:
    assert mask_text(source) == masked
    assert mask_text(masked) == masked


@pytest.mark.parametrize(
    "source",
    [
        'password = os.environ["DB_PASSWORD"]',
        'password = getpass("Password: ")',
        'token = load("token.txt")',
        "connect(password=pw, token=get_token())",
        'print("password:", x)',
        'print("password=" + pw)',
        'df[["token", "label"]]',
        'tokenizer = "bert"; max_tokens = 5; pad_token = "<pad>"',
        'if token == "x": y = "kept"',
        'if token: y = "kept"',
        'headers = {"Authorization": f"Bearer {token}"}',
        'url = f"postgresql://{user}:{pw}@db.example/x"',
        'dsn = f"host=db password={password}"',
        "!mysql --password=$DB_PASSWORD",
        'password = ""',
        'password: str = Field(description="the password")',
        "class A:\n    password: str\n    token: Optional[str] = None",
        "TOKEN=token",
        "assert password != 'x'",
        "lambda token: token",
    ],
)
def test_code_that_holds_no_secret_is_left_alone(source: str) -> None:
    assert mask_text(source) == source


_PIECES = st.sampled_from(
    [
        *SHAPES.values(),
        *("password", "token", "api_key", "user", "=", ":", ",", '"', "'", '"""', "\\", "\n", " "),
        *("(", ")", "[", "]", "{", "}", "x", "1", "#", "!", "%env ", "export ", "--", "***", "://"),
        *("@", "&", "?", ";", "auth=", "f", "-----BEGIN PRIVATE KEY-----", "Bearer ", "$", "<a>"),
    ]
)


@given(st.lists(_PIECES | st.text(max_size=5), max_size=30).map("".join))
@settings(max_examples=300, deadline=None, derandomize=True, database=None)
def test_masking_never_fails_and_twice_is_once(text: str) -> None:
    masked = mask_text(text)
    assert mask_text(masked) == masked
    assert masked.count("\n") <= text.count("\n")


@given(st.text(alphabet="abcxyz0123456789 =+-*/()[]{},.:\n\"'_", max_size=200))
@settings(max_examples=200, deadline=None, derandomize=True, database=None)
def test_text_without_a_secret_word_comes_back_as_it_was(text: str) -> None:
    if not any(word in text for word in ("://", "z" * 40)):
        assert mask_text(text) == text


@pytest.mark.parametrize(
    "piece",
    [
        *("password=", "password = (", "'''\\'", "eyJ", "://a:", "token: ", "x:y@", "(password=["),
        *("a,", "-----BEGIN PRIVATE KEY-----", '\\"password\\": \\"', "sk-a ", "password={"),
        "%env TOKEN ",
    ],
)
def test_the_time_is_linear_in_the_length(piece: str) -> None:
    seconds = []
    for size in (20_000, 200_000):
        text = piece * (size // len(piece))
        started = time.perf_counter()
        mask_text(text)
        seconds.append(time.perf_counter() - started)
    # Ten times the text; quadratic would be a hundred times the time.
    assert seconds[1] < 40 * seconds[0] + 0.5
