"""One model for all tests of a session: loading it takes as long as a hundred questions."""

from collections.abc import Iterator

import pytest

from extproc.embedding.encoder import Encoder
from extproc.embedding.minilm import MiniLM


@pytest.fixture(scope="session")
def minilm() -> MiniLM:
    return MiniLM()


@pytest.fixture(scope="session")
def encoder() -> Iterator[Encoder]:
    encoder = Encoder()
    yield encoder
    encoder.close()
