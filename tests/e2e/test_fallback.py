"""What moves a request on to its next target, what does not, and what the client is told."""

import json
import time
from concurrent.futures import ThreadPoolExecutor

import anthropic
import httpx
import openai
import pytest

from extproc.dialects.api import Api
from extproc.testing.answers import Answer, Cut, Framing, Gate, error, json_answer
from extproc.testing.said import Said, answer
from extproc.testing.sigv4 import verified
from tests.e2e.falling_back import AWS, CLIENT_KEY, ENVIRON, PATHS, falling_back, first, leaks, second

CHAT, MESSAGES, RESPONSES, CONVERSE = Api.CHAT, Api.MESSAGES, Api.RESPONSES, Api.CONVERSE
TO_CLAUDE = first(CHAT, MESSAGES)
HELLO = Said("Hello")


@pytest.fixture(scope="module")
def running():
    with falling_back() as lab:
        yield lab


@pytest.fixture
def lab(running):
    for provider in running.providers:
        provider.forget()
    yield running
    for provider in running.providers:
        provider.check()


def claude(lab, *, stream=False, said=HELLO):
    """What the second target, which speaks Anthropic's API, will say."""
    lab.seconds[MESSAGES].script(answer(MESSAGES, said, stream=stream))


def text(response):
    return response.json()["choices"][0]["message"]["content"]


def logged(lab, response):
    """The line of the access log about a request that got an error of ours."""
    wanted = response.headers["x-request-id"]
    path = lab.gateway.directory / "access.log"
    lines = []
    lab.gateway.until(
        lambda: bool(lines.extend(line for line in read(path) if line["request_id"] == wanted) or lines),
        "the request is in the access log",
    )
    return lines[0]


def read(path):
    whole = path.read_text()
    return map(json.loads, whole[: whole.rfind("\n") + 1].splitlines())


# What moves a request on


@pytest.mark.parametrize("model", ["refused/m", "nameless/m", "no_tls/m"])
@pytest.mark.parametrize("client", [CHAT, MESSAGES])
def test_no_connection_moves_on_at_once(lab, model, client):
    """Refused, a name without address, TLS that fails; for a translated request, too."""
    claude(lab)

    response = lab.ask(model, client)

    assert (response.status_code, response.headers["x-plano-attempts"]) == (
        200,
        f"{model} unanswered, {second(MESSAGES)} 200",
    )
    assert lab.seconds[MESSAGES].only().json()["model"] == "claude-house-1"


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504, 529])
def test_a_status_of_the_list_moves_on(lab, status):
    """These are the default ones."""
    lab.firsts[CHAT].script(error(status, {"error": {"message": "no"}}))
    claude(lab)

    response = lab.ask(TO_CLAUDE)

    assert (response.status_code, text(response)) == (200, "Hello")
    expected = f"{TO_CLAUDE} {status}, {second(MESSAGES)} 200"
    assert response.headers["x-plano-attempts"] == expected


def test_a_limit_of_an_envoy_in_front_of_the_provider_moves_on(lab):
    """Its header would keep ours from trying again."""
    lab.firsts[CHAT].script(error(429, {"error": {"message": "no"}}, ("x-envoy-ratelimited", "true")))
    claude(lab)

    assert lab.ask(TO_CLAUDE).status_code == 200


@pytest.mark.parametrize("cut", Cut)
def test_a_connection_that_breaks_before_the_answer_moves_on(lab, cut):
    lab.firsts[CHAT].script(Answer(before=(cut,)))
    claude(lab)

    assert text(lab.ask(TO_CLAUDE)) == "Hello"


@pytest.mark.parametrize(("model", "client"), [("slow/m", CHAT), ("silent/m", CHAT), ("slow_claude/m", CHAT)])
def test_silence_moves_on_when_the_policy_says_how_long_it_may_last(lab, model, client):
    """And the first target's request is given up."""
    gate = Gate()
    one = lab.firsts[MESSAGES if model == "slow_claude/m" else CHAT]
    one.script(Answer(before=(gate,)))

    began = time.monotonic()
    response = lab.ask(model, client)
    took = time.monotonic() - began

    assert response.status_code == 200
    assert 0.3 <= took < 2
    assert one.only().ended.wait(10)
    gate.open()


