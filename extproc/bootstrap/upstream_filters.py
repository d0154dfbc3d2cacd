"""HTTP filters of a provider's cluster: what a provider is sent, and what not. They run once an attempt.

All attempts of a request share one header map. What one cluster sets, the next one sees; so every cluster
begins by removing the same headers, and only then adds its own.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from envoy_data_plane.envoy.config.common.mutation_rules.v3 import HeaderMutation as Edit
from envoy_data_plane.envoy.config.core.v3 import ApiVersion, ConfigSource, PathConfigSource, WatchedDirectory
from envoy_data_plane.envoy.extensions.filters.http.credential_injector.v3 import CredentialInjector
from envoy_data_plane.envoy.extensions.filters.http.header_mutation.v3 import HeaderMutation, Mutations
from envoy_data_plane.envoy.extensions.filters.http.upstream_codec.v3 import UpstreamCodec
from envoy_data_plane.envoy.extensions.filters.network.http_connection_manager.v3 import HttpFilter
from envoy_data_plane.envoy.extensions.http.injected_credentials.generic.v3 import Generic
from envoy_data_plane.envoy.extensions.transport_sockets.tls.v3 import SdsSecretConfig

from extproc import headers
from extproc.bootstrap import aws
from extproc.bootstrap.client_facts import credential_key
from extproc.bootstrap.header_edits import add_if_absent, overwrite, remove, remove_prefix
from extproc.bootstrap.injection import Injection, injections
from extproc.bootstrap.operators import filter_state
from extproc.bootstrap.own_credential import own_credential
from extproc.bootstrap.typed import extension, http_filter
from extproc.config.snapshot import Snapshot, Upstream
from extproc.providers.profile import AuthStyle

ANTHROPIC_VERSION: Final = "2023-06-01"
"""For clients that name none; Anthropic refuses a request without."""

NOT_FOR_PROVIDERS: Final = (
    # For this host, and for hosts before it.
    "cookie",
    "proxy-authorization",
    "forwarded",
    "via",
    "x-real-ip",
    "x-request-id",
    # Of a signature for AWS: Envoy adds its own, and an earlier attempt's must not be beside it.
    "x-amz-date",
    "x-amz-content-sha256",
    "x-amz-security-token",
    # For the connection that they came by.
    "te",
    "trailer",
    # Of the trace of whoever called us (W3C trace context and baggage).
    "traceparent",
    "tracestate",
    "baggage",
)
"""Headers beside our own that are no provider's business."""

PREFIXES_NOT_FOR_PROVIDERS: Final = ("x-plano-", "x-arch-", "x-envoy-", "x-forwarded-")
"""Names that begin so are ours, Plano's, Envoy's, or about the network in front of us."""


def upstream_filters(upstream: Upstream, snapshot: Snapshot, secrets_dir: str) -> list[HttpFilter]:
    """In order: take away, add, sign, send."""
    return [edit("clean", cleaning(snapshot)), *made_for(upstream, secrets_dir), codec()]


def made_for(upstream: Upstream, secrets_dir: str) -> list[HttpFilter]:
    """What makes a clean request one for `upstream`."""
    return [
        *_additions(upstream),
        *(_injector(injection, secrets_dir) for injection in injections(upstream)),
        *([aws.signer(upstream, upstream.aws, secrets_dir)] if upstream.aws else []),
    ]


def codec() -> HttpFilter:
    """The last filter."""
    return http_filter("envoy.filters.http.upstream_codec", UpstreamCodec())


def cleaning(snapshot: Snapshot) -> list[Edit]:
    """The same in every provider's cluster.

    Other providers' static headers stay: a client may send ``anthropic-beta`` to one provider while the
    config sets it for another. A cluster that may come after another one's must remove them too.
    """
    tenant = (snapshot.tenant_header,) if snapshot.tenant_header else ()
    names = (*headers.CREDENTIALS, *headers.CLIENT_API, *tenant, *NOT_FOR_PROVIDERS)
    return [*map(remove, names), *map(remove_prefix, PREFIXES_NOT_FOR_PROVIDERS)]


def _additions(upstream: Upstream) -> Iterator[HttpFilter]:
    if upstream.passes_credential:
        yield edit("client_credentials", [_put_back(name) for name in headers.CREDENTIALS])
        yield own_credential(upstream.auth)
    if upstream.auth is AuthStyle.X_API_KEY:
        yield edit("anthropic_version", [add_if_absent("anthropic-version", ANTHROPIC_VERSION)])


def _put_back(header: str) -> Edit:
    """Nothing where the client sent none: an empty value adds no header."""
    return overwrite(header, filter_state(credential_key(header)))


def _injector(injection: Injection, secrets_dir: str) -> HttpFilter:
    """Where the secret is missing the request ends in a local reply; see `reply_cases`."""
    generic = Generic(
        credential=SdsSecretConfig(
            name=injection.secret, sds_config=_watched(f"{secrets_dir}/{injection.filename}", secrets_dir)
        ),
        header=injection.header,
        header_value_prefix=injection.prefix,
    )
    return http_filter(
        f"envoy.filters.http.credential_injector/{injection.header}",
        CredentialInjector(
            overwrite=True, credential=extension("envoy.http.injected_credentials.generic", generic)
        ),
    )


def _watched(path: str, directory: str) -> ConfigSource:
    """A file that is read again when one is renamed into its directory."""
    return ConfigSource(
        path_config_source=PathConfigSource(path=path, watched_directory=WatchedDirectory(path=directory)),
        resource_api_version=ApiVersion.V3,
    )


def edit(purpose: str, edits: Iterable[Edit], answer: Iterable[Edit] = ()) -> HttpFilter:
    """Mutations of headers, of the request's and of its `answer`'s, in order, as a filter of a cluster."""
    return http_filter(
        f"envoy.filters.http.header_mutation/{purpose}",
        HeaderMutation(mutations=Mutations(request_mutations=list(edits), response_mutations=list(answer))),
    )
