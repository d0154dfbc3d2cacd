"""Stand-ins at the borders of a router: a way out, and another router."""

import json
from collections.abc import Callable, Mapping

from extproc.outbound.port import Answered, OutboundError
from extproc.routers.candidate import Candidates, Choice, Conversation

Answer = Answered | OutboundError


def said(content: object, status: int = 200, **headers: str) -> Answered:
    """A Chat Completions answer with this `content`."""
    body = {"id": "1", "choices": [{"index": 0, "message": {"role": "assistant", "content": content}}]}
    return raw(json.dumps(body).encode(), status, **headers)


def raw(body: bytes, status: int = 200, **headers: str) -> Answered:
    return Answered(status, {"content-type": "application/json"} | headers, body)


class ScriptedOutbound:
    """Answers every call alike, and keeps the calls."""

    def __init__(self, answer: Answer | Callable[[], Answer]) -> None:
        self._answer = answer
        self.calls: list[tuple[str, str, Mapping[str, str], bytes, float]] = []

    async def post(
        self, cluster: str, path: str, headers: Mapping[str, str], body: bytes, deadline_s: float
    ) -> Answered:
        self.calls.append((cluster, path, headers, body, deadline_s))
        answer = self._answer() if callable(self._answer) else self._answer
        if isinstance(answer, OutboundError):
            raise answer
        return answer


class ScriptedRouter:
    """Chooses always the same, and keeps the candidates it was shown."""

    def __init__(self, choice: Choice) -> None:
        self._choice = choice
        self.asked: list[Candidates] = []

    async def choose(self, _conversation: Conversation, candidates: Candidates) -> Choice:
        self.asked.append(candidates)
        return self._choice
