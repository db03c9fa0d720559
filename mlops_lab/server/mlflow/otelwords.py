"""Owns what other libraries call the kind, inputs, outputs and tokens of a span, and MLflow's words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from mlops_lab.core.traces import INPUTS, OUTPUTS, USAGE

TYPE = "mlflow.spanType"
_MODEL = "mlflow.llm.model"
_PROVIDER = "mlflow.llm.provider"
_UNKNOWN = "UNKNOWN"
_DIGITS = re.compile(r"[0-9]{1,15}", re.ASCII)
_NUMBER = re.compile(r"\.[0-9]+(?=\.)")
_MESSAGE = re.compile(r"gen_ai\.(system|user|assistant)\.message")
_CHOICE = "gen_ai.choice"
_COUNTED = ("input_tokens", "output_tokens", "total_tokens")


class Words(msgspec.Struct, frozen=True):
    """How one convention names what a span did; ``#`` stands for a number."""

    kind: str = ""
    kinds: Mapping[str, str] = {}
    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    tokens: Mapping[str, tuple[str, ...]] = {}
    models: tuple[str, ...] = ()
    provider: str = ""


_OPENINFERENCE = Words(
    kind="openinference.span.kind",
    kinds={
        name: name
        for name in (
            *("TOOL", "CHAIN", "LLM", "RETRIEVER", "EMBEDDING"),
            *("AGENT", "RERANKER", "GUARDRAIL", "EVALUATOR"),
        )
    },
    inputs=("input.value",),
    outputs=("output.value",),
    tokens={
        "input_tokens": ("llm.token_count.prompt",),
        "output_tokens": ("llm.token_count.completion",),
        "total_tokens": ("llm.token_count.total",),
        "cache_read_input_tokens": ("llm.token_count.prompt_details.cache_read",),
        "cache_creation_input_tokens": ("llm.token_count.prompt_details.cache_write",),
    },
    models=(
        *("llm.response.model_name", "llm.model_name"),
        *("llm.request.model_name", "embedding.model_name"),
    ),
    provider="llm.provider",
)

_GEN_AI = Words(
    kind="gen_ai.operation.name",
    kinds={
        "chat": "CHAT_MODEL",
        "create_agent": "AGENT",
        "embeddings": "EMBEDDING",
        "execute_tool": "TOOL",
        "generate_content": "LLM",
        "invoke_agent": "AGENT",
        "text_completion": "LLM",
        "response": "LLM",
    },
    inputs=("gen_ai.input.messages", "gen_ai.tool.call.arguments"),
    outputs=("gen_ai.output.messages", "gen_ai.tool.call.result"),
    tokens={
        "input_tokens": ("gen_ai.usage.input_tokens",),
        "output_tokens": ("gen_ai.usage.output_tokens",),
        "cache_read_input_tokens": ("gen_ai.usage.cache_read.input_tokens",),
        "cache_creation_input_tokens": (
            "gen_ai.usage.cache_write.input_tokens",
            "gen_ai.usage.cache_creation.input_tokens",
        ),
    },
    models=("gen_ai.response.model", "gen_ai.request.model"),
    provider="gen_ai.provider.name",
)

_TRACELOOP = Words(
    kind="traceloop.span.kind",
    kinds={"workflow": "WORKFLOW", "task": "TASK", "agent": "AGENT", "tool": "TOOL"},
    inputs=(
        "traceloop.entity.input",
        "gen_ai.prompt.#.content",
        "gen_ai.completion.#.tool_calls.#.arguments",
    ),
    outputs=("traceloop.entity.output", "gen_ai.completion.#.content"),
    tokens={
        "input_tokens": ("gen_ai.usage.prompt_tokens",),
        "output_tokens": ("gen_ai.usage.completion_tokens",),
        "total_tokens": ("llm.usage.total_tokens",),
    },
    provider="gen_ai.system",
)

_GOOGLE = Words(
    inputs=("gcp.vertex.agent.llm_request", "gcp.vertex.agent.tool_call_args"),
    outputs=("gcp.vertex.agent.llm_response", "gcp.vertex.agent.tool_response"),
)

