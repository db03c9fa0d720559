"""Makes random runs and random filters, with what each means in plain Python."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass, field
from typing import Any

from .conftest import STARTED_AT, Recorder

METRICS = ("auc", "loss", "x.max")
PARAMS = ("lr", "model")
TAGS = ("team", "note")
TEXTS = ("rf", "RF", "random forest", "a%b", "a_b", "[x]*?", "it's", 'say "hi"', "back\\slash", "ß")
NUMBERS = (-1.5, 0.0, 0.5, 1.0, 2.0, 1e-3)
STATUSES = ("finished", "failed", "running")
USERS = ("ada", "bob", "Ada")


@dataclass
class Made:
    """One run as the model knows it; metrics are lists of points."""

    id: str
    name: str
    user: str
    status: str
    experiment: str
    started: int
    metrics: dict[str, list[float]] = field(default_factory=dict)
    params: dict[str, Any] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)

    def metric(self, name: str, aspect: str) -> float | None:
        points = self.metrics.get(name)
        if points is None:
            return None
        if aspect == "last":
            return points[-1]
        numbers = [one for one in points if not math.isnan(one)]
        if aspect == "best":
            aspect = "min" if name == "loss" else "max"
        return {"min": min, "max": max}[aspect](numbers, default=math.nan)


def make_runs(recorder: Recorder, chance: random.Random, count: int) -> list[Made]:
    made = []
    for number in range(count):
        one = Made(
            id="",
            name=chance.choice(("train", "tune", "Train two", "größe")),
            user=chance.choice(USERS),
            status=chance.choice(STATUSES),
            experiment=chance.choice(("flights", "cars")),
            # Several runs begin at the same time.
            started=STARTED_AT + number // 3,
        )
        one.id = recorder.start(
            name=one.name, user=one.user, experiment=one.experiment, started_at=one.started
        )
        for name in METRICS:
            if chance.random() < 0.7:
                points = [
                    chance.choice((*NUMBERS, math.nan, math.inf))
                    for _ in range(chance.choice((1, 3)))
                ]
                one.metrics[name] = points
                for step, value in enumerate(points):
                    recorder.metric(one.id, name, value, step)
        for name in PARAMS:
            if chance.random() < 0.7:
                one.params[name] = chance.choice((*NUMBERS, *TEXTS, True, None))
                recorder.param(one.id, name, repr(one.params[name]))
        for name in TAGS:
            if chance.random() < 0.6:
                one.tags[name] = chance.choice(TEXTS)
                recorder.tag(one.id, name, one.tags[name])
        if one.status != "running":
            recorder.end(one.id, one.status)
        made.append(one)
    return made


Test = tuple[str, Any]


def quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def a_term(chance: random.Random) -> Test:
    """Return the text of a term with what it means."""
    makers = (_metric_term, _param_term, _tag_term, _status_term, _user_term, _null_term)
    return chance.choice(makers)(chance)


def _metric_term(chance: random.Random) -> Test:
    name, aspect = chance.choice(METRICS), chance.choice(("", "last", "min", "max", "best"))
    sign = chance.choice(("<", "<=", ">", ">=", "=", "!="))
    bound = chance.choice(NUMBERS)
    shown = f'metrics."{name}"' + (f".{aspect}" if aspect else "")

    def holds(run: Made) -> bool:
        value = run.metric(name, aspect or "last")
        return value is not None and _compared(value, sign, bound)

    return f"{shown} {sign} {bound}", holds


def _compared(value: float, sign: str, bound: float) -> bool:
    return {
        "<": value < bound,
        "<=": value <= bound,
        ">": value > bound,
        ">=": value >= bound,
        "=": value == bound,
        "!=": value != bound,
    }[sign]


def is_number(value: Any) -> bool:
    return isinstance(value, float)


def _param_term(chance: random.Random) -> Test:
    name = chance.choice(PARAMS)
    if chance.random() < 0.5:
        sign, bound = chance.choice(("<", "<=", ">", ">=", "=", "!=")), chance.choice(NUMBERS)

        def holds(run: Made) -> bool:
            if name not in run.params:
                return False
            value = run.params[name]
            if not is_number(value):
                return sign == "!="
            return _compared(value, sign, bound)

        return f"params.{name} {sign} {bound}", holds
    return _text_term(chance, f"params.{name}", lambda run: _shown(run.params, name))


def _shown(params: dict[str, Any], name: str) -> str | None:
    return str(params[name]) if name in params else None


def _tag_term(chance: random.Random) -> Test:
    name = chance.choice(TAGS)
    return _text_term(chance, f"tags.{name}", lambda run: run.tags.get(name))


def _text_term(chance: random.Random, shown: str, read: Any) -> Test:
    text = chance.choice(TEXTS)
    operator = chance.choice(("=", "!=", "LIKE", "ILIKE", "NOT LIKE", "IN", "NOT IN", ":"))
    if operator in ("IN", "NOT IN"):
        others = (text, chance.choice(TEXTS))
        listed = ", ".join(map(quoted, others))

        def among(run: Made) -> bool:
            value = read(run)
            return value is not None and (value in others) == (operator == "IN")

        return f"{shown} {operator} ({listed})", among
    if operator in ("=", "!="):

        def same(run: Made) -> bool:
            value = read(run)
            return value is not None and (value == text) == (operator == "=")

        return f"{shown} {operator} {quoted(text)}", same
    if operator == ":":
        part = text[:3]
        return (
            f"{shown}:{quoted(part)}",
            lambda run: read(run) is not None and part.lower() in read(run).lower(),
        )
    pattern = chance.choice((f"{text}%", f"%{text[1:]}", text, "_" + text[1:], "%o%"))

    def like(run: Made) -> bool:
        value = read(run)
        if value is None:
            return False
        if operator == "ILIKE":
            return _matches(value.lower(), pattern.lower())
        return _matches(value, pattern) == (operator == "LIKE")

    return f"{shown} {operator} {quoted(pattern)}", like


def _matches(text: str, pattern: str) -> bool:
    """LIKE by its definition: ``%`` is any text and ``_`` one character."""
    if not pattern:
        return not text
    if pattern[0] == "%":
        return any(_matches(text[at:], pattern[1:]) for at in range(len(text) + 1))
    if not text or (pattern[0] not in ("_", text[0])):
        return False
    return _matches(text[1:], pattern[1:])


def _status_term(chance: random.Random) -> Test:
    status = chance.choice(STATUSES)
    word = chance.choice((status, status.upper()))
    return f"attributes.status = {quoted(word)}", lambda run: run.status == status


def _user_term(chance: random.Random) -> Test:
    user = chance.choice(USERS)
    return f"user = {user}", lambda run: run.user == user


def _null_term(chance: random.Random) -> Test:
    name = chance.choice(PARAMS)
    if chance.random() < 0.5:
        return f"params.{name} IS NULL", lambda run: name not in run.params
    return f"params.{name} is not null", lambda run: name in run.params


def a_filter(chance: random.Random, depth: int = 0) -> Test:
    way = chance.random() if depth < 3 else 1.0
    if way < 0.2:
        text, holds = a_filter(chance, depth + 1)
        return f"NOT ({text})", lambda run: not holds(run)
    if way < 0.6:
        (left, one), (right, other) = a_filter(chance, depth + 1), a_filter(chance, depth + 1)
        if chance.random() < 0.5:
            return f"({left}) or ({right})", lambda run: one(run) or other(run)
        joined = chance.choice((" AND ", " "))
        return f"({left}){joined}({right})", lambda run: one(run) and other(run)
    return a_term(chance)
