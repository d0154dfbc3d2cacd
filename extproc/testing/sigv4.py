"""Reads a signature for AWS (Signature Version 4) as AWS would, from the request that arrived.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

import hashlib
import hmac
import re
from dataclasses import dataclass
from functools import reduce
from typing import Final
from urllib.parse import quote

from extproc.testing.upstream import Seen

_AUTHORIZATION: Final = re.compile(
    r"AWS4-HMAC-SHA256 Credential=(?P<key>[^/]+)/(?P<scope>\d{8}/[^/]+/[^/]+/aws4_request),"
    r" ?SignedHeaders=(?P<names>[a-z0-9;-]+), ?Signature=(?P<signature>[0-9a-f]{64})"
)


@dataclass(frozen=True, slots=True)
class Signed:
    """What a valid signature says."""

    key_id: str
    region: str
    service: str
    headers: tuple[str, ...]
    """Names of the headers that are signed."""


def verified(seen: Seen, secret: str) -> Signed:
    """The signature of `seen`; raises `AssertionError` unless it was made with `secret`."""
    match = _AUTHORIZATION.fullmatch(seen.header("authorization") or "")
    assert match, f"no signature: {seen.header('authorization')}"
    names, scope = match["names"].split(";"), match["scope"]
    date = seen.header("x-amz-date") or ""
    request = hashlib.sha256(_canonical(seen, names).encode()).hexdigest()
    text = f"AWS4-HMAC-SHA256\n{date}\n{scope}\n{request}"
    key = reduce(_hmac, scope.split("/"), f"AWS4{secret}".encode())
    assert match["signature"] == _hmac(key, text).hex(), f"wrong signature; signed was to be:\n{text}"
    day, region, service, _ = scope.split("/")
    assert date.startswith(day)
    return Signed(match["key"], region, service, tuple(names))


def _canonical(seen: Seen, names: list[str]) -> str:
    """The request as both sides must write it; a path is encoded once more than it is sent."""
    path, _, query = seen.target.partition("?")
    values = [[value for name, value in seen.headers if name.lower() == signed] for signed in names]
    headers = [f"{name}:{','.join(each)}\n" for name, each in zip(names, values, strict=True)]
    digest = hashlib.sha256(seen.body).hexdigest()
    parts = (seen.method, quote(path, safe="/-_.~"), query, "".join(headers), ";".join(names), digest)
    return "\n".join(parts)


def _hmac(key: bytes, text: str) -> bytes:
    return hmac.digest(key, text.encode(), "sha256")
