"""What a router model is asked, in the form that Plano-Orchestrator was trained on.

    <routes>        one JSON object a line, a candidate each, in the config's order
    <conversation>  a JSON array of the turns
    instructions, and the form of the answer: {"route": ["name", …]}

Any other model can read it too. The same question always makes the same text, so that a provider's prompt
cache can hold its beginning.
"""

import json
from typing import Any, Final

from extproc.limits import ROUTE_EXAMPLES_MAX, ROUTED_TOKENS_MIN
from extproc.routers.candidate import Candidate, Candidates, Conversation
from extproc.routers.trimming import BYTES_PER_TOKEN, fitting

_NO_PARAMETERS: Final[dict[str, Any]] = {"type": "object", "properties": {}, "required": []}

_BEFORE_ROUTES: Final = """
You choose which of several routes a conversation needs next. Each line between the routes tags describes \
one route: its name, and what it is for.

<routes>
"""

_BEFORE_CONVERSATION: Final = """
</routes>

This is the conversation so far, the newest message last:

<conversation>
"""

_AFTER_CONVERSATION: Final = """
</conversation>

## Instructions
1. Read the newest message of the user in the light of the whole conversation, and work out everything that \
it asks for. A short follow-up asks for more of what was talked about before.
2. Compare that with the description of each route.
3. Answer with the names of the routes that are needed, written exactly as above, in the order in which they \
have to work. Take one route unless the message asks for several things that no single route covers.
4. Answer with an empty list when no route fits, or when what the user wanted has been done already and \
nothing new is asked.

## Response Format
Answer with this JSON object alone, without any explanation:
{{"route": ["first_route_name", "second_route_name"]}}
When no route is needed, its list is empty: {{"route": []}}
"""
# The doubled braces are those of the form; a model that repeats them is understood.


def prompt(conversation: Conversation, candidates: Candidates, context_tokens: int) -> str:
    """The question, of at most about `context_tokens` tokens; what has no room of the conversation is cut."""
    routes = "\n".join(map(_route, candidates))
    around = "".join((_BEFORE_ROUTES, routes, _BEFORE_CONVERSATION, _AFTER_CONVERSATION))
    left = context_tokens * BYTES_PER_TOKEN - len(around.encode(errors="replace"))
    turns = fitting(conversation, max(left, ROUTED_TOKENS_MIN * BYTES_PER_TOKEN))
    said = json.dumps(
        [{"role": turn.role, "content": turn.text} for turn in turns], indent=4, ensure_ascii=False
    )
    return "".join((_BEFORE_ROUTES, routes, _BEFORE_CONVERSATION, said, _AFTER_CONVERSATION))


def _route(candidate: Candidate) -> str:
    description = candidate.description
    if candidate.examples:
        examples = ", ".join(f'"{example}"' for example in candidate.examples[:ROUTE_EXAMPLES_MAX])
        description = f"{description} Examples: {examples}"
    route = {"name": candidate.name, "description": description, "parameters": _NO_PARAMETERS}
    return json.dumps(route, ensure_ascii=False)
