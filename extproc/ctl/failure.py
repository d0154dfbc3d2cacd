"""What a command could not do, as the person who typed it is told."""


class Failure(Exception):
    """One line saying what is wrong and, if there is one, a hint at what to do; the exit code is 1.

    `lines` of a log may stand between them.
    """

    def __init__(self, message: str, hint: str | None = None, *, lines: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.lines = lines
