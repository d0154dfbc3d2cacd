"""What the tests of stores share."""

from collections.abc import Iterator

import pytest

from tests.state.stores import debian, servers


@pytest.fixture(scope="session", autouse=True)
def _no_server_is_left() -> Iterator[None]:
    yield
    servers.end_all()
    debian.remove_all()
