"""Brackets of two kinds, well nested: what may come next?

Any opening bracket, as long as no more than DEPTH are open; the closing one of the kind opened last; and, once nothing
is open, the full stop. As DEPTH is finite, a finite grammar says it all: its states are the stacks of what is open.
"""

from __future__ import annotations

from itertools import product

from rnn_core.tasks import WHOLE, Example, Task
from rnn_core.tasks._grammar import END, Grammar, Rules, word

ALPHABET = "()[]."
DEPTH = 3
CLOSES = {"(": ")", "[": "]"}


def rules() -> Rules:
    """Open or close are equally likely where both may be; so are, where nothing is open, "(", "[" and the full stop."""
    found: Rules = {"start": ["((", "[["], "": ["((", "[[", "." + END]}
    for depth in range(1, DEPTH + 1):
        for stack in map("".join, product(CLOSES, repeat=depth)):
            opening = [kind + stack + kind for kind in CLOSES] if depth < DEPTH else []
            found[stack] = opening + 2 * [CLOSES[stack[-1]] + stack[:-1]]
    return found


GRAMMAR = Grammar(ALPHABET, rules())

TASK = Task(
    name="brackets",
    about="Read nested brackets of two kinds, and after each say which brackets may come next.",
    source="Dyck words of bounded depth: Hewitt et al. 2020; the question after Gers & Schmidhuber 2001",
    make=GRAMMAR.make,
    inputs=len(ALPHABET),
    outputs=len(ALPHABET),
    length=30,
    lengths=(5, 200),
    metric=WHOLE,
    goal=0.99,
    example=Example(
        "( [ ] ) .  ->  ([)  ([]  ([)  ([.    (inside a [ only ] may close; the full stop once all are closed)",
        word(ALPHABET, "([]).", ["([)", "([]", "([)", "([."]),
    ),
    solved_by=("lstm",),
    recipe={"hidden": 32, "batch": 32, "optimizer": "adam", "lr": 0.01, "clip": 1.0, "budget": 3000},
    tokens=True,
    symbols=tuple(ALPHABET),
    future=True,
    length_is="brackets at most",
    baseline=GRAMMAR.baseline,
)
