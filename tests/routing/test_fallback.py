"""Which targets come after the first one, and how often each is tried."""

from dataclasses import replace
from typing import Any

import pytest

from extproc.config.retry import RetryPolicy
from extproc.config.snapshot import Preference, Provider, RouterModels, Snapshot
from extproc.limits import ATTEMPTS_MAX
from extproc.routing.fallback import FallbackTable, Ranking
from extproc.routing.models import ModelTable, Target
from extproc.testing.builders import a_listener, a_provider, a_snapshot

CLAUDE = a_provider("anthropic/claude-sonnet-4-5")
MINI = a_provider("openai/gpt-4o-mini")
ELSEWHERE = a_provider("azure_openai/gpt-4o")
ROUTER = a_provider("mistral/gpt-4o")
EVERY_GROQ = a_provider("groq/*")


def first(policy: RetryPolicy | None = None, model: str = "openai/gpt-4o") -> Provider:
    return a_provider(model, default=True, retry_policy=policy)


def table(snapshot: Snapshot) -> FallbackTable:
    return FallbackTable(snapshot, ModelTable(snapshot))


def after(
    provider: Provider, *, auto: bool = False, named: bool = True, model: str | None = None
) -> list[str]:
    others = (CLAUDE, MINI, ELSEWHERE, ROUTER, EVERY_GROQ)
    snapshot = replace(
        a_snapshot(provider, *others),
        fallback="auto" if auto else None,
        router_models=RouterModels(preferences=ROUTER.name),
    )
    found = table(snapshot).after(Target(provider, model or provider.model), named=named)
    return [f"{target.provider.prefix}/{target.model}" for target in found]


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        (RetryPolicy(), []),
        (RetryPolicy(("claude-sonnet-4-5", "groq/x")), ["anthropic/claude-sonnet-4-5", "groq/x"]),
        (RetryPolicy(("openai/gpt-4o", "openai/gpt-4o-mini")), ["openai/gpt-4o-mini"]),
        (RetryPolicy(strategy="same_model"), []),
        (RetryPolicy(strategy="same_provider"), ["openai/gpt-4o-mini"]),
        (RetryPolicy(strategy="different_provider"), ["azure_openai/gpt-4o", "anthropic/claude-sonnet-4-5"]),
        (RetryPolicy(("gpt-4o-mini",), "different_provider"), ["openai/gpt-4o-mini"]),
    ],
    ids=lambda value: f"{value.fallback_models}-{value.strategy}" if isinstance(value, RetryPolicy) else "",
)
def test_a_policy_names_the_next_targets(policy: RetryPolicy, expected: list[str]) -> None:
    """By name, or by where to look; never the first one, nor the router model."""
    assert expected == after(first(policy))


def test_without_policy_and_auto_there_is_no_next_target() -> None:
    assert [] == after(first())


def test_auto_goes_to_the_same_model_and_no_other_where_it_was_named() -> None:
    assert ["azure_openai/gpt-4o"] == after(first(), auto=True)


def test_auto_goes_to_the_others_too_where_no_model_was_named() -> None:
    """The same model first, the rest in the config's order; a wildcard is no model."""
    expected = ["azure_openai/gpt-4o", "anthropic/claude-sonnet-4-5", "openai/gpt-4o-mini"]

    assert expected == after(first(), auto=True, named=False)


def test_a_policy_stands_before_auto() -> None:
    assert ["openai/gpt-4o-mini"] == after(first(RetryPolicy(("gpt-4o-mini",))), auto=True, named=False)
    assert ["azure_openai/gpt-4o"] == after(first(RetryPolicy(per_try_timeout_s=1)), auto=True)


def test_a_wildcards_model_is_looked_for_by_its_name() -> None:
    """Configured elsewhere, or known of another wildcard."""
    everything = first(model="openai/*")

    assert ["azure_openai/gpt-4o"] == after(everything, auto=True, model="gpt-4o")
    assert ["groq/whisper-large-v3"] == after(everything, auto=True, model="whisper-large-v3")
    assert [] == after(everything, auto=True, model="nobody-knows-it")


def test_a_model_at_the_same_place_is_no_second_target() -> None:
    """Two names of one thing fail together."""
    twice = replace(first(), name="again", default=False)
    snapshot = replace(a_snapshot(first(), twice), fallback="auto")

    assert () == table(snapshot).after(Target(snapshot.providers[0], "gpt-4o"), named=False)


