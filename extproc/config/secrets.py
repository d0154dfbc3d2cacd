"""How a secret is written in a config, as a `SecretRef`.

$NAME, ${NAME}          an environment variable, also inside text: ``Bearer $TOKEN``
file:/run/secrets/key   a file; a relative path starts at the config's directory
anything else           the secret itself (``$$`` is a dollar sign)
"""

import hashlib
import re
from pathlib import Path
from typing import Final

from extproc.config.secret import SecretRef
from extproc.config.variables import VariableError, split, unescaped

_FILE: Final = re.compile(r"(?P<prefix>(?:[A-Za-z]+ )?)file:(?P<path>.+)", re.DOTALL)
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")


def reference(text: str, directory: Path) -> SecretRef:
    """The reference that `text` stands for. Raises `VariableError`, whose message never holds the text."""
    if _CONTROL.search(text.strip()):
        raise VariableError("holds a line break or control character", "secrets are one line of text")
    if not text.strip():
        raise VariableError("is empty", "write $NAME, file:PATH or the value")
    if match := _FILE.fullmatch(text.strip()):
        return SecretRef("file", str(directory / match["path"]), prefix=match["prefix"])
    if parts := split(text):
        prefix, name, suffix = parts
        return SecretRef("env", name, prefix=prefix.lstrip(), suffix=suffix.rstrip())
    return literal(unescaped(text.strip()))


def literal(value: str) -> SecretRef:
    """A reference that holds the value itself."""
    return SecretRef("literal", hashlib.sha256(value.encode()).hexdigest()[:8], literal=value)
