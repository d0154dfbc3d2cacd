"""A listener with agents, a router and a way out that do what a test says."""

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from extproc.config.snapshot import Agent, AgentUpstream, Listener, ListenerAgent, Snapshot
from extproc.exchange.ports import Ports
from extproc.exchange.rules import Routers, Rules
from extproc.outbound.port import Answered, OutboundError
from extproc.routers.candidate import Candidates, Choice, Conversation, Stage
from extproc.testing.answers import Answer
from extproc.testing.builders import a_listener, a_snapshot

LISTENER = "travel"
WEATHER, FLIGHTS, HOTELS = "weather_agent", "flight_agent", "hotel_agent"


def an_agent(name: str, base_path: str = "") -> Agent:
    upstream = AgentUpstream(f"agent_{name}", (("127.0.0.1", 10510),), False, "127.0.0.1:10510")
    return Agent(name, f"http://127.0.0.1:10510{base_path}", upstream, base_path)


def a_listener_of(*names: str, default: str | None = None, **more: object) -> Listener:
    agents = tuple(ListenerAgent(name, f"All about {name}.", name == default) for name in names)
    return replace(a_listener(LISTENER), kind="agent", agents=agents, **more)


def a_snapshot_of(*names: str, base_path: str = "", **more: object) -> Snapshot:
    listener = a_listener_of(*names, **more)
    return replace(
        a_snapshot(),
        listeners=(listener,),
        agents=tuple(an_agent(name, base_path) for name in names),
    )


def sure(*names: str) -> Choice:
    return Choice(names, Stage.EMBEDDED, sure=True, reason="")


def unsure(*names: str) -> Choice:
    return Choice(names, Stage.EMBEDDED, sure=False, reason="")


@dataclass
class ScriptedRouter:
    """Says `choices` in turn, and then the last one again; an exception is raised."""

    choices: list[Choice | Exception]
    asked: list[tuple[Conversation, Candidates]] = field(default_factory=list)

    async def choose(self, conversation: Conversation, candidates: Candidates) -> Choice:
        self.asked.append((conversation, candidates))
        choice = self.choices.pop(0) if len(self.choices) > 1 else self.choices[0]
        if isinstance(choice, Exception):
            raise choice
        return choice


@dataclass(frozen=True)
class Post:
    """A call by the way out."""

    cluster: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    deadline_s: float

    def said(self) -> list[dict[str, object]]:
        return json.loads(self.body)["messages"]


Reply = Answered | OutboundError


def answered(answer: Answer) -> Answered:
    """A scripted answer, as the way out gives it."""
    return Answered(answer.status, dict(answer.headers), answer.body)


@dataclass
class ScriptedOutbound:
    """Answers by cluster; a cluster that is not in `replies` never answers."""

    replies: Mapping[str, Reply] = field(default_factory=dict)
    posts: list[Post] = field(default_factory=list)
    called: asyncio.Event = field(default_factory=asyncio.Event)
    cancelled: asyncio.Event = field(default_factory=asyncio.Event)

    async def post(
        self, cluster: str, path: str, headers: Mapping[str, str], body: bytes, deadline_s: float
    ) -> Answered:
        self.posts.append(Post(cluster, path, headers, body, deadline_s))
        self.called.set()
        if (reply := self.replies.get(cluster)) is None:
            try:
                await asyncio.Event().wait()
            finally:
                self.cancelled.set()
        if isinstance(reply, OutboundError):
            raise reply
        assert reply is not None
        return reply


def outbound(**replies: Answer | OutboundError) -> ScriptedOutbound:
    """By agent."""
    return ScriptedOutbound(
        {
            f"agent_{name}": reply if isinstance(reply, OutboundError) else answered(reply)
            for name, reply in replies.items()
        }
    )


def rules(
    snapshot: Snapshot,
    choices: Sequence[Choice | Exception] = (),
    way_out: ScriptedOutbound | None = None,
    adjust: Callable[[Snapshot], Snapshot] = lambda snapshot: snapshot,
) -> tuple[Rules, ScriptedRouter]:
    """The rules, and the router that chooses by them."""
    router = ScriptedRouter(list(choices))
    routers = Routers({LISTENER: router} if choices else {})
    return Rules.of(adjust(snapshot), Ports(outbound=way_out or ScriptedOutbound()), routers), router
