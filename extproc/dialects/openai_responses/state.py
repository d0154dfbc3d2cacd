"""What a request says of state that only one provider has: why it cannot be had elsewhere."""

from collections.abc import Mapping
from typing import Final

from extproc.dialects.openai_responses.read_request import STATE_KEYS
from extproc.llm.parts import Opaque
from extproc.llm.request import Request

ELSEWHERE: Final[Mapping[str, str]] = {
    "conversation": "conversation: this gateway keeps none; go on with 'previous_response_id'.",
    "background": "background: this gateway makes no answers in the background; ask for a stream.",
    "prompt": "prompt: only its provider has it; write it into 'instructions' and 'input'.",
}
"""By field, for the person who called."""


def said_of_state(request: Request) -> dict[str, object]:
    """Those of `STATE_KEYS` that a client of this API has used, and their values."""
    # The reader puts them at the head, behind the instructions at most.
    return {
        part.path: part.raw[part.path]
        for message in request.messages[:2]
        for part in message.parts
        if isinstance(part, Opaque) and part.path in STATE_KEYS
    }
