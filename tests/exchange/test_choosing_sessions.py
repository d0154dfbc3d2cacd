"""Conversations and the models they stay at."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from extproc.config.snapshot import PromptCaching, RoutingBudget, SessionSettings
from extproc.exchange.following import Following, learn
from extproc.exchange.preferences import full_name
from extproc.exchange.rules import Routers
from extproc.llm.response import Usage
from extproc.prices.book import Rates
from extproc.routers.candidate import Candidates, Choice, Conversation
from extproc.sessions.binding import SessionBinding, decode, encode
from extproc.testing.fake_envoy import FakeEnvoy
from tests.agents.cast import ScriptedRouter
from tests.exchange.routed import (
    CHATTER,
    CLAUDE,
    CODE,
    GPT,
    MINI,
    Routed,
    asking,
    chosen,
    model_of,
    routed,
)

PRICES = {CLAUDE: Rates(3.0, 15.0, 0.3), GPT: Rates(2.5, 10.0, 1.25), MINI: Rates(0.15, 0.6, 0.075)}
BUDGET = SessionSettings(budget=RoutingBudget(10.0))
CACHING = PromptCaching(inject_cache_control=False)


def turn(*texts: str, model: str = GPT, **more: object) -> dict[str, object]:
    """A conversation in which the user has said `texts`, and was answered each time."""
    messages: list[dict[str, object]] = []
    for text in texts:
        messages += [{"role": "user", "content": text}, {"role": "assistant", "content": "Well."}]
    return {"model": model, "messages": messages[:-1], **more}


def at_work(gateway: Routed, *texts: str, **headers: str) -> list[str]:
    """Where each turn of one conversation goes."""
    said: list[str] = []
    models = []
    for text in texts:
        said.append(text)
        models.append(model_of(gateway.sent(turn(*said), **headers)))
    return models


def test_without_a_session_each_prompt_is_chosen_for() -> None:
    gateway = routed(chosen("code"), chosen("chatter"))

    assert [CLAUDE, MINI] == at_work(gateway, "fix it", "thanks")


def test_a_conversation_that_its_client_names_stays_at_its_model() -> None:
    """Plano says so and does not do it; nobody is asked again."""
    gateway = routed(chosen("code"), chosen("chatter"))

    assert [CLAUDE] * 3 == at_work(gateway, "fix it", "thanks", "bye", x_model_affinity="s-1")
    assert 1 == len(gateway.router.asked)
    assert [MINI] == at_work(gateway, "hello", x_model_affinity="s-2")


def test_a_pinned_turn_says_so_in_the_log() -> None:
    gateway = routed(chosen("code"), chosen("chatter"))
    at_work(gateway, "fix it", x_model_affinity="s-1")

    told = gateway.sent(turn("fix it", "thanks"), x_model_affinity="s-1").metadata

    assert ("code", "conversation", "pinned") == (told["route"], told["routed_by"], told["session_reason"])


def test_a_pin_ends_with_its_lifetime() -> None:
    """``routing.session_ttl_seconds``, counted from the last request."""
    gateway = routed(chosen("code"), chosen("chatter"), sessions=SessionSettings(ttl_s=600))

    first = at_work(gateway, "fix it", x_model_affinity="s")
    gateway.clock.now += 599
    second = at_work(gateway, "fix it", x_model_affinity="s")
    gateway.clock.now += 599
    third = at_work(gateway, "fix it", x_model_affinity="s")
    gateway.clock.now += 601
    fourth = at_work(gateway, "fix it", x_model_affinity="s")

    assert [CLAUDE, CLAUDE, CLAUDE, MINI] == first + second + third + fourth


def test_a_request_for_another_model_is_another_conversation() -> None:
    """A coding tool has its titles written by a small model, under the same id."""
    gateway = routed(chosen("code"), chosen(), chosen("chatter"))
    at_work(gateway, "fix it", x_model_affinity="s")

    side = gateway.sent(asking("a title, please", model=MINI), x_model_affinity="s")
    main = gateway.sent(turn("fix it", "go on"), x_model_affinity="s")

    assert [MINI, CLAUDE] == [model_of(side), model_of(main)]


def test_tenants_share_no_conversation() -> None:
    gateway = routed(chosen("code"), chosen("chatter"), tenant_header="x-tenant")

    first = at_work(gateway, "fix it", x_model_affinity="s", x_tenant="acme")
    second = at_work(gateway, "fix it", x_model_affinity="s", x_tenant="globex")

    assert [CLAUDE, MINI] == first + second


def test_prompt_caching_keeps_a_conversation_at_the_model_that_has_it_cached() -> None:
    """It is known by what it begins with; ``x-plano-cache: off`` leaves it out of that."""
    gateway = routed(chosen("code"), chosen("chatter"), prompt_caching=CACHING)

    assert [CLAUDE, CLAUDE] == at_work(gateway, "fix it", "thanks")
    assert MINI == model_of(gateway.sent(turn("fix it", "thanks"), x_plano_cache="off"))


def test_a_cache_that_has_gone_cold_keeps_nobody() -> None:
    """Five minutes after the last request, unless the config says otherwise."""
    gateway = routed(chosen("code"), chosen("chatter"), prompt_caching=CACHING)
    at_work(gateway, "fix it")
    gateway.clock.now += 301

    assert MINI == model_of(gateway.sent(turn("fix it", "thanks")))


def test_while_tools_work_nobody_is_asked() -> None:
    """``route_on_user_only``: the model that called the tool gets its result."""
    call = {"id": "c", "type": "function", "function": {"name": "ls", "arguments": "{}"}}
    gateway = routed(chosen("code"), chosen("chatter"), sessions=SessionSettings(route_on_user_only=True))
    said: list[dict[str, Any]] = [{"role": "user", "content": "fix it"}]

    models = [model_of(gateway.sent({"model": GPT, "messages": said}))]
    said += [
        {"role": "assistant", "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c", "content": "main.rs"},
    ]
    models.append(model_of(gateway.sent({"model": GPT, "messages": said})))
    said += [{"role": "assistant", "content": "Done."}, {"role": "user", "content": "thanks"}]
    models.append(model_of(gateway.sent({"model": GPT, "messages": said})))

    assert ([CLAUDE, CLAUDE, MINI], 2) == (models, len(gateway.router.asked))


def warm(gateway: Routed, tokens: int, **more: Any) -> None:
    """The conversation of `turn` with id ``s``, warm at Claude's with a prompt of `tokens`."""
    binding = SessionBinding(CLAUDE, GPT, int(gateway.clock.now), CLAUDE, "code", None, tokens, **more)
    asyncio.run(gateway.rules.ports.sessions.put("model::openai/gpt-4o:s", encode(binding), 600))


