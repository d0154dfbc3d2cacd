"""What holds for every dialect that streams by server-sent events."""

import pytest

from extproc.dialects.api import Api
from extproc.dialects.base import UpstreamDialect
from extproc.dialects.registry import CLIENT_DIALECTS, UPSTREAM_DIALECTS
from extproc.llm.events import Failed

BY_EVENTS = [dialect for dialect in UPSTREAM_DIALECTS.values() if dialect.content_type == "text/event-stream"]


def test_every_api_of_a_model_has_a_dialect() -> None:
    assert {Api.CHAT, Api.RESPONSES, Api.MESSAGES} == CLIENT_DIALECTS.keys()
    assert {*CLIENT_DIALECTS, Api.CONVERSE} == UPSTREAM_DIALECTS.keys()
    assert all(api is dialect.api for api, dialect in UPSTREAM_DIALECTS.items())


@pytest.mark.parametrize("dialect", BY_EVENTS, ids=lambda dialect: dialect.api)
@pytest.mark.parametrize("before", [b"", b": comment\n\n", b'event: ping\ndata: {"type": "ping"}\n\n'])
def test_an_event_too_large_fails_once(dialect: UpstreamDialect, before: bytes) -> None:
    """Whether what came before it, in the same piece, says something or not."""
    decoder = dialect.stream_decoder()
    events = [*decoder.feed(before + b"data: " + b"x" * 2**23), *decoder.feed(b"x"), *decoder.close()]
    assert [Failed("An event of the stream is larger than 4194304 bytes.")] == events


@pytest.mark.parametrize("dialect", UPSTREAM_DIALECTS.values(), ids=lambda dialect: dialect.api)
def test_silence_is_a_failure(dialect: UpstreamDialect) -> None:
    decoder = dialect.stream_decoder()
    (failed,) = [*decoder.feed(b""), *decoder.close()]
    assert isinstance(failed, Failed)
