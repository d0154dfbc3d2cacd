"""The vectors of the texts that were seen last, by a hash of the text: none of it is kept."""

from __future__ import annotations

from collections import OrderedDict
from hashlib import blake2b
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Remembered:
    """Forgets what was not used for longest. Threads may share one."""

    def __init__(self, room: int) -> None:
        self._room = room
        self._vectors: OrderedDict[bytes, NDArray[np.float32]] = OrderedDict()
        self._lock = Lock()

    def get(self, text: str) -> NDArray[np.float32] | None:
        """The vector, if it is still there."""
        key = _key(text)
        with self._lock:
            vector = self._vectors.get(key)
            if vector is not None:
                self._vectors.move_to_end(key)
            return vector

    def put(self, text: str, vector: NDArray[np.float32]) -> None:
        """Remember, and forget another if there are too many."""
        key = _key(text)
        with self._lock:
            self._vectors[key] = vector
            self._vectors.move_to_end(key)
            if len(self._vectors) > self._room:
                self._vectors.popitem(last=False)

    def __len__(self) -> int:
        return len(self._vectors)


def _key(text: str) -> bytes:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
