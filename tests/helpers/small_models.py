"""Small .tflite files made without TensorFlow, and what litert makes of them.

An operator is given by its kind and the scales of its tensors, so that a property-based
test can ask for thousands of models that TensorFlow's converter would never write.
"""

from dataclasses import dataclass, field
from typing import Any

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter, OpResolverType

# Whose options are those of another kind, or are named otherwise.
OPTION_NAMES = {
    "CONV_2D": "Conv2DOptions",
    "DEPTHWISE_CONV_2D": "DepthwiseConv2DOptions",
    "AVERAGE_POOL_2D": "Pool2DOptions",
    "MAX_POOL_2D": "Pool2DOptions",
    "MEAN": "ReducerOptions",
    "MAXIMUM": "MaximumMinimumOptions",
    "MINIMUM": "MaximumMinimumOptions",
    "UNIDIRECTIONAL_SEQUENCE_LSTM": "UnidirectionalSequenceLSTMOptions",
}
# The oldest versions that take int8 and int16; 1 where nothing is said.
VERSIONS = {
    "FULLY_CONNECTED": 4,
    "ADD": 4,
    "SUB": 5,
    "MUL": 4,
    "LOGISTIC": 3,
    "TANH": 3,
}
TYPES = {
    np.dtype(np.int8): schema.TensorType.INT8,
    np.dtype(np.int16): schema.TensorType.INT16,
    np.dtype(np.int32): schema.TensorType.INT32,
    np.dtype(np.int64): schema.TensorType.INT64,
    np.dtype(np.float32): schema.TensorType.FLOAT32,
    np.dtype(np.bool_): schema.TensorType.BOOL,
}


@dataclass
class ModelMaker:
    """Collects tensors and operators; `finish` gives the bytes of the .tflite."""

    tensors: list[Any] = field(default_factory=list)
    buffers: list[Any] = field(default_factory=lambda: [schema.BufferT()])
    operators: list[Any] = field(default_factory=list)
    codes: list[str] = field(default_factory=list)

    def activation(
        self,
        shape: int | list[int],
        scale: float,
        name: str = "",
        *,
        zero_point: int = 0,
        dtype: Any = np.int16,
        variable: bool = False,
    ) -> int:
        """Add an activation of a shape, or [1, count], and return its index."""
        shape = [1, shape] if isinstance(shape, int) else shape
        index = self._tensor(shape, np.dtype(dtype), [scale], [zero_point], 0, name)
        self.tensors[index].isVariable = variable
        return index

    def plain(self, shape: list[int], dtype: Any, name: str = "") -> int:
        """Add an activation without a scale, such as a float32 one."""
        return self._tensor(shape, np.dtype(dtype), [], [], 0, name)

    def constant(
        self,
        values: Any,
        scales: list[float],
        *,
        zero_points: list[int] | None = None,
        axis: int = 0,
    ) -> int:
        """Add a constant with no scale, one scale, or one per slice along `axis`."""
        buffer = schema.BufferT()
        buffer.data = np.frombuffer(values.tobytes(), np.uint8)
        self.buffers.append(buffer)
        points = [0] * len(scales) if zero_points is None else zero_points
        place = len(self.buffers) - 1
        index = self._tensor(
            list(values.shape), values.dtype, scales, points, place, ""
        )
        if scales:
            self.tensors[index].quantization.quantizedDimension = axis
        return index

    def _tensor(
        self,
        shape: list[int],
        dtype: Any,
        scales: list[float],
        zero_points: list[int],
        buffer: int,
        name: str,
    ) -> int:
        tensor = schema.TensorT()
        tensor.shape = shape
        tensor.type = TYPES[dtype]
        tensor.buffer = buffer
        tensor.name = name or f"t{len(self.tensors)}"
        if scales:
            tensor.quantization = schema.QuantizationParametersT()
            tensor.quantization.scale = scales
            tensor.quantization.zeroPoint = zero_points
        self.tensors.append(tensor)
        return len(self.tensors) - 1

    def operator(
        self,
        kind: str,
        inputs: list[int],
        outputs: int | list[int],
        intermediates: list[int] | None = None,
        **options: Any,
    ) -> None:
        """Add an operator; `options` are fields of its table in the schema."""
        operator = schema.OperatorT()
        if kind not in self.codes:
            self.codes.append(kind)
        operator.opcodeIndex = self.codes.index(kind)
        operator.inputs = inputs
        operator.outputs = [outputs] if isinstance(outputs, int) else outputs
        operator.intermediates = intermediates
        camel = kind.title().replace("_", "") + "Options"
        table = OPTION_NAMES.get(kind, camel)
        if hasattr(schema, table + "T"):
            operator.builtinOptions = getattr(schema, table + "T")()
            for name, value in options.items():
                if not hasattr(operator.builtinOptions, name):
                    raise KeyError(f"{table} has no {name}")
                setattr(operator.builtinOptions, name, value)
            operator.builtinOptionsType = getattr(schema.BuiltinOptions, table)
        elif options:
            raise KeyError(f"{kind} has no options {list(options)}")
        self.operators.append(operator)

    def finish(
        self,
        inputs: dict[str, int],
        outputs: dict[str, int],
        metadata: bytes | None = None,
    ) -> bytes:
        """Return the bytes of the file, with one signature of these names."""
        graph = schema.SubGraphT()
        graph.tensors = self.tensors
        graph.operators = self.operators
        graph.inputs = list(inputs.values())
        graph.outputs = list(outputs.values())
        model = schema.ModelT()
        model.version = 3
        model.subgraphs = [graph]
        model.operatorCodes = [self._code(kind) for kind in self.codes]
        model.signatureDefs = [self._signature(inputs, outputs)]
        model.buffers = self.buffers
        if metadata is not None:
            buffer = schema.BufferT()
            buffer.data = np.frombuffer(metadata, np.uint8)
            model.buffers = [*self.buffers, buffer]
            entry = schema.MetadataT()
            entry.name, entry.buffer = "tombola", len(self.buffers)
            model.metadata = [entry]
        builder = flatbuffers.Builder(4096)
        builder.Finish(model.Pack(builder), b"TFL3")
        return bytes(builder.Output())

    @staticmethod
    def _code(kind: str) -> Any:
        code = schema.OperatorCodeT()
        code.builtinCode = getattr(schema.BuiltinOperator, kind)
        code.deprecatedBuiltinCode = min(code.builtinCode, 127)
        code.version = VERSIONS.get(kind, 1)
        return code

    @staticmethod
    def _signature(inputs: dict[str, int], outputs: dict[str, int]) -> Any:
        def maps(names: dict[str, int]) -> list[Any]:
            entries = []
            for name, index in names.items():
                entry = schema.TensorMapT()
                entry.name, entry.tensorIndex = name, index
                entries.append(entry)
            return entries

        signature = schema.SignatureDefT()
        signature.signatureKey = "serving_default"
        signature.inputs, signature.outputs = maps(inputs), maps(outputs)
        signature.subgraphIndex = 0
        return signature


