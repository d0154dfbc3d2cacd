"""What happens to a request on a listener of agents, from Envoy's first message to our last reply."""

import asyncio
import json
from dataclasses import replace
from typing import Any

import pytest

from extproc.config.snapshot import RouterModels, SessionSettings, Snapshot
from extproc.dialects.api import Api
from extproc.dialects.registry import CLIENT_DIALECTS
from extproc.exchange.outcome import Ending
from extproc.exchange.rules import Routers, Rules
from extproc.llm.parts import Text
from extproc.llm.replay import Collector
from extproc.outbound.port import OutboundError
from extproc.routers.candidate import Choice
from extproc.testing import answers
from extproc.testing.fake_answers import Delivered, Provided
from extproc.testing.fake_envoy import Answered, Ended, FakeEnvoy, Forwarded
from tests.agents.cast import (
    FLIGHTS,
    HOTELS,
    LISTENER,
    WEATHER,
    ScriptedOutbound,
    ScriptedRouter,
    a_snapshot_of,
    outbound,
    rules,
    sure,
    unsure,
)

PATHS = {Api.CHAT: "/v1/chat/completions", Api.MESSAGES: "/v1/messages", Api.RESPONSES: "/v1/responses"}
CLIENTS = pytest.mark.parametrize("client", list(PATHS))
STREAMED = pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
CHAT = PATHS[Api.CHAT]


def body(client: Api = Api.CHAT, text: str = "Will it rain?", **more: object) -> bytes:
    said = [{"role": "user", "content": text}]
    asked: dict[str, object] = {
        Api.CHAT: {"model": "m", "messages": said},
        Api.MESSAGES: {"model": "m", "max_tokens": 99, "messages": said},
        Api.RESPONSES: {"model": "m", "input": text},
    }[client]
    return json.dumps(asked | more).encode()


def talk(*said: str) -> bytes:
    """A conversation in which the person has said so much, and was answered meanwhile."""
    messages = [
        {"role": role, "content": text}
        for turn in said
        for role, text in (("user", turn), ("assistant", "I see."))
    ]
    return json.dumps({"model": "m", "messages": messages[:-1]}).encode()


def grown(turns: int) -> bytes:
    return talk(*(f"Question {number}" for number in range(turns)))


def envoy_of(
    snapshot: Snapshot, *choices: Choice | Exception, way_out: ScriptedOutbound | None = None
) -> tuple[FakeEnvoy, ScriptedRouter]:
    made, router = rules(snapshot, choices, way_out)
    return FakeEnvoy(made, LISTENER), router


def post(envoy: FakeEnvoy, data: bytes, path: str = CHAT, **headers: str) -> Ended:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return asyncio.run(envoy.request("POST", path, names, data))


def forwarded(ended: Ended) -> Forwarded:
    assert isinstance(ended, Forwarded), ended
    return ended


def refused(ended: Ended) -> Answered:
    assert isinstance(ended, Answered), ended
    return ended


def provided(answer: answers.Answer) -> Provided:
    pieces = tuple(step for step in answer.steps if isinstance(step, bytes))
    return Provided(answer.status, dict(answer.headers), pieces)


def text_of(client: Api, delivered: Delivered) -> str:
    dialect = CLIENT_DIALECTS[client]
    if not delivered.headers["content-type"].startswith(b"text/event-stream"):
        parts = dialect.read_response(json.loads(delivered.body)).parts
    else:
        collector, decoder = Collector(), dialect.stream_decoder()
        for event in (*decoder.feed(delivered.body), *decoder.close()):
            collector.add(event)
        assert collector.failed is None
        parts = collector.response().parts
    return "".join(part.text for part in parts if isinstance(part, Text))


