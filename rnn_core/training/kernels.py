"""One layer in one direction, forwards and back: the equations of `cells.py` rewritten for speed on a CPU.

A test holds both equal. What makes this fast, and harder to read:

- The input's product is done for all time steps at once, into the array that then becomes the gates, in place.
- σ(x) = ½ + ½·tanh(½x), the ½ folded into a copy of the weights, so one tanh call serves all gates.
- Every array is allocated once for each shape of batch, and so is the view of it that a time step works on: for small
  networks making a view costs as much as the arithmetic. So does every call, hence `h.dot` and positional `out`.
- On the way back a cell's gradient is linear in what reaches h_t and c_t. Its factors (1 − h² and the like) depend on
  the forward pass alone: they are computed for as many time steps at once as fit into the cache.
- Each weight's gradient is one product at the end, over all steps.
- Padding costs the loops nothing. Forwards they run on into it and the states are put right afterwards; backwards what
  reaches an ended sequence is handed to its last step beforehand, so that nothing flows through the padding.

Arrays are (T, B, H). Gates are (T, G, B, H), so that a gate at a step lies in one piece; their gradients d are
(T, B, G, H), so that one product with weight_hh sums over the gates. Where many models learn at once (`many.py`),
weights and all of these have one more axis, M, before B: the `lead`.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from rnn_core.params import Params

CACHE = 1 << 16  # numbers of an array worked on at once: with its neighbours it stays in a core's second-level cache
WIDE = 1024  # numbers in h from which each gate has a product of its own
SHAPES = 4  # shapes of batch whose arrays are kept: training, the exam and its rest, the probe


class Layer:
    """What all cells share. `weights` and `grads` are views of the engine's flat vectors; `grads` is overwritten.

    A cell says its `states`, its number of `blocks` G, and how many factors (B, H) a step back `needs`.
    """

    states: tuple[str, ...] = ("h",)
    blocks = 1
    needs = 1
    SIGMOIDS: tuple[bool, ...] = (False,)  # which of PyTorch's blocks are halved before tanh
    ORDER: tuple[int, ...] = (0,)  # of PyTorch's blocks, as our gates hold them

    def __init__(self, weights: Params, grads: Params):
        self.weights, self.grads = weights, grads
        self.dtype = weights["weight_hh"].dtype
        *lead, _, self.H = weights["weight_hh"].shape
        self.lead = tuple(lead)
        self.half = np.array(0.5, self.dtype)  # an array, which NumPy multiplies with faster than with a number
        # For rows of weights: a sigmoid's are halved, and PyTorch's blocks come in our gates' order.
        self.scale = np.repeat(np.where(self.SIGMOIDS, self.half, np.array(1, self.dtype)), self.H)[:, None]
        self.order = np.arange(self.blocks * self.H).reshape(self.blocks, self.H)[list(self.ORDER)].ravel()
        self.plain = not any(self.SIGMOIDS)
        self.memory: dict[tuple[int, int], dict[str, Any]] = {}

    def forward(self, x: np.ndarray, start: Params | None, lengths: np.ndarray | None) -> np.ndarray:
        """x (T, B, I) from `start`, (B, H) by name (None: zeros) → h (T, B, H), which the next call overwrites."""
        T, *_, B, _ = x.shape
        if (T, B) not in self.memory:
            if len(self.memory) >= SHAPES:
                self.memory.clear()
            self.memory[T, B] = self.allocate(T, B)
        self.__dict__.update(self.memory[T, B])
        self.x, self.lengths = x, lengths
        for name in self.states:
            getattr(self, name)[0] = 0 if start is None else start[name]
        self.run(x)
        if lengths is not None:
            past = np.arange(T + 1)[:, None] > lengths
            for name in self.states:
                state = getattr(self, name)
                np.copyto(state, state[lengths, np.arange(B)], where=past[..., None])
        return self.h[1:]

    def backward(self, d_h: np.ndarray, inputs_too: bool) -> np.ndarray | None:
        """d_h (T, B, H), or (1, B, H) for the last step alone. Fills `grads`; returns ∂L/∂x where asked for."""
        T = len(self.x)
        if self.lengths is not None:
            d_h = self.to_last_steps(d_h)
        self.reach[:] = d_h[-1]  # ∂L/∂h_t on its way back
        added = list(d_h[:-1]) if len(d_h) == T else None  # what the loss at each step before adds to it
        self.begin_back()
        for stop in range(T, 0, -len(self.factors)):
            first = max(0, stop - len(self.factors))
            self.prepare_factors(first, stop, self.factors[: stop - first])
            self.walk_back(first, stop, added)
        return self.collect(inputs_too)

    def final(self) -> Params:
        """The state after the last step, (B, H) by name."""
        return {name: getattr(self, name)[-1].copy() for name in self.states}

    # ---- What differs between cells

    def allocate(self, T: int, B: int) -> dict[str, Any]:
        """Arrays, and lists of views of them by time step, for a batch of this shape."""
        H, G, K, L = self.H, self.blocks, self.needs, self.lead
        at_once = min(T, max(1, CACHE // (K * math.prod(L) * B * H)))
        arrays = {
            **{name: np.empty((T + 1, *L, B, H), self.dtype) for name in self.states},
            "gates": np.empty((T, G, *L, B, H), self.dtype),
            "d": np.empty((T, *L, B, K, H), self.dtype),
            "factors": np.empty((at_once, K, *L, B, H), self.dtype),
            "reach": np.empty((*L, B, H), self.dtype),
            "scratch": np.empty((*L, B, H), self.dtype),
        }
        # h @ weight_hhᵀ: small, one product for all gates; large, one for each, so that a gate lies in one piece.
        wide = G > 1 and (B * H >= WIDE or L != ())
        product = np.empty((G, *L, B, H) if wide else (*L, B, G * H), self.dtype)
        return {
            **arrays,
            "wide": wide,
            "product": product,
            "product_by_gate": product if wide else gates_to(0, product.reshape(*L, B, G, H)),
            **{f"{name}_at": list(arrays[name]) for name in (*self.states, "factors")},
            "d_by_gate": list(gates_to(1, arrays["d"])),
            "d_flat": list(arrays["d"].reshape(T, *L, B, K * H)),
        }

    x: np.ndarray
    h: np.ndarray
    gates: np.ndarray
    d: np.ndarray
    factors: np.ndarray
    reach: np.ndarray
    scratch: np.ndarray
    wide: bool
    product: np.ndarray
    product_by_gate: np.ndarray
    h_at: list[np.ndarray]
    factors_at: list[np.ndarray]
    d_by_gate: list[np.ndarray]
    d_flat: list[np.ndarray]

    def run(self, x: np.ndarray) -> None:
        """All steps forwards."""
        raise NotImplementedError

    def begin_back(self) -> None:
        """Before the first step back."""

    def prepare_factors(self, first: int, stop: int, out: np.ndarray) -> None:
        """Factors of steps first … stop−1, into out (n, K, B, H)."""
        raise NotImplementedError

    def walk_back(self, first: int, stop: int, added: list[np.ndarray] | None) -> None:
        """Steps stop−1 … first: fill d, and take `reach` from ∂L/∂h_{t+1} to ∂L/∂h_t."""
        raise NotImplementedError

    # ---- Shared pieces

    def by_gate(self, name: str) -> np.ndarray:
        """A weight matrix (G*H, n) as (n, G*H), or a bias as (1, G*H); in our order of gates, sigmoids halved."""
        value = self.weights[name].reshape(*self.lead, self.blocks * self.H, -1)
        if not self.plain:
            value = (value * self.scale)[..., self.order, :]
        return np.ascontiguousarray(value.swapaxes(-1, -2))

    def recurrence(self) -> tuple[Any, np.ndarray]:
        """The call that multiplies h with weight_hhᵀ, and the matrix as it wants it."""
        w = self.by_gate("weight_hh")
        if not self.wide:
            return np.matmul if self.lead else np.ndarray.dot, w
        return np.matmul, np.ascontiguousarray(gates_to(0, w.reshape(*self.lead, self.H, self.blocks, self.H)))

    def recurrence_back(self) -> tuple[Any, np.ndarray]:
        """The call that multiplies d with weight_hh, and the matrix."""
        w = self.weights["weight_hh"]
        return (np.matmul, np.ascontiguousarray(w)) if self.lead else (np.ndarray.dot, w)

    def read(self, x: np.ndarray, bias: np.ndarray) -> None:
        """gates ← x @ weight_ihᵀ + bias, for all time steps."""
        T, *lead, B, I = x.shape
        product = (x if lead else x.reshape(T * B, I)) @ self.by_gate("weight_ih")
        product += bias
        self.gates[:] = gates_to(1, product.reshape(T, *lead, B, self.blocks, self.H))

    def over_time(self, values: np.ndarray) -> np.ndarray:
        """(T, B, …) as (T*B, n): all steps of all sequences in a row."""
        T, B = values.shape[0], values.shape[1 + len(self.lead)]
        return (values.swapaxes(0, 1) if self.lead else values).reshape(*self.lead, T * B, -1)

    def to_last_steps(self, d_h: np.ndarray) -> np.ndarray:
        """What reaches a sequence after its end is handed to its last step."""
        assert self.lengths is not None
        T, B, H = self.h[1:].shape
        dense = np.zeros((T, B, H), self.dtype)
        dense[T - len(d_h) :] = d_h
        last = np.arange(T)[:, None] < self.lengths  # (T, B): not past the end
        rest = np.where(last[..., None], 0, dense).sum(axis=0)
        dense *= last[..., None]
        dense[self.lengths - 1, np.arange(B)] += rest
        return dense

    def collect(self, inputs_too: bool) -> np.ndarray | None:
        """Every weight's gradient from d, and ∂L/∂x."""
        d = self.over_time(self.d)
        self.collect_recurrent(d)
        np.matmul(d.swapaxes(-1, -2), self.over_time(self.x), out=self.grads["weight_ih"])
        np.matmul(np.ones(d.shape[-2], self.dtype), d, out=self.grads["bias_ih"])
        self.grads["bias_hh"][:] = self.grads["bias_ih"]
        return (d @ self.weights["weight_ih"]).reshape(self.x.shape) if inputs_too else None

    def collect_recurrent(self, d: np.ndarray) -> None:
        """The gradient of weight_hh, from d (T*B, G*H)."""
        np.matmul(d.swapaxes(-1, -2), self.over_time(self.h[:-1]), out=self.grads["weight_hh"])


