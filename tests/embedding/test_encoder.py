"""Questions of many tasks are answered by one thread, each text once."""

import asyncio
import threading

import numpy as np
import pytest

from extproc.embedding.encoder import WIDTH, Encoder
from extproc.embedding.unavailable import Language


class Counting:
    """A model that notes what it is asked, and can be held up."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.threads: set[str] = set()
        self.go = threading.Event()
        self.go.set()
        self.busy = threading.Event()

    def embed(self, text: str) -> np.ndarray:
        self.busy.set()
        assert self.go.wait(10)
        if text == "broken":
            raise ValueError(text)
        self.asked.append(text)
        self.threads.add(threading.current_thread().name)
        return np.full(WIDTH, len(text), dtype=np.float32)


class Setup:
    """An encoder of the counting model."""

    def __init__(self, remembered: int = 100) -> None:
        self.model = Counting()
        self.encoder = Encoder(remembered=remembered, load=self._load)

    def _load(self, _language: Language) -> Counting:
        return self.model

    async def occupied(self) -> asyncio.Task[np.ndarray]:
        """A question that the thread works on until `go` is set."""
        self.model.go.clear()
        first = asyncio.create_task(self.encoder.encode(["first"]))
        assert await asyncio.to_thread(self.model.busy.wait, 10)
        return first


@pytest.fixture
def setup():
    setup = Setup()
    yield setup
    setup.model.go.set()
    setup.encoder.close()


def lengths(vectors: np.ndarray) -> list[float]:
    return vectors[:, 0].tolist()


async def settled() -> None:
    """Let every task that can run do so."""
    for _ in range(10):
        await asyncio.sleep(0)


def test_rows_are_in_the_order_of_the_texts(setup: Setup) -> None:
    """One row a text, equal ones too."""
    found = asyncio.run(setup.encoder.encode(["aaa", "b", "aaa", "cc"]))

    assert (4, WIDTH) == found.shape
    assert [3, 1, 3, 2] == lengths(found)
    assert ["aaa", "b", "cc"] == sorted(setup.model.asked)


def test_no_texts_give_no_rows(setup: Setup) -> None:
    """Its width is still that of all."""
    assert (0, WIDTH) == asyncio.run(setup.encoder.encode([])).shape


def test_the_model_has_a_thread_of_its_own(setup: Setup) -> None:
    """The event loop goes on meanwhile."""

    async def ask() -> None:
        await asyncio.gather(*(setup.encoder.encode([str(number)]) for number in range(20)))

    asyncio.run(ask())

    assert {"embedding"} == setup.model.threads


def test_a_text_that_many_ask_for_is_encoded_once(setup: Setup) -> None:
    """They wait for the same answer."""

    async def ask() -> list[np.ndarray]:
        return await asyncio.gather(*(setup.encoder.encode(["same", "text"]) for _ in range(50)))

    found = asyncio.run(ask())

    assert [[4, 4]] * 50 == [lengths(vectors) for vectors in found]
    assert ["same", "text"] == sorted(setup.model.asked)


def test_a_short_question_does_not_wait_for_a_long_one(setup: Setup) -> None:
    """The phrases of a new config do not hold up a request."""

    async def ask() -> None:
        first = await setup.occupied()
        long = asyncio.create_task(setup.encoder.encode([f"phrase {number}" for number in range(30)]))
        await settled()
        short = asyncio.create_task(setup.encoder.encode(["short"]))
        await settled()
        setup.model.go.set()
        await asyncio.gather(first, short, long)

    asyncio.run(ask())

    assert ["first", "short"] == setup.model.asked[:2]


def test_a_question_that_nobody_waits_for_is_dropped(setup: Setup) -> None:
    """A cancelled request costs nothing more."""

    async def ask() -> None:
        first = await setup.occupied()
        given_up = asyncio.create_task(setup.encoder.encode(["given up"]))
        await settled()
        given_up.cancel()
        await settled()
        setup.model.go.set()
        await first
        await setup.encoder.encode(["last"])

    asyncio.run(ask())

    assert ["first", "last"] == setup.model.asked


def test_what_was_not_asked_for_longest_is_forgotten() -> None:
    """Memory is bounded."""
    setup = Setup(remembered=2)
    for text in ("a", "bb", "a", "ccc", "a", "bb"):
        setup.encoder.encode_now([text])

    assert ["a", "bb", "ccc", "bb"] == setup.model.asked


def test_an_error_reaches_who_asked_and_nobody_else(setup: Setup) -> None:
    """The thread goes on."""

    async def ask() -> list[object]:
        questions = (setup.encoder.encode([text]) for text in ("broken", "whole"))
        return await asyncio.gather(*questions, return_exceptions=True)

    failed, whole = asyncio.run(ask())

    assert isinstance(failed, ValueError)
    assert isinstance(whole, np.ndarray)


def test_closing_ends_the_thread_and_the_waiting() -> None:
    """Nothing is left behind, and nobody hangs."""
    setup = Setup()

    async def ask() -> None:
        first = await setup.occupied()
        waiting = asyncio.create_task(setup.encoder.encode(["waiting"]))
        await settled()
        closing = asyncio.create_task(asyncio.to_thread(setup.encoder.close))
        with pytest.raises(asyncio.CancelledError):
            await waiting
        setup.model.go.set()
        await asyncio.gather(closing, first, return_exceptions=True)

    asyncio.run(ask())

    assert "embedding" not in {thread.name for thread in threading.enumerate()}
    with pytest.raises(RuntimeError, match="closed"):
        asyncio.run(setup.encoder.encode(["late"]))


def test_company_does_not_change_a_vector(encoder: Encoder) -> None:
    """The real model: the same alone, among others, and from another thread."""
    texts = [f"question number {number} about the weather" for number in range(8)]

    async def together() -> list[np.ndarray]:
        return await asyncio.gather(*(encoder.encode([text]) for text in texts))

    apart = Encoder()
    alone = apart.encode_now(texts)

    assert np.array_equal(alone, np.concatenate(asyncio.run(together())))
