"""Reads a .tflite, trusting nothing in it.

The flatbuffer is an untrusted web of offsets: the `tflite` package follows them into
whatever they point at. Here every length is held against the file's size before it is
looped over, every index against its table, and what the package trips over becomes
one sentence.
"""

import json
import math
import re
import struct
from collections.abc import Callable
from functools import cache
from inspect import signature
from typing import Any

import numpy as np
import tflite

from tombola.converter.graph import Graph, Node, Tensor, is_port_name
from tombola.errors import TombolaError

METADATA_NAME = b"tombola"
MAX_BYTES = 16 << 20
MAX_ENTRIES = 1 << 14  # of any vector, and bytes of any name
MAX_DIMENSIONS = 8
# A step of the module has time for no more, and a plan takes the square of it.
MAX_OPERATORS = 4096
# Of constants that the operators take: many may take one.
MAX_CONSTANT_ELEMENTS = 16 << 20

_TYPES = {
    tflite.TensorType.FLOAT32: "float32",
    tflite.TensorType.INT8: "int8",
    tflite.TensorType.UINT8: "uint8",
    tflite.TensorType.INT16: "int16",
    tflite.TensorType.INT32: "int32",
    tflite.TensorType.INT64: "int64",
    tflite.TensorType.BOOL: "bool",
}


def _names(enum: type) -> dict[int, str]:
    return {v: k for k, v in vars(enum).items() if not k.startswith("_")}


_TYPE_NAMES = _names(tflite.TensorType)
_OPERATORS = _names(tflite.BuiltinOperator)
_ACTIVATIONS = _names(tflite.ActivationFunctionType)
# Whose options are those of another kind, or are named otherwise.
_OPTION_NAMES = {
    "CONV_2D": "Conv2DOptions",
    "DEPTHWISE_CONV_2D": "DepthwiseConv2DOptions",
    "AVERAGE_POOL_2D": "Pool2DOptions",
    "MAX_POOL_2D": "Pool2DOptions",
    "MEAN": "ReducerOptions",
    "MAXIMUM": "MaximumMinimumOptions",
    "MINIMUM": "MaximumMinimumOptions",
    "UNIDIRECTIONAL_SEQUENCE_LSTM": "UnidirectionalSequenceLSTMOptions",
}


def read(content: bytes, signature: str | None = None) -> Graph:
    """Return a graph in the bytes of a .tflite: that of a signature, or the only one.

    Raises:
        TombolaError: It is not a .tflite, is damaged, is of a kind that is never
            converted (control flow, tensors of unknown shape), or it is not clear which
            signature is meant.
    """
    if len(content) > MAX_BYTES:
        raise TombolaError(
            f"model: {len(content):,} bytes, at most {MAX_BYTES:,} are read; "
            "the module has 131,072 bytes of flash"
        )
    if len(content) < 16 or content[4:8] != b"TFL3":
        raise TombolaError("model: this is no .tflite file (no TFL3 at byte 4)")
    try:
        return _Reader(content).graph(signature)
    except (
        struct.error,
        IndexError,
        ValueError,
        TypeError,
        AttributeError,
        OverflowError,
        RecursionError,
    ) as error:
        raise TombolaError(
            f"model: the file is damaged ({error}); export it again"
        ) from error


