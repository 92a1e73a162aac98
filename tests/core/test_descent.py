"""Steps down the gradient of one sequence: torch's SGD, and down they go."""

from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st

from rnn_core import Experiment, Invalid
from rnn_core.batch import Batch
from rnn_core.cells import CELLS
from rnn_core.changes import traced
from rnn_core.descent import Descend, descend
from rnn_core.edits import Edit, apply
from rnn_core.experiment import DESCENT_STEPS, DESCENT_TIMES
from rnn_core.model import build, forward
from rnn_core.presets import PRESETS
from rnn_core.readers import TARGETS
from tests.core import oracle
from tests.core.draw import edits_of, experiments
from tests.core.oracle import assert_close
from tests.core.test_model import TEXTS, THEIRS

SMALL = [
    Experiment(kind=kind, text=TEXTS[kind], target=TARGETS[kind][0], cell=cell, length=8, hidden=4, seed=3)
    for kind in TARGETS
    for cell in CELLS
]


def their_loss(reading: Batch, cell: str, params: oracle.Tensors, start: oracle.Arrays) -> torch.Tensor:
    """L as torch computes it, from an initial state."""
    states = oracle.loop(cell, params, torch.tensor(reading.x), oracle.tensors(start))
    logits = F.linear(torch.stack([s["h"] for s in states[1:]]), params["weight_hy"], params["bias_hy"])
    asked = torch.tensor(reading.asked)
    return THEIRS[reading.loss](logits[asked], torch.tensor(reading.target)[asked]).sum()


@pytest.mark.parametrize("experiment", SMALL, ids=lambda e: f"{e.kind}-{e.cell}")
def test_every_step_is_torchs_sgd(experiment: Experiment) -> None:
    """Loss before and after each step, and every weight at the end, from an initial state set by hand too."""
    reading, lr, times = experiment.reading(), 0.01, 12
    model, start = apply(build(experiment), [Edit("h_0", (1,), 0.5)])
    ours = descend(model, reading, Descend(lr, times), start)

    params = oracle.tensors(model.params)
    sgd = torch.optim.SGD(params.values(), lr=lr)
    losses = []
    for step in range(times + 1):
        sgd.zero_grad()
        loss = their_loss(reading, experiment.cell, params, start)
        losses.append(loss.item())
        if step < times:
            loss.backward()
            sgd.step()
    np.testing.assert_allclose(ours.losses, losses, rtol=1e-12)
    for name, value in params.items():
        np.testing.assert_allclose(ours.model.params[name], value.detach(), rtol=0, atol=1e-12)


def check_goes_down(experiment: Experiment) -> None:
    """By lr·‖∂L/∂w‖², as calculus says of a step small enough; the gradient may be 0 already."""
    replay, reading, trace = traced(experiment)
    assert trace.d_params is not None
    square = sum(float(np.sum(gradient**2)) for gradient in trace.d_params.values())
    lr = float(np.clip(1e-5 * max(trace.loss, 1e-3) / (square or 1), 1e-9, 1))
    before, after = descend(replay.model, reading, Descend(lr, 1)).losses
    assert before == trace.loss
    assert after == pytest.approx(before - lr * square, rel=1e-12, abs=0.05 * lr * square)


@pytest.mark.parametrize("name", PRESETS)
def test_the_loss_of_a_preset_goes_down(name: str) -> None:
    """Networks set by hand are not at a minimum, but for the running sum, which is exact and stays so."""
    check_goes_down(Experiment.from_preset(name))


@pytest.mark.parametrize("experiment", SMALL, ids=lambda e: f"{e.kind}-{e.cell}")
def test_the_loss_of_a_random_network_goes_down(experiment: Experiment) -> None:
    """Whatever is read and by which cell."""
    check_goes_down(experiment)
    assert (np.diff(descend(build(experiment), experiment.reading(), Descend(1e-4, 50)).losses) < 0).all()


