"""A listener's HTTP connection manager: protocols, limits, and what every request meets before its route."""

from collections.abc import Iterable
from datetime import timedelta

from envoy_data_plane.envoy.config.core.v3 import (
    Http2ProtocolOptions,
    HttpProtocolOptions,
    SchemeHeaderTransformation,
)
from envoy_data_plane.envoy.config.core.v3 import (
    HttpProtocolOptionsHeadersWithUnderscoresAction as Underscores,
)
from envoy_data_plane.envoy.config.route.v3 import RouteConfiguration
from envoy_data_plane.envoy.extensions.filters.network.http_connection_manager.v3 import (
    HttpConnectionManager,
    HttpConnectionManagerCodecType,
    HttpConnectionManagerPathWithEscapedSlashesAction,
    HttpConnectionManagerServerHeaderTransformation,
)

from extproc import limits
from extproc.bootstrap.access_log import access_log
from extproc.bootstrap.early_headers import early_headers
from extproc.bootstrap.http_filters import http_filters
from extproc.bootstrap.local_replies import local_replies
from extproc.bootstrap.options import RenderOptions
from extproc.bootstrap.state_log import state_log


def http_connection_manager(
    listener: str, routes: RouteConfiguration, options: RenderOptions, shown: Iterable[str] = ()
) -> HttpConnectionManager:
    """Of a listener nothing but the name is needed, so a new config need not touch it.

    `shown`: see `http_filters`.
    """
    return HttpConnectionManager(
        stat_prefix=listener,
        codec_type=HttpConnectionManagerCodecType.AUTO,
        # Clients are strangers: their `x-forwarded-for` and `x-request-id` are not believed.
        use_remote_address=True,
        generate_request_id=True,
        normalize_path=True,
        merge_slashes=False,
        # `/v1/models/openai%2Fgpt-4o`: an escaped slash is part of a name.
        path_with_escaped_slashes_action=HttpConnectionManagerPathWithEscapedSlashesAction.KEEP_UNCHANGED,
        # `:scheme` is that of the connection to the provider.
        scheme_header_transformation=SchemeHeaderTransformation(match_upstream=True),
        # The provider's `server`, or none.
        server_header_transformation=HttpConnectionManagerServerHeaderTransformation.PASS_THROUGH,
        max_request_headers_kb=limits.REQUEST_HEADERS_KIB_MAX,
        request_headers_timeout=timedelta(seconds=limits.REQUEST_HEADERS_TIMEOUT_S),
        request_timeout=timedelta(seconds=limits.REQUEST_TIMEOUT_S),
        stream_idle_timeout=timedelta(seconds=limits.STREAM_IDLE_TIMEOUT_S),
        common_http_protocol_options=HttpProtocolOptions(
            max_headers_count=limits.REQUEST_HEADERS_COUNT_MAX,
            # Some clients send `session_id`.
            headers_with_underscores_action=Underscores.ALLOW,
        ),
        early_header_mutation_extensions=[early_headers(listener)],
        # Envoy's default window of 16 MiB a stream would also be the least limit of a body.
        http2_protocol_options=Http2ProtocolOptions(
            initial_stream_window_size=limits.MIB, initial_connection_window_size=16 * limits.MIB
        ),
        http_filters=http_filters(shown),
        local_reply_config=local_replies(),
        access_log=[access_log(listener, options.access_log_path), *state_log(listener, options)],
        route_config=routes,
    )
