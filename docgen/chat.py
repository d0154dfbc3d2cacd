"""Probes of a Chat Completions request."""

from typing import Any, Final

from docgen.probe import Json, Probe

PNG: Final = "iVBORw0KGgoAAAANSUhEUg=="
PDF: Final = "JVBERi0xLjQK"
_IMAGE_URL: Final = f"data:image/png;base64,{PNG}"

_USER: Final[Json] = {"role": "user", "content": "Hi."}
_BASE: Final[Json] = {"model": "m", "messages": [_USER]}
_SCHEMA: Final[Json] = {"type": "object", "properties": {"a": {"type": "string"}}}
_TOOL: Final[Json] = {"type": "function", "function": {"name": "look", "parameters": _SCHEMA}}
_TWO_TOOLS: Final = [_TOOL, {"type": "function", "function": {"name": "ask", "parameters": _SCHEMA}}]
_FORMAT: Final[Json] = {"type": "json_schema", "json_schema": {"name": "n", "schema": _SCHEMA}}
_TEXTS: Final = [{"type": "text", "text": "One."}, {"type": "text", "text": "Two."}]
_CALL: Final[Json] = {"id": "c1", "type": "function", "function": {"name": "look", "arguments": "{}"}}
_CUSTOM_CALL: Final[Json] = {"id": "c1", "type": "custom", "custom": {"name": "sql", "input": "select"}}
_ANSWER: Final[Json] = {"role": "tool", "tool_call_id": "c1", "content": "seen"}


def _field(name: str, value: Any, label: str = "", **others: Any) -> Probe:
    shown = f"`{name}`" + (f" {label}" if label else "")
    return Probe(shown, _BASE | others, {name: value})


def _choice(value: Any, label: str) -> Probe:
    return _field("tool_choice", value, label, tools=_TWO_TOOLS)


FIELDS: Final = (
    _field("model", "other"),
    _field("audio", {"voice": "alloy", "format": "mp3"}),
    _field("frequency_penalty", 0.5),
    _field("function_call", "auto", functions=[{"name": "look"}]),
    _field("functions", [{"name": "look", "parameters": _SCHEMA}]),
    _field("logit_bias", {"50256": -100}),
    _field("logprobs", True),
    _field("max_completion_tokens", 5000),
    _field("max_tokens", 5000),
    _field("metadata", {"k": "v"}),
    _field("modalities", ["text", "audio"]),
    _field("moderation", {"mode": "auto"}),
    _field("n", 1, "1"),
    _field("n", 2, "2"),
    _field("parallel_tool_calls", False, "false", tools=_TWO_TOOLS),
    _field("prediction", {"type": "content", "content": "x"}),
    _field("presence_penalty", 0.5),
    _field("prompt_cache_key", "k"),
    _field("prompt_cache_options", {"ttl": "1h"}),
    _field("prompt_cache_retention", "24h"),
    _field("reasoning", {"effort": "low"}, "(OpenRouter's)"),
    _field("reasoning_effort", "medium", "medium"),
    _field("reasoning_effort", "none", "none"),
    _field("response_format", {"type": "json_object"}, "json_object"),
    _field("response_format", _FORMAT, "json_schema"),
    _field("safety_identifier", "u1"),
    _field("seed", 7),
    _field("service_tier", "default", "default"),
    _field("service_tier", "flex", "flex"),
    _field("stop", "END", "string"),
    _field("stop", ["END", "FIN"], "list"),
    _field("store", True, "true"),
    _field("stream", True, "true"),
    _field("stream_options", {"include_usage": True}, "include_usage", stream=True),
    _field("stream_options", {"include_obfuscation": True}, "include_obfuscation", stream=True),
    _field("temperature", 0.5),
    _field("temperature", 1.5, "above 1"),
    _field("thinking", {"type": "enabled", "budget_tokens": 2000}, "(Anthropic's)"),
    _choice("auto", "auto"),
    _choice("required", "required"),
    _choice("none", "none"),
    _choice({"type": "function", "function": {"name": "ask"}}, "one function"),
    _choice(
        {
            "type": "allowed_tools",
            "allowed_tools": {"mode": "auto", "tools": [{"type": "function", "function": {"name": "ask"}}]},
        },
        "allowed_tools",
    ),
    _field("top_k", 40, "(not OpenAI's)"),
    _field("top_logprobs", 3),
    _field("top_p", 0.5),
    _field("user", "u1"),
    _field("verbosity", "low"),
    _field("web_search_options", {"search_context_size": "low"}),
    _field("some_vendors_field", 1, "(any other)"),
)


def _part(label: str, part: Json) -> Probe:
    content = [*_TEXTS, part]
    without = _BASE | {"messages": [{"role": "user", "content": _TEXTS}]}
    return Probe(label, without, {"messages": [{"role": "user", "content": content}]})


