"""What a network reads: a text, bits, numbers or a sine, as tokens, inputs and targets.

Every reader turns what a person typed into one sequence of at most TOKENS tokens and says, in one `Invalid`, what it
cannot read. A text is one-hot over its own letters and ends in END; everything else is one number a step.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from itertools import groupby, islice

import numpy as np

from rnn_core.batch import Batch
from rnn_core.invalid import Invalid

TOKENS = 60
LARGEST = 1e6  # of a pasted number: squares and sums of 60 of them stay far inside the floats
MARKS = 30  # accents and the like that one letter may carry
END = "∎"  # what follows the last letter

# What can be asked of each kind of input, the first being the usual question.
TARGETS = {
    "text": ("next",),
    "bits": ("parity", "first", "previous", "next"),
    "numbers": ("next", "sum", "previous"),
    "sine": ("next", "previous"),
}
LOSSES = {"text": "cross-entropy", "bits": "binary", "numbers": "squared", "sine": "squared"}


@dataclass(frozen=True, eq=False)
class Reading(Batch):
    """One sequence (B = 1), ready for a model, and what its parts are called.

    tokens   T strings, as people know them
    letters  what each entry of a one-hot x stands for; empty where x is numbers
    symbols  the outputs, END first where a text ends; empty where they are numbers
    """

    tokens: tuple[str, ...] = ()
    letters: tuple[str, ...] = ()
    symbols: tuple[str, ...] = ()


def clean(text: str) -> str:
    """The text in one canonical form (NFC): no control characters or lone surrogates, runs of white space as one.

    Of accents in a row the first 30 stay, as in Unicode's Stream-Safe Text Format (UAX #15): to sort a million of them
    takes hours.
    """
    text = "".join(ch for ch in text if ch.isspace() or unicodedata.category(ch) not in ("Cc", "Cs"))
    runs = groupby(text, key=lambda ch: unicodedata.combining(ch) > 0)
    text = "".join("".join(islice(run, MARKS if marks else None)) for marks, run in runs)
    return unicodedata.normalize("NFC", " ".join(text.split()))


def letters(text: str) -> tuple[str, ...]:
    """Split into what a reader sees as one letter: base and accents, joined emoji and flags stay together.

    The main rules of Unicode's grapheme clusters (UAX #29) with the standard library alone.
    """
    out: list[str] = []
    for ch in text:
        last = out[-1] if out else ""
        extends = len(last) <= MARKS and (
            unicodedata.category(ch) in ("Mn", "Mc", "Me")
            or ch in "\u200c\u200d\ufe0e\ufe0f"  # joiners, variation selectors
            or "\U0001f3fb" <= ch <= "\U0001f3ff"  # skin tones
            or "\U000e0020" <= ch <= "\U000e007f"  # the tags that spell a region's flag
            or last.endswith("\u200d")
            or (_is_flag_half(ch) and len(last) == 1 and _is_flag_half(last))
        )
        if last and extends:
            out[-1] += ch
        else:
            out.append(ch)
    return tuple(out)


def _is_flag_half(ch: str) -> bool:
    return "\U0001f1e6" <= ch <= "\U0001f1ff"


def bits(text: str) -> tuple[str, ...]:
    """ "1011" or "1, 0 1 1"."""
    text = unicodedata.normalize("NFKC", text)
    found = tuple(re.sub(r"[\s,;、]", "", text))
    for ch in found:
        if ch not in "01":
            raise Invalid("not-bits", "text", ch)
    return found


def numbers(text: str) -> tuple[str, ...]:
    """Numbers parted by commas, semicolons or white space, as a spreadsheet or a list pastes them."""
    text = unicodedata.normalize("NFKC", text).replace("−", "-")
    found = tuple(part for part in re.split(r"[\s,;、\[\]()]+", text) if part)
    for part in found:
        try:
            value = float(part.replace("_", "?"))  # Python's own 1_000 is nobody else's
        except ValueError:
            raise Invalid("not-numbers", "text", part) from None
        if not np.isfinite(value):
            raise Invalid("not-finite", "text", part)
        if abs(value) > LARGEST:
            raise Invalid("too-large", "text", part, LARGEST)
    return found


SPLITTERS = {"text": letters, "bits": bits, "numbers": numbers}


def tokenise(kind: str, text: str, length: int, period: float) -> tuple[str, ...]:
    """The tokens of a sequence. Raises Invalid: empty, too long, or not what `kind` reads."""
    if kind == "sine":
        return tuple(f"{value:+.2f}" for value in sine(length, period))
    tokens = SPLITTERS[kind](text)
    if not tokens:
        raise Invalid("empty", "text", text)
    if len(tokens) > TOKENS:
        raise Invalid("too-long", "text", len(tokens), TOKENS)
    return tokens


def sine(length: int, period: float) -> np.ndarray:
    """sin(2π(t−1)/period) for t = 1 … length, rounded so that its zeros are zero and not 1.2e-16."""
    return np.round(np.sin(2 * np.pi * np.arange(length) / period), 12) + 0.0


def read(
    kind: str, text: str, target: str, length: int = 24, period: float = 12.0, alphabet: tuple[str, ...] = ()
) -> Reading:
    """Turn a typed sequence into inputs and targets. A given `alphabet` fixes the letters a text may use."""
    tokens = tokenise(kind, text, length, period)
    if kind == "text":
        return _read_text(tokens, alphabet or tuple(sorted(set(tokens))))
    values = sine(length, period) if kind == "sine" else np.array([float(token) for token in tokens])
    goals, asked = _goals(values, target)
    return Reading(values[:, None, None], goals[:, None, None], asked[:, None], LOSSES[kind], tokens=tokens)


def _read_text(tokens: tuple[str, ...], alphabet: tuple[str, ...]) -> Reading:
    index = {letter: k + 1 for k, letter in enumerate(alphabet)}
    for token in tokens:
        if token not in index:
            raise Invalid("alphabet", "text", token, " ".join(alphabet))
    read_at = np.array([index[token] for token in tokens])
    x = np.eye(len(alphabet) + 1)[read_at][:, None]
    goals = np.append(read_at[1:], 0)[:, None]
    asked = np.ones_like(goals, bool)
    symbols = END, *alphabet
    return Reading(x, goals, asked, LOSSES["text"], tokens=tokens, letters=symbols, symbols=symbols)


def _goals(values: np.ndarray, target: str) -> tuple[np.ndarray, np.ndarray]:
    """Target values (T,) and where there are any."""
    asked = np.ones(len(values), bool)
    if target == "parity":
        return np.cumsum(values) % 2, asked
    if target == "first":
        return np.full_like(values, values[0]), asked
    if target == "sum":
        return np.cumsum(values), asked
    # Rolled round the end: the one step whose neighbour lies outside the sequence is not asked.
    shift, outside = {"previous": (1, 0), "next": (-1, -1)}[target]
    asked[outside] = False
    return np.where(asked, np.roll(values, shift), 0.0), asked
