"""The official SDKs as clients, each with the same words for what it does."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import anthropic
import openai

from extproc.dialects.api import Api

Json = dict[str, Any]

SCHEMA: Json = {
    "type": "object",
    "properties": {"city": {"type": "string"}},
    "required": ["city"],
    "additionalProperties": False,
}
TOOL = ("look_up", "What the weather is.", SCHEMA)
SYSTEM = "Be brief."


class NoAnswerError(Exception):
    """A stream of Responses ended without an answer: it had an event that says why."""


@dataclass(frozen=True)
class Heard:
    """An answer as the SDK gives it."""

    text: str
    thought: str
    calls: tuple[tuple[str, str, Any], ...]
    """Ids, names and arguments."""
    finish: str
    """The API's own word."""
    input_tokens: int
    """Those from the cache are among them."""
    cached_tokens: int
    output_tokens: int
    id: str
    model: str
    turn: tuple[Any, ...]
    """What the client appends to its history, the SDK's own objects."""


class Speaker(Protocol):
    """A client of one API."""

    api: Api
    errors: Any
    """The SDK's module of exceptions."""

    def question(self, text: str) -> list[Any]:
        """A history with one question."""
        ...

    def ask(self, model: str, history: list[Any], *, stream: bool, **more: Any) -> Heard:
        """Ask with a system prompt, a tool and reasoning, all of which every API has."""
        ...

    def events(self, model: str, text: str) -> Any:
        """The raw stream of events of the SDK, to iterate."""
        ...

    def results(self, results: Sequence[tuple[str, str]]) -> list[Any]:
        """What tools answered, by the calls' ids."""
        ...


class ChatSpeaker:
    """Chat Completions."""

    api = Api.CHAT
    errors = openai

    def __init__(self, base_url: str) -> None:
        self.sdk = openai.OpenAI(base_url=f"{base_url}/v1", api_key="none", max_retries=0, timeout=20)

    def question(self, text: str) -> list[Any]:
        return [{"role": "system", "content": SYSTEM}, {"role": "user", "content": text}]

    def ask(self, model: str, history: list[Any], *, stream: bool, **more: Any) -> Heard:
        name, description, schema = TOOL
        function = {"name": name, "description": description, "parameters": schema, "strict": True}
        tools = [{"type": "function", "function": function}]
        asked = {"model": model, "messages": history, "tools": tools, "reasoning_effort": "medium", **more}
        if not stream:
            return self._heard(self.sdk.chat.completions.create(**asked))
        with self.sdk.chat.completions.stream(**asked, stream_options={"include_usage": True}) as events:
            return self._heard(events.get_final_completion())

    def events(self, model: str, text: str) -> Any:
        return self.sdk.chat.completions.create(model=model, messages=self.question(text), stream=True)

    def results(self, results: Sequence[tuple[str, str]]) -> list[Any]:
        return [{"role": "tool", "tool_call_id": call, "content": text} for call, text in results]

    @staticmethod
    def _heard(answer: Any) -> Heard:
        (choice,) = answer.choices
        message, usage = choice.message, answer.usage
        return Heard(
            message.content or "",
            getattr(message, "reasoning_content", None) or "",
            tuple(
                (call.id, call.function.name, json.loads(call.function.arguments))
                for call in message.tool_calls or ()
            ),
            choice.finish_reason,
            usage.prompt_tokens,
            usage.prompt_tokens_details.cached_tokens,
            usage.completion_tokens,
            answer.id,
            answer.model,
            (message,),
        )


class MessagesSpeaker:
    """Messages."""

    api = Api.MESSAGES
    errors = anthropic

    def __init__(self, base_url: str) -> None:
        self.sdk = anthropic.Anthropic(base_url=base_url, api_key="none", max_retries=0, timeout=20)

    def question(self, text: str) -> list[Any]:
        return [{"role": "user", "content": text}]

    def ask(self, model: str, history: list[Any], *, stream: bool, **more: Any) -> Heard:
        name, description, schema = TOOL
        asked = {
            "model": model,
            "max_tokens": 4096,
            "system": SYSTEM,
            "messages": history,
            "tools": [{"name": name, "description": description, "input_schema": schema}],
            "thinking": {"type": "enabled", "budget_tokens": 2048},
            **more,
        }
        if not stream:
            return self._heard(self.sdk.messages.create(**asked))
        with self.sdk.messages.stream(**asked) as events:
            return self._heard(events.get_final_message())

    def events(self, model: str, text: str) -> Any:
        return self.sdk.messages.create(
            model=model, max_tokens=4096, messages=self.question(text), stream=True
        )

    def results(self, results: Sequence[tuple[str, str]]) -> list[Any]:
        blocks = [{"type": "tool_result", "tool_use_id": call, "content": text} for call, text in results]
        return [{"role": "user", "content": blocks}]

    @staticmethod
    def _heard(answer: Any) -> Heard:
        usage = answer.usage
        cached = usage.cache_read_input_tokens
        return Heard(
            "".join(block.text for block in answer.content if block.type == "text"),
            "".join(block.thinking for block in answer.content if block.type == "thinking"),
            tuple(
                (block.id, block.name, block.input) for block in answer.content if block.type == "tool_use"
            ),
            answer.stop_reason,
            usage.input_tokens + cached + (usage.cache_creation_input_tokens or 0),
            cached,
            usage.output_tokens,
            answer.id,
            answer.model,
            ({"role": "assistant", "content": answer.content},),
        )


class ResponsesSpeaker:
    """Responses."""

    api = Api.RESPONSES
    errors = openai

    def __init__(self, base_url: str) -> None:
        self.sdk = openai.OpenAI(base_url=f"{base_url}/v1", api_key="none", max_retries=0, timeout=20)

    def question(self, text: str) -> list[Any]:
        return [{"role": "user", "content": text}]

    def ask(self, model: str, history: list[Any], *, stream: bool, **more: Any) -> Heard:
        name, description, schema = TOOL
        function = {"name": name, "description": description, "parameters": schema, "strict": True}
        asked = {
            "model": model,
            "instructions": SYSTEM,
            "input": history,
            "tools": [{"type": "function", **function}],
            "reasoning": {"effort": "medium"},
            "include": ["reasoning.encrypted_content"],
            "store": False,
            **more,
        }
        if not stream:
            return self._heard(self.sdk.responses.create(**asked))
        ends = {"response.completed", "response.incomplete"}  # the SDK's own end knows the first alone
        with self.sdk.responses.stream(**asked) as events:
            finals = [event.response for event in events if event.type in ends]
        if not finals:
            raise NoAnswerError
        return self._heard(finals[0])

    def events(self, model: str, text: str) -> Any:
        return self.sdk.responses.create(model=model, input=text, stream=True)

    def results(self, results: Sequence[tuple[str, str]]) -> list[Any]:
        return [{"type": "function_call_output", "call_id": call, "output": text} for call, text in results]

    @staticmethod
    def _heard(answer: Any) -> Heard:
        calls = [item for item in answer.output if item.type == "function_call"]
        thoughts = [item for item in answer.output if item.type == "reasoning"]
        return Heard(
            answer.output_text,
            "".join(part.text for item in thoughts for part in item.summary),
            tuple((call.call_id, call.name, json.loads(call.arguments)) for call in calls),
            answer.status,
            answer.usage.input_tokens,
            answer.usage.input_tokens_details.cached_tokens,
            answer.usage.output_tokens,
            answer.id,
            answer.model,
            tuple(answer.output),
        )


SPEAKERS = (ChatSpeaker, MessagesSpeaker, ResponsesSpeaker)
