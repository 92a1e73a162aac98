"""∂h_T/∂s_t for every t, the trace included: BPTT seeded with the identity, against torch's autograd.

Norms are not included: ours come from the products (`spectra`), and the peer would need them as well.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import torch

from rnn_core import init_params, unroll
from rnn_core.analysis.jacobians import Jacobians, jacobians
from rnn_core.analysis.networks import network, normal_input
from rnn_core.analysis.spectra import spectral_norms
from tests.bench.harness import Sides, case

Tensors = tuple[torch.Tensor, ...]


def steps(cell: str, params: dict[str, np.ndarray], x: torch.Tensor) -> Callable[[int, int], list[Tensors]]:
    """A loop over time of as few torch operations as there can be, the input's product done at once: faster than
    torch.nn's cells. Returns every state of B sequences that all read x (T, 1, I)."""
    w = {name: torch.from_numpy(value) for name, value in params.items()}
    weight, H = w["weight_hh"].T.contiguous(), w["weight_hh"].shape[1]

    def rnn(a: torch.Tensor, state: Tensors) -> Tensors:
        return (torch.tanh(torch.addmm(a, state[0], weight)),)

    def lstm(a: torch.Tensor, state: Tensors) -> Tensors:
        i, f, g, o = torch.addmm(a, state[0], weight).chunk(4, 1)
        c = f.sigmoid() * state[1] + i.sigmoid() * g.tanh()
        return o.sigmoid() * c.tanh(), c

    def gru(a: torch.Tensor, state: Tensors) -> Tensors:
        (a_r, a_z, a_n), (h_r, h_z, h_n) = (
            value.chunk(3, 1) for value in (a, torch.addmm(w["bias_hh"], state[0], weight))
        )
        z, n = (a_z + h_z).sigmoid(), (a_n + (a_r + h_r).sigmoid() * h_n).tanh()
        return (n + z * (state[0] - n),)

    step = {"rnn": rnn, "lstm": lstm, "gru": gru}[cell]

    def loop(B: int, states: int) -> list[Tensors]:
        a = x @ w["weight_ih"].T + w["bias_ih"] + (0 if cell == "gru" else w["bias_hh"])
        seen = [tuple(torch.zeros(B, H, requires_grad=True) for _ in range(states))]
        for a_t in a.expand(-1, B, -1):
            seen.append(step(a_t, seen[-1]))
        return seen

    return loop


def beside(cell: str, peer: str, T: int = 100, H: int = 64, I: int = 8) -> Sides:
    params = init_params(cell, I, H, seed=0, dtype=np.float32)
    x = np.random.default_rng(0).standard_normal((T, 1, I)).astype(np.float32)
    torch.set_num_threads(1)
    loop, eye = steps(cell, params, torch.from_numpy(x)), torch.eye(H)
    count = 2 if cell == "lstm" else 1

    def ours() -> Jacobians:
        return jacobians(unroll(cell, params, x), params)

    def batched() -> Tensors:
        """One sequence, and the backward pass mapped over the identity's rows."""
        seen = loop(1, count)
        inputs = [value for state in seen for value in state]
        return torch.autograd.grad(seen[-1][0][0], inputs, eye, is_grads_batched=True)

    def rows() -> Tensors:
        """Our own way in torch: H sequences, all the same, each with a row of the identity."""
        seen = loop(H, count)
        inputs = [value for state in seen for value in state]
        return torch.autograd.grad(seen[-1][0], inputs, eye)

    def agree(mine: Jacobians, theirs: Tensors) -> None:
        scale = np.exp(mine.log_scale)[:, None, None]
        for k, name in enumerate(mine.states):
            for t, value in enumerate(theirs[k::count]):
                left, right = mine.part(name)[t] * scale[t], value.reshape(H, H).numpy()
                np.testing.assert_allclose(left, right, rtol=0, atol=1e-4 * np.abs(right).max())

    return Sides(ours, {"batched": batched, "rows": rows}[peer], agree)


for cell, floor in (("rnn", 8), ("lstm", 4), ("gru", 3)):
    case(f"jacobians-{cell}", "autograd, batched vjp", floor=floor, pairs=30)(partial(beside, cell, "batched"))
    case(f"jacobians-{cell}-rows", "autograd, H virtual rows", floor=2, pairs=30)(partial(beside, cell, "rows"))


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
    case(f"vanishing-jacobians-{cell}", "a healthy run", floor=0.95)(partial(vanishing, cell, dying, healthy))
