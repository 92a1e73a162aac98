"""The flip-flop: three channels, each to remember which way it was last pushed. Three bits of memory, eight states.

The form is that of Golub & Sussillo's FixedPointFinder (2018): pulses of +1 or −1 in each channel and step with
probability ½, and at the first step in every channel, so that it is always known what to remember. (With silence at the
start the answer would be 0 until the first pulse, a ninth thing to hold; we want the eight, and the saddles between.)
"""

from __future__ import annotations

import numpy as np

from rnn_core.batch import Batch
from rnn_core.tasks import MSE, Example, Task

BITS = 3
PULSE = 0.5  # probability, per channel and step


def make(rng: np.random.Generator, length: int, size: int) -> Batch:
    """x (T, B, 3): −1, 0 or 1. target (T, B, 3): the last pulse of each channel, the one just read included."""
    chance = rng.random((length, size, BITS))
    pulses = np.where(chance < PULSE / 2, -1.0, np.where(chance < PULSE, 1.0, 0.0))
    pulses[0] = np.where(chance[0] < 0.5, -1.0, 1.0)
    return held(pulses)


def held(pulses: np.ndarray) -> Batch:
    """pulses (T, B, 3)."""
    t = np.arange(len(pulses))[:, None, None]
    last = np.maximum.accumulate(np.where(pulses != 0, t, 0), axis=0)  # when each channel's last pulse was
    return Batch(pulses, np.take_along_axis(pulses, last, axis=0), np.ones(pulses.shape[:2], bool), "squared")


EXAMPLE = Example(
    "+0-+  -000  +0+0  ->  ++-+  ----  ++++    (three channels of four steps; 0 is no pulse)",
    held(np.array([[[1.0, -1, 1]], [[0, 0, 0]], [[-1, 0, 1]], [[1, 0, 0]]])),
)

TASK = Task(
    name="flip-flop",
    about="In three channels come pulses up and down: for each, keep saying which way the last one went.",
    source="Sussillo & Barak 2013; Golub & Sussillo 2018",
    make=make,
    inputs=BITS,
    outputs=BITS,
    length=64,
    lengths=(2, 1000),
    metric=MSE,
    goal=0.0003,
    written=lambda x: "".join("-0+"[int(pulse) + 1] for pulse in x),
    example=EXAMPLE,
    solved_by=("rnn",),
    recipe={"hidden": 16, "batch": 64, "optimizer": "adam", "lr": 0.01, "clip": 1.0, "budget": 3000},
    baseline=lambda length: ("repeating pulses, and 0 between them", (1 - PULSE) * (1 - 1 / length)),
)
