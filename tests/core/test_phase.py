"""Hundreds of networks at once give what each gives alone."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnn_core import Invalid, bptt, init_params, unroll
from rnn_core.analysis import phase as module
from rnn_core.analysis.phase import Phase, phase
from rnn_core.analysis.sweep import AXES, INPUTS, Sweep
from rnn_core.cells import CELLS, sigmoid
from rnn_core.experiment import FIELDS, PHASE, PHASE_VALUES
from rnn_core.params import INITS

GATED = [cell for cell, axis in AXES.items() if axis.gate]
SMALL: dict[str, Any] = {"hidden": 5, "length": 9, "seeds": 3, "seed": 4}


def alone(sweep: Sweep, k: int, value: float) -> dict[str, np.ndarray]:
    """A network by itself: log₁₀ of ‖∂L/∂s_{T−lag}‖ and of its parts' norms, over ‖∂L/∂s_T‖; (T+1,) by part."""
    _, x, direction = sweep.draw(k)
    params = sweep.network(k, value)
    trace = unroll(sweep.cell, params, x[:, None])
    d_h = np.zeros((sweep.length, 1, sweep.hidden))
    d_h[-1, 0] = direction
    norms = {name: np.linalg.norm(d[::-1, 0], axis=-1) for name, d in bptt(trace, params, d_h).states.items()}
    whole = np.linalg.norm(list(norms.values()), axis=0)
    with np.errstate(divide="ignore"):
        parts = {name: np.log10(norm / whole[0]) for name, norm in norms.items() if len(norms) > 1}
        return {"s": np.log10(whole / whole[0]), **parts}


def assert_each_is_as_alone(sweep: Sweep, values: tuple[float, ...], seeds: range) -> None:
    found = phase(sweep, values)
    for k in seeds:
        for n, value in enumerate(values):
            wanted = alone(sweep, k, value)
            assert found.each.keys() == wanted.keys()
            for part, logs in wanted.items():
                np.testing.assert_allclose(found.each[part][k, n], logs, rtol=0, atol=1e-10)


