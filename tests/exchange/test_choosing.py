"""Models that are chosen by what a request says: the config's preferences, and those in a body."""

import json
from dataclasses import replace
from typing import Any

import msgspec
import pytest

from extproc.config.snapshot import Preference, RouterModels
from extproc.exchange.preferences import full_name
from extproc.prices.book import Rates
from extproc.routers.candidate import Turn
from extproc.testing.builders import a_provider
from extproc.testing.fake_envoy import Forwarded
from tests.exchange.routed import (
    CHAT,
    CLAUDE,
    CODE,
    GPT,
    MINI,
    PATHS,
    PROVIDERS,
    asking,
    chosen,
    model_of,
    routed,
)


def inline(*entries: dict[str, Any]) -> dict[str, Any]:
    return {"routing_preferences": list(entries)}


def entry(name: str = "poetry", *models: str, **more: object) -> dict[str, Any]:
    return {"name": name, "description": f"all {name}", "models": list(models) or [CLAUDE], **more}


def error_of(gateway: Any, body: dict[str, object]) -> tuple[int, dict[str, Any]]:
    answer = gateway.answered(body, CHAT)
    return answer.status, json.loads(answer.body)["error"]


def test_the_first_model_of_the_preference_that_fits_answers() -> None:
    """Whatever the client asked for, as in Plano; the access log says why."""
    gateway = routed(chosen("code"))

    sent = gateway.sent(asking())

    assert CLAUDE == model_of(sent)
    told = {"route": "code", "routed_by": "embedded", "routing_ms": 1.5}
    assert told.items() <= sent.metadata.items()


def test_where_no_preference_fits_the_requested_model_answers() -> None:
    gateway = routed(chosen())

    sent = gateway.sent(asking(model=MINI))

    assert (MINI, "embedded") == (model_of(sent), sent.metadata["routed_by"])
    assert "route" not in sent.metadata


def test_a_guess_does_not_overrule_the_requested_model() -> None:
    """There is something better than a guess; an agent listener, where there is not, follows it."""
    sent = routed(chosen("code", sure=False)).sent(asking(model=MINI))

    assert MINI == model_of(sent)
    assert "route" not in sent.metadata


def test_a_follow_up_has_the_kind_of_what_was_asked_before() -> None:
    """The router is unsure of it alone."""
    sent = routed(msgspec.structs.replace(chosen("code", sure=False), follows=True)).sent(asking(model=MINI))

    assert CLAUDE == model_of(sent)


def test_of_several_kinds_in_one_prompt_the_first_counts() -> None:
    """A model gets the whole prompt."""
    assert MINI == model_of(routed(chosen("chatter", "code")).sent(asking()))


@pytest.mark.parametrize("path", PATHS.values(), ids=PATHS)
def test_each_api_is_routed(path: str) -> None:
    """The router sees the turns, not the API."""
    gateway = routed(chosen("code"))
    body = asking() if path != PATHS["responses"] else {"model": GPT, "input": "fix this bug"}

    sent = gateway.sent({**body, "max_tokens": 9} if path == PATHS["messages"] else body, path)

    assert CLAUDE == model_of(sent)
    assert [(Turn("user", "fix this bug"),)] == [conversation for conversation, _ in gateway.router.asked]


@pytest.mark.parametrize("model", [{}, {"model": ""}, {"model": "none"}], ids=str)
@pytest.mark.parametrize("path", PATHS.values(), ids=PATHS)
def test_a_request_need_not_name_a_model(path: str, model: dict[str, str]) -> None:
    """In none of the APIs: what it says is heard all the same, and the default answers where none fits."""
    gateway = routed(chosen("code"), chosen())
    said = {"messages": asking()["messages"]} if path != PATHS["responses"] else {"input": "fix this bug"}
    body = {**said, **model, **({"max_tokens": 9} if path == PATHS["messages"] else {})}

    fitting, other = gateway.sent(body, path), gateway.sent(body, path)

    assert [CLAUDE, GPT] == [model_of(fitting), model_of(other)]
    assert ["claude-sonnet-4-5", "gpt-4o"] == [json.loads(sent.body)["model"] for sent in (fitting, other)]


def test_other_operations_go_to_the_model_they_name() -> None:
    """Nobody asks what kind of task an embedding is."""
    gateway = routed(chosen("code"))

    sent = gateway.sent({"model": "openai/gpt-4o", "input": "fix this bug"}, "/v1/embeddings")

    assert (GPT, []) == (model_of(sent), gateway.router.asked)


