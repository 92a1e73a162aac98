"""Backpropagation through time, by hand: Trace → gradients (Werbos 1990).

The loop walks from the last time step to the first. At each step the gradient that reaches the state, from this
step's own loss and from the step after, goes back through the cell (`Cell.back`) and then along two ways to the
state before: through the recurrent matrix, and along the paths that bypass it (*direct*: f⊙dc, z⊙dh).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rnn_core.cells import Arrays, Back
from rnn_core.invalid import Invalid
from rnn_core.params import Params
from rnn_core.unroll import Trace, check_params, freeze


@dataclass(frozen=True, eq=False)
class Grads:
    """Gradients of the loss L. All arrays are read-only, in the dtype of the parameters.

    own     (T, B, H): what enters h_t from the readout, or from the layer above
    states  by name, (T+1, B, H): total ∂L/∂s_t, the loss at t included; index 0 is the initial state
    flows   by name, (T, B, H): what flows along the edge from step t to t−1, without the loss at t−1; index t−1
    direct  by name, (T, B, H): the part of `flows` that bypasses the weight matrix
    x       (T, B, I)
    params  by name, like the parameters
    a       (T, B, G*H): ∂L/∂a, what the uses of weight_ih and bias_ih at each step receive
    recur   (T, B, G*H): the same for weight_hh and bias_hh
    """

    own: np.ndarray
    states: dict[str, np.ndarray]
    flows: dict[str, np.ndarray]
    direct: dict[str, np.ndarray]
    x: np.ndarray
    params: Params
    a: np.ndarray
    recur: np.ndarray


def bptt(trace: Trace, params: Params, d_h: np.ndarray, truncate: int | None = None) -> Grads:
    """Carry d_h (T, B, H), the ∂L/∂h_t that the readouts send, back through time.

    truncate=k: the loss at t reaches the uses of the weights at t, t−1, …, t−k+1 and no further; k ≥ T is the same
    as None. The state that enters the first step counts as an input of its use there. Padding is no step: a loss
    there counts at the sequence's last.

    Raises Invalid where shapes do not fit or k < 1.
    """
    H = check_params(trace.cell, params, trace.x)
    T, B, _ = trace.x.shape
    if np.shape(d_h) != (T, B, H):
        raise Invalid("shape", "d_h", np.shape(d_h), (T, B, H))
    if truncate is not None and truncate < 1:
        raise Invalid("range", "truncate", truncate, 1)
    rule = trace.rule
    weight_hh = params["weight_hh"]
    dtype = weight_hh.dtype
    rows = weight_hh.shape[0]

    # Truncation keeps the gradients apart by the age of their loss: slot j holds what the loss at t+j sends. A slot
    # older than k−1 is dropped on the way back. Without truncation one slot holds the sum of all ages.
    whole = truncate is None or truncate >= T
    slots = 1 if truncate is None or whole else truncate

    states = {name: np.zeros((T + 1, B, H), dtype) for name in rule.states}
    flows = {name: np.zeros((T, B, H), dtype) for name in rule.states}
    direct = {name: np.zeros((T, B, H), dtype) for name in rule.states}
    d_a = np.empty((T, B, rows), dtype)
    d_recur = np.empty((T, B, rows), dtype)
    reach = {name: np.zeros((slots, B, H), dtype) for name in rule.states}  # what reaches s_t, by slot

    def recur_T(d: np.ndarray) -> np.ndarray:
        return d @ weight_hh

    def together(d: np.ndarray) -> np.ndarray:
        return d[0] if len(d) == 1 else d.sum(axis=0)

    with np.errstate(over="ignore", invalid="ignore"):
        for t in range(T, 0, -1):
            reach["h"][0] += d_h[t - 1]
            back = rule.back(reach, *trace.at(t), recur_T)
            backward = {"h": back.through}
            for name, bypass in back.direct.items():
                backward[name] = backward[name] + bypass if name in backward else bypass
            padding = None if trace.lengths is None else trace.lengths < t
            if padding is not None:
                _pass_padding(padding, reach, back, backward)

            d_a[t - 1] = together(back.a)
            d_recur[t - 1] = together(back.recur)
            for name, total in back.state.items():
                states[name][t] = together(total)
            # The oldest loss has spent its k steps; only the initial state, an input of step 1, still receives it.
            cut = slots if whole or t == 1 else slots - 1
            for name, flow in backward.items():
                flows[name][t - 1] = together(flow[:cut])
            for name, bypass in back.direct.items():
                direct[name][t - 1] = together(bypass[:cut])
            if padding is not None:  # there all goes on, and past the weights
                for name, flow in backward.items():
                    flows[name][t - 1, padding] = direct[name][t - 1, padding] = together(flow)[padding]
            if whole:
                reach = backward
            else:
                for name, flow in backward.items():
                    reach[name][1:] = flow[:-1]
                    reach[name][0] = 0
                    if padding is not None:  # no step, so no loss grew older
                        reach[name][:, padding] = flow[:, padding]
    for name in rule.states:
        states[name][0] = flows[name][0]

    d_params = {
        "weight_ih": _outer(d_a, trace.x),
        "weight_hh": np.concatenate([_outer(d_recur[..., rows], given) for rows, given in trace.multiplied]),
        "bias_ih": d_a.sum(axis=(0, 1)),
        "bias_hh": d_recur.sum(axis=(0, 1)),
    }
    d_x = d_a @ params["weight_ih"]
    own = d_h.astype(dtype, copy=False).view()
    freeze(own, states, flows, direct, d_x, d_params, d_a, d_recur)
    return Grads(own, states, flows, direct, d_x, d_params, d_a, d_recur)


def shares(trace: Trace, grads: Grads) -> Params:
    """Each time step's own share G_t of every parameter's gradient: (T, *shape) by name. Over t they sum to G."""
    of_rows = [np.swapaxes(grads.recur[..., rows], 1, 2) @ given for rows, given in trace.multiplied]
    return {
        "weight_ih": np.swapaxes(grads.a, 1, 2) @ trace.x,
        "weight_hh": np.concatenate(of_rows, axis=1),
        "bias_ih": grads.a.sum(axis=1),
        "bias_hh": grads.recur.sum(axis=1),
    }


def signed_shares(trace: Trace, grads: Grads) -> dict[str, np.ndarray]:
    """⟨G_t, G⟩ ÷ ‖G‖², each step's signed part of the whole: (T,) by parameter name. They sum to 1.

    Lengths do not add, these parts do; one below 0 pulls against the whole. Where G is 0 every part is 0.
    """
    every = slice(None)
    given = {"weight_ih": (grads.a, [(every, trace.x)]), "weight_hh": (grads.recur, trace.multiplied)}
    given |= {"bias_ih": (grads.a, [(every, None)]), "bias_hh": (grads.recur, [(every, None)])}
    parts = {}
    for name, (d, uses) in given.items():  # of a matrix G_t is d ⊗ x, too much to hold for all t
        whole = grads.params[name]
        # Scaled by the largest entry first, or the squares of a vanishing or exploding gradient leave the floats.
        scale = np.abs(whole).max()
        unit = whole / scale if scale > 0 and np.isfinite(scale) else np.zeros_like(whole)
        square = np.sum(unit * unit)
        along = [d[..., rows] * (unit if x is None else x @ unit[rows].T) for rows, x in uses]
        total = sum(each.sum(axis=(1, 2)) for each in along)
        parts[name] = total / scale / square if square else np.zeros(len(d), whole.dtype)
    return parts


def _pass_padding(padding: np.ndarray, reach: Arrays, back: Back, backward: Arrays) -> None:
    """Where a sequence (B,) has ended, this step used no weights and handed the state on as it was."""
    back.a[..., padding, :] = 0
    back.recur[..., padding, :] = 0
    for name, flow in backward.items():
        back.state[name][..., padding, :] = reach[name][..., padding, :]
        flow[..., padding, :] = reach[name][..., padding, :]


def _outer(d: np.ndarray, given: np.ndarray) -> np.ndarray:
    """Σ over t and B of d ⊗ given: (T, B, rows), (T, B, n) → (rows, n)."""
    return d.reshape(-1, d.shape[-1]).T @ given.reshape(-1, given.shape[-1])
