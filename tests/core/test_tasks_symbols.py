"""Tasks that make their own sequences, read again by slow plain Python that was written from the papers."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from rnn_core import tasks
from rnn_core.batch import Batch

SIGMAS = 5  # a right generator fails here once in a million draws, and the draws are fixed


def draw(name: str, length: int, size: int, seed: int = 0) -> Batch:
    return tasks.load(name).make(np.random.default_rng(seed), length, size)


def assert_share(count: int, of: int, p: float) -> None:
    """count of `of` is what probability p makes it, to chance."""
    assert abs(count - p * of) <= SIGMAS * np.sqrt(of * p * (1 - p)), (count, of, p)


def solved(name: str, guess: np.ndarray, batch: Batch) -> bool:
    task = tasks.load(name)
    return task.metric.met(task.metric.score(guess, batch), task.goal)


# ---- Languages: what was read so far → the letter that may come next and its probability; empty: the word is over


# The graph as it is usually drawn, in another numbering than ours: state → (letter, next state) twice.
GRAPH = [("T1", "P5"), ("S1", "X2"), ("S3", "X5"), ("E", "E"), ("V3", "P2"), ("V4", "T5")]


def after_reber(read: str) -> dict[str, float]:
    if not read:
        return {"B": 1}
    state = 0
    for letter in read[1:]:
        if letter == "E":
            return {}
        (arrow,) = {arrow for arrow in GRAPH[state] if arrow[0] == letter}
        state = int(arrow[1:]) if letter != "E" else 3
    letters = {arrow[0] for arrow in GRAPH[state]}
    return dict.fromkeys(letters, 1 / len(letters))


def after_embedded(read: str) -> dict[str, float]:
    if len(read) < 2:
        return {"T": 0.5, "P": 0.5} if read else {"B": 1}
    inner, stop, rest = read[2:].partition("E")
    if not stop:
        return after_reber(inner)
    return [{read[1]: 1.0}, {"E": 1.0}, {}][len(rest)]


def after_brackets(read: str) -> dict[str, float]:
    """Half of what there is to choose opens, half closes; at the bottom one third each; at depth 3 one must close."""
    stack = []
    for letter in read:
        if letter == ".":
            return {}
        if letter in "([":
            stack.append(")" if letter == "(" else "]")
        else:
            assert stack.pop() == letter
    assert len(stack) <= 3
    if len(stack) == 3:
        return {stack[-1]: 1}
    if stack:
        return {"(": 0.25, "[": 0.25, stack[-1]: 0.5}
    return {"(": 1 / 3, "[": 1 / 3, ".": 1 / 3} if read else {"(": 0.5, "[": 0.5}


def after_anbn(read: str) -> dict[str, float]:
    """The probabilities are those of equally likely n up to 10."""
    a, b = read.count("a"), read.count("b")
    assert read == ("S" + "a" * a + "b" * b + "T")[: len(read)]
    if read.endswith("T"):
        return {}
    if not a:
        return {"a": 1.0} if read else {"S": 1.0}
    if not b:
        stop = 1 / (11 - a)
        return {"b": stop, "a": 1 - stop}
    return {"b": 1.0} if b < a else {"T": 1.0}


LANGUAGES: dict[str, tuple[str, Callable[[str], dict[str, float]]]] = {
    "reber": ("BTPSXVE", after_reber),
    "embedded-reber": ("BTPSXVE", after_embedded),
    "brackets": ("()[].", after_brackets),
    "anbn": ("SabT", after_anbn),
}
languages = pytest.mark.parametrize("name", LANGUAGES)


def words(name: str, batch: Batch) -> list[str]:
    assert batch.lengths is not None
    alphabet, _ = LANGUAGES[name]
    return ["".join(alphabet[k] for k in x[:n]) for x, n in zip(batch.x.T, batch.lengths, strict=True)]


def may_follow(name: str, word: str) -> list[str]:
    """After each letter of a whole word, those that may come next, in the alphabet's order."""
    alphabet, after = LANGUAGES[name]
    for end, letter in enumerate(word):
        assert letter in after(word[:end]), word
    permitted = [after(word[: end + 1]) for end in range(len(word))]
    assert not permitted[-1], f"{word} goes on"
    return ["".join(letter for letter in alphabet if letter in then) for then in permitted]