def gates_to(place: int, values: np.ndarray) -> np.ndarray:
    """The last axis but one, the gates', moved to a place further in front. (np.moveaxis takes longer than a step.)"""
    axes = list(range(values.ndim))
    axes.insert(place, axes.pop(-2))
    return values.transpose(axes)


class RNNLayer(Layer):
    """h_t = φ(pre_t), and back through 1 − h² or its like."""

    def __init__(self, weights: Params, grads: Params, phi: str = "tanh"):
        self.SIGMOIDS = (phi == "sigmoid",)
        super().__init__(weights, grads)
        self.phi = phi

    def allocate(self, T: int, B: int) -> dict[str, Any]:
        own = super().allocate(T, B)
        return {**own, "factors_at": list(own["factors"][:, 0])}

    def run(self, x: np.ndarray) -> None:
        self.read(x, self.by_gate("bias_ih") + self.by_gate("bias_hh"))
        (multiply, w), product = self.recurrence(), self.product
        phi = {"relu": self.relu, "sigmoid": self.sigmoid, "linear": np.positive}.get(self.phi, np.tanh)
        for h, pre, after in zip(self.h_at, list(self.gates[:, 0]), self.h_at[1:], strict=False):
            multiply(h, w, product)
            np.add(product, pre, product)
            phi(product, after)

    @staticmethod
    def relu(pre: np.ndarray, out: np.ndarray) -> None:
        np.maximum(pre, 0, out=out)

    def sigmoid(self, pre: np.ndarray, out: np.ndarray) -> None:
        np.tanh(pre, out)
        np.multiply(out, self.half, out)
        np.add(out, self.half, out)

    def prepare_factors(self, first: int, stop: int, out: np.ndarray) -> None:
        h, out = self.h[first + 1 : stop + 1], out[:, 0]
        if self.phi == "tanh":
            np.multiply(h, h, out)
            np.subtract(1, out, out)
        elif self.phi == "relu":
            np.greater(h, 0, out=out, casting="unsafe")
        elif self.phi == "sigmoid":
            np.subtract(1, h, out)
            out *= h
        else:
            out[:] = 1

    def walk_back(self, first: int, stop: int, added: list[np.ndarray] | None) -> None:
        (multiply, w), reach = self.recurrence_back(), self.reach
        steps, factors_at, d_at = range(first, stop), self.factors_at[: stop - first], self.d_flat[first:stop]
        for t, factors, d in zip(reversed(steps), reversed(factors_at), reversed(d_at), strict=True):
            np.multiply(reach, factors, d)
            multiply(d, w, reach)
            if added and t:
                np.add(reach, added[t - 1], reach)


