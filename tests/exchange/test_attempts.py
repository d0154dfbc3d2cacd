"""A request with several attempts: what Envoy is told, what each target is sent, whose answer comes back."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from extproc.config.retry import RetryPolicy
from extproc.exchange.outcome import Ending
from extproc.exchange.ports import Ports
from extproc.exchange.rules import Rules
from extproc.routing.models import Target
from extproc.testing import answers
from extproc.testing.builders import a_provider, a_snapshot
from extproc.testing.fake_answers import Provided
from extproc.testing.fake_attempts import Attempted, attempt
from extproc.testing.fake_envoy import Answered, FakeEnvoy

POLICY = RetryPolicy(("anthropic/claude", "groq/llama", "openai/gpt-4o-mini"))
OPENAI = a_provider("openai/gpt-4o", default=True, retry_policy=POLICY)
CLAUDE = a_provider("anthropic/claude", retry_policy=RetryPolicy(("groq/llama", "openai/gpt-4o")))
BEDROCK = a_provider("amazon_bedrock/nova", retry_policy=RetryPolicy(("anthropic/claude", "groq/llama")))
PLAIN_CLAUDE = a_provider("anthropic/claude")
MINI = a_provider("openai/gpt-4o-mini")
GROQ = a_provider("groq/*")
CHAT, MESSAGES, RESPONSES = "/v1/chat/completions", "/v1/messages", "/v1/responses"
WORDS = {"messages": [{"role": "user", "content": "hi"}], "max_tokens": 9}
JSON = {"content-type": "application/json"}


@pytest.fixture
def envoy() -> FakeEnvoy:
    ports = Ports(address="/run/extproc-0.sock")
    return FakeEnvoy(Rules.of(a_snapshot(OPENAI, CLAUDE, BEDROCK, MINI, GROQ), ports))


def whole(answer: answers.Answer, **headers: str) -> Provided:
    told = dict(answer.headers) | {"content-length": str(len(answer.body))} | headers
    return Provided(answer.status, told, (answer.body,))


def failure(status: int = 503, **headers: str) -> Provided:
    return whole(answers.error(status, {"error": {"message": "down"}}), **headers)


CHAT_ANSWER, CLAUDES = whole(answers.openai_chat("Hello")), whole(answers.anthropic_message("Bonjour"))


def ask(
    envoy: FakeEnvoy,
    *provided: Provided | None,
    path: str = CHAT,
    body: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
    model: str = "openai/gpt-4o",
) -> Attempted:
    written = json.dumps({"model": model, **(WORDS if body is None else body)}).encode()
    return asyncio.run(attempt(envoy, path, written, provided, headers))


def told(attempted: Attempted, number: int = 1) -> Mapping[str, Any]:
    return attempted.forwarded(number).metadata


def body_of(attempted: Attempted, number: int) -> Any:
    return json.loads(attempted.forwarded(number).body)


def endings(envoy: FakeEnvoy) -> Sequence[Ending]:
    return [outcome.ending for outcome in envoy.outcomes]


# What Envoy is told


def test_the_request_takes_the_route_of_its_policy_and_brings_its_targets(envoy: FakeEnvoy) -> None:
    """One attempt a target and no more; the header that chooses one cluster is not there."""
    sent = ask(envoy, CHAT_ANSWER).forwarded(1)

    assert POLICY.id.encode() == sent.headers["x-plano-int-retry"]
    assert b"3" == sent.headers["x-envoy-max-retries"]
    assert "x-plano-int-cluster" not in sent.headers
    assert (
        "openai_api.openai.com_443.first",
        "anthropic_api.anthropic.com_443.twin",
        "groq_api.groq.com_443.twin",
        "openai_api.openai.com_443.twin",
    ) == sent.clusters
    assert sent.rerouted


def test_the_targets_are_told_by_name_for_headers_and_logs(envoy: FakeEnvoy) -> None:
    """As if none but the last one had answered: what answered is put in by Envoy."""
    metadata = told(ask(envoy, CHAT_ANSWER))

    names = ["openai/gpt-4o", "anthropic/claude", "groq/llama", "openai/gpt-4o-mini"]
    assert names == metadata["names"]
    assert ["gpt-4o", "claude", "llama", "gpt-4o-mini"] == metadata["models"]
    assert ["openai/gpt-4o", "anthropic/claude", "groq/*", "openai/gpt-4o-mini"] == metadata["providers"]
    assert [names[0], f"{names[0]} unanswered, {names[1]}"] == metadata["trails"][:2]
    assert POLICY.id == metadata["retry_policy"]


def test_the_exchange_is_over_when_the_first_target_speaks_the_clients_api(envoy: FakeEnvoy) -> None:
    ask(envoy, CHAT_ANSWER)

    assert ["request_headers", "request_body", "response_headers"] == envoy.messages
    assert [Ending.ROUTED] == endings(envoy)


def test_a_model_without_second_target_goes_the_short_way(envoy: FakeEnvoy) -> None:
    sent = ask(envoy, model="openai/gpt-4o-mini").forwarded(1)

    assert (b"openai_api.openai.com_443", ()) == (sent.headers["x-plano-int-cluster"], sent.clusters)
    assert {"x-plano-int-retry", "x-envoy-max-retries"}.isdisjoint(sent.headers)
    assert {"listener", "operation", "provider", "model"} == set(sent.metadata)


def test_a_policy_with_limits_holds_for_a_single_target_too() -> None:
    provider = a_provider("openai/gpt-4o", retry_policy=RetryPolicy(per_try_timeout_s=1))
    sent = ask(FakeEnvoy(Rules.of(a_snapshot(provider)))).forwarded(1)

    assert (("openai_api.openai.com_443.first",), b"0") == (
        sent.clusters,
        sent.headers["x-envoy-max-retries"],
    )


# What each target is sent


def test_a_further_target_is_sent_its_own_model_and_path(envoy: FakeEnvoy) -> None:
    """By a provider with the client's API; not a byte else is changed."""
    body = b'{ "unknown": 1e3, "model":"openai/gpt-4o" }'
    attempted = asyncio.run(attempt(envoy, f"{CHAT}?trace=1", body, [None, None, CHAT_ANSWER]))

    third = attempted.forwarded(3)
    assert b'{ "unknown": 1e3, "model":"llama" }' == third.body
    assert b"/openai/v1/chat/completions?trace=1" == third.headers[":path"]
    assert b"%d" % len(third.body) == third.headers["content-length"]


