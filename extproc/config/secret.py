"""References to secrets. The value is looked up only where Envoy's secret files are written."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal


class MissingSecretError(LookupError):
    """A variable or file that a secret refers to is absent or empty; the message names it."""


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

        Raises `MissingSecretError` when the variable is not set, the file cannot be read, or either is empty.
        """
        match self.kind:
            case "literal":
                value = self.literal
            case "env":
                value = environ.get(self.source, "")
            case "file":
                try:
                    value = Path(self.source).read_text(encoding="utf-8")
                except OSError as error:
                    raise MissingSecretError(
                        f"secret file {self.source} cannot be read: {error.strerror}"
                    ) from None
        if not value.strip():
            raise MissingSecretError(f"{self.describe()} is not set")
        return f"{self.prefix}{value.strip()}{self.suffix}"

    def describe(self) -> str:
        """For people: ``environment variable OPENAI_API_KEY``."""
        return {
            "env": f"environment variable {self.source}",
            "file": f"secret file {self.source}",
            "literal": "literal secret",
        }[self.kind]
