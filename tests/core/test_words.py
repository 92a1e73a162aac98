"""Whatever the core refuses, there is a sentence for it: complete, with nothing left to fill in."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest

from rnn_core import Invalid, words
from rnn_core.experiment import FIELDS, TRAINING
from rnn_core.words import PROBLEMS, sentence

CORE = Path(words.__file__).parent


def refusals() -> Iterator[tuple[str, ast.Call]]:
    """Each Invalid(…) in the core, and where it is."""
    for path in sorted(CORE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Invalid":
                yield f"{path.relative_to(CORE).as_posix()}:{node.lineno}", node


REFUSALS = dict(refusals())


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("where", REFUSALS)
def test_every_refusal_has_its_sentence(where: str) -> None:
    """The code is written out, there is a sentence for it, and what the sentence quotes is given."""
    call = REFUSALS[where]
    code = call.args[0]
    assert isinstance(code, ast.Constant)
    assert code.value in PROBLEMS
    given = {"field", *("value", "bound")[: len(call.args) - 2]}
    assert places(PROBLEMS[code.value]) <= given


def test_every_sentence_has_its_refusal() -> None:
    """None is left over from what the core once refused."""
    raised = {call.args[0].value for call in REFUSALS.values() if isinstance(call.args[0], ast.Constant)}
    assert set(PROBLEMS) <= raised


@pytest.mark.parametrize("code", PROBLEMS)
@pytest.mark.parametrize(
    ("value", "bound"), [("x", "y"), (3, 5.0), (10**50, (1, 1_000_000)), ((2, 3), (4, 5)), (None, None)]
)
def test_a_sentence_is_complete(code: str, value: object, bound: object) -> None:
    """One line that begins with no small letter of its own, ends with a full stop and has no brace left."""
    text = sentence(Invalid(code, "hidden", value, bound))
    assert re.fullmatch(r"[^\n{}]+\.", text)
    template = PROBLEMS[code]
    assert template[0].isupper() or template[0] in "{“"


@pytest.mark.parametrize("text", ["{bound}", "{0}", "{", "%s", "x" * 1000, "{value.__class__}"])
def test_what_was_typed_is_quoted_as_it_is(text: str) -> None:
    """Never a place to fill in, and never long."""
    said = sentence(Invalid("type", "hidden", text))
    assert (text if len(text) < 40 else "x" * 39 + "…") in said
    assert len(said) < 100


def test_numbers_read_well() -> None:
    """No 1e+06 where a person counts."""
    assert sentence(Invalid("range", "budget", 0, (1, 1_000_000))).endswith("a value from 1 … 1,000,000.")
    assert sentence(Invalid("range", "lr", 0, (1e-9, 100))) == "Learning rate: choose a value from 1e-09 … 100."
    assert "12 × 3 in place of 12 × 4" in sentence(Invalid("weights-shape", "a", (12, 3), (12, 4)))


def test_every_setting_has_a_name() -> None:
    """As the screen and the command line say it."""
    assert set(FIELDS) | set(TRAINING) <= set(words.FIELDS)
