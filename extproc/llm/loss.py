"""What cannot cross from one API to another: told, never dropped in silence."""

from extproc.errors import InvalidRequest


class Losses:
    """Collects the paths of fields that a writer has to leave out, e.g. ``top_k``, ``messages[2].name``."""

    def __init__(self, paths: tuple[str, ...] = ()) -> None:
        self._paths = dict.fromkeys(paths)

    def add(self, path: str) -> None:
        """One more; the same path counts once."""
        self._paths[path] = None

    @property
    def paths(self) -> tuple[str, ...]:
        """All of them, in the order they were met."""
        return tuple(self._paths)


def refuse(path: str, what: str, target: str) -> InvalidRequest:
    """The error for content that may not be left out without changing what the request means."""
    return InvalidRequest(
        f"{path}: {what} cannot be sent to a model that is reached by {target}.", param=path
    )
