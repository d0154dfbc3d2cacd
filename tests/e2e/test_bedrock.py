"""Every client's API over Amazon Bedrock: signed or with a key, whole and streamed, failing in every way."""

import anthropic
import httpx
import httpx2
import openai
import pytest

from extproc.dialects.api import Api
from extproc.testing import converse
from extproc.testing.answers import Cut
from extproc.testing.gateway import Gateway
from extproc.testing.said import Call, Said
from extproc.testing.sigv4 import verified
from extproc.testing.upstream import Upstream
from tests.e2e.speakers import SPEAKERS

AWS = {"AWS_ID": "AKIDEXAMPLE", "AWS_SECRET": "wJalr/XUtn+FEMI=K7MDENG", "AWS_TOKEN": "FwoG/tok+en=="}
API_KEY = "bedrock-api-key-1"

CLAUDE = "us.anthropic.claude-sonnet-4-5-20250929-v1:0"
PROFILE = "arn:aws:bedrock:eu-central-1:123456789012:application-inference-profile/a1b2c3"
NOVA = "amazon.nova-pro-v1:0"

CONFIG = """
version: v0.4.0
listeners:
  - {{type: model, name: models, address: 127.0.0.1, port: 12000}}
model_providers:
  - model: amazon_bedrock/{claude}
    base_url: "{url}"
    aws:
      region: us-east-1
      access_key_id: $AWS_ID
      secret_access_key: $AWS_SECRET
      session_token: $AWS_TOKEN
  - model: amazon_bedrock/{profile}
    name: house-model
    base_url: "{url}"
    http_host: bedrock-runtime.eu-central-1.amazonaws.com
    aws: {{region: eu-central-1, access_key_id: $AWS_ID, secret_access_key: $AWS_SECRET}}
  - {{model: amazon_bedrock/{nova}, base_url: "{url}/proxy/v9", access_key: $API_KEY}}
  - {{model: "amazon_bedrock/*", base_url: "{url}", access_key: $API_KEY}}
"""

HELLO = Said("Hello, Zürich", thought="Let me think", signature="c2lnbmVk")
LOOKS = Said("I look.", calls=(Call("tooluse_1", "look_up", {"city": "Zürich"}),))


@pytest.fixture(scope="module")
def upstream():
    with Upstream() as running:
        yield running


@pytest.fixture
def bedrock(upstream):
    """The provider, with no requests yet; fails the test when it saw what it must not."""
    upstream.forget()
    yield upstream
    upstream.check()


@pytest.fixture(scope="module")
def gateway(upstream):
    config = CONFIG.format(url=upstream.url, claude=CLAUDE, profile=PROFILE, nova=NOVA)
    with Gateway(config, {**AWS, "API_KEY": API_KEY}) as running:
        yield running


@pytest.fixture(scope="module")
def speakers(gateway):
    """The SDKs, by API."""
    return {speaker.api: speaker(gateway.base_url) for speaker in SPEAKERS}


every_client = pytest.mark.parametrize("api", [speaker.api for speaker in SPEAKERS], ids=lambda api: api.name)
whole_and_streamed = pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])


def ask(speaker, model, *, stream=False):
    return speaker.ask(model, speaker.question("hello"), stream=stream)


@every_client
@whole_and_streamed
def test_a_client_gets_text_thoughts_and_usage(bedrock, speakers, api, stream):
    bedrock.script_with(converse.says(HELLO))

    heard = ask(speakers[api], CLAUDE, stream=stream)

    assert (HELLO.text, HELLO.thought) == (heard.text, heard.thought)
    assert (HELLO.input_tokens, HELLO.output_tokens) == (heard.input_tokens, heard.output_tokens)
    assert stream == converse.streamed(bedrock.only())


@every_client
@whole_and_streamed
def test_a_client_gets_calls_of_tools(bedrock, speakers, api, stream):
    bedrock.script_with(converse.says(LOOKS))

    heard = ask(speakers[api], CLAUDE, stream=stream)

    assert (LOOKS.text, (("tooluse_1", "look_up", {"city": "Zürich"}),)) == (heard.text, heard.calls)
    assert ["look_up"] == [tool["toolSpec"]["name"] for tool in bedrock.only().json()["toolConfig"]["tools"]]


PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


def test_a_long_conversation_of_chat_is_what_bedrock_takes(bedrock, speakers):
    """Several system messages, an image, parallel calls and their results, a format."""
    bedrock.script_with(converse.says(HELLO))
    calls = [
        {
            "id": f"call_{city}",
            "type": "function",
            "function": {"name": "weather", "arguments": f'{{"city":"{city}"}}'},
        }
        for city in ("Bern", "Rome")
    ]
    speakers[Api.CHAT].sdk.chat.completions.create(
        model=CLAUDE,
        max_completion_tokens=50,
        stop="END",
        tools=[{"type": "function", "function": {"name": "weather"}}],
        tool_choice="required",
        messages=[
            {"role": "system", "content": "One."},
            {"role": "developer", "content": "Two."},
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": "And here?"},
                    {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PNG}"}},
                ],
            },
            {"role": "assistant", "content": "", "tool_calls": calls},
            {"role": "tool", "tool_call_id": "call_Bern", "content": "rain"},
            {"role": "tool", "tool_call_id": "call_Rome", "content": "sun"},
        ],
    )

    body = bedrock.only().json()
    assert [{"text": "One."}, {"text": "Two."}] == body["system"]
    assert ["user", "assistant", "user"] == [message["role"] for message in body["messages"]]
    assert {"image": {"format": "png", "source": {"bytes": PNG}}} == body["messages"][0]["content"][1]
    assert ["call_Bern", "call_Rome"] == [
        block["toolResult"]["toolUseId"] for block in body["messages"][2]["content"]
    ]
    assert {"maxTokens": 50, "stopSequences": ["END"]} == body["inferenceConfig"]
    assert {"any": {}} == body["toolConfig"]["toolChoice"]


