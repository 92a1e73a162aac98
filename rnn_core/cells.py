"""The equations of every cell, forwards and, derived by hand, backwards. Nothing else.

All cells share PyTorch's parameter layout, so the products with the weights are the same for each and the
drivers (`unroll`, `bptt`) do them. What is left for a cell is what makes it that cell:

    a        = x_t @ weight_ih.T + bias_ih      (B, G*H)   the input's part, given
    recur(h) = h   @ weight_hh.T + bias_hh      (B, G*H)   the recurrent part, a function because a cell
                                                           may change h before the product
    recur_T(d) = d @ weight_hh                  (…, B, H)  the way back through it, a function for the same reason

`step` uses nothing but arithmetic and `ops` (sigmoid, tanh, relu), so the same lines run on NumPy arrays and on
torch tensors. `back` is the chain rule, line by line; it allows extra leading axes in the incoming gradients. Where a
learner holds a gate at a value (NumPy only), `clamped` puts that in its place and `stopped` ends the way back there.

Shapes: B sequences, H units, G blocks of weight rows. Every array named below is (B, H).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any, NamedTuple, Protocol

import numpy as np

Array = Any  # a NumPy array, or a torch tensor where `step` is traced by autograd
Arrays = dict[str, Array]
FREE: Arrays = {}  # no gate is clamped
H_ITSELF: Mapping[str, str] = {}  # no block is multiplied with anything else


class Step(NamedTuple):
    """What a cell computed at one time step, each a dict of (B, H) arrays by name."""

    state: Arrays  # the new state
    gates: Arrays  # after their nonlinearity, in the order of the weight rows
    pre: Arrays  # what entered each nonlinearity, by block
    named: Arrays  # intermediate products, under the formula that made them
    clamp: Arrays = FREE  # what gates were held at: (H,) by gate, NaN where a unit's is free


class Back(NamedTuple):
    """Gradients of one time step."""

    state: Arrays  # total ∂L/∂s_t, every path through this step included; (..., B, H)
    a: Array  # ∂L/∂a, (..., B, G*H)
    recur: Array  # ∂L/∂recur(h), (..., B, G*H)
    through: Array  # what reaches h_{t-1} by way of weight_hh; (..., B, H)
    direct: Arrays  # what reaches s_{t-1} without passing a weight matrix; (..., B, H)


class Cell(Protocol):
    """One recurrent cell.

    states, gates, named   the names of what `step` returns
    blocks                 the names of the G groups of H weight rows, in PyTorch's order
    multiplied             by block, what weight_hh's rows are multiplied with, one of `named`; where it is silent, h
    formulas               the equations as text, for people
    back_formulas          what flows back to the state before, as text
    """

    states: tuple[str, ...]
    gates: tuple[str, ...]
    blocks: tuple[str, ...]
    named: tuple[str, ...]
    multiplied: Mapping[str, str]
    formulas: tuple[str, ...]
    back_formulas: tuple[str, ...]

    def step(
        self, a: Array, state: Arrays, recur: Callable[[Array], Array], ops: Any, clamp: Arrays = FREE
    ) -> Step: ...

    def back(self, d: Arrays, before: Arrays, now: Step, recur_T: Callable[[Array], Array]) -> Back:
        """`d`: what reaches s_t from the loss and from step t+1; `before`: s_{t-1}; `now`: what `step` returned."""
        ...


def sigmoid(x: np.ndarray) -> np.ndarray:
    """σ(x) = 1 / (1 + e^{-x}); e^{-x} may overflow to infinity, which rightly gives 0."""
    return 1 / (1 + np.exp(-x))


def relu(x: np.ndarray) -> np.ndarray:
    return np.maximum(x, 0)


def step_up(h: np.ndarray) -> np.ndarray:
    """relu′ where relu gave h: 1 above 0, else 0. Of no number no number, or what exploded would seem to be gone."""
    return np.heaviside(h, h.dtype.type(0))


numpy_ops = SimpleNamespace(sigmoid=sigmoid, tanh=np.tanh, relu=relu)


def split(packed: Array, blocks: int) -> list[Array]:
    """(..., G*H) → G views of (..., H)."""
    size = packed.shape[-1] // blocks
    return [packed[..., k * size : (k + 1) * size] for k in range(blocks)]


def clamped(clamp: Arrays, **gates: Array) -> list[Array]:
    """Each gate's value, or what it is held at."""
    return [
        np.where(np.isnan(clamp[gate]), value, clamp[gate]) if gate in clamp else value for gate, value in gates.items()
    ]


