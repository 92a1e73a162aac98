"""Shapes and first values of the parameters, in PyTorch's layout."""

from __future__ import annotations

import numpy as np

from rnn_core.cells import CELLS
from rnn_core.invalid import Invalid

Params = dict[str, np.ndarray]

INITS = ("torch", "xavier", "orthogonal", "gaussian", "identity")


def shapes(cell: str, input_size: int, hidden_size: int) -> dict[str, tuple[int, ...]]:
    """Shape of each parameter; G blocks of H rows, in the cell's order of blocks."""
    rows = len(CELLS[cell].blocks) * hidden_size
    return {
        "weight_ih": (rows, input_size),
        "weight_hh": (rows, hidden_size),
        "bias_ih": (rows,),
        "bias_hh": (rows,),
    }


def block_rows(cell: str, block: str, hidden_size: int) -> slice:
    """Where a block's H rows lie in each parameter."""
    first = CELLS[cell].blocks.index(block) * hidden_size
    return slice(first, first + hidden_size)


def init_params(
    cell: str,
    input_size: int,
    hidden_size: int,
    seed: int | np.random.Generator = 0,
    dtype: type | np.dtype = np.float64,
    init: str = "torch",
    forget_bias: float | None = None,
    gain: float = 1.0,
) -> Params:
    """Draw the parameters of one layer in one direction.

    init         weight_hh, each H×H block by itself      weight_ih        biases
    torch        U(±1/√H), as PyTorch does                U(±1/√H)         U(±1/√H)
    xavier       U(±√(6/(fan in + fan out)))              the same rule    0
    orthogonal   a random orthogonal matrix (Saxe 2013)   U(±1/√H)         0
    gaussian     N(0, 1)/√H                               U(±1/√H)         0
    identity     the identity (Le, Jaitly, Hinton 2015)   U(±1/√H)         0

    `gain` multiplies weight_hh under every scheme. `forget_bias` b sets the forget block of bias_ih to b and of
    bias_hh to 0; None keeps the draw. Everything is drawn in float64 in the order above and then cast, so one seed
    gives one network in both precisions.

    Returns weight_ih (G*H, I), weight_hh (G*H, H), bias_ih (G*H,), bias_hh (G*H,).
    Raises Invalid: unknown cell or init, a size below 1, a forget bias for a cell without a forget gate.
    """
    if cell not in CELLS:
        raise Invalid("choice", "cell", cell, ", ".join(CELLS))
    if init not in INITS:
        raise Invalid("choice", "init", init, ", ".join(INITS))
    for field, size in (("input_size", input_size), ("hidden_size", hidden_size)):
        if size < 1:
            raise Invalid("range", field, size, (1, np.inf))
    blocks = CELLS[cell].blocks
    if forget_bias is not None and "f" not in blocks:
        raise Invalid("no-forget-gate", "forget_bias", forget_bias)

    rng = np.random.default_rng(seed)
    H, G = hidden_size, len(blocks)
    bound = 1 / np.sqrt(H)

    def uniform(*shape: int, limit: float = bound) -> np.ndarray:
        return rng.uniform(-limit, limit, shape)

    def recurrent_block() -> np.ndarray:
        if init == "torch":
            return uniform(H, H)
        if init == "xavier":
            return uniform(H, H, limit=np.sqrt(6 / (H + H)))
        if init == "gaussian":
            return rng.standard_normal((H, H)) / np.sqrt(H)
        if init == "identity":
            return np.eye(H)
        q, r = np.linalg.qr(rng.standard_normal((H, H)))
        return q * np.sign(np.diag(r))  # the signs make the draw uniform over all orthogonal matrices (Mezzadri 2007)

    input_limit = np.sqrt(6 / (input_size + H)) if init == "xavier" else bound
    params = {
        "weight_ih": uniform(G * H, input_size, limit=input_limit),
        "weight_hh": gain * np.concatenate([recurrent_block() for _ in blocks]),
        "bias_ih": uniform(G * H) if init == "torch" else np.zeros(G * H),
        "bias_hh": uniform(G * H) if init == "torch" else np.zeros(G * H),
    }
    if forget_bias is not None:
        set_gate_bias(params, cell, "f", forget_bias)
    return {name: value.astype(dtype) for name, value in params.items()}


def set_gate_bias(params: Params, cell: str, gate: str, value: float) -> None:
    """Set a gate's bias for every unit, in place: bias_ih's block to `value`, bias_hh's to 0.

    Raises Invalid where the cell has no such gate.
    """
    if gate not in CELLS[cell].gates:
        raise Invalid("no-gate", "gate", gate)
    rows = block_rows(cell, gate, params["weight_hh"].shape[1])
    params["bias_ih"][rows], params["bias_hh"][rows] = value, 0


def init_readout(
    hidden_size: int, output_size: int, seed: int | np.random.Generator = 0, dtype: type | np.dtype = np.float64
) -> Params:
    """Draw weight_hy (O, H) and bias_hy (O,) from U(±1/√H), as torch.nn.Linear does."""
    rng = np.random.default_rng(seed)
    bound = 1 / np.sqrt(hidden_size)
    return {
        "weight_hy": rng.uniform(-bound, bound, (output_size, hidden_size)).astype(dtype),
        "bias_hy": rng.uniform(-bound, bound, output_size).astype(dtype),
    }
