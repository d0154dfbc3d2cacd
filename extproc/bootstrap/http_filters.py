"""The HTTP filters of every listener, in order."""

from collections.abc import Iterable

from envoy_data_plane.envoy.extensions.filters.http.router.v3 import Router
from envoy_data_plane.envoy.extensions.filters.network.http_connection_manager.v3 import HttpFilter

from extproc.bootstrap.client_facts import client_credentials, client_facts, client_path
from extproc.bootstrap.ext_proc import ext_proc_filter
from extproc.bootstrap.typed import http_filter


def http_filters(shown: Iterable[str] = ()) -> list[HttpFilter]:
    """The same for every listener and config: what differs is in routes and clusters.

    But for `shown`: what only the filter itself can be told to show the workers, where agents need it.
    """
    return [
        client_facts(),  # before ext_proc, which rewrites the path
        client_path(),
        ext_proc_filter(shown),
        client_credentials(),  # after ext_proc, so that a decision can take the client's credential away
        # No `x-envoy-…` to providers and clients.
        http_filter("envoy.filters.http.router", Router(suppress_envoy_headers=True)),
    ]