def stopped(clamp: Arrays, gate: str, d: Array) -> Array:
    """∂L/∂ what made a gate: 0 where it is held, for there nothing made it."""
    return np.where(np.isnan(clamp[gate]), d, 0) if gate in clamp else d


class RNN:
    """The plain recurrent network (Elman 1990; torch.nn.RNN), with any activation φ."""

    states: tuple[str, ...] = ("h",)
    gates: tuple[str, ...] = ()
    blocks: tuple[str, ...] = ("h",)
    named: tuple[str, ...] = ()
    multiplied: Mapping[str, str] = H_ITSELF

    def __init__(self, phi: Callable[[Any, Array], Array], slope: Callable[[Array], Array], *written: str):
        self.phi = phi  # the activation φ
        self.slope = slope  # φ′ written in terms of h = φ(·), which is what the trace holds
        inner = "W_ih·x_t + b_ih + W_hh·h_{t−1} + b_hh"
        name, slope_name = written
        self.formulas: tuple[str, ...] = (f"h_t = {name}({inner})" if name else f"h_t = {inner}",)
        through = f"({slope_name} ⊙ ∂L/∂h_t)" if slope_name else "∂L/∂h_t"
        self.back_formulas: tuple[str, ...] = (f"∂L/∂h_{{t−1}} ← W_hhᵀ·{through}",)

    def step(self, a: Array, state: Arrays, recur: Callable[[Array], Array], ops: Any, clamp: Arrays = FREE) -> Step:
        pre = a + recur(state["h"])
        return Step({"h": self.phi(ops, pre)}, {}, {"h": pre}, {})

    def back(self, d: Arrays, before: Arrays, now: Step, recur_T: Callable[[Array], Array]) -> Back:
        d_pre = d["h"] * self.slope(now.state["h"])
        return Back({"h": d["h"]}, d_pre, d_pre, recur_T(d_pre), {})


class LSTM:
    """Long short-term memory with a forget gate (Hochreiter & Schmidhuber 1997; Gers et al. 2000; torch.nn.LSTM).

    i writes, f keeps, g is the candidate, o shows.
    """

    states: tuple[str, ...] = ("h", "c")
    gates: tuple[str, ...] = ("i", "f", "g", "o")
    blocks: tuple[str, ...] = gates
    named: tuple[str, ...] = ("f⊙c", "i⊙g", "tanh(c)")
    multiplied: Mapping[str, str] = H_ITSELF
    formulas: tuple[str, ...] = (
        "i_t = σ(W_ii·x_t + b_ii + W_hi·h_{t−1} + b_hi)",
        "f_t = σ(W_if·x_t + b_if + W_hf·h_{t−1} + b_hf)",
        "g_t = tanh(W_ig·x_t + b_ig + W_hg·h_{t−1} + b_hg)",
        "o_t = σ(W_io·x_t + b_io + W_ho·h_{t−1} + b_ho)",
        "c_t = f_t ⊙ c_{t−1} + i_t ⊙ g_t",
        "h_t = o_t ⊙ tanh(c_t)",
    )
    back_formulas: tuple[str, ...] = (
        "∂L/∂c_{t−1} ← f_t ⊙ ∂L/∂c_t",
        "∂L/∂h_{t−1} ← W_hhᵀ·∂L/∂(W_hh·h_{t−1} + b_hh)",
    )

    def step(self, a: Array, state: Arrays, recur: Callable[[Array], Array], ops: Any, clamp: Arrays = FREE) -> Step:
        pre_i, pre_f, pre_g, pre_o = split(a + recur(state["h"]), 4)
        i, f, g, o = ops.sigmoid(pre_i), ops.sigmoid(pre_f), ops.tanh(pre_g), ops.sigmoid(pre_o)
        if clamp:
            i, f, g, o = clamped(clamp, i=i, f=f, g=g, o=o)
        kept, written = f * state["c"], i * g
        c = kept + written
        tanh_c = ops.tanh(c)
        return Step(
            {"h": o * tanh_c, "c": c},
            {"i": i, "f": f, "g": g, "o": o},
            {"i": pre_i, "f": pre_f, "g": pre_g, "o": pre_o},
            {"f⊙c": kept, "i⊙g": written, "tanh(c)": tanh_c},
            clamp,
        )

    def back(self, d: Arrays, before: Arrays, now: Step, recur_T: Callable[[Array], Array]) -> Back:
        i, f, g, o = now.gates.values()
        tanh_c = now.named["tanh(c)"]
        d_h = d["h"]
        d_c = d["c"] + d_h * o * (1 - tanh_c * tanh_c)
        d_pre = np.concatenate(
            (
                stopped(now.clamp, "i", d_c * g * i * (1 - i)),
                stopped(now.clamp, "f", d_c * before["c"] * f * (1 - f)),
                stopped(now.clamp, "g", d_c * i * (1 - g * g)),
                stopped(now.clamp, "o", d_h * tanh_c * o * (1 - o)),
            ),
            axis=-1,
        )
        return Back({"h": d_h, "c": d_c}, d_pre, d_pre, recur_T(d_pre), {"c": d_c * f})


