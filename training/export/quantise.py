"""A step of a network becomes a .tflite: int8 weights, int16 or int8 activations.

A step is a tf.Module whose `step` takes and gives named tensors; a state is an input
and an output of the same name, `state_...`.
"""

import json
from typing import Any, Literal

import numpy as np
from torch import nn

from tombola.errors import TombolaError
from tombola.training.corpus.corpus import Floats
from tombola.training.export.quiet import quiet

with quiet():
    import tensorflow as tf
    from tensorflow.lite.python import schema_py_generated as schema
    from tensorflow.lite.tools import flatbuffer_utils

Steps = list[dict[str, Floats]]

METADATA_NAME = "tombola"
STATE = "state_"
_LEAST_SCALE = np.finfo(np.float32).tiny
_FLOAT_TYPES = (0, 1, 10)  # FLOAT32, FLOAT16, FLOAT64 of schema.fbs's TensorType


def require_finite(decoder: nn.Module, controls: Floats) -> None:
    """Raise TombolaError for a control or a weight that is no finite number."""
    weights = [p.detach().numpy() for p in decoder.parameters()]
    if not all(np.isfinite(values).all() for values in (controls, *weights)):
        raise TombolaError(
            "export: a control or a weight of the decoder is not finite; the training "
            "diverged, train again with a lower rate"
        )


def in_float(step: Any) -> bytes:
    """The .tflite of a step as it is."""
    content: bytes = _converter(step).convert()
    return content


def as_the_quantiser_runs(plain: bytes) -> Any:
    """An interpreter of a float .tflite, with the kernels that the quantiser uses.

    They are not the reference's: outputs that are to be inputs of a calibration must be
    what the quantiser will see, to the last bit.
    """
    kernels = tf.lite.experimental.OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
    return tf.lite.Interpreter(
        model_content=plain, experimental_op_resolver_type=kernels
    )


def quantised(
    step: Any,
    calibration: Steps,
    metadata: dict[str, Any],
    activations: Literal["int16", "int8"] = "int16",
) -> bytes:
    """The .tflite of a step, scaled by what goes through it in `calibration`.

    `metadata` goes into it as JSON under the name `tombola`.

    Raises:
        TombolaError: A layer is zero at all times.
    """
    converter = _converter(step)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = lambda: iter(calibration)
    sets = tf.lite.OpsSet
    converter.target_spec.supported_ops = [
        sets.EXPERIMENTAL_TFLITE_BUILTINS_ACTIVATIONS_INT16_WEIGHTS_INT8
        if activations == "int16"
        else sets.TFLITE_BUILTINS_INT8
    ]
    kind = getattr(tf, activations)
    converter.inference_input_type = converter.inference_output_type = kind
    content = bytearray(converter.convert())
    model = flatbuffer_utils.convert_bytearray_to_object(content)
    _require_alive(model)
    _check(model)
    _add_metadata(model, metadata)
    return bytes(flatbuffer_utils.convert_object_to_bytearray(model))


def _converter(step: Any) -> Any:
    signature = step.step.get_concrete_function()
    return tf.lite.TFLiteConverter.from_concrete_functions([signature], step)


def _require_alive(model: Any) -> None:
    """Raise TombolaError for a layer that nothing comes out of.

    TensorFlow gives it a scale next to zero, of a subnormal float32.
    """
    for tensor in model.subgraphs[0].tensors:
        scales = tensor.quantization and tensor.quantization.scale
        if scales is not None and min(scales, default=1.0) < _LEAST_SCALE:
            raise TombolaError(
                f"export: the layer '{tensor.name.decode()}' is zero whatever is "
                "played; train again, or keep more units"
            )


def _check(model: Any) -> None:
    """Assert what the converter promises and does not always keep.

    `model` is schema.fbs's ModelT. Float islands stay where TensorFlow knows no
    quantised form of an operator; state scales differ where a range was cut off.
    """
    (graph,) = model.subgraphs
    floats = [t.name.decode() for t in graph.tensors if t.type in _FLOAT_TYPES]
    assert not floats, f"tensors that are still float: {floats}"
    (signature,) = model.signatureDefs
    inputs = {m.name.decode(): m.tensorIndex for m in signature.inputs}
    outputs = {m.name.decode(): m.tensorIndex for m in signature.outputs}
    for name in inputs:
        if not name.startswith(STATE):
            continue
        before, after = (
            graph.tensors[ends[name]].quantization for ends in (inputs, outputs)
        )
        assert list(before.scale) == list(after.scale), (
            f"{name} goes in at scale {before.scale} and comes out at {after.scale}"
        )
        assert list(before.zeroPoint) == list(after.zeroPoint) == [0]


def _add_metadata(model: Any, metadata: dict[str, Any]) -> None:
    text = json.dumps(metadata, ensure_ascii=False, allow_nan=False)
    buffer, entry = schema.BufferT(), schema.MetadataT()
    buffer.data = list(text.encode("utf-8"))
    entry.name, entry.buffer = METADATA_NAME, len(model.buffers)
    model.buffers.append(buffer)
    model.metadata = [*(model.metadata or []), entry]
