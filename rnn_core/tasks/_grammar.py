"""Finite grammars: words are walks along arrows, and after each letter one asks which letters may come next."""

from __future__ import annotations

import numpy as np

from rnn_core.batch import Batch

END = "end"

Rules = dict[str, list[str]]


class Grammar:
    """States and arrows, as arrays.

    rules        state → its arrows, all equally likely (one that is written twice is twice as likely). An arrow is a
                 letter and the state it leads to: "T2". A word starts at the first state and stops at END.
    permitted    (S, V): 1 where an arrow of the state has the letter; nothing at END, the last state
    """

    def __init__(self, alphabet: str, rules: Rules) -> None:
        names = [*rules, END]
        # From END an arrow leads to END, so that a walk of fixed length can wait there: its letters are padding.
        arrows = [(names.index(state), arrow) for state in rules for arrow in rules[state]]
        arrows.append((len(rules), alphabet[0] + END))
        self.alphabet = alphabet
        self.origin = np.array([state for state, _ in arrows])
        self.letter = np.array([alphabet.index(arrow[0]) for _, arrow in arrows])
        self.goal = np.array([names.index(arrow[1:]) for _, arrow in arrows])
        self.end = len(rules)
        self.permitted = np.zeros((len(names), len(alphabet)))
        self.permitted[self.origin[:-1], self.letter[:-1]] = 1
        self.count = np.bincount(self.origin)  # arrows of each state; they stand side by side
        self.first = np.searchsorted(self.origin, np.arange(len(names)))

    def make(self, rng: np.random.Generator, length: int, size: int) -> Batch:
        """Words of at most `length` letters; longer ones are drawn again. x (T, B), T = length; target (T, B, V)."""
        x, states = self.walk(rng, length, size)
        while (late := states[-1] != self.end).any():
            x[:, late], states[:, late] = self.walk(rng, length, int(late.sum()))
        asked = states != self.end
        return Batch(x, self.permitted[states], asked, "binary", 1 + asked.sum(axis=0))

    def walk(self, rng: np.random.Generator, length: int, size: int) -> tuple[np.ndarray, np.ndarray]:
        """(T, B) letters, and the states that they lead to."""
        chance = rng.random((length, size))
        letters, states = np.empty((2, length, size), int)
        state = np.zeros(size, int)
        for t in range(length):
            arrow = self.first[state] + (chance[t] * self.count[state]).astype(int)
            letters[t], states[t] = self.letter[arrow], self.goal[arrow]
            state = states[t]
        return letters, states

    def baseline(self, length: int) -> tuple[str, float]:
        """The loss of the best guess from the letter just read alone, over all words of at most `length` letters."""
        step = np.zeros((self.end + 1, self.end + 1))
        np.add.at(step, (self.origin, self.goal), 1 / self.count[self.origin])
        in_time = [np.eye(self.end + 1)[self.end]]  # [k][state]: the chance to be at END after k more letters
        for _ in range(length):
            in_time.append(step @ in_time[-1])
        here = np.eye(self.end + 1)[0]  # (S,): the chance to be there after t letters
        taken = np.zeros(len(self.origin))  # how often an arrow is taken, where the word is finished in time
        for t in range(length):
            taken += (here / self.count)[self.origin] * in_time[length - 1 - t][self.goal]
            here = here @ step
        taken[self.goal == self.end] = 0  # after the last letter nothing is asked

        read = np.zeros(len(self.alphabet))
        both = np.zeros((len(read), len(read)))  # by the letter just read and the one permitted next
        np.add.at(read, self.letter, taken)
        np.add.at(both, self.letter, taken[:, None] * self.permitted[self.goal])
        share = both / np.where(read, read, 1)[:, None]
        return "looking only at the letter just read", float(read @ entropy(share).mean(axis=1) / read.sum())


def entropy(p: np.ndarray) -> np.ndarray:
    """Of a yes or no with probability p, in nats: the loss of saying p."""
    both = np.stack([p, 1 - p])
    return -(both * np.log(np.where(both > 0, both, 1))).sum(axis=0)


def word(alphabet: str, letters: str, permitted: list[str]) -> Batch:
    """One word, and after each of its letters but the last those that may come next: both written by hand."""
    x = np.array([[alphabet.index(letter)] for letter in letters])
    target = np.array([[[float(letter in then) for letter in alphabet]] for then in [*permitted, ""]])
    return Batch(x, target, np.any(target, axis=-1), "binary", np.array([len(letters)]))
