"""LSTM and both GRUs written out in PyTorch, so that a test can take hold of a gate, or of an equation."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable

import torch

from rnn_core.clamp import Clamp
from tests.core.oracle import Rule, Tensors, affine

Held = Callable[[int, str, torch.Tensor], torch.Tensor]  # t, gate, its value → what it is held at


def rule(cell: str, clamps: Iterable[Clamp] = (), switches: Collection[str] = ()) -> Rule:
    """The cell with gates replaced by constants, and the LSTM's equations as Greff et al. changed them."""
    clamps = tuple(clamps)

    def held(t: int, gate: str, value: torch.Tensor) -> torch.Tensor:
        if gate in ALWAYS_ONE and ALWAYS_ONE[gate] in switches:
            value = torch.ones_like(value)
        for clamp in clamps:
            if clamp.gate == gate and clamp.first <= t <= clamp.last:
                units = torch.arange(value.shape[-1])
                here = (units == clamp.unit) if clamp.unit is not None else units >= 0
                value = torch.where(here, torch.full_like(value, clamp.value), value)
        return value

    return _lstm(held, switches) if cell == "lstm" else _gru(held, reset_before=cell == "gru-reset-before")


ALWAYS_ONE = {"i": "no-input-gate", "f": "no-forget-gate", "o": "no-output-gate"}


def _lstm(held: Held, switches: Collection[str]) -> Rule:
    def step(t: int, x: torch.Tensor, s: Tensors, w: list[torch.Tensor]) -> Tensors:
        i, f, g, o = affine(x, s["h"], w).chunk(4, dim=-1)
        f, o = held(t, "f", torch.sigmoid(f)), held(t, "o", torch.sigmoid(o))
        i = held(t, "i", 1 - f if "coupled" in switches else torch.sigmoid(i))
        g = held(t, "g", g if "no-input-activation" in switches else torch.tanh(g))
        c = f * s["c"] + i * g
        return {"h": o * (c if "no-output-activation" in switches else torch.tanh(c)), "c": c}

    return step


def _gru(held: Held, reset_before: bool) -> Rule:
    def step(t: int, x: torch.Tensor, s: Tensors, w: list[torch.Tensor]) -> Tensors:
        h, (weight_ih, weight_hh, bias_ih, bias_hh) = s["h"], w
        x_r, x_z, x_n = (x @ weight_ih.T + bias_ih).chunk(3, dim=-1)
        h_r, h_z, h_n = (h @ weight_hh.T + bias_hh).chunk(3, dim=-1)
        r, z = held(t, "r", torch.sigmoid(x_r + h_r)), held(t, "z", torch.sigmoid(x_z + h_z))
        if reset_before:
            n = torch.tanh(x_n + (r * h) @ weight_hh.chunk(3)[2].T + bias_hh.chunk(3)[2])
        else:
            n = torch.tanh(x_n + r * h_n)
        n = held(t, "n", n)
        return {"h": (1 - z) * n + z * h}

    return step