class TestOneAgent:
    def test_a_chat_request_reaches_it_as_it_is(self) -> None:
        """Byte for byte; nobody is asked which agent it is for."""
        envoy, router = envoy_of(a_snapshot_of(WEATHER, base_path="/team/weather"), sure(WEATHER))
        data = b'{ "messages":[{"role":"user","content":"Will it rain?"}],\n "x": 1e3 }'

        sent = forwarded(post(envoy, data, f"{CHAT}?a=%20b", anthropic_version="kept"))

        assert (data, b"kept") == (sent.body, sent.headers["anthropic-version"])
        assert b"agent_weather_agent" == sent.headers["x-plano-int-cluster"]
        assert b"/team/weather/v1/chat/completions?a=%20b" == sent.headers[":path"]
        assert sent.rerouted
        assert ([], []) == (router.asked, envoy.waits)
        assert [(Ending.ROUTED, WEATHER)] == [(outcome.ending, outcome.agent) for outcome in envoy.outcomes]

    def test_the_log_is_told_who_works(self) -> None:
        envoy, _ = envoy_of(a_snapshot_of(WEATHER))

        assert {
            "listener": LISTENER,
            "operation": "chat",
            "agent": WEATHER,
            "routed_by": "only",
            "routing_ms": 0.0,
            "routing_reason": "There is no other agent.",
        } == forwarded(post(envoy, body())).metadata

    def test_it_is_told_the_conversation(self) -> None:
        """The same id decides which replica works."""
        envoy, _ = envoy_of(a_snapshot_of(WEATHER))

        first = forwarded(post(envoy, body(), x_plano_conversation_id="forged"))
        grown = json.dumps(
            {
                "messages": [
                    {"role": "user", "content": "Will it rain?"},
                    {"role": "assistant", "content": "No."},
                    {"role": "user", "content": "And tomorrow?"},
                ]
            }
        ).encode()
        later = forwarded(post(envoy, grown))
        other = forwarded(post(envoy, body(text="Which flights are there?")))

        names = ("x-plano-conversation-id", "x-plano-int-hash")
        ids = [{sent.headers[name] for name in names} for sent in (first, later, other)]
        assert ids[0] == ids[1] != ids[2]
        assert ids[0].pop().startswith(b"implicit:")

    def test_the_client_may_name_the_conversation(self) -> None:
        envoy, _ = envoy_of(a_snapshot_of(WEATHER))

        assert (
            b"chat-42"
            == forwarded(post(envoy, body(), x_model_affinity="chat-42")).headers["x-plano-conversation-id"]
        )

    def test_two_tenants_have_no_conversation_in_common(self) -> None:
        snapshot = replace(a_snapshot_of(WEATHER), tenant_header="x-tenant")
        envoy, _ = envoy_of(snapshot)

        ids = {
            forwarded(post(envoy, body(), x_tenant=tenant)).headers["x-plano-conversation-id"]
            for tenant in ("a", "b", "")
        }

        assert 3 == len(ids)

    @pytest.mark.parametrize("data", [b"{}", b'{"messages": 7}', b'{"messages": [{"role": "nobody"}]}'])
    def test_what_only_the_agent_may_understand_passes(self, data: bytes) -> None:
        """It belongs to no conversation, and no client may say that it does."""
        envoy, _ = envoy_of(a_snapshot_of(WEATHER))

        sent = forwarded(post(envoy, data, x_plano_conversation_id="forged"))

        assert data == sent.body
        assert not {"x-plano-conversation-id", "x-plano-int-hash"} & sent.headers.keys()

    @pytest.mark.parametrize("client", [Api.MESSAGES, Api.RESPONSES])
    @STREAMED
    def test_another_client_is_understood_and_answered(self, client: Api, stream: bool) -> None:
        envoy, _ = envoy_of(a_snapshot_of(WEATHER))
        answer = answers.openai_chat_stream(["No ", "rain."]) if stream else answers.openai_chat("No rain.")

        sent, delivered = asyncio.run(
            envoy.exchange(
                f"{PATHS[client]}?beta=true",
                body(client, stream=stream),
                provided(answer),
                {"anthropic-version": "2023-06-01"},
            )
        )

        asked = json.loads(sent.body)
        assert ("m", [{"role": "user", "content": "Will it rain?"}]) == (asked["model"], asked["messages"])
        assert CHAT.encode() == sent.headers[":path"]
        assert b"identity" == sent.headers["accept-encoding"]
        assert "anthropic-version" not in sent.headers
        assert "No rain." == text_of(client, delivered)
        assert stream == delivered.headers["content-type"].startswith(b"text/event-stream")

    @pytest.mark.parametrize("client", [Api.MESSAGES, Api.RESPONSES])
    @pytest.mark.parametrize(
        ("answer", "what"),
        [
            (answers.json_answer({"said": "No rain."}), "its answer cannot be read: it has no `choices`"),
            (answers.Answer(steps=(b"No rain.",)), "its answer cannot be read"),
        ],
        ids=["no answer", "no JSON"],
    )
    def test_an_answer_that_cannot_be_read_is_the_agents(
        self, client: Api, answer: answers.Answer, what: str
    ) -> None:
        envoy, _ = envoy_of(a_snapshot_of(WEATHER))

        _, delivered = asyncio.run(envoy.exchange(PATHS[client], body(client), provided(answer)))

        assert (502, b"agent_failed") == (delivered.status, delivered.headers["x-plano-reply"])
        message = json.loads(delivered.body)["error"]["message"]
        assert message.startswith(f"The agent 'weather_agent' failed: {what}")

    @pytest.mark.parametrize("client", [Api.MESSAGES, Api.RESPONSES])
    def test_a_stream_that_breaks_off_is_the_agents(self, client: Api) -> None:
        envoy, _ = envoy_of(a_snapshot_of(WEATHER))
        cut = answers.sse_answer(answers.openai_chat_stream(["No ", "rain."]).steps[:2])

        _, delivered = asyncio.run(envoy.exchange(PATHS[client], body(client, stream=True), provided(cut)))

        assert b"The agent weather_agent's answer broke off before its end." in delivered.body

    @pytest.mark.parametrize("client", [Api.MESSAGES, Api.RESPONSES])
    def test_an_error_without_words_names_it(self, client: Api) -> None:
        envoy, _ = envoy_of(a_snapshot_of(WEATHER))

        _, delivered = asyncio.run(envoy.exchange(PATHS[client], body(client), provided(answers.Answer(500))))

        assert "The agent weather_agent answered 500" in json.loads(delivered.body)["error"]["message"]

    @CLIENTS
    def test_its_errors_keep_their_status(self, client: Api) -> None:
        envoy, _ = envoy_of(a_snapshot_of(WEATHER))
        failure = answers.error(418, {"error": {"message": "I am a teapot", "type": "t", "code": None}})

        _, delivered = asyncio.run(envoy.exchange(PATHS[client], body(client), provided(failure)))

        assert 418 == delivered.status
        assert "I am a teapot" == json.loads(delivered.body)["error"]["message"]


