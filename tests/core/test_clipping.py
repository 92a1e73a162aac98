"""One update with clipping and without, and how far a truncated gradient points off."""

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from rnn_core import Experiment, Invalid
from rnn_core.analysis.clipping import clipping
from rnn_core.analysis.truncation import truncation
from rnn_core.architecture import Architecture
from rnn_core.batch import Batch
from rnn_core.cells import CELLS
from rnn_core.experiment import load_task
from rnn_core.model import Model, backward, build, draw, forward

RATES = [1e-3, 0.1, 1.0, 30.0]
TRAINED = Experiment.from_task("adding", "gru", hidden=4, batch=3, length=6, layers=2, bidirectional=True)


def drawn() -> tuple[Model, Batch]:
    """A network of several layers, padding and all, and a batch of its task."""
    task = load_task(TRAINED)
    return draw(TRAINED.architecture(task), TRAINED), task.make(np.random.default_rng(0), TRAINED.length, TRAINED.batch)


def read(cell: str, **more: Any) -> tuple[Model, Batch]:
    """A network and the sequence it reads."""
    experiment = Experiment(cell=cell, **{"text": "abracadabra", "hidden": 5, "init": "orthogonal", **more})
    return build(experiment), experiment.reading()


def descended(model: Model, batch: Batch, gradient: dict[str, np.ndarray], rate: float) -> float:
    """The mean loss after w ← w − rate·g, in torch's optimiser."""
    weights = {name: torch.tensor(value, requires_grad=True) for name, value in model.params.items()}
    for name, weight in weights.items():
        weight.grad = torch.tensor(gradient[name])
    torch.optim.SGD(weights.values(), lr=rate).step()
    updated = {name: weight.detach().numpy() for name, weight in weights.items()}
    return forward(Model(model.architecture, updated), batch).loss / batch.answers


@pytest.mark.parametrize("most", [1e-3, 1e3])
@pytest.mark.parametrize("which", [*CELLS, "layers"])
def test_an_update_is_torchs(which: str, most: float) -> None:
    """Norms as clip_grad_norm_ has them, and the loss after SGD with what it leaves."""
    model, batch = drawn() if which == "layers" else read(which)
    d_params = backward(model, forward(model, batch)).d_params
    assert d_params is not None
    gradient = {name: value / batch.answers for name, value in d_params.items()}
    leaves = [torch.zeros(value.shape, dtype=torch.float64) for value in gradient.values()]
    for leaf, value in zip(leaves, gradient.values(), strict=True):
        leaf.grad = torch.tensor(value)
    norm = torch.nn.utils.clip_grad_norm_(leaves, most).item()
    limited = {name: leaf.grad.numpy() for name, leaf in zip(gradient, leaves, strict=True) if leaf.grad is not None}

    found = clipping(model, batch, most, RATES)
    assert found.norm == pytest.approx(norm, rel=1e-10)
    assert found.clipped == pytest.approx(np.linalg.norm([np.linalg.norm(g) for g in limited.values()]), rel=1e-10)
    assert found.factor == pytest.approx(found.clipped / norm, rel=1e-10)
    assert (found.factor == 1) == (most == 1e3)
    assert found.before == pytest.approx(forward(model, batch).loss / batch.answers, rel=1e-12)
    for rate, plain, with_limit in zip(RATES, found.plain, found.limited, strict=True):
        assert plain == pytest.approx(descended(model, batch, gradient, rate), rel=1e-8)
        assert with_limit == pytest.approx(descended(model, batch, limited, rate), rel=1e-8)


@given(st.floats(1e-4, 10), st.floats(1e-3, 3))
def test_clipping_is_a_smaller_rate(most: float, rate: float) -> None:
    """The loss with clipping is the loss without it at factor × rate."""
    model, batch = read("rnn", gain=1.5)
    found = clipping(model, batch, most, [rate])
    assert 0 < found.factor <= 1
    assert found.limited[0] == pytest.approx(clipping(model, batch, most, [rate * found.factor]).plain[0], rel=1e-9)


def test_clipping_saves_an_update_that_explodes() -> None:
    """A gradient of a thousand: without clipping the loss leaps up at every rate, with it it falls."""
    model, batch = read("rnn-linear", gain=2.0, kind="sine", length=20)
    found = clipping(model, batch, 0.1, [1e-3, 0.01, 0.1])
    assert found.norm > 1e3
    assert (found.plain > 10 * found.before).all()
    assert (found.limited < found.before).all()


