"""Probes of a Responses request."""

from typing import Any, Final

from docgen.chat import PDF, PNG
from docgen.probe import Json, Probe

_BASE: Final[Json] = {"model": "m", "input": "Hi."}
_SCHEMA: Final[Json] = {"type": "object", "properties": {"a": {"type": "string"}}}
_TOOL: Final[Json] = {"type": "function", "name": "look", "parameters": _SCHEMA, "strict": False}
_TWO_TOOLS: Final = [_TOOL, _TOOL | {"name": "ask"}]
_TEXTS: Final = [{"type": "input_text", "text": "One."}, {"type": "input_text", "text": "Two."}]
_USER: Final[Json] = {"role": "user", "content": "Hi."}
_CALL: Final[Json] = {"type": "function_call", "call_id": "c1", "name": "look", "arguments": "{}"}
_OUTPUT: Final[Json] = {"type": "function_call_output", "call_id": "c1", "output": "seen"}


def _field(name: str, value: Any, label: str = "", **others: Any) -> Probe:
    shown = f"`{name}`" + (f" {label}" if label else "")
    return Probe(shown, _BASE | others, {name: value})


def _choice(value: Any, label: str) -> Probe:
    return _field("tool_choice", value, label, tools=_TWO_TOOLS)


FIELDS: Final = (
    _field("model", "other"),
    _field("access_programs", ["x"]),
    _field("background", True, "true"),
    _field("background_options", {"ttl": 1}),
    _field("context_management", [{"type": "compaction"}]),
    _field("conversation", "conv_1"),
    _field("image", {"size": "auto"}),
    _field("include", ["reasoning.encrypted_content"], "reasoning.encrypted_content"),
    _field("include", ["web_search_call.action.sources"], "(any other)"),
    _field("instructions", "Be brief."),
    _field("max_output_tokens", 5000),
    _field("max_tool_calls", 3),
    _field("metadata", {"k": "v"}),
    _field("moderation", {"mode": "auto"}),
    _field("parallel_tool_calls", False, "false", tools=_TWO_TOOLS),
    _field("previous_response_id", "resp_1"),
    _field("prompt", {"id": "pmpt_1"}),
    _field("prompt_cache_key", "k"),
    _field("prompt_cache_options", {"ttl": "1h"}),
    _field("prompt_cache_retention", "24h"),
    _field("reasoning", {"effort": "medium"}, "effort"),
    _field("reasoning", {"effort": "none"}, "effort none"),
    _field("reasoning", {"effort": "low", "summary": "auto"}, "effort and summary"),
    _field("safety_identifier", "u1"),
    _field("service_tier", "default", "default"),
    _field("service_tier", "flex", "flex"),
    _field("store", True, "true"),
    _field("stream", True, "true"),
    _field("stream_options", {"include_obfuscation": True}, stream=True),
    _field("temperature", 0.5),
    _field("text", {"format": {"type": "json_object"}}, "format json_object"),
    _field("text", {"format": {"type": "json_schema", "name": "n", "schema": _SCHEMA}}, "format json_schema"),
    _field("text", {"verbosity": "low"}, "verbosity"),
    _choice("auto", "auto"),
    _choice("required", "required"),
    _choice("none", "none"),
    _choice({"type": "function", "name": "ask"}, "one function"),
    _choice(
        {"type": "allowed_tools", "mode": "auto", "tools": [{"type": "function", "name": "ask"}]},
        "allowed_tools",
    ),
    _field("top_logprobs", 3),
    _field("top_p", 0.5),
    _field("truncation", "auto"),
    _field("user", "u1"),
    _field("some_new_field", 1, "(any other)"),
)


def _part(label: str, part: Json) -> Probe:
    without = _BASE | {"input": [{"role": "user", "content": _TEXTS}]}
    return Probe(label, without, {"input": [{"role": "user", "content": [*_TEXTS, part]}]})


def _shown(**said: Any) -> Json:
    image = {"type": "input_image", "image_url": f"data:image/png;base64,{PNG}"} | said
    return {"input": [{"role": "user", "content": [*_TEXTS, image]}]}


def _item(label: str, *items: Json) -> Probe:
    """Between two turns of the user."""
    last = {"role": "user", "content": "More."}
    before = {"role": "assistant", "content": "Hello."}
    without = _BASE | {"tools": [_TOOL], "input": [_USER, before, last]}
    return Probe(label, without, {"input": [_USER, before, *items, last]})


