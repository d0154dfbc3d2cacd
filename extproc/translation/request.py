"""A client's request in the words of the provider's API. Pure."""

from dataclasses import dataclass
from typing import Any, Final

import msgspec

from extproc.dialects import openai_chat
from extproc.dialects.api import Api
from extproc.dialects.registry import CLIENT_DIALECTS, UPSTREAM_DIALECTS
from extproc.errors import InvalidRequest
from extproc.llm.loss import Losses
from extproc.llm.request import Request
from extproc.providers.profile import Profile
from extproc.translation import custom_tools, prologue, quirks, state
from extproc.translation.answer import StreamedAnswer, WholeAnswer, answer, named

_decode: Final = msgspec.json.Decoder(dict[str, Any]).decode
_encode: Final = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Crossing:
    """A request on its way from a client's API to a provider's; its answer comes back by `answer`."""

    client: Api
    upstream: Api
    request: Request
    """What the client asked, with the model that is asked of the provider."""
    body: bytes
    lost: tuple[str, ...]
    """Paths of what could not cross, e.g. ``logit_bias``, ``messages[2].name``."""
    custom_tools: frozenset[str] = frozenset()
    """Names of custom tools that crossed as functions."""
    prologue: tuple[str, ...] = ()
    """Texts that the client reads before the answer."""
    response_id: str | None = None
    """The answer's id; ``None``: one made from the provider's."""
    agent: str | None = None
    """The agent that answers; ``None``: a provider does."""

    def answer(
        self, status: int, content_type: str, content_encoding: str = ""
    ) -> StreamedAnswer | WholeAnswer:
        """What turns the provider's answer with these headers into the client's."""
        upstream = UPSTREAM_DIALECTS[self.upstream]
        if self.agent:  # which speaks nothing else
            upstream = openai_chat.spoken_by(named(self.agent))
        if self.custom_tools:
            upstream = custom_tools.unwrapping(upstream, self.custom_tools)
        if self.prologue:
            upstream = prologue.before(upstream, self.prologue)
        if self.response_id:
            upstream = state.identified(upstream, self.response_id)
        return answer(
            CLIENT_DIALECTS[self.client],
            upstream,
            self.request,
            status,
            content_type,
            content_encoding,
            agent=self.agent,
        )


def translate(
    body: bytes, client: Api, upstream: Api, model: str, profile: Profile | None = None
) -> Crossing:
    """Translate `body` for `model`; `profile` is the provider's, for its quirks.

    Raises `InvalidRequest` for a body that is not of the client's API, or holds what `upstream` cannot say
    and what may not be left out; `PreviousResponseNotFound` for one that goes on from a provider's answer.
    """
    request = read(body, client, model)
    custom = custom_tools.named_in(request) if custom_tools.unknown_to(upstream, profile) else frozenset()
    stateless = client is Api.RESPONSES and upstream is not client
    told = state.without(request) if stateless else request
    told = custom_tools.wrapped(told) if custom else told
    losses = Losses(request.unmodelled)
    written = UPSTREAM_DIALECTS[upstream].write_request(told, losses)
    if profile is not None:
        written = quirks.apply(written, profile, upstream, model, losses)
    return Crossing(client, upstream, request, _encode(written), losses.paths, custom)


def read(body: bytes, client: Api, model: str) -> Request:
    """What `body` asks, and of which `model`. Raises `InvalidRequest` for a body that is not of the API."""
    request = CLIENT_DIALECTS[client].read_request(_object(body))
    return msgspec.structs.replace(request, model=model)


def _object(body: bytes) -> dict[str, Any]:
    try:
        return _decode(body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise InvalidRequest(f"The request body is not a JSON object: {error}.") from None
