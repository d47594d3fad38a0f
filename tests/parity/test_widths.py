"""A network at a width gives the bits of the network that was sliced to it."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tombola._core import Network
from tombola.converter import convert
from tombola.converter.graph import Graph, Tensor
from tombola.converter.lower import lower
from tombola.converter.pack import pack
from tombola.converter.plan import plan
from tombola.converter.verify import random_inputs

ROOT = Path(__file__).parents[2]
MODELS = [ROOT / "firmware/tickets/harp.tflite", ROOT / "tests/data/tone_small.tflite"]
SHARES = [0.0, 0.26, 0.5, 0.73, 0.97]


def width(share: float, count: int) -> int:
    """What Network::SetWidth leaves of a group: whole fours, at least one."""
    fours = int(share * -(-count // 4) + 0.5)
    return min(count, max(4, 4 * fours))


def sliced(graph: Graph, widths: dict[int, int]) -> Graph:
    """Cut the activations to their widths, and all constants that meet them."""
    tensors = list(graph.tensors)
    for index, count in widths.items():
        tensors[index] = replace(tensors[index], shape=(1, count))
    for node in graph.nodes:
        if node.kind != "FULLY_CONNECTED":
            continue
        x, w, b = (graph.tensors[i] for i in node.inputs if i is not None)
        rows = widths.get(node.outputs[0], w.shape[0])
        columns = widths.get(x.index, w.shape[1])
        tensors[w.index] = cut(w, rows, columns)
        tensors[b.index] = cut(b, rows)
    return replace(graph, tensors=tuple(tensors))


def cut(tensor: Tensor, *sizes: int) -> Tensor:
    assert tensor.data is not None
    data = tensor.data[tuple(slice(size) for size in sizes)]
    along = slice(sizes[0] if len(tensor.scales) > 1 else 1)
    scales, points = tensor.scales[along], tensor.zero_points[along]
    return replace(
        tensor, shape=data.shape, data=data, scales=scales, zero_points=points
    )


@pytest.mark.parametrize("share", SHARES)
@pytest.mark.parametrize("model", MODELS, ids=lambda path: path.stem)
def test_a_width_is_the_sliced_network(model: Path, share: float) -> None:
    whole = convert(model.read_bytes())
    values = convert(model.read_bytes(), reuse=False).plan.program.values
    widths = {
        value.tensor: width(share, value.count)
        for value in values
        if value.group and value.tensor is not None
    }
    assert widths
    planned = plan(lower(sliced(whole.graph, widths)))
    narrow = Network(pack(planned, whole.graph.metadata))
    whole.network.set_width(share)
    inputs = random_inputs(whole, 20, seed=1)
    for step in range(20):
        frame = {name: x[step] for name, x in inputs.items()}
        ours, theirs = whole.network.step(frame), narrow.step(frame)
        for name, expected in theirs.items():
            np.testing.assert_array_equal(ours[name][: len(expected)], expected)


def test_units_that_come_back_start_from_zero() -> None:
    whole = convert(MODELS[0].read_bytes())
    inputs = random_inputs(whole, 1, seed=1)
    frame = {name: x[0] for name, x in inputs.items()}
    first = whole.network.step(frame)["state_gru"]
    assert first[20:].any()
    whole.network.set_width(0.5)
    whole.network.set_width(1.0)
    width_at_half = width(0.5, len(first))
    again = convert(MODELS[0].read_bytes())
    start = np.where(np.arange(len(first)) < width_at_half, first, 0)
    expected = again.network.step({**frame, "state_gru": start.astype(np.int16)})
    ours = whole.network.step(frame)
    for name, values in expected.items():
        np.testing.assert_array_equal(ours[name], values)
