"""Real Envoy between a client and a strict provider, with a double in the place of plano-extproc."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace

import pytest

from extproc.config.secret import SecretRef
from extproc.config.snapshot import AwsSigning
from extproc.config.snapshot import Upstream as Endpoint
from extproc.limits import MIB
from extproc.providers.profile import AuthStyle
from extproc.testing.builders import a_listener
from extproc.testing.ports import PortClaim
from extproc.testing.upstream import Upstream
from tests.bootstrap.double import ExtProcDouble
from tests.bootstrap.running import RunningEnvoy
from tests.bootstrap.values import AWS_KEYS, ENVIRON, a_snapshot_of, an_upstream

BODY_BYTES_MAX = 11 * MIB
HASTE_S = 0.3


@dataclass(frozen=True)
class Lab:
    """Everything that is running."""

    envoy: RunningEnvoy
    ext_proc: ExtProcDouble
    provider: Upstream
    hasty: int
    """Port of a listener that gives an answer `HASTE_S`."""
    stubborn: int
    """Port of a listener that tries a second time."""


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    directory = tmp_path_factory.mktemp("lab")
    with ExitStack() as stack:
        claims = [PortClaim() for _ in range(4)]
        for claim in claims:
            stack.callback(claim.release)
        first, second, third, closed = (claim.port for claim in claims)
        provider = stack.enter_context(Upstream())
        ext_proc = stack.enter_context(ExtProcDouble(directory / "extproc-0.sock"))
        patient = replace(a_listener("100 %REQ(x)%", port=first), max_body_bytes=BODY_BYTES_MAX)
        hasty = replace(a_listener("hasty", port=second), timeout_s=HASTE_S)
        stubborn = replace(a_listener("stubborn", port=third), max_retries=1)
        snapshot = a_snapshot_of(*endpoints(provider.port, closed))
        snapshot = replace(snapshot, listeners=(patient, hasty, stubborn), tenant_header="X-Tenant")
        envoy = stack.enter_context(RunningEnvoy(snapshot, directory, ENVIRON))
        envoy.until_serving()
        yield Lab(envoy, ext_proc, provider, second, third)


@pytest.fixture
def lab(running: Lab) -> Lab:
    """What is running, with nothing remembered of earlier tests."""
    running.provider.forget()
    running.ext_proc.seen.clear()
    return running


def endpoints(provider: int, closed: int) -> Iterator[Endpoint]:
    team = (
        ("x-team", SecretRef("literal", "team", literal="100 %REQ(x-test-do)%")),
        ("x-team-token", SecretRef("env", "TEAM_TOKEN")),
    )
    yield an_upstream("acme", port=provider, headers=team)
    yield an_upstream("claude", host="localhost", port=provider, auth=AuthStyle.X_API_KEY)
    yield an_upstream("azure", port=provider, auth=AuthStyle.API_KEY)
    yield an_upstream("open", port=provider, credential=None, authority="models.example:81")
    signing = AwsSigning("us-east-1", AWS_KEYS)
    yield an_upstream("bedrock", port=provider, authority="bedrock.test", headers=team, aws=signing)
    yield an_upstream("refusing", port=closed)
    yield an_upstream("speaks-no-tls", port=provider, tls=True)
    # A label of 64 letters: refused by the resolver itself, without asking a name server.
    yield an_upstream("nameless", host="a" * 64 + ".example")
