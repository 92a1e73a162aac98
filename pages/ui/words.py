"""Words for what the core knows only by short names: settings, units, and everything that can be wrong."""

from __future__ import annotations

from pages.ui.language import N_, _
from rnn_core.experiment import Experiment
from rnn_core.invalid import Invalid
from rnn_core.presets import PRESETS

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

FIELDS = {
    "preset": N_("Weights"),
    "kind": N_("Kind of input"),
    "text": N_("Sequence"),
    "length": N_("Length"),
    "period": N_("Period"),
    "target": N_("Question at each step"),
    "cell": N_("Cell"),
    "hidden": N_("Hidden units H"),
    "init": N_("Recurrent weights drawn"),
    "gain": N_("Gain: multiplies W_hh"),
    "forget_bias": N_("Forget bias (empty: as drawn)"),
    "seed": N_("Seed"),
    "phase": N_("Phase"),
    "step": N_("Time step"),
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

# By the code of the Invalid. {value}, {bound} and {field} are filled in.
PROBLEMS = {
    "empty": N_("Type something for the network to read."),
    "too-long": N_("That is {value} long; the network reads at most {bound} at a time."),
    "too-long-for-link": N_("These letters are too many for one link: shorten the text."),
    "not-bits": N_("“{value}” is not a bit: type only 0 and 1."),
    "not-numbers": N_("“{value}” is not a number. Separate numbers with commas or spaces, as in 3, -1.5, 4."),
    "not-finite": N_("“{value}” is not a finite number."),
    "too-large": N_("{value} is too large: numbers up to {bound} can be read."),
    "alphabet": N_("These weights know only {bound}, not “{value}”. Random weights read your text instead."),
    "preset": N_("The link said {field} = {value}, but the weights set by hand bring their own: {bound}."),
    "target": N_("That question does not fit this input; the usual one is asked."),
    "no-forget-gate": N_("Only an LSTM has a forget bias."),
    "too-much-work": N_("That is too much to draw at once: choose fewer hidden units or a shorter sequence."),
    "range": N_("{field}: choose a value from {bound}."),
    "type": N_("{field}: that value cannot be used."),
    "choice": N_("{field}: “{value}” is not one of the choices."),
    "clamped": N_("The link said {field} = {value}; the nearest possible value is {bound}."),
    "ignored": N_("The link said {field} = “{value}”, which cannot be used; the usual value is taken."),
}


def words_for(problem: Invalid) -> str:
    """One clear sentence in the page's language. Show it as text, never as Markdown: it quotes what was typed."""
    bound = problem.bound
    if isinstance(bound, tuple):
        bound = " … ".join(f"{number:g}" for number in bound)
    elif isinstance(bound, float):
        bound = f"{bound:,.0f}" if bound.is_integer() else f"{bound:g}"
    value = str(problem.value)
    return _(PROBLEMS[problem.code]).format(
        field=_(FIELDS.get(problem.field, problem.field)),
        value=value if len(value) <= 40 else value[:39] + "…",
        bound=bound,
    )


def unit_names(experiment: Experiment) -> list[str] | None:
    """What each unit of a hand-set network stands for; None where the units mean nothing yet."""
    if not experiment.preset:
        return None
    return [_(name) for name in PRESETS[experiment.preset].units]
