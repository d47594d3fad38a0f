"""From the operators of TensorFlow Lite to the instructions of a ticket.

An operator goes through only when the instruction gives the same bits; what does not
is refused with the operator, its place in the graph and the reason.
"""

from dataclasses import replace

from tombola.converter.graph import MAX_PORT_NAME, Graph, is_port_name
from tombola.converter.lowering import Handler, Lowering, refuse
from tombola.converter.moves import copy as copy_of
from tombola.converter.operators import (
    activation,
    convolution,
    copy,
    dense,
    elementwise,
    lstm,
    pooling,
    quantize,
    softmax,
)
from tombola.converter.program import Program
from tombola.errors import TombolaError

MAX_VALUES = 65535

_HANDLERS: dict[str, Handler] = {
    **dense.HANDLERS,
    **elementwise.HANDLERS,
    **activation.HANDLERS,
    **softmax.HANDLERS,
    **quantize.HANDLERS,
    **copy.HANDLERS,
    **pooling.HANDLERS,
    **lstm.HANDLERS,
    **convolution.HANDLERS,
}


def lower(graph: Graph) -> Program:
    """Return the program that gives the bits of the graph.

    Raises:
        TombolaError: An operator, a type or a scale has no instruction.
    """
    lowering = Lowering(graph)
    for name, index in graph.inputs.items():
        lowering.add_input(name, graph.tensors[index])
    for node in graph.nodes:
        handler = _HANDLERS.get(node.kind)
        if handler is None:
            refuse(node, f"is not supported; supported are {', '.join(_HANDLERS)}")
        if not node.outputs:
            refuse(node, "has no outputs")
        handler(lowering, node)
    return _finish(lowering)


def _finish(lowering: Lowering) -> Program:
    """Pair the states, and give every output a value of its own."""
    if len(lowering.values) > MAX_VALUES:
        raise TombolaError(
            f"model: it has {len(lowering.values):,} activations, at most "
            f"{MAX_VALUES:,} are supported"
        )
    graph = lowering.graph
    inputs = {name: lowering.number[i] for name, i in graph.inputs.items()}
    outputs = {name: _output(lowering, name, i) for name, i in graph.outputs.items()}
    states = dict(lowering.states)
    for name in [*inputs, *outputs, *states]:
        if not is_port_name(name):
            raise TombolaError(
                f"model: '{name}' names an input or output; 1 to {MAX_PORT_NAME} "
                "printable ASCII characters are needed"
            )
    for name in [n for n in inputs if n in outputs]:
        old, new = lowering.values[inputs[name]], lowering.values[outputs[name]]
        if old.count != new.count or old.dtype != new.dtype:
            raise TombolaError(
                f"model: state '{name}' goes in as {old.dtype} {old.count} and comes "
                f"out as {new.dtype} {new.count}; they have to be alike"
            )
        states[name] = (inputs.pop(name), outputs.pop(name))
    return Program(
        *(lowering.values, lowering.instructions, inputs, outputs, states),
        lowering.folded,
    )


def _output(lowering: Lowering, name: str, index: int) -> int:
    if index not in lowering.number:
        tensor = lowering.graph.tensors[index]
        raise TombolaError(f"model: output '{name}' is the constant {tensor}")
    value = lowering.number[index]
    if value not in [lowering.number[i] for i in lowering.graph.inputs.values()]:
        return value
    # An input that goes straight out would be overwritten as an output.
    copied = lowering.value(replace(lowering.values[value], name=name, tensor=None))
    lowering.instructions.append(copy_of(value, copied, lowering.values[value]))
    return copied
