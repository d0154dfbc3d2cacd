"""What is more than words: pictures, forced tools, answers by a schema."""

import json

import pydantic
import pytest

from extproc.dialects.api import Api
from extproc.testing.said import Call, Said, answer
from tests.e2e.asked import asked
from tests.e2e.bridging import CROSSINGS, MODELS

EVERY_CROSSING = pytest.mark.parametrize(("client", "upstream"), CROSSINGS, ids=lambda api: api.name.lower())

PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
DATA_URL = f"data:image/png;base64,{PNG}"

PICTURES = {
    Api.CHAT: [
        {"type": "text", "text": "What is it?"},
        {"type": "image_url", "image_url": {"url": DATA_URL}},
    ],
    Api.MESSAGES: [
        {"type": "text", "text": "What is it?"},
        {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PNG}},
    ],
    Api.RESPONSES: [
        {"type": "input_text", "text": "What is it?"},
        {"type": "input_image", "image_url": DATA_URL},
    ],
    Api.CONVERSE: [{"text": "What is it?"}, {"image": {"format": "png", "source": {"bytes": PNG}}}],
}
"""The same question in each API."""


@EVERY_CROSSING
def test_a_picture_arrives(bridge, client, upstream):
    """Where it stood, and as it was."""
    speaker, provider = bridge.speakers[client], bridge.providers[upstream]
    provider.script(answer(upstream, Said("A dot."), stream=False))
    history = [*speaker.question("?")[:-1], {"role": "user", "content": PICTURES[client]}]

    assert speaker.ask(MODELS[upstream], history, stream=False).text == "A dot."

    body = provider.only().json()
    turn = (body["input"] if upstream is Api.RESPONSES else body["messages"])[-1]
    content = [{key: part[key] for key in part if key != "detail"} for part in turn["content"]]
    assert (turn["role"], content) == ("user", PICTURES[upstream])


FORCED = {
    Api.CHAT: {"type": "function", "function": {"name": "look_up"}},
    Api.MESSAGES: {"type": "tool", "name": "look_up"},
    Api.RESPONSES: {"type": "function", "name": "look_up"},
    Api.CONVERSE: {"tool": {"name": "look_up"}},
}


@EVERY_CROSSING
def test_a_tool_can_be_demanded(bridge, client, upstream):
    """By its name. Claude cannot be made to call one while it thinks; the others go on reasoning."""
    speaker, provider = bridge.speakers[client], bridge.providers[upstream]
    provider.script(answer(upstream, Said(calls=(Call("call_1", "look_up", {"city": "X"}),)), stream=False))
    quiet = {"thinking": {"type": "disabled"}} if client is Api.MESSAGES else {}

    heard = speaker.ask(
        MODELS[upstream], speaker.question("?"), stream=False, tool_choice=FORCED[client], **quiet
    )

    body = provider.only().json()
    chosen = body["toolConfig"]["toolChoice"] if upstream is Api.CONVERSE else body["tool_choice"]
    assert chosen == FORCED[upstream]
    assert heard.calls == (("call_1", "look_up", {"city": "X"}),)


class Weather(pydantic.BaseModel):
    """What the answer is to be."""

    city: str
    celsius: int


def parsed(speaker, model):
    """The answer by the SDK's own helper for schemas."""
    sdk, history = speaker.sdk, speaker.question("?")
    match speaker.api:
        case Api.CHAT:
            told = sdk.chat.completions.parse(model=model, messages=history, response_format=Weather)
            return told.choices[0].message.parsed
        case Api.MESSAGES:
            told = sdk.messages.parse(model=model, max_tokens=99, messages=history, output_format=Weather)
            return told.parsed_output
        case Api.RESPONSES:
            return sdk.responses.parse(model=model, input=history, text_format=Weather).output_parsed


def schema_of(api, body):
    """Where each API wants it."""
    match api:
        case Api.CHAT:
            return body["response_format"]["json_schema"]["schema"]
        case Api.MESSAGES:
            return body["output_config"]["format"]["schema"]
        case Api.RESPONSES:
            return body["text"]["format"]["schema"]
        case Api.CONVERSE:
            return json.loads(body["outputConfig"]["textFormat"]["structure"]["jsonSchema"]["schema"])


@EVERY_CROSSING
def test_an_answer_by_a_schema_is_parsed_by_the_sdk(bridge, client, upstream):
    """The provider is held to it, the client gets its object."""
    provider = bridge.providers[upstream]
    provider.script(answer(upstream, Said('{"city": "Zürich", "celsius": 7}'), stream=False))

    assert parsed(bridge.speakers[client], MODELS[upstream]) == Weather(city="Zürich", celsius=7)

    schema = schema_of(upstream, provider.only().json())
    assert schema["properties"].keys() == {"city", "celsius"}
    assert schema["required"] == ["city", "celsius"]


@pytest.mark.parametrize(
    "upstream", [Api.CHAT, Api.RESPONSES, Api.CONVERSE], ids=lambda api: api.name.lower()
)
def test_a_tools_failure_stays_known_as_one_or_is_told_as_lost(bridge, upstream):
    """Two APIs have a mark for it; to the others its words must say it, and the operator is told."""
    speaker, provider = bridge.speakers[Api.MESSAGES], bridge.providers[upstream]
    provider.script(
        answer(upstream, Said(calls=(Call("call_1", "look_up", {"city": "X"}),)), stream=False),
        answer(upstream, Said("Sorry."), stream=False),
    )
    history = speaker.question("?")
    history += speaker.ask(MODELS[upstream], history, stream=False).turn
    history += speaker.results([("call_1", "no such city")])
    history[-1]["content"][0]["is_error"] = True

    speaker.ask(MODELS[upstream], history, stream=False)

    request = provider.requests[1]
    assert asked(upstream, request).results == (("call_1", "no such city"),)
    if upstream is Api.CONVERSE:
        assert request.json()["messages"][-1]["content"][0]["toolResult"]["status"] == "error"
    else:
        bridge.gateway.logged(lambda line: "is_error" in (line["lost_fields"] or ""))
