"""MiniLM, a BERT of six layers, as a graph that computes with int8 numbers.

The matrices stay the wheel's own int8 numbers. What meets them is made int8 on the way, with a scale found
anew for each text (dynamic quantisation), so that the CPU multiplies bytes: three times as fast as floats, at
a cosine of 0.994 to them. Where onnxruntime has one operator for several steps (attention, a layer with its
bias, GELU) it is used. The tables of embeddings stay int8 too; only the rows that a text needs are made
floats.
"""

from typing import Final

import numpy as np

from extproc.embedding.graph import MICROSOFT, Graph
from extproc.embedding.weights import Dense, Weights

LAYERS: Final = 6
HEADS: Final = 12
WIDTH: Final = 384

_EPSILON: Final = 1e-12
_ROOT: Final = "inner"


def model(weights: Weights) -> bytes:
    """A model file: ``ids`` [1, n], ``positions`` [n] and ``lengths`` [1] give the last layer, [1, n, WIDTH].

    One text a run: a scale that several texts share would make a text's vector depend on its neighbours.
    """
    graph = Graph("minilm")
    ids = graph.input("ids", np.int64, "batch", "length")
    positions = graph.input("positions", np.int64, "length")
    lengths = graph.input("lengths", np.int32, "batch")
    state = _embeddings(graph, weights, ids, positions)
    for number in range(LAYERS):
        state = _layer(graph, weights, f"{_ROOT}.encoder.layer.{number}", state, lengths)
    graph.output(state, np.float32, "batch", "length", WIDTH)
    return graph.serialized()


def _embeddings(graph: Graph, weights: Weights, ids: str, positions: str) -> str:
    """Of words, positions and (always the first) sentence, added and normalised."""
    root = f"{_ROOT}.embeddings"
    sentence = weights.vector(f"{root}.token_type_embeddings.weight")[0]
    words = _rows(graph, weights, f"{root}.word_embeddings.weight", ids)
    places = _rows(graph, weights, f"{root}.position_embeddings.weight", positions)
    places = graph.apply("Add", places, graph.constant(sentence))
    return _normalised(graph, weights, f"{root}.LayerNorm", words, places)


def _rows(graph: Graph, weights: Weights, name: str, which: str) -> str:
    table = weights.table(name)
    rows = graph.apply("Gather", graph.constant(table.rows), which)
    scales = graph.apply("Gather", graph.constant(table.scale), which)
    return graph.apply("Mul", graph.apply("Cast", rows, to=1), scales)


def _layer(graph: Graph, weights: Weights, root: str, state: str, lengths: str) -> str:
    attention = _attention(graph, weights, f"{root}.attention.self", state, lengths)
    attention = _dense(graph, weights.dense(f"{root}.attention.output.dense"), attention)
    state = _normalised(graph, weights, f"{root}.attention.output.LayerNorm", attention, state)
    widening = weights.dense(f"{root}.intermediate.dense")
    wide = _dense(graph, widening._replace(bias=widening.bias[:0]), state)
    wide = graph.apply("BiasGelu", wide, graph.constant(widening.bias), domain=MICROSOFT)
    narrow = _dense(graph, weights.dense(f"{root}.output.dense"), wide)
    return _normalised(graph, weights, f"{root}.output.LayerNorm", narrow, state)


def _attention(graph: Graph, weights: Weights, root: str, state: str, lengths: str) -> str:
    """Of all heads at once: the three matrices side by side are one."""
    three = [weights.dense(f"{root}.{part}") for part in ("query", "key", "value")]
    matrix = graph.constant(np.concatenate([part.matrix for part in three], axis=1))
    scale = graph.constant(np.concatenate([part.scale for part in three]))
    bias = graph.constant(np.concatenate([part.bias for part in three]))
    small, step, zero = graph.quantized(state)
    inputs = (small, matrix, bias, step, scale, lengths, zero)
    return graph.apply("QAttention", *inputs, domain=MICROSOFT, num_heads=HEADS)


def _dense(graph: Graph, layer: Dense, state: str) -> str:
    inputs = [state, graph.constant(layer.matrix), graph.constant(layer.scale), ""]
    if layer.bias.size:
        inputs.append(graph.constant(layer.bias))
    return graph.apply("DynamicQuantizeMatMul", *inputs, domain=MICROSOFT)


def _normalised(graph: Graph, weights: Weights, root: str, one: str, other: str) -> str:
    """Of the sum. Not as SkipLayerNormalization, which does the same in four times the time."""
    gamma = graph.constant(weights.vector(f"{root}.weight"))
    beta = graph.constant(weights.vector(f"{root}.bias"))
    return graph.apply("LayerNormalization", graph.apply("Add", one, other), gamma, beta, epsilon=_EPSILON)
