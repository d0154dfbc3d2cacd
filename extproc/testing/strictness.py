"""What a real provider refuses, and what must never reach one: the rules of the scripted provider."""

from collections import Counter
from collections.abc import Iterator, Sequence

FORBIDDEN_PREFIXES = ("x-plano-", "x-arch-", "x-envoy-", "x-forwarded-")
"""Headers of the gateway and of Envoy; they tell a third party about the network they come from."""

FORBIDDEN_NAMES = frozenset(
    {"traceparent", "tracestate", "baggage", "x-model-affinity", "forwarded", "via", "expect", "cookie"}
)

HOP_BY_HOP = frozenset({"keep-alive", "proxy-connection", "proxy-authorization", "te", "trailer", "upgrade"})
"""Fields for one connection alone (RFC 9110 §7.6.1); a proxy must not pass them on."""

SINGLE = frozenset(
    {"host", "content-length", "transfer-encoding", "content-type", "authorization", "x-api-key", "api-key"}
)
"""Fields that a server refuses to see twice."""

BODILESS_METHODS = frozenset({"GET", "HEAD", "DELETE", "OPTIONS"})

Fields = Sequence[tuple[str, str]]


def faults(method: str, target: str, headers: Fields, told: frozenset[str] = frozenset()) -> Iterator[str]:
    """Each sentence is one reason to refuse the request head; none: it is fine. Names in `told` may come."""
    names = Counter(name.lower() for name, _ in headers)
    yield from (
        f"{name} arrived {count} times" for name, count in names.items() if name in SINGLE and count > 1
    )
    yield from (f"{name} arrived" for name in names if _forbidden(name) and name not in told)
    yield from (f"hop-by-hop field {name} arrived" for name in names if name in HOP_BY_HOP)
    if not names["host"]:
        yield "no host"
    if not target.startswith("/"):
        yield f"request target {target!r} is not in origin form"
    yield from _framing_faults(method, headers, names)


def _forbidden(name: str) -> bool:
    return name in FORBIDDEN_NAMES or name.startswith(FORBIDDEN_PREFIXES)


def _framing_faults(method: str, headers: Fields, names: Counter[str]) -> Iterator[str]:
    if names["content-length"] and names["transfer-encoding"]:
        yield "both content-length and transfer-encoding (RFC 9112 §6.1)"
    for name, value in headers:
        match name.lower():
            case "transfer-encoding" if value.lower() != "chunked":
                yield f"transfer-encoding {value!r}"
            case "connection" if value.lower() not in {"close", "keep-alive"}:
                yield f"connection names {value!r}"
    if method not in BODILESS_METHODS and not (names["content-length"] or names["transfer-encoding"]):
        yield "a body without a length"
