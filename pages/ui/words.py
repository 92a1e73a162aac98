"""Words, in the page's language, for what the core knows only by short names."""

from __future__ import annotations

from pages.ui.language import _
from pages.ui.task_words import TASKS
from rnn_core.experiment import GATES, Experiment
from rnn_core.invalid import Invalid
from rnn_core.presets import PRESETS
from rnn_core.words import N_, sentence

KINDS = {"text": N_("Word or sentence"), "bits": N_("Bits"), "numbers": N_("Numbers"), "sine": N_("Sine")}

PRESET_NAMES = {
    "hello": N_("Weights by hand: spells hello"),
    "two-stages": N_("Weights by hand: hello in two stages"),
    "parity": N_("Weights by hand: running parity"),
    "latch": N_("Weights by hand: LSTM keeps the first bit"),
    "delay": N_("Weights by hand: delay by one"),
    "sum": N_("Weights by hand: running sum"),
    "powers": N_("Weights by hand: a sum that leaks"),
    "": N_("Random weights"),
}

TARGETS = {
    "next": N_("what comes next"),
    "parity": N_("parity so far: is the number of ones odd?"),
    "first": N_("the first bit"),
    "previous": N_("what came just before"),
    "sum": N_("the sum so far"),
}

CELLS = {
    "rnn": N_("RNN (tanh)"),
    "rnn-relu": N_("RNN (ReLU)"),
    "rnn-sigmoid": N_("RNN (sigmoid)"),
    "rnn-linear": N_("RNN (linear)"),
    "lstm": N_("LSTM"),
    "gru": N_("GRU"),
    "gru-reset-before": N_("GRU (reset before)"),
}

NETWORKS = {**CELLS, "irnn": "IRNN"}

VIEWS = {
    "norms": N_("Norms over time"),
    "jacobians": N_("Jacobians and bounds"),
    "itemised": N_("Whose gradient"),
    "ways": N_("Two ways back"),
    "phase": N_("Phase diagram"),
    "cliff": N_("The cliff"),
    "cures": N_("Precision, truncation, clipping"),
    "unrolled": N_("Unrolled"),
}

MEASURES = {"gain": N_("gain"), "radius": N_("spectral radius")}

LOSS_PLACES = {"end": N_("at the last step only"), "every": N_("at every step")}
OWN_LOSS_PLACES = {**LOSS_PLACES, "every": N_("where its task asks")}  # of a network that has learned

DATA = {"noise": N_("noise, x ~ N(0, 1)"), "text": N_("your text, letter by letter"), **TASKS}

GATE_VIEWS = {
    "maps": N_("Maps"),
    "clamp": N_("Hold a gate"),
    "variants": N_("Variants of the LSTM"),
    "cells": N_("LSTM, GRU and RNN"),
    "memory": N_("One memory by hand"),
}

GATED = {cell: CELLS[cell] for cell in GATES["cell"].options}

ORDERS = {
    "number": N_("by number"),
    "half-life": N_("longest half-life first"),
    "mean": N_("largest mean first"),
    "variance": N_("most varied in time first"),
    "similarity": N_("alike next to each other"),
}

SWITCH_NAMES = {
    "coupled": N_("coupled input and forget gate"),
    "no-input-gate": N_("no input gate"),
    "no-forget-gate": N_("no forget gate"),
    "no-output-gate": N_("no output gate"),
    "no-input-activation": N_("no input activation"),
    "no-output-activation": N_("no output activation"),
}

DIRECTION_NAMES = {"forwards": N_("forwards"), "backwards": N_("backwards")}

SIGNALS = {"write": N_("write"), "value": N_("value"), "keep": N_("keep"), "show": N_("show")}

INITS = {
    "torch": N_("uniform ±1/√H (PyTorch)"),
    "xavier": N_("Xavier"),
    "orthogonal": N_("orthogonal"),
    "gaussian": N_("Gaussian, std 1/√H"),
    "identity": N_("identity"),
}

OPTIMIZERS = {"sgd": "SGD", "momentum": N_("SGD with momentum"), "rmsprop": "RMSprop", "adam": "Adam"}

SCHEDULES = {
    "constant": N_("stays"),
    "linear": N_("falls in a line to 0"),
    "cosine": N_("falls along a cosine to 0"),
    "step": N_("halves at each third"),
}

UNITS = (
    N_("h"),
    N_("e"),
    N_("l"),
    N_("end"),
    N_("first l"),
    N_("second l"),
    N_("o"),
    N_("or"),
    N_("and"),
    N_("memory"),
    N_("begun"),
    N_("this bit"),
    N_("bit before"),
    N_("sum"),
)


def words_for(problem: Invalid) -> str:
    """One clear sentence in the page's language. Show it as text, never as Markdown: it quotes what was typed."""
    return sentence(problem, _)


def unit_names(experiment: Experiment, layer: int = 0) -> list[str] | None:
    """What each unit of a hand-set network stands for, in this layer; None where the units mean nothing yet."""
    if not experiment.preset:
        return None
    return [_(name) for name in PRESETS[experiment.preset].units[layer]]