def _shown(image: Json) -> Json:
    return {"messages": [{"role": "user", "content": [*_TEXTS, {"type": "image_url", "image_url": image}]}]}


def _message(label: str, *messages: Json, without: tuple[Json, ...] = (_USER,), **others: Any) -> Probe:
    return Probe(label, _BASE | {"messages": list(without)} | others, {"messages": list(messages)})


def _said(label: str, **said: Any) -> Probe:
    """Of the assistant, between two turns of the user."""
    before = {"role": "assistant", "content": "Hello."}
    last = {"role": "user", "content": "More."}
    return _message(label, _USER, before | said, last, without=(_USER, before, last), tools=[_TOOL])


MESSAGES: Final = (
    _message("`system` message", {"role": "system", "content": "Be brief."}, _USER),
    _message("`developer` message", {"role": "developer", "content": "Be brief."}, _USER),
    _message(
        "`system` message in the middle",
        _USER,
        {"role": "assistant", "content": "Hello."},
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "More."},
        without=(_USER, {"role": "assistant", "content": "Hello."}, {"role": "user", "content": "More."}),
    ),
    _message("`name` of a message", _USER | {"name": "ann"}),
    _part("part `text`", {"type": "text", "text": "Three."}),
    _part(
        "part `text` with `cache_control`",
        {"type": "text", "text": "3", "cache_control": {"type": "ephemeral"}},
    ),
    _part(
        "part `image_url`, in the request",
        {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PNG}"}},
    ),
    _part(
        "part `image_url`, an address", {"type": "image_url", "image_url": {"url": "https://a.example/a.png"}}
    ),
    Probe(
        "its `detail`",
        _BASE | _shown({"url": _IMAGE_URL}),
        _shown({"url": _IMAGE_URL, "detail": "low"}),
    ),
    _part("part `input_audio`", {"type": "input_audio", "input_audio": {"data": "AAAA", "format": "mp3"}}),
    _part(
        "part `file`, in the request",
        {"type": "file", "file": {"filename": "a.pdf", "file_data": f"data:application/pdf;base64,{PDF}"}},
    ),
    _part("part `file`, by its id", {"type": "file", "file": {"file_id": "file-1"}}),
    _part("part of an unknown type", {"type": "video_url", "video_url": {"url": "https://a.example/v"}}),
    _said("`tool_calls[]` function", tool_calls=[_CALL]),
    _said("`tool_calls[]` custom", tool_calls=[_CUSTOM_CALL]),
    _said("`refusal`", content=None, refusal="I will not."),
    _said("`reasoning_content`", reasoning_content="Let me think."),
    _said(
        "`reasoning_details` that Anthropic signed",
        reasoning_details=[
            {"type": "reasoning.text", "text": "Hm.", "signature": "sig", "format": "anthropic-claude-v1"}
        ],
    ),
    _said("`audio` of an earlier answer", audio={"id": "audio_1"}),
    _said(
        "`annotations`",
        annotations=[
            {
                "type": "url_citation",
                "url_citation": {"url": "https://a.example", "title": "A", "start_index": 0, "end_index": 5},
            }
        ],
    ),
    _message(
        "role `tool`",
        _USER,
        {"role": "assistant", "content": None, "tool_calls": [_CALL]},
        _ANSWER,
        without=(_USER, {"role": "assistant", "content": None, "tool_calls": [_CALL]}),
        tools=[_TOOL],
    ),
    _message(
        "several of role `tool`",
        _USER,
        {"role": "assistant", "content": None, "tool_calls": [_CALL, _CALL | {"id": "c2"}]},
        _ANSWER,
        _ANSWER | {"tool_call_id": "c2"},
        without=(
            _USER,
            {"role": "assistant", "content": None, "tool_calls": [_CALL, _CALL | {"id": "c2"}]},
        ),
        tools=[_TOOL],
    ),
)


def _tool(label: str, tool: Json) -> Probe:
    return _field_of(label, {"tools": [_TOOL, tool]})


def _field_of(label: str, beside: Json) -> Probe:
    return Probe(label, _BASE | {"tools": [_TOOL]}, beside)


def _with(**changes: Any) -> Json:
    return {"tools": [{"type": "function", "function": _TOOL["function"] | changes}]}


TOOLS: Final = (
    _tool("`function`", _TWO_TOOLS[1]),
    _field_of("its `description`", _with(description="Looks.")),
    _field_of("its `strict`", _with(strict=True)),
    _field_of("no `parameters`", {"tools": [{"type": "function", "function": {"name": "look"}}]}),
    _field_of("its `cache_control`", {"tools": [_TOOL | {"cache_control": {"type": "ephemeral"}}]}),
    _tool("`custom`", {"type": "custom", "custom": {"name": "sql"}}),
    _tool("of an unknown type", {"type": "browser", "browser": {}}),
)
