"""What goes together when a unit is taken out of a network.

A unit (a neuron, a GRU's hidden unit) is spread over many parameters: the rows that
make it, the columns that read it, and through additions and states the rows and columns
of other layers. `dependency_groups` runs a traced network once, follows the last
dimension of every tensor, and unites what can only be removed together (the grouping of
DepGraph, Fang et al. 2023, here unit by unit, so that a concatenation needs no rule for
its offsets).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, fx, nn

from tombola.errors import TombolaError

Ids = NDArray[np.int64]

# Names shared by torch's functions, its methods, `operator` and (lower case) torch.nn.
ELEMENTWISE = {"relu", "sigmoid", "tanh", "add", "sub", "mul", "identity", "dropout"}
MOVES = {"unsqueeze", "squeeze", "contiguous", "clone", "detach", "getitem", "cat"}
SPLITS = {"unflatten", "flatten"}  # of the last dimension into steps, and back


@dataclass(frozen=True)
class Slice:
    """What a group's units own of one parameter, along one of its dimensions.

    `index` int64 [units, blocks]: the positions along `dim` that go with each unit; a
    GRU's hidden unit owns three rows of `weight_ih_l0`, one per gate. Rows (`dim` 0)
    make a unit, columns (`dim` 1) read it.
    """

    parameter: str
    dim: int
    index: Tensor


@dataclass(frozen=True)
class Group:
    """Units of one kind: each may be removed alone, with all of its slices.

    `name` says who makes and who reads them: "input > gru".
    """

    name: str
    slices: tuple[Slice, ...]

    @property
    def units(self) -> int:
        """How many units the group has."""
        return len(self.slices[0].index)


def unit_sums(group: Group, values: Mapping[str, Tensor]) -> Tensor:
    """Sum `values`, shaped like the parameters, over all that each unit owns: [units].

    What a unit owns twice (a hidden unit's row that reads itself) counts twice.
    """
    total = torch.zeros(group.units)
    for part in group.slices:
        value = values[part.parameter].movedim(part.dim, 0)
        total += value[part.index].reshape(group.units, -1).sum(1)
    return total


def dependency_groups(module: nn.Module, *example: Tensor) -> tuple[Group, ...]:
    """Find the removable units of `module` by running it once on `example`.

    `nn.Linear` and `nn.GRU` give and take units. Elementwise operations unite their
    operands' units, a concatenation strings them together, and a GRU's state, going in
    and coming out, is its hidden units. So is what an input puts before a sequence (the
    past of a causal convolution) and what is left of it. Features that are unflattened
    into steps (a transposed convolution) are the same units at every step. The module's
    other inputs and outputs are its
    interface and stay; so does whatever passes through an operation not known here,
    because removing it could change the meaning of that operation.

    Raises:
        TombolaError: nothing in the module can be removed, or it holds a GRU that is
            bidirectional or has several layers (stack several GRUs instead).
    """
    coupling = _Coupling(module)
    with torch.no_grad():
        coupling.run(*example)
    groups = coupling.groups()
    if not groups:
        raise TombolaError(
            f"{type(module).__name__}: no unit can be removed, because every one is an "
            "input, an output, or passes through an operation unknown to the graph; "
            f"it knows Linear, GRU, {', '.join(sorted(ELEMENTWISE | MOVES | SPLITS))}"
        )
    return groups


def operation(module: nn.Module, n: fx.Node) -> str:
    """The name of what a node does: "linear", "gru", "add", "cat", "getitem" ..."""
    if n.op == "call_module":
        return type(module.get_submodule(str(n.target))).__name__.lower()
    return n.target if isinstance(n.target, str) else n.target.__name__


@dataclass(frozen=True)
class _Units:
    """The units along a tensor's last dimension.

    `origin` is the module's input, or the GRU's final state, that the tensor shows or
    goes on from.
    """

    ids: Ids
    origin: fx.Node | None = None


class _Coupling(fx.Interpreter):
    """Runs a module and unites the units that depend on each other (union-find)."""

    def __init__(self, module: nn.Module) -> None:
        super().__init__(fx.symbolic_trace(module))
        self._parent: list[int] = []
        self._axes: dict[tuple[str, int], Ids] = {}
        self._of: dict[fx.Node, _Units | tuple[_Units, ...]] = {}
        self._states: set[fx.Node] = set()
        self._pinned: list[Ids] = []

    def run_node(self, n: fx.Node) -> Any:
        """Run one operation, and follow the units through it."""
        value = super().run_node(n)
        if n.op == "output":
            inputs = [node for node in self._of if node.op == "placeholder"]
            self._pin(self._interface([*inputs, *n.all_input_nodes]))
        else:
            units = self._follow(n, value)
            if units is not None:
                self._of[n] = units
        return value

    def groups(self) -> tuple[Group, ...]:
        """Gather units that own the same kinds of slices, in the order they arose."""
        pinned = {self._root(i) for ids in self._pinned for i in ids}
        owned: dict[int, dict[tuple[str, int], list[int]]] = {}
        for axis, ids in self._axes.items():
            for position, unit in enumerate(ids):
                places = owned.setdefault(self._root(unit), {})
                places.setdefault(axis, []).append(position)
        kinds: dict[tuple[tuple[str, int, int], ...], list[int]] = {}
        for unit in sorted(owned.keys() - pinned):
            kind = tuple((*axis, len(at)) for axis, at in owned[unit].items())
            kinds.setdefault(kind, []).append(unit)
        groups: list[Group] = []
        for kind, units in kinds.items():
            slices = tuple(
                Slice(name, dim, torch.tensor([owned[u][name, dim] for u in units]))
                for name, dim, _ in kind
            )
            groups.append(Group(_name(slices, [g.name for g in groups]), slices))
        return tuple(groups)

    def _follow(self, n: fx.Node, value: Any) -> _Units | tuple[_Units, ...] | None:
        """The units of a node's value; None for what has no features."""
        if n.op == "placeholder":
            return self._fresh(value, n) if isinstance(value, Tensor) else None
        if n.op == "get_attr":
            return _Units(self._axis(str(n.target), value.ndim - 1, value))
        kind = operation(self.module, n)
        if n.op == "call_module" and kind in ("linear", "gru"):
            return self._linear(n) if kind == "linear" else self._gru(n)
        operands = [self._of[a] for a in n.all_input_nodes if a in self._of]
        if kind == "getitem" and isinstance(operands[0], tuple):
            result: int = n.args[1]  # type: ignore[assignment]
            return operands[0][result]
        if not isinstance(value, Tensor) or not value.ndim:
            return self._unknown(operands, value)
        return self._passed(n, kind, operands) or self._unknown(operands, value)

    def _passed(self, n: fx.Node, kind: str, operands: list[Any]) -> _Units | None:
        """The units of an operation that leaves each unit one; None for any other."""
        if kind in ELEMENTWISE:
            return _Units(self._unite_all([u.ids for u in operands]))
        if kind in SPLITS:
            return _Units(self._moved(n))
        if kind in MOVES:
            moved = self._moved(n)
            if kind == "cat":
                return self._strung(n, moved)
            # A slice's bounds are written in the code and would not follow a removal.
            if np.array_equal(moved, operands[0].ids):
                return operands[0]  # type: ignore[no-any-return]
        return None

    def _strung(self, n: fx.Node, moved: Ids) -> _Units:
        """A concatenation; an input that only the sequence goes on from is a state."""
        inputs = [a for a in n.all_input_nodes if a.op == "placeholder"]
        if len(inputs) == 1 and len(moved) == len(self._ids(inputs[0])):
            self._states.add(inputs[0])
            return _Units(moved, inputs[0])
        return _Units(moved)

    def _linear(self, n: fx.Node) -> _Units:
        name = str(n.target)
        layer = self.module.get_submodule(name)
        assert isinstance(layer, nn.Linear)
        self._unite(self._ids(n.args[0]), self._axis(f"{name}.weight", 1, layer.weight))
        rows = self._axis(f"{name}.weight", 0, layer.weight)
        if layer.bias is not None:
            self._unite(rows, self._axis(f"{name}.bias", 0, layer.bias))
        return _Units(rows)

    def _gru(self, n: fx.Node) -> tuple[_Units, _Units]:
        name = str(n.target)
        gru = self.module.get_submodule(name)
        assert isinstance(gru, nn.GRU)
        if gru.num_layers != 1 or gru.bidirectional:
            raise TombolaError(
                f"{name}: a GRU of {gru.num_layers} layers (bidirectional: "
                f"{gru.bidirectional}) cannot be trimmed; stack GRUs of one layer"
            )
        parts = dict(gru.named_parameters())
        columns = self._axis(f"{name}.weight_ih_l0", 1, parts["weight_ih_l0"])
        self._unite(self._ids(n.args[0]), columns)
        hidden = self._axis(f"{name}.weight_hh_l0", 1, parts["weight_hh_l0"])
        for part, parameter in parts.items():
            # Rows of the reset, update and new gate, in three blocks.
            self._unite(np.tile(hidden, 3), self._axis(f"{name}.{part}", 0, parameter))
        state = n.args[1] if len(n.args) > 1 else n.kwargs.get("hx")
        if state is not None:
            self._unite(self._ids(state), hidden)
            origin = self._single(state).origin
            self._states |= {origin} if origin else set()
        self._states.add(n)
        return _Units(hidden), _Units(hidden, n)

    def _moved(self, n: fx.Node) -> Ids:
        """Send the ids the way the data goes; unite those that share a column."""

        def ids_of(node: fx.Node) -> Tensor:
            return torch.from_numpy(self._ids(node)).expand(self.env[node].shape)

        args = fx.node.map_arg(n.args, ids_of)
        kwargs = fx.node.map_arg(n.kwargs, ids_of)
        moved: Tensor = getattr(self, n.op)(n.target, args, kwargs)
        rows = np.unique(moved.reshape(-1, moved.shape[-1]).numpy(), axis=0)
        return self._unite_all(list(rows))

    def _unknown(self, operands: list[Any], value: Any) -> _Units | None:
        """Pin all that goes in and comes out."""
        for units in operands:
            self._pin(u.ids for u in (units if isinstance(units, tuple) else (units,)))
        if not isinstance(value, Tensor) or not value.ndim:
            return None
        result = self._fresh(value)
        self._pin([result.ids])
        return result

    def _interface(self, nodes: Iterable[fx.Node]) -> Iterable[Ids]:
        """Units of inputs and outputs, without those that are a GRU's state."""
        for node in nodes:
            units = self._of.get(node, ())
            for u in units if isinstance(units, tuple) else (units,):
                if u.origin not in self._states:
                    yield u.ids

    def _single(self, node: Any) -> _Units:
        units = self._of[node]
        assert isinstance(units, _Units)
        return units

    def _ids(self, node: Any) -> Ids:
        return self._single(node).ids

    def _fresh(self, value: Tensor, origin: fx.Node | None = None) -> _Units:
        return _Units(self._new(value.shape[-1] if value.ndim else 0), origin)

    def _new(self, count: int) -> Ids:
        first = len(self._parent)
        self._parent.extend(range(first, first + count))
        return np.arange(first, first + count)

    def _axis(self, parameter: str, dim: int, value: Tensor) -> Ids:
        """The units along one dimension of a parameter, the same at every use of it."""
        if (parameter, dim) not in self._axes:
            self._axes[parameter, dim] = self._new(value.shape[dim])
        return self._axes[parameter, dim]

    def _root(self, unit: int) -> int:
        while self._parent[unit] != unit:
            self._parent[unit] = self._parent[self._parent[unit]]
            unit = self._parent[unit]
        return unit

    def _unite(self, left: Ids, right: Ids) -> None:
        for a, b in zip(left, right, strict=True):
            low, high = sorted((self._root(a), self._root(b)))
            self._parent[high] = low

    def _unite_all(self, operands: list[Ids]) -> Ids:
        """Unite operands unit by unit; one that is broadcast keeps its single unit."""
        width = max(len(ids) for ids in operands)
        wide = [ids for ids in operands if len(ids) == width]
        self._pin(ids for ids in operands if len(ids) != width)
        for ids in wide[1:]:
            self._unite(wide[0], ids)
        return wide[0]

    def _pin(self, units: Iterable[Ids]) -> None:
        self._pinned.extend(units)


def _name(slices: tuple[Slice, ...], taken: list[str]) -> str:
    """Who makes the units > who reads them; numbered where that is not unique."""
    owners = [(s.parameter.rpartition(".")[0] or s.parameter, s.dim) for s in slices]
    makers = dict.fromkeys(owner for owner, dim in owners if dim == 0)
    readers = dict.fromkeys(o for o, dim in owners if dim == 1 and o not in makers)
    name = " > ".join(" + ".join(names) for names in (makers, readers) if names)
    same = sum(other.partition(" #")[0] == name for other in taken)
    return f"{name} #{same + 1}" if same else name
