"""Errors have the shape of the API that was called; none of these requests reaches a provider."""

import json

import anthropic
import httpx
import openai
import pytest

CHAT, RESPONSES, MESSAGES, EMBEDDINGS = (
    "/v1/chat/completions",
    "/v1/responses",
    "/v1/messages",
    "/v1/embeddings",
)
PATHS = [CHAT, RESPONSES, MESSAGES, EMBEDDINGS]
JSON = {"content-type": "application/json"}


@pytest.fixture(autouse=True)
def _nothing_reaches_a_provider(providers):
    yield
    assert [] == providers.requests()


def error_of(response: httpx.Response) -> tuple[str, str]:
    """Type and message, after checking the envelope of the API that was called."""
    assert response.headers["content-type"].partition(";")[0] == "application/json"
    body = response.json()
    if response.request.url.path.startswith(MESSAGES):
        assert body["type"] == "error"
        assert {"type", "message"} == set(body["error"])
    else:
        assert {"message", "type", "param", "code"} == set(body["error"])
    assert body["error"]["message"]
    return body["error"]["type"], body["error"]["message"]


def test_an_unknown_model_is_openais_not_found(openai_client):
    with pytest.raises(openai.NotFoundError) as missing:
        openai_client.chat.completions.create(model="gpt-99", messages=[])

    assert (missing.value.code, missing.value.param) == ("model_not_found", "model")
    assert "gpt-99" in missing.value.message
    assert missing.value.response.headers["x-plano-reply"] == "model_not_found"


def test_an_unknown_model_is_anthropics_not_found(anthropic_client):
    with pytest.raises(anthropic.NotFoundError) as missing:
        anthropic_client.messages.create(model="claude-1", max_tokens=5, messages=[])

    assert missing.value.body["error"]["type"] == "not_found_error"
    assert "claude-1" in missing.value.body["error"]["message"]


UNKNOWN_MODELS = {
    "a wrong prefix": "anthropic/gpt-4o",
    "a prefix alone": "openai/",
    "a prefix nobody has": "nobody/gpt-4o",
    "an alias with a prefix": "openai/fast",
    "another case": "GPT-4O",
    "a model that only a wildcard could know": "model-2099",
    "a long name": "x" * 600,
    "control characters": "gpt-4o\u0000\n",
}


@pytest.mark.parametrize("model", UNKNOWN_MODELS.values(), ids=UNKNOWN_MODELS.keys())
def test_a_name_nobody_offers_is_not_found(http, model):
    answer = http.post(CHAT, content=json.dumps({"model": model}).encode(), headers=JSON)

    assert (answer.status_code, error_of(answer)[0]) == (404, "invalid_request_error")


MALFORMED = {
    "not JSON": b"hello",
    "cut off": b'{"model":"gpt-4o","messages":[',
    "something after the end": b'{"model":"gpt-4o"} x',
    "two objects": b'{"model":"gpt-4o"}{"model":"gpt-4o"}',
    "an array": b'[{"model":"gpt-4o"}]',
    "a string": b'"gpt-4o"',
    "a comment": b'{"model":"gpt-4o" /* no */}',
    "a trailing comma": b'{"model":"gpt-4o",}',
    "single quotes": b"{'model':'gpt-4o'}",
    "NaN": b'{"model":"gpt-4o","x":NaN}',
    "invalid UTF-8 in a value": b'{"model":"gpt-4o","x":"\xff\xfe"}',
    "invalid UTF-8 in the model": b'{"model":"gpt-\xff"}',
    "an overlong UTF-8 form": b'{"model":"gpt-4o","x":"\xc0\xaf"}',
    "UTF-16": '{"model":"gpt-4o"}'.encode("utf-16"),
    "a NUL byte": b'{"model":"gpt-4o"}\x00',
    "a raw newline in a string": b'{"model":"gpt-4o","x":"a\nb"}',
    "nothing": b"",
    "blanks": b"  \n",
    "10,000 arrays deep": b'{"model":"gpt-4o","x":' + b"[" * 10_000 + b"]" * 10_000 + b"}",
    "10,000 objects deep": b'{"model":"gpt-4o","x":' + b'{"a":' * 10_000 + b"1" + b"}" * 10_001,
    "half a surrogate pair in the model": b'{"model":"gpt-\\ud800"}',
    "the model is a number": b'{"model":4}',
    "the model is an object": b'{"model":{"name":"gpt-4o"}}',
    "the model twice, and different": b'{"model":"gpt-4o","model":"gpt-4o-mini"}',
    "the model twice, once escaped": b'{"model":"gpt-4o","m\\u006fdel":"gpt-4o-mini"}',
}