def test_an_answer_that_has_begun_is_not_cut_by_the_limit_of_an_attempt(lab):
    """It is a limit to the headers: a long answer is neither cut nor paid twice."""
    gate = Gate()
    told = answer(CHAT, HELLO, stream=True).gated(gate)
    lab.firsts[CHAT].script(told)

    with lab.http.stream(
        "POST",
        f"{lab.gateway.base_url}{PATHS[CHAT]}",
        json={"model": "slow/m", "stream": True, "messages": [{"role": "user", "content": "hi"}]},
    ) as response:
        pieces = response.iter_raw()
        begun = next(pieces)
        with pytest.raises(TimeoutError):
            lab.seconds[MESSAGES].wait_for(1, 0.5)
        gate.open()
        whole = begun + b"".join(pieces)

    assert whole == told.body


def test_a_chain_is_gone_through_to_its_end(lab):
    """Refused, unknown, overloaded: the fifth answers."""
    lab.firsts[CHAT].script(error(503, {"error": {"message": "down"}}))
    lab.seconds[MESSAGES].script(error(529, {"type": "error", "error": {"type": "overloaded_error"}}))

    response = lab.ask("chain/m")

    assert response.headers["x-plano-attempts"] == (
        "chain/m 503, refused/m unanswered, nameless/m unanswered, second_messages/claude-house-1 529,"
        " second_chat/chatty-1 200"
    )
    assert (response.headers["x-plano-provider"], response.headers["x-plano-model"]) == (
        second(CHAT),
        "chatty-1",
    )


# What does not


@pytest.mark.parametrize("status", [400, 401, 403, 404, 422])
def test_the_clients_own_mistakes_are_told_at_once(lab, status):
    lab.firsts[CHAT].script(error(status, {"error": {"message": "yours"}}))

    response = lab.ask(TO_CLAUDE)

    assert (response.status_code, response.json()) == (status, {"error": {"message": "yours"}})
    assert response.headers["x-plano-attempts"] == f"{TO_CLAUDE} {status}"
    assert lab.seconds[MESSAGES].requests == []


def test_only_the_statuses_of_the_policy_count(lab):
    lab.firsts[CHAT].script(error(503, {"error": {"message": "down"}}), error(418, {}))

    assert lab.ask("picky/m").status_code == 503
    assert lab.ask("picky/m").status_code == 200


def test_a_cap_on_attempts_holds(lab):
    lab.firsts[CHAT].script(error(503, {"error": {"message": "down"}}))

    assert lab.ask("capped/m").status_code == 503
    assert lab.seconds[MESSAGES].requests == []


@pytest.mark.parametrize("one", [CHAT, MESSAGES])
def test_nothing_is_tried_again_once_a_byte_has_gone_to_the_client(lab, one):
    """The stream breaks off as it would without a second target."""
    gate, told = Gate(), answer(one, HELLO, stream=True)
    steps = (*told.steps[:2], gate, Cut.RESET)
    lab.firsts[one].script(Answer(told.status, told.headers, steps, told.framing))
    body = {"model": first(one, CHAT), "stream": True, "messages": [{"role": "user", "content": "hi"}]}

    with lab.http.stream("POST", f"{lab.gateway.base_url}{PATHS[CHAT]}", json=body) as response:
        pieces = response.iter_raw()
        assert b"data: " in next(pieces)
        gate.open()
        with pytest.raises(httpx.RemoteProtocolError):
            list(pieces)

    lab.firsts[one].only()
    assert lab.seconds[CHAT].requests == []


def test_a_whole_answer_that_breaks_off_while_it_is_held_is_tried_again(lab):
    """None of it has gone to the client: it waits for a translation."""
    told = json_answer({"type": "message"})
    lab.seconds[MESSAGES].script(Answer(200, told.headers, (b"{", Cut.RESET), Framing.CHUNKED))
    lab.firsts[CHAT].script(error(503, {"error": {"message": "down"}}))

    response = lab.ask("chain/m")

    assert response.status_code == 200
    assert response.headers["x-plano-provider"] == second(CHAT)


# When all fail

ERRORS = {CHAT: openai.RateLimitError, RESPONSES: openai.RateLimitError, MESSAGES: anthropic.RateLimitError}


