"""What is going on, while a person waits."""

from types import TracebackType
from typing import TYPE_CHECKING, Self

from extproc.ctl import screen

if TYPE_CHECKING:
    from rich.status import Status


class Progress:
    """One line that changes at a terminal; with `verbose` a line for each step instead."""

    def __init__(self, *, verbose: bool = False) -> None:
        self._verbose = verbose
        self._latest = ""
        self._status: Status | None = None

    def __enter__(self) -> Self:
        if screen.err().is_terminal and not self._verbose:
            self._status = screen.err().status("")
            self._status.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()

    def step(self, text: str) -> None:
        """What is done from now on."""
        if text == self._latest:
            return
        self._latest = text
        if self._status is not None:
            self._status.update(f"{text} …")
        elif self._verbose:
            screen.note(text)

    def end(self) -> None:
        """Leaves no trace of the changing line."""
        if self._status is not None:
            self._status.stop()
            self._status = None
