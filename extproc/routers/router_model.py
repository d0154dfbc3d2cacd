"""A model is asked to choose: any that is configured, by whatever API its provider speaks.

    prompt ─▶ a Chat request, translated where need be ─▶ Envoy ─▶ answer ─▶ names

It must never cost a request more than its deadline: every failure is a choice that names nobody. One that
does not answer again and again is skipped for a while (`Pause`).
"""

import logging
import time
from typing import Final

import msgspec

from extproc.dialects import operations
from extproc.dialects.api import Api
from extproc.errors import GatewayError
from extproc.limits import ROUTER_ANSWER_BYTES_MAX, ROUTER_MODEL_S
from extproc.outbound.port import Answered, Outbound, OutboundError
from extproc.rewrite.path import crossing_path
from extproc.routers import parsing
from extproc.routers.candidate import Candidates, Choice, Conversation, Stage
from extproc.routers.complaints import Complaints
from extproc.routers.pause import Pause
from extproc.routers.prompt import prompt
from extproc.routing.models import Target
from extproc.translation.answer import WholeAnswer
from extproc.translation.choice import upstream_api
from extproc.translation.request import Crossing, translate

log = logging.getLogger(__name__)

_CHAT: Final = operations.match("POST", "/v1/chat/completions")
_HEADERS: Final = {
    "content-type": "application/json",
    "accept": "application/json",
    "accept-encoding": "identity",
}
_TEMPERATURE: Final = 0.01
_MESSAGE_CHARS_MAX: Final = 300
"""Of a provider's error, in the log."""


class _Message(msgspec.Struct):
    content: str | None = None


class _ChatChoice(msgspec.Struct):
    message: _Message


class _Error(msgspec.Struct):
    message: str


class _Said(msgspec.Struct):
    """What is read of a Chat Completions answer, or error, of our own translation's writing."""

    choices: list[_ChatChoice] = []
    error: _Error | None = None


_read: Final = msgspec.json.Decoder(_Said).decode


class NoNamesError(Exception):
    """The router model gave no names. `kind` is a sentence about it; `detail` is for the log alone."""

    def __init__(self, kind: str, detail: str = "") -> None:
        super().__init__(kind)
        self.kind = kind
        self.detail = detail


class RouterModel:
    """Implements `Router`.

    Names that the model gives are a sure choice. That none fits is never a sure one (a model says so of
    "and tomorrow?" too): it has stage MODEL and no names, so that a conversation stays where it was, and a
    new one goes to the default. Where the model gave no answer that can be understood, the stage is DEFAULT.
    """

    def __init__(
        self,
        target: Target,
        outbound: Outbound,
        context_tokens: int = 8192,
        deadline_s: float = ROUTER_MODEL_S,
        pause: Pause | None = None,
    ) -> None:
        self._target = target
        self._outbound = outbound
        self._context_tokens = context_tokens
        self._deadline_s = deadline_s
        self._name = f"{target.provider.prefix}/{target.model}"
        self._api = upstream_api(_CHAT, target.provider.profile) or Api.CHAT
        self._complaints = Complaints(log)
        self._pause = pause or Pause()

    async def choose(self, conversation: Conversation, candidates: Candidates) -> Choice:
        """See `Router`."""
        started = time.perf_counter()
        choice = await self._choice(conversation, candidates)
        return msgspec.structs.replace(choice, ms=(time.perf_counter() - started) * 1e3)

    async def _choice(self, conversation: Conversation, candidates: Candidates) -> Choice:
        if not conversation:
            return Choice((), Stage.DEFAULT, sure=False, reason="There is no text to choose by.")
        try:
            names = await self._names(conversation, candidates)
        except NoNamesError as error:
            return self._failed(error.kind, error.detail)
        except Exception as error:
            log.exception("the router model %s cannot be asked", self._name)
            return self._failed(f"could not be asked ({type(error).__name__})", "")
        said = "chose" if names else "says that none fits"
        return Choice(names, Stage.MODEL, sure=bool(names), reason=f"The router model {self._name} {said}.")

    def _failed(self, kind: str, detail: str) -> Choice:
        self._complaints.say(kind, f"the router model {self._name} {kind}{detail and f': {detail}'}")
        return Choice((), Stage.DEFAULT, sure=False, reason=f"The router model {self._name} {kind}.")

    async def _names(self, conversation: Conversation, candidates: Candidates) -> tuple[str, ...]:
        question = prompt(conversation, candidates, self._context_tokens)
        content = _content(*await self._ask(question))
        names = parsing.names(content, [candidate.name for candidate in candidates])
        if names is None:
            raise NoNamesError("gave an answer without names")
        return names

    async def _ask(self, question: str) -> tuple[Crossing, Answered]:
        """Raises `NoNamesError`."""
        target = self._target
        try:
            crossing = translate(_body(question), Api.CHAT, self._api, target.model, target.provider.profile)
            path = crossing_path(target, crossing.upstream, stream=False)
        except GatewayError as error:
            raise NoNamesError("cannot be asked", str(error)) from error
        return crossing, await self._post(path, crossing.body)

    async def _post(self, path: str, body: bytes) -> Answered:
        """Raises `NoNamesError`, where it does not answer or is skipped."""
        began = self._pause.begin(self._deadline_s)
        if began is None:
            skipped = f"is skipped for {self._pause.seconds:g} s after {self._pause.failures} failures"
            raise NoNamesError(skipped)
        cluster = self._target.provider.upstream.cluster
        try:
            answered = await self._outbound.post(cluster, path, _HEADERS, body, self._deadline_s)
        except OutboundError as error:
            self._pause.failed(began)
            raise NoNamesError(f"failed: {error}") from error
        self._pause.answered()
        return answered


def _body(question: str) -> bytes:
    # No limit on the answer's tokens: a model that reasons needs room, and the deadline bounds it.
    asked = {
        "model": "",
        "messages": [{"role": "user", "content": question.encode(errors="replace").decode()}],
        "temperature": _TEMPERATURE,
        "stream": False,
    }
    return msgspec.json.encode(asked)


def _content(crossing: Crossing, answered: Answered) -> str:
    """The text of the answer, empty where there is none; raises `NoNamesError`."""
    if len(answered.body) > ROUTER_ANSWER_BYTES_MAX:
        raise NoNamesError("gave an answer that is too long")
    headers = answered.headers
    answer = crossing.answer(
        answered.status, headers.get("content-type", ""), headers.get("content-encoding", "")
    )
    assert isinstance(answer, WholeAnswer)  # no stream was asked for
    try:
        whole = answer.turn(answered.body)
    except GatewayError as error:
        raise NoNamesError("gave an answer that cannot be read", str(error)) from error
    said = _read(whole.body)
    if said.error is not None:
        raise NoNamesError(f"answered with status {whole.status}", said.error.message[:_MESSAGE_CHARS_MAX])
    return (said.choices[0].message.content if said.choices else None) or ""
