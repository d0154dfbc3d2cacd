"""The body of ``POST /v1/chat/completions``, both ways."""

from typing import Any, Final

from extproc.dialects import fields
from extproc.dialects.openai_chat import answer, messages_write, tools
from extproc.dialects.openai_chat.messages_read import MessageReader
from extproc.llm.effort import effort_of
from extproc.llm.loss import Losses
from extproc.llm.request import OutputFormat, ReasoningConfig, Request

Json = dict[str, Any]

_KNOWN: Final = frozenset(
    {
        "frequency_penalty",
        "function_call",
        "functions",
        "max_completion_tokens",
        "max_tokens",
        "messages",
        "metadata",
        "model",
        "parallel_tool_calls",
        "presence_penalty",
        "reasoning",
        "reasoning_effort",
        "response_format",
        "safety_identifier",
        "seed",
        "service_tier",
        "stop",
        "store",
        "stream",
        "stream_options",
        "temperature",
        "thinking",
        "tool_choice",
        "tools",
        "top_k",
        "top_p",
        "user",
        "verbosity",
        "web_search_options",
    }
)

_UNSAID: Final[Json] = {
    "n": 1,
    "logprobs": False,
    "logit_bias": {},
    "modalities": ["text"],
    "top_logprobs": 0,
}
"""Values that mean the same as no value, of fields that no other API has."""


def read_request(body: Json) -> Request:
    """The request. Raises `InvalidRequest`."""
    fields.as_object(body, "")
    reader = MessageReader()
    messages = reader.read(body)
    unmodelled = reader.unmodelled
    unmodelled += [
        path
        for path in fields.left_over(body, _KNOWN, "")
        if path not in _UNSAID or body[path] != _UNSAID[path]
    ]
    stream_options = fields.mapping(body, "stream_options", "") or {}
    unmodelled += fields.left_over(stream_options, frozenset({"include_usage"}), "stream_options")
    return Request(
        model=fields.text(body, "model", "") or "",
        messages=messages,
        tools=tools.read(body, unmodelled),
        tool_choice=tools.read_choice(body),
        parallel_tool_calls=fields.flag(body, "parallel_tool_calls", ""),
        output_tokens_max=_output_tokens_max(body, unmodelled),
        temperature=fields.number(body, "temperature", ""),
        top_p=fields.number(body, "top_p", ""),
        top_k=fields.integer(body, "top_k", ""),
        stop=fields.strings(body, "stop", ""),
        seed=fields.integer(body, "seed", ""),
        frequency_penalty=fields.number(body, "frequency_penalty", ""),
        presence_penalty=fields.number(body, "presence_penalty", ""),
        output_format=_read_format(body, unmodelled),
        verbosity=fields.text(body, "verbosity", ""),
        reasoning=_read_reasoning(body, unmodelled),
        stream=fields.flag(body, "stream", "") or False,
        include_usage=fields.flag(stream_options, "include_usage", "stream_options") or False,
        user=_read_user(body, unmodelled),
        metadata=fields.string_map(body, "metadata", ""),
        service_tier=fields.text(body, "service_tier", ""),
        store=fields.flag(body, "store", ""),
        functions_deprecated=bool(body.get("functions")) and not body.get("tools"),
        unmodelled=tuple(unmodelled),
    )


def _output_tokens_max(body: Json, unmodelled: list[str]) -> int | None:
    """``max_completion_tokens``, or ``max_tokens`` as it was called before."""
    new, old = fields.integer(body, "max_completion_tokens", ""), fields.integer(body, "max_tokens", "")
    if new is not None and old is not None and new != old:
        unmodelled.append("max_tokens")
    return old if new is None else new


def _read_user(body: Json, unmodelled: list[str]) -> str | None:
    """``safety_identifier``, or ``user`` as it was called before."""
    new, old = fields.text(body, "safety_identifier", ""), fields.text(body, "user", "")
    if new is not None and old is not None and new != old:
        unmodelled.append("safety_identifier")
    return new if old is None else old


def _read_format(body: Json, unmodelled: list[str]) -> OutputFormat | None:
    wanted = fields.mapping(body, "response_format", "") or {"type": "text"}
    match fields.required_text(wanted, "type", "response_format"):
        case "text":
            return None
        case "json_object":
            return OutputFormat()
        case "json_schema":
            return _read_schema(fields.required_mapping(wanted, "json_schema", "response_format"))
        case _:
            unmodelled.append("response_format")
            return None