class TestSeveralAgents:
    SNAPSHOT = a_snapshot_of(WEATHER, FLIGHTS, HOTELS)

    def test_a_router_chooses(self) -> None:
        envoy, router = envoy_of(self.SNAPSHOT, sure(FLIGHTS))

        sent = forwarded(post(envoy, body()))

        assert (body(), b"agent_flight_agent") == (sent.body, sent.headers["x-plano-int-cluster"])
        assert ("embedded", FLIGHTS) == (sent.metadata["routed_by"], sent.metadata["agent"])
        assert float(str(sent.metadata["routing_ms"])) > 0
        assert "Will it rain?" == router.asked[0][0][0].text

    def test_a_conversation_stays_where_it_is_until_a_choice_is_sure(self) -> None:
        choices = (sure(FLIGHTS), unsure(WEATHER), sure(HOTELS), unsure())
        envoy, _ = envoy_of(self.SNAPSHOT, *choices)

        sent = [forwarded(post(envoy, grown(turns))).metadata for turns in range(1, 5)]

        assert [
            (FLIGHTS, "embedded"),
            (FLIGHTS, "conversation"),
            (HOTELS, "embedded"),
            (HOTELS, "conversation"),
        ] == [(told["agent"], told["routed_by"]) for told in sent]

    def test_others_conversations_are_others(self) -> None:
        snapshot = replace(self.SNAPSHOT, tenant_header="x-tenant")
        envoy, _ = envoy_of(snapshot, sure(FLIGHTS), unsure())

        asked = [
            forwarded(post(envoy, body(), x_tenant=tenant, x_model_affinity=name)).metadata["agent"]
            for tenant, name in (("a", "1"), ("a", "2"), ("b", "1"), ("a", "1"))
        ]

        assert [FLIGHTS, WEATHER, WEATHER, FLIGHTS] == asked

    def test_a_conversation_is_forgotten_in_time(self) -> None:
        snapshot = replace(self.SNAPSHOT, sessions=SessionSettings(ttl_s=0.0))
        envoy, _ = envoy_of(snapshot, sure(FLIGHTS), unsure())

        asked = [forwarded(post(envoy, grown(turns))).metadata["agent"] for turns in (1, 2)]

        assert [FLIGHTS, WEATHER] == asked

    def test_two_who_begin_alike_have_each_their_own(self) -> None:
        """Without a name for it, their conversations have one id."""
        envoy, _ = envoy_of(self.SNAPSHOT, sure(FLIGHTS), sure(HOTELS), unsure())

        talks = (
            talk("Hello"),
            talk("Hello", "A bed?"),
            talk("Hello", "In Rome?"),
            talk("Hello", "A bed?", "Yes."),
        )
        asked = [forwarded(post(envoy, data)).metadata["agent"] for data in talks]

        assert [FLIGHTS, HOTELS, WEATHER, WEATHER] == asked

    def test_a_router_that_fails_fails_no_request(self) -> None:
        envoy, _ = envoy_of(self.SNAPSHOT, RuntimeError("broken"))

        assert "default" == forwarded(post(envoy, body())).metadata["routed_by"]

    def test_without_a_router_the_default_works(self) -> None:
        envoy, _ = envoy_of(a_snapshot_of(WEATHER, FLIGHTS, default=FLIGHTS))

        assert FLIGHTS == forwarded(post(envoy, body())).metadata["agent"]

    @pytest.mark.parametrize("data", [b'{"messages": 7}', b'{"messages": [{"role": "nobody"}]}'])
    def test_a_request_that_cannot_be_read_is_the_callers_error(self, data: bytes) -> None:
        """Nobody knows whom it is for."""
        envoy, _ = envoy_of(self.SNAPSHOT, sure(FLIGHTS))

        assert 400 == refused(post(envoy, data)).status

    def test_who_goes_away_while_a_router_thinks_leaves_nothing_behind(self) -> None:
        begun, ended = asyncio.Event(), asyncio.Event()

        class Thinking(ScriptedRouter):
            async def choose(self, *_: object) -> Choice:
                begun.set()
                try:
                    await asyncio.Event().wait()
                finally:
                    ended.set()
                raise AssertionError

        made = Rules.of(self.SNAPSHOT, routers=Routers({LISTENER: Thinking([])}))
        envoy = FakeEnvoy(made, LISTENER)

        asyncio.run(envoy.leave(CHAT, body(), begun))

        assert ended.is_set()
        assert [Ending.ABORTED] == [outcome.ending for outcome in envoy.outcomes]


