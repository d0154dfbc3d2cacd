"""``<provider>/<model>`` taken apart."""

import re
from dataclasses import dataclass

from extproc.limits import MODEL_NAME_CHARS_MAX


class ModelNameError(ValueError):
    """Text that names no model; the message continues its key path."""


@dataclass(frozen=True, slots=True)
class ModelName:
    """The two sides of the first slash; `id` may hold more slashes."""

    prefix: str
    id: str

    def __str__(self) -> str:
        return f"{self.prefix}/{self.id}"

    @property
    def wildcard(self) -> bool:
        """Whether it stands for every model of the provider."""
        return self.id == "*"


def parse(text: str) -> ModelName:
    """The name as a provider entry writes it. Raises `ModelNameError`."""
    prefix, slash, model = text.partition("/")
    if not slash or not prefix or not model:
        raise ModelNameError("must be written <provider>/<model> or <provider>/*")
    if re.search(r"[\s\x00-\x1f\x7f]", text):
        raise ModelNameError("must not hold white space or control characters")
    if ("*" in text and model != "*") or "*" in prefix:
        raise ModelNameError("may only use * for all models of a provider, as in openai/*")
    if len(text) > MODEL_NAME_CHARS_MAX:
        raise ModelNameError(f"must not be longer than {MODEL_NAME_CHARS_MAX} characters")
    return ModelName(prefix, model)