def likely(name: str, length: int) -> dict[str, float]:
    """All words of at most `length` letters with their probabilities, given that they are no longer."""
    after = LANGUAGES[name][1]
    found, open_ends = {}, {"": 1.0}
    for _ in range(length):
        longer = {read + letter: p * q for read, p in open_ends.items() for letter, q in after(read).items() if q}
        found |= {word: p for word, p in longer.items() if not after(word)}
        open_ends = {word: p for word, p in longer.items() if after(word)}
    total = sum(found.values())
    return {word: p / total for word, p in found.items()}


@languages
@pytest.mark.parametrize("drawn", ["example", "short", "usual"])
def test_a_word_is_one_and_its_targets_are_what_may_follow(name: str, drawn: str) -> None:
    """Letter by letter; after the last letter, and after the word, nothing is asked."""
    task = tasks.load(name)
    alphabet, _ = LANGUAGES[name]
    batch = task.example.batch if drawn == "example" else draw(name, task.length if drawn == "usual" else 9, 300)
    for k, word in enumerate(words(name, batch)):
        permitted = may_follow(name, word)
        asked = [bool(then) for then in permitted] + [False] * (len(batch.x) - len(word))
        assert batch.asked[:, k].tolist() == asked
        for t, then in enumerate(permitted[:-1]):
            assert batch.target[t, k].tolist() == [float(letter in then) for letter in alphabet], (word, t)


@languages
def test_every_letter_and_every_length_occurs(name: str) -> None:
    """From the shortest word to the longest that is allowed, and none beyond."""
    task = tasks.load(name)
    batch = draw(name, task.length, 5000)
    found = words(name, batch)
    assert set("".join(found)) == set(LANGUAGES[name][0])
    possible = {
        "reber": range(5, 21),
        "embedded-reber": range(9, 25),
        "brackets": range(3, 30, 2),
        "anbn": range(4, 23, 2),
    }
    assert set(map(len, found)) == set(possible[name])


@languages
def test_words_come_as_often_as_the_grammar_says(name: str) -> None:
    """A word that is too long is drawn again, not cut and not favoured: short ones keep their proportions."""
    length = {"reber": 9, "embedded-reber": 13, "brackets": 7, "anbn": 10}[name]
    size = 20_000
    chances = likely(name, 22 if name == "anbn" else length)
    found = Counter(words(name, draw(name, length, size)))
    assert set(found) <= set(chances)
    for word, p in chances.items():
        assert_share(found[word], size, p)


@languages
def test_the_loss_without_memory_is_exact(name: str) -> None:
    """Over all words there are, the best answer to each letter alone."""
    alphabet, _ = LANGUAGES[name]
    length = {"reber": 12, "embedded-reber": 14, "brackets": 9, "anbn": 10}[name]
    read, both = Counter[str](), Counter[tuple[str, str]]()
    for word, p in likely(name, 22 if name == "anbn" else length).items():
        for letter, then in zip(word[:-1], may_follow(name, word), strict=False):
            read[letter] += p  # pyright: ignore[reportArgumentType]  # a Counter of chances
            for other in then:
                both[letter, other] += p  # pyright: ignore[reportArgumentType]
    loss = 0.0
    for letter, weight in read.items():
        for other in alphabet:
            for q in (both[letter, other] / weight, 1 - both[letter, other] / weight):
                loss -= weight * q * np.log(q) if q > 1e-15 else 0
    baseline = tasks.load(name).baseline
    assert baseline
    assert baseline(length)[1] == pytest.approx(loss / (sum(read.values()) * len(alphabet)), rel=1e-12)


@languages
def test_the_letter_just_read_is_not_enough(name: str) -> None:
    """Whoever answers each letter with what most often may follow it fails."""
    task = tasks.load(name)
    exam = task.exam(task.length)
    guess = np.zeros(exam.target.shape)
    for letter in range(task.inputs):
        here = exam.asked & (exam.x == letter)
        if here.any():
            guess[exam.x == letter] = exam.target[here].mean(axis=0)
    assert not solved(name, guess, exam)


def test_the_second_letter_must_be_kept() -> None:
    """Embedded Reber, known but for the second letter: half the words are right by luck, and that solves nothing."""
    exam = tasks.load("embedded-reber").exam(24)
    guess = exam.target.copy()
    assert exam.lengths is not None
    _, T, P, *_ = range(7)
    for k, length in enumerate(exam.lengths):
        assert exam.x[1, k] == exam.x[length - 2, k]
        guess[length - 3, k, [T, P]] = 1, 0
    score = tasks.load("embedded-reber").metric.score(guess, exam)
    assert_share(round(score * 256), 256, 0.5)
    assert not solved("embedded-reber", guess, exam)


