"""``retry_policy`` and ``overrides.fallback``: what they come to, and what is wrong with them."""

import pytest

from extproc.config.load import ConfigError
from extproc.config.retry import STATUS_CODES, RetryPolicy
from extproc.limits import ATTEMPTS_MAX
from tests.config.reading import load, plus, with_providers

SECOND = "- {model: anthropic/claude, access_key: k}"


def beside_a_second(entry: str, more: str = "") -> str:
    return with_providers("\n".join((entry, SECOND))) + more


def policy(text: str, more: str = "") -> RetryPolicy | None:
    entry = f"- {{model: openai/gpt-4o, access_key: k, retry_policy: {{{text}}}}}"
    return load(beside_a_second(entry, more)).snapshot.providers[0].retry_policy


def test_without_a_policy_there_is_none() -> None:
    assert load(plus("")).snapshot.providers[0].retry_policy is None
    assert load(plus("")).snapshot.fallback is None


def test_an_empty_policy_has_the_defaults() -> None:
    """No timeout of an attempt: it would cut, and pay twice, a long answer."""
    assert RetryPolicy(status_codes=STATUS_CODES) == policy("")


def test_every_key_is_taken_over() -> None:
    found = policy(
        "fallback_models: [anthropic/claude], on_status_codes: [503, 429], per_try_timeout: 30s,"
        " per_try_idle_timeout: 500ms, default_max_attempts: 3, default_strategy: different_provider,"
        " backoff: {base_ms: 200, max_ms: 1000}, respect_retry_after: false"
    )

    assert found == RetryPolicy(
        fallback_models=("anthropic/claude",),
        strategy="different_provider",
        max_attempts=3,
        status_codes=(429, 503),
        per_try_timeout_s=30.0,
        per_try_idle_timeout_s=0.5,
        backoff_base_s=0.2,
        backoff_max_s=1.0,
        respect_retry_after=False,
    )


def test_planos_form_of_the_status_codes_counts() -> None:
    """Its strategies do not, and are named in warnings."""
    found = policy("on_status_codes: [{codes: [429, 503], strategy: same_model}, 500, 503]")

    assert found is not None
    assert (429, 500, 503) == found.status_codes


@pytest.mark.parametrize(
    ("text", "more", "strategy"),
    [
        ("default_max_attempts: 3", "", "same_model"),
        ("default_max_attempts: 1", "", None),
        ("default_max_attempts: 3, fallback_models: [anthropic/claude]", "", None),
        ("default_max_attempts: 3", "overrides: {fallback: auto}", None),
        ("per_try_timeout: 1s", "", None),
    ],
)
def test_a_number_of_attempts_alone_is_at_the_same_model(text: str, more: str, strategy: str | None) -> None:
    found = policy(text, more)

    assert found is not None
    assert strategy == found.strategy


def test_no_wait_is_shorter_than_envoys_shortest() -> None:
    found = policy("backoff: {base_ms: 0, max_ms: 0}")

    assert found is not None
    assert (0.001, 0.001) == (found.backoff_base_s, found.backoff_max_s)


def test_a_fallback_model_must_be_there() -> None:
    with pytest.raises(ConfigError) as error:
        policy("fallback_models: [anthropic/claud]")

    (problem,) = error.value.problems
    assert "model_providers[0].retry_policy.fallback_models[0]" == problem.path
    assert ("no provider offers anthropic/claud", "did you mean anthropic/claude?") == (
        problem.message,
        problem.hint,
    )


def test_a_fallback_model_may_be_an_alias() -> None:
    assert policy("fallback_models: [clever]", "model_aliases: {clever: {target: anthropic/claude}}")


def test_more_models_than_can_be_tried_are_warned_of() -> None:
    names = ", ".join(["anthropic/claude"] * ATTEMPTS_MAX)
    entry = f"- {{model: openai/x, access_key: k, retry_policy: {{fallback_models: [{names}]}}}}"

    (warning,) = [each for each in load(beside_a_second(entry)).warnings if "retry" in each.path]
    assert "8 attempts is the most" in warning.message


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ("", False),
        ("overrides: {fallback: auto}", True),
        ("overrides: {fallback: off}", False),
        ("routing_preferences: [{name: a, description: b, models: [gpt-4o]}]", False),
        ("routing_preferences: [{name: a, description: b, models: [gpt-4o, claude]}]", True),
    ],
)
def test_whether_any_request_may_have_a_second_target(more: str, expected: bool) -> None:
    """Then, and only then, Envoy gets what that needs."""
    entry = "- {model: openai/gpt-4o, access_key: k}"

    assert expected == load(beside_a_second(entry, more)).snapshot.retries_elsewhere


def test_policies_are_told_apart_once() -> None:
    """The default one is always there: lists may come without a policy."""
    entries = """
    - {model: openai/a, access_key: k, retry_policy: {per_try_timeout: 1s}}
    - {model: openai/b, access_key: k, retry_policy: {per_try_timeout: 1s, default_max_attempts: 1}}
    - {model: openai/c, access_key: k, retry_policy: {}}
    """
    policies = load(with_providers(entries)).snapshot.retry_policies

    assert [None, 1.0] == [each.per_try_timeout_s for each in policies]
