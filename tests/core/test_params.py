"""First values of the parameters: their shapes, their spread, and what a seed and a forget bias decide."""

from typing import Any

import numpy as np
import pytest

from rnn_core import Invalid, init_params
from rnn_core.cells import CELLS
from rnn_core.params import INITS, init_readout, set_gate_bias, shapes

I, H = 3, 64
DRAWN = {"bias_ih", "bias_hh"}


@pytest.mark.parametrize("init", INITS)
@pytest.mark.parametrize("cell", CELLS)
def test_shapes_are_torchs(cell: str, init: str) -> None:
    """Every scheme gives G blocks of H rows, and nothing but finite numbers."""
    G = len(CELLS[cell].blocks)
    params = init_params(cell, I, H, init=init)
    wanted = {"weight_ih": (G * H, I), "weight_hh": (G * H, H), "bias_ih": (G * H,), "bias_hh": (G * H,)}
    assert shapes(cell, I, H) == wanted
    assert {name: value.shape for name, value in params.items()} == wanted
    assert all(np.isfinite(value).all() for value in params.values())


@pytest.mark.parametrize("init", INITS)
@pytest.mark.parametrize("cell", CELLS)
def test_a_seed_is_a_network_in_both_precisions(cell: str, init: str) -> None:
    """The same seed draws the same values; float32 only rounds them; another seed draws others."""
    double, again = (init_params(cell, I, H, 7, init=init) for _ in range(2))
    single, other = init_params(cell, I, H, 7, np.float32, init), init_params(cell, I, H, 8, init=init)
    for name, value in double.items():
        assert single[name].dtype == np.float32
        np.testing.assert_array_equal(value, again[name])
        np.testing.assert_array_equal(value.astype(np.float32), single[name])
    assert (double["weight_ih"] != other["weight_ih"]).all()


@pytest.mark.parametrize("cell", CELLS)
def test_torch_fills_its_bounds(cell: str) -> None:
    """U(±1/√H) for all: nothing outside, and the draw reaches both ends."""
    for value in init_params(cell, I, H).values():
        fills(value, 1 / np.sqrt(H))


@pytest.mark.parametrize("cell", CELLS)
def test_xavier_fills_its_bounds(cell: str) -> None:
    """U(±√(6/(fan in + fan out))) by block, and no bias."""
    params = init_params(cell, I, H, init="xavier")
    fills(params["weight_ih"], np.sqrt(6 / (I + H)))
    fills(params["weight_hh"], np.sqrt(6 / (H + H)))


def fills(value: np.ndarray, bound: float) -> None:
    assert -bound <= value.min() < -0.8 * bound
    assert 0.8 * bound < value.max() <= bound


@pytest.mark.parametrize("gain", [0.5, 1, 2])
@pytest.mark.parametrize("cell", CELLS)
def test_orthogonal_is_orthogonal_by_block(cell: str, gain: float) -> None:
    """Each H×H block times its transpose is gain² times the identity; no two blocks are the same."""
    blocks = recurrent_blocks(cell, init="orthogonal", gain=gain)
    for block in blocks:
        np.testing.assert_allclose(block @ block.T, gain**2 * np.eye(H), atol=1e-12)
    assert len({block.tobytes() for block in blocks}) == len(blocks)


def test_orthogonal_favours_no_direction() -> None:
    """QR alone never draws a positive first entry; a uniform draw has both signs (Mezzadri 2007)."""
    first = [init_params("rnn", 1, 3, seed, init="orthogonal")["weight_hh"][0, 0] for seed in range(40)]
    assert 10 < sum(entry > 0 for entry in first) < 30


@pytest.mark.parametrize("cell", CELLS)
def test_identity_is_the_identity_by_block(cell: str) -> None:
    """IRNN (Le, Jaitly, Hinton 2015), times the gain."""
    for block in recurrent_blocks(cell, init="identity", gain=2):
        np.testing.assert_array_equal(block, 2 * np.eye(H))


@pytest.mark.parametrize("gain", [0.5, 1, 2])
@pytest.mark.parametrize("cell", CELLS)
def test_gaussian_spreads_by_gain(cell: str, gain: float) -> None:
    """Standard deviation gain/√H about 0, so the spectral radius is near the gain."""
    for block in recurrent_blocks(cell, init="gaussian", gain=gain):
        assert block.std() == pytest.approx(gain / np.sqrt(H), rel=0.05)
        assert abs(block.mean()) < 4 * gain / H**1.5
        assert np.abs(np.linalg.eigvals(block)).max() == pytest.approx(gain, rel=0.2)