def test_both_outer_letters_are_as_likely() -> None:
    """However short the words, T and P come second half of the time."""
    for length in (9, 24):
        second = draw("embedded-reber", length, 10_000).x[1]
        assert_share(int((second == 1).sum()), 10_000, 0.5)


def test_the_exam_of_anbn_is_every_word_once() -> None:
    """There are only as many as `length`, so none is left out."""
    exam = tasks.load("anbn").exam(10)
    assert words("anbn", exam) == [f"S{'a' * n}{'b' * n}T" for n in range(1, 11)]


@languages
def test_the_example_says_what_its_batch_holds(name: str) -> None:
    """The letters left of the arrow, the sets of letters right of it."""
    task = tasks.load(name)
    left, right = task.example.text.split("    (")[0].split("->")
    (word,) = words(name, task.example.batch)
    assert left.split() == list(word)
    assert [set(then) for then in right.split()] == [set(then) for then in may_follow(name, word)[:-1]]


# ---- Copy


def test_copy_asks_for_the_symbols_in_their_places() -> None:
    """Ten symbols, delay−1 blanks, go, ten blanks: each is said `delay` + 10 steps after it was read."""
    for delay in (1, 2, 20):
        batch = draw("copy", delay, 50)
        assert len(batch.x) == delay + 20
        for x, target in zip(batch.x.T.tolist(), batch.target.T.tolist(), strict=True):
            symbols = x[:10]
            assert set(symbols) <= set(range(1, 9))
            assert x[10:] == [0] * (delay - 1) + [9] + [0] * 10
            assert target == [0] * (delay + 10) + symbols
        assert batch.asked.all()


def test_copys_symbols_are_equally_likely_everywhere() -> None:
    """Each of the eight at each of the ten places."""
    symbols = draw("copy", 5, 8000).x[:10]
    for place in symbols:
        for symbol in range(1, 9):
            assert_share(int((place == symbol).sum()), 8000, 1 / 8)


@pytest.mark.parametrize(("delay", "nats"), [(20, 0.5199), (30, 0.4159), (100, 0.1733)])
def test_copys_loss_without_memory_is_as_published(delay: int, nats: float) -> None:
    """Blanks for certain, then one of eight: 10 ln 8 over all positions; and that guess recalls one in eight."""
    task = tasks.load("copy")
    batch = draw("copy", delay, 500)
    guess = np.zeros((*batch.target.shape, 9))
    guess[:-10, :, 0] = 1
    guess[-10:, :, 1:] = 1 / 8
    told = np.take_along_axis(guess, batch.target[..., None], axis=-1)
    assert task.baseline
    assert task.baseline(delay)[1] == pytest.approx(-np.log(told).mean(), rel=1e-12)
    assert task.baseline(delay)[1] == pytest.approx(nats, abs=5e-5)
    assert_share(round(task.metric.score(guess, batch) * 5000), 5000, 1 / 8)


def test_only_what_is_recalled_counts() -> None:
    """Blanks alone are nothing; one symbol wrong of the ten is nine tenths."""
    task = tasks.load("copy")
    batch = draw("copy", 20, 1)
    blanks = np.eye(9)[np.zeros_like(batch.target)]
    assert task.metric.score(blanks, batch) == 0
    guess = np.eye(9)[batch.target]
    guess[-3] = np.roll(guess[-3], 1, axis=-1)
    assert task.metric.score(guess, batch) == pytest.approx(0.9)


# ---- Parity


@pytest.mark.parametrize("length", [1, 2, 20])
def test_parity_counts_the_ones(length: int) -> None:
    """At every step those so far, or at the end all; of fair bits, so that without counting a coin is best."""
    every, last = draw("parity", length, 1000), draw("parity-last", length, 1000)
    for batch in (every, tasks.load("parity").example.batch):
        for x, target in zip(batch.x[..., 0].T.tolist(), batch.target[..., 0].T.tolist(), strict=True):
            assert target == [sum(x[: t + 1]) % 2 for t in range(len(x))]
    for batch in (last, tasks.load("parity-last").example.batch):
        for x, target in zip(batch.x[..., 0].T.tolist(), batch.target[..., 0].T.tolist(), strict=True):
            assert target == [sum(x) % 2]
    assert_share(int(every.x.sum()), every.x.size, 0.5)
    assert_share(int(last.target.sum()), 1000, 0.5)
    for name in ("parity", "parity-last"):
        baseline = tasks.load(name).baseline
        assert baseline
        assert baseline(length)[1] == np.log(2)