SUN = answers.openai_chat("It is sunny.")
SKIPPING = a_snapshot_of(WEATHER, FLIGHTS, HOTELS, on_agent_error="skip")


class TestAChain:
    SNAPSHOT = a_snapshot_of(WEATHER, FLIGHTS, HOTELS)

    def test_the_last_one_hears_the_others_and_answers_the_client(self) -> None:
        way_out = outbound(weather_agent=SUN, hotel_agent=answers.openai_chat_stream(["A ", "bed."]))
        envoy, _ = envoy_of(self.SNAPSHOT, sure(WEATHER, HOTELS, FLIGHTS), way_out=way_out)

        sent = forwarded(post(envoy, body(stream=True)))

        assert b"agent_flight_agent" == sent.headers["x-plano-int-cluster"]
        asked = json.loads(sent.body)
        assert [
            {"role": "assistant", "name": WEATHER, "content": "It is sunny."},
            {"role": "assistant", "name": HOTELS, "content": "A bed."},
            {"role": "user", "content": "Will it rain?"},
        ] == asked["messages"]
        assert (True, "m") == (asked["stream"], asked["model"])
        assert str(len(sent.body)).encode() == sent.headers["content-length"]
        assert (FLIGHTS, f"{WEATHER},{HOTELS},{FLIGHTS}") == (sent.metadata["agent"], sent.metadata["agents"])
        assert [Ending.ROUTED] == [outcome.ending for outcome in envoy.outcomes]

    def test_envoy_is_asked_once_to_wait_for_all_of_them(self) -> None:
        """A second wish for the same message would be ignored, and so would one above its maximum."""
        way_out = outbound(weather_agent=SUN, hotel_agent=SUN)
        envoy, _ = envoy_of(self.SNAPSHOT, sure(WEATHER, HOTELS, FLIGHTS), way_out=way_out)

        post(envoy, body())

        assert [300.0] == envoy.waits

    def test_a_router_model_that_may_take_long_is_waited_for_by_the_same_wish(self) -> None:
        patient = replace(self.SNAPSHOT, router_models=RouterModels(agents="gpt-4o", timeout_s=30.0))
        way_out = outbound(weather_agent=SUN, hotel_agent=SUN)
        envoy, _ = envoy_of(patient, sure(WEATHER, HOTELS, FLIGHTS), way_out=way_out)

        post(envoy, body())

        assert [300.0] == envoy.waits

    def test_the_earlier_ones_are_told_what_follows_the_request_and_no_more(self) -> None:
        way_out = outbound(weather_agent=SUN)
        envoy, _ = envoy_of(self.SNAPSHOT, sure(WEATHER, FLIGHTS), way_out=way_out)

        post(
            envoy, body(), authorization="sk", traceparent="00-1-2-01", x_model_affinity="chat-42", x_own="x"
        )

        assert {
            "content-type": "application/json",
            "accept": "application/json, text/event-stream",
            "accept-encoding": "identity",
            "x-request-id": "7f9c2ba4-e88f-827d-a160-455076059c50",
            "traceparent": "00-1-2-01",
            "x-plano-conversation-id": "chat-42",
            "x-plano-int-hash": "chat-42",
        } == way_out.posts[0].headers

    @CLIENTS
    def test_one_that_fails_is_named_in_the_clients_shape(self, client: Api) -> None:
        way_out = outbound(weather_agent=answers.error(503, {"error": {"message": "sk-secret"}}))
        envoy, _ = envoy_of(self.SNAPSHOT, sure(WEATHER, FLIGHTS), way_out=way_out)

        answer = refused(post(envoy, body(client), PATHS[client]))

        assert (502, "agent_failed") == (answer.status, answer.headers["x-plano-reply"])
        error = json.loads(answer.body)["error"]
        assert "The agent 'weather_agent' failed: it answered 503." == error["message"]
        assert (client is Api.MESSAGES) == ("code" not in error)
        request_id = "request-id" if client is Api.MESSAGES else "x-request-id"
        assert (WEATHER, f"{WEATHER},{FLIGHTS}", "7f9c2ba4-e88f-827d-a160-455076059c50") == tuple(
            answer.headers[name] for name in ("x-plano-agent", "x-plano-agents", request_id)
        )
        assert ("agent_failed", WEATHER, f"{WEATHER},{FLIGHTS}") == tuple(
            answer.metadata[name] for name in ("reply", "agent", "agents")
        )
        assert [Ending.REPLIED] == [outcome.ending for outcome in envoy.outcomes]

    def test_one_that_fails_may_be_left_out(self) -> None:
        way_out = outbound(weather_agent=OutboundError("refused"), hotel_agent=SUN)
        envoy, _ = envoy_of(SKIPPING, sure(WEATHER, HOTELS, FLIGHTS), way_out=way_out)

        sent = forwarded(post(envoy, body()))

        assert [HOTELS] == [said["name"] for said in json.loads(sent.body)["messages"] if "name" in said]
        assert (f"{HOTELS},{FLIGHTS}", WEATHER) == (
            sent.metadata["agents"],
            sent.metadata["agents_skipped"],
        )

    def test_where_all_others_fail_the_last_one_gets_the_request_as_it_is(self) -> None:
        envoy, _ = envoy_of(
            SKIPPING, sure(WEATHER, FLIGHTS), way_out=outbound(weather_agent=OutboundError(""))
        )

        sent = forwarded(post(envoy, body()))

        assert body() == sent.body
        assert "agents" not in sent.metadata
        assert WEATHER == sent.metadata["agents_skipped"]

    def test_a_follow_up_goes_to_the_last_one_alone(self) -> None:
        envoy, _ = envoy_of(
            self.SNAPSHOT, sure(WEATHER, FLIGHTS), unsure(), way_out=outbound(weather_agent=SUN)
        )

        sent = [forwarded(post(envoy, grown(turns))) for turns in (1, 2)]

        assert (FLIGHTS, "conversation") == (sent[1].metadata["agent"], sent[1].metadata["routed_by"])
        assert grown(2) == sent[1].body

    @pytest.mark.parametrize("client", [Api.MESSAGES, Api.RESPONSES])
    @STREAMED
    def test_another_client_gets_the_last_ones_answer(self, client: Api, stream: bool) -> None:
        envoy, _ = envoy_of(self.SNAPSHOT, sure(WEATHER, FLIGHTS), way_out=outbound(weather_agent=SUN))

        sent, delivered = asyncio.run(
            envoy.exchange(PATHS[client], body(client, stream=stream), provided(_two_flights(stream)))
        )

        assert [WEATHER, None] == [said.get("name") for said in json.loads(sent.body)["messages"]]
        assert "Two flights." == text_of(client, delivered)

    @CLIENTS
    @STREAMED
    def test_all_answers_can_be_given_to_the_client(self, client: Api, stream: bool) -> None:
        """In the order of the work."""
        snapshot = a_snapshot_of(WEATHER, FLIGHTS, HOTELS, chain="concat")
        way_out = outbound(weather_agent=SUN, hotel_agent=answers.openai_chat("A bed. "))
        envoy, _ = envoy_of(snapshot, sure(WEATHER, HOTELS, FLIGHTS), way_out=way_out)

        sent, delivered = asyncio.run(
            envoy.exchange(PATHS[client], body(client, stream=stream), provided(_two_flights(stream)))
        )

        assert "It is sunny.\n\nA bed.\n\nTwo flights." == text_of(client, delivered)
        assert b"identity" == sent.headers["accept-encoding"]
        assert stream == json.loads(sent.body).get("stream", False)

    @CLIENTS
    def test_an_error_of_the_last_one_is_the_answer(self, client: Api) -> None:
        snapshot = a_snapshot_of(WEATHER, FLIGHTS, chain="concat")
        envoy, _ = envoy_of(snapshot, sure(WEATHER, FLIGHTS), way_out=outbound(weather_agent=SUN))
        failure = provided(answers.error(429, {"error": {"message": "slow down"}}))

        _, delivered = asyncio.run(envoy.exchange(PATHS[client], body(client), failure))

        assert (429, False) == (delivered.status, b"sunny" in delivered.body)

    def test_who_goes_away_ends_the_work(self) -> None:
        """No agent goes on for nobody."""
        way_out = ScriptedOutbound()
        envoy, _ = envoy_of(self.SNAPSHOT, sure(WEATHER, FLIGHTS), way_out=way_out)

        async def check() -> None:
            await envoy.leave(CHAT, body(), way_out.called)
            assert way_out.cancelled.is_set()

        asyncio.run(check())
        assert [Ending.ABORTED] == [outcome.ending for outcome in envoy.outcomes]
        assert 1 == len(way_out.posts)


