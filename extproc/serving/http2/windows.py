"""Flow control of what we receive: what the peer may still send, and when to allow it more. RFC 9113 §5.2."""


class ReceiveWindow:
    """One window, of a stream or of the connection. In bytes."""

    __slots__ = ("_open", "_returned", "_size")

    def __init__(self, size: int) -> None:
        self._size = size
        self._open = size
        self._returned = 0

    def take(self, count: int) -> bool:
        """The peer has sent `count`; ``False`` when that is more than it was allowed."""
        self._open -= count
        return self._open >= 0

    def give(self, count: int) -> int:
        """`count` of them are dealt with; the increment to tell the peer now, 0 for not yet.

        Half a window is worth a frame; less is not.
        """
        self._returned += count
        if self._returned * 2 < self._size:
            return 0
        increment, self._returned = self._returned, 0
        self._open += increment
        return increment