@pytest.mark.parametrize("failure", [ValueError("a bug"), None])
def test_a_router_that_fails_or_is_not_there_fails_no_request(failure: Exception | None) -> None:
    gateway = routed(*([failure] if failure else []))

    sent = gateway.sent(asking(model=MINI))

    assert (MINI, "default") == (model_of(sent), sent.metadata["routed_by"])


def test_a_body_that_only_its_provider_understands_goes_where_it_names() -> None:
    """What it says is nothing that a router could read; it passes as it is."""
    body = {"model": GPT, "messages": "not a list"}

    sent = routed(chosen("code")).sent(body)

    assert (GPT, "not a list") == (model_of(sent), json.loads(sent.body)["messages"])
    assert ("default", True) == (
        sent.metadata["routed_by"],
        str(sent.metadata["routing_reason"]).startswith("The body is not what its API says"),
    )


def test_a_requested_model_that_nobody_offers_is_an_error_all_the_same() -> None:
    """A request must not work or fail by what it says."""
    status, error = error_of(routed(chosen("code")), asking(model="gpt-nothing"))

    assert (404, "model_not_found") == (status, error["code"])


def test_the_other_models_of_the_preference_are_its_fallback() -> None:
    """In the order of its policy."""
    cheapest = replace(CODE, models=(CLAUDE, GPT, MINI), prefer="cheapest")
    prices = {CLAUDE: Rates(3, 15), GPT: Rates(2.5, 10), MINI: Rates(0.15, 0.6)}
    gateway = routed(chosen("code"), preferences=[cheapest], prices=prices)

    assert MINI == model_of(gateway.sent(asking()))
    assert [MINI, GPT, CLAUDE] == [full_name(target) for target in gateway.targets(asking())]


def test_the_fastest_is_what_measures_say() -> None:
    """Of models that nobody measured, the config's order holds behind it."""
    gateway = routed(
        chosen("code"), preferences=[replace(CODE, models=(MINI, CLAUDE, GPT), prefer="fastest")]
    )
    gateway.rules.prices.put_latencies(1, {"gpt-4o": 0.2})

    assert [GPT, MINI, CLAUDE] == [full_name(target) for target in gateway.targets(asking())]


def test_a_model_may_be_named_by_an_alias() -> None:
    gateway = routed(chosen("code"), preferences=[replace(CODE, models=("best", CLAUDE))])

    assert [CLAUDE] == [full_name(target) for target in gateway.targets(asking())]


def test_a_request_brings_its_own_preferences() -> None:
    """They take the place of all that the config has, and no provider sees them; the rest is untouched."""
    gateway = routed(chosen("poetry"))
    body = {"temperature": 1.0, **inline(entry("poetry", MINI)), **asking()}

    sent = gateway.sent(body)

    assert MINI == model_of(sent)
    assert ["poetry"] == [candidate.name for candidate in gateway.router.asked[0][1]]
    assert json.dumps({"temperature": 1.0, **asking(model="gpt-4o-mini")}).encode() == sent.body


def test_preferences_are_cut_out_where_the_model_stays_the_same() -> None:
    gateway = routed(chosen("code"), preferences=[])
    body = json.dumps({**asking(model="gpt-4o"), **inline(entry("poetry"))}).encode()

    sent = gateway.sent(json.loads(body))

    assert json.dumps(asking(model="gpt-4o")).encode() == sent.body
    assert str(len(sent.body)).encode() == sent.headers["content-length"]


def test_no_provider_of_another_operation_is_kept_from_seeing_the_field() -> None:
    """It means something to us in three APIs only."""
    body = {"model": GPT, "input": "x", **inline(entry())}

    sent = routed(chosen("code")).sent(body, "/v1/embeddings")

    assert "routing_preferences" in json.loads(sent.body)


@pytest.mark.parametrize(
    ("value", "asked"), [([], 0), (None, 1)], ids=["none are wanted", "null says nothing"]
)
def test_a_request_may_want_no_preferences(value: object, asked: int) -> None:
    gateway = routed(chosen("chatter"))

    sent = gateway.sent(asking(routing_preferences=value))

    assert (asked, MINI if asked else GPT) == (len(gateway.router.asked), model_of(sent))
    assert "routing_preferences" not in json.loads(sent.body)


