"""One hue for each quantity, in every equation, diagram and figure, for the light and the dark theme."""

from __future__ import annotations

# f and z keep, i writes, g and n are the candidate, o shows, r resets; x is the input, y the readout.
LIGHT = {
    "h": "#0072b2",
    "c": "#d55e00",
    "f": "#cc79a7",
    "z": "#cc79a7",
    "i": "#009e73",
    "g": "#56b4e9",
    "n": "#56b4e9",
    "o": "#e69f00",
    "r": "#8a8b2b",
    "x": "#6b7280",
    "y": "#6b7280",
    "gradient": "#882255",
}
DARK = {
    "h": "#4fa3d9",
    "c": "#f0883e",
    "f": "#e39ac3",
    "z": "#e39ac3",
    "i": "#3fc79a",
    "g": "#7cc8f2",
    "n": "#7cc8f2",
    "o": "#f2b84b",
    "r": "#bdbe5a",
    "x": "#9ca3af",
    "y": "#9ca3af",
    "gradient": "#d46a9f",
}
# Okabe & Ito, "Color Universal Design": for things side by side that are no quantities.
SERIES = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#8a8b2b")
# Cells beside each other; none has the hue of h or c, which are drawn among them.
CELLS = {
    "rnn": "#009e73",
    "lstm": "#e69f00",
    "gru": "#cc79a7",
    "gru-reset-before": "#7a5cc0",
    "rnn-relu": "#8a8b2b",
    "rnn-sigmoid": "#56b4e9",
    "rnn-linear": "#6b7280",
    "irnn": "#882255",
}
# By: is it dark. From negative to positive; and what is drawn over colours.
DIVERGING = {False: ("#2166ac", "#f7f7f7", "#b2182b"), True: ("#2f74b5", "#2a2a28", "#c2404b")}
INK = {False: "#111827", True: "#f3f4f6"}
LOST = "#8a8a8a"  # of a number that is none: neither on a signed scale nor on a gate's
# Of words, lines and areas; onhue: words on a quantity's hue; onstrong: on the ends of the signed scale.
NEUTRAL = {
    False: {
        "ink": "#1f2937",
        "quiet": "#5b6472",
        "line": "#d1d5db",
        "faint": "#eef0f3",
        "card": "#ffffff",
        "onhue": "#ffffff",
        "onstrong": "#ffffff",
    },
    True: {
        "ink": "#e5e7eb",
        "quiet": "#adaca6",
        "line": "#4a4a46",
        "faint": "#2a2a28",
        "card": "#1f1f1d",
        "onhue": "#0b0f16",
        "onstrong": "#ffffff",
    },
}


def hues(dark: bool) -> dict[str, str]:
    return DARK if dark else LIGHT


def variables() -> str:
    """The same for style sheets, of whatever has a data-theme: --q-NAME of a quantity; --negative, --zero and
    --positive; --beyond, what is drawn over colours; --lost; the neutral ones by their names. Dark where that says so;
    what has none, the page around, has the light ones."""
    return f':root, [data-theme] {{ {_variables(False)}}}\n[data-theme="dark"] {{ {_variables(True)}}}\n'


def _variables(dark: bool) -> str:
    quantities = {f"q-{name}": hue for name, hue in hues(dark).items()}
    signed = dict(zip(("negative", "zero", "positive"), DIVERGING[dark], strict=True))
    all_of_them = quantities | signed | NEUTRAL[dark] | {"beyond": INK[dark], "lost": LOST}
    return "".join(f"--{name}: {hue}; " for name, hue in all_of_them.items())
