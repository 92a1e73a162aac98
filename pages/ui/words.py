"""Words, in the page's language, for what the core knows only by short names."""

from __future__ import annotations

from pages.ui.language import _
from rnn_core.experiment import GATES, Experiment
from rnn_core.invalid import Invalid
from rnn_core.presets import PRESETS
from rnn_core.words import N_, sentence

KINDS = {"text": N_("Word or sentence"), "bits": N_("Bits"), "numbers": N_("Numbers"), "sine": N_("Sine")}

PRESET_NAMES = {
    "hello": N_("Weights by hand: spells hello"),
    "parity": N_("Weights by hand: running parity"),
    "latch": N_("Weights by hand: LSTM keeps the first bit"),
    "delay": N_("Weights by hand: delay by one"),
    "sum": N_("Weights by hand: running sum"),
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

DATA = {
    "noise": N_("noise, x ~ N(0, 1)"),
    "text": N_("your text, letter by letter"),
    "adding": N_("task: adding"),
    "copy": N_("task: copy"),
    "parity": N_("task: parity"),
    "sine": N_("task: sine"),
    "next-char": N_("task: next letter"),
    "adding-1997": N_("task: adding, as in 1997"),
    "anbn": N_("task: aⁿbⁿ"),
    "brackets": N_("task: brackets"),
    "digits": N_("task: digits, row by row"),
    "embedded-reber": N_("task: embedded Reber grammar"),
    "flip-flop": N_("task: flip-flop"),
    "forecast": N_("task: forecast"),
    "parity-last": N_("task: parity, asked at the end"),
    "reber": N_("task: Reber grammar"),
    "sentiment": N_("task: sentiment"),
    "sines": N_("task: several sines"),
}

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

TASKS = {
    "adding": N_("Adding"),
    "adding-1997": N_("Adding, as in 1997"),
    "anbn": N_("aⁿbⁿ: counting"),
    "brackets": N_("Brackets"),
    "copy": N_("Copy"),
    "digits": N_("Digits, row by row"),
    "embedded-reber": N_("Embedded Reber grammar"),
    "flip-flop": N_("Flip-flop"),
    "forecast": N_("Forecast"),
    "next-char": N_("Next letter"),
    "parity": N_("Parity"),
    "parity-last": N_("Parity, asked at the end"),
    "reber": N_("Reber grammar"),
    "sentiment": N_("Sentiment"),
    "sine": N_("Sine"),
    "sines": N_("Several sines"),
}

TASK_NOTES = {  # what the numbers of a task mean, where that is not plain
    "digits": N_("each step is a row of the picture"),
    "forecast": N_("changes, in units of their root mean square"),
    "parity": N_("1: odd, 0: even"),
    "parity-last": N_("1: odd, 0: even"),
    "sentiment": N_("1: kind, 0: unkind"),
}

TASK_WORDS = (  # what the core calls its metrics and the guesses without memory
    N_("mean squared error"),
    N_("answers right"),
    N_("sequences right"),
    N_("symbols recalled"),
    N_("error ÷ error of “no change”"),
    N_("perplexity"),
    N_("always saying 1"),
    N_("always saying 0.5"),
    N_("looking only at the letter just read"),
    N_("saying when, not what"),
    N_("all ten equally likely"),
    N_("repeating pulses, and 0 between them"),
    N_("saying that nothing changes"),
    N_("the letters' frequencies alone"),
    N_("tossing a coin"),
    N_("the best guess from the words without their order"),
    N_("the best guess from the last value alone"),
    N_("the best multiple of the last value"),
)

DATA_SETS = {
    "sunspots": N_("sunspots"),
    "co2": N_("carbon dioxide"),
    "nile": N_("the Nile"),
    "en": N_("English"),
    "zh": N_("Chinese"),
}

UNITS = (
    N_("h"),
    N_("e"),
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


def unit_names(experiment: Experiment) -> list[str] | None:
    """What each unit of a hand-set network stands for; None where the units mean nothing yet."""
    if not experiment.preset:
        return None
    return [_(name) for name in PRESETS[experiment.preset].units]
