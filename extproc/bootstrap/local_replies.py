"""Envoy's own replies in the shape of the API that was called."""

from collections.abc import Iterator
from typing import Any, Final

from envoy_data_plane.envoy.config.accesslog.v3 import (
    AccessLogFilter,
    AndFilter,
    ComparisonFilter,
    ComparisonFilterOp,
    MetadataFilter,
    ResponseFlagFilter,
    StatusCodeFilter,
)
from envoy_data_plane.envoy.config.core.v3 import RuntimeUInt32, SubstitutionFormatString
from envoy_data_plane.envoy.extensions.filters.network.http_connection_manager.v3 import (
    LocalReplyConfig,
    ResponseMapper,
)
from envoy_data_plane.envoy.type.matcher.v3 import (
    MetadataMatcher,
    MetadataMatcherPathSegment,
    StringMatcher,
    ValueMatcher,
)
from envoy_data_plane.google.protobuf import Struct

from extproc import headers
from extproc.bootstrap.client_facts import PATH, REQUEST_ID
from extproc.bootstrap.header_edits import overwriting
from extproc.bootstrap.operators import client, of_this_attempt
from extproc.bootstrap.reply_cases import CASES, SEVERAL, Case

MESSAGES_PATH: Final = "/v1/messages"
"""What the paths of Anthropic's API begin with; everything else is told in OpenAI's shape."""


def local_replies() -> LocalReplyConfig:
    """Our ImmediateResponses as they are, then every case for Anthropic's API and for OpenAI's.

    An error before the headers are read (bad framing, headers too large) has no path: OpenAI's shape.
    """
    mappers = [mapper for case in CASES for mapper in (_anthropic(case), _openai(case))]
    return LocalReplyConfig(mappers=[_ours(), *mappers])


def _ours() -> ResponseMapper:
    """A mapper that changes nothing: it keeps the later ones away from what ext_proc answered."""
    replied = _metadata(headers.METADATA_NAMESPACE, "replied", ValueMatcher(bool_match=True))
    return ResponseMapper(filter=replied)


def _anthropic(case: Case) -> ResponseMapper:
    body = {
        "type": "error",
        "error": {"type": case.anthropic, "message": case.message},
        "request_id": client(REQUEST_ID),
    }
    api = _metadata(
        headers.CLIENT_NAMESPACE, PATH, ValueMatcher(string_match=StringMatcher(prefix=MESSAGES_PATH))
    )
    return _mapper(case, [*_conditions(case), api], body, "request-id")


def _openai(case: Case) -> ResponseMapper:
    body = {"error": {"message": case.message, "type": case.openai, "param": None, "code": case.reason}}
    return _mapper(case, [*_conditions(case)], body, "x-request-id")


def _mapper(
    case: Case, conditions: list[AccessLogFilter], body: dict[str, Any], request_id: str
) -> ResponseMapper:
    """`request_id` is the header in which the API's SDK looks for it."""
    # An attempt that was not answered has told nothing of itself.
    last = {
        headers.ATTEMPTS: f"{of_this_attempt('trails')} unanswered",
        headers.PROVIDER: of_this_attempt("providers"),
        headers.MODEL: of_this_attempt("models"),
    }
    return ResponseMapper(
        filter=_all(conditions),
        status_code=case.becomes,
        body_format_override=SubstitutionFormatString(json_format=Struct.from_dict(body)),
        headers_to_add=[
            overwriting(headers.REPLY, case.reason),
            overwriting(request_id, client(REQUEST_ID)),
            *(overwriting(name, value) for name, value in last.items() if case.decided == SEVERAL),
        ],
    )


def _conditions(case: Case) -> Iterator[AccessLogFilter]:
    if case.flags:
        yield AccessLogFilter(response_flag_filter=ResponseFlagFilter(flags=list(case.flags)))
    if case.status is not None:
        yield _status(ComparisonFilterOp.EQ, case.status)
    if case.at_least is not None:
        yield _status(ComparisonFilterOp.GE, case.at_least)
    if case.decided is not None:
        yield _metadata(headers.METADATA_NAMESPACE, case.decided, ValueMatcher(present_match=True))


def _all(conditions: list[AccessLogFilter]) -> AccessLogFilter:
    match conditions:
        case []:
            return _status(ComparisonFilterOp.GE, 0)
        case [one]:
            return one
        case _:
            return AccessLogFilter(and_filter=AndFilter(filters=conditions))


def _status(op: ComparisonFilterOp, status: int) -> AccessLogFilter:
    # Envoy insists on a runtime key by which the number could be overruled.
    value = RuntimeUInt32(default_value=status, runtime_key=f"plano.local_reply.status_{status}")
    return AccessLogFilter(
        status_code_filter=StatusCodeFilter(comparison=ComparisonFilter(op=op, value=value))
    )


def _metadata(namespace: str, key: str, value: ValueMatcher) -> AccessLogFilter:
    matcher = MetadataMatcher(filter=namespace, path=[MetadataMatcherPathSegment(key=key)], value=value)
    return AccessLogFilter(metadata_filter=MetadataFilter(matcher=matcher, match_if_key_not_found=False))