@pytest.mark.parametrize("init", INITS)
def test_gain_multiplies_weight_hh_alone(init: str) -> None:
    """The gain is a factor on one draw under every scheme."""
    plain, scaled = (init_params("lstm", I, H, init=init, gain=gain) for gain in (1, 3))
    for name, value in plain.items():
        np.testing.assert_allclose(scaled[name], (3 if name == "weight_hh" else 1) * value, rtol=1e-15)


@pytest.mark.parametrize("init", [init for init in INITS if init != "torch"])
def test_biases_start_at_zero(init: str) -> None:
    """Only torch's scheme draws them."""
    params = init_params("lstm", I, H, init=init)
    assert not params["bias_ih"].any()
    assert not params["bias_hh"].any()


@pytest.mark.parametrize("init", INITS)
@pytest.mark.parametrize("bias", [-2.0, 0.0, 1.0])
def test_a_forget_bias_touches_its_block_alone(init: str, bias: float) -> None:
    """It sets bias_ih's f block to b and bias_hh's to 0, and leaves every other value as None would."""
    plain, biased = (init_params("lstm", I, H, init=init, forget_bias=b) for b in (None, bias))
    assert (biased["bias_ih"][H : 2 * H] == bias).all()
    assert (biased["bias_hh"][H : 2 * H] == 0).all()
    for name, value in plain.items():
        rest = np.r_[0:H, 2 * H : 4 * H] if name in DRAWN else slice(None)
        np.testing.assert_array_equal(biased[name][rest], value[rest])
    if init == "torch":
        fills(plain["bias_ih"][H : 2 * H], 1 / np.sqrt(H))


def test_a_readout_fills_its_bounds() -> None:
    """U(±1/√H), as torch.nn.Linear draws."""
    params = init_readout(H, 50)
    assert {name: value.shape for name, value in params.items()} == {"weight_hy": (50, H), "bias_hy": (50,)}
    for value in params.values():
        fills(value, 1 / np.sqrt(H))


REFUSED: list[tuple[dict[str, Any], str, str]] = [
    ({"cell": "elman"}, "choice", "cell"),
    ({"init": "he"}, "choice", "init"),
    ({"input_size": 0}, "range", "input_size"),
    ({"hidden_size": 0}, "range", "hidden_size"),
    ({"hidden_size": -1}, "range", "hidden_size"),
    ({"cell": "gru", "forget_bias": 1.0}, "no-forget-gate", "forget_bias"),
    ({"cell": "rnn", "forget_bias": 0.0}, "no-forget-gate", "forget_bias"),
]


@pytest.mark.parametrize(("wrong", "code", "field"), REFUSED)
def test_what_cannot_be_drawn_is_refused(wrong: dict[str, Any], code: str, field: str) -> None:
    """One Invalid that says which argument and why."""
    with pytest.raises(Invalid) as caught:
        init_params(**{"cell": "lstm", "input_size": I, "hidden_size": H, **wrong})
    assert (caught.value.code, caught.value.field) == (code, field)


def recurrent_blocks(cell: str, init: str, gain: float) -> list[np.ndarray]:
    weight_hh = init_params(cell, I, H, init=init, gain=gain)["weight_hh"]
    return np.split(weight_hh, len(CELLS[cell].blocks))


@pytest.mark.parametrize("cell", CELLS)
def test_a_gates_bias_is_set_in_its_own_rows(cell: str) -> None:
    """As a forget bias is: the value in bias_ih, 0 in bias_hh, everything else as it was. No other cell's gate."""
    gates = CELLS[cell].gates
    for gate in gates:
        params = init_params(cell, I, H)
        set_gate_bias(params, cell, gate, 2.5)
        for name, before in init_params(cell, I, H).items():
            wanted = before.copy()
            if name in DRAWN:
                at = H * CELLS[cell].blocks.index(gate)
                wanted[at : at + H] = 2.5 if name == "bias_ih" else 0
            np.testing.assert_array_equal(params[name], wanted)
    for gate in {"h", "f", "z"} - {*gates}:
        with pytest.raises(Invalid, match="no-gate"):
            set_gate_bias(init_params(cell, I, H), cell, gate, 1)
