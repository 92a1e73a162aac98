"""What a learner's updates did, as the browser gets it."""

from __future__ import annotations

import numpy as np
import pytest

from pages.figures.packed import pack
from pages.figures.unrolled import unrolled
from pages.figures.update import update
from rnn_core.cells import CELLS
from rnn_core.changes import traced
from rnn_core.descent import Descend
from rnn_core.edits import Edit
from rnn_core.experiment import Experiment
from rnn_core.levels import Level
from tests.pages.unpack import unpack

EDIT = Edit("weight_hh", (0, 0), 0.7)


def test_an_update_brings_its_losses_and_what_it_added() -> None:
    """The core's own numbers, and only where there was an update."""
    replay, _, trace = traced(Experiment(), [Descend(0.1, 3), EDIT, Descend(0.2, 2)])
    scales, arrays = update(trace, replay)
    assert replay.change is not None
    np.testing.assert_array_equal(arrays["descent"], replay.losses)
    assert arrays["descent"].shape == (6,)
    for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"):
        value = replay.change[name]
        np.testing.assert_array_equal(arrays[f"change.{name}"], value)
        assert value.shape == replay.model.params[name].shape
    assert 0.1 < scales["change"] / np.abs(arrays["change.weight_hh"]).max() < 10
    deeper = Experiment(kind="bits", text="101", target="parity", layers=2, bidirectional=True)
    replay, _, trace = traced(deeper, [Descend(0.1, 1)])
    _, arrays = update(trace, replay, Level(1, 1))
    assert replay.change is not None
    np.testing.assert_array_equal(arrays["change.weight_hh"], replay.change["weight_hh_l1_reverse"])
    replay, _, trace = traced(Experiment(), [EDIT])
    scales, arrays = update(trace, replay)
    assert (scales, list(arrays)) == ({}, ["gradientSquare"])


@pytest.mark.parametrize("cell", CELLS)
def test_the_square_of_the_gradient_foretells_the_next_update(cell: str) -> None:
    """L falls by lr·‖∂L/∂w‖², to first order."""
    experiment = Experiment(cell=cell, hidden=4)
    replay, _, trace = traced(experiment, [EDIT])
    (square,) = update(trace, replay)[1]["gradientSquare"]
    after, _, _ = traced(experiment, [EDIT, Descend(1e-6, 1)])
    assert after.losses[0] - after.losses[1] == pytest.approx(1e-6 * square, rel=1e-3)


@pytest.mark.parametrize("cell", CELLS)
def test_an_explosion_is_packed_quietly(cell: str) -> None:
    """Weights that are no numbers reach the browser as they are, with no warning."""
    experiment = Experiment(kind="numbers", text="9 8 7 6", target="sum", cell=cell, hidden=2)
    replay, reading, trace = traced(experiment, [Edit("weight_hy", (0, 0), 1000), Descend(100, 100), EDIT])
    header, arrays = unrolled(replay.model, reading, trace)
    _, back = unpack(pack(header, arrays | update(trace, replay)[1]))
    np.testing.assert_array_equal(back["descent"], replay.losses)
