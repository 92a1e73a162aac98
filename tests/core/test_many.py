"""Many models at once learn as each would alone."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from rnn_core import Experiment, Invalid
from rnn_core.training import Run, many
from rnn_core.training.many import Many

SMALL: dict[str, Any] = {"hidden": 5, "batch": 3, "budget": 100, "dtype": "float64"}


@pytest.mark.parametrize("together", [1, 10**9])
@pytest.mark.parametrize(
    ("task", "cell", "more"),
    [
        ("adding", "rnn", {"length": 9}),
        ("adding", "gru", {"length": 9, "optimizer": "rmsprop", "weight_decay": 0.01}),
        ("parity", "lstm", {"length": 6, "clip": 0.1, "schedule": "cosine"}),
        ("copy", "gru", {"length": 3, "clip": None, "optimizer": "momentum"}),
        ("parity-last", "rnn-sigmoid", {"length": 6, "grow": 4}),
        ("adding", "gru-reset-before", {"length": 9, "optimizer": "rmsprop"}),
    ],
)
def test_each_seed_learns_as_a_run_does(
    task: str, cell: str, more: dict[str, Any], together: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same losses update for update, and the same weights; however many are worked on together."""
    monkeypatch.setattr(many, "CACHE", together)
    experiment = Experiment.from_task(task, cell, **{**SMALL, **more})
    seeds = (3, 0, 7)
    at_once = Many(experiment, seeds)
    losses = np.concatenate([at_once.take(18), at_once.take(7)])
    for k, seed in enumerate(seeds):
        alone = Run(replace(experiment, seed=seed), "numpy")
        np.testing.assert_allclose(losses[:, k], alone.take(25).losses, rtol=1e-9)
        for name, value in alone.model().params.items():
            np.testing.assert_allclose(at_once.model(k).params[name], value, rtol=0, atol=1e-9)


@pytest.mark.parametrize(
    ("task", "more", "field"),
    [
        ("adding", {"layers": 2}, "layers"),
        ("adding", {"bidirectional": True}, "bidirectional"),
        ("copy", {"embedding": 4}, "embedding"),
        ("reber", {}, "task"),
        ("next-char", {"carry": True, "embedding": 0}, "carry"),
    ],
)
def test_what_is_trained_one_at_a_time_is_refused(task: str, more: dict[str, Any], field: str) -> None:
    """By the setting's name."""
    with pytest.raises(Invalid) as caught:
        Many(Experiment.from_task(task, "rnn", **{**SMALL, "embedding": 0, **more}), (0, 1))
    assert (caught.value.code, caught.value.field) == ("one-at-a-time", field)
