"""Owns what MLflow's server refuses of names, values and batches, in its own words."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from mlops_lab.core.clock import MAX_TIME, Millis

from .errors import invalid, refused_value

MAX_KEY = 250
MAX_PARAM_VALUE = 6_000
MAX_TAG_VALUE = 8_000
MAX_EXPERIMENT_NAME = 500
MAX_EXPERIMENT_TAG_VALUE = 5_000
MAX_ARTIFACT_LOCATION = 2_048
MAX_METRICS = 1_000
MAX_PARAMS_AND_TAGS = 100
MAX_ENTITIES = 1_000

_NAME = re.compile(r"[/\w.\- :]*")
_RUN_ID = re.compile(r"[a-zA-Z0-9][\w\-]{0,255}")
_BAD_CHARACTERS = (
    "Names may only contain alphanumerics, underscores (_), dashes (-), periods (.), spaces ( ),"
    " colon(:) and slashes (/)."
)


def check_name(name: str, path: str) -> None:
    """Refuse a name of a metric, param or tag with other characters, or that is a path elsewhere."""
    if _NAME.fullmatch(name) is None:
        raise invalid(refused_value(path, name, _BAD_CHARACTERS))
    normal = posixpath.normpath(name)
    if normal != name or normal == "." or normal.startswith(("..", "/")):
        why = (
            "Names may be treated as files in certain cases, and must not resolve to other names"
            f" when treated as such. This name would resolve to {normal!r}"
        )
        raise invalid(refused_value(path, name, why))


def check_length(what: str, value: str | None, limit: int) -> None:
    """Refuse a text that is longer than ``limit`` characters."""
    if value is not None and len(value) > limit:
        raise invalid(f"'{what}' exceeds the maximum length of {limit} characters")


def check_metric(key: str, timestamp: int, path: str = "") -> None:
    """Refuse a metric whose name or time cannot be used."""
    check_name(key, join(path, "name"))
    if timestamp < 0:
        why = f"metric '{key}'. Timestamp must be a nonnegative long (64-bit integer) "
        raise invalid(refused_value(join(path, "timestamp"), timestamp, why))
    check_length("Metric name", key, MAX_KEY)


def check_time(value: Millis, path: str) -> Millis:
    """Return a time of a run or trace; refuse one that no date has."""
    if not 0 <= value <= MAX_TIME:
        why = "It must be milliseconds since 1970, up to the end of the year 9999."
        raise invalid(refused_value(path, value, why))
    return value


def check_param(key: str, value: str, path: str = "") -> str:
    """Refuse a param whose name cannot be used; return its value, cut where it is too long."""
    check_name(key, join(path, "key"))
    check_length("Param key", key, MAX_KEY)
    return value[:MAX_PARAM_VALUE]


def check_tag(key: str, value: str, path: str = "") -> str:
    """Refuse a tag whose name cannot be used; return its value, cut where it is too long."""
    check_name(key, join(path, "key"))
    check_length(join(path, "key"), key, MAX_KEY)
    return value[:MAX_TAG_VALUE]


def check_experiment_tag(key: str, value: str) -> None:
    """Refuse a tag of an experiment whose name or value cannot be used."""
    check_name(key, "key")
    check_length("key", key, MAX_KEY)
    check_length("value", value, MAX_EXPERIMENT_TAG_VALUE)


def check_experiment_name(name: str) -> None:
    """Refuse an empty or too long name of an experiment."""
    if not name:
        raise invalid(f"Invalid experiment name: '{name}'")
    check_length("name", name, MAX_EXPERIMENT_NAME)


def check_location(location: str) -> str:
    """Refuse a place for files that leads elsewhere; return it, absolute where it is local."""
    parts = urlsplit(location)
    if parts.fragment or ";" in parts.path:
        raise invalid("'artifact_location' URL can't include fragments or params.")
    if ".." in unquote(parts.query):
        raise invalid("Invalid query string")
    check_length("artifact_location", location, MAX_ARTIFACT_LOCATION)
    return location if parts.scheme else str(Path(location).absolute())


def check_run_id(run_id: str) -> None:
    """Refuse what cannot be the id of a run."""
    if _RUN_ID.fullmatch(run_id) is None:
        raise invalid(refused_value("run_id", run_id))


def check_batch(metrics: Collection[Any], params: Collection[Any], tags: Collection[Any]) -> None:
    """Refuse more than one request may hold."""
    _check_count("metrics", len(metrics), MAX_METRICS)
    _check_count("params", len(params), MAX_PARAMS_AND_TAGS)
    _check_count("tags", len(tags), MAX_PARAMS_AND_TAGS)
    total = len(metrics) + len(params) + len(tags)
    _check_count("metrics, params, and tags", total, MAX_ENTITIES)


def _check_count(what: str, count: int, limit: int) -> None:
    if count > limit:
        raise invalid(
            f"A batch logging request can contain at most {limit} {what}. Got {count} {what}. "
            f"Please split up {what} across multiple requests and try again."
        )


def check_unique(keys: Sequence[str]) -> None:
    """Refuse a batch that gives a param twice."""
    seen: set[str] = set()
    twice = [key for key in keys if key in seen or seen.add(key)]  # type: ignore[func-returns-value]
    if twice:
        raise invalid(
            f"Duplicate parameter keys have been submitted: {twice}. Please ensure "
            "the request contains only one param value per param key."
        )


def check_max_results(value: int, limit: int) -> int:
    """Return how many results a page shall hold, when that many are possible."""
    told = f"Invalid value {value} for parameter 'max_results' supplied."
    if value < 1:
        raise invalid(f"{told} It must be a positive integer")
    if value > limit:
        raise invalid(f"{told} It must be at most {limit}")
    return value


def join(path: str, name: str) -> str:
    """Return the path of a part of a parameter."""
    return f"{path}.{name}" if path else name
