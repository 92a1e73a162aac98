"""Messages of a training: they are JSON whatever happens, and who reads them all knows what the Runs know."""

from __future__ import annotations

import json
from base64 import b64decode
from typing import Any

import numpy as np
import pytest

from rnn_core import Experiment, tasks
from rnn_core.cells import CELLS
from rnn_core.model import Model
from rnn_core.training import live
from rnn_core.training.group import Group, Look
from rnn_core.training.live import BARS, CELLS_SHOWN, SLICE, WHOLE, news, probes, whole
from rnn_core.training.plan import Plan
from rnn_core.training.run import DIVERGED, RUNNING, Exam, History
from tests.core.trainings import ENDINGS, Watcher, sent, small


def watched(group: Group, watcher: Watcher, seconds: float = 0.01) -> None:
    while group.state == RUNNING:
        watcher.take(sent(news(group, group.advance(seconds))))
        watcher.knows(group)


@pytest.mark.parametrize("seconds", [0, 0.01])
@pytest.mark.parametrize("plan", [small(), ENDINGS])
def test_the_whole_and_all_news_are_the_history(plan: Plan, seconds: float) -> None:
    """At every moment; also for who comes late."""
    group, watcher = Group(plan), Watcher()
    watcher.take(sent(whole(group)))
    watcher.knows(group)
    watched(group, watcher, seconds)
    late = Watcher()
    late.take(sent(whole(group)))
    late.knows(group)


def test_steering_is_told() -> None:
    """Single updates, another rate and since when, a pause, a rewind with what was learnt before it."""
    group, watcher = Group(small()), Watcher()
    watcher.take(sent(whole(group)))
    for _ in range(7):
        group.advance(0)
    group.pause()
    watcher.take(sent(whole(group)))
    watcher.take(sent(news(group, group.single())))
    watcher.knows(group)
    group.set_lr(1, 1)
    message = sent(news(group, group.set_lr(1, 0.5)))  # the last one counts
    for told in (message, sent(whole(group))):
        rates = [model["rates"] for model in told["models"]]
        assert rates == [[[0, 0.01]], [[0, 0.01], [8, 0.5]], [[0, 0.01]]]
    group.rewind()
    message = sent(whole(group))
    assert message["models"][1]["rates"] == [[0, 0.5]]
    assert message["state"] == "paused"
    assert [curves["at"][-1] for curves in message["before"]] == [8, 8, 8]
    watcher.take(message)
    watcher.knows(group)
    assert [model["curves"]["at"] for model in watcher.models] == [[], [], []]


def test_an_update_taken_back_is_taken_back_for_all() -> None:
    """A point may have told of it already: then all is told again."""
    plan = Plan((Experiment.from_task("adding", "rnn-linear", **WILD),))
    group, watcher = Group(plan), Watcher()
    watcher.take(sent(whole(group)))
    watched(group, watcher, 0)  # every update is told of by itself
    assert group.runs[0].state == DIVERGED
    assert group.runs[0].diverged_at == group.made + 1
    assert watcher.wholes == 2


# ---- Whatever happens

WILD: dict[str, Any] = {
    "optimizer": "sgd", "clip": None, "lr": 0.4, "budget": 200, "length": 12, "gain": 0.5, "hidden": 5, "batch": 4,
}  # fmt: skip
EXPLODING = [
    Experiment.from_task("adding", cell, **{**WILD, **more})
    for cell in ("rnn-linear", "rnn-relu")
    for more in ({}, {"dtype": "float64"}, {"lr": 100}, {"gain": 3, "length": 200}, {"optimizer": "adam", "lr": 100})
]
DEAD = [  # a gradient that is 0 or nearly so
    Experiment.from_task("adding", "rnn", gain=0, length=100, hidden=4, batch=2, budget=3),
    Experiment.from_task("adding", "rnn-sigmoid", gain=0.1, length=300, hidden=4, batch=2, budget=3),
]


@pytest.mark.parametrize("experiment", [*EXPLODING, *DEAD])
def test_explosions_and_dead_gradients_are_json(experiment: Experiment) -> None:
    """At every update, at the start and at the end, and in every moment of the past."""
    group, watcher = Group(Plan((experiment,))), Watcher()
    watcher.take(sent(whole(group)))
    watched(group, watcher, 0)
    sent(whole(group))
    for update in range(0, group.made + 1, 10):
        sent({"probe": probes(group.look(update))})


