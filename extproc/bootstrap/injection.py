"""Which secrets each provider's cluster puts on a request: clusters and secret files are made from this."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from extproc.config.secret import SecretRef
from extproc.config.snapshot import Snapshot, Upstream
from extproc.providers.profile import AuthStyle

SUFFIX: Final = ".sds.json"
"""Of the files that hold one secret each."""


@dataclass(frozen=True, slots=True)
class Injection:
    """A request header whose value Envoy takes from a secret file."""

    secret: str
    """Name of the secret: cluster and header alone, so that a new key changes nothing but its file."""
    header: str
    ref: SecretRef
    prefix: str = ""
    """What stands before the secret in the header."""

    @property
    def filename(self) -> str:
        """Name of the secret's file."""
        return quote(self.secret, safe="") + SUFFIX


_CREDENTIAL_HEADERS: Final = {
    AuthStyle.BEARER: ("authorization", "Bearer "),
    AuthStyle.X_API_KEY: ("x-api-key", ""),
    AuthStyle.API_KEY: ("api-key", ""),
}


def injections(upstream: Upstream) -> Iterator[Injection]:
    """The credential first, so that a static header of the same name wins.

    Static headers are secrets too, even literal ones: nothing tells ``x-team: blue`` from ``x-token: …``.
    """
    if upstream.credential is not None:
        header, prefix = _CREDENTIAL_HEADERS[upstream.auth]
        yield _injection(upstream, header, upstream.credential, prefix)
    for header, ref in upstream.headers:
        yield _injection(upstream, header, ref)


def upstreams(snapshot: Snapshot) -> tuple[Upstream, ...]:
    """The distinct upstreams of the snapshot, in the config's order."""
    return tuple({provider.upstream.cluster: provider.upstream for provider in snapshot.providers}.values())


def _injection(upstream: Upstream, header: str, ref: SecretRef, prefix: str = "") -> Injection:
    return Injection(f"{upstream.cluster}/{header}", header, ref, prefix)