@whole_and_streamed
def test_requests_are_signed(bedrock, speakers, stream):
    bedrock.script_with(converse.says(HELLO))

    ask(speakers[Api.CHAT], CLAUDE, stream=stream)

    seen = bedrock.only()
    call = "converse-stream" if stream else "converse"
    assert f"/model/us.anthropic.claude-sonnet-4-5-20250929-v1%3A0/{call}" == seen.target
    assert (AWS["AWS_ID"], "us-east-1", "bedrock") == (
        (signed := verified(seen, AWS["AWS_SECRET"])).key_id,
        signed.region,
        signed.service,
    )
    assert AWS["AWS_TOKEN"] == seen.header("x-amz-security-token")
    assert "application/json" == seen.header("content-type")


@every_client
def test_an_arn_is_one_segment_of_the_path(bedrock, speakers, api):
    """Which holds for AWS's SDKs too, and the signature with it."""
    bedrock.script_with(converse.says(HELLO))

    ask(speakers[api], "house-model")

    seen = bedrock.only()
    arn = "arn%3Aaws%3Abedrock%3Aeu-central-1%3A123456789012%3Aapplication-inference-profile%2Fa1b2c3"
    assert f"/model/{arn}/converse" == seen.target
    assert "bedrock-runtime.eu-central-1.amazonaws.com" == seen.header("host")
    assert "eu-central-1" == verified(seen, AWS["AWS_SECRET"]).region
    assert seen.header("x-amz-security-token") is None


def test_a_large_request_is_signed_whole(bedrock, speakers):
    bedrock.script_with(converse.says(HELLO))

    speakers[Api.CHAT].sdk.chat.completions.create(
        model=CLAUDE, messages=[{"role": "user", "content": "x" * 3_000_000}]
    )

    assert verified(bedrock.only(), AWS["AWS_SECRET"])


@pytest.mark.parametrize(
    ("model", "path"),
    [
        (NOVA, "/proxy/v9/model/amazon.nova-pro-v1%3A0/converse"),
        ("amazon_bedrock/mistral.large-2407-v1:0", "/model/mistral.large-2407-v1%3A0/converse"),
    ],
)
def test_an_api_key_is_a_bearer_token(bedrock, speakers, model, path):
    """Below a path of one's own, and for a model that the config leaves open."""
    bedrock.script_with(converse.says(HELLO))

    ask(speakers[Api.CHAT], model)

    seen = bedrock.only()
    assert (path, f"Bearer {API_KEY}") == (seen.target, seen.header("authorization"))
    assert not [name for name, _ in seen.headers if name.lower().startswith(("x-api-key", "x-amz-"))]


def test_workers_know_no_key_and_envoy_shows_none(gateway):
    dump = httpx.get(f"{gateway.admin_url}/config_dump?include_eds").content
    secrets = [*AWS.values(), API_KEY]

    assert [] == [secret for secret in secrets if secret.encode() in dump]


# Errors, before a stream and in it.

FAILURES = {
    (400, "ValidationException"): "BadRequestError",
    (403, "AccessDeniedException"): "PermissionDeniedError",
    (404, "ResourceNotFoundException"): "NotFoundError",
    (424, "ModelErrorException"): "APIStatusError",
    (429, "ThrottlingException"): "RateLimitError",
    (500, "InternalServerException"): "InternalServerError",
    (503, "ServiceUnavailableException"): "InternalServerError",
}
"""Status and name at Amazon, and the exception of either SDK."""


@every_client
@whole_and_streamed
@pytest.mark.parametrize("failure", FAILURES, ids=lambda failure: failure[1])
def test_a_refusal_is_the_clients_own_exception(bedrock, speakers, api, stream, failure):
    refusal = converse.error(*failure, "because of that").adding(("retry-after", "3"))
    bedrock.script_with(converse.strict(lambda _: refusal))

    with pytest.raises(getattr(speakers[api].errors, FAILURES[failure])) as raised:
        ask(speakers[api], CLAUDE, stream=stream)

    assert (failure[0], "3") == (raised.value.status_code, raised.value.response.headers["retry-after"])
    assert "because of that" in raised.value.message
    body = raised.value.response.json()
    assert ("error", "because of that") == (body.get("type", "error"), body["error"]["message"])


BROKEN = {
    "exception": (converse.exception("throttlingException", "Too many tokens"), "Too many tokens"),
    "nameless": (converse.exception("modelStreamErrorException", ""), "modelStreamErrorException"),
    "cut": (Cut.CLOSE, ""),
    "damaged": (b"\x00" * 16, "checksum"),
}


BREAKS = (
    openai.APIError,
    anthropic.APIError,
    # The connection of a stream is cut where the provider cut its own: no event can be added any more.
    httpx.RemoteProtocolError,
    httpx2.RemoteProtocolError,
)


def complaint(speaker):
    """What a client is told in a stream that breaks off."""
    try:
        *_, last = speaker.events(CLAUDE, "hello")
    except BREAKS as error:
        return str(error)
    # The SDK gives the events of Responses as they are, and raises nothing.
    assert last.type == "response.failed"
    return last.response.error.message


@every_client
@pytest.mark.parametrize("after", [0, 1, 3])
@pytest.mark.parametrize(("what", "message"), BROKEN.values(), ids=BROKEN)
def test_a_stream_that_breaks_off_is_an_error_to_the_client(bedrock, speakers, api, after, what, message):
    """After any number of frames."""
    bedrock.script_with(converse.strict(lambda _: converse.broken(HELLO, what, after=after)))

    assert message in complaint(speakers[api])
