"""``/routing/v1/…``: the decision as JSON, in Plano's shape."""

import asyncio
import hashlib
import json
from dataclasses import replace
from typing import Any

import pytest

from extproc.config.snapshot import RoutingBudget, SessionSettings
from extproc.prices.book import Rates
from extproc.testing.builders import a_provider
from tests.exchange.routed import CLAUDE, CODE, GPT, MINI, Routed, asking, chosen, routed

PATHS = [f"/routing/v1/{path}" for path in ("chat/completions", "messages", "responses")]
CHAT = PATHS[0]


def decided(gateway: Routed, body: Any, path: str = CHAT, **headers: str) -> dict[str, Any]:
    answer = gateway.answered(body, path, **headers)
    assert 200 == answer.status, answer.body
    assert "application/json" == answer.headers["content-type"]
    told: dict[str, Any] = json.loads(answer.body)
    return told


@pytest.mark.parametrize("path", PATHS)
def test_the_ranked_models_are_told_and_none_is_asked(path: str) -> None:
    """Cheapest first here; the client goes through them by itself."""
    cheapest = replace(CODE, models=("best", "gpt-4o-mini"), prefer="cheapest")
    gateway = routed(
        chosen("code"), preferences=[cheapest], prices={MINI: Rates(0.1, 0.1), CLAUDE: Rates(3, 15)}
    )
    body = {"input": "fix it"} if "responses" in path else {**asking(), "max_tokens": 9}

    told = decided(gateway, {"model": GPT, **body}, path)

    expected = {
        "models": ["gpt-4o-mini", "best"],
        "route": "code",
        "trace_id": "7f9c2ba4e88f827da160455076059c50",
        "pinned": False,
        "switched": False,
    }
    assert expected == told


def test_the_access_log_tells_the_same() -> None:
    answer = routed(chosen("code")).answered(asking(), CHAT)

    told = {"route": "code", "routed_by": "embedded", "reply": "routing.chat", "operation": "routing.chat"}
    assert told.items() <= answer.metadata.items()


@pytest.mark.parametrize("model", [GPT, "gpt-nothing", "", "none", None])
@pytest.mark.parametrize("choices", [[chosen()], [], [ValueError("a bug")]])
def test_where_no_preference_fits_plano_says_none(model: str | None, choices: list[Any]) -> None:
    """The requested model need not be one of ours: the client may call it elsewhere."""
    body = asking(model=model) if model is not None else {"messages": asking()["messages"]}

    told = decided(routed(*choices), body)

    assert (["none"], None) == (told["models"], told["route"])


@pytest.mark.parametrize("path", PATHS)
def test_no_model_need_be_named(path: str) -> None:
    body = {"input": "fix it"} if "responses" in path else {"messages": asking()["messages"], "max_tokens": 9}

    assert "code" == decided(routed(chosen("code")), body, path)["route"]


def test_without_preferences_there_is_nothing_to_choose() -> None:
    told = decided(routed(chosen("code"), preferences=[]), asking())

    assert (["none"], None, False) == (told["models"], told["route"], told["pinned"])


def test_a_request_brings_its_own_preferences() -> None:
    """For models of ours that the config need not name."""
    gateway = routed(chosen("x"), providers=(a_provider("groq/*"),), preferences=[])
    own = [{"name": "x", "description": "x", "models": ["groq/a", "groq/b"]}]

    told = decided(gateway, {**asking(model="mine"), "routing_preferences": own})

    assert (["groq/a", "groq/b"], "x") == (told["models"], told["route"])


def test_a_conversation_is_told_by_its_id() -> None:
    """The first time it is new, then it is pinned, and nobody is asked."""
    gateway = routed(chosen("code"), chosen("chatter"))

    told = [decided(gateway, asking(), x_model_affinity="s-1") for _ in range(2)]

    assert [("s-1", False, CLAUDE), ("s-1", True, CLAUDE)] == [
        (one["session_id"], one["pinned"], one["models"][0]) for one in told
    ]
    assert [CLAUDE, GPT] == told[1]["models"]


def test_a_move_is_told() -> None:
    """The budget allows it, and the conversation is warm."""
    gateway = routed(
        chosen("code"),
        chosen("chatter"),
        prices={CLAUDE: Rates(3, 15, 0.3), MINI: Rates(0.15, 0.6)},
        sessions=SessionSettings(budget=RoutingBudget(10)),
    )
    decided(gateway, asking())

    told = decided(gateway, asking())

    assert (True, True, MINI) == (told["pinned"], told["switched"], told["models"][0])
    assert told["session_id"].startswith("implicit:")


def test_the_same_decision_holds_for_the_request_itself() -> None:
    """One conversation, whichever way it asks."""
    gateway = routed(chosen("code"), chosen("chatter"))
    decided(gateway, asking(), x_model_affinity="s")

    sent = gateway.sent(asking(), x_model_affinity="s")

    assert "claude-sonnet-4-5" == sent.metadata["model"]


def test_nothing_is_remembered_of_a_model_that_is_none_of_ours() -> None:
    """Plano keeps the word "none"."""
    gateway = routed(chosen(), chosen("code"))
    decided(gateway, asking(model="elsewhere"), x_model_affinity="s")

    told = decided(gateway, asking(model="elsewhere"), x_model_affinity="s")

    assert ("code", False) == (told["route"], told["pinned"])


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        (
            {"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"},
            "0af7651916cd43dd8448eb211c80319c",
        ),
        (
            {"traceparent": "01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more"},
            "0af7651916cd43dd8448eb211c80319c",
        ),
        ({"traceparent": "00-" + "0" * 32 + "-b7ad6b7169203331-01"}, "7f9c2ba4e88f827da160455076059c50"),
        (
            {"traceparent": "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"},
            "7f9c2ba4e88f827da160455076059c50",
        ),
        ({"traceparent": "nonsense"}, "7f9c2ba4e88f827da160455076059c50"),
        ({"x_request_id": "mine"}, hashlib.sha256(b"mine").hexdigest()[:32]),
    ],
)
def test_the_trace_is_the_callers_or_begins_with_the_request(headers: dict[str, str], expected: str) -> None:
    """An id that is no UUID still gives one of the right form."""
    assert expected == decided(routed(chosen("code")), asking(), **headers)["trace_id"]


@pytest.mark.parametrize(
    ("path", "body", "status", "shape"),
    [
        (PATHS[0], "{", 400, ["error"]),
        (PATHS[0], '{"messages":1}', 400, ["error"]),
        (PATHS[1], "{", 400, ["error", "request_id", "type"]),
        (PATHS[2], '{"routing_preferences":1,"input":"x"}', 400, ["error"]),
        ("/routing/v1/embeddings", "{}", 404, ["error"]),
    ],
)
def test_errors_have_the_shape_of_the_api_below(path: str, body: str, status: int, shape: list[str]) -> None:
    answer = routed(chosen("code")).answered(body, path)

    assert (status, shape) == (answer.status, sorted(json.loads(answer.body)))


def test_only_post_asks() -> None:
    """Plano takes any method; a GET has no body to decide by."""
    answer = asyncio.run(routed(chosen("code")).envoy.request("GET", CHAT))

    assert (405, "POST") == (answer.status, answer.headers["allow"])  # type: ignore[union-attr]