@pytest.mark.parametrize("client", ERRORS)
@pytest.mark.parametrize("stream", [False, True])
def test_the_last_error_comes_in_the_clients_api(lab, client, stream):
    """With its `retry-after`; the SDK knows what it is."""
    down = {"error": {"message": "down", "type": "server_error"}}
    slow = {"type": "error", "error": {"type": "rate_limit_error", "message": "slow down"}}
    lab.firsts[CHAT].script(error(503, down))
    lab.seconds[MESSAGES].script(error(429, slow, ("retry-after", "0.01")))
    speaker = lab.speakers[client]

    with pytest.raises(ERRORS[client]) as raised:
        speaker.ask(TO_CLAUDE, speaker.question("?"), stream=stream)

    response = raised.value.response
    assert "slow down" in response.text
    assert response.headers["retry-after"] == "0.01"
    assert response.headers["x-plano-attempts"] == f"{TO_CLAUDE} 503, {second(MESSAGES)} 429"
    assert response.headers["x-plano-provider"] == second(MESSAGES)
    assert "x-plano-reply" not in response.headers


@pytest.mark.parametrize("client", [CHAT, MESSAGES])
def test_when_nobody_answers_that_is_told_in_the_clients_api(lab, client):
    lab.firsts[CHAT].script(error(503, {"error": {"message": "down"}}))

    response = lab.ask("lost/m", client)

    trail = "lost/m 503, refused/m unanswered, nameless/m"
    assert (response.status_code, response.headers["x-plano-reply"]) == (503, "provider_unreachable")
    assert response.headers["x-plano-attempts"] == f"{trail} unanswered"
    assert response.headers["x-plano-provider"] == "nameless/m"
    message = (
        f"The last provider that was tried ({trail}) cannot be reached: no connection to it could be made."
    )
    assert response.json()["error"]["message"] == message
    assert ("type" in response.json()) is (client is MESSAGES)


def test_a_second_answer_that_is_none_is_an_error_of_ours(lab):
    """A status of 200 with something else in it."""
    lab.firsts[CHAT].script(error(503, {"error": {"message": "down"}}))
    lab.seconds[MESSAGES].script(json_answer({"hello": "world"}))

    response = lab.ask(TO_CLAUDE)

    assert (response.status_code, response.headers["x-plano-reply"]) == (502, "provider_failed")
    assert response.headers["x-plano-attempts"] == f"{TO_CLAUDE} 503, {second(MESSAGES)} 502"


def test_a_request_that_the_second_target_cannot_be_told_says_so(lab):
    lab.firsts[CHAT].script(error(503, {"error": {"message": "down"}}))

    response = lab.ask(TO_CLAUDE, messages="no list")

    assert (response.status_code, response.headers["x-plano-reply"]) == (503, "fallback_unfit")
    assert response.json()["error"]["code"] == "fallback_unfit"
    assert lab.seconds[MESSAGES].requests == []


# What each target is sent


def test_no_provider_sees_anothers_key_or_headers(lab):
    """A key and a static header, then Anthropic's key, then one in the header of the first."""
    lab.firsts[CHAT].script(error(503, {"error": {"message": "down"}}))
    lab.seconds[MESSAGES].script(error(529, {"type": "error", "error": {"type": "overloaded_error"}}))
    hostile = {"authorization": f"Bearer {CLIENT_KEY}", "x-api-key": CLIENT_KEY, "x-team": "the client's"}

    lab.ask("chain/m", headers=hostile)
    lab.firsts[CHAT].script(error(503, {"error": {"message": "down"}}))
    lab.ask(TO_CLAUDE, headers=hostile)

    first_seen = lab.firsts[CHAT].requests[1]
    assert first_seen.header("authorization") == f"Bearer {ENVIRON['FIRST_KEY']}"
    assert first_seen.header("x-team") == ENVIRON["TEAM"]
    for seen in (*lab.seconds[MESSAGES].requests, *lab.seconds[CHAT].requests):
        assert leaks(seen) == set()
    for seen in lab.seconds[MESSAGES].requests:
        assert (seen.header("x-api-key"), seen.header("authorization")) == (ENVIRON["SECOND_KEY"], None)
    for seen in lab.seconds[CHAT].requests:
        assert (seen.header("authorization"), seen.header("x-api-key")) == (
            f"Bearer {ENVIRON['SECOND_KEY']}",
            None,
        )
        assert seen.header("anthropic-version") is None


def test_a_second_target_that_takes_the_clients_credential_gets_it(lab):
    """In its own API's header; the third one has a key and gets none of the client's."""
    lab.firsts[CHAT].script(error(503, {"error": {"message": "down"}}))
    lab.firsts[MESSAGES].script(error(503, {"error": {"message": "down"}}))

    response = lab.ask("own/m", headers={"authorization": f"Bearer {CLIENT_KEY}"})

    assert response.status_code == 200
    assert lab.firsts[CHAT].only().header("authorization") == f"Bearer {CLIENT_KEY}"
    assert lab.firsts[MESSAGES].only().header("x-api-key") == CLIENT_KEY
    assert lab.firsts[MESSAGES].only().header("authorization") is None
    assert leaks(lab.seconds[CHAT].only()) == set()