def _two_flights(stream: bool) -> answers.Answer:
    return answers.openai_chat_stream(["Two ", "flights."]) if stream else answers.openai_chat("Two flights.")


class TestWhatElseIsServed:
    SNAPSHOT = a_snapshot_of(WEATHER)

    @pytest.mark.parametrize(
        ("method", "path", "status"),
        [
            ("GET", "/healthz", 200),
            ("GET", "/v1/models", 200),
            ("GET", "/v1/models/gpt-4o", 200),
            ("OPTIONS", "/v1/models", 204),
            ("GET", CHAT, 405),
            ("POST", "/v1/embeddings", 404),
            ("POST", "/v1/messages/count_tokens", 404),
            ("GET", "/v1/responses/resp_1", 404),
            ("POST", "/nothing", 404),
        ],
    )
    def test_by_path(self, method: str, path: str, status: int) -> None:
        envoy, _ = envoy_of(self.SNAPSHOT)

        assert status == refused(asyncio.run(envoy.request(method, path))).status

    def test_an_unknown_path_is_answered_with_what_there_is(self) -> None:
        envoy, _ = envoy_of(self.SNAPSHOT)

        answer: dict[str, Any] = json.loads(
            refused(asyncio.run(envoy.request("POST", "/v1/messages/batches"))).body
        )

        assert "error" == answer["type"]
        assert (
            "they take POST /v1/chat/completions, /v1/messages and /v1/responses"
            in answer["error"]["message"]
        )

    @pytest.mark.parametrize(
        ("data", "headers", "status"),
        [
            (b"", {}, 400),
            (b"[]", {}, 400),
            (b"{", {}, 400),
            (body(), {"content_encoding": "gzip"}, 415),
        ],
        ids=["no body", "no object", "no JSON", "compressed"],
    )
    def test_a_body_that_is_none(self, data: bytes, headers: dict[str, str], status: int) -> None:
        envoy, _ = envoy_of(self.SNAPSHOT)

        assert status == refused(post(envoy, data, **headers)).status
