"""What every engine does, and which one an Experiment gets."""

from __future__ import annotations

from typing import NamedTuple, Protocol

import numpy as np

from rnn_core.architecture import Architecture
from rnn_core.batch import Batch
from rnn_core.experiment import Experiment
from rnn_core.invalid import Invalid
from rnn_core.params import Params
from rnn_core.tasks import Task

DEVICES = ("auto", "cpu", "numpy", "torch", "cuda", "mps")


class Update(NamedTuple):
    """What one update saw: the mean loss, the gradient's norm before and after clipping, and whether it was finite.

    Where loss or gradient is not finite, the weights have been left as they were.
    """

    loss: float
    norm: float
    clipped: float
    finite: bool


class Engine(Protocol):
    """A network that learns. Engines differ in speed, not in what they compute."""

    def __init__(self, architecture: Architecture, params: Params, experiment: Experiment, device: str) -> None: ...

    def update(self, batch: Batch, lr: float, dropout: np.ndarray | None) -> Update:
        """Forward, BPTT, clip, one step of the optimiser.

        dropout (layers−1, T, B, D*H): what each layer's h is multiplied with on its way to the next.
        """
        ...

    def guess(self, batch: Batch) -> np.ndarray:
        """(U, B, O), after σ or softmax; no dropout, from a zero state."""
        ...

    def snapshot(self) -> dict[str, np.ndarray]:
        """Copies of all that learning has changed: `weights` (N,), the optimiser's `rows` (R, N), `made` updates,
        and the carried state."""
        ...

    def restore(self, snapshot: dict[str, np.ndarray]) -> None:
        """Go on from a snapshot of any engine."""
        ...


class Choice(NamedTuple):
    """Which engine, on which device, and why."""

    engine: str  # "numpy" or "torch"
    device: str  # "cpu", "cuda" or "mps"
    why: str  # in short: "asked", "gpu" (so much work that one pays), "fastest" (as measured at such sizes)


# Batch × hidden units at which torch is faster on one CPU core; elsewhere BPTT by hand is. See `make bench`.
TORCH_AT = {"lstm": range(64 * 64, 64 * 128)}
GPU_FROM = 3e8  # multiplications of an update from which a GPU is worth its calls


def choose(experiment: Experiment, task: Task, device: str = "auto") -> Choice:
    """`auto` weighs cell, size and what the machine has; other names insist.

    Raises Invalid: an unknown device, one that this machine lacks, float64 on MPS.
    """
    if device not in DEVICES:
        raise Invalid("choice", "device", device, ", ".join(DEVICES))
    if device in ("cuda", "mps"):
        if device == "mps" and experiment.dtype == "float64":
            raise Invalid("no-float64", "device", device)
        if not has(device):
            raise Invalid("no-device", "device", device)
        return Choice("torch", device, "asked")
    if device in ("numpy", "torch"):
        return Choice(device, "cpu", "asked")
    if device == "auto" and experiment.update_work(task) >= GPU_FROM and has("cuda"):
        return Choice("torch", "cuda", "gpu")
    torch_is = experiment.batch * experiment.hidden in TORCH_AT.get(experiment.cell, ())
    return Choice("torch" if torch_is else "numpy", "cpu", "fastest")


def has(device: str) -> bool:
    """Is there such a GPU? Imports torch."""
    import torch

    return torch.cuda.is_available() if device == "cuda" else torch.backends.mps.is_available()


def make(choice: Choice, architecture: Architecture, params: Params, experiment: Experiment) -> Engine:
    """The engine chosen, with these first weights."""
    if choice.engine == "numpy":
        from rnn_core.training.numpy_engine import NumpyEngine as Chosen
    else:
        from rnn_core.training.torch_engine import TorchEngine as Chosen
    return Chosen(architecture, params, experiment, choice.device)


def flatten(params: Params, dtype: type | np.dtype) -> np.ndarray:
    """All parameters in one vector (N,), in their order."""
    return np.concatenate([np.ravel(value) for value in params.values()]).astype(dtype)


def views(flat: np.ndarray, architecture: Architecture) -> Params:
    """The parameters as views of one vector (N,)."""
    out, at = {}, 0
    for name, shape in architecture.shapes().items():
        size = int(np.prod(shape))
        out[name] = flat[at : at + size].reshape(shape)
        at += size
    return out
