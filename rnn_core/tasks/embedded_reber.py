"""The embedded Reber grammar: a Reber word between two letters that are the same.

    B T (a Reber word) T E    or    B P (a Reber word) P E

The word in between says nothing about which of the two it was, so the second letter has to be kept until the end.
"""

from __future__ import annotations

from rnn_core.tasks import WHOLE, Example, Task
from rnn_core.tasks._grammar import END, Grammar, Rules, word
from rnn_core.tasks.reber import ALPHABET
from rnn_core.tasks.reber import RULES as INNER

RULES: Rules = {
    "start": ["B?"],
    "?": ["TT0", "PP0"],
    # Two copies of the inner grammar: a state's name begins with the letter that is kept.
    **{kept + state: [f"{a[0]}{kept}{a[1:]}" for a in arrows] for kept in "TP" for state, arrows in INNER.items()},
    "T" + END: ["T!"],
    "P" + END: ["P!"],
    "!": ["E" + END],
}
GRAMMAR = Grammar(ALPHABET, RULES)

TASK = Task(
    name="embedded-reber",
    about="Words of a grammar whose last letter but one is the second again, however much came between.",
    source="Cleeremans, Servan-Schreiber & McClelland 1989; Hochreiter & Schmidhuber 1997, experiment 1",
    make=GRAMMAR.make,
    inputs=len(ALPHABET),
    outputs=len(ALPHABET),
    length=24,
    lengths=(9, 200),
    metric=WHOLE,
    goal=0.99,
    example=Example(
        "B P B T X S E P E  ->  TP B TP SX XS E P E    (the last P because of the first)",
        word(ALPHABET, "BPBTXSEPE", ["TP", "B", "TP", "SX", "XS", "E", "P", "E"]),
    ),
    solved_by=("lstm",),
    recipe={"hidden": 16, "batch": 32, "optimizer": "adam", "lr": 0.01, "clip": 1.0, "budget": 2000},
    tokens=True,
    symbols=tuple(ALPHABET),
    future=True,
    length_is="letters at most",
    baseline=GRAMMAR.baseline,
)