@pytest.mark.parametrize(
    ("policy", "others", "retries", "expected", "firsts"),
    [
        (RetryPolicy(("claude-sonnet-4-5",)), (CLAUDE,), 0, "ac", 1),
        (RetryPolicy(("claude-sonnet-4-5",)), (CLAUDE,), 1, "aacc", 2),
        (RetryPolicy(("claude-sonnet-4-5",), max_attempts=3), (CLAUDE,), 1, "aac", 2),
        (RetryPolicy(("claude-sonnet-4-5",), max_attempts=1), (CLAUDE,), 0, "a", 1),
        (RetryPolicy(("claude-sonnet-4-5",)), (CLAUDE,), 99, "aaaaaaaa", ATTEMPTS_MAX),
        (RetryPolicy(strategy="same_model"), (), 0, "aa", 2),
        (RetryPolicy(strategy="same_model", max_attempts=4), (), 0, "aaaa", 4),
        (RetryPolicy(strategy="same_model"), (), 4, "aaaaa", 5),
        (RetryPolicy(per_try_timeout_s=1), (), 0, "a", 1),
    ],
)
def test_each_target_is_tried_as_often_as_listener_and_policy_say(
    policy: RetryPolicy, others: tuple[Provider, ...], retries: int, expected: str, firsts: int
) -> None:
    """A listener's `max_retries` are at the same target; a policy's attempts are all that there are."""
    snapshot = replace(
        a_snapshot(first(policy), CLAUDE), listeners=(replace(a_listener("m"), max_retries=retries),)
    )
    targets = tuple(Target(each, each.model) for each in (snapshot.providers[0], *others))
    letters = dict(zip(("a", "c"), targets, strict=False))

    found = table(snapshot).ranking(targets, policy, "m")

    attempts = tuple(letters[letter] for letter in expected)
    assert Ranking(attempts, firsts) == found


@pytest.mark.parametrize(
    ("policy", "several", "auto", "expected"),
    [
        (None, False, False, None),
        (None, True, False, RetryPolicy()),
        (None, False, True, RetryPolicy()),
        (RetryPolicy(status_codes=(500,)), False, False, RetryPolicy(status_codes=(500,))),
    ],
)
def test_the_policy_is_the_first_targets_or_the_default_one(
    policy: RetryPolicy | None, several: bool, auto: bool, expected: RetryPolicy | None
) -> None:
    snapshot = replace(a_snapshot(first(policy)), fallback="auto" if auto else None)
    target = Target(snapshot.providers[0], "gpt-4o")

    assert expected == table(snapshot).policy(target, several=several)


def test_policies_that_envoy_need_not_tell_apart_have_one_id() -> None:
    """The list is the request's own; what Envoy does with it is the policy's."""
    assert RetryPolicy().id == RetryPolicy(("a", "b"), max_attempts=2).id
    others = [
        RetryPolicy(status_codes=(429,)),
        RetryPolicy(per_try_timeout_s=1),
        RetryPolicy(per_try_idle_timeout_s=1),
        RetryPolicy(strategy="same_model"),
        RetryPolicy(respect_retry_after=False),
        RetryPolicy(backoff_base_s=1),
    ]

    assert len(others) == len({policy.id for policy in others} - {RetryPolicy().id})


ARCH = a_provider("arch/router", interface="openai")
MODELS = RouterModels(agents="router", preferences="chooser")
CHOOSER = a_provider("openai/chooser")


def others_of(**settings: Any) -> list[str]:
    """What comes after gpt-4o for a request that names no model."""
    chosen = {"fallback": "auto", "router_models": MODELS, **settings}
    snapshot = replace(a_snapshot(first(), ARCH, CHOOSER, CLAUDE), **chosen)
    found = table(snapshot).after(Target(snapshot.providers[0], "gpt-4o"), named=False)
    return [target.provider.name for target in found]


def test_models_that_only_choose_are_no_second_choice() -> None:
    """Nor is one whose alias only the overrides use."""
    assert ["anthropic/claude-sonnet-4-5"] == others_of()
    assert ["anthropic/claude-sonnet-4-5"] == others_of(aliases={"router": "arch/router"})


@pytest.mark.parametrize(
    "settings",
    [
        {"preferences": (Preference("code", "code", ("arch/router", "chooser")),)},
        {"aliases": {"small": "router", "smaller": "openai/chooser"}},
        {"router_models": RouterModels()},
        {"router_models": RouterModels(agents="gone", preferences="gpt-4o")},
    ],
    ids=["a preference", "aliases", "they do not choose", "others choose"],
)
def test_what_else_names_a_router_model_makes_it_one_to_answer(settings: dict[str, Any]) -> None:
    expected = ["arch/router", "openai/chooser", "anthropic/claude-sonnet-4-5"]

    assert expected == others_of(**settings)


def test_a_policy_may_name_a_router_model() -> None:
    provider = first(RetryPolicy(("chooser",)))
    snapshot = replace(a_snapshot(provider, ARCH, CHOOSER), fallback="auto", router_models=MODELS)

    assert ["openai/chooser"] == [
        target.provider.name for target in table(snapshot).after(Target(provider, "gpt-4o"), named=True)
    ]


def test_a_router_model_that_is_the_default_answers() -> None:
    default = a_provider("openai/chooser", default=True)
    snapshot = replace(
        a_snapshot(CLAUDE, default), fallback="auto", router_models=RouterModels(preferences="chooser")
    )

    found = table(snapshot).after(Target(CLAUDE, CLAUDE.model), named=False)

    assert ["openai/chooser"] == [target.provider.name for target in found]
