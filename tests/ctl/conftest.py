"""Fixtures of planoctl's tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from extproc.testing.ports import PortClaim
from tests.ctl.cli import Cli


@pytest.fixture
def cli(tmp_path: Path) -> Cli:
    """planoctl with a home of its own and no keys."""
    return Cli(tmp_path)


@pytest.fixture
def port() -> Iterator[int]:
    """A port that no other test uses."""
    claim = PortClaim()
    yield claim.port
    claim.release()
