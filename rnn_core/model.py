"""A readout and a loss around the recurrent layer: a sequence and its targets give a full trace with gradients."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rnn_core.bptt import Grads, bptt
from rnn_core.cells import sigmoid
from rnn_core.experiment import Experiment
from rnn_core.params import Params, init_params, init_readout
from rnn_core.presets import PRESETS
from rnn_core.readers import Reading
from rnn_core.unroll import Trace, freeze, unroll


@dataclass(frozen=True, eq=False)
class Model:
    """A cell's name and all parameters: those of `init_params`, and weight_hy (O, H), bias_hy (O,) of the readout."""

    cell: str
    params: Params


@dataclass(frozen=True, eq=False)
class ModelTrace:
    """A layer's trace and what the readout made of it.

    layer     the recurrent layer's Trace
    logits    (T, B, O): weight_hy h_t + bias_hy
    guess     (T, B, O): softmax or σ of the logits, or the logits themselves
    losses    (T, B), in nats or squared units; 0 where nothing is asked
    loss      their sum L
    d_logits  (T, B, O): ∂L/∂logits
    grads     the layer's Grads, after `backward`
    readout   ∂L/∂weight_hy and ∂L/∂bias_hy, after `backward`
    """

    layer: Trace
    logits: np.ndarray
    guess: np.ndarray
    losses: np.ndarray
    loss: float
    d_logits: np.ndarray
    grads: Grads | None = None
    readout: Params | None = None


def build(experiment: Experiment) -> Model:
    """The Experiment's network: set by hand, or drawn from its seed (the readout from the same generator, last)."""
    if experiment.preset:
        return Model(experiment.cell, PRESETS[experiment.preset].params)
    reading = experiment.reading()
    rng = np.random.default_rng(experiment.seed)
    layer = init_params(
        experiment.cell,
        reading.x.shape[2],
        experiment.hidden,
        rng,
        init=experiment.init,
        forget_bias=experiment.forget_bias,
        gain=experiment.gain,
    )
    return Model(experiment.cell, {**layer, **init_readout(experiment.hidden, len(reading.symbols) or 1, rng)})


def forward(model: Model, reading: Reading) -> ModelTrace:
    """Read the sequence; guess and score at every step. The loss is the sum over steps and sequences."""
    layer = unroll(model.cell, model.params, reading.x)
    logits = layer.states["h"][1:] @ model.params["weight_hy"].T + model.params["bias_hy"]
    target = reading.target if reading.loss == "cross-entropy" else reading.target.astype(logits.dtype)
    guess, losses, d_logits = LOSSES[reading.loss](logits, target)
    losses = np.where(reading.asked, losses, 0)
    d_logits = np.where(reading.asked[..., None], d_logits, 0)
    freeze(logits, guess, losses, d_logits)
    return ModelTrace(layer, logits, guess, losses, float(losses.sum()), d_logits)


def backward(model: Model, trace: ModelTrace, truncate: int | None = None) -> ModelTrace:
    """The same trace with every gradient of its loss. `truncate` as in `bptt`."""
    d_h = trace.d_logits @ model.params["weight_hy"]
    grads = bptt(trace.layer, model.params, d_h, truncate)
    flat = trace.d_logits.reshape(-1, trace.d_logits.shape[-1])
    h = trace.layer.states["h"][1:]
    readout = {"weight_hy": flat.T @ h.reshape(len(flat), -1), "bias_hy": flat.sum(axis=0)}
    freeze(readout)
    return ModelTrace(trace.layer, trace.logits, trace.guess, trace.losses, trace.loss, trace.d_logits, grads, readout)


def traced(experiment: Experiment) -> tuple[Model, Reading, ModelTrace]:
    """Everything an Experiment gives: its network, its sequence, and the full trace with gradients."""
    model, reading = build(experiment), experiment.reading()
    return model, reading, backward(model, forward(model, reading))


# Each loss: logits (T, B, O) and targets → guess (T, B, O), losses (T, B), ∂loss/∂logits (T, B, O).


def cross_entropy(logits: np.ndarray, target: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """−ln softmax(logits)[target], in nats; target (T, B) class numbers. Its gradient is guess − target."""
    shifted = logits - logits.max(axis=-1, keepdims=True)
    log_guess = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    wanted = np.eye(logits.shape[-1], dtype=logits.dtype)[target]
    guess = np.exp(log_guess)
    return guess, -(log_guess * wanted).sum(axis=-1), guess - wanted


def binary_cross_entropy(logits: np.ndarray, target: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """−y ln σ(logit) − (1−y) ln(1−σ(logit)), in nats; target (T, B, 1) of 0 and 1."""
    with np.errstate(over="ignore"):
        guess = sigmoid(logits)
    losses = np.logaddexp(0, logits) - target * logits  # the same, without ln 0 where σ saturates
    return guess, losses.sum(axis=-1), guess - target


def squared_error(logits: np.ndarray, target: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(y − target)², target (T, B, 1)."""
    error = logits - target
    return logits, (error * error).sum(axis=-1), 2 * error


# The same as text, for people; k_t is the target.
LOSS_FORMULAS = {
    "cross-entropy": ("y_t = softmax(W_hy·h_t + b_hy)", "L_t = −ln y_t[k_t]", "L = L_1 + … + L_T"),
    "binary": (
        "y_t = σ(W_hy·h_t + b_hy)",
        "L_t = −k_t ln y_t − (1 − k_t) ln (1 − y_t)",
        "L = L_1 + … + L_T",
    ),
    "squared": ("y_t = W_hy·h_t + b_hy", "L_t = (y_t − k_t)²", "L = L_1 + … + L_T"),
}
LOSSES = {"cross-entropy": cross_entropy, "binary": binary_cross_entropy, "squared": squared_error}
