"""Every client reaches every provider, whole and streamed, and its official SDK cannot tell."""

import pytest

from extproc.dialects.api import Api
from extproc.testing.said import Call, Said, answer
from tests.e2e.asked import asked
from tests.e2e.bridging import CELLS, CROSSINGS, MODELS
from tests.e2e.speakers import SYSTEM, TOOL

STREAM = pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
EVERY_CELL = pytest.mark.parametrize(("client", "upstream"), CELLS, ids=lambda api: api.name.lower())
EVERY_CROSSING = pytest.mark.parametrize(("client", "upstream"), CROSSINGS, ids=lambda api: api.name.lower())

TEXT = "Grüße aus 北京 🙂: it is 7 °C.\n\n“Bye.”"
THOUGHT = "The user asks for the weather. I know it."
CALLS = (Call("call_1", "look_up", {"city": "Zürich"}), Call("call_2", "look_up", {"city": "北京"}))

ENDED = {Api.CHAT: "stop", Api.MESSAGES: "end_turn", Api.RESPONSES: "completed"}
CALLED = {Api.CHAT: "tool_calls", Api.MESSAGES: "tool_use", Api.RESPONSES: "completed"}
CUT = {Api.CHAT: "length", Api.MESSAGES: "max_tokens", Api.RESPONSES: "incomplete"}
ID_PREFIX = {Api.CHAT: "", Api.MESSAGES: "msg_", Api.RESPONSES: "resp_"}


def tell(bridge, upstream, said, *, stream):
    bridge.providers[upstream].script(answer(upstream, said, stream=stream))


@EVERY_CELL
@STREAM
def test_text_reasoning_and_usage_arrive(bridge, client, upstream, stream):
    """Whole and exact, in every alphabet, however the provider tells them."""
    speaker, provider = bridge.speakers[client], bridge.providers[upstream]
    tell(bridge, upstream, Said(TEXT, THOUGHT, "sig-1"), stream=stream)

    heard = speaker.ask(MODELS[upstream], speaker.question("Wie ist es in Zürich?"), stream=stream)

    assert (heard.text, heard.thought, heard.calls) == (TEXT, THOUGHT, ())
    assert (heard.input_tokens, heard.cached_tokens, heard.output_tokens) == (20, 8, 9)
    assert heard.finish == ENDED[client]
    assert heard.id.startswith(ID_PREFIX[client])
    # Converse alone does not say which model it was.
    assert heard.model == ("anthropic.claude-house-1" if upstream is Api.CONVERSE else "model-of-provider")
    assert len(provider.requests) == 1


@EVERY_CELL
@STREAM
def test_the_question_arrives_as_the_provider_must_have_it(bridge, client, upstream, stream):
    """System prompt, words, tool and stream; nothing that it does not know."""
    speaker, provider = bridge.speakers[client], bridge.providers[upstream]
    tell(bridge, upstream, Said(TEXT), stream=stream)

    speaker.ask(MODELS[upstream], speaker.question("Wie ist es in Zürich?"), stream=stream)

    request = asked(upstream, provider.only())
    assert request.said == (("system", SYSTEM), ("user", "Wie ist es in Zürich?"))
    assert request.tools == (TOOL,)
    assert request.model == MODELS[upstream].partition("/")[2]
    assert request.stream is (stream or (upstream is Api.RESPONSES and client is not upstream))
    assert request.effort


@EVERY_CELL
@STREAM
def test_tools_are_called_and_answered(bridge, client, upstream, stream):
    """Two at once; the next turn holds the calls, the results, and the reasoning with its signature."""
    speaker, provider = bridge.speakers[client], bridge.providers[upstream]
    history = speaker.question("Wie ist es in Zürich und in 北京?")
    tell(bridge, upstream, Said("I look.", THOUGHT, "sig-1", CALLS), stream=stream)
    heard = speaker.ask(MODELS[upstream], history, stream=stream)

    expected = tuple((call.id, call.name, call.arguments) for call in CALLS)
    assert (heard.text, heard.calls, heard.finish) == ("I look.", expected, CALLED[client])

    tell(bridge, upstream, Said(TEXT), stream=stream)
    results = [("call_1", "7 °C"), ("call_2", "25 °C")]
    history += [*heard.turn, *speaker.results(results)]
    assert speaker.ask(MODELS[upstream], history, stream=stream).text == TEXT

    request = asked(upstream, provider.requests[1])
    assert request.calls == expected
    assert request.results == tuple(results)
    assert request.thoughts == ((THOUGHT, "" if upstream is Api.CHAT else "sig-1"),)
    assert request.said[-1] == ("assistant", "I look.")


@EVERY_CELL
@STREAM
def test_an_answer_that_the_limit_cut_off_says_so(bridge, client, upstream, stream):
    """And keeps what there is of it."""
    speaker = bridge.speakers[client]
    tell(bridge, upstream, Said("It is", cut=True), stream=stream)

    if client is Api.CHAT and stream:
        with pytest.raises(speaker.errors.LengthFinishReasonError) as cut:
            speaker.ask(MODELS[upstream], speaker.question("?"), stream=True)
        assert cut.value.completion.choices[0].message.content == "It is"
        return
    heard = speaker.ask(MODELS[upstream], speaker.question("?"), stream=stream)

    assert (heard.text, heard.finish) == ("It is", CUT[client])


@EVERY_CROSSING
def test_json_in_reply_to_a_stream_is_streamed(bridge, client, upstream):
    """By servers that cannot stream."""
    speaker = bridge.speakers[client]
    tell(bridge, upstream, Said(TEXT, THOUGHT, "sig-1", CALLS), stream=False)

    heard = speaker.ask(MODELS[upstream], speaker.question("?"), stream=True)

    assert (heard.text, heard.thought, len(heard.calls)) == (TEXT, THOUGHT, 2)


@EVERY_CROSSING
def test_a_stream_in_reply_to_no_wish_for_one_is_joined(bridge, client, upstream):
    """By servers that do nothing else."""
    speaker = bridge.speakers[client]
    tell(bridge, upstream, Said(TEXT, THOUGHT, "sig-1", CALLS), stream=True)

    heard = speaker.ask(MODELS[upstream], speaker.question("?"), stream=False)

    assert (heard.text, heard.thought, len(heard.calls)) == (TEXT, THOUGHT, 2)