class GRU:
    """Gated recurrent unit, the reset applied after the product (torch.nn.GRU; Keras with reset_after=True).

    r resets, z keeps (z = 1 keeps all), n is the candidate. As first published it is `GRUResetBefore`.
    """

    states: tuple[str, ...] = ("h",)
    gates: tuple[str, ...] = ("r", "z", "n")
    blocks: tuple[str, ...] = gates
    named: tuple[str, ...] = ("W_hn·h + b_hn", "r⊙(W_hn·h + b_hn)", "(1−z)⊙n", "z⊙h")
    multiplied: Mapping[str, str] = H_ITSELF
    formulas: tuple[str, ...] = (
        "r_t = σ(W_ir·x_t + b_ir + W_hr·h_{t−1} + b_hr)",
        "z_t = σ(W_iz·x_t + b_iz + W_hz·h_{t−1} + b_hz)",
        "n_t = tanh(W_in·x_t + b_in + r_t ⊙ (W_hn·h_{t−1} + b_hn))",
        "h_t = (1 − z_t) ⊙ n_t + z_t ⊙ h_{t−1}",
    )
    back_formulas: tuple[str, ...] = ("∂L/∂h_{t−1} ← z_t ⊙ ∂L/∂h_t + W_hhᵀ·∂L/∂(W_hh·h_{t−1} + b_hh)",)

    def step(self, a: Array, state: Arrays, recur: Callable[[Array], Array], ops: Any, clamp: Arrays = FREE) -> Step:
        h = state["h"]
        a_r, a_z, a_n = split(a, 3)
        h_r, h_z, h_n = split(recur(h), 3)
        pre_r, pre_z = a_r + h_r, a_z + h_z
        r, z = ops.sigmoid(pre_r), ops.sigmoid(pre_z)
        if clamp:
            r, z = clamped(clamp, r=r, z=z)
        past, made_of = self.reset(r, h, h_n, recur)
        pre_n = a_n + past
        n = ops.tanh(pre_n)
        if clamp:
            (n,) = clamped(clamp, n=n)
        new, kept = (1 - z) * n, z * h
        return Step(
            {"h": new + kept},
            {"r": r, "z": z, "n": n},
            {"r": pre_r, "z": pre_z, "n": pre_n},
            {**made_of, "(1−z)⊙n": new, "z⊙h": kept},
            clamp,
        )

    def reset(self, r: Array, h: Array, h_n: Array, recur: Callable[[Array], Array]) -> tuple[Array, Arrays]:
        """What of the past enters pre_n, h_n being W_hn·h + b_hn; and what it was made of, as `named`."""
        reset = r * h_n
        return reset, {"W_hn·h + b_hn": h_n, "r⊙(W_hn·h + b_hn)": reset}

    def back(self, d: Arrays, before: Arrays, now: Step, recur_T: Callable[[Array], Array]) -> Back:
        r, z, n = now.gates.values()
        d_h = d["h"]
        d_pre_n = stopped(now.clamp, "n", d_h * (1 - z) * (1 - n * n))
        d_pre_r = stopped(now.clamp, "r", d_pre_n * now.named["W_hn·h + b_hn"] * r * (1 - r))
        d_pre_z = stopped(now.clamp, "z", d_h * (before["h"] - n) * z * (1 - z))
        d_recur = np.concatenate((d_pre_r, d_pre_z, d_pre_n * r), axis=-1)
        return Back(
            {"h": d_h},
            np.concatenate((d_pre_r, d_pre_z, d_pre_n), axis=-1),
            d_recur,
            recur_T(d_recur),
            {"h": d_h * z},
        )