def test_a_second_target_that_wants_a_signature_gets_it(lab):
    """Over its own body and path; and the third one gets nothing of it."""
    lab.firsts[CHAT].script(error(503, {"error": {"message": "down"}}))
    lab.seconds[CONVERSE].script(error(503, {"message": "down"}))

    assert lab.ask("before_signed/m").headers["x-plano-provider"] == second(MESSAGES)

    seen = lab.seconds[CONVERSE].only()
    assert seen.target == "/model/nova/converse"
    assert verified(seen, AWS["AWS_SECRET"]).region == "us-east-1"
    third = lab.seconds[MESSAGES].only()
    assert leaks(third) == set()
    assert not any(name.lower().startswith("x-amz-") for name, _ in third.headers)


@pytest.mark.parametrize("model", ["twice", "anyone/twice"])
def test_auto_tries_the_same_model_at_another_provider(lab, model):
    """Without a word in its own entry."""
    lab.firsts[CHAT].script(error(503, {"error": {"message": "down"}}))

    response = lab.ask(model)

    assert response.headers["x-plano-attempts"] == "anyone/twice 503, elsewhere/twice 200"


def test_auto_tries_any_model_where_none_was_named(lab):
    for provider in lab.firsts.values():
        provider.script(error(503, {}))
    lab.seconds[CHAT].script(error(503, {}))

    tried = lab.ask("").headers["x-plano-attempts"].split(", ")

    assert tried[:2] == ["anyone/twice 503", "elsewhere/twice 503"]
    assert (len(tried) > 2, tried[-1].endswith(" 200")) == (True, True)


def test_path_query_and_headers_of_the_clients_api_come_to_a_second_target_that_speaks_it(lab):
    """The first one speaks another, which has no use for them."""
    lab.firsts[CHAT].script(error(503, {"error": {"message": "down"}}))
    claude(lab)
    body = {"model": TO_CLAUDE, "max_tokens": 9, "messages": [{"role": "user", "content": "hi"}], "top_k": 7}
    headers = {"anthropic-version": "2023-06-01", "anthropic-beta": "tools-1"}

    url = f"{lab.gateway.base_url}/v1/messages?beta=true"
    assert lab.http.post(url, json=body, headers=headers).status_code == 200

    seen = lab.seconds[MESSAGES].only()
    assert seen.target == "/v1/messages?beta=true"
    assert seen.json() == {**body, "model": "claude-house-1"}
    assert seen.header("anthropic-beta") == "tools-1"
    one = lab.firsts[CHAT].only()
    assert (one.target, one.header("anthropic-beta")) == ("/api/v1/chat/completions", None)


def test_what_the_first_target_could_not_be_told_is_not_lost_on_the_second(lab):
    """And the header says what the one that answered could not be told."""
    lab.firsts[MESSAGES].script(error(503, {"type": "error", "error": {"type": "api_error"}}))

    response = lab.ask(first(MESSAGES, CHAT), logit_bias={"1": 2})

    assert "logit_bias" not in lab.firsts[MESSAGES].only().json()
    assert lab.seconds[CHAT].only().json()["logit_bias"] == {"1": 2}
    assert "x-plano-lost-fields" not in response.headers
    lab.firsts[CHAT].script(error(503, {"error": {"message": "down"}}))
    response = lab.ask(TO_CLAUDE, logit_bias={"1": 2})
    assert response.headers["x-plano-lost-fields"] == "logit_bias"


@pytest.mark.parametrize("one", [CHAT, MESSAGES])
@pytest.mark.parametrize("two", [CHAT, MESSAGES])
def test_large_bodies_come_through_both_ways(lab, one, two):
    """3 MB there and 2 MB back."""
    lab.firsts[one].script(error(503, {"error": {"message": "down"}}))
    lab.seconds[two].script(answer(two, Said("y" * 2_000_000), stream=False))
    words = "x" * 3_000_000

    response = lab.ask(first(one, two), messages=[{"role": "user", "content": words}])

    assert text(response) == "y" * 2_000_000
    assert words in lab.seconds[two].only().body.decode()