class LSTMLayer(Layer):
    """Gates lie in the order i, f, o, g, the three sigmoids together; their gradients in PyTorch's, i, f, g, o."""

    states = ("h", "c")
    blocks = 4
    needs = 4
    SIGMOIDS = (True, True, False, True)
    ORDER = (0, 1, 3, 2)
    c: np.ndarray
    c_at: list[np.ndarray]
    tanh_c: np.ndarray
    tanh_c_at: list[np.ndarray]
    slopes: np.ndarray
    slopes_at: list[np.ndarray]
    steps: list[tuple[np.ndarray, ...]]
    back_views: list[tuple[np.ndarray, ...]]
    factor_views: list[tuple[np.ndarray, ...]]
    reach_c: np.ndarray

    def allocate(self, T: int, B: int) -> dict[str, Any]:
        own = super().allocate(T, B)
        state = own["reach"].shape
        tanh_c = np.empty((T, *state), self.dtype)
        slopes = np.empty((len(own["factors"]), *state), self.dtype)  # ∂h/∂c = o·(1 − tanh²c)
        return {
            **own,
            "tanh_c": tanh_c,
            "tanh_c_at": list(tanh_c),
            "slopes": slopes,
            "slopes_at": list(slopes),
            "reach_c": np.empty(state, self.dtype),
            "steps": [(gates, gates[:3], *gates) for gates in own["gates"]],
            "back_views": [(d[:3], d[3]) for d in own["d_by_gate"]],
            "factor_views": [(factors[:3], factors[3]) for factors in own["factors_at"]],
        }

    def run(self, x: np.ndarray) -> None:
        self.read(x, self.by_gate("bias_ih") + self.by_gate("bias_hh"))
        (multiply, w), product, by_gate = self.recurrence(), self.product, self.product_by_gate
        scratch, half = self.scratch, self.half
        h, c, tanh_c = self.h_at, self.c_at, self.tanh_c_at
        for t, (gates, sigmoids, i, f, o, g) in enumerate(self.steps):
            multiply(h[t], w, product)
            np.add(gates, by_gate, gates)
            np.tanh(gates, gates)
            np.multiply(sigmoids, half, sigmoids)
            np.add(sigmoids, half, sigmoids)
            now = np.multiply(f, c[t], c[t + 1])
            np.add(now, np.multiply(i, g, scratch), now)
            np.multiply(o, np.tanh(now, tanh_c[t]), h[t + 1])

    def begin_back(self) -> None:
        self.reach_c[:] = 0

    def prepare_factors(self, first: int, stop: int, out: np.ndarray) -> None:
        gates, tanh_c = self.gates[first:stop], self.tanh_c[first:stop]
        i, f, o, g = (gates[:, k] for k in range(4))
        for into, gate, other in ((out[:, 0], i, g), (out[:, 1], f, self.c[first:stop]), (out[:, 3], o, tanh_c)):
            np.subtract(1, gate, into)  # σ′ = σ(1 − σ)
            into *= gate
            into *= other
        for into, value, other in ((out[:, 2], g, i), (self.slopes[: stop - first], tanh_c, o)):
            np.multiply(value, value, into)  # tanh′ = 1 − tanh²
            np.subtract(1, into, into)
            into *= other

    def walk_back(self, first: int, stop: int, added: list[np.ndarray] | None) -> None:
        (multiply, w), reach, reach_c, scratch = self.recurrence_back(), self.reach, self.reach_c, self.scratch
        d, views, factors, slopes, steps = self.d_flat, self.back_views, self.factor_views, self.slopes_at, self.steps
        for t in range(stop - 1, first - 1, -1):
            to_gates_of_c, to_o = factors[t - first]
            d_of_c, d_o = views[t]
            np.add(reach_c, np.multiply(reach, slopes[t - first], scratch), reach_c)
            np.multiply(reach_c, to_gates_of_c, d_of_c)
            np.multiply(reach, to_o, d_o)
            np.multiply(reach_c, steps[t][3], reach_c)  # the direct path: f ⊙ ∂L/∂c
            multiply(d[t], w, reach)
            if added and t:
                np.add(reach, added[t - 1], reach)


