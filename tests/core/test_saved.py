"""A file of weights brings the Experiment that it has learnt; and no file, however made, does more than be refused."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnn_core import Experiment, Invalid
from rnn_core.experiment import fingerprint, load_task
from rnn_core.training.group import Group
from rnn_core.training.plan import Plan
from rnn_core.training.run import Run
from rnn_core.training.saved import Saved, read_saved, save
from rnn_core.training.weights import save_weights
from rnn_core.words import sentence

SMALL = Experiment.from_task("parity", "gru", hidden=4, length=5, batch=4, budget=10)
TEXT = "the cat sat on the mat. " * 20
OWN = Experiment.from_task("next-char", "rnn", data=fingerprint(TEXT), hidden=3, embedding=2, length=8, batch=4)


def run(experiment: Experiment = SMALL, own: str | None = None) -> Run:
    made = Run(experiment, "numpy", own)
    made.take(3)
    return made


SAVED = run().weights()
PARAMS = run().model().params


@pytest.mark.parametrize("experiment", [SMALL, replace(SMALL, cell="lstm", dtype="float64"), OWN])
def test_what_was_saved_is_begun_with(experiment: Experiment) -> None:
    """The same Experiment, and the first loss is that of the next update."""
    own = TEXT if experiment is OWN else None
    first = run(experiment, own)
    saved = read_saved("a.safetensors", first.weights(), {experiment.data: own}.get)
    assert saved.experiment == experiment
    for name, value in first.model().params.items():
        assert saved.params[name].dtype == value.dtype == np.dtype(experiment.dtype)
        np.testing.assert_array_equal(saved.params[name], value)
    again = Group(Plan((experiment,)), own, [saved.params], "numpy").runs[0]
    np.testing.assert_array_equal(again.model(0).params["weight_hh"], first.model().params["weight_hh"])


def test_any_moment_can_be_saved() -> None:
    made = run()
    at_first = read_saved("a", made.weights(0))
    np.testing.assert_array_equal(at_first.params["weight_hh"], made.model(0).params["weight_hh"])


def test_somebodys_own_data_are_asked_for() -> None:
    """Without them nobody knows how many letters the network reads; other data are not those."""
    data = run(OWN, TEXT).weights()
    for own, code in ((None, "data-missing"), ("other text " * 50, "other-data")):
        with pytest.raises(Invalid, match=code):
            read_saved("a", data, lambda name, own=own: own)


def test_weights_fit_their_own_network_alone() -> None:
    """How it learns may change; what it is may not, nor what its symbols mean."""
    saved = read_saved("file", SAVED)
    for same in (SMALL, replace(SMALL, lr=1.0, optimizer="sgd", length=9, seed=3, budget=99, init="orthogonal")):
        assert saved.misfit(same, load_task(same)) is None
    for other in (
        replace(SMALL, cell="rnn"),
        replace(SMALL, hidden=5),
        replace(SMALL, layers=2),
        Experiment.from_task("parity-last", "gru", hidden=4),
    ):
        problem = saved.misfit(other, load_task(other))
        assert problem
        assert "file" in sentence(problem)


def test_symbols_are_what_letters_mean() -> None:
    """As many letters, but others."""
    other = TEXT.replace("a", "x")
    moved = replace(OWN, data=fingerprint(other))
    saved = read_saved("file", run(OWN, TEXT).weights(), {OWN.data: TEXT}.get)
    assert saved.misfit(OWN, load_task(OWN, TEXT)) is None
    assert saved.misfit(moved, load_task(moved, other))


# ---- Refused


def refusal(data: bytes) -> Invalid:
    """The Invalid; any other exception is a failure."""
    with pytest.raises(Invalid) as caught:
        read_saved("a", data)
    assert sentence(caught.value)
    return caught.value


def noted(note: Any) -> bytes:
    """Sound weights with this said of them."""
    return save_weights(PARAMS, {"experiment": note if isinstance(note, str) else json.dumps(note)})


SETTINGS = SMALL.settings()
NOTES: dict[str, tuple[Any, str]] = {
    "no JSON": ("{", "weights-unnamed"),
    "deep": ("[" * 20_000, "weights-unnamed"),
    "a list": ([1], "weights-unnamed"),
    "nothing": ({}, "weights-unnamed"),
    "no task": ({"cell": "gru", "hidden": 4}, "weights-unnamed"),
    "an unknown setting": ({**SETTINGS, "evil": 1}, "weights-unnamed"),
    "an unknown task": ({**SETTINGS, "task": "__init__"}, "choice"),
    "a path": ({**SETTINGS, "task": "../../etc/passwd"}, "choice"),
    "a list for a number": ({**SETTINGS, "hidden": [4]}, "type"),
    "a list for a name": ({**SETTINGS, "cell": ["gru"]}, "choice"),
    "text for a number": ({**SETTINGS, "hidden": "4"}, "type"),
    "NaN": ({**SETTINGS, "lr": float("nan")}, "range"),
    "too large": ({**SETTINGS, "hidden": 10**9}, "range"),
    "too dear": ({**SETTINGS, "hidden": 512, "batch": 1024, "length": 60}, "too-much-an-update"),
    "another cell": ({**SETTINGS, "cell": "lstm", "forget_bias": 1.0}, "weights-shape"),
    "another size": ({**SETTINGS, "hidden": 5}, "weights-shape"),
    "more layers": ({**SETTINGS, "layers": 2}, "weights-names"),
}


@pytest.mark.parametrize("name", NOTES)
def test_a_note_that_does_not_describe_the_weights_is_refused(name: str) -> None:
    note, code = NOTES[name]
    assert refusal(noted(note)).code == code


def test_weights_without_a_note_are_refused() -> None:
    """As torch's own are."""
    assert refusal(save_weights(PARAMS)).code == "weights-unnamed"


def test_weights_that_are_no_numbers_are_refused() -> None:
    for value in (np.nan, np.inf):
        params = {**PARAMS, "bias_hy": np.full_like(PARAMS["bias_hy"], value)}
        assert refusal(save(SMALL, params)).code == "weights-not-finite"


def test_weights_beyond_the_experiments_floats_are_refused() -> None:
    """float64 that float32 cannot hold."""
    params = {name: value.astype(float) for name, value in PARAMS.items()}
    params["bias_hy"] = np.full_like(params["bias_hy"], 1e300)
    assert refusal(save(SMALL, params)).code == "weights-not-finite"


@given(st.binary(max_size=200) | st.integers(0, len(SAVED)).map(lambda cut: SAVED[:cut] + SAVED[cut + 1 :]))
def test_any_bytes_are_refused(data: bytes) -> None:
    """And a file that lacks one byte, unless the note reads as well without it."""
    try:
        saved = read_saved("a", data)
    except Invalid as problem:
        sentence(problem)
        return
    assert isinstance(saved, Saved)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=6,
)


@given(st.sampled_from(list(SETTINGS)), JSON)
def test_any_setting_is_taken_or_refused(name: str, value: Any) -> None:
    try:
        saved = read_saved("a", noted({**SETTINGS, name: value}))
    except Invalid as problem:
        sentence(problem)
        return
    assert saved.experiment.architecture(saved.task).shapes() == SMALL.architecture(saved.task).shapes()
