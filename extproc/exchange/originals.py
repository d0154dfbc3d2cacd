"""The bodies of requests that were translated, for as long as their exchanges last.

A further attempt at such a request may be for a target with another API: it is best told what the client
said, and not what is left of it after one translation. The attempt has a stream of its own, which comes to
the same worker (`bootstrap.twins`). Where it does not, it finds nothing here and does with less.
"""

import itertools
import os


class Originals:
    """A worker's own. The keys of two workers differ."""

    def __init__(self) -> None:
        self._prefix = os.urandom(8).hex()
        self._numbers = itertools.count()
        self._bodies: dict[str, bytes] = {}

    def keep(self, body: bytes) -> str:
        """Its key, which cannot be guessed. Every one that is kept must be forgotten."""
        key = f"{self._prefix}-{next(self._numbers)}"
        self._bodies[key] = body
        return key

    def get(self, key: str) -> bytes | None:
        """The body, where it is kept here."""
        return self._bodies.get(key)

    def forget(self, key: str) -> None:
        """The exchange is over."""
        self._bodies.pop(key, None)

    def __len__(self) -> int:
        return len(self._bodies)