@pytest.mark.parametrize("cache", [1, 10**9])
@pytest.mark.parametrize("cell", CELLS)
def test_each_network_is_as_alone(cell: str, cache: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every lag and part, however many are walked together; with all biases drawn too."""
    monkeypatch.setattr(module, "CACHE", cache)
    values = (-2.0, 0.5, 3.0) if cell in GATED else (0.5, 1.0, 1.7)
    for init in ("torch", "orthogonal"):
        assert_each_is_as_alone(Sweep(cell, init, gain=1.3, **SMALL), values, range(3))


@pytest.mark.parametrize("cell", CELLS)
def test_at_full_size_too(cell: str) -> None:
    """As the page shows it; up to a gain where tanh is not yet chaotic."""
    values = (0.0, 6.0) if cell in GATED else (0.5, 1.4)
    assert_each_is_as_alone(Sweep(cell), values, range(1))


@st.composite
def sweeps(draw: st.DrawFn) -> tuple[Sweep, tuple[float, ...]]:
    """Small ones of every sort, and values of their axis, extremes included."""
    cell = draw(st.sampled_from(list(CELLS)))
    sizes = {"hidden": st.integers(1, 4), "length": st.integers(1, 6), "seeds": st.integers(1, 3)}
    drawn = {name: draw(each) for name, each in sizes.items()}
    gains, biases = st.floats(0.01, 3), st.floats(-10, 10)
    sweep = Sweep(cell, draw(st.sampled_from(INITS)), draw(gains), **drawn, seed=draw(st.integers(0, 9999)))
    return sweep, tuple(draw(st.lists(biases if cell in GATED else gains, min_size=1, max_size=3)))


@given(sweeps())
def test_any_network_is_as_alone(drawn: tuple[Sweep, tuple[float, ...]]) -> None:
    """Any cell, init, size and place on the axis."""
    assert_each_is_as_alone(*drawn, range(drawn[0].seeds))


@pytest.mark.parametrize("cell", CELLS)
def test_a_network_is_drawn_as_any_other(cell: str) -> None:
    """Its parameters are `init_params`' with that gain, or with that bias in bias_ih and 0 in bias_hh."""
    sweep, rng = Sweep(cell, "torch", gain=0.7, **SMALL), np.random.default_rng((4, 2))
    forget_bias, gain = 1.5 if cell == "lstm" else None, 0.7 if cell in GATED else 1.5
    wanted = init_params(cell, INPUTS, 5, rng, init="torch", forget_bias=forget_bias, gain=gain)
    if cell.startswith("gru"):
        wanted["bias_ih"][5:10], wanted["bias_hh"][5:10] = 1.5, 0
    for name, value in sweep.network(2, 1.5).items():
        np.testing.assert_array_equal(value, wanted[name])


# ---- Closed forms


@pytest.mark.parametrize("init", ["orthogonal", "identity"])
def test_a_linear_network_keeps_the_gain_at_every_step(init: str) -> None:
    """gain^lag exactly (Pascanu 2013), also below the smallest of the floats."""
    values = (0.2, 0.9, 1.0, 1.1, 3.0)
    found = phase(Sweep("rnn-linear", init, length=500, hidden=16, seeds=3), values)
    wanted = np.arange(501) * np.log10(values)[:, None]
    assert wanted.min() < -320
    np.testing.assert_allclose(found.each["s"], np.broadcast_to(wanted, (3, 5, 501)), rtol=1e-12, atol=1e-11)
    np.testing.assert_allclose(found.at(), wanted, rtol=1e-12, atol=1e-11)


def test_without_recurrent_weights_an_lstm_has_its_memory_left() -> None:
    """Gain 0: nothing returns through h, and through c what the forget gates leave, Π σ(b + W_if x_t)."""
    sweep = Sweep("lstm", gain=0, hidden=6, length=40, seeds=2)
    values = (-2.0, 0.0, 5.0)
    found = phase(sweep, values)
    for k in range(2):
        params, x, direction = sweep.draw(k)
        i, f, g, o = np.split(x @ params["weight_ih"].T, 4, axis=1)  # biases are 0
        for n, bias in enumerate(values):
            keep = sigmoid(f + bias)
            c = np.zeros(6)
            for t in range(40):
                c = keep[t] * c + sigmoid(i[t]) * np.tanh(g[t])
            d_c = direction * sigmoid(o[-1]) / np.cosh(c) ** 2
            left = d_c * np.vstack((np.ones(6), np.cumprod(keep[::-1], axis=0)))
            wanted = np.log10(np.linalg.norm(left, axis=1) / np.hypot(1, np.linalg.norm(d_c)))
            np.testing.assert_allclose(found.each["c"][k, n], wanted, rtol=0, atol=1e-11)
            assert (found.each["h"][k, n, 1:] == -np.inf).all()
    np.testing.assert_array_equal(found.each["s"][..., 1:], found.each["c"][..., 1:])


def test_a_gate_that_keeps_all_loses_as_its_sigma_says(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing read and no recurrent weights: σ(b) a step exactly, for an LSTM's c and a GRU's h."""
    drawn = Sweep.draw
    monkeypatch.setattr(Sweep, "draw", lambda self, k: (drawn(self, k)[0], np.zeros((60, INPUTS)), drawn(self, k)[2]))
    values = (-2.0, 1.0, 5.0)
    steps = np.log10(sigmoid(np.array(values)))
    for cell, part in (("lstm", "c"), ("gru", "s"), ("gru-reset-before", "s")):
        found = phase(Sweep(cell, gain=0, length=60, hidden=4, seeds=2), values).each[part]
        np.testing.assert_allclose(np.diff(found), np.broadcast_to(steps[:, None], (2, 3, 60)), rtol=0, atol=1e-12)


def test_tanh_loses_what_the_literature_says() -> None:
    """With gain 1 0.94 a step, with 1.5 1.07, at the size of the reference result (SCIENCE: ± 0.01)."""
    found = phase(Sweep("rnn", hidden=64), (1.0, 1.5)).at()
    np.testing.assert_allclose(10 ** (found[:, 99] / 99), (0.94, 1.07), atol=0.01)


# ---- What floats do not hold


@pytest.mark.parametrize("cell", ["rnn", "rnn-relu", "rnn-linear", "rnn-sigmoid"])
def test_a_gain_of_nothing_lets_nothing_through(cell: str) -> None:
    """0 at lag 0, then −inf, in every quantile, and no warning."""
    found = phase(Sweep(cell, **SMALL), (0.0,))
    for share in (0.1, 0.5, 0.9):
        assert found.at(share)[0].tolist() == [0, *[-np.inf] * 9]


def test_states_beyond_the_floats_are_not_a_number() -> None:
    """One unit, h ← 3w·h + …: where (3w)⁵⁰⁰ is no float, NaN at every lag; elsewhere a number."""
    sweep = Sweep("rnn-linear", "gaussian", hidden=1, length=500, seeds=40)
    found = phase(sweep, (3.0,)).each["s"][:, 0]
    grown = [500 * np.log10(abs(sweep.network(k, 3.0)["weight_hh"].item())) for k in range(40)]
    assert min(grown) < 300
    assert max(grown) > 320
    for log, size in zip(found, grown, strict=True):
        assert np.isnan(log).all() or np.isfinite(log).all()
        assert 300 < size < 320 or np.isnan(log[0]) == (size > 308)


def test_a_quantile_is_one_of_the_networks() -> None:
    """Of an even number of seeds the median is the lower of two; −inf is a number like any other, NaN is none."""
    each = np.array([[-np.inf, -np.inf, 3, np.nan], [1, -np.inf, 0, 0], [2, 5, 2, 0], [3, 7, 1, 0]])
    found = Phase(Sweep(seeds=4), np.ones(1), {"s": each[:, None]})
    np.testing.assert_array_equal(found.at()[0], [1, -np.inf, 1, np.nan])
    np.testing.assert_array_equal(found.at(0.9)[0], [3, 7, 3, np.nan])
    np.testing.assert_array_equal(found.at(0.1)[0], [-np.inf, -np.inf, 0, np.nan])


# ---- Settings


@pytest.mark.parametrize("cell", CELLS)
def test_the_usual_diagram_has_hundreds_of_networks(cell: str) -> None:
    """At least 400, on an axis whose values fit the limits; its arrays are read-only."""
    sweep = Sweep(cell)
    assert len(sweep.axis.values) * sweep.seeds >= 400
    PHASE_VALUES.check("values", len(sweep.axis.values))
    for value in sweep.axis.values:
        FIELDS["forget_bias" if cell in GATED else "gain"].check("values", value)
    found = phase(Sweep(cell, **SMALL))
    assert found.values.tolist() == list(sweep.axis.values)
    assert not any(array.flags.writeable for array in (found.values, *found.each.values()))


@pytest.mark.parametrize(
    ("settings", "values", "field"),
    [
        ({"cell": "lstm", "length": 500, "hidden": 64}, None, "length"),
        ({"cell": "lstm", "seeds": 100, "hidden": 64}, None, "seeds"),
        ({"length": 501}, None, "length"),
        ({"cell": "gru-2"}, None, "cell"),
        ({"gain": -1.0}, None, "gain"),
        ({}, (), "values"),
        ({}, (1.0,) * 51, "values"),
        ({}, (3.1,), "values"),
        ({"cell": "gru"}, (1.0, np.nan), "values"),
        ({"cell": "lstm", "hidden": 64, "seeds": 20}, (1.0,) * 50, "seeds"),
    ],
)
def test_what_cannot_be_run_is_refused(settings: dict[str, Any], values: tuple | None, field: str) -> None:
    """By the name of the setting to change."""
    with pytest.raises(Invalid) as caught:
        phase(Sweep(**settings), values)
    assert caught.value.field == field


def test_the_length_that_a_refusal_names_can_be_paid_for() -> None:
    """The bound is the largest that fits."""
    with pytest.raises(Invalid) as caught:
        Sweep("lstm", length=500, hidden=64)
    most = caught.value.bound[1]
    Sweep("lstm", length=most, hidden=64)
    with pytest.raises(Invalid):
        Sweep("lstm", length=most + 1, hidden=64)


ANYTHING = st.sampled_from(list(CELLS)) | st.text(max_size=4) | st.integers(-1, 999).map(str)


@given(st.fixed_dictionaries({}, optional=dict.fromkeys(PHASE, ANYTHING)))
def test_any_link_gives_a_sweep(query: dict[str, str]) -> None:
    """Mended where it must be; and its own link gives it again."""
    sweep, _ = Sweep.from_query(query)
    assert Sweep.from_query(sweep.to_query()) == (sweep, [])
