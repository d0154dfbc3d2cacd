"""The numbers of the model, read out of the wheel's ONNX file.

The file holds a graph that PyTorch exported, with its matrices as int8 and a scale for each output (for the
tables of embeddings: for each row); in it they are made floats again before they are used. We take the
numbers and leave the graph. A matrix has no telling name there, but the bias that is added after it has.
"""

from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from extproc._pb.plano.onnx.v1 import onnx_pb2 as onnx

_TYPES: Final[dict[int, np.dtype[Any]]] = {
    onnx.TensorProto.FLOAT: np.dtype("<f4"),
    onnx.TensorProto.INT8: np.dtype("<i1"),
    onnx.TensorProto.INT64: np.dtype("<i8"),
}


class Dense(NamedTuple):
    """One layer: ``x @ (matrix * scale) + bias``."""

    matrix: NDArray[np.int8]
    """[inputs, outputs]"""
    scale: NDArray[np.float32]
    """[outputs]"""
    bias: NDArray[np.float32]
    """[outputs]"""


class Table(NamedTuple):
    """A table of embeddings: row ``i`` is ``rows[i] * scale[i]``."""

    rows: NDArray[np.int8]
    scale: NDArray[np.float32]
    """[rows, 1]"""


class Weights:
    """What a model file holds, by the names that its authors gave. KeyError: the file has no such thing."""

    def __init__(self, path: Path) -> None:
        graph = onnx.ModelProto.FromString(path.read_bytes()).graph
        self._tensors = {tensor.name: tensor for tensor in graph.initializer}
        self._makers = {node.output[0]: node for node in graph.node}
        self._adds = {name: node for node in graph.node if node.op_type == "Add" for name in node.input}

    def vector(self, name: str) -> NDArray[np.float32]:
        """Floats: a bias, or a part of a normalisation."""
        return self._array(name)

    def table(self, name: str) -> Table:
        """A table of embeddings."""
        return Table(self._array(f"{name}_q"), self._array(f"{name}_scale"))

    def dense(self, name: str) -> Dense:
        """The layer whose bias is called ``<name>.bias``."""
        bias = f"{name}.bias"
        product = self._makers[self._adds[bias].input[0]]
        matrix = product.input[1]
        scale = self._array(f"{matrix}_scale").reshape(-1)
        return Dense(self._array(f"{matrix}_q"), scale, self._array(bias))

    def _array(self, name: str) -> NDArray[Any]:
        tensor = self._tensors[name]
        array: NDArray[Any] = np.frombuffer(tensor.raw_data, _TYPES[tensor.data_type])
        return array.reshape(tuple(tensor.dims))
