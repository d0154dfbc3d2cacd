"""Names for the ways providers are reached: one Envoy cluster each.

A name depends on the upstream alone, not on its place in the config: ``openai_api.openai.com_443``, and where
several upstreams share that (two keys for one host), each gets a fingerprint of what tells them apart.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace

from extproc.config.secret import SecretRef
from extproc.config.snapshot import AwsSigning, Upstream
from extproc.providers.profile import AuthStyle


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An upstream without a name, and the provider it was written for."""

    provider: str
    host: str
    port: int
    tls: bool
    authority: str
    auth: AuthStyle
    credential: SecretRef | None
    headers: tuple[tuple[str, SecretRef], ...]
    aws: AwsSigning | None = None


def named(endpoints: Iterable[Endpoint]) -> dict[Endpoint, Upstream]:
    """The upstream of each endpoint; endpoints that are reached in one way share one."""
    ways: dict[Endpoint, list[Endpoint]] = {}
    for endpoint in endpoints:
        ways.setdefault(replace(endpoint, provider=""), []).append(endpoint)
    stems = {way: _stem(members) for way, members in ways.items()}
    taken = Counter(stems.values())
    upstreams: dict[Endpoint, Upstream] = {}
    for way, members in ways.items():
        alone = taken[stems[way]] == 1
        upstream = _upstream(members[0], stems[way] if alone else f"{stems[way]}_{_fingerprint(way)}")
        upstreams |= dict.fromkeys(members, upstream)
    return upstreams


def _stem(members: list[Endpoint]) -> str:
    provider = min(member.provider for member in members)
    host = re.sub(r"[^A-Za-z0-9.-]", "-", members[0].host)
    return f"{provider}_{host}_{members[0].port}"


def _fingerprint(way: Endpoint) -> str:
    """Of the representation, which has a digest in place of a literal secret."""
    return hashlib.sha256(repr(way).encode()).hexdigest()[:8]


def _upstream(endpoint: Endpoint, cluster: str) -> Upstream:
    return Upstream(
        cluster=cluster,
        host=endpoint.host,
        port=endpoint.port,
        tls=endpoint.tls,
        authority=endpoint.authority,
        auth=endpoint.auth,
        credential=endpoint.credential,
        headers=endpoint.headers,
        aws=endpoint.aws,
    )
