"""Which rules hold for a request's conversation."""

from collections.abc import Mapping
from typing import Any

import pytest

from extproc.config.snapshot import PromptCaching, RoutingBudget, SessionSettings, Snapshot
from extproc.sessions.keys import Keys
from extproc.sessions.policy import Policy, Wishes
from extproc.sessions.session import NO_SESSION, Session, session_of
from tests.sessions.asking import assistant, budget, chat, system, user

CODING = chat(system("You are a coding agent."), user("Fix the bug in main.rs"))
OWN = "implicit:5a7d7357e976d47b"
PREFIX = "5364dda745adbf65"


def known(policy: Policy, wishes: Wishes | None = None, *, routed: bool = True) -> Session:
    return session_of(CODING, "gpt-4o", wishes or Wishes(), policy, routed=routed)


def wishes_of(headers: Mapping[str, str], tenant_header: str | None = None) -> Wishes:
    return Wishes.of(lambda name: headers.get(name, ""), tenant_header)


def policy_of(**others: Any) -> Policy:
    return Policy.of(Snapshot(1, (), (), {}, **others))


@pytest.mark.parametrize(
    ("policy", "wishes", "routed", "expected"),
    [
        # What makes a conversation known without its client's help.
        (Policy(), Wishes(), True, None),
        (Policy(pins_implicitly=True), Wishes(), False, OWN),
        (Policy(budget=budget()), Wishes(), False, OWN),
        (Policy(), Wishes(switch_spend_pct=5.0), False, OWN),
        (Policy(user_only=True), Wishes(), True, OWN),
        (Policy(user_only=True), Wishes(), False, None),
        (Policy(prefixes=True), Wishes(), True, None),
        # Its own id always counts, and goes first.
        (Policy(), Wishes(affinity="mine"), False, "mine"),
        (Policy(budget=budget()), Wishes(affinity="mine"), False, "mine"),
        (Policy(pins_implicitly=True), Wishes(affinity="mine", cached=False), False, "mine"),
        # Switched off by the client.
        (Policy(pins_implicitly=True, budget=budget()), Wishes(cached=False), True, None),
    ],
)
def test_a_conversation_is_known_where_something_follows_from_it(
    policy: Policy, wishes: Wishes, routed: bool, expected: str | None
) -> None:
    own = known(policy, wishes, routed=routed)

    assert expected == own.id
    assert (expected is None) == (own.entry is None)


def test_a_request_that_no_rule_concerns_is_not_looked_at() -> None:
    assert NO_SESSION == known(Policy())
    assert not Policy().concerns(Wishes(), routed=True)


def test_a_prefix_is_there_for_replicas_without_a_session() -> None:
    assert Keys(None, PREFIX) == known(Policy(prefixes=True)).keys


def test_the_cache_switched_off_leaves_no_prefix_either() -> None:
    assert known(Policy(prefixes=True), Wishes(cached=False)).keys.prefix is None


@pytest.mark.parametrize(
    ("policy", "wishes", "expected"),
    [
        (Policy(), Wishes(affinity="mine"), 600.0),
        (Policy(ttl_s=60), Wishes(affinity="mine"), 60),
        (Policy(pins_implicitly=True), Wishes(), 300.0),
        (Policy(pins_implicitly=True, warm_s=900), Wishes(), 900),
        (Policy(user_only=True), Wishes(), None),
        # A budget decides instead.
        (Policy(budget=budget(), pins_implicitly=True), Wishes(), None),
        (Policy(budget=budget()), Wishes(affinity="mine"), None),
        (Policy(), Wishes(affinity="mine", switch_spend_pct=5.0), None),
    ],
)
def test_a_conversation_is_pinned_for_as_long_as_its_rule_says(
    policy: Policy, wishes: Wishes, expected: float | None
) -> None:
    assert expected == known(policy, wishes).pinned_s


def test_a_clients_percentage_goes_before_the_configured_one() -> None:
    own = known(Policy(budget=budget(10)), Wishes(switch_spend_pct=5.0))

    assert RoutingBudget(5.0) == own.budget


def test_what_settling_needs_of_the_request_is_read_from_it() -> None:
    request = chat(system("x" * 400), user("y" * 40), assistant("z" * 40))
    own = session_of(request, "gpt-4o", Wishes(), Policy(user_only=True), routed=True)

    assert ("gpt-4o", 120, False, True) == (own.requested, own.tokens, own.user_turn, own.user_only)


def test_tenants_share_nothing() -> None:
    policy = Policy(pins_implicitly=True)
    one, other = (known(policy, Wishes(tenant=tenant)) for tenant in ("acme", "globex"))

    assert one.id != other.id
    assert one.keys.prefix != other.keys.prefix
    named = [known(policy, Wishes(tenant=tenant, affinity="mine")).entry for tenant in ("acme", "globex", "")]
    assert 3 == len(set(named))


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, Wishes()),
        ({"x-model-affinity": " run-7 "}, Wishes(affinity="run-7")),
        ({"x-plano-cache": "off"}, Wishes(cached=False)),
        ({"x-plano-cache": " OFF"}, Wishes(cached=False)),
        ({"x-plano-cache": "on"}, Wishes()),
        ({"x-plano-max-switch-spend-pct": "20"}, Wishes(switch_spend_pct=20.0)),
        ({"x-plano-max-switch-spend-pct": "200"}, Wishes()),
        ({"x-tenant": "acme"}, Wishes(tenant="acme")),
    ],
)
def test_a_clients_wishes_are_read_from_its_headers(headers: Mapping[str, str], expected: Wishes) -> None:
    assert expected == wishes_of(headers, "x-tenant")


def test_no_header_names_a_tenant_unless_one_is_configured() -> None:
    assert Wishes() == wishes_of({"": "acme", "x-tenant": "acme"})


@pytest.mark.parametrize(
    ("settings", "expected", "keep_s"),
    [
        ({}, Policy(), 600.0),
        ({"sessions": SessionSettings(ttl_s=60)}, Policy(ttl_s=60), 300.0),
        ({"prompt_caching": PromptCaching()}, Policy(pins_implicitly=True), 600.0),
        ({"prompt_caching": PromptCaching(session_affinity=False)}, Policy(), 600.0),
        (
            {"prompt_caching": PromptCaching(session_ttl_s=3600.0)},
            Policy(pins_implicitly=True, warm_s=3600.0),
            3600.0,
        ),
        (
            {"sessions": SessionSettings(route_on_user_only=True, budget=RoutingBudget(5))},
            Policy(user_only=True, budget=RoutingBudget(5)),
            600.0,
        ),
    ],
)
def test_the_configuration_sets_the_rules(
    settings: Mapping[str, Any], expected: Policy, keep_s: float
) -> None:
    policy = policy_of(**settings)

    assert expected == policy
    assert keep_s == policy.keep_s
