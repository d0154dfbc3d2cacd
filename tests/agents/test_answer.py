"""What an agent said, out of whatever it sent."""

import asyncio
import json

import pytest

from extproc.agents.answer import text_of
from extproc.errors import AgentFailed
from extproc.testing import answers
from extproc.testing.answers import Answer, json_answer
from tests.agents.cast import answered

WHOLE_CHUNK = {"choices": [{"delta": {"content": "It is sunny."}, "finish_reason": "stop"}]}
CALL = {"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}


def chat(**message: object) -> Answer:
    return json_answer({"choices": [{"message": {"role": "assistant", **message}}]})


def text(answer: Answer) -> str:
    return asyncio.run(text_of("weather_agent", answered(answer)))


@pytest.mark.parametrize(
    "answer",
    [
        answers.openai_chat("It is sunny."),
        answers.openai_chat_stream(["It is ", "sunny."]),
        answers.openai_chat("It is sunny.").gzipped(),
        answers.openai_chat_stream(["It is ", "sunny."]).brotlied(),
        chat(content=[{"type": "text", "text": "It is sunny."}]),
        chat(refusal="It is sunny."),
        answers.sse_answer([b"data: " + json.dumps(WHOLE_CHUNK).encode()]),
    ],
    ids=["JSON", "a stream", "gzip", "a brotli stream", "parts", "a refusal", "a stream without its end"],
)
def test_its_words_are_found(answer: Answer) -> None:
    """Asked for a whole answer, some stream all the same."""
    assert "It is sunny." == text(answer)


def test_a_long_answer_is_read_beside_the_event_loop() -> None:
    assert 300_000 == len(text(answers.openai_chat("x" * 300_000)))


@pytest.mark.parametrize(
    ("answer", "what"),
    [
        (answers.error(503, {"error": {"message": "the key sk-1 is used up"}}), "it answered 503"),
        (Answer(404, steps=(b"<html>",)), "it answered 404"),
        (json_answer({"error": {"message": "no"}}), "its answer is an error"),
        (answers.sse_answer([b'data: {"error":{"message":"no"}}\n\n']), "its answer is an error"),
        (answers.sse_answer(answers.openai_chat_stream(["It"]).steps[:2]), "its answer is an error"),
        (json_answer({"answer": "It is sunny."}), "its answer is not one of Chat Completions"),
        (Answer(steps=(b"It is sunny.",)), "its answer is not one of Chat Completions"),
        (Answer(204), "its answer is not one of Chat Completions"),
        (chat(content=""), "its answer has no text"),
        (chat(content=" \n"), "its answer has no text"),
        (json_answer({"choices": []}), "its answer has no text"),
        (
            chat(content="I look.", tool_calls=[CALL]),
            "it called a tool, which only the last agent of a chain may do",
        ),
    ],
)
def test_an_answer_without_words_is_a_failure_that_says_why(answer: Answer, what: str) -> None:
    """Nothing of what the agent sent is repeated."""
    with pytest.raises(AgentFailed) as raised:
        text(answer)

    assert f"The agent 'weather_agent' failed: {what}." == raised.value.message
