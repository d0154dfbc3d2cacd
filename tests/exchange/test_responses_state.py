"""Conversations of the Responses API that are kept here, from Envoy's first message to our last reply."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from extproc import limits
from extproc.config.snapshot import PromptCaching, Provider, Snapshot
from extproc.conversations.store import MemoryResponses, ResponseStore, StoreUnavailable
from extproc.dialects.api import Api
from extproc.exchange.ports import Ports
from extproc.exchange.rules import Routers, Rules
from extproc.testing import answers
from extproc.testing.answers import Answer
from extproc.testing.builders import a_provider, a_snapshot
from extproc.testing.fake_answers import Delivered, Provided
from extproc.testing.fake_envoy import Answered, Ended, FakeEnvoy, Forwarded
from extproc.testing.said import Call, Said, answer
from tests.agents.cast import LISTENER, WEATHER, ScriptedRouter, a_snapshot_of
from tests.exchange.routed import CHATTER, CLAUDE, CODE, MINI, chosen

RESPONSES = "/v1/responses"
MODELS = {
    Api.CHAT: "openrouter/llama",
    Api.MESSAGES: "anthropic/claude-sonnet-4-5",
    Api.CONVERSE: "amazon_bedrock/claude",
    Api.RESPONSES: "openai/gpt-5",
}
"""A model by the API that its provider speaks."""
PROVIDERS = tuple(a_provider(model, default=model.startswith("openai")) for model in MODELS.values())
UPSTREAMS = pytest.mark.parametrize("api", MODELS)
TRANSLATED = pytest.mark.parametrize("api", [Api.CHAT, Api.MESSAGES, Api.CONVERSE])
STREAMED = pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])

CALLING = Said("I look it up.", "Hm.", "c2ln", (Call("call_1", "look_up", {"city": "Zürich"}),))
TOOLS = [{"type": "function", "name": "look_up", "parameters": {"type": "object", "properties": {}}}]
RESULT = [{"type": "function_call_output", "call_id": "call_1", "output": "sunny"}]

Json = dict[str, Any]


class Unavailable(MemoryResponses):
    """A store that is down, or was up until now."""

    def __init__(self) -> None:
        super().__init__()
        self.up = False

    async def get(self, tenant: str, key: str) -> bytes | None:
        self._check()
        return await super().get(tenant, key)

    async def add(self, tenant: str, key: str, value: bytes, ttl_s: float) -> bool:
        self._check()
        return await super().add(tenant, key, value, ttl_s)

    async def delete(self, tenant: str, key: str) -> bool:
        self._check()
        return await super().delete(tenant, key)

    def _check(self) -> None:
        if not self.up:
            raise StoreUnavailable


@dataclass
class Turn:
    """A request that reached its provider, and what its client got."""

    sent: Forwarded
    delivered: Delivered

    @property
    def asked(self) -> Json:
        """What the provider was sent."""
        body: Json = json.loads(self.sent.body)
        return body

    @property
    def objects(self) -> list[Json]:
        """Each ``response`` object that the client got."""
        if self.delivered.headers["content-type"].startswith(b"application/json"):
            return [json.loads(self.delivered.body)]
        lines = [line[6:] for line in self.delivered.body.split(b"\n") if line.startswith(b"data: {")]
        return [event["response"] for line in lines if "response" in (event := json.loads(line))]

    @property
    def answer(self) -> Json:
        return self.objects[-1]

    @property
    def id(self) -> str:
        return str(self.answer["id"])


@dataclass
class Talk:
    """A client of a gateway, and the providers behind it."""

    envoy: FakeEnvoy
    headers: dict[str, str] = field(default_factory=dict)

    def say(
        self, api: Api, told: Any, said: Said | Answer | Provided, *, stream: bool = False, **more: object
    ) -> Turn:
        body = {"model": MODELS[api], "input": told, "stream": stream, **more}
        made = answer(api, said, stream=stream) if isinstance(said, Said) else said
        provided = made if isinstance(made, Provided) else given(made)
        work = self.envoy.exchange(RESPONSES, json.dumps(body).encode(), provided, self.headers)
        return Turn(*asyncio.run(work))

    def ask(self, told: Any = "Hello", model: str = MODELS[Api.MESSAGES], **more: object) -> Ended:
        return self.post({"model": model, "input": told, **more})

    def post(self, body: Mapping[str, object], path: str = RESPONSES) -> Ended:
        return asyncio.run(self.envoy.request("POST", path, self.headers, json.dumps(body).encode()))

    def call(self, method: str, response_id: str, rest: str = "") -> Ended:
        return asyncio.run(self.envoy.request(method, f"{RESPONSES}/{response_id}{rest}", self.headers))

    def get(self, response_id: str, rest: str = "") -> Json:
        ended = self.call("GET", response_id, rest)
        assert isinstance(ended, Answered), ended
        assert 200 == ended.status, ended.body
        told: Json = json.loads(ended.body)
        return told

    def has(self, response_id: str) -> bool:
        ended = self.call("GET", response_id)
        return isinstance(ended, Answered) and ended.status == 200


def given(made: Answer, **more: Any) -> Provided:
    pieces = tuple(step for step in made.steps if isinstance(step, bytes))
    return Provided(made.status, dict(made.headers), pieces, **more)


def talk(
    *providers: Provider, store: ResponseStore | None = None, routers: Routers | None = None, **settings: Any
) -> Talk:
    snapshot: Snapshot = replace(a_snapshot(*(providers or PROVIDERS)), **settings)
    ports = Ports(responses=store or MemoryResponses())
    return Talk(FakeEnvoy(Rules.of(snapshot, ports, routers)))


def refusal(ended: Ended) -> tuple[int, str, Any]:
    assert isinstance(ended, Answered), ended
    error = json.loads(ended.body)["error"]
    return ended.status, error["code"], error["param"]


def said_to(turn: Turn) -> list[Any]:
    """What the provider was told, in the words of its API."""
    asked = turn.asked
    told: list[Any] = asked["input"] if "input" in asked else asked["messages"]
    return told


def call_ids(said: Any) -> list[str]:
    """By which a call and its output refer to each other, in any of the APIs."""
    if isinstance(said, list):
        return [found for value in said for found in call_ids(value)]
    if not isinstance(said, dict):
        return []
    names = ("call_id", "tool_call_id", "tool_use_id", "toolUseId")
    own = [said["id"]] if said.get("type") in ("function", "tool_use") else []
    return [*own, *(said[name] for name in names if name in said), *call_ids(list(said.values()))]


NOT_FOUND = (404, "previous_response_not_found", "previous_response_id")
ANY_ID = f"resp_plano{'0' * 32}"


@UPSTREAMS
@STREAMED
def test_a_conversation_of_three_turns_with_a_tool(api: Api, stream: bool) -> None:
    """Each turn says only what is new; its provider hears it all."""
    client, more = talk(state_storage="memory"), {"stream": stream, "tools": TOOLS}

    first = client.say(api, "Weather?", CALLING, instructions="Be brief.", **more)
    second = client.say(api, RESULT, Said("Sunny."), previous_response_id=first.id, **more)
    third = client.say(api, "Thanks", Said("Bye."), previous_response_id=second.id, **more)

    text = json.dumps(said_to(third), ensure_ascii=False)
    words = ("Weather?", "I look it up.", "look_up", "Zürich", "sunny", "Sunny.", "Thanks")
    places = [text.index(word) for word in words]
    assert places == sorted(places)
    called, answered = call_ids(said_to(third))
    assert called == answered, "the call and its output belong together"
    assert "Be brief." not in text + json.dumps(third.asked), "instructions are for one request"
    assert "previous_response_id" not in third.asked
    assert [None, first.id, second.id] == [
        turn.answer.get("previous_response_id") for turn in (first, second, third)
    ]


@UPSTREAMS
@STREAMED
def test_an_answer_has_one_id_of_ours(api: Api, stream: bool) -> None:
    turn = talk(state_storage="memory").say(api, "Hello", Said("Hi"), stream=stream)

    assert {turn.id} == {told["id"] for told in turn.objects}
    assert turn.id.startswith("resp_plano")
    assert {True} == {told["store"] for told in turn.objects}


@UPSTREAMS
@STREAMED
def test_what_is_kept_is_what_the_client_got(api: Api, stream: bool) -> None:
    client = talk(state_storage="memory")
    turn = client.say(api, "Weather?", CALLING, stream=stream)

    assert turn.answer == client.get(turn.id)
    assert ["reasoning", "message", "function_call"] == [item["type"] for item in turn.answer["output"]]


@TRANSLATED
def test_reasoning_goes_back_to_who_made_it(api: Api) -> None:
    client = talk()
    first = client.say(api, "Weather?", CALLING)

    second = client.say(api, RESULT, Said("Sunny."), previous_response_id=first.id)

    text = json.dumps(said_to(second))
    assert "Hm." in text
    assert ("c2ln" in text) == (api is not Api.CHAT), "the signature, where the API has one"


def test_reasoning_goes_back_to_a_native_provider() -> None:
    client = talk(state_storage="memory")
    first = client.say(Api.RESPONSES, "Weather?", CALLING)

    second = client.say(Api.RESPONSES, RESULT, Said("Sunny."), previous_response_id=first.id)

    question, thought, words, call, result = said_to(second)
    assert {"type": "message", "role": "user", "content": "Weather?"} == question
    assert ("rs_7", "c2ln") == (thought["id"], thought["encrypted_content"])
    assert ("assistant", "call_1", RESULT[0]) == (words["role"], call["call_id"], result)
    assert not {"id", "status"} & (words.keys() | call.keys()), "it has stored nothing under them"


def test_a_conversation_may_change_its_provider() -> None:
    """What one of them has thought is nothing to another."""
    client = talk()
    first = client.say(Api.MESSAGES, "Weather?", CALLING)
    second = client.say(Api.RESPONSES, RESULT, CALLING, previous_response_id=first.id)
    third = client.say(Api.CHAT, RESULT, Said("Sunny."), previous_response_id=second.id)

    assert ["message", "message", "function_call", "function_call_output"] == [
        item["type"] for item in said_to(second)
    ]
    assert ["user", "assistant", "tool", "assistant", "tool"] == [said["role"] for said in said_to(third)]


def test_a_native_provider_keeps_its_own_where_nothing_is_said() -> None:
    """Not one byte is changed, and nothing is looked at."""
    client = talk()
    body = b'{"model": "gpt-5",  "previous_response_id": "resp_abc", "input": "Hello", "store": true}'

    sent, delivered = asyncio.run(
        client.envoy.exchange(RESPONSES, body, given(answers.openai_response("Hi")))
    )

    assert body == sent.body
    assert "accept-encoding" not in sent.headers
    assert "resp_1" == json.loads(delivered.body)["id"]


@pytest.mark.parametrize(
    ("method", "rest"), [("GET", ""), ("DELETE", ""), ("GET", "/input_items"), ("POST", "/cancel")]
)
def test_what_a_provider_has_is_asked_of_it(method: str, rest: str) -> None:
    ended = talk().call(method, "resp_abc", rest)

    assert isinstance(ended, Forwarded)
    assert f"{RESPONSES}/resp_abc{rest}".encode() == ended.headers[":path"]


def test_a_native_provider_stores_nothing_where_we_do() -> None:
    turn = talk(state_storage="memory").say(Api.RESPONSES, "Hello", Said("Hi"), store=True)

    assert False is turn.asked["store"]
    assert ["reasoning.encrypted_content"] == turn.asked["include"], "gpt-5 reasons"
    assert b"identity" == turn.sent.headers["accept-encoding"]


@UPSTREAMS
@STREAMED
def test_what_is_not_to_be_stored_is_answered(api: Api, stream: bool) -> None:
    client = talk(state_storage="memory")

    turn = client.say(api, "Hello", Said("Hi"), stream=stream, store=False)

    assert not client.has(turn.id)
    assert not turn.id.startswith("resp_plano")
    assert "Hi" in json.dumps(turn.answer)


def test_what_is_not_to_be_stored_passes_a_native_provider_as_it_is() -> None:
    body = b'{"model": "gpt-5",  "input": "Hello", "store": false}'

    ended = asyncio.run(talk(state_storage="memory").envoy.request("POST", RESPONSES, {}, body))

    assert isinstance(ended, Forwarded)
    assert body == ended.body


@UPSTREAMS
@STREAMED
def test_what_is_not_to_be_stored_may_go_on_from_what_is(api: Api, stream: bool) -> None:
    client = talk(state_storage="memory")
    first = client.say(api, "Hello", Said("Hi"))

    second = client.say(api, "And?", Said("Well."), stream=stream, store=False, previous_response_id=first.id)

    assert "Hello" in json.dumps(said_to(second))
    assert {first.id} == {told["previous_response_id"] for told in second.objects}
    assert not client.has(second.id)


@pytest.mark.parametrize("response_id", ["resp_abc", ANY_ID])
@UPSTREAMS
def test_an_unknown_answer_is_openais_error(api: Api, response_id: str) -> None:
    client = talk(state_storage="memory")

    ended = client.ask(model=MODELS[api], previous_response_id=response_id)

    assert NOT_FOUND == refusal(ended)
    assert isinstance(ended, Answered)
    error = json.loads(ended.body)["error"]
    assert f"Previous response with id '{response_id}' not found." == error["message"]
    assert "invalid_request_error" == error["type"]


@TRANSLATED
def test_an_answer_that_a_provider_may_have_is_unknown_to_another(api: Api) -> None:
    """Also where no `state_storage` is set."""
    assert NOT_FOUND == refusal(talk().ask(model=MODELS[api], previous_response_id="resp_abc"))


def test_an_id_of_ours_is_no_providers() -> None:
    assert NOT_FOUND == refusal(talk().ask(model=MODELS[Api.RESPONSES], previous_response_id=ANY_ID))


@pytest.mark.parametrize(
    ("method", "rest"), [("GET", ""), ("DELETE", ""), ("GET", "/input_items"), ("POST", "/cancel")]
)
@pytest.mark.parametrize("response_id", [ANY_ID, "resp_abc"])
def test_an_answer_that_is_not_there(method: str, rest: str, response_id: str) -> None:
    ended = talk(state_storage="memory").call(method, response_id, rest)

    assert (404, "response_not_found", "id") == refusal(ended)


def test_where_no_provider_keeps_answers_none_is_there() -> None:
    client = talk(a_provider("anthropic/claude-sonnet-4-5", default=True))

    assert (404, "response_not_found", "id") == refusal(client.call("GET", "resp_abc"))


@TRANSLATED
@pytest.mark.parametrize(
    "told", [{"conversation": "conv_1"}, {"background": True}, {"prompt": {"id": "pmpt_1"}}]
)
def test_what_is_kept_elsewhere_is_refused(api: Api, told: Json) -> None:
    assert (400, "invalid_request", next(iter(told))) == refusal(talk().ask(model=MODELS[api], **told))


@pytest.mark.parametrize("told", [{"conversation": "conv_1"}, {"background": True}])
def test_what_a_provider_could_keep_is_refused_where_we_keep_it(told: Json) -> None:
    client = talk(state_storage="memory")

    assert (400, "invalid_request", next(iter(told))) == refusal(
        client.ask(model=MODELS[Api.RESPONSES], **told)
    )


def test_a_prompt_is_its_providers_affair() -> None:
    turn = talk(state_storage="memory").say(Api.RESPONSES, "Hello", Said("Hi"), prompt={"id": "pmpt_1"})

    assert {"id": "pmpt_1"} == turn.asked["prompt"]


def test_what_is_deleted_is_gone() -> None:
    client = talk()
    first = client.say(Api.MESSAGES, "Hello", Said("Hi"))
    second = client.say(Api.MESSAGES, "And?", Said("Well."), previous_response_id=first.id)

    ended = client.call("DELETE", first.id)

    assert isinstance(ended, Answered)
    assert {"id": first.id, "object": "response", "deleted": True} == json.loads(ended.body)
    assert NOT_FOUND == refusal(client.ask(previous_response_id=first.id))
    assert "Hello" in json.dumps(
        said_to(client.say(Api.CHAT, "?", Said("!"), previous_response_id=second.id))
    )


def test_the_input_items_of_an_answer() -> None:
    """With those of the turns before it; an item keeps its id."""
    client = talk()
    first = client.say(Api.MESSAGES, "Weather?", CALLING)
    second = client.say(Api.MESSAGES, RESULT, Said("Sunny."), previous_response_id=first.id)

    listed = client.get(second.id, "/input_items?order=asc&limit=2")
    rest = client.get(second.id, f"/input_items?order=asc&after={listed['last_id']}")

    items = [*listed["data"], *rest["data"]]
    assert ["message", "reasoning", "message", "function_call", "function_call_output"] == [
        item["type"] for item in items
    ]
    assert first.answer["output"] == items[1:4]
    assert (True, False) == (listed["has_more"], rest["has_more"])
    assert client.get(first.id, "/input_items")["data"] == items[:1]


@pytest.mark.parametrize(
    ("method", "rest", "param"),
    [("GET", "?stream=true", "stream"), ("POST", "/cancel", None), ("GET", "/input_items?limit=0", "limit")],
)
def test_what_makes_no_sense_is_refused(method: str, rest: str, param: str | None) -> None:
    client = talk()
    turn = client.say(Api.MESSAGES, "Hello", Said("Hi"))

    assert (400, "invalid_request", param) == refusal(client.call(method, turn.id, rest))


def test_turns_from_one_answer_go_their_own_ways() -> None:
    client = talk()
    first = client.say(Api.MESSAGES, "Hello", Said("Hi"))
    left = client.say(Api.MESSAGES, "left", Said("L"), previous_response_id=first.id)
    right = client.say(Api.MESSAGES, "right", Said("R"), previous_response_id=first.id)

    after = client.say(Api.MESSAGES, "on", Said("!"), previous_response_id=left.id)

    assert left.id != right.id
    text = json.dumps(said_to(after))
    assert "left" in text
    assert "right" not in text


def test_tenants_are_apart() -> None:
    client = talk(tenant_header="x-tenant")
    client.headers["x-tenant"] = "one"
    turn = client.say(Api.MESSAGES, "Hello", Said("Hi"))
    assert client.has(turn.id)

    client.headers["x-tenant"] = "two"

    assert not client.has(turn.id)
    assert NOT_FOUND == refusal(client.ask(previous_response_id=turn.id))
    assert (404, "response_not_found", "id") == refusal(client.call("DELETE", turn.id))


@UPSTREAMS
def test_a_client_that_leaves_finds_what_it_has_read(api: Api) -> None:
    """Its half of an answer can be gone on from."""
    client = talk(state_storage="memory")
    whole = client.say(api, "Tell me", Said("Once upon a time"), stream=True)
    pieces = [
        piece
        for piece in answer(api, Said("Once upon a time"), stream=True).steps
        if isinstance(piece, bytes)
    ]
    until = next(i for i, piece in enumerate(pieces) if b"time" in piece)

    made = replace(answer(api, Said(), stream=True), steps=tuple(pieces[:until]))
    turn = client.say(api, "Tell me", given(made, broken_off=True), stream=True)

    kept = client.get(turn.id)
    (message,) = kept["output"]
    assert ("incomplete", "incomplete") == (kept["status"], message["status"])
    assert message["content"][0]["text"] == "Once upo"
    assert kept["model"] == whole.answer["model"]
    after = client.say(api, "go on", Said("!"), previous_response_id=turn.id)
    assert "Once upo" in json.dumps(said_to(after))


@UPSTREAMS
def test_a_client_that_leaves_before_anything_was_said_leaves_nothing(api: Api) -> None:
    client = talk(state_storage="memory")
    first, *_ = answer(api, Said("Once"), stream=True).steps
    made = replace(answer(api, Said(), stream=True), steps=(first,))

    turn = client.say(api, "Tell me", given(made, broken_off=True), stream=True)

    assert not client.has(turn.id)


def test_a_native_stream_that_only_ends_is_incomplete() -> None:
    client = talk(state_storage="memory")
    pieces = answer(Api.RESPONSES, Said("Once upon a time"), stream=True).steps[:-1]

    turn = client.say(Api.RESPONSES, "Tell me", replace(answers.sse_answer([]), steps=pieces), stream=True)

    assert "incomplete" == client.get(turn.id)["status"]


@TRANSLATED
def test_an_answer_that_fails_is_kept_as_that(api: Api) -> None:
    """Its stream ends in an error, that says so."""
    client = talk()
    pieces = answer(api, Said("Once upon a time"), stream=True).steps
    made = replace(answer(api, Said(), stream=True), steps=pieces[: len(pieces) // 2])

    turn = client.say(api, "Tell me", made, stream=True)

    assert "failed" == turn.answer["status"] == client.get(turn.id)["status"]


@UPSTREAMS
@STREAMED
def test_an_error_is_no_answer(api: Api, stream: bool) -> None:
    client = talk(state_storage="memory")

    turn = client.say(api, "Hello", answers.error(429, {"error": {"message": "slow down"}}), stream=stream)

    assert 429 == turn.delivered.status
    assert "slow down" in turn.answer["error"]["message"]


def test_an_answer_of_envoys_own_is_none() -> None:
    client = talk(state_storage="memory")
    made = answers.error(503, {"error": {"message": "down"}}, ("x-plano-reply", "unreachable"))

    assert "down" == client.say(Api.RESPONSES, "Hello", made).answer["error"]["message"]


def test_a_native_provider_that_compresses_all_the_same_is_read() -> None:
    client = talk(state_storage="memory")
    for made in (
        answers.openai_response("Hi").gzipped(),
        answer(Api.RESPONSES, Said("Hi"), stream=True).gzipped(),
    ):
        turn = client.say(Api.RESPONSES, "Hello", made, stream=True)

        assert "Hi" in json.dumps(turn.answer)
        assert "content-encoding" not in turn.delivered.headers
        assert client.has(turn.id)


@pytest.mark.parametrize(
    "made",
    [
        answers.openai_response("Hi").adding(("content-encoding", "zstd")),
        answers.openai_response("Hi").adding(("content-encoding", "gzip")),
        answers.json_answer(["no answer"]),
        Answer(steps=(b"no JSON",)),
        Answer(headers=(*answers.JSON, ("content-length", "0"))),
    ],
    ids=["unknown coding", "wrong coding", "no object", "no JSON", "no body"],
)
def test_what_cannot_be_read_of_a_native_provider_passes(made: Answer) -> None:
    turn = talk(state_storage="memory").say(Api.RESPONSES, "Hello", made)

    assert made.body == turn.delivered.body
    assert dict(made.headers).get("content-encoding", "").encode() == turn.delivered.headers.get(
        "content-encoding", b""
    )


def test_a_native_stream_in_a_wrong_coding_ends() -> None:
    made = answer(Api.RESPONSES, Said("Hi"), stream=True).adding(("content-encoding", "gzip"))

    assert b"" == talk(state_storage="memory").say(Api.RESPONSES, "Hello", made, stream=True).delivered.body


def test_a_native_answer_that_envoy_cannot_hold_passes() -> None:
    """Nothing is kept of it."""
    client = talk(state_storage="memory")
    answered = answers.openai_response("x" * 5000)

    turn = client.say(Api.RESPONSES, "Hello", replace(given(answered), held_bytes_max=1000))

    assert answered.body == turn.delivered.body
    assert client.has(client.say(Api.RESPONSES, "Hello", answered).id), "else it is"


@UPSTREAMS
@STREAMED
def test_what_is_too_long_to_be_kept_is_answered_and_says_so(api: Api, stream: bool) -> None:
    client = talk(state_storage="memory")
    long = "x" * limits.RESPONSE_BYTES_MAX

    turn = client.say(api, long, Said("Hi"), stream=stream)

    assert False is turn.answer["store"]
    assert not client.has(turn.id)


class TestWithoutItsStore:
    """The store is down."""

    @UPSTREAMS
    @STREAMED
    def test_a_request_that_does_not_need_it_goes_on(self, api: Api, stream: bool) -> None:
        """Its answer says at its end that it was not kept."""
        turn = talk(store=Unavailable(), state_storage="memory").say(api, "Hello", Said("Hi"), stream=stream)

        assert "Hi" in json.dumps(turn.answer)
        assert False is turn.answer["store"]

    def test_a_request_that_needs_it_is_told_so(self) -> None:
        client = talk(store=Unavailable())

        ended = client.ask(previous_response_id=ANY_ID)

        assert (503, "state_unavailable", None) == refusal(ended)
        assert isinstance(ended, Answered)
        assert "1" == ended.headers["retry-after"]
        assert "server_error" == json.loads(ended.body)["error"]["type"]

    @pytest.mark.parametrize(
        ("method", "rest"), [("GET", ""), ("DELETE", ""), ("GET", "/input_items"), ("POST", "/cancel")]
    )
    def test_so_is_one_for_what_it_holds(self, method: str, rest: str) -> None:
        ended = talk(store=Unavailable()).call(method, ANY_ID, rest)

        assert (503, "state_unavailable", None) == refusal(ended)

    def test_what_was_kept_before_is_there_again(self) -> None:
        store = Unavailable()
        client = talk(store=store)
        store.up = True
        turn = client.say(Api.MESSAGES, "Hello", Said("Hi"))
        store.up = False
        assert not client.has(turn.id)
        store.up = True

        assert client.has(turn.id)


def test_a_router_hears_the_whole_conversation() -> None:
    router = ScriptedRouter([chosen("code")])
    client = talk(
        *(a_provider(name) for name in (CLAUDE, MINI)),
        preferences=(replace(CODE, models=(CLAUDE,)), CHATTER),
        routers=Routers(preferences=router),
    )
    body: Json = {"model": MINI, "input": "Fix this bug"}
    made = given(answer(Api.MESSAGES, Said("Which one?"), stream=False))
    first = Turn(*asyncio.run(client.envoy.exchange(RESPONSES, json.dumps(body).encode(), made)))

    client.post({"model": MINI, "input": "That one", "previous_response_id": first.id})

    said, _ = router.asked[-1]
    assert ["Fix this bug", "Which one?", "That one"] == [turn.text for turn in said]


def test_a_question_for_the_route_goes_on_from_an_answer_too() -> None:
    router = ScriptedRouter([chosen("code")])
    client = talk(
        a_provider(CLAUDE),
        preferences=(replace(CODE, models=(CLAUDE,)),),
        routers=Routers(preferences=router),
    )
    body: Json = {"model": CLAUDE, "input": "Fix this bug"}
    made = given(answer(Api.MESSAGES, Said("Which one?"), stream=False))
    first = Turn(*asyncio.run(client.envoy.exchange(RESPONSES, json.dumps(body).encode(), made)))

    ended = client.post(
        {**body, "input": "That one", "previous_response_id": first.id}, "/routing/v1/responses"
    )

    assert isinstance(ended, Answered)
    assert ["Fix this bug", "Which one?", "That one"] == [turn.text for turn in router.asked[-1][0]]


def test_a_conversation_is_known_by_how_it_began() -> None:
    """So that it stays at its model while that has it in its cache."""
    router = ScriptedRouter([chosen("code"), chosen("chatter")])
    client = talk(
        *(a_provider(name) for name in (CLAUDE, MINI)),
        preferences=(replace(CODE, models=(CLAUDE,)), CHATTER),
        prompt_caching=PromptCaching(),
        routers=Routers(preferences=router),
    )
    body: Json = {"model": MINI, "input": "Fix this bug"}
    made = given(answer(Api.MESSAGES, Said("Which one?"), stream=False))
    first = Turn(*asyncio.run(client.envoy.exchange(RESPONSES, json.dumps(body).encode(), made)))

    ended = client.post({"model": MINI, "input": "That one", "previous_response_id": first.id})

    assert isinstance(ended, Forwarded)
    assert ("conversation", CLAUDE) == (ended.metadata["routed_by"], ended.metadata["provider"])
    assert 1 == len(router.asked)


@pytest.mark.parametrize("operation", ["input_tokens", "compact"])
def test_other_operations_of_a_native_provider_get_the_history(operation: str) -> None:
    client = talk()
    first = client.say(Api.MESSAGES, "Weather?", CALLING)

    ended = client.post(
        {"model": "gpt-5", "previous_response_id": first.id, "input": RESULT}, f"{RESPONSES}/{operation}"
    )

    assert isinstance(ended, Forwarded)
    asked = json.loads(ended.body)
    assert ["message", "message", "function_call", "function_call_output"] == [
        item["type"] for item in asked["input"]
    ]
    assert {"model", "input"} == set(asked)


@pytest.mark.parametrize("operation", ["input_tokens", "compact"])
def test_other_operations_pass_as_they_are_else(operation: str) -> None:
    body = b'{"model":"gpt-5", "input": "x"}'

    ended = asyncio.run(
        talk(state_storage="memory").envoy.request("POST", f"{RESPONSES}/{operation}", {}, body)
    )

    assert isinstance(ended, Forwarded)
    assert body == ended.body


class TestAgents:
    """On a listener of agents, conversations are always ours."""

    @staticmethod
    def client() -> Talk:
        return Talk(FakeEnvoy(Rules.of(a_snapshot_of(WEATHER)), LISTENER))

    @STREAMED
    def test_an_agent_hears_the_whole_conversation(self, stream: bool) -> None:
        client = self.client()
        first = client.say(Api.CHAT, "Weather?", CALLING, stream=stream)
        second = client.say(Api.CHAT, RESULT, Said("Sunny."), stream=stream, previous_response_id=first.id)

        assert ["user", "assistant", "tool"] == [said["role"] for said in said_to(second)]
        assert {first.id} == {told["previous_response_id"] for told in second.objects}
        assert second.answer == client.get(second.id)

    def test_its_conversation_has_one_id(self) -> None:
        """What is told the agent is made from how the conversation begins."""
        client = self.client()
        first = client.say(Api.CHAT, "Weather?", Said("Where?"))
        second = client.say(Api.CHAT, "Here", Said("Sunny."), previous_response_id=first.id)

        name = "x-plano-conversation-id"
        assert first.sent.headers[name] == second.sent.headers[name]

    def test_what_it_does_not_have_is_not_there(self) -> None:
        client = self.client()

        assert NOT_FOUND == refusal(client.ask(previous_response_id="resp_abc"))
        assert (404, "response_not_found", "id") == refusal(client.call("GET", "resp_abc"))

    def test_what_is_not_to_be_stored_is_not(self) -> None:
        client = self.client()
        turn = client.say(Api.CHAT, "Weather?", Said("Sunny."), store=False)

        assert not client.has(turn.id)