def test_parity_wants_whole_sequences_right() -> None:
    """One wrong answer in one of four sequences leaves three."""
    batch = draw("parity", 20, 4)
    guess = batch.target.copy()
    guess[7, 2] = 1 - guess[7, 2]
    assert tasks.load("parity").metric.score(guess, batch) == 0.75


# ---- Adding, as in 1997


@pytest.mark.parametrize("length", [6, 7, 50, 100])
def test_adding_1997_adds_what_is_marked(length: int) -> None:
    """Two marks in the first half, one of them among the first ten, none at the ends, which are marked −1."""
    batch = draw("adding-1997", length, 1000)
    places = Counter[int]()
    for x, target in zip(batch.x.transpose(1, 0, 2).tolist(), batch.target[0, :, 0].tolist(), strict=True):
        marks = [mark for _, mark in x]
        assert marks[0] == marks[-1] == -1
        marked = [t for t, mark in enumerate(marks) if mark == 1]
        assert marks.count(0) == length - 4
        assert len(marked) == 2
        assert marked[0] < 10
        assert marked[1] < length // 2
        places.update(marked)
        assert target == pytest.approx(0.5 + (x[marked[0]][0] + x[marked[1]][0]) / 4, abs=1e-12)
    assert set(places) == set(range(1, length // 2))  # every place that is allowed
    assert np.abs(batch.x[..., 0]).max() <= 1


def test_adding_1997_has_a_variance_of_one_in_24() -> None:
    """The squared error of always saying 0.5, not the 1/6 of today's form."""
    target = draw("adding-1997", 50, 50_000).target
    squares = (target - 0.5) ** 2
    baseline = tasks.load("adding-1997").baseline
    assert baseline
    assert baseline(50)[1] == 1 / 24
    assert abs(squares.mean() - 1 / 24) < SIGMAS * squares.std() / np.sqrt(50_000)


# ---- Flip-flop


def test_a_flip_flop_holds_the_last_pulse() -> None:
    """Each channel on its own, from the first step on."""
    for batch in (draw("flip-flop", 64, 100), tasks.load("flip-flop").example.batch):
        for k in range(batch.x.shape[1]):
            state = [0.0] * 3
            for x, target in zip(batch.x[:, k].tolist(), batch.target[:, k].tolist(), strict=True):
                state = [new or old for new, old in zip(x, state, strict=True)]
                assert target == state
                assert 0 not in state


def test_pulses_are_fair() -> None:
    """Half of all steps in each channel have one, up or down alike, whatever the others do: all eight states occur."""
    batch = draw("flip-flop", 64, 1000)
    assert (batch.x[0] != 0).all()
    for channel in range(3):
        pulses = batch.x[1:, :, channel]
        assert_share(int((pulses != 0).sum()), pulses.size, 1 / 2)
        assert_share(int((pulses == 1).sum()), pulses.size, 1 / 4)
    for pulses in (batch.x[0], batch.target[-1]):
        states = Counter(map(tuple, pulses.tolist()))
        assert len(states) == 8
        for count in states.values():
            assert_share(count, 1000, 1 / 8)
    for one, other in pairwise([0, 1, 2, 0]):
        assert_share(int(((batch.x[1:, :, one] != 0) & (batch.x[1:, :, other] != 0)).sum()), 63_000, 1 / 4)


@pytest.mark.parametrize("length", [2, 5, 64])
def test_the_flip_flops_loss_without_memory(length: int) -> None:
    """To repeat the pulses is wrong by 1 wherever there is none: at half of all steps but the first."""
    task = tasks.load("flip-flop")
    batch = draw("flip-flop", length, 2000)
    assert task.baseline
    wrong = round(task.metric.score(batch.x, batch) * batch.x.size)
    assert_share(wrong, batch.x[1:].size, task.baseline(length)[1] * length / (length - 1))
    assert not solved("flip-flop", batch.x, replace(batch))