class GRULayer(Layer):
    """Gates r, z, n. d holds four gradients: of r, z, the recurrent part of n, and its input part."""

    blocks = 3
    needs = 4
    SIGMOIDS = (True, True, False)
    ORDER = (0, 1, 2)
    hidden_n: np.ndarray  # W_hn·h + b_hn
    hidden_n_at: list[np.ndarray]
    steps: list[tuple[np.ndarray, ...]]

    def allocate(self, T: int, B: int) -> dict[str, Any]:
        own = super().allocate(T, B)
        hidden_n = np.empty((T, *own["reach"].shape), self.dtype)
        return {
            **own,
            "hidden_n": hidden_n,
            "hidden_n_at": list(hidden_n),
            "steps": [(gates[:2], *gates) for gates in own["gates"]],
            "d_flat": [d[..., : 3 * self.H] for d in own["d_flat"]],
        }

    def run(self, x: np.ndarray) -> None:
        H = self.H
        b_hh = self.by_gate("bias_hh")
        b_hn = b_hh[..., 2 * H :].copy()
        b_hh[..., 2 * H :] = 0  # it stands inside the brackets that r multiplies
        self.read(x, self.by_gate("bias_ih") + b_hh)
        (multiply, w), product, scratch, half = self.recurrence(), self.product, self.scratch, self.half
        product_r_z, product_n = self.product_by_gate[:2], self.product_by_gate[2]
        h, hidden_n = self.h_at, self.hidden_n_at
        for t, (r_z, r, z, n) in enumerate(self.steps):
            multiply(h[t], w, product)
            np.add(r_z, product_r_z, r_z)
            np.tanh(r_z, r_z)
            np.multiply(r_z, half, r_z)
            np.add(r_z, half, r_z)
            np.add(n, np.multiply(r, np.add(product_n, b_hn, hidden_n[t]), scratch), n)
            np.tanh(n, n)
            now = np.subtract(h[t], n, h[t + 1])
            np.multiply(now, z, now)
            np.add(now, n, now)  # n + z ⊙ (h − n)

    def prepare_factors(self, first: int, stop: int, out: np.ndarray) -> None:
        r, z, n = (self.gates[first:stop, k] for k in range(3))
        to_r, to_z, to_hidden_n, to_n = (out[:, k] for k in range(4))
        np.subtract(1, z, to_z)
        np.multiply(n, n, to_n)
        np.subtract(1, to_n, to_n)
        to_n *= to_z  # (1 − z)(1 − n²)
        to_z *= z
        to_z *= np.subtract(self.h[first:stop], n, to_r)
        np.multiply(to_n, r, to_hidden_n)
        np.subtract(1, r, to_r)
        to_r *= to_hidden_n
        to_r *= self.hidden_n[first:stop]

    def walk_back(self, first: int, stop: int, added: list[np.ndarray] | None) -> None:
        (multiply, w), reach, scratch = self.recurrence_back(), self.reach, self.scratch
        d, by_gate, factors, steps = self.d_flat, self.d_by_gate, self.factors_at, self.steps
        for t in range(stop - 1, first - 1, -1):
            np.multiply(reach, factors[t - first], by_gate[t])
            np.multiply(reach, steps[t][2], reach)  # the direct path: z ⊙ ∂L/∂h
            np.add(reach, multiply(d[t], w, scratch), reach)
            if added and t:
                np.add(reach, added[t - 1], reach)

    def collect(self, inputs_too: bool) -> np.ndarray | None:
        H, d, x = self.H, self.over_time(self.d), self.over_time(self.x)
        by_input = np.concatenate((d[..., : 2 * H], d[..., 3 * H :]), axis=-1)
        recurrent, ones = d[..., : 3 * H], np.ones(d.shape[-2], self.dtype)
        np.matmul(recurrent.swapaxes(-1, -2), self.over_time(self.h[:-1]), out=self.grads["weight_hh"])
        np.matmul(by_input.swapaxes(-1, -2), x, out=self.grads["weight_ih"])
        np.matmul(ones, by_input, out=self.grads["bias_ih"])
        np.matmul(ones, recurrent, out=self.grads["bias_hh"])
        return (by_input @ self.weights["weight_ih"]).reshape(self.x.shape) if inputs_too else None