@pytest.mark.parametrize("policy", [{}, {"prefer": None}, {"prefer": ""}, {"prefer": "none"}, None])
def test_a_policy_that_says_nothing_keeps_the_order(policy: object) -> None:
    """As in Plano."""
    prices = {MINI: Rates(0.1, 0.1), CLAUDE: Rates(3, 15)}
    gateway = routed(chosen("x"), prices=prices)

    assert CLAUDE == model_of(
        gateway.sent(asking(**inline(entry("x", CLAUDE, MINI, selection_policy=policy))))
    )


def test_a_request_may_want_the_cheapest() -> None:
    gateway = routed(chosen("x"), prices={MINI: Rates(0.1, 0.1), CLAUDE: Rates(3, 15)})
    preference = entry("x", CLAUDE, MINI, selection_policy={"prefer": "cheapest"})

    assert MINI == model_of(gateway.sent(asking(**inline(preference))))


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ({}, "Expected `array`, got `object`"),
        ([{}], "Object missing required field `name` - at `routing_preferences[0]`"),
        ([entry("x", *["m"] * 65)], "Expected `array` of length <= 64 - at `routing_preferences[0].models`"),
        ([{**entry(), "models": []}], "Expected `array` of length >= 1 - at `routing_preferences[0].models`"),
        ([{**entry(), "name": ""}], "Expected `str` of length >= 1 - at `routing_preferences[0].name`"),
        (
            [{**entry(), "selection_policy": {"prefer": "best"}}],
            "Invalid enum value 'best' - at `routing_preferences[0].selection_policy.prefer`",
        ),
        ([entry(f"p{number}") for number in range(65)], "Expected `array` of length <= 64"),
    ],
)
def test_preferences_that_cannot_be_understood_are_an_error(value: object, reason: str) -> None:
    """Plano goes on without them: the client would never know."""
    status, error = error_of(routed(chosen("x")), asking(routing_preferences=value))

    expected = f"'routing_preferences' cannot be understood: {reason}."
    assert (400, expected, "routing_preferences") == (status, error["message"], error["param"])


def test_two_preferences_of_one_name_are_an_error() -> None:
    status, error = error_of(routed(chosen("x")), asking(**inline(entry("x"), entry("x"))))

    assert (400, "'routing_preferences' has two entries of the same name.") == (status, error["message"])


def test_a_model_that_nobody_offers_is_named() -> None:
    """Before anybody is asked: it must not depend on what the prompt says."""
    gateway = routed(chosen("other"))

    status, error = error_of(gateway, asking(**inline(entry("x", "openai/gpt-4oo"), entry("other"))))

    assert (404, "model_not_found", []) == (status, error["code"], gateway.router.asked)
    assert "openai/gpt-4oo" in error["message"]


def test_a_router_that_may_take_long_gets_the_time_from_envoy() -> None:
    """Whose patience is 10 s otherwise."""
    slow = RouterModels(preferences=GPT, timeout_s=30.0)
    gateway = routed(chosen("code"), router_models=slow)

    gateway.sent(asking())

    assert [37.0] == gateway.envoy.waits
    assert [] == _waits_of_a_quick_one()


def _waits_of_a_quick_one() -> list[float]:
    gateway = routed(chosen("code"), router_models=RouterModels(preferences=GPT))
    gateway.sent(asking())
    return gateway.envoy.waits


def test_requests_that_begin_alike_go_to_one_replica() -> None:
    """The ring hash's header is there for providers that want it, with and without preferences."""
    ring = replace(a_provider("mine/llama", interface="vercel"), prefix_affinity=True)
    told = Preference("local", "anything private", ("mine/llama",))
    gateway = routed(chosen("local"), providers=(*PROVIDERS, ring), preferences=[told])
    plain = routed(providers=(*PROVIDERS, ring), preferences=[])
    system = {"role": "system", "content": "You are a coding agent."}

    def prefix(sent: Forwarded) -> bytes | None:
        return sent.headers.get("x-plano-int-hash")

    def said(text: str, model: str = "mine/llama") -> dict[str, object]:
        return {"model": model, "messages": [system, {"role": "user", "content": text}]}

    first = prefix(gateway.sent(said("Fix the bug in main.rs", GPT)))
    assert b"5364dda745adbf65" == first == prefix(plain.sent(said("something else")))
    assert prefix(plain.sent(said("Fix it"), x_plano_cache="off")) is None
    assert prefix(plain.sent(said("Fix it", GPT))) is None