@given(experiments(), st.data(), st.sampled_from([1e-9, 1e-3, 1.0, 100.0]), st.integers(1, 5))
def test_nothing_given_is_changed(experiment: Experiment, data: st.DataObject, lr: float, times: int) -> None:
    """The model stays as it was, and the parts of the answer agree, however large the rate is."""
    model, start = apply(build(experiment), data.draw(edits_of(experiment)))
    own = {name: value.copy() for name, value in model.params.items()}
    descent = descend(model, experiment.reading(), Descend(lr, times), start)
    assert_close(model.params, own, 0)
    assert len(descent.losses) == times + 1 or not np.isfinite(descent.losses[-1])
    assert np.isfinite(descent.losses[:-1]).all()
    assert not descent.losses.flags.writeable
    with np.errstate(over="ignore", invalid="ignore"):
        for name, value in descent.model.params.items():
            assert value.shape == own[name].shape
            assert not value.flags.writeable
        again = forward(descent.model, experiment.reading(), start).loss
    np.testing.assert_equal(again, descent.losses[-1])


def test_steps_add_up() -> None:
    """Ten steps and ten more are twenty, to the last bit: where one stops, another goes on."""
    model, reading = build(Experiment()), Experiment().reading()
    ten = descend(model, reading, Descend(0.1, 10))
    both = descend(ten.model, reading, Descend(0.1, 10))
    twenty = descend(model, reading, Descend(0.1, 20))
    assert_close(both.model.params, twenty.model.params, 0)
    np.testing.assert_array_equal([*ten.losses, *both.losses[1:]], twenty.losses)


def test_an_explosion_ends_the_descent_and_says_so() -> None:
    """The first loss outside the floats is the last; what came before is there to be drawn."""
    experiment = Experiment(kind="numbers", text="9 8 7 6", target="sum", cell="rnn-linear")
    descent = descend(build(experiment), experiment.reading(), Descend(1.0, 100))
    assert not np.isfinite(descent.losses[-1])
    assert 2 < len(descent.losses) < 50
    assert np.isfinite(descent.losses[:-1]).all()
    after = descend(descent.model, experiment.reading(), Descend(1.0, 5))
    assert not np.isfinite(after.losses[-1])
    assert len(after.losses) == 1
    assert_close(after.model.params, descent.model.params, 0)


@pytest.mark.parametrize(
    ("lr", "times", "length", "code", "field"),
    [
        (0.0, 1, 8, "range", "lr"),
        (-0.1, 1, 8, "range", "lr"),
        (100.1, 1, 8, "range", "lr"),
        (float("nan"), 1, 8, "range", "lr"),
        ("0.1", 1, 8, "type", "lr"),
        (None, 1, 8, "type", "lr"),
        (0.1, 0, 8, "range", "times"),
        (0.1, 1.0, 8, "type", "times"),
        (0.1, True, 8, "type", "times"),
        (0.1, DESCENT_TIMES + 1, 8, "range", "times"),
        (0.1, DESCENT_STEPS // 60 + 1, 60, "too-many-steps", "times"),
    ],
)
def test_what_cannot_be_done_is_refused(lr: Any, times: Any, length: int, code: str, field: str) -> None:
    """Before any work, with the largest number that is possible."""
    experiment = Experiment(kind="sine", target="next", length=length)
    with pytest.raises(Invalid) as caught:
        descend(build(experiment), experiment.reading(), Descend(lr, times))
    assert (caught.value.code, caught.value.field) == (code, field)
    if code == "too-many-steps":
        assert len(descend(build(experiment), experiment.reading(), Descend(1e-3, caught.value.bound)).losses) == times


def test_a_hundred_steps_are_always_possible() -> None:
    """Whatever the sequence: the page has a button for them."""
    experiment = Experiment(kind="sine", target="next", length=60, cell="rnn", hidden=1)
    assert len(descend(build(experiment), experiment.reading(), Descend(1e-3, 100)).losses) == 101
