"""A text, letter by letter: which comes next? The first nine tenths are learnt from, the last tenth is the exam.

A text of one's own is read as a person sees it, by whole letters (`readers.letters`); runs of white space are one
space. Letters beyond the most frequent become one symbol, OTHER: each symbol costs a row of the readout at every step,
and what is hardly ever seen cannot be learnt. The limit leaves any alphabet whole, and of the Four Books nine letters
in ten, each of which is met fifteen times or more.
"""

from __future__ import annotations

from collections import Counter
from functools import cache
from typing import Any

import numpy as np

from rnn_core.batch import Batch
from rnn_core.invalid import Invalid
from rnn_core.readers import clean, letters
from rnn_core.tasks import HELD_OUT, Example, Metric, Task
from rnn_core.tasks._data import read

SHORTEST, LONGEST = 200, 1_000_000  # letters of one's own text
SYMBOLS = 512  # at most, OTHER among them
OTHER = "□"  # as editors print a character they cannot read
LENGTH = 64


def perplexity(guess: np.ndarray, batch: Batch) -> float:
    """exp of the mean −ln of what the right letter was given: among how many equally likely ones it was to choose."""
    given = np.take_along_axis(guess, batch.target[..., None], axis=-1)[..., 0][batch.asked]
    return float(np.exp(-np.mean(np.log(np.maximum(given, np.finfo(float).tiny)))))


PERPLEXITY = Metric("perplexity", perplexity, high_is_good=False)


class Text:
    """A text as symbol numbers (N,), in a part to learn from and a part held out; `symbols` in the order of Unicode."""

    def __init__(self, text: str):
        found = letters(text)
        frequent = [letter for letter, _ in sorted(Counter(found).items(), key=lambda item: (-item[1], item[0]))]
        if len(frequent) > SYMBOLS:
            frequent = [OTHER, *[letter for letter in frequent if letter != OTHER][: SYMBOLS - 1]]
        self.symbols = tuple(sorted(frequent))
        number = {symbol: k for k, symbol in enumerate(self.symbols)}
        numbers = np.array([number.get(letter, number.get(OTHER, 0)) for letter in found])
        self.learnt, self.held_out = np.split(numbers, [len(numbers) * 9 // 10])

    def make(self, rng: np.random.Generator, length: int, size: int) -> Batch:
        """Random windows of the part to learn from."""
        self.check(length)
        return windows(self.learnt, rng.integers(0, len(self.learnt) - length, size), length)

    def exam(self, length: int) -> Batch:
        """Windows side by side from the start of what is held out."""
        self.check(length)
        count = min((len(self.held_out) - 1) // length, HELD_OUT)
        return windows(self.held_out, length * np.arange(count), length)

    def stream(self, update: int, length: int, size: int) -> Batch:
        """`size` readers, spread evenly over the part to learn from, each go on where the update before left them."""
        start = np.arange(size) * len(self.learnt) // size
        return windows(self.learnt, start + update * length, length)

    def check(self, length: int) -> None:
        """Raises Invalid where what is held out has no window of that length."""
        if length >= len(self.held_out):
            raise Invalid("range", "length", length, (1, len(self.held_out) - 1))

    def letters_alone(self) -> float:
        """Mean −ln of a letter's frequency, in nats, over what is held out. Each counts once more than it was seen."""
        seen = np.bincount(self.learnt, minlength=len(self.symbols)) + 1
        return float(-np.mean(np.log((seen / seen.sum())[self.held_out])))

    def pairs_alone(self) -> float:
        """Perplexity, over what is held out, of guessing from the last letter alone (Kneser & Ney 1995, interpolated).

        What a letter was seen to be followed by, less ¾ each; that share goes by how many different letters go before.
        """
        V = len(self.symbols)
        seen = np.zeros((V, V))
        np.add.at(seen, (self.learnt[:-1], self.learnt[1:]), 1)
        kinds = (seen > 0).sum(axis=0) + 0.5
        total = np.maximum(seen.sum(axis=1, keepdims=True), 1)
        discounted = np.maximum(seen - 0.75, 0) / total
        guess = discounted + (1 - discounted.sum(axis=1, keepdims=True)) * kinds / kinds.sum()
        return float(np.exp(-np.mean(np.log(guess[self.held_out[:-1], self.held_out[1:]]))))


def windows(numbers: np.ndarray, start: np.ndarray, length: int) -> Batch:
    """x (T, B): T letters from each start on, round the end to the beginning; target (T, B): the letter after each."""
    both = numbers[(start + np.arange(length + 1)[:, None]) % len(numbers)]
    return Batch(both[:-1], both[1:], np.ones((length, len(start)), bool), "cross-entropy")


def bound(given: Text, source: str, goal: float, recipe: dict[str, Any]) -> Task:
    """The task on a text."""
    V = len(given.symbols)
    longest = min(1000, len(given.held_out) - 1)
    return Task(
        name="next-char",
        about="A text comes letter by letter: say at every step which letter is next.",
        source=source,
        make=given.make,
        inputs=V,
        outputs=V,
        length=min(LENGTH, longest),
        lengths=(1, longest),
        length_is="letters",
        metric=PERPLEXITY,
        goal=goal,
        example=EXAMPLE,
        solved_by=("gru",),
        recipe={
            "hidden": 128,
            "embedding": 32,
            "batch": 32,
            "optimizer": "adam",
            "lr": 0.005,
            "clip": 1.0,
            "budget": 1500,
            **recipe,
        },
        tokens=True,
        symbols=given.symbols,
        future=True,
        baseline=lambda length: ("the letters' frequencies alone", given.letters_alone()),
        held_out=given.exam,
        stream=given.stream,
        data=tuple(SHIPPED),
        variant=variant,
        own=own,
    )


@cache
def variant(name: str) -> Task:
    """The task on a shipped text."""
    if name not in SHIPPED:
        raise Invalid("choice", "data", name, ", ".join(SHIPPED))
    file, source, goal, recipe = SHIPPED[name]
    return bound(Text(clean(read(file).decode())), source, goal, recipe)


def own(text: str) -> Task:
    """The task on one's own text. The goal is a twentieth nearer to 1 than guessing from the last letter attains.

    Raises Invalid: too short, too long, or one letter only.
    """
    if len(text) > LONGEST:
        raise Invalid("too-much-text", "data", len(text), LONGEST)
    given = Text(clean(text))
    count = len(given.learnt) + len(given.held_out)
    if count < SHORTEST:
        raise Invalid("too-short", "data", count, SHORTEST)
    if len(given.symbols) == 1:
        raise Invalid("constant", "data", given.symbols[0])
    return bound(given, "one's own", 1 + 0.95 * (given.pairs_alone() - 1), {})


# File, source, goal, and what the recipe has otherwise. Guessing from the last letter alone attains 10.9 and 40.1.
SHIPPED: dict[str, tuple[str, str, float, dict[str, Any]]] = {
    "en": ("alice.txt", "Lewis Carroll, Alice's Adventures in Wonderland, 1865; public domain", 6.0, {}),
    "zh": (
        "four-books.txt",
        "四书 (the Four Books): 大学, 中庸, 论语, 孟子, before 200 BC; public domain",
        38.0,
        {"embedding": 64, "lr": 0.003, "weight_decay": 0.0001},
    ),
}
EXAMPLE = Example(
    "b a n a n a  ->  a n a n a s    (a, b, n, s are 0, 1, 2, 3)",
    windows(np.array([1, 0, 2, 0, 2, 0, 3]), np.zeros(1, int), 6),
)
TASK = variant("en")
