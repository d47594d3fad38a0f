"""Neural persistence: how unlike the weights are that hold a layer together."""

from collections.abc import Mapping

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import minimum_spanning_tree

from tombola.training.analysis.rank import Matrix


def neural_persistence(weight: Matrix, largest: float) -> float:
    """Normalised neural persistence of a layer, 0..1; `largest` > 0 of the network.

    B. Rieck et al.: "Neural Persistence: A Complexity Measure for Deep Neural Networks
    Using Algebraic Topology", ICLR 2019, section 3, with p = 2. The layer is a
    bipartite graph of its n units and inputs, all there at 1; edges come in the order
    of |w| / `largest`, which is that of any weight of the network. An edge that joins
    two parts ends one that has lasted 1 - |w| / `largest`; these edges are a spanning
    tree of greatest weight. The norm of the n - 1 lifetimes is divided by sqrt(n - 1).
    What no weight joins lasts 1: 0 where all weights are equal to the largest, 1 where
    there are none.

    It says much about how the weights are spread (L. Girrbach et al.: "Addressing
    caveats of neural persistence with deep graph persistence", TMLR 2023).
    """
    rows, columns = weight.shape
    size = np.abs(weight) / largest
    made, read = np.nonzero(size)
    # A tree of least cost; scipy takes a cost of zero for no edge, and 1..2 has none.
    cost = 2.0 - size[made, read]
    graph = coo_array((cost, (made, rows + read)), shape=(rows + columns,) * 2)
    joined = minimum_spanning_tree(graph.tocsr()).data - 1.0
    joins = rows + columns - 1
    apart = joins - len(joined)
    return float(np.sqrt((np.square(joined).sum() + apart) / joins))


def neural_persistences(matrices: Mapping[str, Matrix]) -> dict[str, float]:
    """The persistence of each layer of one network."""
    largest = max(float(np.abs(matrix).max()) for matrix in matrices.values()) or 1.0
    return {name: neural_persistence(m, largest) for name, m in matrices.items()}
