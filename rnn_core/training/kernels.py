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
(T, B, G, H), so that one product with weight_hh sums over the gates.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from rnn_core.params import Params

CACHE = 1 << 15  # numbers of an array worked on at once: with its neighbours it stays in a core's second-level cache
WIDE = 1024  # numbers in h from which each gate has a product of its own
SHAPES = 4  # shapes of batch whose arrays are kept: training, the exam and its rest, the probe


class Layer:
    """What all cells share. `weights` and `grads` are views of the engine's flat vectors; `grads` is overwritten.

    A cell says its `states`, its number of `blocks` G, and how many factors (B, H) a step back `needs`.
    """

    states: tuple[str, ...] = ("h",)
    blocks = 1
    needs = 1
    SIGMOIDS: tuple[bool, ...] = (False,)  # which blocks are halved before tanh

    def __init__(self, weights: Params, grads: Params):
        self.weights, self.grads = weights, grads
        self.dtype = weights["weight_hh"].dtype
        self.H, self.I = weights["weight_hh"].shape[1], weights["weight_ih"].shape[1]
        self.half = np.array(0.5, self.dtype)  # an array, which NumPy multiplies with faster than with a number
        self.scale = np.where(self.SIGMOIDS, self.half, np.array(1, self.dtype)).reshape(-1, 1)
        self.order: tuple[int, ...] = tuple(range(self.blocks))  # of PyTorch's blocks, as our gates hold them
        self.memory: dict[tuple[int, int], dict[str, Any]] = {}

    def forward(self, x: np.ndarray, start: Params | None, lengths: np.ndarray | None) -> np.ndarray:
        """x (T, B, I) from `start`, (B, H) by name (None: zeros) → h (T, B, H), which the next call overwrites."""
        T, B, _ = x.shape
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
        H, G, K = self.H, self.blocks, self.needs
        arrays = {
            **{name: np.empty((T + 1, B, H), self.dtype) for name in self.states},
            "gates": np.empty((T, G, B, H), self.dtype),
            "d": np.empty((T, B, K, H), self.dtype),
            "factors": np.empty((min(T, max(1, CACHE // (K * B * H))), K, B, H), self.dtype),
            "reach": np.empty((B, H), self.dtype),
            "scratch": np.empty((B, H), self.dtype),
        }
        # h @ weight_hhᵀ: small, one product for all gates; large, one for each, so that a gate lies in one piece.
        wide = B * H >= WIDE and G > 1
        product = np.empty((G, B, H) if wide else (B, G * H), self.dtype)
        return {
            **arrays,
            "wide": wide,
            "product": product,
            "product_by_gate": product if wide else product.reshape(B, G, H).transpose(1, 0, 2),
            **{f"{name}_at": list(arrays[name]) for name in (*self.states, "factors")},
            "d_by_gate": list(arrays["d"].transpose(0, 2, 1, 3)),
            "d_flat": list(arrays["d"].reshape(T, B, K * H)),
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
        """A weight matrix (G*H, n) as (n, G*H) or a bias as (G*H,), in our order of gates, sigmoids halved."""
        value = self.weights[name].reshape(self.blocks, self.H, -1)
        scaled = (value * self.scale[..., None])[list(self.order)]
        return np.ascontiguousarray(scaled.reshape(self.blocks * self.H, -1).T)

    def recurrence(self) -> tuple[Any, np.ndarray]:
        """The call that multiplies h with weight_hhᵀ, and the matrix as it wants it."""
        w = self.by_gate("weight_hh")
        if not self.wide:
            return np.ndarray.dot, w
        return np.matmul, np.ascontiguousarray(w.reshape(self.H, self.blocks, self.H).transpose(1, 0, 2))

    def read(self, x: np.ndarray, bias: np.ndarray) -> None:
        """gates ← x @ weight_ihᵀ + bias, for all time steps."""
        T, B, _ = x.shape
        product = x.reshape(T * B, -1) @ self.by_gate("weight_ih")
        product += bias
        self.gates[:] = product.reshape(T, B, self.blocks, self.H).transpose(0, 2, 1, 3)

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
        steps = self.d.shape[0] * self.d.shape[1]
        d = self.d.reshape(steps, -1)
        np.matmul(d.T, self.h[:-1].reshape(steps, -1), out=self.grads["weight_hh"])
        np.matmul(d.T, self.x.reshape(steps, -1), out=self.grads["weight_ih"])
        np.matmul(np.ones(steps, self.dtype), d, out=self.grads["bias_ih"])
        self.grads["bias_hh"][:] = self.grads["bias_ih"]
        return (d @ self.weights["weight_ih"]).reshape(self.x.shape) if inputs_too else None


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
        w, reach = self.weights["weight_hh"], self.reach
        steps, factors_at, d_at = range(first, stop), self.factors_at[: stop - first], self.d_flat[first:stop]
        for t, factors, d in zip(reversed(steps), reversed(factors_at), reversed(d_at), strict=True):
            np.multiply(reach, factors, d)
            d.dot(w, reach)
            if added and t:
                np.add(reach, added[t - 1], reach)


class LSTMLayer(Layer):
    """Gates lie in the order i, f, o, g, the three sigmoids together; their gradients in PyTorch's, i, f, g, o."""

    states = ("h", "c")
    blocks = 4
    needs = 4
    SIGMOIDS = (True, True, False, True)
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

    def __init__(self, weights: Params, grads: Params):
        super().__init__(weights, grads)
        self.order = (0, 1, 3, 2)

    def allocate(self, T: int, B: int) -> dict[str, Any]:
        own = super().allocate(T, B)
        tanh_c = np.empty((T, B, self.H), self.dtype)
        slopes = np.empty((len(own["factors"]), B, self.H), self.dtype)  # ∂h/∂c = o·(1 − tanh²c)
        return {
            **own,
            "tanh_c": tanh_c,
            "tanh_c_at": list(tanh_c),
            "slopes": slopes,
            "slopes_at": list(slopes),
            "reach_c": np.empty((B, self.H), self.dtype),
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
        w, reach, reach_c, scratch = self.weights["weight_hh"], self.reach, self.reach_c, self.scratch
        d, views, factors, slopes, steps = self.d_flat, self.back_views, self.factor_views, self.slopes_at, self.steps
        for t in range(stop - 1, first - 1, -1):
            to_gates_of_c, to_o = factors[t - first]
            d_of_c, d_o = views[t]
            np.add(reach_c, np.multiply(reach, slopes[t - first], scratch), reach_c)
            np.multiply(reach_c, to_gates_of_c, d_of_c)
            np.multiply(reach, to_o, d_o)
            np.multiply(reach_c, steps[t][3], reach_c)  # the direct path: f ⊙ ∂L/∂c
            d[t].dot(w, reach)
            if added and t:
                np.add(reach, added[t - 1], reach)


class GRULayer(Layer):
    """Gates r, z, n. d holds four gradients: of r, z, the recurrent part of n, and its input part."""

    blocks = 3
    needs = 4
    SIGMOIDS = (True, True, False)
    hidden_n: np.ndarray  # W_hn·h + b_hn
    hidden_n_at: list[np.ndarray]
    steps: list[tuple[np.ndarray, ...]]

    def allocate(self, T: int, B: int) -> dict[str, Any]:
        own = super().allocate(T, B)
        hidden_n = np.empty((T, B, self.H), self.dtype)
        return {
            **own,
            "hidden_n": hidden_n,
            "hidden_n_at": list(hidden_n),
            "steps": [(gates[:2], *gates) for gates in own["gates"]],
            "d_flat": [d[:, : 3 * self.H] for d in own["d_flat"]],
        }

    def run(self, x: np.ndarray) -> None:
        H = self.H
        b_hh = self.by_gate("bias_hh")
        b_hn = b_hh[:, 2 * H :].copy()
        b_hh[:, 2 * H :] = 0  # it stands inside the brackets that r multiplies
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
        w, reach, scratch = self.weights["weight_hh"], self.reach, self.scratch
        d, by_gate, factors, steps = self.d_flat, self.d_by_gate, self.factors_at, self.steps
        for t in range(stop - 1, first - 1, -1):
            np.multiply(reach, factors[t - first], by_gate[t])
            np.multiply(reach, steps[t][2], reach)  # the direct path: z ⊙ ∂L/∂h
            np.add(reach, d[t].dot(w, scratch), reach)
            if added and t:
                np.add(reach, added[t - 1], reach)

    def collect(self, inputs_too: bool) -> np.ndarray | None:
        H, steps = self.H, self.d.shape[0] * self.d.shape[1]
        d = self.d.reshape(steps, -1)
        bias, by_input = np.ones(steps, self.dtype) @ d, d.T @ self.x.reshape(steps, -1)
        np.matmul(d[:, : 3 * H].T, self.h[:-1].reshape(steps, -1), out=self.grads["weight_hh"])
        self.grads["bias_hh"][:] = bias[: 3 * H]
        for name, whole in (("weight_ih", by_input), ("bias_ih", bias)):
            self.grads[name][: 2 * H] = whole[: 2 * H]
            self.grads[name][2 * H :] = whole[3 * H :]
        if not inputs_too:
            return None
        w = self.weights["weight_ih"]
        return (d[:, : 2 * H] @ w[: 2 * H] + d[:, 3 * H :] @ w[2 * H :]).reshape(self.x.shape)


def layer(cell: str, weights: Params, grads: Params) -> Layer:
    """The fast layer of a cell."""
    if cell == "lstm":
        return LSTMLayer(weights, grads)
    if cell == "gru":
        return GRULayer(weights, grads)
    return RNNLayer(weights, grads, cell.removeprefix("rnn").removeprefix("-") or "tanh")
