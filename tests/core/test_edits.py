"""Weights and initial states set by hand: exactly the number that was meant, and every other as it was."""

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from rnn_core import Experiment, Invalid
from rnn_core.cells import CELLS
from rnn_core.changes import traced
from rnn_core.edits import Edit, apply, check, places
from rnn_core.experiment import EDITED
from rnn_core.model import build, forward, sizes
from rnn_core.presets import PRESETS
from rnn_core.readers import TARGETS
from tests.core import oracle
from tests.core.draw import edits_of, experiments
from tests.core.oracle import assert_close


@given(experiments(), st.data())
def test_an_edit_changes_one_number(experiment: Experiment, data: st.DataObject) -> None:
    """Each place holds its edit, every other number is the model's own; the model itself stays as it was."""
    edits = data.draw(edits_of(experiment))
    model, before = build(experiment), build(experiment)
    edited, state = apply(model, edits)
    wanted = {name: value.copy() for name, value in before.params.items()}
    wanted |= {f"{name}_0": np.zeros(experiment.hidden) for name in CELLS[experiment.cell].states}
    for edit in edits:
        wanted[edit.name][edit.at] = edit.value
    assert_close({**edited.params, **{f"{name}_0": start[0] for name, start in state.items()}}, wanted, 0)
    assert_close(model.params, before.params, 0)
    assert list(edited.params) == list(model.params)


def test_an_edited_model_is_read_only_and_its_own() -> None:
    """Traces are shared between visitors: none may write in one, nor see another's change through it."""
    model = build(Experiment())
    edited, state = apply(model, [Edit("h_0", (1,), 2.0)])
    assert not any(array.flags.writeable for array in (*edited.params.values(), *state.values()))
    assert not any(np.shares_memory(edited.params[name], model.params[name]) for name in model.params)


@pytest.mark.parametrize("cell", CELLS)
def test_an_edited_trace_is_torchs(cell: str) -> None:
    """Weights, biases and initial states take part in the computation, and each has its gradient."""
    experiment = Experiment(kind="bits", text="10110", target="parity", cell=cell, hidden=3)
    edits = [Edit(name, tuple(0 for _ in shape), 0.7) for name, shape in places(sizes(experiment)).items()]
    replay, reading, ours = traced(experiment, edits)
    params = oracle.tensors(replay.model.params)
    first = np.array([[0.7, 0, 0]])
    start = oracle.tensors({name: first for name in CELLS[cell].states})
    states = oracle.loop(cell, params, torch.tensor(reading.x), start)
    h = torch.stack([s["h"] for s in states[1:]])
    logits = h @ params["weight_hy"].T + params["bias_hy"]
    loss = torch.nn.functional.binary_cross_entropy_with_logits(logits, torch.tensor(reading.target), reduction="sum")
    loss.backward()
    assert ours.loss == pytest.approx(loss.item(), rel=1e-12)
    assert_close(ours.d_params, {name: oracle.gradient(value) for name, value in params.items()})
    assert ours.grads is not None
    for name in start:
        assert replay.model.params["weight_hh"][0, 0] == ours.layer.states[name][0, 0, 0] == 0.7
        assert_close(ours.grads.states[name][0], oracle.gradient(start[name]))


@pytest.mark.parametrize("kind", TARGETS)
@pytest.mark.parametrize("cell", CELLS)
def test_the_largest_edits_explode_quietly(cell: str, kind: str) -> None:
    """What leaves the floats is shown, not warned about."""
    text = {"bits": "01" * 30, "numbers": "9 " * 60}.get(kind, "ab" * 30)
    experiment = Experiment(kind=kind, text=text, target=TARGETS[kind][0], length=60, cell=cell, hidden=2)
    edits = [
        Edit(name, at, EDITED.high) for name, shape in places(sizes(experiment)).items() for at in np.ndindex(*shape)
    ]
    _, reading, trace = traced(experiment, edits)
    assert cell != "rnn-linear" or reading.loss != "squared" or trace.loss == np.inf


def test_only_the_first_layer_starts_there() -> None:
    """Forwards; the other direction and the layer above start at 0."""
    model = build(Experiment(hidden=3))
    model = replace(model, architecture=replace(model.architecture, layers=2, bidirectional=True))
    own = {name: np.full(shape, 0.1) for name, shape in model.architecture.shapes().items()}
    trace = forward(replace(model, params=own), Experiment().reading(), {"h": np.ones((1, 3))})
    starts = [layer.states[name][0].sum() for both in trace.layers for layer in both for name in ("h", "c")]
    assert starts == [3, 0, 0, 0, 0, 0, 0, 0]


def test_minus_zero_is_zero() -> None:
    """They compare equal, so they must compute the same."""
    assert math.copysign(1, Edit("h_0", (0,), -0.0).value) == 1


@pytest.mark.parametrize(
    ("edit", "text"),
    [
        (Edit("weight_hh", (3, 2), 0.5), "W_hh.3.2_0.5"),
        (Edit("bias_ih", (1,), -2), "b_ih.1_-2"),
        (Edit("h_0", (4,), 1e-7), "h_0.4_1e-07"),
        (Edit("weight_hy", (0, 11), 1 / 3), "W_hy.0.11_0.3333333333333333"),
    ],
)
def test_an_edit_is_readable(edit: Edit, text: str) -> None:
    """Links out in the world depend on this form."""
    assert str(edit) == text
    assert Edit.from_text(text) == edit


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"name": 3}, "type"),
        ({"at": [0, 0]}, "type"),
        ({"at": (0.0, 0)}, "type"),
        ({"at": (True, 0)}, "type"),
        ({"value": "1"}, "type"),
        ({"value": None}, "type"),
        ({"value": True}, "type"),
        ({"value": math.nan}, "not-finite"),
        ({"value": -math.inf}, "not-finite"),
        ({"value": EDITED.high * 1.001}, "range"),
        ({"value": -(10**400)}, "range"),
    ],
)
def test_an_edit_is_strict(given: dict[str, Any], code: str) -> None:
    """A value nobody can use is refused where it is made."""
    with pytest.raises(Invalid) as caught:
        Edit(**{"name": "weight_hh", "at": (0, 0), "value": 1.0, **given})
    assert (caught.value.code, caught.value.field) == (code, "edits")


@pytest.mark.parametrize("name", PRESETS)
def test_a_place_that_is_not_there_is_refused(name: str) -> None:
    """Each shape to its edges and no further; no state or weight of another cell."""
    experiment = Experiment.from_preset(name)
    net = sizes(experiment)
    for weight, shape in places(net).items():
        last = tuple(size - 1 for size in shape)
        check(net, Edit(weight, last, 1.0))
        beyond = [(*last[:axis], k, *last[axis + 1 :]) for axis, size in enumerate(shape) for k in (size, -1)]
        for at in [*beyond, (), last[1:], (*last, 0)]:
            with pytest.raises(Invalid, match="outside-shape"):
                traced(experiment, [Edit(weight, at, 1.0)])
    for weight in ("weight_xx", "h", "weight_hh_l2", "embedding", *([] if experiment.cell == "lstm" else ["c_0"])):
        with pytest.raises(Invalid, match="no-weight"):
            traced(experiment, [Edit(weight, (0,), 1.0)])