@pytest.mark.parametrize("cell", ["rnn-linear", "rnn-relu", "lstm", "gru"])
@pytest.mark.parametrize("size", [1e30, 1e300])
@pytest.mark.parametrize("task", ["adding", "copy", "flip-flop"])
def test_a_probe_that_overflows_is_json(task: str, size: float, cell: str) -> None:
    """Weights that no training would leave behind: states, gradients, guesses and losses that are no numbers."""
    group = Group(Plan((Experiment.from_task(task, cell, length=20, hidden=4, batch=2, budget=2, dtype="float64"),)))
    run = group.runs[0]
    run.engine.weights *= size  # pyright: ignore[reportAttributeAccessIssue]
    (seen,) = sent({"probe": probes(group.look())})["probe"]
    assert len(b64decode(seen["maps"]["h"]["bytes"])) == seen["steps"] * 4
    assert sum(sum(counts) for counts in seen["weights"]["counts"].values()) > 0
    sent(whole(group))


def test_losses_whose_sum_is_no_number_are_json() -> None:
    """1e308 and 1e308."""
    history = History([1e308] * 2000, [1e308] * 2000, [1.7976931348623157e308] * 2000, [Exam(50, 1.79e308)])
    curves = sent(live._curves(history))
    assert len(curves["loss"]) == WHOLE
    assert {*curves["loss"], *curves["norm"]} == {None}


def test_what_is_no_number_is_the_middle_of_a_map() -> None:
    """Infinities are its ends; the scale is that of the numbers."""
    values = np.array([[np.nan, np.inf, -np.inf, 4, -2]])
    seen = sent(live._map(values, True))
    assert seen["scale"] == 4
    np.testing.assert_allclose(decoded(seen), [0, 4, -4, 4, -2], atol=4 / 255)
    np.testing.assert_allclose(decoded(sent(live._map(values, False))), [0.5, 1, 0, 1, 0], atol=1 / 255)


def test_the_largest_weights_are_counted() -> None:
    """Though the largest number twice is none."""
    counts = live._distributions({"weight_hh": np.array([[1.7e308, -1.7e308]])})["counts"]["weight_hh"]
    assert (counts[0], counts[-1], sum(counts)) == (1, 1, 2)


def test_a_group_that_is_not_known_yet_is_json() -> None:
    message = sent(whole(Group(small())))
    assert message["speed"] == 0
    assert message["models"][0]["loss"] is None


# ---- What a probe shows


def decoded(seen: dict[str, Any]) -> np.ndarray:
    levels = np.frombuffer(b64decode(seen["bytes"]), np.uint8).astype(float)
    return (levels / 127.5 - 1) * seen["scale"] if seen["signed"] else levels / 255


@pytest.mark.parametrize("cell", CELLS)
def test_maps_are_the_trace_within_half_a_level(cell: str) -> None:
    """States and gates at every step, also where a state leaves −1 … 1."""
    group = Group(small(cell, gain=1.5))
    group.runs[0].take(20)
    ((_, trace),) = looks = group.look()
    (seen,) = sent({"probe": probes(looks)})["probe"]
    layer = trace.layer
    wanted = {name: state[1:] for name, state in layer.states.items()} | layer.gates
    assert set(seen["maps"]) == set(wanted)
    assert (seen["steps"], seen["units"], seen["of"]) == (8, 5, 5)
    for name, values in wanted.items():
        seen_map = seen["maps"][name]
        level = 2 * seen_map["scale"] / 255 if seen_map["signed"] else 1 / 255
        error = np.abs(decoded(seen_map).reshape(8, 5) - values[:, 0])
        assert error.max() <= 0.5 * level * 1.02, name  # the scale is sent in five digits
        assert seen_map["scale"] >= 1
        assert seen_map["signed"] == (values.min() < 0 or name in (*layer.states, "g", "n"))


def test_the_flow_is_the_gradients_length() -> None:
    """log₁₀ of the norm at t = 0 … T, also where its square is no float32 any more; None where it is 0."""
    group = Group(small("rnn", gain=0.2, dtype="float32", length=60))
    ((_, trace),) = looks = group.look()
    assert trace.grads is not None
    flow = probes(looks)[0]["flow"]["h"]
    norms = np.linalg.norm(trace.grads.states["h"][:, 0].astype(float), axis=-1)
    assert len(flow) == 61
    assert norms[norms > 0].min() < 1e-25
    for log, norm in zip(flow, norms, strict=True):
        assert log is None if norm == 0 else abs(10**log / norm - 1) < 2e-3


