"""The packed picture says what the trace says, and nothing is lost on the way to the browser."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pages.figures.packed import pack
from pages.figures.palette import DIVERGING, NEUTRAL, hues, variables
from pages.figures.scale import SLACK
from pages.figures.unrolled import BARS, unrolled
from pages.ui.component import COMPONENTS
from rnn_core.cells import CELLS
from rnn_core.changes import traced
from rnn_core.experiment import Experiment
from rnn_core.levels import levels, seen
from rnn_core.model import Model, ModelTrace
from rnn_core.presets import PRESETS
from rnn_core.readers import Reading
from tests.pages.unpack import unpack

EXPERIMENTS = [
    *(Experiment.from_preset(name) for name in PRESETS),
    Experiment(text="the quick brown fox", cell="gru", hidden=7, seed=3),
    Experiment(kind="bits", text="10110", target="previous", cell="lstm", hidden=3, gain=2.5),
    Experiment(kind="numbers", text="1e6, -3, 4", target="next", cell="rnn-relu", hidden=20),
    Experiment(kind="sine", text="", target="next", cell="rnn-sigmoid", hidden=2),
]
every_experiment = pytest.mark.parametrize("experiment", EXPERIMENTS, ids=lambda e: e.preset or f"{e.cell} {e.kind}")


@given(
    st.dictionaries(
        st.text(max_size=3), st.lists(st.floats(width=64), max_size=5).map(np.array), min_size=1, max_size=4
    ),
    st.text(max_size=20),
)
def test_packing_loses_nothing(arrays: dict[str, np.ndarray], text: str) -> None:
    """Any number, not a number and infinity included, and any text come out as they went in."""
    header, back = unpack(pack({"text": text}, arrays))
    assert header["text"] == text
    np.testing.assert_equal(back, arrays)


def test_numbers_lie_where_the_browser_can_read_them() -> None:
    """A Float64Array begins at a multiple of eight, whatever the header's length."""
    for length in range(8):
        packed = pack({"text": "é" * length}, {"a": np.ones((2, 3))})
        assert (4 + int.from_bytes(packed[:4], "little")) % 8 == 0


@every_experiment
def test_the_whole_trace_is_there(experiment: Experiment) -> None:
    """States, gates, gradients and losses are the trace's own, to the last bit; of every layer and direction."""
    replay, reading, whole = traced(experiment)
    for level in levels(replay.model.architecture):
        header, arrays = unpack(pack(*unrolled(replay.model, reading, whole, level)))
        model, reading_of, trace = seen(replay.model, reading, whole, level)
        check_all_is_there(model, reading_of, trace, header, arrays)


def check_all_is_there(
    model: Model, reading: Reading, trace: ModelTrace, header: dict[str, Any], arrays: dict[str, np.ndarray]
) -> None:
    assert trace.grads
    cell = CELLS[model.cell]
    assert header["states"] == list(cell.states)
    assert header["gates"] == list(cell.gates)
    assert len(header["tokens"]) == len(reading.tokens)
    for name in cell.states:
        np.testing.assert_array_equal(arrays[f"s.{name}"], trace.layer.states[name][:, 0])
        np.testing.assert_array_equal(arrays[f"d.{name}"], trace.grads.states[name][:, 0])
        np.testing.assert_allclose(
            arrays[f"flow.{name}"], np.linalg.norm(trace.grads.flows[name][:, 0], axis=1), rtol=1e-14
        )
    for name in cell.gates:
        np.testing.assert_array_equal(arrays[f"gate.{name}"], trace.layer.gates[name][:, 0])
    np.testing.assert_allclose(arrays["total"][-1], trace.loss, rtol=1e-14)
    assert trace.d_params
    for name, gradient in trace.d_params.items():
        if name.endswith("_hy") and not model.architecture.plain:
            continue  # something lies between h and the readout
        np.testing.assert_array_equal(arrays[f"grad.{name}"], gradient)


