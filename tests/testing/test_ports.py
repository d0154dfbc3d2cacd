"""Claimed ports are free, and nobody else's."""

from extproc.testing.ports import HIGHEST, LOWEST, PortClaim


def test_claims_never_share_a_port():
    claims = [PortClaim() for _ in range(50)]
    try:
        ports = {claim.port for claim in claims}
    finally:
        for claim in claims:
            claim.release()

    assert len(ports) == 50
    assert LOWEST <= min(ports) <= max(ports) <= HIGHEST
