"""∂h_T/∂s_t for every t, the trace included: BPTT seeded with the identity, against torch's autograd.

Norms are not included: ours come from the products, by `spectra`, and the peer would need them as well.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import torch

from rnn_core import init_params, unroll
from rnn_core.analysis.jacobians import Jacobians, jacobians
from rnn_core.analysis.networks import network, normal_input
from rnn_core.analysis.spectra import spectral_norms
from tests.bench.harness import Sides, case
from tests.bench.trace import MODULES


def beside(cell: str, peer: str, T: int = 100, H: int = 64, I: int = 8) -> Sides:
    params = init_params(cell, I, H, seed=0, dtype=np.float32)
    x = normal_input(T, 1, I, dtype=np.float32)

    torch.set_num_threads(1)
    module: Any = MODULES[cell](I, H)
    module.load_state_dict({name: torch.from_numpy(value) for name, value in params.items()})
    module.requires_grad_(False)
    x_torch, eye, count = torch.from_numpy(x), torch.eye(H), 2 if cell == "lstm" else 1

    def ours() -> Jacobians:
        return jacobians(unroll(cell, params, x), params)

    def loop(B: int) -> tuple[torch.Tensor, list[torch.Tensor]]:
        """h_T (B, H) of B sequences, all the same, and every state on the way."""
        states = [tuple(torch.zeros(B, H, requires_grad=True) for _ in range(count))]
        for x_t in x_torch.expand(-1, B, -1):
            new = module(x_t, states[-1] if count == 2 else states[-1][0])
            states.append(new if count == 2 else (new,))
        return states[-1][0], [value for state in states for value in state]

    def batched() -> tuple[torch.Tensor, ...]:
        """One sequence, and the backward pass mapped over the identity's rows."""
        h, states = loop(1)
        return torch.autograd.grad(h[0], states, eye, is_grads_batched=True)

    def rows() -> tuple[torch.Tensor, ...]:
        """Our own way in torch: H sequences, each with a row of the identity."""
        h, states = loop(H)
        return torch.autograd.grad(h, states, eye)

    def agree(mine: Jacobians, theirs: tuple[torch.Tensor, ...]) -> None:
        scale = np.exp(mine.log_scale)[:, None, None]
        for k, name in enumerate(mine.states):
            for left, value in zip(mine.part(name) * scale, theirs[k::count], strict=True):
                right = value.reshape(H, H).numpy()
                np.testing.assert_allclose(left, right, rtol=0, atol=1e-4 * np.abs(right).max())

    return Sides(ours, {"batched": batched, "rows": rows}[peer], agree)


for cell, floor in (("rnn", 8), ("lstm", 4), ("gru", 3)):
    name = MODULES[cell].__name__
    case(f"jacobians-{cell}", f"{name}, batched vjp", floor=floor)(partial(beside, cell, "batched"))
    case(f"jacobians-{cell}-rows", f"{name}, H virtual rows", floor=2)(partial(beside, cell, "rows"))


# ---- What dies beside what lives


def vanishing(cell: str, dying: dict[str, Any], healthy: dict[str, Any], T: int = 100, H: int = 64) -> Sides:
    """Two networks of the same size; one's product is far below float32 at t = 0."""
    x = normal_input(T, 1, 8, dtype=np.float32)
    sides = [network(cell, 8, H, dtype=np.float32, init="orthogonal", **more) for more in (dying, healthy)]

    def work(params: dict[str, np.ndarray]) -> Jacobians:
        return jacobians(unroll(cell, params, x), params)

    def agree(mine: Jacobians, others: Jacobians) -> None:
        dead, alive = (spectral_norms(side)[0] for side in (mine, others))
        assert dead < -38 < -6 < alive, (dead, alive)

    return Sides(lambda: work(sides[0]), lambda: work(sides[1]), agree)


for cell, dying, healthy in (
    ("rnn", {"gain": 0.4}, {"gain": 1.2}),
    ("lstm", {"gain": 0.4, "keep_bias": -4}, {"keep_bias": 5}),
    ("gru", {"gain": 0.4, "keep_bias": -4}, {"keep_bias": 5}),
):
    case(f"vanishing-jacobians-{cell}", "a healthy run", floor=0.95, pairs=200)(
        partial(vanishing, cell, dying, healthy)
    )
