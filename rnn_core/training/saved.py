"""A file of weights that says what its network has learnt: Experiment and weights in one."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass

from rnn_core.experiment import Experiment, load_task
from rnn_core.invalid import Invalid
from rnn_core.params import Params
from rnn_core.tasks import Task
from rnn_core.training.weights import fitting, load_weights, read_header, save_weights


@dataclass(frozen=True, eq=False)
class Saved:
    """file: its name; params: the weights of the Experiment's network, as its dtype."""

    file: str
    experiment: Experiment
    task: Task
    params: Params

    def misfit(self, experiment: Experiment, task: Task) -> Invalid | None:
        """Why they are of no use to another Experiment: its task, its symbols or its network is another."""
        before = self.task.name, self.task.symbols, self.experiment.architecture(self.task)
        if (task.name, task.symbols, experiment.architecture(task)) == before:
            return None
        return Invalid("weights-dropped", "weights", self.file)


def save(experiment: Experiment, params: Params) -> bytes:
    """As a safetensors file, with the settings in its note."""
    return save_weights(params, {"experiment": json.dumps(experiment.settings())})


def read_saved(file: str, data: bytes, own: Callable[[str], str | None] = lambda name: None) -> Saved:
    """What `save` wrote. own: a name → that person's own data, where they are here.

    Raises Invalid where it is no such file, and where its network cannot be trained or has other weights.
    """
    note = read_header(data).get("__metadata__", {})
    try:
        experiment = Experiment(**json.loads(note["experiment"]))
    except Invalid:
        raise
    except (LookupError, TypeError, ValueError, RecursionError):
        raise Invalid("weights-unnamed", "weights") from None
    if not experiment.task:
        raise Invalid("weights-unnamed", "weights")
    task = load_task(experiment, own(experiment.data))
    architecture = experiment.architecture(task)
    params, _ = load_weights(data, architecture)
    return Saved(file, experiment, task, fitting(params, architecture, experiment.dtype))
