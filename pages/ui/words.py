"""Words, in the page's language, for what the core knows only by short names."""

from __future__ import annotations

from pages.ui.language import _
from rnn_core.experiment import Experiment
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

INITS = {
    "torch": N_("uniform ±1/√H (PyTorch)"),
    "xavier": N_("Xavier"),
    "orthogonal": N_("orthogonal"),
    "gaussian": N_("Gaussian, std 1/√H"),
    "identity": N_("identity"),
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
