"""What becomes of a reload, for whoever asked for it."""

from collections.abc import Mapping

import msgspec

from extproc.config.changes import Changes

GATEWAY_SOCKET = "gateway.sock"
"""In the folder of sockets: where the gateway process is asked."""


class Wish(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is asked of a gateway on its socket."""

    environ: dict[str, str]
    """The variables of the shell that asks; they win over those that the gateway was started with."""
    check: bool = False
    """Only try it out."""


def in_words(environ: Mapping[str, str]) -> dict[str, str]:
    """The variables of an environment that are text; what else there is no config can refer to."""
    return {name: value for name, value in environ.items() if _is_text(name + value)}


def _is_text(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:  # of bytes that are no UTF-8; see `os.fsdecode`
        return False
    return True


class Told(msgspec.Struct, frozen=True, omit_defaults=True):
    """How it went."""

    generation: int
    """The one in force now."""
    problems: tuple[str, ...] = ()
    """Why the new config was rejected; none: it is in force, or could be."""
    changes: Changes = Changes()
    warnings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    """What one should know of the change itself."""
    seconds: float = 0.0
