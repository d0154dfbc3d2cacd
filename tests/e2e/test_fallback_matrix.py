"""Every client gets its answer from a second target, whatever APIs the two speak, whole and streamed."""

import itertools

import pytest

from extproc.dialects.api import Api
from extproc.testing.answers import Answer, Cut, error
from extproc.testing.said import Call, Said, answer
from tests.e2e.asked import asked
from tests.e2e.falling_back import CELLS, INTERFACES, falling_back, first, leaks, second
from tests.e2e.speakers import SYSTEM, TOOL

TEXT = "Grüße aus 北京 🙂: it is 7 °C."
THOUGHT = "The user asks for the weather."
SAID = Said(TEXT, THOUGHT, "sig-1", (Call("call_1", "look_up", {"city": "Zürich"}),))

FAILURES = {
    "reset": Answer(before=(Cut.RESET,)),
    "503": error(503, {"error": {"message": "down"}}),
    "429": error(429, {"error": {"message": "slow down"}}),
    "hang-up": Answer(before=(Cut.CLOSE,)),
}
KINDS = itertools.cycle(FAILURES)
MATRIX = [(*cell, stream, next(KINDS)) for cell in CELLS for stream in (False, True)]


def cell_id(value):
    return value.name.lower() if isinstance(value, Api) else str(value)


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


@pytest.mark.parametrize(("client", "one", "two", "stream", "failure"), MATRIX, ids=cell_id)
def test_the_second_target_answers(lab, client, one, two, stream, failure):
    """Exactly once, in the client's API, and it was asked as if it had been the first."""
    lab.firsts[one].script(FAILURES[failure])
    lab.seconds[two].script(answer(two, SAID, stream=stream))
    speaker = lab.speakers[client]

    heard = speaker.ask(first(one, two), speaker.question("Wie ist es in Zürich?"), stream=stream)

    assert (heard.text, heard.thought) == (TEXT, THOUGHT)
    assert heard.calls == (("call_1", "look_up", {"city": "Zürich"}),)
    assert (heard.input_tokens, heard.cached_tokens, heard.output_tokens) == (20, 8, 9)
    lab.firsts[one].only()
    seen = lab.seconds[two].only()
    request = asked(two, seen)
    assert request.said == (("system", SYSTEM), ("user", "Wie ist es in Zürich?"))
    assert request.tools == (TOOL,)
    assert request.model == INTERFACES[two][1]
    assert request.stream is (stream or (two is Api.RESPONSES and client is not two))
    assert request.effort
    assert leaks(seen) == set()
    assert [p for p in lab.providers if p.requests] == [lab.firsts[one], lab.seconds[two]]
    assert second(two).partition("/")[2] == request.model
