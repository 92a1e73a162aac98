"""Small trainings for the tests of Group, its messages and the service; and what a browser knows that reads them."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any
from unittest.mock import patch

import numpy as np

from rnn_core.training.group import Group
from rnn_core.training.plan import Plan
from rnn_core.training.run import RUNNING
from rnn_core.training.service import Inline


def small(*cells: str, **given: Any) -> Plan:
    usual = {"length": 8, "hidden": 5, "batch": 4, "budget": 60, "dtype": "float64", "lr": 0.01}
    return Plan.usual("adding", cells or ("gru", "lstm", "rnn"), **{**usual, **given})


# The first explodes, the second solves its task, the third does neither.
ENDINGS = Plan.usual("parity", ("rnn-linear", "gru", "rnn"), length=4, hidden=8, batch=8, budget=300, dtype="float64")
ENDINGS = ENDINGS.changed("lr", 100, 0).changed("clip", None, 0).changed("optimizer", "sgd", 0)
ENDINGS = ENDINGS.changed("lr", 0.03, 1).changed("lr", 1e-6, 2)


def to_the_end(group: Group) -> Group:
    while group.state == RUNNING:
        group.advance(0.01, watch=False)
    return group


def told(group: Group) -> list[Any]:
    """All that the models' histories say, and how they stand."""
    return [(vars(run.history), run.made, run.state, run.lr, run.diverged_at) for run in group.runs]


def sent(message: dict[str, Any]) -> dict[str, Any]:
    """As a browser gets it: a NaN or an infinity is an error."""
    return json.loads(json.dumps(message, allow_nan=False))


class Watcher:
    """What a browser keeps: the last whole, and all news since."""

    def __init__(self) -> None:
        self.models: list[dict[str, Any]] = []
        self.probe: list[dict[str, Any]] = []
        self.state = ""
        self.wholes = 0

    def take(self, message: dict[str, Any]) -> None:
        if message["kind"] == "whole":
            self.models, self.wholes = message["models"], self.wholes + 1
        else:
            assert self.wholes, "news of what?"
            for mine, new in zip(self.models, message["models"], strict=True):
                curves = {name: mine["curves"][name] + values for name, values in new["curves"].items()}
                mine.update(new, curves=curves)
        self.state, self.probe = message["state"], message.get("probe", self.probe)

    def knows(self, group: Group) -> None:
        """Each point is the mean over its updates; the numbers of now are the Run's to the last digit."""
        assert self.state == group.state
        for seen, run in zip(self.models, group.runs, strict=True):
            at, history = seen["curves"]["at"], run.history
            assert at == sorted({*at})
            assert (at[-1] if at else 0) == run.made == seen["made"]
            for name, values in (("loss", history.losses), ("norm", history.norms), ("clipped", history.clipped)):
                assert seen[name] == (values[-1] if values else None)
                means = [np.mean(values[start:stop]) for start, stop in zip([0, *at], at, strict=False)]
                np.testing.assert_allclose(seen["curves"][name], means, rtol=1e-4)
            exams = np.array(history.exams).reshape(-1, 2).tolist()
            np.testing.assert_allclose(seen["curves"]["exams"], exams, rtol=1e-4)
            assert seen["score"] == (history.exams[-1].score if history.exams else None)
            assert (seen["state"], seen["lr"]) == (run.state, run.lr)
            assert (seen["solved"], seen["diverged"]) == (run.solved_at, run.diverged_at)


def until(holds: Callable[[], Any], asking: Callable[[], Any] = lambda: None, seconds: float = 30) -> None:
    """Wait for it, asking all the while."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "waited in vain"
        asking()
        time.sleep(0.005)


def a_round(place: Inline) -> None:
    """Wait until the thread has begun and ended one."""
    with patch.object(place, "_tidy", side_effect=place._tidy) as tidy:
        until(lambda: tidy.call_count >= 2)
