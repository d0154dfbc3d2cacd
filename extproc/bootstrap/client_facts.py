"""HTTP filters that keep what only the client knew, before anyone rewrites the request."""

from typing import Final

from envoy_data_plane.envoy.config.core.v3 import DataSource, SubstitutionFormatString
from envoy_data_plane.envoy.extensions.filters.common.set_filter_state.v3 import (
    FilterStateValue,
    FilterStateValueSharedWithUpstream,
)
from envoy_data_plane.envoy.extensions.filters.http.header_to_metadata.v3 import Config as HeaderToMetadata
from envoy_data_plane.envoy.extensions.filters.http.header_to_metadata.v3 import (
    ConfigKeyValuePair,
    ConfigRule,
)
from envoy_data_plane.envoy.extensions.filters.http.set_filter_state.v3 import Config as SetFilterState
from envoy_data_plane.envoy.extensions.filters.network.http_connection_manager.v3 import HttpFilter
from envoy_data_plane.envoy.type.matcher.v3 import RegexMatchAndSubstitute, RegexMatcher

from extproc.bootstrap.typed import http_filter
from extproc.headers import CLIENT_NAMESPACE, CLIENT_PATH_STATE, CREDENTIALS

PATH: Final = "path"
"""Key in `CLIENT_NAMESPACE` of the path, without its query."""
REQUEST_ID: Final = "request_id"
"""Key of the request id."""


def client_facts() -> HttpFilter:
    """Path and request id as metadata, for the access log and for Envoy's own replies.

    ext_proc rewrites ``:path`` to the provider's, and a provider's cluster removes ``x-request-id`` (of which
    ``%STREAM_ID%`` is but another name). A query is dropped, since it may hold a secret.
    """
    without_query = RegexMatchAndSubstitute(pattern=RegexMatcher(regex="^([^?]*).*$"), substitution=r"\1")
    return http_filter(
        "envoy.filters.http.header_to_metadata/client_facts",
        HeaderToMetadata(
            request_rules=[_told(":path", PATH, without_query), _told("x-request-id", REQUEST_ID)]
        ),
    )


def client_path() -> HttpFilter:
    """The path with its query, for further attempts at the request: as filter state, which no log shows."""
    return http_filter(
        "envoy.filters.http.set_filter_state/client_path",
        SetFilterState(on_request_headers=[_kept(":path", CLIENT_PATH_STATE)]),
    )


def client_credentials() -> HttpFilter:
    """The client's credential headers, as filter state that the attempts upstream share.

    Headers would not do: what one attempt's cluster removes or sets is seen by the next attempt.
    """
    return http_filter(
        "envoy.filters.http.set_filter_state/client_credentials",
        SetFilterState(on_request_headers=[_kept(name, credential_key(name)) for name in CREDENTIALS]),
    )


def credential_key(header: str) -> str:
    """Filter state key under which a client's credential header is kept."""
    return f"plano.client.{header}"


def _told(header: str, key: str, rewrite: RegexMatchAndSubstitute | None = None) -> ConfigRule:
    return ConfigRule(
        header=header,
        on_header_present=ConfigKeyValuePair(
            metadata_namespace=CLIENT_NAMESPACE, key=key, regex_value_rewrite=rewrite
        ),
    )


def _kept(header: str, key: str) -> FilterStateValue:
    return FilterStateValue(
        object_key=key,
        factory_key="envoy.string",
        format_string=SubstitutionFormatString(
            text_format_source=DataSource(inline_string=f"%REQ({header})%"), omit_empty_values=True
        ),
        shared_with_upstream=FilterStateValueSharedWithUpstream.ONCE,
        skip_if_empty=True,
    )
