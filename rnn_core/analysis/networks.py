"""Networks and inputs to look at gradients in: what a slider sets, as a function of its settings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from rnn_core.analysis.bounds import STEEPEST, spectral_radius
from rnn_core.inside import BYPASS
from rnn_core.invalid import Invalid
from rnn_core.params import Params, init_params, set_gate_bias
from rnn_core.unroll import unroll


def network(
    cell: str,
    input_size: int,
    hidden_size: int,
    seed: int | np.random.Generator = 0,
    dtype: type | np.dtype = np.float64,
    init: str = "torch",
    gain: float = 1.0,
    radius: float | None = None,
    keep_bias: float | None = None,
) -> Params:
    """`init_params`, and two more settings. (IRNN, Le, Jaitly & Hinton 2015: "rnn-relu" with init "identity".)

    radius     W_hh of a plain RNN is scaled to this spectral radius, whatever the gain
    keep_bias  of the gate that keeps, an LSTM's forget gate or a GRU's z: in bias_ih, with 0 in bias_hh

    Raises Invalid as `init_params` does; for a radius below 0 or of a gated cell, which has no single W_hh; for a
    keep_bias of a cell without such a gate.
    """
    params = init_params(cell, input_size, hidden_size, seed, init=init, gain=gain if radius is None else 1.0)
    if radius is not None:
        if cell not in STEEPEST:
            raise Invalid("choice", "cell", cell, ", ".join(STEEPEST))
        if not 0 <= radius < np.inf:
            raise Invalid("range", "radius", radius, (0, np.inf))
        params["weight_hh"] *= radius / spectral_radius(params["weight_hh"])
    if keep_bias is not None:
        if cell not in BYPASS:
            raise Invalid("no-gate", "keep_bias", "f")
        set_gate_bias(params, cell, BYPASS[cell][0], keep_bias)
    return {name: value.astype(dtype) for name, value in params.items()}


def stack(cell: str, input_size: int, hidden_size: int, layers: int, seed: int = 0, **more: Any) -> list[Params]:
    """`network` for each of so many layers, each to read the one below. The first is the same whatever lies above."""
    first = network(cell, input_size, hidden_size, seed, **more)
    seeds = (np.random.default_rng((seed, 2, k)) for k in range(1, layers))
    return [first, *(network(cell, hidden_size, hidden_size, each, **more) for each in seeds)]


def read_by_the_last(
    cell: str, layers: Sequence[Params], x: np.ndarray, lengths: np.ndarray | None = None
) -> tuple[Params, np.ndarray]:
    """The last layer's parameters, and what it reads, (T, B, I): h of the layer below."""
    *below, last = layers
    with np.errstate(over="ignore", invalid="ignore"):  # an explosion is shown, not warned about
        for params in below:
            x = unroll(cell, params, x, lengths=lengths).states["h"][1:]
    return last, x


def normal_input(T: int, B: int, I: int, seed: int = 0, dtype: type | np.dtype = np.float64) -> np.ndarray:
    """x ~ N(0, 1), (T, B, I). A longer or wider batch is another draw; the generator is not that of the weights."""
    return np.random.default_rng((seed, 1)).standard_normal((T, B, I)).astype(dtype)