def _output(label: str, output: Any) -> Probe:
    talk = [_USER, _CALL, _OUTPUT]
    without = _BASE | {"tools": [_TOOL], "input": talk}
    return Probe(label, without, {"input": [_USER, _CALL, _OUTPUT | {"output": output}]})


MESSAGES: Final = (
    Probe("`input`, items", _BASE, {"input": [_USER, {"role": "user", "content": "More."}]}),
    Probe("role `developer`", _BASE, {"input": [{"role": "developer", "content": "Be brief."}, _USER]}),
    Probe("role `system`", _BASE, {"input": [{"role": "system", "content": "Be brief."}, _USER]}),
    _item("role `assistant`", {"role": "assistant", "content": "And more."}),
    _part("`input_text`", {"type": "input_text", "text": "Three."}),
    _part(
        "`input_image`, in the request", {"type": "input_image", "image_url": f"data:image/png;base64,{PNG}"}
    ),
    _part("`input_image`, an address", {"type": "input_image", "image_url": "https://a.example/a.png"}),
    _part("`input_image`, by its id", {"type": "input_image", "file_id": "file-1"}),
    Probe("its `detail`", _BASE | _shown(), _shown(detail="low")),
    _part(
        "`input_file`, in the request",
        {"type": "input_file", "filename": "a.pdf", "file_data": f"data:application/pdf;base64,{PDF}"},
    ),
    _part("`input_file`, an address", {"type": "input_file", "file_url": "https://a.example/a.pdf"}),
    _part("`input_file`, by its id", {"type": "input_file", "file_id": "file-1"}),
    _part("`input_audio`", {"type": "input_audio", "input_audio": {"data": "AAAA", "format": "mp3"}}),
    _part("part of an unknown type", {"type": "input_video"}),
    _item(
        "`annotations` of `output_text`",
        {
            "type": "message",
            "role": "assistant",
            "content": [
                {
                    "type": "output_text",
                    "text": "A.",
                    "annotations": [
                        {
                            "type": "url_citation",
                            "url": "https://a.example",
                            "title": "A",
                            "start_index": 0,
                            "end_index": 1,
                        }
                    ],
                }
            ],
        },
    ),
    _item(
        "`refusal`",
        {"type": "message", "role": "assistant", "content": [{"type": "refusal", "refusal": "No."}]},
    ),
    _item("`function_call`", _CALL),
    _item(
        "`custom_tool_call`", {"type": "custom_tool_call", "call_id": "c1", "name": "sql", "input": "select"}
    ),
    Probe(
        "`function_call_output`",
        _BASE | {"tools": [_TOOL], "input": [_USER, _CALL]},
        {"input": [_USER, _CALL, _OUTPUT]},
    ),
    _output(
        "an image in it",
        [
            {"type": "input_text", "text": "seen"},
            {"type": "input_image", "image_url": f"data:image/png;base64,{PNG}"},
        ],
    ),
    _item(
        "`reasoning` that OpenAI encrypted",
        {
            "type": "reasoning",
            "id": "rs_1",
            "summary": [{"type": "summary_text", "text": "Hm."}],
            "encrypted_content": "xx",
        },
    ),
    _item(
        "`reasoning` without it", {"type": "reasoning", "summary": [{"type": "summary_text", "text": "Hm."}]}
    ),
    _item("`item_reference`", {"type": "item_reference", "id": "msg_1"}),
    _item("`web_search_call`", {"type": "web_search_call", "id": "ws_1", "status": "completed"}),
    _item(
        "`mcp_call`", {"type": "mcp_call", "id": "mcp_1", "name": "n", "server_label": "s", "arguments": "{}"}
    ),
    _item("item of any other type", {"type": "new_call", "id": "n_1"}),
)


def _tools(label: str, *tools: Json) -> Probe:
    return Probe(label, _BASE | {"tools": [_TOOL]}, {"tools": list(tools)})


TOOLS: Final = (
    _tools("`function`", *_TWO_TOOLS),
    _tools("its `description`", _TOOL | {"description": "Looks."}),
    _tools("its `strict`", _TOOL | {"strict": True}),
    _tools("`custom`", _TOOL, {"type": "custom", "name": "sql"}),
    *(
        _tools(f"`{kind}`", _TOOL, {"type": kind})
        for kind in ("web_search", "file_search", "code_interpreter", "mcp", "image_generation", "namespace")
    ),
    _tools("of any other type", _TOOL, {"type": "new_tool"}),
)
