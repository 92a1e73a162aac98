"""Reference results of the literature that need no training, at the sizes they are quoted with."""

import numpy as np
import pytest

from rnn_core import bptt, init_params, unroll
from rnn_core.params import Params, shapes

T, H = 100, 64
LAG = T - 1


def norms(cell: str, params: Params, seed: int) -> dict[str, np.ndarray]:
    """‖∂L/∂s_t‖ for t = 1 … T by state, the loss a random unit direction of h_T; x ~ N(0, 1)."""
    rng = np.random.default_rng(seed)
    trace = unroll(cell, params, rng.standard_normal((T, 1, params["weight_ih"].shape[1])))
    d_h = np.zeros((T, 1, trace.states["h"].shape[-1]))
    direction = rng.standard_normal(d_h.shape[-1])
    d_h[-1, 0] = direction / np.linalg.norm(direction)
    return {name: np.linalg.norm(d[1:, 0], axis=-1) for name, d in bptt(trace, params, d_h).states.items()}


@pytest.mark.parametrize(("rho", "at_lag_99"), [(0.9, 2.95e-5), (1.0, 1.0), (1.1, 1.25e4)])
def test_a_linear_orthogonal_recurrence_loses_exactly_rho_a_step(rho: float, at_lag_99: float) -> None:
    """Vanishing and exploding (Pascanu, Mikolov, Bengio 2013): the factor per step is ρ, whatever is read."""
    norm = norms("rnn-linear", init_params("rnn-linear", 2, H, 0, init="orthogonal", gain=rho), seed=1)["h"]
    np.testing.assert_allclose(norm[:-1] / norm[1:], rho, rtol=1e-12)
    np.testing.assert_allclose(norm[0] / norm[-1], at_lag_99, rtol=3e-3)


@pytest.mark.parametrize(("rho", "per_step"), [(1.0, 0.94), (1.5, 1.07)])
def test_tanh_loses_more_than_rho(rho: float, per_step: float) -> None:
    """With tanh the input decides too: ρ 1.0 gives 0.94 a step and 1.5 gives 1.07, in the mean of 5 seeds."""
    factors = []
    for seed in range(5):
        norm = norms("rnn", init_params("rnn", 2, H, seed, init="orthogonal", gain=rho), seed + 100)["h"]
        factors.append((norm[0] / norm[-1]) ** (1 / LAG))
    assert np.mean(factors) == pytest.approx(per_step, abs=0.01)


@pytest.mark.parametrize("seed", range(5))
def test_a_norm_above_one_is_not_enough_to_explode(seed: int) -> None:
    """A Gaussian W of spectral radius 0.9 has σ_max well above 1, and its gradient vanishes all the same."""
    params = init_params("rnn-linear", 2, H, seed, init="gaussian")
    params["weight_hh"] *= 0.9 / np.abs(np.linalg.eigvals(params["weight_hh"])).max()
    assert 1.41 < np.linalg.norm(params["weight_hh"], 2) < 1.9
    norm = norms("rnn-linear", params, seed)["h"]
    assert norm[0] < 1e-2 * norm[-1]


def test_the_memorys_own_path() -> None:
    """An LSTM without weights, b_f = 5: nothing returns through h, and through c what σ(5) leaves a step."""
    params = {name: np.zeros(shape) for name, shape in shapes("lstm", 2, H).items()}
    params["bias_ih"][H : 2 * H] = 5
    norm = norms("lstm", params, seed=0)
    assert not norm["h"][:-1].any()
    assert norm["h"][-1] == pytest.approx(1)
    np.testing.assert_allclose(norm["c"][0] / norm["c"][-1], (1 / (1 + np.exp(-5))) ** LAG, rtol=1e-12)
    assert norm["c"][0] / norm["c"][-1] == pytest.approx(0.51, abs=0.005)


@pytest.mark.parametrize(("bias", "kept"), [(0, 1e-6), (1, 0.0019), (3, 0.38)])
def test_a_forget_bias_sets_how_long_memory_lasts(bias: float, kept: float) -> None:
    """What is left of c after 20 steps with nothing else to decide: σ(b)²⁰ (Gers 2000; Jozefowicz 2015)."""
    params = {name: np.zeros(shape) for name, shape in shapes("lstm", 1, 1).items()}
    params["bias_ih"][1] = bias
    trace = unroll("lstm", params, np.zeros((20, 1, 1)), {"c": np.ones((1, 1))})
    assert trace.states["c"][-1].item() == pytest.approx(kept, rel=0.05)


@pytest.mark.parametrize(("I", "H"), [(1, 1), (10, 64), (65, 3)])
def test_a_gru_has_three_quarters_of_an_lstms_parameters(I: int, H: int) -> None:
    """In PyTorch's layout exactly 3/4, at every size (Cho 2014)."""
    gru, lstm = (sum(np.prod(shape) for shape in shapes(cell, I, H).values()) for cell in ("gru", "lstm"))
    assert 4 * gru == 3 * lstm
