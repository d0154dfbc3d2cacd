"""Probes of a Messages request."""

from typing import Any, Final

from docgen.chat import PDF, PNG
from docgen.probe import Json, Probe

_USER: Final[Json] = {"role": "user", "content": "Hi."}
_BASE: Final[Json] = {"model": "m", "max_tokens": 4000, "messages": [_USER]}
_SCHEMA: Final[Json] = {"type": "object", "properties": {"a": {"type": "string"}}}
_TOOL: Final[Json] = {"name": "look", "input_schema": _SCHEMA}
_TWO_TOOLS: Final = [_TOOL, {"name": "ask", "input_schema": _SCHEMA}]
_TEXTS: Final = [{"type": "text", "text": "One."}, {"type": "text", "text": "Two."}]
_CACHE: Final[Json] = {"type": "ephemeral", "ttl": "1h"}
_PNG: Final[Json] = {"type": "base64", "media_type": "image/png", "data": PNG}
_PDF: Final[Json] = {"type": "base64", "media_type": "application/pdf", "data": PDF}
_USE: Final[Json] = {"type": "tool_use", "id": "c1", "name": "look", "input": {}}


def _field(name: str, value: Any, label: str = "", **others: Any) -> Probe:
    shown = f"`{name}`" + (f" {label}" if label else "")
    without = {key: kept for key, kept in (_BASE | others).items() if key != name or name == "model"}
    return Probe(shown, without, {name: value})


def _choice(value: Json, label: str) -> Probe:
    return _field("tool_choice", value, label, tools=_TWO_TOOLS)


FIELDS: Final = (
    _field("model", "other"),
    _field("betas", ["x"]),
    _field("billing_policy", {"type": "x"}),
    _field("cache_control", _CACHE),
    _field("compaction", {"type": "auto"}),
    _field("container", "c1"),
    _field("context_management", {"edits": []}),
    _field("diagnostics", {"enabled": True}),
    _field("fallback_credit_token", "x"),
    _field("fallbacks", ["x"]),
    _field("inference_geo", "eu"),
    _field("max_tokens", 4000),
    _field("mcp_servers", [{"type": "url", "name": "s", "url": "https://a.example"}]),
    _field("metadata", {"user_id": "u1"}, "user_id"),
    _field("output_config", {"effort": "low"}, "effort"),
    _field("output_config", {"format": {"type": "json_schema", "schema": _SCHEMA}}, "format"),
    _field("output_format", {"type": "json_schema", "schema": _SCHEMA}),
    _field("service_tier", "auto", "auto"),
    _field("service_tier", "standard_only", "standard_only"),
    _field("speed", "fast"),
    _field("stop_sequences", ["END"]),
    _field("stream", True, "true"),
    _field("system", "Be brief.", "string"),
    _field("system", [{"type": "text", "text": "A."}, {"type": "text", "text": "B."}], "blocks"),
    _field("temperature", 0.5),
    _field("thinking", {"type": "enabled", "budget_tokens": 2000}, "enabled"),
    _field("thinking", {"type": "adaptive"}, "adaptive"),
    _field("thinking", {"type": "disabled"}, "disabled"),
    _field("thread", {"id": "x"}),
    _choice({"type": "auto"}, "auto"),
    _choice({"type": "any"}, "any"),
    _choice({"type": "none"}, "none"),
    _choice({"type": "tool", "name": "ask"}, "tool"),
    _choice({"type": "auto", "disable_parallel_tool_use": True}, "disable_parallel_tool_use"),
    _field("top_k", 40),
    _field("top_p", 0.5),
    _field("user_profile_id", "x"),
    _field("workspace_id", "x"),
    _field("some_new_field", 1, "(any other)"),
)


def _block(label: str, block: Json) -> Probe:
    without = _BASE | {"messages": [{"role": "user", "content": _TEXTS}]}
    return Probe(label, without, {"messages": [{"role": "user", "content": [*_TEXTS, block]}]})


def _more(label: str, block: Json, **said: Any) -> Probe:
    """A block that says more than it must."""

    def asked(last: Json) -> Json:
        return {"messages": [{"role": "user", "content": [*_TEXTS, last]}]}

    return Probe(label, _BASE | asked(block), asked(block | said))


def _said(label: str, *blocks: Json) -> Probe:
    """Of the assistant, between two turns of the user."""
    last = {"role": "user", "content": "More."}

    def talk(*said: Json) -> Json:
        return {"messages": [_USER, {"role": "assistant", "content": [*said, *_TEXTS]}, last]}

    return Probe(label, _BASE | {"tools": [_TOOL]} | talk(), talk(*blocks))


