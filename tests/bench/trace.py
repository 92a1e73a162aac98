"""The full trace and all gradients of one sequence, against torch's cell modules in a loop that keeps as much."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import torch

from rnn_core import bptt, init_params, unroll
from tests.bench.harness import Sides, case

MODULES = {"rnn": torch.nn.RNNCell, "lstm": torch.nn.LSTMCell, "gru": torch.nn.GRUCell}


def trace(cell: str, dtype: type, T: int = 100, H: int = 64, B: int = 1, I: int = 8) -> Sides:
    rng = np.random.default_rng(0)
    params = init_params(cell, I, H, seed=0, dtype=dtype)
    x = rng.standard_normal((T, B, I)).astype(dtype)
    d_h = rng.standard_normal((T, B, H)).astype(dtype)

    torch.set_num_threads(1)
    module: Any = MODULES[cell](I, H, dtype=torch.from_numpy(x).dtype)
    module.load_state_dict({name: torch.from_numpy(value) for name, value in params.items()})
    x_torch, d_torch = torch.from_numpy(x).requires_grad_(), torch.from_numpy(d_h)

    def ours() -> tuple:
        seen = unroll(cell, params, x)
        return seen, bptt(seen, params, d_h)

    def peer() -> list[tuple[torch.Tensor, ...]]:
        module.zero_grad()
        x_torch.grad = None
        count = 2 if cell == "lstm" else 1
        states = [tuple(torch.zeros(B, H, dtype=x_torch.dtype, requires_grad=True) for _ in range(count))]
        for x_t in x_torch:
            new = module(x_t, states[-1] if count == 2 else states[-1][0])
            states.append(new if count == 2 else (new,))
            for state in states[-1]:
                state.retain_grad()
        (torch.stack([state[0] for state in states[1:]]) * d_torch).sum().backward()
        return states

    def agree(mine: tuple, states: list[tuple[torch.Tensor, ...]]) -> None:
        seen, grads = mine
        pairs = [(grads.x, x_torch.grad), *((grads.params[name], p.grad) for name, p in module.named_parameters())]
        for k, name in enumerate(seen.states):
            column = [state[k] for state in states]
            pairs.append((seen.states[name], torch.stack(column)))
            pairs.append((grads.states[name], torch.stack([gradient(state) for state in column])))
        tolerance = 1e-4 if dtype is np.float32 else 1e-10
        for left, right in pairs:
            right = right.detach().numpy()
            np.testing.assert_allclose(left, right, rtol=tolerance, atol=tolerance * np.abs(right).max())

    return Sides(ours, peer, agree)


def gradient(state: torch.Tensor) -> torch.Tensor:
    assert state.grad is not None
    return state.grad


for cell, module in MODULES.items():
    peer = f"{module.__name__} loop, retain_grad"
    case(f"trace-{cell}", peer, floor=2)(partial(trace, cell, np.float32))
    case(f"trace-{cell}-float64", peer, floor=2)(partial(trace, cell, np.float64))
