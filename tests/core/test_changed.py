"""One setting changed by the learner: it is what they asked for, and the others give way."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnn_core import Experiment, Invalid
from rnn_core.experiment import FIELDS
from rnn_core.presets import PRESETS
from rnn_core.readers import TARGETS, clean
from rnn_core.scene import SAMPLES, changed
from tests.core.draw import TEXTS, experiments, settings_of


@given(experiments(), st.sampled_from(list(FIELDS)), st.data())
def test_a_setting_becomes_what_was_asked_for(experiment: Experiment, field: str, data: st.DataObject) -> None:
    """Any change gives an Experiment with that value in it, or Invalid; never another value, never another error."""
    value = data.draw(TEXTS[experiment.kind] if field == "text" else settings_of(field))
    try:
        after, _ = changed(experiment, field, value)
    except Invalid:
        return
    if field in after.settings():
        assert getattr(after, field) == (clean(value) if field == "text" else value)


@pytest.mark.parametrize("kind", TARGETS)
def test_another_kind_brings_its_sample_and_question(kind: str) -> None:
    """The text of the kind before would mean nothing; cell and size stay."""
    other = "bits" if kind == "text" else "text"
    before = Experiment(kind=other, text=SAMPLES[other], target=TARGETS[other][0], cell="gru", hidden=9)
    after, notice = changed(before, "kind", kind)
    assert (after.kind, after.target, after.cell, after.hidden) == (kind, TARGETS[kind][0], "gru", 9)
    assert after.reading().tokens == Experiment(kind=kind, text=SAMPLES[kind], target=TARGETS[kind][0]).reading().tokens
    assert notice is None


@pytest.mark.parametrize("name", PRESETS)
def test_another_cell_lets_go_of_weights_set_by_hand(name: str) -> None:
    """They fit one cell; the sequence and the question stay."""
    before = Experiment.from_preset(name)
    after, notice = changed(before, "cell", "gru")
    assert (after.preset, after.cell, notice) == ("", "gru", None)
    assert (after.kind, after.text, after.target) == (before.kind, before.text, before.target)


def test_an_unknown_letter_lets_go_and_says_so() -> None:
    """Weights set by hand do not know every letter: random ones do, and the page says why."""
    after, notice = changed(Experiment.from_preset("hello"), "text", "help")
    assert (after.preset, after.text) == ("", "help")
    assert notice is not None
    assert (notice.code, notice.value) == ("alphabet", "p")


def test_a_cell_without_a_forget_gate_drops_the_forget_bias() -> None:
    """A bias for a gate that is not there is no reason to refuse the cell."""
    after, notice = changed(Experiment(forget_bias=1.0), "cell", "gru")
    assert (after.cell, after.forget_bias, notice) == ("gru", None, None)


@pytest.mark.parametrize(
    ("field", "value"), [("kind", "image"), ("preset", "goodbye"), ("cell", "elman"), ("hidden", 65), ("text", "")]
)
def test_a_value_nobody_can_use_is_refused(field: str, value: Any) -> None:
    """Only other settings give way, never the one that was asked for."""
    with pytest.raises(Invalid) as caught:
        changed(Experiment(), field, value)
    assert caught.value.field == field
