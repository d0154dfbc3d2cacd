"""Which routers a config gets."""

import asyncio
import json
from dataclasses import replace

import pytest

from extproc.config.snapshot import Listener, ListenerAgent, Preference, RouterKind, RouterModels, Snapshot
from extproc.routers.build import BuiltRouters, build, candidates_of, embeddable
from extproc.routers.candidate import Candidate, Choice, Router, Stage, Turn
from extproc.routers.nobody import Nobody
from extproc.routing.models import ModelTable
from extproc.testing.builders import a_listener, a_provider, a_snapshot
from tests.routers.doubles import ScriptedOutbound, ScriptedRouter, said

ASKED = (Turn("user", "Will it rain?"),)
AGENTS = (ListenerAgent("weather", "Forecasts", examples=("rain?",)), ListenerAgent("flights", "Flights"))
UNSURE = Choice(("flights",), Stage.EMBEDDED, sure=False, reason="Close.")
SURE = Choice(("flights",), Stage.EMBEDDED, sure=True, reason="Clear.")
ROUTER_MODEL = "openai/gpt-4o-mini"
OTHER_MODEL = "openai/gpt-4o"
NO_MODELS = RouterModels()


def an_agent_listener(router: RouterKind = "cascade", agents: tuple[ListenerAgent, ...] = AGENTS) -> Listener:
    return replace(a_listener("travel"), kind="agent", router=router, agents=agents)


def with_listener(listener: Listener, router_models: RouterModels = NO_MODELS, **more: object) -> Snapshot:
    snapshot = a_snapshot(a_provider(ROUTER_MODEL), a_provider(OTHER_MODEL))
    return replace(snapshot, listeners=(listener,), router_models=router_models, **more)


def built(snapshot: Snapshot, embedded: Router, outbound: ScriptedOutbound | None = None) -> BuiltRouters:
    outbound = outbound or ScriptedOutbound(said('{"route": ["weather"]}'))
    return build(snapshot, ModelTable(snapshot), outbound, embedded)


def stage_of(router: Router) -> Stage:
    return asyncio.run(router.choose(ASKED, candidates_of(an_agent_listener()))).stage


@pytest.mark.parametrize(
    ("kind", "model", "guess", "stage"),
    [
        ("embedded", ROUTER_MODEL, UNSURE, Stage.EMBEDDED),
        ("model", ROUTER_MODEL, SURE, Stage.MODEL),
        ("model", None, UNSURE, Stage.EMBEDDED),
        ("cascade", ROUTER_MODEL, SURE, Stage.EMBEDDED),
        ("cascade", ROUTER_MODEL, UNSURE, Stage.MODEL),
        ("cascade", None, UNSURE, Stage.EMBEDDED),
        ("cascade", "openai/not-there", UNSURE, Stage.EMBEDDED),
    ],
)
def test_who_decides_for_a_listener(kind: RouterKind, model: str | None, guess: Choice, stage: Stage) -> None:
    snapshot = with_listener(an_agent_listener(kind), RouterModels(agents=model))

    assert stage == stage_of(built(snapshot, ScriptedRouter(guess)).agents["travel"])


def test_without_the_embedded_router_a_cascade_is_the_model_alone() -> None:
    snapshot = with_listener(an_agent_listener(), RouterModels(agents=ROUTER_MODEL))

    assert Stage.MODEL == stage_of(built(snapshot, Nobody("Not installed.")).agents["travel"])


def test_with_neither_the_reason_says_what_is_missing() -> None:
    router = built(with_listener(an_agent_listener()), Nobody("Not installed.")).agents["travel"]

    choice = asyncio.run(router.choose(ASKED, candidates_of(an_agent_listener())))

    assert Choice((), Stage.DEFAULT, sure=False, reason="Not installed.") == choice


def test_the_model_for_preferences_has_no_say_among_agents() -> None:
    """In Plano it has."""
    snapshot = with_listener(an_agent_listener(), RouterModels(agents=ROUTER_MODEL, preferences=OTHER_MODEL))
    outbound = ScriptedOutbound(said('{"route": ["weather"]}'))
    routers = built(snapshot, ScriptedRouter(UNSURE), outbound)

    for router in (routers.agents["travel"], routers.preferences):
        stage_of(router)

    assert ["gpt-4o-mini", "gpt-4o"] == [json.loads(call[3])["model"] for call in outbound.calls]


def test_preferences_can_be_chosen_where_a_config_has_none() -> None:
    """A request may bring its own."""
    assert Stage.EMBEDDED == stage_of(built(a_snapshot(), ScriptedRouter(SURE)).preferences)


def test_the_model_is_told_the_configs_limits() -> None:
    asked = RouterModels(agents=ROUTER_MODEL, context_tokens=600, timeout_s=1.5)
    outbound = ScriptedOutbound(said("{}"))
    snapshot = with_listener(an_agent_listener("model"), asked)

    router = built(snapshot, ScriptedRouter(SURE), outbound).agents["travel"]
    asyncio.run(router.choose((Turn("user", "x" * 10_000),), candidates_of(an_agent_listener())))

    ((*_, body, deadline_s),) = outbound.calls
    assert 1.5 == deadline_s
    assert len(body) < 5000


def test_a_listener_with_one_agent_has_no_router() -> None:
    snapshot = with_listener(an_agent_listener(agents=AGENTS[:1]))

    assert {} == built(snapshot, ScriptedRouter(SURE)).agents


CANDIDATES = (Candidate("weather", "Forecasts", ("rain?",)), Candidate("flights", "Flights"))
PREFERENCES = (Preference("code", "Writes code", ("gpt-4o",)),)


@pytest.mark.parametrize(
    ("snapshot", "expected"),
    [
        (a_snapshot(), []),
        (with_listener(an_agent_listener()), [CANDIDATES]),
        (with_listener(an_agent_listener("embedded")), [CANDIDATES]),
        (with_listener(an_agent_listener("model")), [CANDIDATES]),
        (with_listener(an_agent_listener("model"), RouterModels(agents=ROUTER_MODEL)), []),
        (with_listener(an_agent_listener(agents=AGENTS[:1])), []),
        (with_listener(a_listener(), preferences=PREFERENCES), [(Candidate("code", "Writes code"),)]),
    ],
    ids=["no choice", "cascade", "embedded", "no model", "model", "one agent", "preferences"],
)
def test_what_the_embedded_router_will_be_asked_about(snapshot: Snapshot, expected: list[object]) -> None:
    assert expected == list(embeddable(snapshot))
