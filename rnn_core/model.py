"""The whole network: embedding, layers, directions, readout and loss around the recurrent layer.

    x → (embedding) → layer 0 → (dropout) → layer 1 → … → readout → loss

Each layer reads the one below, forwards and, where the network is bidirectional, also backwards; h of both directions,
side by side, is what it passes on. `training/` holds the same mathematics rewritten for speed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from rnn_core.architecture import Architecture, of_layer, suffix
from rnn_core.batch import Batch, turned
from rnn_core.bptt import Grads, bptt
from rnn_core.cells import Cell, sigmoid
from rnn_core.clamp import Clamp
from rnn_core.experiment import Experiment
from rnn_core.params import Params, init_params, init_readout
from rnn_core.presets import PRESETS
from rnn_core.unroll import Trace, freeze, unroll


@dataclass(frozen=True, eq=False)
class Model:
    """A network with values: all parameters by name, as in `Architecture.shapes`."""

    architecture: Architecture
    params: Params

    @property
    def cell(self) -> str:
        return self.architecture.cell

    def embed(self, x: np.ndarray) -> np.ndarray:
        """x as the first layer reads it, (T, B, I): token numbers (T, B) are looked up in the embedding, or one-hot."""
        if x.ndim == 3:
            return x
        return self.params["embedding"][x] if self.architecture.embedding else np.eye(self.architecture.inputs)[x]


@dataclass(frozen=True, eq=False)
class ModelTrace:
    """The layers' traces and what the readout made of them. U is T, or 1 where only the last step answers.

    batch        what was read
    layers       the Trace of each layer in each direction; a backward one's time runs the way it read
    h            (U, B, D*H): what the readout reads
    logits       (U, B, O): weight_hy h_t + bias_hy
    guess        (U, B, O): softmax or σ of the logits, or the logits themselves
    losses       (U, B), in nats or squared units; 0 where nothing is asked
    loss         their sum L
    d_logits     (U, B, O): ∂L/∂logits
    layer_grads  Grads of each layer in each direction, after `backward`
    d_params     ∂L/∂ every parameter, after `backward`
    """

    batch: Batch
    layers: tuple[tuple[Trace, ...], ...]
    h: np.ndarray
    logits: np.ndarray
    guess: np.ndarray
    losses: np.ndarray
    loss: float
    d_logits: np.ndarray
    layer_grads: tuple[tuple[Grads, ...], ...] | None = None
    d_params: Params | None = None

    @property
    def layer(self) -> Trace:
        """The first layer, forwards: all there is in a plain network."""
        return self.layers[0][0]

    @property
    def grads(self) -> Grads | None:
        """Its gradients."""
        return self.layer_grads[0][0] if self.layer_grads else None


def build(experiment: Experiment) -> Model:
    """The network that reads a typed sequence: set by hand, or drawn from its seed."""
    architecture = sizes(experiment)
    if experiment.preset:
        return Model(architecture, PRESETS[experiment.preset].params)
    return draw(architecture, experiment)


def sizes(experiment: Experiment) -> Architecture:
    """Of the network that reads a typed sequence."""
    reading = experiment.reading()
    inputs, outputs = reading.x.shape[2], len(reading.symbols) or 1
    return Architecture(
        experiment.cell, inputs, experiment.hidden, outputs, experiment.layers, experiment.bidirectional
    )


def draw(architecture: Architecture, experiment: Experiment, dtype: type | np.dtype = np.float64) -> Model:
    """First values from the Experiment's seed, all from one generator: embedding N(0, 1), layers, readout."""
    rng = np.random.default_rng(experiment.seed)
    params: Params = {}
    if architecture.embedding:
        drawn = rng.standard_normal((architecture.inputs, architecture.embedding))
        params["embedding"] = drawn.astype(dtype)
    for layer in range(architecture.layers):
        for direction in range(architecture.directions):
            own = init_params(
                architecture.cell,
                architecture.reads(layer),
                architecture.hidden,
                rng,
                dtype,
                init=experiment.init,
                forget_bias=experiment.forget_bias,
                gain=experiment.gain,
            )
            params |= {name + suffix(layer, direction): value for name, value in own.items()}
    return Model(architecture, {**params, **init_readout(architecture.width, architecture.outputs, rng, dtype)})


