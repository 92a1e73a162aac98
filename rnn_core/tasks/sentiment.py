"""Is what a sentence says of a film kind or unkind? Its grammar decides, not its words alone.

A clause joins a thing, a degree and a quality; a degree that denies turns the quality round: "not boring" is kind. Of
two clauses one carries the verdict: the one after "but", the one that "although" does not open. "the plot is dull but i
like the music" and "i like the music but the plot is dull" are opposites made of the same words.

One grammar speaks English and Chinese, both in words: Chinese is cut by always taking the longest word that fits.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import chain

import numpy as np

from rnn_core.batch import Batch
from rnn_core.invalid import Invalid
from rnn_core.tasks import ACCURACY, HELD_OUT, HELD_OUT_SEED, Example, Task

PAD, UNKNOWN = 0, 1
LONGEST = 16  # tokens
ONE_IN = 8  # so many sentences is held out, never trained on
HASH = np.cumprod(np.full(LONGEST, 0x9E3779B97F4A7C15, np.uint64))  # odd factors: no token is lost
# Mean loss in nats of the best guess from which words there are, whatever their order; a test counts it out.
WORDS_ALONE = {"en": 0.3552, "zh": 0.3610}

Pair = tuple[tuple[str, ...], tuple[str, ...]]


@dataclass(frozen=True)
class Grammar:
    """The words, with spaces between tokens. A clause is "{thing} {degree} {quality}" or "{i} {degree} {verb} {thing}".

    things               what is judged
    qualities, verbs     kind and unkind
    of_thing, of_i       degrees of a quality and of a verb: as many that affirm as deny
    links                what stands before clauses 1 and 2, and which decides, 0 or 1; the first: clause 1 stands alone
    spaced               are words parted by spaces in writing?
    """

    things: tuple[str, ...]
    qualities: Pair
    verbs: Pair
    of_thing: Pair
    of_i: Pair
    i: str
    links: tuple[tuple[str, str, int], ...]
    spaced: bool

    @cached_property
    def clauses(self) -> np.ndarray:
        """(things, qualities and verbs, degrees) every clause there is."""
        return np.array(
            [
                [
                    [f"{thing} {degree} {quality}" for degree in chain(*self.of_thing)]
                    for quality in chain(*self.qualities)
                ]
                + [[f"{self.i} {degree} {verb} {thing}" for degree in chain(*self.of_i)] for verb in chain(*self.verbs)]
                for thing in self.things
            ]
        )

    @cached_property
    def kind(self) -> np.ndarray:
        """(qualities and verbs, degrees) is such a clause kind? A kind word affirmed is, and an unkind one denied."""
        kind_word = np.repeat([True, False, True, False], [len(half) for half in (*self.qualities, *self.verbs)])
        affirms = np.repeat([True, False], [len(half) for half in self.of_thing])
        return kind_word[:, None] == affirms

    @cached_property
    def words(self) -> tuple[str, ...]:
        """The vocabulary: a token is a place in it."""
        links = [f"{first} {second}" for first, second, _ in self.links]
        return ("<pad>", "<unknown>", *sorted(set(" ".join([*links, *self.clauses.flat]).split())))

    @cached_property
    def tables(self) -> tuple[np.ndarray, np.ndarray]:
        """The clauses (…, K) and the words before either clause (links, 2, K) as tokens, padded."""
        before = np.array([link[:2] for link in self.links])
        return self._padded(self.clauses), self._padded(before)

    def _padded(self, texts: np.ndarray) -> np.ndarray:
        rows = [[self.words.index(word) for word in text.split()] for text in texts.flat]
        longest = max(map(len, rows))
        return np.array([row + [PAD] * (longest - len(row)) for row in rows]).reshape(*texts.shape, longest)

    def cut(self, text: str) -> list[str]:
        """A sentence as words; those it does not know stay as they are."""
        runs = re.findall(r"\w+|[^\w\s]", text.lower().replace("’", "'").replace("n't", " not"))
        return runs if self.spaced else [word for run in runs for word in self._longest_words(run)]

    def _longest_words(self, run: str) -> list[str]:
        words: list[str] = []
        while run:
            words.append(next((run[:n] for n in range(len(run), 1, -1) if run[:n] in self.words), run[0]))
            run = run[len(words[-1]) :]
        return words

    def read(self, text: str) -> np.ndarray:
        """(T,) the tokens of a sentence."""
        return np.array([self.words.index(word) if word in self.words else UNKNOWN for word in self.cut(text)])

    def write(self, tokens: np.ndarray) -> str:
        """The sentence of tokens (T,), without padding."""
        return (" " if self.spaced else "").join(self.words[token] for token in tokens if token != PAD)


ENGLISH = Grammar(
    things=tuple(f"the {thing}" for thing in ("film", "story", "plot", "cast", "music", "script", "camera", "ending")),
    qualities=(
        ("good", "charming", "moving", "clever", "fresh", "funny"),
        ("bad", "dull", "boring", "weak", "silly", "ugly"),
    ),
    verbs=(("like", "enjoy", "admire"), ("dislike", "hate", "despise")),
    of_thing=(("is", "is very", "is really", "is truly"), ("is not", "is never", "is not very", "is not really")),
    of_i=(("", "do", "really", "truly"), ("do not", "never", "did not", "do not really")),
    i="i",
    links=(("", "", 0), ("", "but", 1), ("although", ",", 1), ("", "although", 0)),
    spaced=True,
)
CHINESE = Grammar(
    things=("电影", "故事", "情节", "演员", "音乐", "对白", "画面", "结局"),
    qualities=(("好", "精彩", "动人", "有趣", "新颖", "出色"), ("差", "糟糕", "无聊", "乏味", "平庸", "俗气")),
    verbs=(("喜欢", "欣赏", "喜爱"), ("讨厌", "反感", "厌恶")),
    of_thing=(("很", "真", "非常", "确实 很"), ("不", "并 不", "一点 也 不", "没 那么")),
    of_i=(("", "很", "非常", "确实"), ("不", "并 不", "一点 也 不", "没 那么")),
    i="我",
    links=(("", "", 0), ("", "， 但是", 1), ("虽然", "， 但是", 1), ("", "， 尽管", 0)),
    spaced=False,
)
GRAMMARS = {"en": ENGLISH, "zh": CHINESE}


def draw(grammar: Grammar, rng: np.random.Generator, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Any sentences: tokens (B, LONGEST), padded, and whether each is kind (B,). Two clauses judge two things."""
    clauses, before = grammar.tables
    things, sayings, degrees, _ = clauses.shape
    link = rng.integers(0, len(grammar.links), size)
    thing, saying, degree = (rng.integers(0, n, (2, size)) for n in (things, sayings, degrees))
    thing[1] = (thing[0] + rng.integers(1, things, size)) % things
    first, second = clauses[thing, saying, degree]
    rows = np.concatenate((before[link, 0], first, before[link, 1], second * (link > 0)[:, None]), axis=1)
    packed = np.take_along_axis(rows, np.argsort(rows == PAD, axis=1, kind="stable"), axis=1)
    decides = np.array([link[2] for link in grammar.links])[link]
    return packed[:, :LONGEST], grammar.kind[saying, degree][decides, np.arange(size)]


