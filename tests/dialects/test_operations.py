"""Which operation a method and a path ask for."""

import re

import pytest

from extproc.dialects.api import Api
from extproc.dialects.operation import BodyKind
from extproc.dialects.operations import ON_AGENTS, OPERATIONS, api_of, match, match_on_agents
from extproc.errors import MethodNotAllowed, UnknownPath


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda o: f"{o.method} {o.path}")
def test_every_row_is_matched_by_its_own_path(operation) -> None:
    assert operation is match(operation.method, operation.path.replace("{}", "id_1"))


@pytest.mark.parametrize(
    ("method", "path", "name"),
    [
        ("POST", "/v1/chat/completions?timeout=3", "chat"),
        ("POST", "/v1/chat/completions/", "chat"),
        ("POST", "/v1/chat/completions/?a=/x//y", "chat"),
        ("GET", "/v1/responses/resp_1/", "responses.get"),
        ("GET", "/v1/responses/resp_1/input_items?limit=3", "responses.input_items"),
        ("POST", "/v1/responses/compact", "responses.compact"),
        ("GET", "/v1/files/a%2Fb", "files.get"),
        ("GET", "/v1/files/v1.2", "files.get"),
        ("GET", "/v1/messages/batches/b_1/results", "messages.batches.results"),
        ("GET", "/v1/models/", "models.list"),
        ("GET", "/v1/models/openai/gpt-4o", "models.get"),
        ("GET", "/v1/models/openai%2Fgpt-4o", "models.get"),
        ("HEAD", "/v1/models", "models.list"),
        ("HEAD", "/healthz", "health"),
        ("OPTIONS", "/v1/models/openai/gpt-4o", "models.options"),
    ],
)
def test_a_path_is_matched_with_what_may_be_around_and_in_it(method: str, path: str, name: str) -> None:
    """A query, one slash at the end; an id with encoded slashes, a model's id with bare ones."""
    assert name == match(method, path).name


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/",
        "*",
        "/v1",
        "/v1/",
        "/v1/chat",
        "/v1/chat/completions//",
        "/v1//chat/completions",
        "//v1/chat/completions",
        "/V1/chat/completions",
        "/v1/chat%2Fcompletions",
        "/v1/files//content",
        "/v1/files/a/b",
        "/v1/messages/abc",
        "/v1/realtime",
        "/v1/chat/completions/x/messages",
        "/healthz/x",
    ],
)
def test_any_other_path_is_unknown(path: str) -> None:
    with pytest.raises(UnknownPath):
        match("GET", path)


@pytest.mark.parametrize(
    "segment", [".", "..", "%2e%2E", "..%2f..%2fadmin", "x%2F..", "..%5cx", "%2F", "a%2F", "x%2F%2Fy"]
)
def test_an_id_that_a_provider_might_decode_to_another_path_is_refused(segment: str) -> None:
    """The provider's key goes with the request: no path may lead out of the operation that was matched."""
    with pytest.raises(UnknownPath):
        match("GET", f"/v1/files/{segment}")


@pytest.mark.parametrize(
    ("path", "hint"),
    [
        ("/chat/completions", "/v1/chat/completions"),
        ("/v1//chat/completions", "/v1/chat/completions"),
        ("/v1/chat/completion", "/v1/chat/completions"),
        ("/v1/embedding", "/v1/embeddings"),
    ],
)
def test_an_unknown_path_is_answered_with_the_one_that_was_meant(path: str, hint: str) -> None:
    with pytest.raises(UnknownPath, match=re.escape(f"Did you mean {hint}?")):
        match("POST", path)


def test_a_long_unknown_path_is_not_repeated_whole() -> None:
    with pytest.raises(UnknownPath) as refused:
        match("POST", "/" + "x" * 90_000)

    assert len(refused.value.message) < 300


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("GET", "/v1/chat/completions", "POST"),
        ("HEAD", "/v1/embeddings", "POST"),
        ("post", "/v1/chat/completions", "POST"),
        ("PUT", "/v1/files/f", "GET, DELETE"),
        ("GET", "/v1/responses/compact", "POST"),
        ("POST", "/v1/models", "GET, HEAD, OPTIONS"),
        ("DELETE", "/healthz", "GET, HEAD"),
        ("OPTIONS", "/v1/chat/completions", "POST"),
    ],
)
def test_a_wrong_method_is_told_the_right_ones(method: str, path: str, allow: str) -> None:
    """RFC 9110 §15.5.6: a 405 must carry them in `allow`."""
    with pytest.raises(MethodNotAllowed) as refused:
        match(method, path)

    assert {"allow": allow} == refused.value.headers


@pytest.mark.parametrize(
    ("path", "api"),
    [
        ("/v1/chat/completions", Api.CHAT),
        ("/v1/responses/resp_1/cancel", Api.RESPONSES),
        ("/v1/messages?beta=true", Api.MESSAGES),
        ("/v1/messages/unknown", Api.MESSAGES),
        ("/v1//messages", Api.MESSAGES),
        ("/messages", Api.MESSAGES),
        ("/v1/messagesx", Api.OPENAI),
        ("/v1/embeddings", Api.OPENAI),
        ("/v1", Api.OPENAI),
        ("/", Api.OPENAI),
        ("", Api.OPENAI),
        ("?", Api.OPENAI),
    ],
)
def test_every_path_has_an_api_for_the_shape_of_its_errors(path: str, api: Api) -> None:
    assert api is api_of(path)


def test_names_and_apis_agree_between_the_methods_of_a_path() -> None:
    apis = {(operation.path, operation.api) for operation in OPERATIONS}

    assert len({operation.path for operation in OPERATIONS}) == len(apis)


def test_only_operations_with_a_body_carry_a_model() -> None:
    """A GET that had to name one could not."""
    assert {"POST"} == {o.method for o in OPERATIONS if o.body is not BodyKind.OPAQUE}


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda o: f"{o.method} {o.path}")
def test_agents_serve_the_three_chat_apis_and_what_we_answer_ourselves(operation) -> None:
    path = operation.path.replace("{}", "id_1")
    if operation.name in ON_AGENTS:
        assert operation is match_on_agents(operation.method, path)
        return
    with pytest.raises(UnknownPath, match=re.escape(f"/v1/messages and /v1/responses, not {path}.")):
        match_on_agents(operation.method, path)


def test_a_wrong_method_is_told_on_a_listener_of_agents_too() -> None:
    with pytest.raises(MethodNotAllowed) as raised:
        match_on_agents("GET", "/v1/chat/completions?x=1")

    assert {"allow": "POST"} == raised.value.headers


@pytest.mark.parametrize("path", ["/nothing", "/v1/chat", "/v1/embeding"])
def test_a_path_of_no_api_is_answered_with_what_agents_take(path: str) -> None:
    with pytest.raises(UnknownPath, match="This listener has agents"):
        match_on_agents("POST", path)
