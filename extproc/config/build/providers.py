"""Provider entries of the snapshot."""

from collections.abc import Sequence, Set
from pathlib import Path

from extproc.config import urls
from extproc.config.build.retry import retry_policy
from extproc.config.build.upstreams import Endpoint, named
from extproc.config.model_name import parse
from extproc.config.models.providers import AwsConfig, ProviderConfig
from extproc.config.profiles import host_of, profile_of
from extproc.config.secret import SecretRef
from extproc.config.secrets import reference
from extproc.config.snapshot import AwsKeys, AwsSigning, Provider, Upstream
from extproc.providers.profile import Profile


def providers(
    entries: Sequence[ProviderConfig], affine: Set[tuple[str, int]], directory: Path, *, auto: bool
) -> tuple[Provider, ...]:
    """The entries in the config's order; those that reach a provider in the same way share an upstream.

    `affine`: host and port of endpoints that have `prefix_affinity`; `auto`: ``overrides.fallback``.
    """
    endpoints = [_endpoint(entry, _profile(entry), directory) for entry in entries]
    upstreams = named(endpoints)
    return tuple(
        _provider(entry, _profile(entry), upstreams[endpoint], affine, auto=auto)
        for entry, endpoint in zip(entries, endpoints, strict=True)
    )


def _profile(entry: ProviderConfig) -> Profile:
    profile = profile_of(entry)
    assert profile is not None
    return profile


def _provider(
    entry: ProviderConfig, profile: Profile, upstream: Upstream, affine: Set[tuple[str, int]], *, auto: bool
) -> Provider:
    name = parse(entry.model)
    return Provider(
        name=entry.name or entry.model,
        prefix=name.prefix,
        model=name.id,
        profile=profile,
        upstream=upstream,
        base_path=(urls.parse(entry.base_url).path or None) if entry.base_url else None,
        default=entry.default,
        api_version=entry.api_version,
        prefix_affinity=entry.prefix_affinity or (upstream.host, upstream.port) in affine,
        retry_policy=retry_policy(entry.retry_policy, auto=auto) if entry.retry_policy else None,
    )


def _endpoint(entry: ProviderConfig, profile: Profile, directory: Path) -> Endpoint:
    if entry.base_url is not None:
        url = urls.parse(entry.base_url)
        host, port, tls = url.host, url.port, url.tls
    else:
        known = host_of(entry, profile)
        assert known is not None
        host, port, tls = known, 443, True
    return Endpoint(
        provider=profile.id,
        host=host,
        port=port,
        tls=tls,
        authority=entry.http_host or urls.authority(host, port, tls=tls),
        auth=profile.auth,
        credential=_credential(entry, directory),
        headers=_headers(entry, directory),
        aws=_signing(entry.aws, directory) if entry.aws else None,
    )


def _headers(entry: ProviderConfig, directory: Path) -> tuple[tuple[str, SecretRef], ...]:
    written = {
        name.lower(): reference(value.get_secret_value(), directory) for name, value in entry.headers.items()
    }
    return tuple(sorted(written.items()))


def _credential(entry: ProviderConfig, directory: Path) -> SecretRef | None:
    if entry.access_key is None or entry.passthrough_auth:
        return None
    return reference(entry.access_key.get_secret_value(), directory)


def _signing(aws: AwsConfig, directory: Path) -> AwsSigning:
    keys = None
    if aws.access_key_id is not None and aws.secret_access_key is not None:
        token = aws.session_token
        keys = AwsKeys(
            reference(aws.access_key_id.get_secret_value(), directory),
            reference(aws.secret_access_key.get_secret_value(), directory),
            reference(token.get_secret_value(), directory) if token else None,
        )
    return AwsSigning(aws.region, keys, aws.profile)