@pytest.mark.parametrize("name", tasks.names())
def test_every_tasks_answers_are_told(name: str) -> None:
    """Of the kind it asks for, with as many targets and guesses as it asks for, and the sequence's tokens."""
    plan = Plan.usual(name, ("gru",), hidden=4, batch=2, budget=3)
    group = Group(plan)
    message = sent(whole(group))
    ((_, trace),) = looks = group.look()
    answers, batch = sent({"probe": probes(looks)})["probe"][0]["answers"], trace.batch
    assert len(message["tokens"]) == message["probe"][0]["steps"] == len(batch.x)
    assert answers["asked"] == batch.asked[:, 0].tolist()
    guess, target = trace.guess[:, 0], batch.target[:, 0]
    if answers["kind"] == "class":
        assert answers["target"] == target.tolist()
        assert answers["top"] == guess.argmax(axis=1).tolist()
        np.testing.assert_allclose(answers["chance"], guess[range(len(guess)), target], rtol=1e-4)
    elif answers["kind"] == "number":
        np.testing.assert_allclose(answers["guess"], guess[:, 0], rtol=1e-4)
        np.testing.assert_allclose(answers["target"], target[:, 0], rtol=1e-4)
    else:
        for one, values in (("guess", guess), ("target", target)):
            levels = decoded(answers[one]).reshape(values.shape)
            assert np.abs(levels - values).max() <= answers[one]["scale"] / 255 * 1.02
    assert (len(answers["asked"]) == 1) == group.runs[0].task.last


def test_weights_are_counted() -> None:
    """Every weight of every matrix once, in bars from −reach to reach."""
    look = Group(small("lstm")).look()[0]
    seen = probes([look])[0]["weights"]
    matrices = {name: value for name, value in look.model.params.items() if value.ndim == 2}
    assert {name: sum(counts) for name, counts in seen["counts"].items()} == {
        name: value.size for name, value in matrices.items()
    }
    assert abs(seen["reach"] / max(np.abs(value).max() for value in matrices.values()) - 1) < 1e-4
    counts = seen["counts"]["weight_hy"]
    values = matrices["weight_hy"] / seen["reach"]
    assert sum(counts[: BARS // 2]) == (values < -1 / BARS).sum()
    nothing = Model(look.model.architecture, {name: value * 0 for name, value in look.model.params.items()})
    assert sum(sent(probes([Look(nothing, look.trace)])[0])["weights"]["counts"]["weight_hh"]) == 100


# ---- How much it is


def test_a_long_training_is_told_in_few_points() -> None:
    """A million updates and twenty thousand exams, in well under a megabyte and a second; still each point a mean."""
    losses = np.random.default_rng(0).random(1_000_000).tolist()
    history = History(losses, losses, losses, [Exam(at, 0.5) for at in range(50, 1_000_001, 50)])
    curves = live._curves(history)
    assert len(curves["at"]) == len(curves["loss"]) == len(curves["exams"]) == WHOLE
    assert (curves["at"][-1], curves["exams"][0][0], curves["exams"][-1][0]) == (1_000_000, 50, 1_000_000)
    assert len(json.dumps(curves)) < 80_000
    assert abs(curves["loss"][3] - np.mean(losses[curves["at"][2] : curves["at"][3]])) < 1e-4


def test_a_slice_is_told_in_few_points() -> None:
    group = Group(small("rnn", budget=1000))
    group.advance(0)
    report = group.runs[0].take(900)
    curves = live._points(report.start, report.losses, report.norms, report.clipped, report.exams, SLICE)
    assert len(curves["at"]) == len(curves["exams"]) == SLICE
    assert curves["at"][-1] == report.stop
    assert curves["exams"][-1][0] == 900


def test_the_largest_probe_is_bounded() -> None:
    """A wide network on a long sequence shows its first units, four models in under a megabyte."""
    look = Group(Plan((Experiment.from_task("adding", "lstm", length=1000, hidden=128, batch=1, budget=2),))).look()[0]
    seen = probes([look])[0]
    assert (seen["steps"], seen["of"]) == (1000, 128)
    assert seen["steps"] * seen["units"] <= CELLS_SHOWN
    assert len(json.dumps(seen)) < 250_000
    np.testing.assert_allclose(
        decoded(seen["maps"]["f"]).reshape(1000, -1), look.trace.layer.gates["f"][:, 0, : seen["units"]], atol=0.003
    )