@pytest.mark.parametrize(
    ("preference", "baseline", "expected", "reason"),
    [
        # The move to gpt-4o costs 100k x 2.50 - 100k x 0.30 = 0.22 USD, 10 % of the baseline are less.
        (replace(CHATTER, models=(GPT,)), 0.0, CLAUDE, "over_cap"),
        (replace(CHATTER, models=(GPT,)), 2.18, GPT, "within_cap"),
        # gpt-4o-mini reads the prompt anew for 0.015 USD, half of what Claude's cache takes.
        (CHATTER, 0.0, MINI, "free"),
    ],
    ids=["too dear", "within the budget", "cheaper at once"],
)
def test_a_budget_says_whether_a_warm_conversation_may_move(
    preference: Any, baseline: float, expected: str, reason: str
) -> None:
    """With prices of the book and the percentage of the config."""
    gateway = routed(chosen("chatter"), preferences=[CODE, preference], prices=PRICES, sessions=BUDGET)
    warm(gateway, 100_000, baseline_usd=baseline)

    sent = gateway.sent(turn("fix it", "thanks"), x_model_affinity="s")

    assert (expected, reason) == (model_of(sent), sent.metadata["session_reason"])


def test_a_client_may_have_its_own_budget() -> None:
    """``x-plano-max-switch-spend-pct``; it counts for this request."""
    gateway = routed(
        chosen("chatter"),
        preferences=[CODE, replace(CHATTER, models=(GPT,))],
        prices=PRICES,
        sessions=BUDGET,
    )
    warm(gateway, 100_000, baseline_usd=0.3)

    sent = gateway.sent(turn("fix it", "thanks"), x_model_affinity="s", x_plano_max_switch_spend_pct="80")

    assert GPT == model_of(sent)


def test_what_would_have_been_chosen_can_be_told() -> None:
    budget = replace(BUDGET, budget=RoutingBudget(0.0, record_counterfactual=True))
    gateway = routed(
        chosen("chatter"), preferences=[CODE, replace(CHATTER, models=(GPT,))], prices=PRICES, sessions=budget
    )
    warm(gateway, 100_000)

    sent = gateway.sent(turn("fix it", "thanks"), x_model_affinity="s")

    assert (CLAUDE, "openai/gpt-4o (chatter)") == (model_of(sent), sent.metadata["counterfactual"])