class _Reader:
    """One pass over a file; each method reads one table of the schema."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._model = tflite.Model.GetRootAs(content, 0)
        # Vectors may overlap in a file that is made to waste time; in one that is not,
        # each of their entries has four bytes or more of its own.
        self._entries_left = len(content)
        self._buffers = self._length(self._model.BuffersLength(), "buffers")
        self._codes = self._length(self._model.OperatorCodesLength(), "operator codes")

    def graph(self, key: str | None) -> Graph:
        signature, key = self._signature(key)
        place = 0 if signature is None else signature.SubgraphIndex()
        subgraphs = self._length(self._model.SubgraphsLength(), "subgraphs")
        subgraph = self._model.Subgraphs(_within(place, subgraphs, "the subgraph"))
        operators = self._length(subgraph.OperatorsLength(), "operators")
        if operators > MAX_OPERATORS:
            raise TombolaError(
                f"model: it has {operators:,} operators, at most {MAX_OPERATORS:,} are "
                "supported; export a single step"
            )
        count = self._length(subgraph.TensorsLength(), "tensors")
        nodes = tuple(
            self._node(i, subgraph.Operators(i), count) for i in range(operators)
        )
        users = _users(nodes)
        tensors = tuple(
            self._tensor(i, subgraph.Tensors(i), users.get(i, "")) for i in range(count)
        )
        inputs, outputs = self._ports(signature, subgraph, tensors)
        _check_order(tensors, nodes, inputs, outputs)
        _check_constants(tensors, nodes)
        metadata = self._metadata()
        return Graph(tensors, nodes, inputs, outputs, metadata, place, key)

    def _signature(self, key: str | None) -> tuple[Any, str | None]:
        """Return the signature of a key, or the only one, with its key."""
        count = self._length(self._model.SignatureDefsLength(), "signatures")
        signatures = [self._model.SignatureDefs(i) for i in range(count)]
        keys = [self._text(signature.SignatureKey()) for signature in signatures]
        if key is None and not keys:
            return None, None
        if key is None and len(keys) == 1:
            key = keys[0]
        if key is not None and keys.count(key) == 1:
            return signatures[keys.index(key)], key
        known = ", ".join(f"'{name}'" for name in keys) or "none"
        raise TombolaError(
            f"model: its signatures are {known}; choose one of them with --signature"
            if key is None
            else f"model: it has no signature '{key}'; its signatures are {known}"
        )

    def _length(self, length: int, what: str) -> int:
        """Hold the length of a vector against what the file can have."""
        self._entries_left -= length
        if length < 0 or self._entries_left < 0:
            raise TombolaError(
                f"model: it claims {length:,} {what} in {len(self._content):,} bytes; "
                "the file is damaged"
            )
        if length > MAX_ENTRIES:
            raise TombolaError(
                f"model: it has {length:,} {what}, at most {MAX_ENTRIES:,} are read"
            )
        return length

    def _text(self, content: bytes | None) -> str:
        """Return a name, whose bytes count as entries: names may overlap as well."""
        self._length(len(content or b""), "bytes of names")
        return (content or b"").decode("utf-8", "replace")

    def _tensor(self, index: int, table: Any, user: str) -> Tensor:
        """Read a tensor; `user` says in a refusal who has it."""
        name = self._text(table.Name()) or f"tensor {index}"
        kind = table.Type()
        if kind not in _TYPES:
            raise TombolaError(
                f"model: {user}tensor '{name}' is of type "
                f"{_TYPE_NAMES.get(kind, kind)}; "
                f"{', '.join(_TYPES.values())} are read"
            )
        rank = self._length(table.ShapeLength(), "dimensions")
        shape = tuple(int(table.Shape(i)) for i in range(rank))
        if rank > MAX_DIMENSIONS or any(n < 0 for n in shape):
            raise TombolaError(
                f"model: {user}tensor '{name}' has shape {list(shape)}; fixed "
                "dimensions are needed, so export with a fixed batch of 1"
            )
        dtype = np.dtype(_TYPES[kind])
        scales, zero_points, axis = self._quantisation(table.Quantization(), name)
        data = self._data(table.Buffer(), dtype, shape, name)
        quantised = scales, zero_points, axis
        variable = bool(table.IsVariable())
        return Tensor(index, name, shape, dtype, *quantised, data, variable)

    def _quantisation(
        self, table: Any, name: str
    ) -> tuple[tuple[float, ...], tuple[int, ...], int]:
        if table is None or table.ScaleLength() == 0:
            return (), (), 0
        count = self._length(table.ScaleLength(), "scales")
        scales = tuple(table.ScaleAsNumpy().tolist())
        points = self._length(table.ZeroPointLength(), "zero points")
        if points not in (0, count):
            raise TombolaError(
                f"model: tensor '{name}' has {count} scales and {points} zero points"
            )
        zero_points = tuple(table.ZeroPointAsNumpy().tolist()) if points else ()
        for scale in scales:
            if not (math.isfinite(scale) and scale > 0):
                raise TombolaError(
                    f"model: tensor '{name}' has a scale of {scale}; finite ones above "
                    "0 are played, export the model again"
                )
        return scales, zero_points or (0,) * count, int(table.QuantizedDimension())

    def _data(
        self, index: int, dtype: np.dtype[Any], shape: tuple[int, ...], name: str
    ) -> Any:
        buffer = self._buffer(index, f"tensor '{name}'")
        if self._bytes(buffer.DataLength(), name) == 0:
            return None
        values = buffer.DataAsNumpy()
        needed = int(np.prod(shape, dtype=np.int64)) * dtype.itemsize
        if len(values) != needed:
            raise TombolaError(
                f"model: tensor '{name}' has {len(values)} bytes of data, "
                f"its shape {list(shape)} needs {needed}"
            )
        return values.view(dtype).reshape(shape)

    def _bytes(self, length: int, name: str) -> int:
        if not 0 <= length <= len(self._content):
            raise TombolaError(
                f"model: the data of tensor '{name}' leaves the file; it is damaged"
            )
        return length

    def _buffer(self, index: int, what: str) -> Any:
        place = _within(index, self._buffers, f"the buffer of {what}")
        return self._model.Buffers(place)

    def _node(self, place: int, table: Any, tensors: int) -> Node:
        code = self._model.OperatorCodes(
            _within(table.OpcodeIndex(), self._codes, f"the code of operator {place}")
        )
        # Codes below 127 once stood in a byte of their own.
        builtin = max(code.BuiltinCode(), code.DeprecatedBuiltinCode())
        kind = _OPERATORS.get(builtin, f"number {builtin}")
        if kind == "CUSTOM":
            kind = f"CUSTOM {self._text(code.CustomCode())}"
        what = f"a tensor of operator {place} ({kind})"
        inputs = tuple(
            None if i == -1 else _within(i, tensors, what)
            for i in self._indices(table.InputsLength(), table.Inputs)
        )
        outputs = tuple(
            _within(i, tensors, what)
            for i in self._indices(table.OutputsLength(), table.Outputs)
        )
        intermediates = tuple(
            _within(i, tensors, what)
            for i in self._indices(table.IntermediatesLength(), table.Intermediates)
        )
        options = _options(table, kind)
        others = [int(n) for field, n in options.items() if "subgraph" in field]
        if others:
            raise TombolaError(
                f"model: operator {place} ({kind}) runs {self._subgraphs(others)}; "
                "control flow is not supported, so export a single step with states as "
                "inputs and outputs"
            )
        number = int(options.get("fused_activation_function", 0))
        activation = _ACTIVATIONS.get(number, f"number {number}")
        return Node(place, kind, inputs, outputs, activation, options, intermediates)

    def _subgraphs(self, places: list[int]) -> str:
        count = self._model.SubgraphsLength()
        known = [_within(place, count, "a subgraph") for place in places]
        names = [self._text(self._model.Subgraphs(place).Name()) for place in known]
        return " and ".join(f"the subgraph '{name}'" for name in names)

    def _indices(self, length: int, item: Callable[[int], int]) -> list[int]:
        return [int(item(i)) for i in range(self._length(length, "indices"))]

    def _ports(
        self, signature: Any, subgraph: Any, tensors: tuple[Tensor, ...]
    ) -> tuple[dict[str, int], dict[str, int]]:
        """Inputs and outputs by the signature's names.

        Without a signature they have the tensors' own names, or numbers where a ticket
        has no room for those.
        """
        ins = self._indices(subgraph.InputsLength(), subgraph.Inputs)
        outs = self._indices(subgraph.OutputsLength(), subgraph.Outputs)
        for index in (*ins, *outs):
            _within(index, len(tensors), "an input or output")
        if signature is None:
            named_ins = _numbered("input", [tensors[i] for i in ins])
            named_outs = _numbered("output", [tensors[i] for i in outs])
        else:
            named_ins = self._entries(signature.InputsLength(), signature.Inputs)
            named_outs = self._entries(signature.OutputsLength(), signature.Outputs)
        return _by_name(named_ins, set(ins)), _by_name(named_outs, set(outs))

    def _entries(
        self, count: int, entry: Callable[[int], Any]
    ) -> list[tuple[str, int]]:
        entries = [entry(i) for i in range(self._length(count, "signature entries"))]
        return [(self._text(entry.Name()), entry.TensorIndex()) for entry in entries]

    def _metadata(self) -> dict[str, Any] | None:
        for i in range(self._length(self._model.MetadataLength(), "metadata entries")):
            entry = self._model.Metadata(i)
            if entry.Name() != METADATA_NAME:
                continue
            buffer = self._buffer(entry.Buffer(), "the voice's metadata")
            self._bytes(buffer.DataLength(), "tombola metadata")
            content = json.loads(buffer.DataAsNumpy().tobytes().decode("utf-8"))
            if not isinstance(content, dict):
                raise TombolaError("model: its tombola metadata is no JSON object")
            return content
        return None


def _within(index: int, length: int, what: str) -> int:
    if not 0 <= index < length:
        raise TombolaError(
            f"model: {what} has index {index}, there are {length}; the file is damaged"
        )
    return int(index)


def _users(nodes: tuple[Node, ...]) -> dict[int, str]:
    """Return the first operator of each tensor, as the beginning of a sentence."""
    return {
        index: f"{node}: "
        for node in reversed(nodes)
        for index in (*node.inputs, *node.outputs)
        if index is not None
    }


def _numbered(what: str, tensors: list[Tensor]) -> list[tuple[str, int]]:
    return [
        (tensor.name if is_port_name(tensor.name) else f"{what} {n}", tensor.index)
        for n, tensor in enumerate(tensors)
    ]


def _by_name(entries: list[tuple[str, int]], known: set[int]) -> dict[str, int]:
    """Return inputs (or outputs) by name, all of them known to the subgraph."""
    found: dict[str, int] = {}
    for name, index in entries:
        if index not in known or name in found:
            raise TombolaError(
                f"model: '{name}' names no input or output of the graph, or two of them"
            )
        found[name] = index
    return found


# A table in which nothing is set: its fields have the schema's defaults.
_NOTHING = struct.pack("<IHHi", 8, 4, 4, 4)


def _options(table: Any, kind: str) -> dict[str, float]:
    """Return the numbers in an operator's table of options, by their schema names."""
    name = _OPTION_NAMES.get(kind, kind.title().replace("_", "") + "Options")
    if not hasattr(tflite, name):
        return {}
    options = getattr(tflite, name)()
    union = table.BuiltinOptions()
    if union is None:
        options.Init(_NOTHING, 8)
    elif table.BuiltinOptionsType() == getattr(tflite.BuiltinOptions, name):
        options.Init(union.Bytes, union.Pos)
    else:
        raise TombolaError(
            f"model: operator {kind} carries options of type "
            f"{table.BuiltinOptionsType()}; the file is damaged"
        )
    numbers = {field: getattr(options, method)() for field, method in _fields(name)}
    for field, number in numbers.items():
        if math.isnan(number):
            raise TombolaError(
                f"model: operator {kind} has an option {field} that is not a number; "
                "the file is damaged"
            )
    return numbers


