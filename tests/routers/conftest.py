"""One model for all tests of a session: loading it takes as long as a hundred questions."""

from collections.abc import Iterator

import pytest

from extproc.embedding.encoder import Encoder


@pytest.fixture(scope="session")
def encoder() -> Iterator[Encoder]:
    encoder = Encoder()
    yield encoder
    encoder.close()
