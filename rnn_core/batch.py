"""What a model is given at once: B sequences, what is asked about them, and how a guess is scored."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

FEW = 16  # sequences


@dataclass(frozen=True, eq=False)
class Batch:
    """B sequences of T steps. U is T where something may be asked at every step, 1 where only after the last.

    x        (T, B, I) numbers, or (T, B) token numbers
    target   (U, B) class numbers, or (U, B, O) values
    asked    (U, B) bool; False where there is no target
    loss     "cross-entropy", "binary" or "squared"
    lengths  (B,) how many steps of each sequence count, or None: all; the rest is padding and leaves the state alone
    """

    x: np.ndarray
    target: np.ndarray
    asked: np.ndarray
    loss: str
    lengths: np.ndarray | None = None

    @property
    def answers(self) -> int:
        """How many answers are scored: the mean loss is the sum divided by this (per output, for values)."""
        outputs = 1 if self.loss == "cross-entropy" else self.target.shape[-1]
        return int(self.asked.sum()) * outputs

    @property
    def several(self) -> bool:
        """Is more than one number asked for at once?"""
        return self.loss != "cross-entropy" and self.target.shape[-1] > 1

    def part(self, start: int, stop: int) -> Batch:
        """Sequences start … stop−1; x as one piece of memory."""
        return self.some(slice(start, stop))

    def some(self, which: slice | np.ndarray) -> Batch:
        """The sequences of these numbers, in this order; x as one piece of memory."""
        lengths = None if self.lengths is None else self.lengths[which]
        return Batch(
            np.ascontiguousarray(self.x[:, which]), self.target[:, which], self.asked[:, which], self.loss, lengths
        )

    def cut(self) -> Batch:
        """Without the steps that are padding in every sequence."""
        if self.lengths is None:
            return self
        T = int(self.lengths.max())
        U = T if len(self.asked) == len(self.x) else 1
        lengths = self.lengths if (self.lengths < T).any() else None
        return Batch(self.x[:T], self.target[:U], self.asked[:U], self.loss, lengths)

    def asked_once(self) -> Batch:
        """The same, with only the last answer of each sequence asked for."""
        last = len(self.asked) - 1 - np.argmax(self.asked[::-1], axis=0)
        return replace(self, asked=self.asked & (np.arange(len(self.asked))[:, None] == last))

    def one(self, k: int) -> Batch:
        """The k-th sequence by itself, without its padding."""
        return self.part(k, k + 1).cut()

    @property
    def longest(self) -> int:
        """Which sequence has most steps; the first of those."""
        return 0 if self.lengths is None else int(np.argmax(self.lengths))

    @property
    def telling(self) -> int:
        """Which sequence shows best whether it is learnt: the longest. Where one number is asked for, of the first few
        the one whose target is farthest from the mean, which is all that a network without memory can say."""
        if self.loss != "squared" or len(self.target) > 1 or self.several:
            return self.longest
        return int(np.argmax(np.abs(self.target[0, :FEW, 0] - self.target.mean())))


def turned(values: np.ndarray, direction: int, lengths: np.ndarray | None = None) -> np.ndarray:
    """(T, B, …) as direction 0 reads it, forwards, or as 1 does: each sequence backwards, padding left at its end.

    Turned twice is as before.
    """
    if not direction:
        return values
    if lengths is None:
        return values[::-1]
    t = np.arange(len(values))[:, None]
    backwards = np.where(t < lengths, lengths - 1 - t, t)  # (T, B)
    return np.take_along_axis(values, backwards.reshape(*backwards.shape, *[1] * (values.ndim - 2)), axis=0)