def _read_schema(wanted: Json) -> OutputFormat:
    at = "response_format.json_schema"
    return OutputFormat(
        schema=fields.mapping(wanted, "schema", at) or {},
        name=fields.text(wanted, "name", at) or "response",
        description=fields.text(wanted, "description", at),
        strict=fields.flag(wanted, "strict", at),
    )


def _read_reasoning(body: Json, unmodelled: list[str]) -> ReasoningConfig | None:
    """``reasoning_effort``; or ``reasoning`` and ``thinking``, not OpenAI's but taken by many servers."""
    config = fields.mapping(body, "reasoning", "") or {}
    unmodelled += fields.left_over(
        config, frozenset({"effort", "max_tokens", "summary", "enabled"}), "reasoning"
    )
    thinking = fields.mapping(body, "thinking", "") or {}
    unmodelled += fields.left_over(thinking, frozenset({"type", "budget_tokens"}), "thinking")
    kind = fields.text(thinking, "type", "thinking")
    effort = fields.text(body, "reasoning_effort", "") or fields.text(config, "effort", "reasoning")
    budget = fields.integer(thinking, "budget_tokens", "thinking")
    if budget is None:
        budget = fields.integer(config, "max_tokens", "reasoning")
    if effort is None and budget is None and (kind == "enabled" or config.get("enabled") is True):
        effort = "medium"
    read = ReasoningConfig(
        effort=effort,
        budget_tokens=budget,
        summary=fields.text(config, "summary", "reasoning"),
        adaptive=kind == "adaptive",
        disabled=kind == "disabled" or config.get("enabled") is False,
    )
    return None if read == ReasoningConfig() else read


def write_request(request: Request, losses: Losses) -> Json:
    """The body. Raises `InvalidRequest` for what this API cannot say and that may not be left out."""
    body: Json = {"model": request.model, "messages": messages_write.write(request.messages, losses)}
    body |= tools.write(request, losses)
    body |= _written(_sampling(request))
    body |= _written(
        {
            "response_format": _write_format(request.output_format),
            "verbosity": request.verbosity,
            "reasoning_effort": _write_effort(request.reasoning, losses),
            "user": request.user,
            "metadata": request.metadata,
            "service_tier": _write_tier(request.service_tier, losses),
            "store": request.store,
        }
    )
    if request.top_k is not None:
        losses.add("top_k")
    if request.stream:
        # Usage is asked for whatever the client wants: it is counted here, and hidden from who did not ask.
        body |= {"stream": True, "stream_options": {"include_usage": True}}
    return body


def _sampling(request: Request) -> Json:
    return {
        "max_completion_tokens": request.output_tokens_max,
        "temperature": request.temperature,
        "top_p": request.top_p,
        "stop": list(request.stop) or None,
        "seed": request.seed,
        "frequency_penalty": request.frequency_penalty,
        "presence_penalty": request.presence_penalty,
    }


def _written(values: Json) -> Json:
    return {key: value for key, value in values.items() if value is not None}


def _write_format(wanted: OutputFormat | None) -> Json | None:
    if wanted is None:
        return None
    if wanted.schema is None:
        return {"type": "json_object"}
    schema = _written(
        {
            "name": wanted.name,
            "description": wanted.description,
            "schema": wanted.schema,
            "strict": wanted.strict,
        }
    )
    return {"type": "json_schema", "json_schema": schema}


def _write_effort(config: ReasoningConfig | None, losses: Losses) -> str | None:
    if config is None:
        return None
    if config.summary is not None:
        losses.add("reasoning.summary")
    effort = config.effort or effort_of(config.budget_tokens)
    if config.adaptive and effort is None:
        losses.add("reasoning.adaptive")  # models that think do so without being asked, the others cannot
    if config.disabled and effort is None:
        losses.add(
            "reasoning.disabled"
        )  # ``none`` is refused by models that cannot think, or cannot but think
    return effort


def _write_tier(tier: str | None, losses: Losses) -> str | None:
    if tier is None or tier in answer.SERVICE_TIERS:
        return tier
    losses.add("service_tier")
    return None
