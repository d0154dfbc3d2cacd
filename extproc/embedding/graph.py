"""Writing an ONNX graph: one call an operator, each of which gives the name of its result."""

from itertools import count
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from extproc._pb.plano.onnx.v1 import onnx_pb2 as onnx

MICROSOFT: Final = "com.microsoft"
"""Operators that onnxruntime has beyond ONNX's own."""

_IR_VERSION: Final = 10
_OPSETS: Final = {"": 17, MICROSOFT: 1}
_TYPES: Final = {
    np.dtype(np.float32): onnx.TensorProto.FLOAT,
    np.dtype(np.uint8): onnx.TensorProto.UINT8,
    np.dtype(np.int8): onnx.TensorProto.INT8,
    np.dtype(np.int32): onnx.TensorProto.INT32,
    np.dtype(np.int64): onnx.TensorProto.INT64,
}


class Graph:
    """A graph that grows: values are names, made by `input`, `constant` and `apply`."""

    def __init__(self, name: str) -> None:
        self._model = onnx.ModelProto(ir_version=_IR_VERSION)
        self._model.graph.name = name
        for domain, version in _OPSETS.items():
            self._model.opset_import.add(domain=domain, version=version)
        self._numbers = count()

    def input(self, name: str, kind: type[np.generic], *dimensions: str) -> str:
        """A value that is given on each run."""
        self._declare(self._model.graph.input.add(name=name), kind, dimensions)
        return name

    def output(self, name: str, kind: type[np.generic], *dimensions: str | int) -> None:
        """Make the value the result of a run."""
        self._declare(self._model.graph.output.add(name=name), kind, dimensions)

    def constant(self, array: NDArray[Any]) -> str:
        """Numbers that are part of the model."""
        name = f"c{next(self._numbers)}"
        kind = _TYPES[array.dtype]
        self._model.graph.initializer.add(
            name=name, dims=array.shape, data_type=kind, raw_data=array.tobytes()
        )
        return name

    def apply(self, operator: str, *inputs: str, domain: str = "", **attributes: float) -> str:
        """The result of an operator. Whole numbers among the attributes are given as such."""
        node = self._model.graph.node.add(op_type=operator, input=inputs, domain=domain)
        for name, value in attributes.items():
            if isinstance(value, int):
                node.attribute.add(name=name, i=value, type=onnx.AttributeProto.INT)
            else:
                node.attribute.add(name=name, f=value, type=onnx.AttributeProto.FLOAT)
        return self._result(node)

    def quantized(self, value: str) -> tuple[str, str, str]:
        """The value as bytes, with their scale and their zero."""
        node = self._model.graph.node.add(op_type="DynamicQuantizeLinear", input=[value])
        return self._result(node), self._result(node), self._result(node)

    def _result(self, node: onnx.NodeProto) -> str:
        name = f"v{next(self._numbers)}"
        node.output.append(name)
        return name

    def serialized(self) -> bytes:
        """The model file."""
        return self._model.SerializeToString()

    def _declare(
        self, value: onnx.ValueInfoProto, kind: type[np.generic], dimensions: tuple[str | int, ...]
    ) -> None:
        tensor = value.type.tensor_type
        tensor.elem_type = _TYPES[np.dtype(kind)]
        for size in dimensions:
            if isinstance(size, str):
                tensor.shape.dim.add(dim_param=size)
            else:
                tensor.shape.dim.add(dim_value=size)