class GRUResetBeforeLayer(Layer):
    """Gates r, z, n. Of weight_hh the rows of r and z multiply h, those of n what r leaves of it: two products a step,
    there and back."""

    blocks = 3
    needs = 3
    SIGMOIDS = (True, True, False)
    ORDER = (0, 1, 2)
    reset: np.ndarray  # r⊙h
    reset_at: list[np.ndarray]
    product_n: np.ndarray
    steps: list[tuple[np.ndarray, ...]]
    d_r_z: list[np.ndarray]

    def allocate(self, T: int, B: int) -> dict[str, Any]:
        own = super().allocate(T, B)
        wide, H, state = own["wide"], self.H, own["reach"].shape
        reset = np.empty((T, *state), self.dtype)
        product = np.empty((2, *state) if wide else (*state[:-1], 2 * H), self.dtype)
        return {
            **own,
            "product": product,
            "product_by_gate": product if wide else gates_to(0, product.reshape(*state[:-1], 2, H)),
            "product_n": np.empty(state, self.dtype),
            "reset": reset,
            "reset_at": list(reset),
            "steps": [(gates[:2], *gates) for gates in own["gates"]],
            "d_r_z": [d[..., : 2 * H] for d in own["d_flat"]],
        }

    def run(self, x: np.ndarray) -> None:
        self.read(x, self.by_gate("bias_ih") + self.by_gate("bias_hh"))
        multiply, w = self.recurrence()
        w_r_z, w_n = (w[:2], w[2]) if self.wide else map(np.ascontiguousarray, np.split(w, [2 * self.H], axis=-1))
        product, by_gate, product_n, half = self.product, self.product_by_gate, self.product_n, self.half
        h, reset = self.h_at, self.reset_at
        for t, (r_z, r, z, n) in enumerate(self.steps):
            multiply(h[t], w_r_z, product)
            np.add(r_z, by_gate, r_z)
            np.tanh(r_z, r_z)
            np.multiply(r_z, half, r_z)
            np.add(r_z, half, r_z)
            multiply(np.multiply(r, h[t], reset[t]), w_n, product_n)
            np.add(n, product_n, n)
            np.tanh(n, n)
            now = np.subtract(h[t], n, h[t + 1])
            np.multiply(now, z, now)
            np.add(now, n, now)  # n + z ⊙ (h − n)

    def prepare_factors(self, first: int, stop: int, out: np.ndarray) -> None:
        r, z, n = (self.gates[first:stop, k] for k in range(3))
        h, (to_r, to_z, to_n) = self.h[first:stop], (out[:, k] for k in range(3))
        np.subtract(1, z, to_z)
        np.multiply(n, n, to_n)
        np.subtract(1, to_n, to_n)
        to_n *= to_z  # (1 − z)(1 − n²)
        to_z *= z
        to_z *= np.subtract(h, n, to_r)
        np.subtract(1, r, to_r)
        to_r *= r
        to_r *= h  # of ∂L/∂(r⊙h)

    def walk_back(self, first: int, stop: int, added: list[np.ndarray] | None) -> None:
        (multiply, w), reach, scratch, d_reset = self.recurrence_back(), self.reach, self.scratch, self.product_n
        w_r_z, w_n = w[..., : 2 * self.H, :], w[..., 2 * self.H :, :]
        d_r_z, by_gate, factors, steps = self.d_r_z, self.d_by_gate, self.factors_at, self.steps
        for t in range(stop - 1, first - 1, -1):
            (to_r, to_z, to_n), (d_r, d_z, d_n), (_, r, z, _) = factors[t - first], by_gate[t], steps[t]
            np.multiply(reach, to_z, d_z)
            multiply(np.multiply(reach, to_n, d_n), w_n, d_reset)
            np.multiply(d_reset, to_r, d_r)
            np.multiply(reach, z, reach)  # the direct path: z ⊙ ∂L/∂h
            np.add(reach, np.multiply(d_reset, r, d_reset), reach)
            np.add(reach, multiply(d_r_z[t], w_r_z, scratch), reach)
            if added and t:
                np.add(reach, added[t - 1], reach)

    def collect_recurrent(self, d: np.ndarray) -> None:
        grad, H = self.grads["weight_hh"], self.H
        for rows, multiplied in ((slice(0, 2 * H), self.h[:-1]), (slice(2 * H, None), self.reset)):
            np.matmul(d[..., rows].swapaxes(-1, -2), self.over_time(multiplied), out=grad[..., rows, :])


def layer(cell: str, weights: Params, grads: Params) -> Layer:
    """The fast layer of a cell."""
    if cell == "lstm":
        return LSTMLayer(weights, grads)
    if cell == "gru":
        return GRULayer(weights, grads)
    if cell == "gru-reset-before":
        return GRUResetBeforeLayer(weights, grads)
    return RNNLayer(weights, grads, cell.removeprefix("rnn").removeprefix("-") or "tanh")
