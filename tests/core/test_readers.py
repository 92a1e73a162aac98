"""From what a person typed to tokens, inputs and targets, or to one Invalid that says what is wrong."""

import unicodedata
from itertools import accumulate
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rnn_core import Experiment, Invalid
from rnn_core.readers import END, TARGETS, TOKENS, clean, letters, read
from tests.core.draw import ANY_TEXT, TEXTS

LETTERS = {
    "plain": ("a b!", "a| |b|!"),
    "chinese": ("循环网络", "循|环|网|络"),
    "composed": ("café", "c|a|f|é"),
    "combining": ("cafe\u0301", "c|a|f|e\u0301"),
    "many marks": ("x\u0323\u0301y", "x\u0323\u0301|y"),
    "devanagari": ("नमस्ते", "न|म|स्|ते"),
    "family": ("a👨‍👩‍👧‍👦b", "a|👨‍👩‍👧‍👦|b"),
    "flags": ("🇩🇪🇨🇳", "🇩🇪|🇨🇳"),
    "regional flag": ("🏴󠁧󠁢󠁳󠁣󠁴󠁿x", "🏴󠁧󠁢󠁳󠁣󠁴󠁿|x"),
    "skin tones": ("👍🏽👍", "👍🏽|👍"),
    "variation": ("❤️x", "❤️|x"),
    "keycap": ("1️⃣2", "1️⃣|2"),
    "mark first": ("\u0301a", "\u0301|a"),
    "persian non-joiner": ("می\u200cرو", "م|ی\u200c|ر|و"),
}


@pytest.mark.parametrize("name", LETTERS)
def test_letters_are_what_a_reader_sees(name: str) -> None:
    """One letter on the screen is one token (UAX #29)."""
    text, wanted = LETTERS[name]
    assert letters(text) == tuple(wanted.split("|"))


@given(ANY_TEXT)
def test_letters_lose_nothing(text: str) -> None:
    """Joined again, the letters are the text, and none is empty."""
    assert "".join(letters(text)) == text
    assert all(letters(text))


@given(ANY_TEXT)
@example("a \x01 b")
@example("e\x01\u0301")
@example("x\ud800\u0323")
def test_cleaning_is_done_once(text: str) -> None:
    """A cleaned text is clean: a link carries it and reads back the same."""
    once = clean(text)
    assert clean(once) == once
    assert unicodedata.normalize("NFC", once) == once
    assert not any(unicodedata.category(ch) in ("Cc", "Cs") for ch in once)


def test_cleaning_keeps_what_was_meant() -> None:
    """White space becomes single spaces, accents are composed, controls and lone surrogates go."""
    assert clean("  to\tbe\r\n or  ") == "to be or"
    assert clean("cafe\u0301") == "café"
    assert clean("a\x00b\ud800c") == "abc"


REFUSED: list[tuple[str, str, str, Any]] = [
    *((kind, "", "empty", "") for kind in ("text", "bits", "numbers")),
    ("bits", " ,;", "empty", " ,;"),
    ("numbers", "[]", "empty", "[]"),
    ("text", "x" * 61, "too-long", 61),
    ("bits", "01" * 31, "too-long", 62),
    ("numbers", "1 " * 61, "too-long", 61),
    ("bits", "0121", "not-bits", "2"),
    ("bits", "0.1", "not-bits", "."),
    ("bits", "1\ud800", "not-bits", "\ud800"),
    ("numbers", "3, four", "not-numbers", "four"),
    ("numbers", "1 0x10", "not-numbers", "0x10"),
    ("numbers", "1 \ud800", "not-numbers", "\ud800"),
    ("numbers", "1, nan", "not-finite", "nan"),
    ("numbers", "-inf", "not-finite", "-inf"),
    ("numbers", "1e999", "not-finite", "1e999"),
    ("numbers", "1000001", "too-large", "1000001"),
    ("numbers", "0 -1e7", "too-large", "-1e7"),
]


@pytest.mark.parametrize(("kind", "text", "code", "fault"), REFUSED)
def test_what_cannot_be_read_is_refused(kind: str, text: str, code: str, fault: Any) -> None:
    """One Invalid with the reason and the part at fault."""
    with pytest.raises(Invalid) as caught:
        read(kind, text, TARGETS[kind][0])
    assert (caught.value.code, caught.value.field, caught.value.value) == (code, "text", fault)


def test_letters_a_network_does_not_know_are_refused() -> None:
    """A hand-set network names the letter it cannot read and those it can."""
    with pytest.raises(Invalid) as caught:
        read("text", "help", "next", alphabet=("e", "h", "l", "o"))
    assert (caught.value.code, caught.value.value, caught.value.bound) == ("alphabet", "p", "e h l o")