def _result(label: str, **said: Any) -> Probe:
    """What a tool answered, beside a plain answer."""

    def talk(**answer: Any) -> Json:
        result = {"type": "tool_result", "tool_use_id": "c1", "content": "seen"} | answer
        turns = [_USER, {"role": "assistant", "content": [_USE]}, {"role": "user", "content": [result]}]
        return {"messages": turns}

    return Probe(label, _BASE | {"tools": [_TOOL]} | talk(), talk(**said))


MESSAGES: Final = (
    _block("`text`", {"type": "text", "text": "Three."}),
    _more("its `cache_control`", {"type": "text", "text": "Three."}, cache_control=_CACHE),
    _block("`image`, base64", {"type": "image", "source": _PNG}),
    _block("`image`, url", {"type": "image", "source": {"type": "url", "url": "https://a.example/a.png"}}),
    _block("`image`, file", {"type": "image", "source": {"type": "file", "file_id": "file_1"}}),
    _block("`document`, base64", {"type": "document", "source": _PDF}),
    _block(
        "`document`, text",
        {"type": "document", "source": {"type": "text", "data": "T", "media_type": "text/plain"}},
    ),
    _block(
        "`document`, url", {"type": "document", "source": {"type": "url", "url": "https://a.example/a.pdf"}}
    ),
    _block("`document`, file", {"type": "document", "source": {"type": "file", "file_id": "file_1"}}),
    _block(
        "`document`, content",
        {"type": "document", "source": {"type": "content", "content": [{"type": "text", "text": "T"}]}},
    ),
    _more("its `title`", {"type": "document", "source": _PDF}, title="A"),
    _more("its `context`", {"type": "document", "source": _PDF}, context="A"),
    _more("its `citations`", {"type": "document", "source": _PDF}, citations={"enabled": True}),
    _block("`search_result`", {"type": "search_result", "source": "s", "title": "t", "content": []}),
    _block("`container_upload`", {"type": "container_upload", "file_id": "file_1"}),
    _said("`tool_use`", _USE),
    _said("`thinking` that Anthropic signed", {"type": "thinking", "thinking": "Hm.", "signature": "sig"}),
    _said("`thinking` without a signature", {"type": "thinking", "thinking": "Hm.", "signature": ""}),
    _said("`redacted_thinking`", {"type": "redacted_thinking", "data": "xx"}),
    _said(
        "`citations` of a text",
        {
            "type": "text",
            "text": "A.",
            "citations": [
                {
                    "type": "web_search_result_location",
                    "url": "https://a.example",
                    "title": "A",
                    "cited_text": "A",
                    "encrypted_index": "x",
                }
            ],
        },
    ),
    _said("`server_tool_use`", {"type": "server_tool_use", "id": "s1", "name": "web_search", "input": {}}),
    _said("`web_search_tool_result`", {"type": "web_search_tool_result", "tool_use_id": "s1", "content": []}),
    Probe(
        "`tool_result`",
        _BASE | {"tools": [_TOOL], "messages": [_USER, {"role": "assistant", "content": [_USE]}]},
        {
            "messages": [
                _USER,
                {"role": "assistant", "content": [_USE]},
                {
                    "role": "user",
                    "content": [{"type": "tool_result", "tool_use_id": "c1", "content": "seen"}],
                },
            ]
        },
    ),
    _result("its `is_error`", is_error=True),
    _result("its `cache_control`", cache_control=_CACHE),
    _result(
        "an `image` in it", content=[{"type": "text", "text": "seen"}, {"type": "image", "source": _PNG}]
    ),
    _result(
        "a `document` in it", content=[{"type": "text", "text": "seen"}, {"type": "document", "source": _PDF}]
    ),
)


def _tools(label: str, *tools: Json) -> Probe:
    return Probe(label, _BASE | {"tools": [_TOOL]}, {"tools": list(tools)})


TOOLS: Final = (
    _tools("custom (the client's own)", *_TWO_TOOLS),
    _tools("its `description`", _TOOL | {"description": "Looks."}),
    _tools("its `strict`", _TOOL | {"strict": True}),
    _tools("its `cache_control`", _TOOL | {"cache_control": _CACHE}),
    _tools("its `input_examples`", _TOOL | {"input_examples": [{}]}),
    _tools("`web_search_20250305`", _TOOL, {"type": "web_search_20250305", "name": "web_search"}),
    _tools("`bash_20250124`", _TOOL, {"type": "bash_20250124", "name": "bash"}),
    _tools("of any other type", _TOOL, {"type": "new_20990101", "name": "new"}),
)
