"""One call from the bytes of a .tflite to a ticket that runs."""

from collections.abc import Container
from dataclasses import dataclass
from typing import Any

import numpy as np

from tombola._core import Network
from tombola.converter.graph import Array, Graph
from tombola.converter.lower import lower
from tombola.converter.pack import pack
from tombola.converter.plan import Plan, plan
from tombola.converter.reader import read
from tombola.converter.report import report
from tombola.converter.widths import with_widths
from tombola.errors import TombolaError


@dataclass(frozen=True)
class Converted:
    """A ticket and the network that runs it, in the module's own C++."""

    graph: Graph
    plan: Plan
    ticket: bytes
    report: dict[str, Any]
    network: Network

    def step(self, inputs: dict[str, Array]) -> dict[str, Array]:
        """Run one frame.

        Args:
            inputs: Name to [count] for every input; a state that is named
                is set first, the others go on from the last step.

        Returns:
            Name to [count], the outputs and the states after the step.
        """
        return self.network.step(inputs)

    def run(self, inputs: dict[str, Array]) -> dict[str, Array]:
        """Run [steps, count] of every input from states of zero.

        Returns:
            Name to [steps, count], outputs and states.
        """
        lengths = {len(values) for values in inputs.values()}
        if len(lengths) != 1 or lengths == {0}:
            raise TombolaError(
                f"run: the inputs have {sorted(lengths)} steps; one length above 0 is "
                "needed"
            )
        self.network.reset()
        frames = [
            self.network.step({name: values[t] for name, values in inputs.items()})
            for t in range(lengths.pop())
        ]
        return {name: np.stack([f[name] for f in frames]) for name in frames[0]}

    def tensors(self) -> dict[int, Array]:
        """Return the activations after a step, by their index in the .tflite.

        All of them are as they were written only when converted with `reuse` off.
        """
        values = self.plan.program.values
        return {
            value.tensor: self.network.tensor(i)
            for i, value in enumerate(values)
            if value.tensor is not None
        }


def convert(
    tflite: bytes,
    signature: str | None = None,
    *,
    reuse: bool = True,
    kept: Container[int] | None = None,
) -> Converted:
    """Turn the bytes of a .tflite into a ticket.

    `signature` is the key of the one that is meant where there are several. With
    `reuse` off no two activations share memory, which makes the ticket one to look
    into, not one to play; or only those that the operators at the places `kept` write
    have memory of their own.

    Raises:
        TombolaError: The file is damaged, or something in it has no instruction.
    """
    graph = read(tflite, signature)
    planned = plan(with_widths(lower(graph)), reuse, kept)
    ticket = pack(planned, graph.metadata)
    try:
        network = Network(ticket)
    except ValueError as error:
        raise TombolaError(f"model: {error}") from error
    return Converted(
        graph, planned, ticket, report(planned, ticket, len(tflite)), network
    )
