"""What a request needs before its body can be changed, and headers when one has been."""

from typing import Final

from extproc.errors import InvalidRequest, UnsupportedEncoding
from extproc.exchange.request import Request

OF_THE_CLIENTS_API: Final = (
    "anthropic-version",
    "anthropic-beta",
    "anthropic-dangerous-direct-browser-access",
    "openai-organization",
    "openai-project",
    "openai-beta",
)
"""Headers that mean nothing, or something else, to whoever speaks another API."""


OF_THE_PROVIDERS_BODY: Final = ("content-length", "content-encoding", "etag", "digest", "content-md5")
"""Headers of an answer that say something of bytes which the client will not see."""


def whole_body(request: Request, body: bytes) -> bytes:
    """`body`, where there is one to read; raises `UnsupportedEncoding` or `InvalidRequest`."""
    encoding = request.headers.text("content-encoding")
    if encoding not in ("", "identity"):
        raise UnsupportedEncoding(
            f"The request body is compressed ({encoding}); send it without content-encoding.",
            headers={"accept-encoding": "identity"},
        )
    if not body:
        raise InvalidRequest("The request has no body.")
    return body


def body_headers(body: bytes | None, *, translated: bool) -> tuple[tuple[str, bytes], ...]:
    """Those of a new `body`; ``None``: it stays as it came. `translated`: so will the answer be."""
    if body is None:
        return ()
    length = ("content-length", b"%d" % len(body))
    # The answer must be read too, and is easiest read uncompressed.
    ours = (("content-type", b"application/json"), ("accept-encoding", b"identity"))
    return (length, *ours) if translated else (length,)
