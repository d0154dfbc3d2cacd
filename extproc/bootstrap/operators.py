"""Envoy's command operators, the ``%…%`` of access logs, header values and local replies.

https://www.envoyproxy.io/docs/envoy/v1.40.0/configuration/observability/access_log/usage#command-operators
"""

from extproc.headers import CLIENT_NAMESPACE, METADATA_NAMESPACE


def literal(text: str) -> str:
    """Text that stands for itself where operators are understood."""
    return text.replace("%", "%%")


def decided(key: str) -> str:
    """What ext_proc told about the exchange: ``provider``, ``model``, ``operation`` …"""
    return f"%DYNAMIC_METADATA({METADATA_NAMESPACE}:{key})%"


def of_this_attempt(key: str, *, typed: bool = False) -> str:
    """The entry for the current attempt in a list of ext_proc's, one an attempt.

    `typed`: null rather than nothing, where there is no list.
    """
    index, operator = "int(upstream.request_attempt_count) - 1", "TYPED_CEL" if typed else "CEL"
    return f"%{operator}(metadata.filter_metadata['{METADATA_NAMESPACE}'].{key}[{index}])%"


def client(key: str) -> str:
    """What the request was when it came in: ``path`` (without its query), ``request_id``."""
    return f"%DYNAMIC_METADATA({CLIENT_NAMESPACE}:{key})%"


def request_header(name: str) -> str:
    """A header of the request as it is at this moment."""
    return f"%REQ({name})%"


def route(key: str) -> str:
    """What the matched route says of itself in its metadata."""
    return f"%METADATA(ROUTE:{METADATA_NAMESPACE}:{key})%"


def filter_state(key: str) -> str:
    """A filter state object as text."""
    return f"%FILTER_STATE({key}:PLAIN)%"


def filter_state_field(key: str, field: str) -> str:
    """A field of a filter state object, in its own type: ``FILTER_STATE(…:FIELD:…)`` makes numbers texts."""
    return f"%TYPED_CEL(filter_state['{key}'].{field})%"