def is_held_out(rows: np.ndarray) -> np.ndarray:
    """(B,) by a hash of the sentence itself, so that none is on both sides."""
    return (rows.astype(np.uint64) * HASH).sum(axis=1) // 2**40 % ONE_IN == 0


def sentences(grammar: Grammar, rng: np.random.Generator, size: int, held_out: bool = False) -> Batch:
    """x (LONGEST, B) tokens; target (1, B, 1): 1 where the sentence is kind."""
    rows, kind = draw(grammar, rng, size)
    while len(mine := np.flatnonzero(is_held_out(rows) == held_out)) < size:
        more, verdict = draw(grammar, rng, size)
        rows, kind = np.concatenate((rows, more)), np.concatenate((kind, verdict))
    return batch(rows[mine[:size]], kind[mine[:size]])


def batch(rows: np.ndarray, kind: np.ndarray) -> Batch:
    """rows (B, T) padded tokens, kind (B,) bool."""
    target = kind.astype(float)[None, :, None]
    return Batch(rows.T, target, np.ones((1, len(rows)), bool), "binary", (rows != PAD).sum(axis=1))


@cache
def variant(language: str) -> Task:
    """The task in "en" or "zh"."""
    if language not in GRAMMARS:
        raise Invalid("choice", "data", language, ", ".join(GRAMMARS))
    grammar = GRAMMARS[language]
    text = EXAMPLES[language]
    return Task(
        name="sentiment",
        about="A sentence says something about a film: is it kind? Not and but turn it round, so its order matters.",
        source="written for this lab: sentences of a small grammar, in English or Chinese words",
        make=lambda rng, length, size: sentences(grammar, rng, size),
        inputs=len(grammar.words),
        outputs=1,
        length=LONGEST,
        lengths=(LONGEST, LONGEST),
        length_is="words at most",
        metric=ACCURACY,
        goal=0.97,
        example=Example(f"{text}  ->  kind", batch(grammar.read(text)[None], np.array([True]))),
        solved_by=("gru",),
        recipe={
            "hidden": 32,
            "embedding": 16,
            "batch": 32,
            "optimizer": "adam",
            "lr": 0.01,
            "clip": 1.0,
            "budget": 3000,
        },
        tokens=True,
        symbols=grammar.words,
        last=True,
        baseline=lambda length: ("the best guess from the words without their order", WORDS_ALONE[language]),
        held_out=lambda length: sentences(grammar, np.random.default_rng(HELD_OUT_SEED), HELD_OUT, held_out=True),
        data=tuple(GRAMMARS),
        variant=variant,
    )


EXAMPLES = {"en": "the plot is not good but i really like the music", "zh": "情节不好，但是我很喜欢音乐"}
TASK = variant("en")
