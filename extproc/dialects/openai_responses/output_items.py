"""Output items of a ``response`` object, as the answer and its stream both write them."""

from collections.abc import Sequence

from extproc.dialects import sealed
from extproc.dialects.api import Api
from extproc.dialects.base import Json
from extproc.dialects.openai_responses.write_items import summary
from extproc.llm.parts import Reasoning


def text_part(text: str, annotations: Sequence[Json] = ()) -> Json:
    """Words of a message."""
    return {"type": "output_text", "annotations": list(annotations), "logprobs": [], "text": text}


def refusal_part(text: str) -> Json:
    """A refusal of a message."""
    return {"type": "refusal", "refusal": text}


def message_item(item_id: str, status: str, content: list[Json]) -> Json:
    """A message of the model."""
    return {"id": item_id, "type": "message", "status": status, "content": content, "role": "assistant"}


def function_call_item(item_id: str, status: str, arguments: str, call_id: str, name: str) -> Json:
    """A call of a function."""
    return {
        "id": item_id,
        "type": "function_call",
        "status": status,
        "arguments": arguments,
        "call_id": call_id,
        "name": name,
    }


def custom_call_item(item_id: str, status: str, text: str, call_id: str, name: str) -> Json:
    """A call of a custom tool."""
    return {
        "id": item_id,
        "type": "custom_tool_call",
        "status": status,
        "call_id": call_id,
        "input": text,
        "name": name,
    }


def reasoning_item(item_id: str, reasoning: Reasoning) -> Json:
    """Reasoning. Its ``encrypted_content`` comes unasked: without it the next turn could not give it back."""
    item: Json = {"id": item_id, "type": "reasoning", "summary": summary(reasoning.text)}
    own = reasoning.origin == Api.RESPONSES
    encrypted = reasoning.signature if own else sealed.seal(reasoning)
    if encrypted is not None:
        item["encrypted_content"] = encrypted
    return item
