"""Both engines compute the same, on every device there is; a snapshot of one is a snapshot of the other."""

from collections.abc import Iterator
from itertools import islice
from typing import Any, NamedTuple

import numpy as np
import pytest

from rnn_core import Experiment, Invalid
from rnn_core.architecture import Architecture
from rnn_core.batch import Batch
from rnn_core.experiment import OPTIMIZERS
from rnn_core.model import draw
from rnn_core.tasks import load
from rnn_core.training.engine import Engine, choose, has, views
from rnn_core.training.numpy_engine import NumpyEngine
from rnn_core.training.torch_engine import TorchEngine
from tests.core.oracle import assert_close

T, B, I, H, O = 7, 4, 3, 5, 3
TOLERANCE = {"float32": 1e-5, "float64": 1e-9}

DEVICES = [
    "cpu",
    pytest.param("cuda", marks=pytest.mark.skipif(not has("cuda"), reason="there is no CUDA here")),
    pytest.param("mps", marks=pytest.mark.skipif(not has("mps"), reason="there is no MPS here")),
]


class Case(NamedTuple):
    """A network, what it reads, and how it learns."""

    layers: int = 1
    bidirectional: bool = False
    tokens: bool = False
    embedding: int = 0
    padded: bool = False
    last: bool = False
    dropout: bool = False
    carry: bool = False
    loss: str = "squared"
    optimizer: str = "adam"
    clip: float | None = 1.0
    decay: float = 0.0

    def network(self, cell: str) -> Architecture:
        return Architecture(cell, I, H, O, self.layers, self.bidirectional, self.embedding, self.last)

    def experiment(self, dtype: str) -> Experiment:
        e = Experiment.from_task(
            "adding", batch=B, optimizer=self.optimizer, clip=self.clip, weight_decay=self.decay, dtype=dtype
        )
        object.__setattr__(e, "carry", self.carry)  # which the adding problem would refuse
        return e

    def batches(self) -> Iterator[tuple[Batch, np.ndarray | None]]:
        """With the dropout masks."""
        rng = np.random.default_rng(0)
        while True:
            x = rng.integers(0, I, (T, B)) if self.tokens else rng.standard_normal((T, B, I))
            lengths = rng.integers(1, T + 1, B) if self.padded else None
            steps = 1 if self.last else T
            asked = rng.random((steps, B)) < 0.7
            asked[0, 0] = True
            target = rng.integers(0, O, (steps, B))
            if self.loss != "cross-entropy":
                target = rng.integers(0, 2, (steps, B, O)).astype(float)
            kept = rng.random((self.layers - 1, T, B, H * (1 + self.bidirectional))) < 0.7
            yield Batch(x, target, asked, self.loss, lengths), kept / 0.7 if self.dropout else None


# Together they hold every setting, and most pairs of them.
CASES = {
    "plain": Case(),
    "last": Case(last=True, optimizer="sgd", clip=None),
    "stacked": Case(layers=3, dropout=True, optimizer="momentum", loss="binary", decay=0.01),
    "both ways": Case(layers=2, bidirectional=True, tokens=True, loss="cross-entropy", optimizer="rmsprop"),
    "embedded": Case(tokens=True, embedding=2, padded=True, loss="cross-entropy", decay=0.1, optimizer="momentum"),
    "all at the end": Case(2, True, True, 4, True, True, True, False, "cross-entropy", "adam", 0.3, 0.01),
    "all at every step": Case(3, True, False, 0, True, False, True, False, "binary", "sgd", 0.1, 0.01),
    "carried": Case(layers=2, carry=True, loss="cross-entropy", optimizer="rmsprop", clip=0.2),
    "carried padding": Case(carry=True, padded=True, last=True, dropout=True, loss="binary"),
}
BOTH = [(cell, name) for cell in ("rnn", "rnn-relu", "lstm", "gru", "gru-reset-before") for name in CASES]
BOTH += [(cell, name) for cell in ("rnn-sigmoid", "rnn-linear") for name in ("all at the end", "carried")]


def pair(case: Case, cell: str, dtype: str, device: str = "cpu") -> tuple[NumpyEngine, TorchEngine]:
    if device == "mps" and dtype == "float64":
        pytest.skip("MPS has no float64")
    net, e = case.network(cell), case.experiment(dtype)
    params = draw(net, e).params
    return NumpyEngine(net, params, e), TorchEngine(net, params, e, device)


def train(engine: Engine, case: Case, updates: int, start: int = 0) -> np.ndarray:
    """(updates, 3): loss, norm before and after clipping; the learning rate changes on the way."""
    out = []
    for update, (batch, dropout) in enumerate(islice(case.batches(), start, start + updates), start):
        seen = engine.update(batch, 0.01 if update < 20 else 0.004, dropout)
        assert seen.finite
        out.append(seen[:3])
    return np.array(out)


def assert_same_snapshot(ours: Engine, theirs: Engine, tolerance: float) -> None:
    a, b = ours.snapshot(), theirs.snapshot()
    assert {name: value.dtype for name, value in a.items()} == {name: value.dtype for name, value in b.items()}
    assert_close(a, b, tolerance)


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("dtype", TOLERANCE)
@pytest.mark.parametrize(("cell", "name"), BOTH)
def test_engines_learn_the_same(cell: str, name: str, dtype: str, device: str) -> None:
    """50 updates: losses, norms, guesses, and all that a snapshot holds."""
    case, tolerance = CASES[name], TOLERANCE[dtype]
    numpy, torch = pair(case, cell, dtype, device)
    ours, theirs = train(numpy, case, 50), train(torch, case, 50)
    for k in range(3):
        assert_close(ours[:, k], theirs[:, k], tolerance)
    assert_same_snapshot(numpy, torch, 10 * tolerance)
    batch, _ = next(case.batches())
    assert_close(numpy.guess(batch), torch.guess(batch), 10 * tolerance)
    assert torch.guess(batch).dtype == dtype


