"""The cliff: its slope is autograd's, and on it a descent does what the paper says."""

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from rnn_core import Invalid, unroll
from rnn_core.analysis.cliff import CLIP, LR, START, UPDATES, WINDOW, descend, loss_and_gradient, surface
from rnn_core.experiment import CLIFF_POINTS

STARTS = (START, (4.35, -1.6), (4.25, -1.7))  # from each of which a descent meets the wall


def their_loss(w: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """As the paper writes it: x_t = w·σ(x_{t−1}) + b."""
    x = torch.full_like(w + b, 0.5)
    for _ in range(50):
        x = w * torch.sigmoid(x) + b
    return (torch.sigmoid(x) - 0.7) ** 2


def test_the_surface_is_torchs() -> None:
    """Loss and gradient at every point of a grid over the window."""
    found = surface(np.linspace(*WINDOW[0], 23), np.linspace(*WINDOW[1], 31))
    w, b = (torch.tensor(values, requires_grad=True) for values in np.broadcast_arrays(found.w, found.b[:, None]))
    loss = their_loss(w, b)
    loss.sum().backward()
    assert w.grad is not None
    assert b.grad is not None
    np.testing.assert_allclose(found.loss, loss.detach().numpy(), rtol=1e-9, atol=1e-12)
    wanted = torch.stack((w.grad, b.grad), dim=-1).numpy()
    np.testing.assert_allclose(found.gradient, wanted, rtol=1e-9, atol=1e-12)
    assert np.abs(found.gradient).max() > 1


@given(st.floats(-8, 3.9), st.floats(-8, 8))
def test_the_slope_is_that_of_the_loss(w: float, b: float) -> None:
    """Central differences, where there is no wall to fall off."""
    step = 1e-5
    _, (d_w, d_b) = loss_and_gradient(w, b)
    for slope, (by_w, by_b) in ((d_w, (step, 0)), (d_b, (0, step))):
        above, below = loss_and_gradient(w + by_w, b + by_b)[0], loss_and_gradient(w - by_w, b - by_b)[0]
        assert slope == pytest.approx((above - below) / (2 * step), rel=1e-3, abs=1e-6)


@pytest.mark.parametrize("point", STARTS)
def test_it_is_a_network_of_one_unit(point: tuple[float, float]) -> None:
    """The loss that `unroll` gives it."""
    w, b = np.array(point)
    params = {
        "weight_ih": np.zeros((1, 1)),
        "weight_hh": np.full((1, 1), w),
        "bias_ih": np.full(1, b),
        "bias_hh": np.zeros(1),
    }
    trace = unroll("rnn-sigmoid", params, np.zeros((50, 1, 1)), {"h": np.full((1, 1), 1 / (1 + np.exp(-0.5)))})
    assert (trace.states["h"][-1].item() - 0.7) ** 2 == pytest.approx(loss_and_gradient(*point)[0], rel=1e-9)


@pytest.mark.parametrize("clip", [None, CLIP])
def test_a_descent_is_torchs(clip: float | None) -> None:
    """SGD and clip_grad_norm_, update for update, up to the wall and over it."""
    ours = descend(*START, LR, 12, clip)
    w, b = (torch.tensor(value, dtype=torch.float64, requires_grad=True) for value in START)
    sgd = torch.optim.SGD((w, b), lr=LR)
    for update in range(12):
        np.testing.assert_allclose(ours.points[update], (w.item(), b.item()), rtol=1e-8)
        sgd.zero_grad()
        loss = their_loss(w, b)
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_((w, b), clip or np.inf)
        sgd.step()
        assert ours.losses[update] == pytest.approx(loss.item(), rel=1e-6)
        assert ours.norms[update] == pytest.approx(norm.item(), rel=1e-6)
        assert ours.clipped[update] == pytest.approx(min(norm.item(), clip or np.inf), rel=1e-4)


# ---- What the paper says. The limits leave room: see the figures beside START


def nearby() -> list[tuple[float, float]]:
    """Each start, and some within 0.005 of it."""
    rng = np.random.default_rng(0)
    return [(w + dw, b + db) for w, b in STARTS for dw, db in ((0, 0), *rng.uniform(-0.005, 0.005, (4, 2)))]


@pytest.mark.parametrize("start", nearby())
def test_without_clipping_the_descent_is_thrown_off(start: tuple[float, float]) -> None:
    """Down to the foot of the wall, then in one update far away, and no way back from there."""
    path = descend(*start, LR, UPDATES)
    meets = int(path.norms.argmax())
    assert 3 <= meets <= 12
    assert path.norms[:meets].max() < 0.2
    assert path.norms[meets] > 3
    assert path.losses[:meets].min() < 0.006
    assert np.linalg.norm(path.points[meets + 1] - path.points[meets]) > 2
    assert path.losses[meets + 1 :].min() > 0.08
    np.testing.assert_array_equal(path.norms, path.clipped)


@pytest.mark.parametrize("start", nearby())
def test_with_clipping_it_stays_and_comes_down(start: tuple[float, float]) -> None:
    """It meets the wall too, takes a short step, and ends low."""
    path = descend(*start, LR, UPDATES, CLIP)
    assert path.norms.max() > 0.5
    assert path.clipped.max() <= CLIP
    assert np.linalg.norm(path.points - path.points[0], axis=1).max() < 1.2
    assert path.losses[-10:].max() < 0.01 < 0.02 < path.losses[0]


def test_the_window_shows_it_all() -> None:
    """Both descents from START, and the foot of the wall."""
    for clip in (None, CLIP):
        for values, (low, high) in zip(descend(*START, LR, UPDATES, clip).points.T, WINDOW, strict=True):
            assert low < values.min()
            assert values.max() < high


def test_the_wall_is_where_x_0_would_stay() -> None:
    """x_0 = w·σ(x_0) + b: a little above it the loss of σ near 1, a little below that of σ near 0."""
    for w in (5.0, 6.0, 7.0):
        foot = 0.5 - w / (1 + np.exp(-0.5))
        (above, _), (below, _) = loss_and_gradient(w, foot + 0.01), loss_and_gradient(w, foot - 0.01)
        assert above < 0.1 < 0.3 < below


# ---- Limits


def test_what_leaves_the_floats_ends_a_descent() -> None:
    """Quietly: far out there is no slope left, or a gradient that is none."""
    for w, b in ((20.0, -20.0), (-20.0, 20.0), (20.0, -12.0)):
        path = descend(w, b, 100.0, 50)
        assert len(path.points) == len(path.losses) == len(path.norms) + 1 == len(path.clipped) + 1
        assert np.isfinite(path.points).all()
    loss, gradient = loss_and_gradient(1e300, -3e299)
    assert np.isfinite(loss)
    assert gradient.shape == (2,)


@pytest.mark.parametrize(
    ("call", "field"),
    [
        (lambda: surface(np.linspace(3, 7, 400), np.linspace(-4, 3, CLIFF_POINTS // 400 + 1)), "points"),
        (lambda: surface([], [1.0]), "points"),
        (lambda: surface([5.0, np.nan], [1.0]), "w"),
        (lambda: surface([5.0], [21.0]), "b"),
        (lambda: descend(np.inf, 0.0), "w"),
        (lambda: descend(5.0, 0.0, 0.0), "lr"),
        (lambda: descend(5.0, 0.0, steps=1001), "steps"),
        (lambda: descend(5.0, 0.0, clip=0.0), "clip"),
    ],
)
def test_what_cannot_be_drawn_is_refused(call: Any, field: str) -> None:
    """By the name of what is wrong."""
    with pytest.raises(Invalid) as caught:
        call()
    assert caught.value.field == field


def test_results_are_read_only() -> None:
    """Of both."""
    found, path = surface([5.0], [-2.0, -3.0]), descend(*START, steps=2)
    assert found.loss.shape == (2, 1)
    assert found.gradient.shape == (2, 1, 2)
    for array in (*vars(found).values(), *vars(path).values()):
        assert not array.flags.writeable