@every_experiment
def test_the_gradient_gathers_to_the_whole(experiment: Experiment) -> None:
    """What has gathered when the walk back arrives at step 1 is ∂L/∂W_hh; the shares sum to one, or to none."""
    replay, reading, trace = traced(experiment)
    assert trace.grads
    _, arrays = unrolled(replay.model, reading, trace)
    whole = trace.grads.params["weight_hh"]
    np.testing.assert_allclose(arrays["dW"][0], whole, rtol=0, atol=1e-12 * max(1, np.abs(whole).max()))
    assert arrays["share"].sum() == pytest.approx(1 if whole.any() else 0, abs=1e-9)


@every_experiment
def test_the_bars_contain_the_target(experiment: Experiment) -> None:
    """At most six classes are drawn, in their usual order: the target always, and the likeliest."""
    replay, reading, trace = traced(experiment)
    _, arrays = unrolled(replay.model, reading, trace)
    if reading.loss == "squared":
        np.testing.assert_array_equal(arrays["target"], reading.target[:, 0, 0])
        np.testing.assert_array_equal(arrays["bars"][:, 0], trace.guess[:, 0, 0])
        return
    for shown, target, top, bars, guess in zip(
        arrays["shown"], arrays["target"], arrays["top"], arrays["bars"], trace.guess[:, 0], strict=True
    ):
        assert target in shown
        assert top in shown
        assert len(shown) <= BARS
        assert list(shown) == sorted(set(shown))
        likelihood = guess if len(guess) > 1 else np.array([1 - guess[0], guess[0]])
        np.testing.assert_array_equal(bars, likelihood[shown.astype(int)])
        assert top == likelihood.argmax()


@every_experiment
def test_the_scale_is_round_and_wide_enough(experiment: Experiment) -> None:
    """1, 2 or 5 times a power of ten; all but a few of the values lie within, and they use some of its room."""
    replay, reading, trace = traced(experiment)
    header, arrays = unrolled(replay.model, reading, trace)
    for name, drawn in {"s": "s.", "d": "d."}.items():
        scale = header["scale"][name]
        digit = scale / 10.0 ** np.floor(np.log10(scale) + 1e-9)
        assert min(abs(digit - step) for step in (1, 2, 5)) < 1e-9
        sizes = np.concatenate([np.abs(array[1:]).ravel() for key, array in arrays.items() if key.startswith(drawn)])
        if sizes.any():
            assert (sizes <= 1.03 * scale).mean() >= 0.95
            assert sizes.max() > scale / 5


def test_a_space_can_be_seen() -> None:
    """It is drawn as a sign, both as a token and as a guess."""
    replay, reading, trace = traced(Experiment(text="a b"))
    header, _ = unrolled(replay.model, reading, trace)
    assert header["tokens"] == ["a", "␣", "b"]
    assert "␣" in header["symbols"]
    assert " " not in header["symbols"]


def test_style_sheets_take_their_colours_from_the_palette() -> None:
    """Each has all of them in both themes, and none sets one of them itself."""
    written = variables()
    for dark, rule in zip((False, True), written.strip().splitlines(), strict=True):
        assert rule.startswith('[data-theme="dark"] {' if dark else ":root, [data-theme] {")
        signed = dict(zip(("negative", "zero", "positive"), DIVERGING[dark], strict=True))
        for name, hue in ({f"q-{name}": hue for name, hue in hues(dark).items()} | signed | NEUTRAL[dark]).items():
            assert f"--{name}: {hue};" in rule
    names = set(re.findall(r"(--[\w-]+):", written))
    for sheet in COMPONENTS.rglob("*.css"):
        assert not names & set(re.findall(r"(--[\w-]+):", sheet.read_text("utf-8"))), sheet


def test_scale_and_marks_have_the_same_slack() -> None:
    """What a scale was chosen to hold, the component does not mark as beyond it."""
    written = (COMPONENTS / "unroll" / "1-data.js").read_text("utf-8")
    assert f"const SLACK = {SLACK};" in written
