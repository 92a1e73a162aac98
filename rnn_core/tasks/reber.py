"""The Reber grammar: which letters may come next?

    B → 1    1 → T 2, P 3    2 → S 2, X 4    3 → T 3, V 5    4 → X 3, S 6    5 → P 4, V 6    6 → E

Each arrow of a state is equally likely, so nobody can know the next letter; but a network can know the permitted ones.
"""

from __future__ import annotations

from rnn_core.tasks import WHOLE, Example, Task
from rnn_core.tasks._grammar import Grammar, Rules, word

ALPHABET = "BTPSXVE"
RULES: Rules = {
    "0": ["B1"],
    "1": ["T2", "P3"],
    "2": ["S2", "X4"],
    "3": ["T3", "V5"],
    "4": ["X3", "S6"],
    "5": ["P4", "V6"],
    "6": ["Eend"],
}
GRAMMAR = Grammar(ALPHABET, RULES)

TASK = Task(
    name="reber",
    about="Words of a small grammar: after every letter, say which letters may come next.",
    source="Reber 1967; as a task for recurrent networks Cleeremans, Servan-Schreiber & McClelland 1989",
    make=GRAMMAR.make,
    inputs=len(ALPHABET),
    outputs=len(ALPHABET),
    length=20,
    lengths=(5, 200),
    metric=WHOLE,
    goal=0.99,
    example=Example(
        "B T S X S E  ->  TP SX SX XS E    (after B come T or P, after T come S or X, …)",
        word(ALPHABET, "BTSXSE", ["TP", "SX", "SX", "XS", "E"]),
    ),
    solved_by=("gru", "lstm", "rnn"),
    recipe={"hidden": 16, "batch": 32, "optimizer": "adam", "lr": 0.01, "clip": 1.0, "budget": 1500},
    tokens=True,
    symbols=tuple(ALPHABET),
    future=True,
    length_is="letters at most",
    baseline=GRAMMAR.baseline,
)
