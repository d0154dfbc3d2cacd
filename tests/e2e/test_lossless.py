"""What reaches the provider is what the client wrote, with the model's name replaced and nothing else."""

import pytest

CHAT = "/v1/chat/completions"
JSON = {"content-type": "application/json"}

BODIES = {
    "unknown fields and their order": b'{"zebra":{"b":1,"a":[]},"model":"fast","alpha":null}',
    "white space": b'\n{ "messages" : [ ] ,\t"model" :\r\n "fast"  }\n',
    "number formats": b'{"temperature":1.0e-1,"seed":98765432109876543210,"x":[-0.0,1E+2],"model":"fast"}',
    "escapes": b'{"messages":[{"content":"\\u00e9\\ud83d\\ude00\\/\\u0022"}],"model":"fast"}',
    "raw unicode": '{"messages":[{"content":"é😀\u2028"}],"model":"fast"}'.encode(),
    "other fields called model": b'{"metadata":{"model":"fast"},"model":"fast","tools":[{"model":"fast"}]}',
    "text that looks like a field": b'{"messages":[{"content":"\\"model\\":\\"fast\\""}],"model":"fast"}',
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
def test_only_the_model_changes(http, providers, body):
    http.post(CHAT, content=body, headers=JSON)

    before, _, after = body.rpartition(b'"fast"') if b"tools" not in body else _around_the_top_level(body)
    assert providers.openai.only().body == before + b'"gpt-4o-mini"' + after


def _around_the_top_level(body):
    before, after = body.split(b',"model":"fast",')
    return before + b',"model":', b"", b"," + after


def test_an_escaped_model_name_is_understood(http, providers):
    http.post(CHAT, content=b'{"model":"f\\u0061st"}', headers=JSON)

    assert providers.openai.only().body == b'{"model":"gpt-4o-mini"}'


def test_an_escaped_key_is_understood(http, providers):
    http.post(CHAT, content=b'{"mod\\u0065l":"fast"}', headers=JSON)

    assert providers.openai.only().body == b'{"mod\\u0065l":"gpt-4o-mini"}'


def test_a_body_whose_model_is_right_already_is_untouched(http, providers):
    body = b'{"model" : "gpt-4o" , "n":1.0}'
    http.post(CHAT, content=body, headers=JSON)

    assert providers.openai.only().body == body


def test_an_opaque_upload_is_untouched(http, providers):
    """A file's bytes, and the boundary of the form they came in."""
    files = {"file": ("x.bin", bytes(range(256)), "application/octet-stream"), "purpose": (None, "batch")}
    request = http.build_request("POST", "/v1/files", files=files)
    body = request.read()
    http.send(request)

    seen = providers.openai.only()
    assert (seen.body, seen.header("content-type")) == (body, request.headers["content-type"])


def test_the_clients_other_headers_pass(http, providers):
    """Beta flags, organisation, user agent: they belong to the provider's API."""
    sent = {"openai-beta": "x=1", "openai-organization": "org", "user-agent": "ua/1", "accept-language": "fr"}
    http.post(CHAT, json={"model": "gpt-4o"}, headers=sent)

    seen = providers.openai.only()
    assert sent == {name: seen.header(name) for name in sent}


def test_the_length_that_arrives_is_the_bodys(http, providers):
    """A rewritten body is sent with its own length, not chunked."""
    http.post(CHAT, json={"model": "fast"})

    seen = providers.openai.only()
    assert (seen.header("content-length"), seen.chunked) == (str(len(seen.body)), False)


def test_ten_mebibytes_arrive_whole(http, providers):
    filling = b"x" * (10 * 1024 * 1024)
    response = http.post(CHAT, content=b'{"pad":"' + filling + b'","model":"fast"}', headers=JSON)

    assert response.status_code == 200
    assert providers.openai.only().body == b'{"pad":"' + filling + b'","model":"gpt-4o-mini"}'