def test_a_streamed_answer_of_the_second_target_arrives_word_by_word(lab):
    """As if it had been the first."""
    gate = Gate()
    lab.firsts[CHAT].script(error(503, {"error": {"message": "down"}}))
    told = answer(MESSAGES, HELLO, stream=True)
    words = next(index for index, step in enumerate(told.steps) if b'"llo"' in step)
    lab.seconds[MESSAGES].script(told.held(words, gate))

    events = lab.speakers[CHAT].events(TO_CLAUDE, "?")
    heard = next(e.choices[0].delta.content for e in events if e.choices and e.choices[0].delta.content)
    gate.open()
    rest = "".join(e.choices[0].delta.content or "" for e in events if e.choices)

    assert (heard, rest) == ("He", "llo")


# The same target again


def test_a_listeners_retries_come_before_the_next_target(lab):
    """Each target is asked twice there."""
    lab.firsts[CHAT].script(error(503, {}), error(503, {}))
    lab.seconds[MESSAGES].script(error(503, {}))

    response = lab.ask(TO_CLAUDE, listener="stubborn")

    assert response.headers["x-plano-attempts"] == (
        f"{TO_CLAUDE} 503, {TO_CLAUDE} 503, {second(MESSAGES)} 503, {second(MESSAGES)} 200"
    )


def test_a_first_target_that_answers_at_the_second_attempt_is_still_translated(lab):
    lab.firsts[MESSAGES].script(error(503, {}))

    response = lab.ask(first(MESSAGES, CHAT), listener="stubborn")

    assert response.json()["object"] == "chat.completion"
    assert response.headers["x-plano-provider"] == first(MESSAGES, CHAT)


def test_the_same_model_is_tried_as_often_as_the_policy_says(lab):
    lab.firsts[CHAT].script(error(503, {}), Answer(before=(Cut.RESET,)))

    response = lab.ask("again/m")

    assert response.headers["x-plano-attempts"] == "again/m 503, again/m unanswered, again/m 200"


def test_a_retry_after_is_waited_for_where_there_is_no_other_target(lab):
    lab.firsts[CHAT].script(error(429, {}, ("retry-after", "1")))

    began = time.monotonic()
    response = lab.ask("again/m")

    assert response.status_code == 200
    assert 0.9 < time.monotonic() - began < 5


# What is remembered, and what is logged


def test_a_target_that_asked_for_a_pause_is_not_asked_meanwhile(running):
    """The next request begins at the second target, until the pause is over."""
    lab, model = running, first(RESPONSES, CHAT)
    for provider in lab.providers:
        provider.forget()
    lab.firsts[RESPONSES].script(error(429, {}, ("retry-after", "1")))

    assert lab.ask(model).headers["x-plano-attempts"] == f"{model} 429, {second(CHAT)} 200"
    assert lab.ask(model).headers["x-plano-attempts"] == f"{second(CHAT)} 200"
    lab.firsts[RESPONSES].only()
    lab.gateway.until(
        lambda: lab.ask(model).headers["x-plano-attempts"] == f"{model} 200", "the pause is over", 5
    )


def test_the_access_log_has_every_attempt(lab):
    """The targets with their statuses, and when those that answered did."""
    lab.firsts[CHAT].script(error(503, {"error": {"message": "down"}}))

    line = logged(lab, lab.ask("lost/m"))

    assert (line["attempts"], line["status"]) == (3, 503)
    assert line["tried"] == "lost/m 503, refused/m unanswered, nameless/m"
    name, status, ms = line["failures"].split()
    assert (name, status) == ("lost/m", "503")
    assert 0 <= int(ms.removesuffix("ms")) < 1000


def test_a_request_without_second_target_is_as_it_was(lab):
    """Nobody else has this model."""
    lab.seconds[CONVERSE].script(answer(CONVERSE, HELLO, stream=False))

    response = lab.ask("signed/nova")

    assert response.status_code == 200
    assert "x-plano-attempts" not in response.headers
    assert not any(name.startswith("x-plano-int") for name in response.headers)


def test_one_worker_after_the_other_finds_what_the_client_said():
    """With several workers, a further attempt comes to the one that has the exchange."""
    with falling_back(workers=3) as lab:
        lab.firsts[MESSAGES].script_with(lambda _: error(503, {}))

        def one(number):
            return lab.ask(first(MESSAGES, CHAT), logit_bias={"1": number}).status_code

        with ThreadPoolExecutor(8) as pool:
            statuses = list(pool.map(one, range(60)))

        assert statuses == [200] * 60
        arrived = sorted(seen.json()["logit_bias"]["1"] for seen in lab.seconds[CHAT].requests)
        assert arrived == list(range(60))
