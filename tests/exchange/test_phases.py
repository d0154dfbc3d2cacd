"""The table of phases."""

import pytest

from extproc.exchange.phases import MAY_FOLLOW, Phase

ORDER = list(Phase)


def test_every_phase_has_a_row() -> None:
    """The table is total: no message meets a missing key."""
    assert {None, *Phase} == set(MAY_FOLLOW)


@pytest.mark.parametrize("phase", Phase)
def test_no_phase_follows_a_later_one(phase: Phase) -> None:
    """Time does not run backwards; only bodies may come in several pieces."""
    for follower in MAY_FOLLOW[phase]:
        again = phase is follower and phase in (Phase.REQUEST_BODY, Phase.RESPONSE_BODY)
        assert again or ORDER.index(follower) > ORDER.index(phase)
