"""A gateway that chooses by preferences, with a router, prices and a clock that do what a test says."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from extproc.config.snapshot import Preference, Provider, Snapshot
from extproc.dialects import operations
from extproc.exchange.choosing import Chosen, choose
from extproc.exchange.messages import Headers
from extproc.exchange.phases import Phase
from extproc.exchange.ports import Ports
from extproc.exchange.request import Request
from extproc.exchange.rules import Routers, Rules
from extproc.exchange.stream import Stream
from extproc.prices.book import PriceList, Rates
from extproc.rewrite.json_body import model_of as located_of
from extproc.routers.candidate import Choice, Stage
from extproc.routing.models import Target
from extproc.sessions.store import MemoryStore
from extproc.testing.builders import a_provider, a_snapshot
from extproc.testing.fake_envoy import Answered, Ended, FakeEnvoy, Forwarded
from tests.agents.cast import ScriptedRouter

PATHS = {"chat": "/v1/chat/completions", "messages": "/v1/messages", "responses": "/v1/responses"}
CHAT = PATHS["chat"]

GPT, MINI, CLAUDE = "openai/gpt-4o", "openai/gpt-4o-mini", "anthropic/claude-sonnet-4-5"
CODE = Preference("code", "writing and fixing code", (CLAUDE, GPT))
CHATTER = Preference("chatter", "small talk", (MINI,))
PROVIDERS = (a_provider(GPT, default=True), a_provider(MINI), a_provider(CLAUDE), a_provider("groq/*"))


@dataclass
class Clock:
    """Time that passes when a test says so."""

    now: float = 1_754_000_000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Routed:
    """A gateway, and what is beside it."""

    envoy: FakeEnvoy
    router: ScriptedRouter
    rules: Rules
    clock: Clock

    def post(self, body: Mapping[str, object] | str, path: str = CHAT, **headers: str) -> Ended:
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        data = (body if isinstance(body, str) else json.dumps(body)).encode()
        return asyncio.run(self.envoy.request("POST", path, names, data))

    def sent(self, body: Mapping[str, object] | str, path: str = CHAT, **headers: str) -> Forwarded:
        ended = self.post(body, path, **headers)
        assert isinstance(ended, Forwarded), ended
        return ended

    def targets(self, body: Mapping[str, object], **headers: str) -> tuple[Target, ...]:
        """All that a Chat request may go to, in order."""
        data = json.dumps(body).encode()
        told = {name.replace("_", "-"): value.encode() for name, value in headers.items()}
        request = Request.of(Headers(Phase.REQUEST_HEADERS, told, end_of_stream=False))
        operation = operations.match("POST", CHAT)

        async def ask() -> Chosen:
            never = asyncio.Event()
            stream = Stream(never.wait, never.wait)
            try:
                return await choose(stream, operation, request, data, located_of(data), self.rules)
            finally:
                stream.close()

        return asyncio.run(ask()).targets

    def answered(self, body: Mapping[str, object] | str, path: str, **headers: str) -> Answered:
        ended = self.post(body, path, **headers)
        assert isinstance(ended, Answered), ended
        return ended


def chosen(*names: str, sure: bool = True) -> Choice:
    return Choice(names, Stage.EMBEDDED, sure=sure, reason="", ms=1.5)


def routed(
    *choices: Choice | Exception,
    preferences: Sequence[Preference] = (CODE, CHATTER),
    providers: Sequence[Provider] = PROVIDERS,
    prices: Mapping[str, Rates] | None = None,
    **settings: Any,
) -> Routed:
    """`choices`: what the router says in turn; none: there is no router. `settings`: of the snapshot."""
    snapshot: Snapshot = replace(
        a_snapshot(*providers, aliases={"best": CLAUDE}), preferences=tuple(preferences), **settings
    )
    router, clock = ScriptedRouter(list(choices)), Clock()
    ports = Ports(sessions=MemoryStore(100, clock), clock=clock)
    rules = Rules.of(snapshot, ports, Routers(preferences=router if choices else None))
    if prices is not None:
        rules.prices.put_prices(0, PriceList(prices))
    return Routed(FakeEnvoy(rules), router, rules, clock)


def asking(text: str = "fix this bug", model: str = GPT, **more: object) -> dict[str, object]:
    """A Chat request."""
    return {"model": model, "messages": [{"role": "user", "content": text}], **more}


def model_of(sent: Forwarded) -> str:
    """``provider/model`` of the target."""
    return f"{str(sent.metadata['provider']).partition('/')[0]}/{sent.metadata['model']}"