def test_a_target_with_another_api_is_sent_a_translation(envoy: FakeEnvoy) -> None:
    attempted = ask(envoy, None, CLAUDES)

    second = attempted.forwarded(2)
    assert {
        "model": "claude",
        "max_tokens": 9,
        "messages": [{"role": "user", "content": "hi"}],
    } == json.loads(second.body)
    assert (b"/v1/messages", b"identity") == (second.headers[":path"], second.headers["accept-encoding"])
    assert b"%d" % len(second.body) == second.headers["content-length"]


def test_after_one_translation_the_next_target_gets_what_the_client_said(envoy: FakeEnvoy) -> None:
    """`logit_bias` does not cross to Anthropic's API; it comes to those who understand it."""
    said = {**WORDS, "logit_bias": {"1": 2}}
    attempted = ask(envoy, None, CHAT_ANSWER, model="anthropic/claude", body=said)

    assert "logit_bias" not in body_of(attempted, 1)
    assert {"model": "llama", **said} == body_of(attempted, 2)
    assert "logit_bias" == told(attempted, 1)["lost_fields"]
    assert told(attempted, 2)["lost_fields"] is None


def test_two_translations_begin_at_what_the_client_said(envoy: FakeEnvoy) -> None:
    """Not at what the first one has left of it."""
    said = {**WORDS, "metadata": {"user_id": "u-1"}, "top_k": 7}
    attempted = ask(envoy, None, CLAUDES, path=MESSAGES, model="amazon_bedrock/nova", body=said)

    assert {"model": "claude", **said} == body_of(attempted, 2)


