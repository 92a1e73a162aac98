"""The batches of a training: which one an update sees depends on the Experiment and the update's number alone.

So a Run needs no generator's state to go on or to go back, and every engine and machine sees the same data.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from rnn_core.batch import Batch
from rnn_core.experiment import Experiment
from rnn_core.tasks import Task

BLOCK = 16  # updates whose sequences are drawn at once, which costs little more than drawing those of one
BLOCK_NUMBERS = 1 << 20
SHORTEST = 2  # what growing sequences begin with, or the task's least length


class Source:
    """Batches by update number, in the Experiment's dtype."""

    def __init__(self, experiment: Experiment, task: Task):
        self.experiment, self.task = experiment, task
        self.dtype = np.dtype(experiment.dtype)
        most = max(1, min(BLOCK, BLOCK_NUMBERS // (experiment.batch * experiment.length)))
        self.updates = math.gcd(experiment.grow, most)  # the sequences of a block have one length
        self.at, self.block = -1, None

    def batch(self, update: int) -> Batch:
        """What update number `update`, counted from 0, learns from."""
        e = self.experiment
        if e.carry:
            assert self.task.stream is not None
            return self.cast(self.task.stream(update, e.length, e.batch))
        k = update % self.updates
        return self.block_of(update).part(k * e.batch, (k + 1) * e.batch)

    def block_of(self, update: int) -> Batch:
        """The sequences of all the updates that are drawn together with this one."""
        at = update // self.updates
        if self.block is None or at != self.at:
            rng = np.random.default_rng([self.experiment.seed, 1, at])
            made = self.task.make(rng, self.length(at * self.updates), self.updates * self.experiment.batch)
            self.at, self.block = at, self.cast(made)
        return self.block

    def length(self, update: int) -> int:
        """The sequences' length, where they grow."""
        e = self.experiment
        return min(e.length, max(SHORTEST, self.task.lengths[0]) + update // e.grow) if e.grow else e.length

    def dropout(self, update: int, batch: Batch) -> np.ndarray | None:
        """(layers−1, T, B, D*H): 0 where a number is silenced, else 1/(1−p), so that the mean stays."""
        e = self.experiment
        if not e.dropout or e.layers == 1:
            return None
        width = e.hidden * (2 if e.bidirectional else 1)
        drawn = np.random.default_rng([e.seed, 2, update]).random((e.layers - 1, *batch.x.shape[:2], width))
        return ((drawn >= e.dropout) / (1 - e.dropout)).astype(self.dtype)

    def cast(self, batch: Batch) -> Batch:
        """Numbers in the Experiment's dtype; token and class numbers as they are."""
        x = batch.x.astype(self.dtype) if batch.x.ndim == 3 else batch.x
        target = batch.target if batch.loss == "cross-entropy" else batch.target.astype(self.dtype)
        return replace(batch, x=x, target=target)