def test_an_explosion_is_told_as_one() -> None:
    """inf or NaN, without a warning."""
    model, batch = read("rnn-linear", gain=3.0, kind="sine", length=60)
    found = clipping(model, batch, 1.0, [100.0])
    assert not np.isfinite(found.plain[0])
    params = {name: np.full_like(value, 1e200) for name, value in model.params.items()}
    assert not np.isfinite(clipping(Model(model.architecture, params), batch, 1.0, [0.1]).norm)


@pytest.mark.parametrize(
    ("most", "rates", "field"),
    [(0.0, [1.0], "clip"), (1.0, [0.0], "lr"), (1.0, [1.0] * 5000, "number of rates")],
)
def test_what_cannot_be_tried_is_refused(most: float, rates: list[float], field: str) -> None:
    """By name."""
    with pytest.raises(Invalid) as caught:
        clipping(*read("rnn"), most, rates)
    assert caught.value.field == field


# ---- Truncation


@pytest.mark.parametrize("which", [*CELLS, "layers"])
def test_the_angle_is_that_between_the_gradients(which: str) -> None:
    """Of the weights that truncation changes; with all T steps there is none."""
    model, batch = drawn() if which == "layers" else read(which)
    trace, T = forward(model, batch), batch.x.shape[0]
    found = truncation(model, batch)
    gradients = []
    for k in (*range(1, T + 1), None):
        d_params = backward(model, trace, k).d_params
        assert d_params is not None
        gradients.append(np.concatenate([g.ravel() for name, g in d_params.items() if "hy" not in name]))
    *parts, whole = gradients
    norms = np.linalg.norm(parts, axis=1)
    assert found.k.tolist() == list(range(1, T + 1))
    assert found.norm == pytest.approx(np.linalg.norm(whole), rel=1e-10)
    np.testing.assert_allclose(found.ratio, norms / found.norm, rtol=1e-10)
    np.testing.assert_allclose(found.cosine, parts @ whole / (norms * found.norm), rtol=1e-10)
    assert found.cosine[0] < 1 - 1e-6
    assert (found.cosine[-1], found.ratio[-1]) == (pytest.approx(1), pytest.approx(1))


@given(st.floats(-1.5, 1.5), st.integers(1, 12))
def test_of_one_linear_unit_the_missing_part_is_a_geometric_series(w: float, k: int) -> None:
    """h_t = w·h_{t−1} + x_t, asked at T: after k steps Σ wʲ (x_{T−j}, h_{T−1−j}, 1, 1) has terms j < k."""
    x = np.random.default_rng(0).standard_normal((12, 1, 1))
    ones, zeros = np.ones((1, 1)), np.zeros(1)
    params = {"weight_ih": ones, "weight_hh": w * ones, "bias_ih": zeros, "bias_hh": zeros}
    model = Model(Architecture("rnn-linear", 1, 1, 1, last=True), {**params, "weight_hy": ones, "bias_hy": zeros})
    h = [0.0]
    for x_t in x.ravel():
        h.append(w * h[-1] + x_t)
    terms = np.array([[w**j * x[11 - j, 0, 0], w**j * h[11 - j], w**j, w**j] for j in range(12)])
    part, whole = terms[:k].sum(axis=0), terms.sum(axis=0)
    found = truncation(model, Batch(x, np.full((1, 1, 1), 9.0), np.ones((1, 1), bool), "squared"), [k])
    assert found.ratio[0] == pytest.approx(np.linalg.norm(part) / np.linalg.norm(whole), rel=1e-8)
    cosine = part @ whole / np.linalg.norm(part) / np.linalg.norm(whole)
    assert found.cosine[0] == pytest.approx(cosine, rel=1e-8)


def test_where_there_is_no_gradient_there_is_no_angle() -> None:
    """NaN, without a warning."""
    model, batch = read("rnn")
    dead = {name: np.zeros_like(value) if name == "weight_hy" else value for name, value in model.params.items()}
    found = truncation(Model(model.architecture, dead), batch, [1, 2])
    assert np.isnan(found.cosine).all()
    assert np.isnan(found.ratio).all()


@pytest.mark.parametrize("ks", [[0], [12], [1.0], [1] * 5000])
def test_other_lengths_are_refused(ks: list) -> None:
    """Below 1, above T = 11, no whole number, too many."""
    with pytest.raises(Invalid):
        truncation(*read("rnn"), ks)
