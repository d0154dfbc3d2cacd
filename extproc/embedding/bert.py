"""MiniLM, a BERT of six layers, as a graph that computes with int8 numbers.

The matrices stay the wheel's own int8 numbers. What meets them is made int8 on the way, with a scale found
anew for each text (dynamic quantisation), so that the CPU multiplies bytes: three times as fast as floats, at
a cosine of 0.994 to them. Where onnxruntime has one operator for several steps (attention, a layer with its
bias, GELU) it is used. The tables of embeddings stay int8 too; only the rows that a text needs are made
floats.
"""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from extproc.embedding.graph import MICROSOFT, Graph
from extproc.embedding.weights import Dense, Weights

LAYERS: Final = 6
HEADS: Final = 12
WIDTH: Final = 384

_EPSILON: Final = 1e-12
_MIDDLE: Final = 128
_ROOT: Final = "inner"
_ONES: Final = "ones"
_ZEROS: Final = "zeros"


def model(weights: Weights, *, unsigned: bool = False) -> bytes:
    """A model file that gives the last layer, [1, n, WIDTH], for what `given` makes of a text's numbers.

    One text a run: a scale that several texts share would make a text's vector depend on its neighbours.
    `unsigned`: the matrices in bytes from 0 to 255, with which no CPU overflows.
    """
    return _Bert(weights, unsigned).serialized()


def given(numbers: Sequence[int]) -> dict[str, NDArray[Any]]:
    """The inputs of a run."""
    size = len(numbers)
    return {
        "ids": np.array([numbers], dtype=np.int64),
        "positions": np.arange(size, dtype=np.int64),
        "lengths": np.array([size], dtype=np.int32),
        _ONES: np.ones(size, dtype=np.float32),
        _ZEROS: np.zeros(size, dtype=np.float32),
    }


class _Bert:
    """Writes the graph, one part a method."""

    def __init__(self, weights: Weights, unsigned: bool) -> None:
        self._weights = weights
        self._unsigned = unsigned
        self._graph = Graph("minilm")

    def serialized(self) -> bytes:
        """The whole."""
        ids = self._graph.input("ids", np.int64, "batch", "length")
        positions = self._graph.input("positions", np.int64, "length")
        lengths = self._graph.input("lengths", np.int32, "batch")
        self._graph.input(_ONES, np.float32, "length")
        self._graph.input(_ZEROS, np.float32, "length")
        state = self._embeddings(ids, positions)
        for number in range(LAYERS):
            state = self._layer(f"{_ROOT}.encoder.layer.{number}", state, lengths)
        self._graph.output(state, np.float32, "batch", "length", WIDTH)
        return self._graph.serialized()

    def _embeddings(self, ids: str, positions: str) -> str:
        """Of words, positions and (always the first) sentence, added and normalised."""
        root = f"{_ROOT}.embeddings"
        sentence = self._weights.vector(f"{root}.token_type_embeddings.weight")[0]
        words = self._rows(f"{root}.word_embeddings.weight", ids)
        places = self._rows(f"{root}.position_embeddings.weight", positions)
        places = self._graph.apply("Add", places, self._graph.constant(sentence))
        return self._normalised(f"{root}.LayerNorm", words, places)

    def _rows(self, name: str, which: str) -> str:
        table = self._weights.table(name)
        rows = self._graph.apply("Gather", self._graph.constant(table.rows), which)
        scales = self._graph.apply("Gather", self._graph.constant(table.scale), which)
        return self._graph.apply("Mul", self._graph.apply("Cast", rows, to=1), scales)

    def _layer(self, root: str, state: str, lengths: str) -> str:
        attention = self._attention(f"{root}.attention.self", state, lengths)
        attention = self._dense(self._weights.dense(f"{root}.attention.output.dense"), attention)
        state = self._normalised(f"{root}.attention.output.LayerNorm", attention, state)
        widening = self._weights.dense(f"{root}.intermediate.dense")
        wide = self._dense(widening._replace(bias=widening.bias[:0]), state)
        wide = self._graph.apply("BiasGelu", wide, self._graph.constant(widening.bias), domain=MICROSOFT)
        narrow = self._dense(self._weights.dense(f"{root}.output.dense"), wide)
        return self._normalised(f"{root}.output.LayerNorm", narrow, state)

    def _attention(self, root: str, state: str, lengths: str) -> str:
        """Of all heads at once: the three matrices side by side are one."""
        three = [self._weights.dense(f"{root}.{part}") for part in ("query", "key", "value")]
        matrix, middle = self._matrix(np.concatenate([part.matrix for part in three], axis=1))
        scale = self._graph.constant(np.concatenate([part.scale for part in three]))
        bias = self._graph.constant(np.concatenate([part.bias for part in three]))
        small, step, zero = self._graph.quantized(state)
        inputs = (small, matrix, bias, step, scale, lengths, zero, middle)
        return self._graph.apply("QAttention", *inputs, domain=MICROSOFT, num_heads=HEADS)

    def _dense(self, layer: Dense, state: str) -> str:
        matrix, middle = self._matrix(layer.matrix)
        bias = self._graph.constant(layer.bias) if layer.bias.size else ""
        inputs = (state, matrix, self._graph.constant(layer.scale), middle, bias)
        return self._graph.apply("DynamicQuantizeMatMul", *inputs, domain=MICROSOFT)

    def _matrix(self, matrix: NDArray[np.int8]) -> tuple[str, str]:
        """The matrix, and for each of its outputs the byte that stands for 0; none for signed ones."""
        if not self._unsigned:
            return self._graph.constant(matrix), ""
        middle = np.full(matrix.shape[1], _MIDDLE, dtype=np.uint8)
        shifted = (matrix.astype(np.int16) + _MIDDLE).astype(np.uint8)
        return self._graph.constant(shifted), self._graph.constant(middle)

    def _normalised(self, root: str, one: str, other: str) -> str:
        """Of the sum, each token by itself.

        As a normalisation of an image whose channels are the tokens: onnxruntime 1.28 takes twice as long for
        LayerNormalization, and for the one that adds by itself.
        """
        total = self._graph.apply("Add", one, other)
        normal = self._graph.apply("InstanceNormalization", total, _ONES, _ZEROS, epsilon=_EPSILON)
        gamma = self._graph.constant(self._weights.vector(f"{root}.weight"))
        beta = self._graph.constant(self._weights.vector(f"{root}.bias"))
        return self._graph.apply("Add", self._graph.apply("Mul", normal, gamma), beta)
