"""Operators that move elements, or call them by another shape."""

from tombola.converter.graph import Node
from tombola.converter.lowering import Handler, Lowering, check_activation, refuse


def _reshape(lowering: Lowering, node: Node) -> None:
    x, x_tensor = lowering.activation(node, 0)
    if len(node.outputs) != 1:
        refuse(node, f"has {len(node.outputs)} outputs, 1 is supported")
    y_tensor = lowering.graph.tensors[node.outputs[0]]
    check_activation(y_tensor, str(node))
    if (
        x_tensor.count != y_tensor.count
        or x_tensor.scales != y_tensor.scales
        or x_tensor.zero_points != y_tensor.zero_points
    ):
        refuse(node, f"has {x_tensor} giving {y_tensor}")
    lowering.number[y_tensor.index] = x
    lowering.folded.append(f"{node}: the same memory under another shape")


HANDLERS: dict[str, Handler] = {"RESHAPE": _reshape}
