"""Networks whose weights were set by hand, each to mean something. Why each weight is what it is, in words: the
lesson `presets` has a section under each name, and a test holds its numbers to these.

Every unit of a tanh network here is a small logic gate that says +1 for yes and −1 for no: its bias places the
threshold, and the margin (how far the weighted sum stays from it) is kept small on purpose. Large margins saturate
tanh, and a saturated network passes back next to no gradient.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from rnn_core.architecture import Architecture
from rnn_core.params import Params
from rnn_core.readers import END


@dataclass(frozen=True, eq=False)
class Preset:
    """kind, target, cell: what the weights are for. text: a sequence that shows it. units: what each unit stands for,
    layer by layer. alphabet: the letters a text may use."""

    name: str
    kind: str
    target: str
    text: str
    cell: str
    units: tuple[tuple[str, ...], ...]
    params: Params
    alphabet: tuple[str, ...] = ()
    bidirectional = False

    @property
    def hidden(self) -> int:
        return len(self.units[0])

    @property
    def layers(self) -> int:
        return len(self.units)


ALPHABET = ("e", "h", "l", "o")
PLACES = ("h", "e", "first l", "second l", "o")  # in the word hello


def _zeros(cell: str, inputs: int, hidden: int, outputs: int, layers: int = 1) -> Params:
    net = Architecture(cell, inputs, hidden, outputs, layers)
    return {name: np.zeros(shape) for name, shape in net.shapes().items()}


def hello() -> Preset:
    """Spells hello: one unit per letter read, but two for l, told apart by what was there before."""
    symbols, first_l, second_l = (END, *ALPHABET), 2, 3
    margin, readout = 1.5, 1.5
    p = _zeros("rnn", len(symbols), 5, len(symbols))
    for unit, (letter, following) in enumerate(pairwise((*"hello", END))):
        p["weight_ih"][unit, symbols.index(letter)] = 2 * margin
        p["bias_ih"][unit] = -margin
        p["weight_hy"][symbols.index(following), unit] = readout
        p["bias_hy"][symbols.index(following)] += readout
    p["weight_hh"][first_l, [first_l, second_l]] = -margin
    p["bias_ih"][first_l] = -3 * margin
    p["weight_hh"][second_l, [first_l, second_l]] = margin
    p["bias_ih"][second_l] = -margin
    return Preset("hello", "text", "next", "hello", "rnn", (PLACES,), p, ALPHABET)


def two_stages() -> Preset:
    """hello once more, in two layers: the first says which letter is read, the second which place in the word it is.

    The recurrence of the first is 0: to name a letter takes no memory.
    """
    symbols, first_l, second_l = (END, *ALPHABET), 2, 3
    margin, readout = 1.5, 1.5
    p = _zeros("rnn", len(symbols), 5, len(symbols), layers=2)
    p["weight_ih"][:] = 2 * margin * np.eye(5)
    p["bias_ih"][:] = -margin
    sure = np.tanh(margin)  # what a unit of the first layer says, or minus that
    for unit, (letter, following) in enumerate(pairwise((*"hello", END))):
        p["weight_ih_l1"][unit, symbols.index(letter)] = round(margin / sure, 1)
        p["weight_hy"][symbols.index(following), unit] = readout
        p["bias_hy"][symbols.index(following)] += readout
    p["weight_hh_l1"][first_l, [first_l, second_l]] = -margin
    p["bias_ih_l1"][first_l] = -2 * margin
    p["weight_hh_l1"][second_l, [first_l, second_l]] = margin
    return Preset("two-stages", "text", "next", "hello", "rnn", (("end", *ALPHABET), PLACES), p, ALPHABET)


def parity() -> Preset:
    """Is the number of ones so far odd? Unit 1 says "parity or bit", unit 2 "parity and bit"; odd is 1 without 2."""
    steep, readout = 3.0, 4.0
    p = _zeros("rnn", 1, 2, 1)
    p["weight_ih"][:, 0] = steep
    p["weight_hh"][:] = [[steep / 2, -steep / 2], [steep / 2, -steep / 2]]
    p["bias_ih"][:] = [-0.5 * steep, -1.5 * steep]
    p["weight_hy"][:] = [[readout / 2, -readout / 2]]
    p["bias_hy"][:] = -readout / 2
    return Preset("parity", "bits", "parity", "10110100", "rnn", (("or", "and"),), p)


def latch() -> Preset:
    """An LSTM that keeps the first bit for good. Unit 1 is the memory; unit 2 notes that reading has begun."""
    memory, begun = 0, 1
    p = _zeros("lstm", 1, 2, 1)
    i, f, g, o = (2 * block for block in range(4))
    p["bias_ih"][i + memory] = 3  # open to the first bit …
    p["weight_hh"][i + memory, begun] = -12  # … and shut as soon as unit 2 is on
    p["bias_ih"][f + memory] = 5
    p["weight_ih"][g + memory, 0] = 4
    p["bias_ih"][g + memory] = -2
    p["bias_ih"][o + memory] = 2
    p["bias_ih"][i + begun] = 3
    p["bias_ih"][f + begun] = -3
    p["bias_ih"][g + begun] = 2
    p["bias_ih"][o + begun] = 3
    p["weight_hy"][0, memory] = 4
    return Preset("latch", "bits", "first", "10010110", "lstm", (("memory", "begun"),), p)


def delay() -> Preset:
    """Says the bit before this one: unit 1 holds this bit, unit 2 takes over what unit 1 held."""
    p = _zeros("rnn", 1, 2, 1)
    p["weight_ih"][0, 0] = 3
    p["bias_ih"][0] = -1.5
    p["weight_hh"][1, 0] = 1.5
    p["weight_hy"][0, 1] = 3
    return Preset("delay", "bits", "previous", "1101001", "rnn", (("this bit", "bit before"),), p)


def running_sum() -> Preset:
    """Adds up numbers: a linear unit whose recurrent weight is 1 forgets nothing."""
    p = _zeros("rnn-linear", 1, 1, 1)
    p["weight_ih"][:] = p["weight_hh"][:] = p["weight_hy"][:] = 1
    return Preset("sum", "numbers", "sum", "3, -1, 4, 1, -5, 9", "rnn-linear", (("sum",),), p)


def powers() -> Preset:
    """One linear unit that keeps 0.8 of what it holds: t steps later 0.8ᵗ of it is left, and of a gradient too."""
    p = _zeros("rnn-linear", 1, 1, 1)
    p["weight_ih"][:] = p["weight_hy"][:] = 1
    p["weight_hh"][:] = 0.8
    return Preset("powers", "numbers", "sum", "1" + ", 0" * 9, "rnn-linear", (("sum",),), p)


ALL = (hello(), two_stages(), parity(), latch(), delay(), running_sum(), powers())
PRESETS = {preset.name: preset for preset in ALL}
for _preset in PRESETS.values():
    for _array in _preset.params.values():
        _array.setflags(write=False)