def test_what_the_client_said_is_kept_no_longer_than_its_exchange(envoy: FakeEnvoy) -> None:
    ask(envoy, None, CHAT_ANSWER, model="anthropic/claude")
    ask(envoy, None, None, model="anthropic/claude")

    assert 0 == len(envoy.rules.ports.originals)


def test_the_attempts_of_an_exchange_find_its_worker(envoy: FakeEnvoy) -> None:
    """Only where something is kept there."""
    assert "/run/extproc-0.sock" == told(ask(envoy, None, CHAT_ANSWER, model="anthropic/claude"))["worker"]
    assert "worker" not in told(ask(envoy, CHAT_ANSWER))


def test_where_nothing_is_kept_the_first_translation_is_translated(envoy: FakeEnvoy) -> None:
    """Another worker has the exchange: less is left, but it is answered in the client's API."""
    envoy.rules.ports.originals.get = lambda _key: None  # type: ignore[method-assign]  # another worker's
    attempted = ask(envoy, None, CHAT_ANSWER, model="anthropic/claude", path=RESPONSES, body={"input": "hi"})

    assert [{"role": "user", "content": "hi"}] == body_of(attempted, 2)["messages"]
    assert attempted.delivered is not None
    assert "response" == json.loads(attempted.delivered.body)["object"]


def test_headers_of_the_clients_api_come_to_those_who_speak_it(envoy: FakeEnvoy) -> None:
    """Whatever the attempts between have removed."""
    headers = {"anthropic-beta": "b-1", "anthropic-version": "2023-06-01", "x-own": "1"}
    attempted = ask(
        envoy, None, None, path=MESSAGES, model="amazon_bedrock/nova", headers=headers, body=WORDS
    )
    own = {"anthropic-beta", "anthropic-version"}

    assert [set(), own, set()] == [
        own & set(attempted.forwarded(1).headers),
        own & set(attempted.forwarded(2).headers),
        own & set(ask(envoy, None, None, None, path=MESSAGES, headers=headers).forwarded(3).headers),
    ]
    assert b"b-1" == attempted.forwarded(2).headers["anthropic-beta"]
    assert b"1" == attempted.forwarded(2).headers["x-own"]


def test_a_multipart_body_names_the_next_model() -> None:
    """Its content type says how to find it."""
    first = a_provider("openai/whisper-1", retry_policy=RetryPolicy(("groq/whisper-large",)))
    envoy = FakeEnvoy(Rules.of(a_snapshot(first, GROQ)))
    part = b'--x\r\ncontent-disposition: form-data; name="model"\r\n\r\n%s\r\n--x--\r\n'
    headers = {"content-type": "multipart/form-data; boundary=x"}

    attempted = asyncio.run(
        attempt(envoy, "/v1/audio/transcriptions", part % b"whisper-1", [None, None], headers)
    )

    assert part % b"whisper-large" == attempted.forwarded(2).body


def test_who_cannot_serve_the_operation_is_left_out() -> None:
    """Embeddings cannot be translated; a model that was not asked for would give others."""
    policy = RetryPolicy(("anthropic/claude", "groq/e"))
    envoy = FakeEnvoy(Rules.of(a_snapshot(a_provider("openai/e", retry_policy=policy), PLAIN_CLAUDE, GROQ)))

    sent = ask(envoy, path="/v1/embeddings", model="openai/e", body={"input": "hi"}).forwarded(1)

    assert ("openai_api.openai.com_443.first", "groq_api.groq.com_443.twin") == sent.clusters


# Whose answer comes back


