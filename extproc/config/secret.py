"""References to secrets. The value is looked up only where Envoy's secret files are written."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

from extproc.config.variables import VariableError, expand
from extproc.limits import SECRET_BYTES_MAX

_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")


class MissingSecretError(LookupError):
    """A variable or file that a secret refers to is absent, empty or unusable; the message names it."""


@dataclass(frozen=True, slots=True)
class SecretRef:
    """Where a secret is to be found. Its ``repr`` never shows a literal value."""

    kind: Literal["env", "file", "literal"]
    source: str
    """The variable's name or the file's path; for a literal a short digest, to tell two apart."""
    prefix: str = ""
    """Literal text before the variable, as in ``Bearer $TOKEN``."""
    suffix: str = ""
    literal: str = field(default="", repr=False)

    def resolve(self, environ: Mapping[str, str] = os.environ) -> str:
        """The secret itself, without surrounding white space.

        Raises `MissingSecretError` when the variable is not set, the file cannot be read, either is empty,
        or the value cannot stand in a header because it has a line break inside.
        """
        match self.kind:
            case "literal":
                value = self.literal
            case "env":
                value = environ.get(self.source, "")
            case "file":
                value = self._read()
        if not value.strip():
            raise MissingSecretError(f"{self.describe()} is {'empty' if self.kind == 'file' else 'not set'}")
        if _CONTROL.search(value.strip()):
            raise MissingSecretError(f"{self.describe()} holds more than one line")
        return f"{self.prefix}{value.strip()}{self.suffix}"

    def _read(self) -> str:
        try:
            with Path(self.source).open("rb") as file:
                content = file.read(SECRET_BYTES_MAX + 1)
            if len(content) <= SECRET_BYTES_MAX:
                return content.decode("utf-8")
            reason = f"it is larger than {SECRET_BYTES_MAX} bytes"
        except OSError as error:
            reason = error.strerror or "unknown fault"
        except ValueError:
            reason = "it is not UTF-8 text"
        raise MissingSecretError(f"secret file {self.source} cannot be read: {reason}")

    def describe(self) -> str:
        """For people: ``environment variable OPENAI_API_KEY``."""
        return {
            "env": f"environment variable {self.source}",
            "file": f"secret file {self.source}",
            "literal": "literal secret",
        }[self.kind]


@dataclass(frozen=True, slots=True)
class SecretUrl:
    """A URL in which variables may stand for user, password, host … Its ``repr`` never shows it."""

    text: str = field(repr=False)

    def resolve(self, environ: Mapping[str, str] = os.environ) -> str:
        """The URL itself. Raises `MissingSecretError` when a variable is not set, or set to nothing."""
        try:
            return expand(self.text, environ)
        except VariableError as error:
            raise MissingSecretError(str(error)) from None