@pytest.mark.parametrize("path", [CHAT, MESSAGES])
@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED.keys())
def test_a_body_that_cannot_be_understood_is_a_bad_request(http, path, body):
    answer = http.post(path, content=body, headers=JSON)

    assert (answer.status_code, error_of(answer)[0]) == (400, "invalid_request_error")


def test_the_openai_sdk_raises_its_bad_request(gateway):
    with (
        openai.OpenAI(base_url=f"{gateway.base_url}/v1", api_key="k", max_retries=0) as client,
        pytest.raises(openai.BadRequestError) as refused,
    ):
        client.post("/chat/completions", body=[1], cast_to=object)

    assert refused.value.type == "invalid_request_error"


@pytest.mark.parametrize("path", PATHS)
def test_a_wrong_method_is_not_allowed_and_told_which_is(http, path):
    answer = http.get(path)

    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    error_of(answer)


def test_a_delete_with_a_body_is_answered_too(http):
    answer = http.request("DELETE", CHAT, content=b"x" * 1000)

    assert answer.status_code == 405
    error_of(answer)


UNKNOWN_PATHS = [
    "/",
    "/v1",
    "/v1/nothing",
    "/v1/chat",
    "/v1/chat/completions/x/y",
    "/v2/chat/completions",
    "//v1/chat/completions",
    "/v1//chat/completions",
    "/V1/chat/completions",
    "/v1/chat%2Fcompletions",
    "/v1/messages/nothing/at/all",
    "/anything?x=/v1/chat/completions",
]


@pytest.mark.parametrize("path", UNKNOWN_PATHS)
def test_an_unknown_path_is_not_found(http, path):
    url = httpx.URL(http.base_url, raw_path=path.encode())
    answer = http.post(url, content=b'{"model":"gpt-4o"}', headers=JSON)

    assert answer.status_code == 404
    error_of(answer)


def test_an_unknown_path_below_messages_is_told_in_anthropics_shape(anthropic_client):
    with pytest.raises(anthropic.NotFoundError) as missing:
        anthropic_client.post("/v1/messages/nothing", body={}, cast_to=object)

    assert missing.value.body["error"]["type"] == "not_found_error"


STEPS_UP = ["/v1/files/..%2F..%2Fadmin", "/v1/files/%2E%2E/content", "/v1/responses/..%2fx"]


@pytest.mark.parametrize("path", STEPS_UP)
def test_a_path_that_steps_up_does_not_reach_a_provider(http, path):
    url = httpx.URL(http.base_url, raw_path=path.encode())

    assert http.get(url).status_code in {400, 404, 405}


@pytest.mark.parametrize("path", [CHAT, RESPONSES, EMBEDDINGS])
def test_a_body_over_the_limit_is_too_large_for_openai(http, path):
    answer = http.post(path, content=b'{"model":"' + b"x" * (21 * 1024 * 1024) + b'"}', headers=JSON)

    assert (answer.status_code, error_of(answer)[0]) == (413, "invalid_request_error")


def test_a_body_over_the_limit_is_too_large_for_anthropic(http):
    answer = http.post(MESSAGES, content=b" " * (21 * 1024 * 1024), headers=JSON)

    assert (answer.status_code, error_of(answer)[0]) == (413, "request_too_large")


def test_a_chunked_body_cannot_slip_past_the_limit(http):
    """Nothing says beforehand how long it will be."""
    pieces = (b" " * 65536 for _ in range(21 * 16))
    answer = http.post(CHAT, content=pieces, headers=JSON)

    assert answer.status_code == 413
    error_of(answer)


def test_a_compressed_body_is_refused_with_a_reason(http):
    """We would have to change it; OpenAI and Anthropic take none either."""
    answer = http.post(CHAT, content=b"\x1f\x8b\x08", headers={**JSON, "content-encoding": "gzip"})

    assert answer.status_code == 415
    assert "content-encoding" in error_of(answer)[1]


def test_a_form_without_an_end_is_a_bad_request(http):
    headers = {"content-type": "multipart/form-data; boundary=b"}
    body = b'--b\r\ncontent-disposition: form-data; name="model"\r\n\r\nwhisper-1'
    answer = http.post("/v1/audio/transcriptions", content=body, headers=headers)

    assert answer.status_code == 400
    error_of(answer)


def test_a_transcription_that_is_no_form_is_a_bad_request(http):
    answer = http.post("/v1/audio/transcriptions", json={"model": "gpt-4o"})

    assert answer.status_code == 400
    error_of(answer)


def test_a_request_id_in_the_error_is_the_one_in_the_log(gateway, http):
    """What a user reports can be found again."""
    answer = http.post(MESSAGES, json={"model": "nobody"}).json()

    line = gateway.logged(lambda line: line["request_id"] == answer["request_id"])
    assert (line["status"], line["reply"]) == (404, "model_not_found")