@pytest.mark.parametrize("device", [*DEVICES, "cpu:0"])
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("name", ["carried", "all at the end"])
def test_a_snapshot_goes_on_in_the_other_engine(name: str, optimizer: str, device: str) -> None:
    """As if nothing had happened, whichever engine took it; and taking it copies.

    "cpu:0" is the same processor, but there the layers have copies of the weights, as on a GPU.
    """
    case = CASES[name]._replace(optimizer=optimizer)
    dtype = "float32" if device == "mps" else "float64"
    one, other = pair(case, "lstm", dtype, device), pair(case, "lstm", dtype, device)
    for first, second in ((one[0], other[1]), (one[1], other[0])):
        train(second, case, 3)  # it has a past, which must not shine through
        train(first, case, 10)
        snapshot = first.snapshot()
        wanted = train(first, case, 10, start=10)
        second.restore(snapshot)
        assert_close(train(second, case, 10, start=10), wanted, TOLERANCE[dtype])
        assert_same_snapshot(first, second, 10 * TOLERANCE[dtype])
        first.restore(snapshot)
        assert_close(train(first, case, 10, start=10), wanted, TOLERANCE[dtype])


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("what", ["input", "loss", "gradient"])
def test_what_is_not_finite_changes_nothing(what: str, device: str) -> None:
    """Weights, memory, count and carried state stay, and a better batch goes on from them."""
    case, seen = Case(carry=True), []
    (good, _), (bad, _) = islice(case.batches(), 2)
    for engine in pair(case, "rnn-linear", "float32", device):
        engine.update(good, 0.01, None)
        snapshot = engine.snapshot()
        params = views(snapshot["weights"], case.network("rnn-linear"))
        if what == "input":
            bad.x[2, 1] = np.nan
        elif what == "loss":
            params["bias_hy"][:] = 1e25  # whose square is too much, though the gradient is not
        else:  # every h is 0 and the loss small, but what flows back through T steps is too much
            snapshot["carried.0.h"][:] = 0
            for name, value in params.items():
                value[:] = 1e6 if name in ("weight_hh", "weight_hy") else 0
        engine.restore(snapshot)
        seen.append(engine.update(bad, 0.01, None))
        assert_close(engine.snapshot(), snapshot, 0)
        if what == "input":
            assert engine.update(good, 0.01, None).finite
        assert np.isfinite(seen[-1].loss) == (what == "gradient")
        assert not np.isfinite(seen[-1].norm)
        assert not seen[-1].finite
    np.testing.assert_allclose(seen[0].loss, seen[1].loss, rtol=1e-5)


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize(("size", "norm"), [(1e-18, (1e-19, 1e-16)), (1e18, (1e18, 1e25))])
def test_norms_outlive_their_squares(size: float, norm: tuple[float, float], device: str) -> None:
    """A gradient that vanished or exploded, as far as float32 goes, is measured and learned from alike."""
    case = Case(last=True, optimizer="sgd", clip=1.0)
    net, e = case.network("gru"), case.experiment("float32")
    params = draw(net, e).params
    for name in ("weight_hy", "bias_hy"):
        params[name][:] = 0
    batch = Batch(np.ones((T, B, I)), np.full((1, B, O), size), np.ones((1, B), bool), "squared")
    engines = NumpyEngine(net, params, e), TorchEngine(net, params, e, device)
    ours, theirs = (engine.update(batch, 1.0, None) for engine in engines)
    assert ours.finite
    assert norm[0] < ours.norm < norm[1]
    np.testing.assert_allclose(ours, theirs, rtol=1e-5)
    assert_same_snapshot(*engines, 1e-6)


def test_padding_changes_no_guess() -> None:
    """Past its end a sequence keeps its state, so it guesses there what it guessed last, in both engines."""
    case = Case(layers=2, padded=True, loss="cross-entropy")
    batch, _ = next(case.batches())
    assert batch.lengths is not None
    for engine in pair(case, "lstm", "float64"):
        guess = engine.guess(batch)
        for k, n in enumerate(batch.lengths):
            assert_close(guess[n:, k], np.broadcast_to(guess[n - 1, k], guess[n:, k].shape), 1e-14)


@pytest.mark.parametrize("view", ["read-only", "backwards", "float32"])
def test_any_array_will_do(view: str) -> None:
    """A batch may be frozen, a view, or of another precision."""
    case = Case()
    batch, _ = next(case.batches())
    x = batch.x.astype(np.float32) if view == "float32" else batch.x[::-1] if view == "backwards" else batch.x
    x.setflags(write=view != "read-only")
    given: dict[str, Any] = {"target": batch.target, "asked": batch.asked, "loss": batch.loss}
    numpy, torch = pair(case, "gru", "float64")
    for engine in (numpy, torch):
        assert engine.update(Batch(x, **given), 0.01, None).finite
    assert_same_snapshot(numpy, torch, 1e-9)


def test_a_device_that_will_not_do_is_refused() -> None:
    """Unknown, absent, or unable: MPS has no float64, and the reason comes before whether there is one."""
    task = load("adding")
    with pytest.raises(Invalid, match="no-float64"):
        choose(Experiment.from_task("adding", dtype="float64"), task, "mps")
    with pytest.raises(Invalid, match="choice"):
        choose(Experiment.from_task("adding"), task, "tpu")
    for device in ("cuda", "mps"):
        if not has(device):
            with pytest.raises(Invalid, match="no-device"):
                choose(Experiment.from_task("adding"), task, device)
