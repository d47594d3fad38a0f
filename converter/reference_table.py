"""What the reference kernels themselves make of every element that an input can have.

A function of one int8 has 256 values, and no rule has to be known to list them.
"""

from typing import Any

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter, OpResolverType

from tombola.converter.graph import Array, Node, Tensor

_TYPES = {"int8": schema.TensorType.INT8, "int16": schema.TensorType.INT16}


def reference_values(
    node: Node, inputs: tuple[Tensor, ...], output: Tensor, values: Array
) -> Array:
    """Run an operator of TensorFlow Lite on [count] values.

    Args:
        node: Its kind and options.
        inputs: One activation, which takes the values, and constants.
        output: Whose type, scale and zero point the result has.
        values: Of the activation's type.

    Returns:
        [count] values of the output's type.

    Raises:
        RuntimeError: The kernel does not take these tensors.
        ValueError: Likewise.
    """
    interpreter: Any = Interpreter(
        model_content=_model(node, inputs, output, len(values)),
        experimental_op_resolver_type=OpResolverType.BUILTIN_REF,
    )
    interpreter.allocate_tensors()
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], values[None])
    interpreter.invoke()
    index = interpreter.get_output_details()[0]["index"]
    result: Array = interpreter.get_tensor(index).reshape(-1)
    return result


def _model(
    node: Node, inputs: tuple[Tensor, ...], output: Tensor, elements: int
) -> bytes:
    """Return a .tflite of the one operator on [1, elements]."""
    subgraph = schema.SubGraphT()
    buffers = [schema.BufferT()]
    subgraph.tensors = []
    for tensor in (*inputs, output):
        table = schema.TensorT()
        table.shape = [1, elements] if tensor.data is None else list(tensor.shape)
        table.type = _TYPES[tensor.dtype.name]
        table.quantization = schema.QuantizationParametersT()
        table.quantization.scale = list(tensor.scales)
        table.quantization.zeroPoint = list(tensor.zero_points)
        if tensor.data is not None:
            table.buffer = len(buffers)
            buffers.append(schema.BufferT())
            buffers[-1].data = np.frombuffer(tensor.data.tobytes(), np.uint8)
        subgraph.tensors.append(table)
    subgraph.inputs = [i for i, tensor in enumerate(inputs) if tensor.data is None]
    subgraph.outputs = [len(inputs)]
    subgraph.operators = [_operator(node, len(inputs))]
    model = schema.ModelT()
    model.version = 3
    model.subgraphs = [subgraph]
    model.buffers = buffers
    model.operatorCodes = [schema.OperatorCodeT()]
    model.operatorCodes[0].builtinCode = getattr(schema.BuiltinOperator, node.kind)
    model.operatorCodes[0].deprecatedBuiltinCode = min(
        model.operatorCodes[0].builtinCode, 127
    )
    builder = flatbuffers.Builder(2048)
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def _operator(node: Node, inputs: int) -> Any:
    operator = schema.OperatorT()
    operator.inputs = list(range(inputs))
    operator.outputs = [inputs]
    name = node.kind.title().replace("_", "") + "Options"
    if hasattr(schema, name + "T"):
        operator.builtinOptionsType = getattr(schema.BuiltinOptions, name)
        operator.builtinOptions = getattr(schema, name + "T")()
        for key, value in node.options.items():
            first, *rest = key.split("_")
            attribute = first + "".join(word.title() for word in rest)
            setattr(operator.builtinOptions, attribute, value)
    return operator
