"""An error in the shape of the API that was called, judged by the official SDKs."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import anthropic
import openai
import pytest

from extproc.dialects.api import Api
from extproc.dialects.errors import RenderedError, render
from extproc.errors import (
    BodyTooLarge,
    GatewayError,
    InternalError,
    InvalidRequest,
    MethodNotAllowed,
    ModelNotFound,
    UnknownPath,
    UnsupportedApi,
    UnsupportedEncoding,
)

ERRORS = (
    InvalidRequest,
    UnsupportedApi,
    UnknownPath,
    ModelNotFound,
    MethodNotAllowed,
    BodyTooLarge,
    UnsupportedEncoding,
    InternalError,
)


def body(rendered: RenderedError) -> Any:
    return json.loads(rendered.body)


class Answering(ThreadingHTTPServer):
    """Gives one rendered error to whatever it is asked."""

    rendered: RenderedError


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        assert isinstance(self.server, Answering)
        rendered = self.server.rendered
        self.send_response(rendered.status)
        for name, value in (*rendered.headers, ("content-length", str(len(rendered.body)))):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(rendered.body)

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def server() -> Iterator[Answering]:
    with Answering(("127.0.0.1", 0), _Handler) as answering:
        thread = Thread(target=answering.serve_forever, args=(0.01,))
        thread.start()
        yield answering
        answering.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def openai_client(server: Answering) -> Iterator[openai.OpenAI]:
    url = f"http://127.0.0.1:{server.server_port}/v1"
    with openai.OpenAI(base_url=url, api_key="k", max_retries=0) as client:
        yield client


@pytest.fixture(scope="module")
def anthropic_client(server: Answering) -> Iterator[anthropic.Anthropic]:
    url = f"http://127.0.0.1:{server.server_port}"
    with anthropic.Anthropic(base_url=url, api_key="k", max_retries=0) as client:
        yield client


def test_openai_has_message_type_param_and_code() -> None:
    rendered = render(ModelNotFound("No such model.", param="model"), Api.CHAT, "req-1")

    assert rendered.status == 404
    assert body(rendered) == {
        "error": {
            "message": "No such model.",
            "type": "invalid_request_error",
            "param": "model",
            "code": "model_not_found",
        }
    }


def test_anthropic_has_a_typed_error_and_the_request_id() -> None:
    rendered = render(ModelNotFound("No such model.", param="model"), Api.MESSAGES, "req-1")

    assert rendered.status == 404
    assert body(rendered) == {
        "type": "error",
        "error": {"type": "not_found_error", "message": "No such model."},
        "request_id": "req-1",
    }


@pytest.mark.parametrize(
    ("error", "openai_type", "anthropic_type"),
    [
        (InvalidRequest, "invalid_request_error", "invalid_request_error"),
        (UnsupportedApi, "invalid_request_error", "invalid_request_error"),
        (UnknownPath, "invalid_request_error", "not_found_error"),
        (MethodNotAllowed, "invalid_request_error", "invalid_request_error"),
        (BodyTooLarge, "invalid_request_error", "request_too_large"),
        (UnsupportedEncoding, "invalid_request_error", "invalid_request_error"),
        (InternalError, "server_error", "api_error"),
    ],
)
def test_the_type_is_the_one_each_api_gives_that_status(
    error: type[GatewayError], openai_type: str, anthropic_type: str
) -> None:
    assert openai_type == body(render(error("x"), Api.OPENAI, ""))["error"]["type"]
    assert anthropic_type == body(render(error("x"), Api.MESSAGES, ""))["error"]["type"]


@pytest.mark.parametrize("api", Api)
def test_headers_say_what_it_is_and_keep_the_errors_own(api: Api) -> None:
    rendered = render(MethodNotAllowed("No.", headers={"allow": "POST"}), api, "")
    expected = {
        "content-type": "application/json",
        "x-plano-reply": "method_not_allowed",
        "allow": "POST",
    }

    assert expected == dict(rendered.headers)


@pytest.mark.parametrize("api", Api)
@pytest.mark.parametrize("text", ['"quoted" \\ \n\x00', "模型 🎉", "half a pair \ud800"])
def test_any_text_of_a_caller_can_be_repeated(api: Api, text: str) -> None:
    rendered = render(ModelNotFound(text), api, "")

    assert text.replace("\ud800", "?") == body(rendered)["error"]["message"]


@pytest.mark.parametrize("error", ERRORS)
def test_the_openai_sdk_raises_the_exception_of_the_status(
    error: type[GatewayError], server: Answering, openai_client: openai.OpenAI
) -> None:
    server.rendered = render(error("What went wrong.", param="model"), Api.CHAT, "")

    with pytest.raises(openai.APIStatusError) as raised:
        openai_client.models.list()

    assert raised.value.code == error.code
    assert raised.value.param == "model"
    assert "What went wrong." in raised.value.message
    assert isinstance(raised.value, openai.NotFoundError) == (error.status == 404)


@pytest.mark.parametrize("error", ERRORS)
def test_the_anthropic_sdk_raises_the_exception_of_the_status(
    error: type[GatewayError], server: Answering, anthropic_client: anthropic.Anthropic
) -> None:
    server.rendered = render(error("What went wrong."), Api.MESSAGES, "req-1")

    with pytest.raises(anthropic.APIStatusError) as raised:
        anthropic_client.models.list()

    assert "What went wrong." in raised.value.message
    assert isinstance(raised.value, anthropic.NotFoundError) == (error.status == 404)