@cache
def _fields(name: str) -> list[tuple[str, str]]:
    """Schema name and method of every number in a table of the schema."""
    methods = vars(getattr(tflite, name))
    return [
        (
            re.sub(
                r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", method
            ).lower(),
            method,
        )
        for method, function in methods.items()
        if method not in ("Init", "__init__")
        and callable(function)
        and len(signature(function).parameters) == 1
        and not method.endswith(("Length", "AsNumpy", "IsNone"))
    ]


def _check_order(
    tensors: tuple[Tensor, ...],
    nodes: tuple[Node, ...],
    inputs: dict[str, int],
    outputs: dict[str, int],
) -> None:
    """Every tensor is written once, and before it is read."""
    ready = {t.index for t in tensors if t.data is not None or t.variable}
    ready |= set(inputs.values())
    for node in nodes:
        for index in node.inputs:
            if index is not None and index not in ready:
                raise TombolaError(
                    f"model: {node} reads tensor {tensors[index]} before it is written"
                )
        for index in node.outputs:
            if index in ready:
                raise TombolaError(
                    f"model: {node} writes tensor {tensors[index]}, which already has "
                    "a value"
                )
            ready.add(index)
    for name, index in outputs.items():
        if index not in ready:
            raise TombolaError(f"model: nothing writes output '{name}'")


def _check_constants(tensors: tuple[Tensor, ...], nodes: tuple[Node, ...]) -> None:
    """Bound what operators that share a constant take of it between them."""
    taken = [tensors[i] for node in nodes for i in node.inputs if i is not None]
    elements = sum(tensor.count for tensor in taken if tensor.data is not None)
    if elements > MAX_CONSTANT_ELEMENTS:
        raise TombolaError(
            f"model: its operators take {elements:,} constant elements, at most "
            f"{MAX_CONSTANT_ELEMENTS:,} are supported; export a single step"
        )
