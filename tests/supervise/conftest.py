"""Fixtures of the supervisor's tests."""

from collections.abc import Iterator

import pytest

from tests.supervise.processes import Postbox


@pytest.fixture
def postbox() -> Iterator[Postbox]:
    """Where the children of a test report."""
    box = Postbox()
    yield box
    box.close()