@pytest.mark.parametrize(
    ("kind", "text", "tokens"),
    [
        ("bits", "1011", "1 0 1 1"),
        ("bits", "1, 0;1、1", "1 0 1 1"),
        ("bits", "１０，１", "1 0 1"),
        ("numbers", "3, -1;4\n1", "3 -1 4 1"),
        ("numbers", "[1.5, (2e3)]", "1.5 2e3"),
        ("numbers", "３、−４．５", "3 -4.5"),
        ("numbers", "1000000 -1e6", "1000000 -1e6"),
    ],
)
def test_numbers_are_read_as_they_are_pasted(kind: str, text: str, tokens: str) -> None:
    """Any usual separator, brackets, the true minus sign, and full-width digits; up to a million."""
    reading = read(kind, text, TARGETS[kind][0])
    assert reading.tokens == tuple(tokens.split())
    assert reading.x.ravel().tolist() == [float(token) for token in tokens.split()]


def test_the_longest_sequence_is_read() -> None:
    """TOKENS is allowed; one more is not (above)."""
    assert len(read("text", "x" * TOKENS, "next").tokens) == TOKENS == 60


def neighbour(values: list[float], t: int) -> float | None:
    return values[t] if 0 <= t < len(values) else None


# What is asked at step t (from 0), in words of plain Python; None where nothing is.
GOALS = {
    "parity": lambda values, t: sum(values[: t + 1]) % 2,
    "first": lambda values, t: values[0],
    "sum": lambda values, t: list(accumulate(values))[t],
    "previous": lambda values, t: neighbour(values, t - 1),
    "next": lambda values, t: neighbour(values, t + 1),
}
NUMERIC = [(kind, target) for kind, targets in TARGETS.items() if kind != "text" for target in targets]


@pytest.mark.parametrize(("kind", "target"), NUMERIC)
@given(data=st.data())
def test_targets_are_what_their_names_say(kind: str, target: str, data: st.DataObject) -> None:
    """Each target, step by step, against plain Python; `asked` is false exactly where there is none."""
    try:
        reading = read(kind, data.draw(TEXTS[kind]), target, data.draw(st.integers(2, TOKENS)))
    except Invalid:
        return
    values = reading.x.ravel().tolist()
    goals = [GOALS[target](values, t) for t in range(len(values))]
    assert reading.asked.ravel().tolist() == [goal is not None for goal in goals]
    wanted = [goal for goal in goals if goal is not None]
    np.testing.assert_array_equal(reading.target[reading.asked].ravel(), wanted)


@given(TEXTS["text"])
def test_a_text_asks_for_each_next_letter_and_the_end(text: str) -> None:
    """Inputs are one-hot over END and the letters that occur; after the last letter comes END."""
    try:
        reading = read("text", clean(text), "next")
    except Invalid:
        return
    assert reading.symbols == (END, *sorted(set(reading.tokens)))
    assert (reading.x.sum(axis=-1) == 1).all()
    assert [reading.symbols[k] for k in reading.x.argmax(axis=-1).ravel()] == list(reading.tokens)
    assert [reading.symbols[k] for k in reading.target.ravel()] == [*reading.tokens[1:], END]
    assert reading.asked.all()


def test_a_sine_is_a_sine() -> None:
    """Values of sin(2π(t−1)/period), shown to two decimals."""
    reading = read("sine", "", "next", length=5, period=4)
    np.testing.assert_allclose(reading.x.ravel(), [0, 1, 0, -1, 0], atol=1e-15)
    assert reading.tokens == ("+0.00", "+1.00", "+0.00", "-1.00", "+0.00")


@pytest.mark.parametrize("kind", TARGETS)
@given(text=ANY_TEXT)
@example(text="\ud800")
@example(text="1" * 5000)
@example(text="﷽" * 60)
def test_any_text_is_read_or_refused(kind: str, text: str) -> None:
    """Whatever is typed gives an Experiment with a sequence to read, or Invalid; nothing else is ever raised."""
    try:
        reading = Experiment(kind=kind, text=text, target=TARGETS[kind][0]).reading()
    except Invalid:
        return
    T = len(reading.tokens)
    assert 1 <= T <= TOKENS
    assert reading.x.shape == (T, 1, len(reading.symbols) or 1)
    assert reading.target.shape[:2] == reading.asked.shape == (T, 1)
    assert np.isfinite(reading.x).all()
