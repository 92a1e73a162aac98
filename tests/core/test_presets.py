"""Networks set by hand do what they say: shown by running them, on every input where there are few enough."""

from itertools import accumulate, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnn_core import Experiment
from rnn_core.architecture import Architecture
from rnn_core.batch import Batch
from rnn_core.changes import traced
from rnn_core.model import build, forward
from rnn_core.presets import PRESETS
from rnn_core.scene import Scene


def says(name: str, sequences: list[list[float]]) -> list[list[float]]:
    """What a preset's readout says at every step of many sequences of one length."""
    x = np.array(sequences, float).T[:, :, None]
    unasked = Batch(x, np.zeros_like(x), np.zeros(x.shape[:2], bool), "squared")
    return forward(build(Experiment.from_preset(name)), unasked).logits[:, :, 0].T.tolist()


def says_bits(name: str, strings: np.ndarray) -> np.ndarray:
    """A guess above 1/2, that is a logit above 0, counts as 1."""
    return (np.array(says(name, strings.tolist())) > 0).astype(int)


EVERY_STRING = np.array(list(product((0, 1), repeat=10)))
LONG_STRINGS = np.random.default_rng(0).integers(0, 2, (500, 60))


def test_parity_is_right_on_every_string() -> None:
    """Odd or even after each bit of all 2¹⁰ strings of length 10."""
    np.testing.assert_array_equal(says_bits("parity", EVERY_STRING), EVERY_STRING.cumsum(axis=1) % 2)


def test_latch_holds_the_first_bit() -> None:
    """At every one of 60 steps, whatever comes after, the most misleading strings included."""
    lone_bit = np.eye(1, 60, dtype=int)
    strings = np.concatenate((LONG_STRINGS, lone_bit, 1 - lone_bit))
    np.testing.assert_array_equal(says_bits("latch", strings), np.repeat(strings[:, :1], 60, axis=1))


@pytest.mark.parametrize("strings", [EVERY_STRING, LONG_STRINGS], ids=["every short", "long"])
def test_delay_says_the_previous_bit(strings: np.ndarray) -> None:
    """From step 2 on; at step 1 there is nothing to say."""
    np.testing.assert_array_equal(says_bits("delay", strings)[:, 1:], strings[:, :-1])


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=60))
def test_sum_adds_exactly(numbers: list[float]) -> None:
    """To the last bit: a linear unit with weight 1 does nothing but add."""
    assert says("sum", [numbers]) == [list(accumulate(numbers))]


def test_hello_guesses_each_next_letter() -> None:
    """After h e, after e l, after the first l another, after the second o, after o the end."""
    _, reading, trace = traced(Experiment.from_preset("hello"))
    assert [reading.symbols[k] for k in trace.guess.argmax(axis=-1).ravel()] == ["e", "l", "l", "o", "∎"]


def test_there_is_a_choice() -> None:
    """At least four, each under its own name."""
    assert len(PRESETS) >= 4
    assert all(preset.name == name for name, preset in PRESETS.items())


def test_powers_of_one_weight_are_the_whole_story() -> None:
    """Of a single 1 so much is left after each step; and as much of a gradient comes back from each later loss."""
    impulse = np.eye(1, 30)
    np.testing.assert_allclose(says("powers", impulse.tolist()), 0.8 ** np.arange(30)[None])
    _, reading, trace = traced(Experiment.from_preset("powers"))
    assert trace.grads
    own, total = trace.grads.own[:, 0, 0], trace.grads.states["h"][1:, 0, 0]
    for t in range(len(reading.x)):
        np.testing.assert_allclose(total[t], sum(0.8**k * each for k, each in enumerate(own[t:])))


@pytest.mark.parametrize("name", [name for name in PRESETS if name != "powers"])  # which is to be seen failing
def test_a_preset_answers_its_own_text(name: str) -> None:
    """The sequence a preset opens with shows it at its best: every guess that is asked for is right."""
    _, reading, trace = traced(Experiment.from_preset(name))
    assert right(reading, trace.guess)[reading.asked].all()


def right(reading: Batch, guess: np.ndarray) -> np.ndarray:
    """(T, 1) bool: the likeliest class, the bit on the right side of 1/2, or the number itself."""
    if reading.loss == "cross-entropy":
        return guess.argmax(axis=-1) == reading.target
    if reading.loss == "binary":
        return ((guess > 0.5) == reading.target)[:, :, 0]
    return np.isclose(guess, reading.target)[:, :, 0]


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_fits_its_cell_and_cannot_change(name: str) -> None:
    """Shapes as the cell wants them; read-only, since every session shares them."""
    preset = PRESETS[name]
    inputs = len(preset.alphabet) + 1 if preset.alphabet else 1
    outputs = inputs if preset.alphabet else 1
    net = Architecture(preset.cell, inputs, preset.hidden, outputs, preset.layers)
    assert {key: value.shape for key, value in preset.params.items()} == net.shapes()
    for array in preset.params.values():
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0


def test_the_opening_scene_shows_its_gradients() -> None:
    """What a newcomer meets first: every guess right, and every backward arrow at least 1/1000 of the largest."""
    _, reading, trace = traced(Scene().experiment)
    assert right(reading, trace.guess).all()
    assert trace.grads is not None
    norms = np.array([np.linalg.norm(flow, axis=(1, 2)) for flow in trace.grads.flows.values()])
    assert norms.min() >= 1e-3 * norms.max() > 0
