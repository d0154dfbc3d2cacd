"""The ``response`` object: what it repeats of the request, its status and its usage."""

import time
from collections.abc import Mapping
from typing import Final

from extproc.dialects.base import Json
from extproc.dialects.openai_responses.tools import write_choice, write_tool
from extproc.dialects.openai_responses.write_request import (
    TIERS,
    instructions_of,
    is_instructions,
    write_text,
)
from extproc.llm.loss import Losses
from extproc.llm.request import Request
from extproc.llm.response import Finish, Usage

_INCOMPLETE: Final[Mapping[Finish, str]] = {
    Finish.LENGTH: "max_output_tokens",
    Finish.CONTEXT: "max_output_tokens",
    Finish.CONTENT_FILTER: "content_filter",
}
"""Why an answer is incomplete; with every other `Finish` it is complete."""


_TIERS: Final = {"standard": "default", "standard_only": "default"} | {tier: tier for tier in TIERS}


def tier(said: str | None) -> str | None:
    """``service_tier`` in this API's words; those of other APIs that it does not have are not said."""
    return _TIERS.get(said or "")


def begun(request: Request, response_id: str, model: str, created: int | None) -> Json:
    """The object as it is when the answer begins; fields in the API's own order."""
    first = request.messages[0] if request.messages else None
    instructions = instructions_of(first, Losses()) if first and is_instructions(first) else None
    choice = request.tool_choice
    reasoning = request.reasoning
    parallel = request.parallel_tool_calls
    return {
        "id": response_id,
        "object": "response",
        "created_at": int(time.time()) if created is None else created,
        "status": "in_progress",
        "background": False,
        "completed_at": None,
        "error": None,
        "incomplete_details": None,
        "instructions": instructions,
        "max_output_tokens": request.output_tokens_max,
        "max_tool_calls": None,
        "model": model or request.model,
        "output": [],
        "parallel_tool_calls": True if parallel is None else parallel,
        "previous_response_id": None,
        "reasoning": {
            "effort": reasoning.effort if reasoning else None,
            "summary": reasoning.summary if reasoning else None,
        },
        "service_tier": None,
        "store": False,
        "temperature": 1.0 if request.temperature is None else request.temperature,
        "text": {"format": {"type": "text"}, **(write_text(request) or {})},
        "tool_choice": "auto" if choice is None else write_choice(choice, request.tools),
        "tools": [write_tool(tool, "", Losses()) for tool in request.tools],
        "top_logprobs": 0,
        "top_p": 1.0 if request.top_p is None else request.top_p,
        "truncation": "disabled",
        "usage": None,
        "user": request.user,
        "metadata": request.metadata or {},
    }


def end(response: Json, finish: Finish, output: list[Json], usage: Usage | None) -> Json:
    """`response` with its output, usage and status; an item that the limit cut off is incomplete too."""
    reason = _INCOMPLETE.get(finish)
    response["status"] = "completed" if reason is None else "incomplete"
    response["output"] = output
    response["usage"] = None if usage is None else write_usage(usage)
    if reason is None:
        response["completed_at"] = int(time.time())
    else:
        response["incomplete_details"] = {"reason": reason}
    return response


def is_complete(finish: Finish) -> bool:
    """Whether the answer's status is ``completed``."""
    return finish not in _INCOMPLETE


def write_usage(usage: Usage) -> Json:
    """``usage``; this API counts as the hub does."""
    return {
        "input_tokens": usage.input_tokens,
        "input_tokens_details": {
            "cached_tokens": usage.cache_read_tokens,
            "cache_write_tokens": usage.cache_creation_tokens,
        },
        "output_tokens": usage.output_tokens,
        "output_tokens_details": {"reasoning_tokens": usage.reasoning_tokens},
        "total_tokens": usage.total_tokens,
    }


def read_usage(value: object) -> Usage | None:
    """`Usage` from whatever a provider calls so; ``None``: nothing usable."""
    if not isinstance(value, dict):
        return None
    given, made = value.get("input_tokens_details"), value.get("output_tokens_details")
    return Usage(
        _count(value, "input_tokens"),
        _count(value, "output_tokens"),
        _count(given, "cached_tokens"),
        _count(given, "cache_write_tokens"),
        _count(made, "reasoning_tokens"),
    )


def _count(obj: object, key: str) -> int:
    value = obj.get(key) if isinstance(obj, dict) else None
    return value if isinstance(value, int) and value > 0 else 0


def read_finish(response: Json, called: bool) -> Finish:
    """Why the answer ended; `called`: there are tool calls in it."""
    details = response.get("incomplete_details")
    reason = details.get("reason") if isinstance(details, dict) else None
    if response.get("status") == "incomplete" or reason is not None:
        return Finish.CONTENT_FILTER if reason == "content_filter" else Finish.LENGTH
    return Finish.TOOL_CALLS if called else Finish.STOP


def created_at(body: Json) -> int | None:
    """``created_at``, whole or not, if it is there."""
    value = body.get("created_at")
    try:
        return int(value) if isinstance(value, int | float) else None
    except (OverflowError, ValueError):
        return None
