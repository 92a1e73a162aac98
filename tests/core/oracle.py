"""The same recurrences in PyTorch, with the gradients left to autograd: the other side of the dialogue.

A cell added to CELLS needs its line in STEPS before the tests over CELLS pass.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from tests.core.draw import Problem

Arrays = dict[str, np.ndarray]
Tensors = dict[str, torch.Tensor]
Rule = Callable[[int, torch.Tensor, Tensors, list[torch.Tensor]], Tensors]  # t, x_t, state, weights → new state


def affine(x: torch.Tensor, h: torch.Tensor, w: list[torch.Tensor]) -> torch.Tensor:
    weight_ih, weight_hh, bias_ih, bias_hh = w
    return x @ weight_ih.T + bias_ih + h @ weight_hh.T + bias_hh


def reset_before(x: torch.Tensor, h: torch.Tensor, w: list[torch.Tensor]) -> torch.Tensor:
    """Cho et al. 2014: the candidate's matrix multiplies r⊙h. One small product for each block of weights."""
    weight_ih, weight_hh, bias_ih, bias_hh = (each.chunk(3) for each in w)
    r, z = (torch.sigmoid(affine(x, h, [each[k] for each in (weight_ih, weight_hh, bias_ih, bias_hh)])) for k in (0, 1))
    n = torch.tanh(affine(x, r * h, [weight_ih[2], weight_hh[2], bias_ih[2], bias_hh[2]]))
    return z * h + (1 - z) * n


STEPS: dict[str, Callable[[torch.Tensor, Tensors, list[torch.Tensor]], Tensors]] = {
    "rnn": lambda x, s, w: {"h": torch.rnn_tanh_cell(x, s["h"], *w)},
    "rnn-relu": lambda x, s, w: {"h": torch.rnn_relu_cell(x, s["h"], *w)},
    "rnn-sigmoid": lambda x, s, w: {"h": torch.sigmoid(affine(x, s["h"], w))},
    "rnn-linear": lambda x, s, w: {"h": affine(x, s["h"], w)},
    "lstm": lambda x, s, w: dict(zip("hc", torch.lstm_cell(x, (s["h"], s["c"]), *w), strict=True)),
    "gru": lambda x, s, w: {"h": torch.gru_cell(x, s["h"], *w)},
    "gru-reset-before": lambda x, s, w: {"h": reset_before(x, s["h"], w)},
}


@dataclass
class Answer:
    """What torch says: states (T+1, B, H), and gradients under the names of Grads."""

    states: Arrays
    d_states: Arrays
    d_x: np.ndarray
    d_params: Arrays


def tensors(arrays: Mapping[str, np.ndarray]) -> Tensors:
    """Leaves that will hold gradients."""
    return {name: torch.tensor(array, requires_grad=True) for name, array in arrays.items()}


def loop(
    cell: str, params: Tensors, x: torch.Tensor, state: Tensors, rule: Rule | None = None, begin: int = 0
) -> list[Tensors]:
    """Every state s_0 … s_T, each keeping its gradient. `rule`: other equations, told t counted on from `begin`."""
    weights = [params[name] for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")]
    states = [state]
    for t, x_t in enumerate(x, begin + 1):
        states.append(rule(t, x_t, states[-1], weights) if rule else STEPS[cell](x_t, states[-1], weights))
        for s in states[-1].values():
            s.retain_grad()
    return states


def solve(p: Problem, rule: Rule | None = None, begin: int = 0) -> Answer:
    """Forwards, then L = Σ d_h ⊙ h backwards."""
    params, x = tensors(p.params), torch.tensor(p.x, requires_grad=True)
    states = loop(p.cell, params, x, tensors(p.state), rule, begin)
    torch.stack([s["h"] for s in states[1:]]).backward(torch.tensor(p.d_h))
    return Answer(
        {name: np.stack([s[name].detach().numpy() for s in states]) for name in p.state},
        {name: np.stack([gradient(s[name]) for s in states]) for name in p.state},
        gradient(x),
        {name: gradient(value) for name, value in params.items()},
    )


def solve_truncated(p: Problem, k: int, rule: Rule | None = None) -> Answer:
    """Each loss by itself, from a state cut off k steps before it; the gradients added up."""
    whole = solve(p, rule)
    total = Answer(
        whole.states,
        {name: np.zeros_like(value) for name, value in whole.d_states.items()},
        np.zeros_like(whole.d_x),
        {name: np.zeros_like(value) for name, value in whole.d_params.items()},
    )
    for t in range(1, len(p.x) + 1):
        cut = max(t - k, 0)
        d_h = np.zeros_like(p.d_h[cut:t])
        d_h[-1] = p.d_h[t - 1]
        start = {name: s[cut] for name, s in whole.states.items()}
        part = solve(Problem(p.cell, p.params, p.x[cut:t], start, d_h), rule, cut)
        total.d_x[cut:t] += part.d_x
        for name, value in part.d_params.items():
            total.d_params[name] += value
        first = 0 if cut == 0 else 1  # a state cut off takes no gradient; the initial one does
        for name, value in part.d_states.items():
            total.d_states[name][cut + first : t + 1] += value[first:]
    return total


def gradient(tensor: torch.Tensor) -> np.ndarray:
    return torch.zeros_like(tensor).numpy() if tensor.grad is None else tensor.grad.numpy()


def assert_close(ours: Any, theirs: Any, tolerance: float = 1e-10) -> None:
    """Equal within `tolerance` of the largest entry, and of 1; dicts name by name."""
    if isinstance(theirs, Mapping):
        assert ours.keys() == theirs.keys()
        for name, value in theirs.items():
            assert_close(ours[name], value, tolerance)
    else:
        ours, theirs = np.asarray(ours), np.asarray(theirs)
        assert ours.shape == theirs.shape
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=tolerance * max(1, np.abs(theirs).max(initial=0)))