class GRUResetBefore(GRU):
    """The GRU as first published, the reset applied before the product (Cho et al. 2014, arXiv:1406.1078, equations 5
    to 8; Keras with reset_after=False). All else is as in `GRU`; of the paper's z it is the one that keeps, too.
    """

    named: tuple[str, ...] = ("r⊙h", "(1−z)⊙n", "z⊙h")
    multiplied: Mapping[str, str] = {"n": "r⊙h"}
    formulas: tuple[str, ...] = (
        *GRU.formulas[:2],
        "n_t = tanh(W_in·x_t + b_in + W_hn·(r_t ⊙ h_{t−1}) + b_hn)",
        GRU.formulas[3],
    )
    back_formulas: tuple[str, ...] = (
        "∂L/∂(r_t ⊙ h_{t−1}) = W_hnᵀ·∂L/∂pre_n",
        "∂L/∂h_{t−1} ← z_t ⊙ ∂L/∂h_t + r_t ⊙ ∂L/∂(r_t ⊙ h_{t−1}) + W_hrᵀ·∂L/∂pre_r + W_hzᵀ·∂L/∂pre_z",
    )

    def reset(self, r: Array, h: Array, h_n: Array, recur: Callable[[Array], Array]) -> tuple[Array, Arrays]:
        reset = r * h
        return split(recur(reset), 3)[2], {"r⊙h": reset}

    def back(self, d: Arrays, before: Arrays, now: Step, recur_T: Callable[[Array], Array]) -> Back:
        r, z, n = now.gates.values()
        d_h, h = d["h"], before["h"]
        d_pre_n = stopped(now.clamp, "n", d_h * (1 - z) * (1 - n * n))
        nothing = np.zeros_like(d_pre_n)
        d_reset = recur_T(np.concatenate((nothing, nothing, d_pre_n), axis=-1))  # of r⊙h, which W_hn alone multiplies
        d_pre_r = stopped(now.clamp, "r", d_reset * h * r * (1 - r))
        d_pre_z = stopped(now.clamp, "z", d_h * (h - n) * z * (1 - z))
        d_pre = np.concatenate((d_pre_r, d_pre_z, d_pre_n), axis=-1)
        past_reset = recur_T(np.concatenate((d_pre_r, d_pre_z, nothing), axis=-1))
        return Back({"h": d_h}, d_pre, d_pre, past_reset + d_reset * r, {"h": d_h * z})


CELLS: dict[str, Cell] = {
    "rnn": RNN(lambda ops, x: ops.tanh(x), lambda h: 1 - h * h, "tanh", "(1 − h_t²)"),
    "rnn-relu": RNN(lambda ops, x: ops.relu(x), step_up, "relu", "[h_t > 0]"),
    "rnn-sigmoid": RNN(lambda ops, x: ops.sigmoid(x), lambda h: h * (1 - h), "σ", "h_t ⊙ (1 − h_t)"),
    "rnn-linear": RNN(lambda ops, x: x, np.ones_like, "", ""),
    "lstm": LSTM(),
    "gru": GRU(),
    "gru-reset-before": GRUResetBefore(),
}