def forward(
    model: Model,
    batch: Batch,
    state: Mapping[str, np.ndarray] | None = None,
    clamp: Iterable[Clamp] = (),
    variant: Cell | None = None,
) -> ModelTrace:
    """Read the sequences; guess and score. The loss is the sum over what is asked; see Batch.answers for the mean.

    state, clamp: where the first layer starts, forwards, and what is held there, as in `unroll`; all others start at 0
    and are free. variant: the equations of every layer, if not the cell's own.

    Raises Invalid where a clamp does not fit.
    """
    net, params = model.architecture, model.params
    x = model.embed(batch.x)
    layers = []
    for number in range(net.layers):
        both = [
            unroll(
                net.cell,
                of_layer(params, number, k),
                turned(x, k, batch.lengths),
                state if number == k == 0 else None,
                batch.lengths,
                clamp if number == k == 0 else (),
                variant,
            )
            for k in range(net.directions)
        ]
        x = np.concatenate([turned(trace.states["h"][1:], k, batch.lengths) for k, trace in enumerate(both)], axis=-1)
        layers.append(tuple(both))
    h = _final(layers[-1]) if net.last else x
    logits = h @ params["weight_hy"].T + params["bias_hy"]
    target = batch.target if batch.loss == "cross-entropy" else batch.target.astype(logits.dtype)
    guess, losses, d_logits = LOSSES[batch.loss](logits, target)
    losses = np.where(batch.asked, losses, 0)
    d_logits = np.where(batch.asked[..., None], d_logits, 0)
    freeze(logits, guess, losses, d_logits)
    return ModelTrace(batch, tuple(layers), h, logits, guess, losses, float(losses.sum()), d_logits)


def backward(model: Model, trace: ModelTrace, truncate: int | None = None) -> ModelTrace:
    """The same trace with every gradient of its loss. `truncate` as in `bptt`."""
    net, params, batch = model.architecture, model.params, trace.batch
    flat = trace.d_logits.reshape(-1, net.outputs)
    d_params: Params = {"weight_hy": flat.T @ trace.h.reshape(len(flat), -1), "bias_hy": flat.sum(axis=0)}
    d_x = trace.d_logits @ params["weight_hy"]  # (U, B, D*H), what the layer on top passes on
    layer_grads: list[tuple[Grads, ...]] = []
    for number in reversed(range(net.layers)):
        both = []
        for k, d_h in enumerate(np.split(d_x, net.directions, axis=-1)):
            if net.last and number == net.layers - 1:  # only the final h was read, whichever way it was reached
                d_h = np.concatenate((np.zeros((len(trace.layer) - 1, *d_h.shape[1:]), d_h.dtype), d_h))
            else:
                d_h = turned(d_h, k, batch.lengths)
            both.append(bptt(trace.layers[number][k], of_layer(params, number, k), d_h, truncate))
            d_params |= {name + suffix(number, k): value for name, value in both[k].params.items()}
        d_x = sum(turned(grads.x, k, batch.lengths) for k, grads in enumerate(both))
        layer_grads.insert(0, tuple(both))
    if net.embedding:
        d_params["embedding"] = np.zeros_like(params["embedding"])
        np.add.at(d_params["embedding"], batch.x, d_x)
    freeze(d_params)
    d_params = {name: d_params[name] for name in net.shapes()}
    return replace(trace, layer_grads=tuple(layer_grads), d_params=d_params)


def _final(both: Sequence[Trace]) -> np.ndarray:
    """(1, B, D*H): h after the last step that each direction read."""
    return np.concatenate([trace.states["h"][-1:] for trace in both], axis=-1)


# Each loss: logits (T, B, O) and targets → guess (T, B, O), losses (T, B), ∂loss/∂logits (T, B, O).


def cross_entropy(logits: np.ndarray, target: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """−ln softmax(logits)[target], in nats; target (T, B) class numbers. Its gradient is guess − target."""
    shifted = logits - logits.max(axis=-1, keepdims=True)
    log_guess = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    wanted = np.eye(logits.shape[-1], dtype=logits.dtype)[target]
    guess = np.exp(log_guess)
    return guess, -(log_guess * wanted).sum(axis=-1), guess - wanted


def binary_cross_entropy(logits: np.ndarray, target: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """−y ln σ(logit) − (1−y) ln(1−σ(logit)), in nats; target (T, B, O) of 0 and 1."""
    with np.errstate(over="ignore"):
        guess = sigmoid(logits)
    losses = np.logaddexp(0, logits) - target * logits  # the same, without ln 0 where σ saturates
    return guess, losses.sum(axis=-1), guess - target


def squared_error(logits: np.ndarray, target: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(y − target)², target (T, B, O)."""
    error = logits - target
    return logits, (error * error).sum(axis=-1), 2 * error


LOSSES = {"cross-entropy": cross_entropy, "binary": binary_cross_entropy, "squared": squared_error}


def loss_formulas(batch: Batch) -> tuple[str, str, str]:
    """The guess, its loss and their sum as text, for people; k_t is the target, and Σ goes over the outputs."""
    guess, loss = {
        ("cross-entropy", False): ("softmax(W_hy·h_t + b_hy)", "−ln y_t[k_t]"),
        ("binary", False): ("σ(W_hy·h_t + b_hy)", "−k_t ln y_t − (1 − k_t) ln (1 − y_t)"),
        ("binary", True): ("σ(W_hy·h_t + b_hy)", "−Σ(k_t ln y_t + (1 − k_t) ln (1 − y_t))"),
        ("squared", False): ("W_hy·h_t + b_hy", "(y_t − k_t)²"),
        ("squared", True): ("W_hy·h_t + b_hy", "Σ(y_t − k_t)²"),
    }[batch.loss, batch.several]
    return f"y_t = {guess}", f"L_t = {loss}", "L = L_1 + … + L_T" if len(batch.asked) == len(batch.x) else "L = L_T"
