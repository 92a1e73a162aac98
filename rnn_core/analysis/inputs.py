"""What a page's networks read: x ~ N(0, 1), the letters of a text, or a task's sequences."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from rnn_core import tasks
from rnn_core.analysis.networks import normal_input
from rnn_core.batch import Batch
from rnn_core.experiment import Experiment
from rnn_core.readers import clean
from rnn_core.training.source import Source

NUMBERS = 2  # I of x ~ N(0, 1)


def cleaned(data: str, text: str) -> str:
    """The text as it is read. Raises Invalid where it is to be read and cannot."""
    text = clean(text)
    if data == "text":
        Experiment(kind="text", text=text, hidden=1)
    return text


def inputs(data: str, text: str, length: int, size: int, seed: int) -> Batch:
    """x (T, B, I) and what is asked about it; tokens are one-hot. Of noise nothing is asked.

    data: "noise", "text" (one sequence, however many were wished for) or a task's name; a task makes its sequences as
    near to `length` as it can.

    Raises Invalid where the text cannot be read.
    """
    if data == "text":
        return Experiment(kind="text", text=text, hidden=1).reading()
    if data == "noise":
        x = normal_input(length, size, NUMBERS, seed)
        return Batch(x, np.zeros((length, size, 1)), np.zeros((length, size), bool), "squared")
    task = tasks.load(data)
    length = min(max(length, task.lengths[0]), task.lengths[1])
    settings = Experiment.from_task(
        data, length=length, batch=size, seed=seed, hidden=1, dtype="float64", carry=False, grow=0, budget=1
    )
    made = Source(settings, task).batch(0)
    return replace(made, x=np.eye(task.inputs)[made.x] if task.tokens else made.x).cut()
