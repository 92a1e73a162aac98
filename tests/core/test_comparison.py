"""Cells beside each other. How long one takes is not for a test to say."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rnn_core.analysis.comparison import seconds, size
from rnn_core.cells import CELLS
from tests.core.draw import problem


@given(st.integers(1, 300), st.integers(1, 300))
def test_a_gru_has_three_quarters_of_an_lstm(I: int, H: int) -> None:
    """Exactly, in PyTorch's layout; and a plain RNN a quarter."""
    assert 4 * size("gru", I, H) == 3 * size("lstm", I, H)
    assert 4 * size("rnn", I, H) == size("lstm", I, H)
    assert size("lstm", I, H) == 4 * H * (I + H + 2)


def test_it_measures() -> None:
    for cell in CELLS:
        p = problem(cell)
        took = seconds(cell, p.params, p.x, repeats=2)
        assert 0 < took.least <= took.median <= took.most < np.inf
