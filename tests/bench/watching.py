"""A training with everybody watching beside the same training with nobody: Groups in slices, as the service works them.

Ours looks at the probe sequence when it is time, and encodes every message; the peer makes the same updates.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from rnn_core.training.group import Group, Slice
from rnn_core.training.live import news
from rnn_core.training.plan import Plan
from rnn_core.training.service import SLICE, _encoded
from tests.bench.harness import Sides, case

SLICES = 6  # timed at once
MODELS = {"rnn": ("rnn",), "gru": ("gru",), "lstm": ("lstm",), "four models": ("rnn", "gru", "lstm", "gru")}


def so_many(group: Group, updates: int, watch: bool = True) -> Slice:
    """A slice of work with this number of updates."""
    group.took = [SLICE / (updates + 0.5)]
    return group.advance(SLICE, watch)


def beside(cells: tuple[str, ...]) -> Sides:
    plan = Plan.usual("adding", cells, batch=32, hidden=32, length=50, lr=1e-6, budget=1_000_000)
    watched, blind = Group(plan), Group(plan)
    for _ in range(12):
        blind.advance(SLICE, watch=False)
    updates = max(1, int(blind.speed * SLICE))
    blind = Group(plan)

    def work(group: Group, watch: bool) -> np.ndarray:
        losses = []
        for _ in range(SLICES):
            done = so_many(group, updates, watch)
            if watch:
                _encoded(news(group, done))
            losses.append(done.reports[0].losses)
        return np.concatenate(losses)

    return Sides(partial(work, watched, True), partial(work, blind, False), np.testing.assert_array_equal)


for name, cells in MODELS.items():
    case(f"watching-{name} B32 T50 H32", "the same, blind", floor=0.95, pairs=11)(partial(beside, cells))