_LANGFUSE = Words(
    kind="langfuse.observation.type",
    kinds={
        "generation": "LLM",
        "embedding": "EMBEDDING",
        "tool": "TOOL",
        "retriever": "RETRIEVER",
        "agent": "AGENT",
        "chain": "CHAIN",
        "evaluator": "EVALUATOR",
        "guardrail": "GUARDRAIL",
    },
    inputs=("langfuse.observation.input",),
    outputs=("langfuse.observation.output",),
)

CONVENTIONS = (_OPENINFERENCE, _GEN_AI, _TRACELOOP, _GOOGLE, _LANGFUSE)
"""What is read, the first that says something first."""


def with_words(
    attributes: Mapping[str, Any], events: Sequence[Mapping[str, Any]] = ()
) -> dict[str, Any]:
    """Return attributes of a span, with MLflow's words for those of other libraries added.

    Words of MLflow's own that are there already stay as they are.
    """
    names: dict[str, str] = {}
    for name in attributes:
        names.setdefault(_NUMBER.sub(".#", name), name)
    found = dict(attributes)
    if found.get(TYPE) in (None, _UNKNOWN) and (kind := _kind(attributes)):
        found[TYPE] = kind

    def held(wanted: Iterable[str]) -> Any:
        return _first(attributes[names[one]] for one in wanted if one in names)

    more = {
        INPUTS: held(name for one in CONVENTIONS for name in one.inputs) or _messages(events),
        OUTPUTS: held(name for one in CONVENTIONS for name in one.outputs) or _choices(events),
        USAGE: _usage(attributes),
        _MODEL: held(name for one in CONVENTIONS for name in one.models),
        _PROVIDER: held(one.provider for one in CONVENTIONS if one.provider),
    }
    return {**{name: value for name, value in more.items() if value}, **found}


def _kind(attributes: Mapping[str, Any]) -> str | None:
    said = ((one.kinds, attributes.get(one.kind)) for one in CONVENTIONS)
    return next(
        (kinds[word] for kinds, word in said if isinstance(word, str) and word in kinds), None
    )


def _usage(attributes: Mapping[str, Any]) -> dict[str, int]:
    """Return the counts of tokens of the first convention that has any; empty where none has."""
    for one in CONVENTIONS:
        counts = {
            kind: _count(next((attributes[name] for name in names if name in attributes), None))
            for kind, names in one.tokens.items()
        }
        usage = {kind: count for kind, count in counts.items() if count is not None}
        if usage.keys().isdisjoint(_COUNTED):
            continue
        if "total_tokens" not in usage and {"input_tokens", "output_tokens"} <= usage.keys():
            usage["total_tokens"] = usage["input_tokens"] + usage["output_tokens"]
        return usage
    return {}


def _count(value: Any) -> int | None:
    if isinstance(value, str) and _DIGITS.fullmatch(value.strip('"')):
        return int(value.strip('"'))
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _first(values: Iterable[Any]) -> Any:
    """Return the first value that is not empty; a text that is JSON of more than a number opened."""
    return next((opened for opened in map(_opened, values) if opened), None)


def _opened(value: Any) -> Any:
    if not isinstance(value, str) or value.lstrip()[:1] not in ("{", "[", '"'):
        return value
    try:
        return msgspec.json.decode(value)
    except (msgspec.DecodeError, RecursionError):
        return value


def _messages(events: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return what was said to a model, where its library tells it by events."""
    told = ((_MESSAGE.fullmatch(one["name"]), one["attributes"].get("content")) for one in events)
    return [
        {"role": name[1], "content": _opened(content)} for name, content in told if name and content
    ]


def _choices(events: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return what a model answered, where its library tells it by events."""
    said = [one["attributes"] for one in events if one["name"] == _CHOICE]
    return [
        {"role": one.get("role", "assistant"), "content": _opened(one["content"])}
        for one in said
        if one.get("content")
    ]
