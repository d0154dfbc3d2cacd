"""``finish_reason``, both ways: tables that have an answer for everything."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from extproc.llm.response import Finish

Json = dict[str, Any]

_READ: Final[Mapping[str, Finish]] = MappingProxyType(
    {
        "stop": Finish.STOP,
        "length": Finish.LENGTH,
        "tool_calls": Finish.TOOL_CALLS,
        "content_filter": Finish.CONTENT_FILTER,
        "function_call": Finish.TOOL_CALLS,
        # Not OpenAI's: Mistral, Zhipu, Gemini, Together and servers in front of Anthropic's models.
        "model_length": Finish.CONTEXT,
        "model_context_window_exceeded": Finish.CONTEXT,
        "max_tokens": Finish.LENGTH,
        "max_output_tokens": Finish.LENGTH,
        "tool_use": Finish.TOOL_CALLS,
        "tool_call": Finish.TOOL_CALLS,
        "stop_sequence": Finish.STOP_SEQUENCE,
        "sensitive": Finish.CONTENT_FILTER,
        "refusal": Finish.CONTENT_FILTER,
        "safety": Finish.CONTENT_FILTER,
        "recitation": Finish.CONTENT_FILTER,
        "prohibited_content": Finish.CONTENT_FILTER,
        "content_filtered": Finish.CONTENT_FILTER,
        "guardrail_intervened": Finish.CONTENT_FILTER,
    }
)

_WRITE: Final[Mapping[Finish, str]] = MappingProxyType(
    {
        Finish.STOP: "stop",
        Finish.STOP_SEQUENCE: "stop",
        Finish.LENGTH: "length",
        Finish.CONTEXT: "length",
        Finish.TOOL_CALLS: "tool_calls",
        Finish.CONTENT_FILTER: "content_filter",
        Finish.PAUSE: "stop",
    }
)


def read(choice: Json, *, tool_calls: bool) -> Finish:
    """How the answer ended; whether tools were called is seen better in the calls than in the reason.

    OpenAI itself says ``stop`` when ``tool_choice`` named the tool, others always do.
    """
    reason = choice.get("finish_reason")
    finish = _READ.get(reason.lower(), Finish.STOP) if isinstance(reason, str) else Finish.STOP
    if finish is Finish.TOOL_CALLS and not tool_calls:
        return Finish.STOP
    if finish is not Finish.STOP:
        return finish
    if tool_calls:
        return Finish.TOOL_CALLS
    return Finish.STOP if stop_sequence_of(choice) is None else Finish.STOP_SEQUENCE


def stop_sequence_of(choice: Json) -> str | None:
    """Which one it was: vLLM alone tells (a number is a token, of which no other API speaks)."""
    sequence = choice.get("stop_reason")
    return sequence if isinstance(sequence, str) and choice.get("finish_reason") == "stop" else None


def write(finish: Finish, *, functions_deprecated: bool = False) -> str:
    """OpenAI's word for it."""
    reason = _WRITE[finish]
    return "function_call" if functions_deprecated and reason == "tool_calls" else reason