@pytest.mark.parametrize("path", [CHAT, MESSAGES, RESPONSES])
@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("model", ["openai/gpt-4o", "anthropic/claude", "amazon_bedrock/nova"])
def test_the_second_targets_answer_comes_in_the_clients_api(
    envoy: FakeEnvoy, path: str, model: str, stream: bool
) -> None:
    """Whatever API the first one has, and the second."""
    said = {"input": "hi"} if path == RESPONSES else WORDS
    second = {"openai/gpt-4o": "anthropic", "anthropic/claude": "groq"}.get(model, "anthropic")
    if stream:
        make = answers.anthropic_stream if second == "anthropic" else answers.openai_chat_stream
        scripted = make(["Bon", "jour"])
        pieces = tuple(step for step in scripted.steps if isinstance(step, bytes))
        provided = Provided(200, dict(scripted.headers), (*pieces, b""))
    else:
        one = answers.anthropic_message if second == "anthropic" else answers.openai_chat
        provided = whole(one("Bonjour"))

    attempted = ask(envoy, None, provided, path=path, model=model, body={**said, "stream": stream})

    assert attempted.delivered is not None
    text = attempted.delivered.body.decode()
    marks = {
        CHAT: '"object":"chat.completion',
        MESSAGES: '"type":"message',
        RESPONSES: '"type":"response.' if stream else '"object":"response"',
    }
    assert marks[path].replace(" ", "") in text.replace(" ", "")
    assert "jour" in text
    assert Ending.RETRIED in endings(envoy)


def test_an_answer_in_the_clients_api_passes_untouched(envoy: FakeEnvoy) -> None:
    attempted = ask(envoy, None, CHAT_ANSWER, model="anthropic/claude")

    assert attempted.delivered is not None
    assert CHAT_ANSWER.pieces == attempted.delivered.pieces


def test_the_first_targets_answer_is_still_translated(envoy: FakeEnvoy) -> None:
    """In the exchange's own stream."""
    attempted = ask(envoy, CLAUDES, model="anthropic/claude")

    assert attempted.delivered is not None
    assert "chat.completion" == json.loads(attempted.delivered.body)["object"]
    assert [Ending.ROUTED] == endings(envoy)


def test_when_all_fail_the_last_error_comes_in_the_clients_api(envoy: FakeEnvoy) -> None:
    last = whole(
        answers.error(429, {"type": "error", "error": {"type": "rate_limit_error", "message": "slow"}}),
        **{"retry-after": "7"},
    )
    attempted = ask(envoy, None, failure(), None, failure(500))

    assert attempted.delivered is not None
    assert 500 == attempted.delivered.status
    one = a_provider("openai/gpt-4o", retry_policy=RetryPolicy(("anthropic/claude",)))
    attempted = ask(FakeEnvoy(Rules.of(a_snapshot(one, PLAIN_CLAUDE))), failure(), last)
    assert attempted.delivered is not None
    assert (429, b"7") == (attempted.delivered.status, attempted.delivered.headers["retry-after"])
    assert "slow" == json.loads(attempted.delivered.body)["error"]["message"]
    assert "type" not in json.loads(attempted.delivered.body)


def test_an_error_that_is_no_failure_of_the_target_is_told(envoy: FakeEnvoy) -> None:
    """400: another target would say the same."""
    bad = answers.error(400, {"type": "error", "error": {"type": "invalid_request_error", "message": "no"}})
    attempted = ask(envoy, failure(), whole(bad))

    assert 2 == len(attempted.sent)
    assert attempted.delivered is not None
    assert (400, "no") == (
        attempted.delivered.status,
        json.loads(attempted.delivered.body)["error"]["message"],
    )


def test_a_failure_that_is_tried_again_is_not_translated(envoy: FakeEnvoy) -> None:
    """Envoy has it at once, and goes on."""
    attempted = ask(envoy, failure(), failure(), CHAT_ANSWER)

    assert attempted.delivered is not None
    assert 200 == attempted.delivered.status
    body_phases = [phase for phase in envoy.messages if phase == "response_body"]
    assert [] == body_phases


def test_each_attempt_says_who_it_is_for(envoy: FakeEnvoy) -> None:
    """In place of what was said of the one before."""
    attempted = ask(envoy, None, None, CHAT_ANSWER)

    assert [("anthropic/claude", "claude", "anthropic_messages"), ("groq/*", "llama", None)] == [
        (told(attempted, n)["provider"], told(attempted, n)["model"], told(attempted, n)["upstream_api"])
        for n in (2, 3)
    ]


