"""Methods: ways to make a dense network small, under one interface.

Each takes a `Task` and options of its own, and gives a `Reduced`.
"""

from tombola.training.reduction.methods import (
    before,
    clustered,
    distilled,
    gradual,
    low_rank,
    nested,
    once,
    quantised,
    rigl,
    rounds,
    scratch,
    shuffled,
)
from tombola.training.reduction.methods.task import Method

METHODS: dict[str, Method] = {
    "rounds": rounds.reduce,
    "once": once.reduce,
    "nested": nested.reduce,
    "before": before.reduce,
    "gradual": gradual.reduce,
    "rigl": rigl.reduce,
    "low_rank": low_rank.reduce,
    "clustered": clustered.reduce,
    "quantised": quantised.reduce,
    "distilled": distilled.reduce,
    "scratch": scratch.reduce,
    "shuffled": shuffled.reduce,
}