def test_a_pinned_conversation_keeps_its_routes_fallback() -> None:
    gateway = routed(chosen("code"), chosen("chatter"))
    at_work(gateway, "fix it", x_model_affinity="s")

    again = gateway.targets(turn("fix it", "go on"), x_model_affinity="s")

    assert [CLAUDE, GPT] == [full_name(target) for target in again]


@pytest.mark.parametrize("anchor", ["openai/gone", "best", "none", ""])
def test_a_conversation_at_a_model_that_is_there_no_more_is_chosen_for_anew(anchor: str) -> None:
    """The config has changed; an alias of that name, or a default, is not what it was at."""
    gateway = routed(chosen("chatter"))
    binding = SessionBinding(anchor, GPT, int(gateway.clock.now))
    asyncio.run(gateway.rules.ports.sessions.put("model::openai/gpt-4o:s", encode(binding), 600))

    assert MINI == model_of(gateway.sent(turn("fix it"), x_model_affinity="s"))


def test_a_conversation_may_be_at_a_model_that_this_request_does_not_name() -> None:
    """A wildcard's, by preferences that an earlier request brought along."""
    gateway = routed(chosen("x"), chosen("code"))
    own = [{"name": "x", "description": "x", "models": ["groq/llama-3.3-70b"]}]

    first = gateway.sent(turn("fix it", routing_preferences=own), x_model_affinity="s")
    second = gateway.sent(turn("fix it", "go on"), x_model_affinity="s")

    assert ["llama-3.3-70b"] * 2 == [sent.metadata["model"] for sent in (first, second)]


def test_the_store_is_asked_only_where_there_is_a_conversation() -> None:
    """Nothing is kept of requests that ask for no affinity."""
    gateway = routed(chosen("code"))

    gateway.sent(turn("fix it"))

    assert not gateway.rules.ports.sessions._entries  # type: ignore[attr-defined]


def binding_of(gateway: Routed, entry: str = "model::openai/gpt-4o:s") -> SessionBinding:
    binding = decode(asyncio.run(gateway.rules.ports.sessions.get(entry)))
    assert binding
    return binding


def test_a_model_that_answers_for_want_of_a_preference_is_the_anchor() -> None:
    """By its own name: Plano keeps the word "none"."""
    gateway = routed(chosen())

    gateway.sent(turn("fix it"), x_model_affinity="s")

    assert GPT == binding_of(gateway).anchor_model


def test_a_conversation_that_was_bound_while_the_router_thought_stays_there() -> None:
    """Two requests at once: the choice of the slower one does not undo that of the other."""
    gateway = routed(chosen("chatter"))

    class Slow(ScriptedRouter):
        async def choose(self, conversation: Conversation, candidates: Candidates) -> Choice:
            meanwhile = SessionBinding(CLAUDE, GPT, int(gateway.clock.now), CLAUDE, "code")
            await gateway.rules.ports.sessions.put("model::openai/gpt-4o:s", encode(meanwhile), 600)
            return await super().choose(conversation, candidates)

    rules = replace(gateway.rules, routers=Routers(preferences=Slow([chosen("chatter")])))
    gateway = replace(gateway, envoy=FakeEnvoy(rules), rules=rules)

    sent = gateway.sent(turn("fix it"), x_model_affinity="s")

    assert (CLAUDE, "pinned") == (model_of(sent), sent.metadata["session_reason"])
    assert CLAUDE == binding_of(gateway).anchor_model


def test_a_late_answer_leaves_the_conversation_where_it_has_moved() -> None:
    gateway = routed(chosen("code"), prices=PRICES, sessions=BUDGET)
    sessions, entry = gateway.rules.ports.sessions, "model::openai/gpt-4o:s"
    now = int(gateway.clock.now)
    decided = SessionBinding(CLAUDE, GPT, now, CLAUDE, "code")
    moved = SessionBinding(MINI, GPT, now, CLAUDE, "chatter", switches=1)

    async def late() -> None:
        await sessions.put(entry, encode(moved), 600)
        await learn(Following(entry, decided, CLAUDE, 0.1), Usage(1_000_000, 0), gateway.rules)

    asyncio.run(late())

    known = binding_of(gateway)
    assert (MINI, "chatter", 1, 3.0) == (
        known.anchor_model,
        known.route_name,
        known.switches,
        known.session_cost_usd,
    )
    assert [CLAUDE] == [visit.model for visit in known.history]
