"""Handwritten digits of 8×8 pixels, read row by row from the top: eight steps of eight numbers, then which digit?"""

from __future__ import annotations

import gzip
import io
from functools import cache

import numpy as np

from rnn_core.batch import Batch
from rnn_core.tasks import ACCURACY, Example, Task
from rnn_core.tasks._data import read

TRAINED = 1500  # images; the last 297 are held out. They stand in the order of their writers: these are other hands
SIDE = 8  # pixels


@cache
def images() -> tuple[np.ndarray, np.ndarray]:
    """Pixels (N, 8, 8) from 0 to 1 and digits (N,)."""
    table = np.loadtxt(io.StringIO(gzip.decompress(read("digits.csv.gz")).decode()), delimiter=",", dtype=np.uint8)
    return table[:, :-1].reshape(-1, SIDE, SIDE) / 16, table[:, -1].astype(np.int64)


def make(rng: np.random.Generator, length: int, size: int) -> Batch:
    """Images drawn from those trained on."""
    return rows(rng.integers(0, TRAINED, size))


def rows(which: np.ndarray) -> Batch:
    """which (B,) images. x (8, B, 8): row t of each; target (1, B): the digit."""
    pixels, digit = images()
    return Batch(pixels[which].transpose(1, 0, 2), digit[None, which], np.ones((1, len(which)), bool), "cross-entropy")


def drawn(text: str) -> np.ndarray:
    """An image (8, 1, 8) drawn with letters: '#' is black, '+' grey, anything else white."""
    shade = {"#": 1.0, "+": 0.5}
    return np.array([[[shade.get(letter, 0.0) for letter in line]] for line in text.split("\n")])


PICTURE = """\
...##...
..###...
...##...
...##...
...##...
...##...
...##...
..####.."""

EXAMPLE = Example(
    PICTURE + "  ->  1",
    Batch(drawn(PICTURE), np.array([[1]]), np.ones((1, 1), bool), "cross-entropy"),
)

TASK = Task(
    name="digits",
    about="A handwritten digit comes row by row, eight pixels at a time: say after the last row which digit it is.",
    source="Alpaydin & Kaynak 1998, Optical Recognition of Handwritten Digits, UCI; CC BY 4.0",
    make=make,
    inputs=SIDE,
    outputs=10,
    length=SIDE,
    lengths=(SIDE, SIDE),
    length_is="rows",
    metric=ACCURACY,
    goal=0.9,
    example=EXAMPLE,
    solved_by=("gru",),
    recipe={"hidden": 32, "batch": 32, "optimizer": "adam", "lr": 0.005, "clip": 1.0, "budget": 3000},
    last=True,
    baseline=lambda length: ("all ten equally likely", float(np.log(10))),
    held_out=lambda length: rows(np.arange(TRAINED, len(images()[1]))),
)