def test_each_attempt_tells_what_those_before_it_answered(envoy: FakeEnvoy) -> None:
    """For the header of its answer."""
    attempted = ask(envoy, failure(429), None, CHAT_ANSWER)

    assert [
        "openai/gpt-4o",
        "openai/gpt-4o 429, anthropic/claude",
        "openai/gpt-4o 429, anthropic/claude unanswered, groq/llama",
    ] == [told(attempted, number)["tried"] for number in (1, 2, 3)]


def test_a_request_that_a_target_cannot_be_told_ends_there(envoy: FakeEnvoy) -> None:
    """In the client's API, with the reason: Envoy tries no other after an answer of ours."""
    attempted = ask(envoy, None, body={"messages": "no list"})

    assert attempted.delivered is None
    attempted = ask(envoy, None, None, body={"messages": "no list"})
    answered = attempted.sent[1]
    assert isinstance(answered, Answered)
    assert (503, "fallback_unfit") == (answered.status, json.loads(answered.body)["error"]["code"])
    assert "anthropic/claude" in json.loads(answered.body)["error"]["message"]


def test_a_target_that_a_newer_config_does_not_have_is_refused(envoy: FakeEnvoy) -> None:
    """The attempt has the rules of its own beginning."""
    envoy.rules.fallback.provider = lambda _name: None  # type: ignore[method-assign]  # as after a reload
    answered = ask(envoy, None, None).sent[1]

    assert isinstance(answered, Answered)
    assert 503 == answered.status


# Cooling down


def test_a_target_that_asked_for_a_pause_is_left_for_later(envoy: FakeEnvoy) -> None:
    """Its worker learns of it with the next attempt."""
    ask(envoy, failure(429, **{"retry-after": "60"}), failure(503), CHAT_ANSWER)

    sent = ask(envoy, CHAT_ANSWER).forwarded(1)
    assert ["anthropic/claude", "groq/llama", "openai/gpt-4o-mini", "openai/gpt-4o"] == sent.metadata["names"]
    assert sent.clusters[0].endswith(".first")
    assert sent.clusters[3].endswith(".twin")


def test_the_pause_of_the_last_target_is_learnt_too(envoy: FakeEnvoy) -> None:
    ask(envoy, None, None, None, failure(429, **{"retry-after": "60"}))

    names = ask(envoy, CHAT_ANSWER).forwarded(1).metadata["names"]
    assert ["openai/gpt-4o", "anthropic/claude", "groq/llama", "openai/gpt-4o-mini"] == names
    mini = Target(MINI, "gpt-4o-mini")
    assert envoy.rules.ports.cooling.order((mini,)).wait_s > 59


@pytest.mark.parametrize(
    ("policy", "answer"),
    [
        (replace(POLICY, respect_retry_after=False), failure(429, **{"retry-after": "60"})),
        (POLICY, failure(429)),
    ],
    ids=["not respected", "not asked for"],
)
def test_a_pause_that_does_not_count_changes_nothing(policy: RetryPolicy, answer: Provided) -> None:
    first = replace(OPENAI, retry_policy=policy)
    envoy = FakeEnvoy(Rules.of(a_snapshot(first, CLAUDE, MINI, GROQ)))
    ask(envoy, answer, CLAUDES)

    assert "openai/gpt-4o" == ask(envoy, CHAT_ANSWER).forwarded(1).metadata["names"][0]


def test_where_all_are_cooling_down_the_first_to_be_ready_is_waited_for(envoy: FakeEnvoy) -> None:
    """If that is soon."""
    cooling = envoy.rules.ports.cooling
    for provider, model, seconds in (
        (OPENAI, "gpt-4o", 60),
        (CLAUDE, "claude", 0.05),
        (GROQ, "llama", 60),
        (MINI, "gpt-4o-mini", 30),
    ):
        cooling.cool(Target(provider, model), seconds)

    names = ask(envoy, CLAUDES).forwarded(1).metadata["names"]

    assert ["anthropic/claude", "openai/gpt-4o-mini", "openai/gpt-4o", "groq/llama"] == names
    assert 0.0 == cooling.order((Target(CLAUDE, "claude"),)).wait_s
