"""Environment variables in a config: ``$NAME``, ``${NAME}``, and ``$$`` for a dollar sign.

Values that are no secrets are expanded while the config is read. Secrets are not: `extproc.config.secrets`
turns them into references. Anything else that follows a dollar sign (``$5``, a regular expression's ``$``) is
text.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

_NAME: Final = r"[A-Za-z_][A-Za-z0-9_]*"
_REFERENCE: Final = re.compile(rf"\$(?:(?P<dollar>\$)|\{{(?P<braced>{_NAME})\}}|(?P<bare>{_NAME}))")


class VariableError(ValueError):
    """A reference that cannot be followed; the message says which, `hint` what to do."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.hint = hint


def unset(name: str) -> VariableError:
    """The error for a variable that is not set, or set to nothing."""
    return VariableError(f"environment variable {name} is not set", "export it, or set it in .env")


def names(text: str) -> tuple[str, ...]:
    """The variables a text refers to, in order. Raises `VariableError` for a broken ``${``."""
    if "${" in _REFERENCE.sub("", text):
        raise VariableError("has a ${ that names no variable", "write ${NAME}, or $$ for a dollar sign")
    found = (match["braced"] or match["bare"] for match in _REFERENCE.finditer(text))
    return tuple(name for name in found if name)


def expand(text: str, environ: Mapping[str, str]) -> str:
    """The text with every variable replaced. Raises `VariableError` when one is unset or empty."""
    for name in names(text):
        if not environ.get(name):
            raise unset(name)
    return _REFERENCE.sub(
        lambda match: "$" if match["dollar"] else environ[match["braced"] or match["bare"]], text
    )


def split(text: str) -> tuple[str, str, str] | None:
    """Text before the only variable, its name, text after it; ``None`` where the text has no variable.

    Raises `VariableError` when there is more than one, or a broken ``${``.
    """
    if not names(text):
        return None
    found = [match for match in _REFERENCE.finditer(text) if not match["dollar"]]
    if len(found) > 1:
        raise VariableError("uses more than one variable", "put the whole value into one variable")
    match = found[0]
    name = match["braced"] or match["bare"]
    return unescaped(text[: match.start()]), name, unescaped(text[match.end() :])


def unescaped(text: str) -> str:
    """The text with ``$$`` read as a dollar sign."""
    return text.replace("$$", "$")


@dataclass(slots=True)
class Variables:
    """What the values of a config may refer to, and which of them did."""

    environ: Mapping[str, str]
    used: set[str] = field(default_factory=set)
    """Names that stood in values that are no secrets."""

    def expand(self, text: str) -> str:
        """As `expand`; remembers the names."""
        self.used.update(names(text))
        return expand(text, self.environ)
