"""Texts in, vectors out: the model on a thread of its own, what was asked before from memory.

Everyone's texts wait in one line, and the shortest question is answered first: the hundreds of phrases of a
new config do not hold up a request. A text that several ask for is encoded once.
"""

from __future__ import annotations

import asyncio
import os
import threading
from concurrent.futures import Future
from typing import TYPE_CHECKING, Final, Protocol

from extproc.embedding.remembered import Remembered
from extproc.embedding.unavailable import Language, require
from extproc.limits import EMBEDDINGS_REMEMBERED

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy as np
    from numpy.typing import NDArray

    Vector = NDArray[np.float32]
    Vectors = NDArray[np.float32]

WIDTH: Final = 384
"""Length of a vector, of either model."""


class Model(Protocol):
    """What turns one text into one vector of length one."""

    def embed(self, text: str) -> Vector:
        """Called by one thread at a time."""


class Encoder:
    """Loads its model when a text is first encoded, or by `start`."""

    def __init__(
        self,
        language: Language = "english",
        *,
        remembered: int = EMBEDDINGS_REMEMBERED,
        load: Callable[[Language], Model] | None = None,
    ) -> None:
        """`load` gives another model than the language has. EmbeddingUnavailable: packages are missing."""
        if load is None:
            require(language)
        # numpy would start a thread for each core, which wait for each other in a loop; ours are small sums.
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
        self.language: Language = language
        self._load = load or _load
        self._known = Remembered(remembered)
        self._model: Model | None = None
        self._running = threading.Lock()
        self._waiting: list[_Question] = []
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._closed = False

    async def encode(self, texts: Sequence[str]) -> Vectors:
        """[len(texts), WIDTH], each of length one. A call that is cancelled is dropped from the line."""
        question = _Question(tuple(texts), self._known)
        if question.missing:
            self._ask(question)
            await asyncio.wrap_future(question.done)
        return question.answer()

    def encode_now(self, texts: Sequence[str]) -> Vectors:
        """The same without a thread: for commands and tests."""
        question = _Question(tuple(texts), self._known)
        while question.missing:
            self._work_on(question)
        return question.answer()

    def start(self) -> None:
        """Load the model now. EmbeddingUnavailable: it is not what it should be."""
        with self._running:
            self._loaded()

    def close(self) -> None:
        """End the thread. Whoever still waits gets a cancellation."""
        with self._changed:
            self._closed = True
            left, self._waiting = self._waiting, []
            self._changed.notify()
        for question in left:
            question.done.cancel()
        if self._thread is not None:
            self._thread.join()

    def _ask(self, question: _Question) -> None:
        with self._changed:
            if self._closed:
                raise RuntimeError("this encoder is closed")
            self._waiting.append(question)
            if self._thread is None:
                self._thread = threading.Thread(target=self._serve, name="embedding", daemon=True)
                self._thread.start()
            self._changed.notify()

    def _serve(self) -> None:
        """One text at a time, of whoever needs the fewest; until closed."""
        while (question := self._next()) is not None:
            try:
                self._work_on(question)
            except Exception as error:  # noqa: BLE001  # whatever it is, it belongs to whoever asked
                self._leave(question)
                question.fail(error)
            else:
                if not question.missing:
                    self._leave(question)
                    question.finish()

    def _next(self) -> _Question | None:
        with self._changed:
            while True:
                self._waiting = [question for question in self._waiting if not question.done.cancelled()]
                if self._waiting or self._closed:
                    break
                self._changed.wait()
            return min(self._waiting, key=lambda question: len(question.missing), default=None)

    def _leave(self, question: _Question) -> None:
        with self._changed:
            self._waiting = [other for other in self._waiting if other is not question]

    def _work_on(self, question: _Question) -> None:
        text = question.missing[-1]
        vector = self._known.get(text)
        if vector is None:
            with self._running:
                vector = self._loaded().embed(text)
            self._known.put(text, vector)
        question.take(vector)

    def _loaded(self) -> Model:
        if self._model is None:
            self._model = self._load(self.language)
        return self._model


class _Question:
    """Texts of one call, with the vectors that it has so far."""

    def __init__(self, texts: tuple[str, ...], known: Remembered) -> None:
        self.done: Future[None] = Future()
        self._texts = texts
        self._found: dict[str, Vector] = {}
        self.missing: list[str] = []
        for text in dict.fromkeys(texts):
            vector = known.get(text)
            if vector is None:
                self.missing.append(text)
            else:
                self._found[text] = vector

    def take(self, vector: Vector) -> None:
        """The vector of the last missing text."""
        self._found[self.missing.pop()] = vector

    def finish(self) -> None:
        """Wake who asked, unless they left."""
        if self.done.set_running_or_notify_cancel():
            self.done.set_result(None)

    def fail(self, error: Exception) -> None:
        """Hand the error to who asked, unless they left."""
        if self.done.set_running_or_notify_cancel():
            self.done.set_exception(error)

    def answer(self) -> Vectors:
        """One row a text, in the order of the call."""
        import numpy as np  # noqa: PLC0415  # a worker without an embedded router does without it

        rows = [self._found[text] for text in self._texts]
        return np.stack(rows) if rows else np.zeros((0, WIDTH), dtype=np.float32)


def _load(language: Language) -> Model:
    # Either brings numpy and a runtime of its own, which a worker without an embedded router does without.
    if language == "multilingual":
        from extproc.embedding.e5 import E5  # noqa: PLC0415

        return E5()
    from extproc.embedding.minilm import MiniLM  # noqa: PLC0415

    return MiniLM()