def single(kind: str, counts: list[int], scales: list[float], **options: Any) -> bytes:
    """Build a model of one element-wise operator.

    `counts` and `scales` are those of the inputs and, last, the output.
    """
    maker = ModelMaker()
    indices = [maker.activation(n, s) for n, s in zip(counts, scales, strict=True)]
    maker.operator(kind, indices[:-1], indices[-1], **options)
    inputs = {f"x{i}": index for i, index in enumerate(indices[:-1])}
    return maker.finish(inputs, {"y": indices[-1]})


def together(models: dict[str, bytes]) -> bytes:
    """Put models into one file: for each a subgraph and a signature of its key."""
    whole = schema.ModelT()
    whole.version = 3
    whole.subgraphs, whole.signatureDefs = [], []
    whole.operatorCodes, whole.buffers = [], []
    for place, (key, content) in enumerate(models.items()):
        model = schema.ModelT.InitFromPackedBuf(bytearray(content), 0)
        graph, signature = model.subgraphs[0], model.signatureDefs[0]
        for tensor in graph.tensors:
            tensor.buffer += len(whole.buffers)
        for operator in graph.operators:
            operator.opcodeIndex += len(whole.operatorCodes)
        graph.name, signature.signatureKey = key, key
        signature.subgraphIndex = place
        whole.subgraphs.append(graph)
        whole.signatureDefs.append(signature)
        whole.operatorCodes += model.operatorCodes
        whole.buffers += model.buffers
    builder = flatbuffers.Builder(4096)
    builder.Finish(whole.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def reference(tflite: bytes) -> Interpreter:
    """Return litert's interpreter with the reference kernels, allocated."""
    interpreter = Interpreter(
        model_content=tflite,
        experimental_op_resolver_type=OpResolverType.BUILTIN_REF,
        experimental_preserve_all_tensors=True,
    )
    interpreter.allocate_tensors()
    return interpreter


def reference_run(tflite: bytes, **inputs: Any) -> dict[str, Any]:
    """Run litert's reference kernels once; inputs and outputs are flat."""
    runner = reference(tflite).get_signature_runner("serving_default")
    details = runner.get_input_details()
    shaped = {
        name: x.reshape(details[name]["shape"]).astype(details[name]["dtype"])
        for name, x in inputs.items()
    }
    return {name: y.reshape(-1) for name, y in runner(**shaped).items()}
