"""Run: it can be pulled, paused, taken back, opened at any moment, kept and gone on with, and never lies about it."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rnn_core import Experiment, Invalid, tasks
from rnn_core.batch import Batch
from rnn_core.experiment import load_task
from rnn_core.model import backward, draw, forward
from rnn_core.params import Params
from rnn_core.tasks import HELD_OUT, parity
from rnn_core.training import Report, Run
from rnn_core.training import run as run_module
from rnn_core.training.engine import Update, flatten, make
from rnn_core.training.optimizers import rate
from rnn_core.training.run import DIVERGED, EXAM_EVERY, PAUSED, RUNNING, SOLVED, SPENT
from rnn_core.training.source import Source
from rnn_core.training.weights import load_weights, pack, read_header, unpack


def small(task: str = "adding", cell: str = "gru", **given: Any) -> Experiment:
    usual = {"length": 8, "hidden": 5, "batch": 4, "budget": 120, "dtype": "float64"}
    return Experiment.from_task(task, cell, **{**usual, **given})


def started(experiment: Experiment | None = None, updates: int = 0) -> Run:
    run = Run(experiment or small(), "numpy")
    run.take(updates)
    return run


def to_the_end(run: Run) -> Run:
    for _ in run:
        pass
    return run


def vector(run: Run, update: int | None = None) -> np.ndarray:
    """All weights after so many updates."""
    return flatten(run.model(update).params, np.float64)


def told(run: Run) -> dict[str, Any]:
    """All that a Run says of itself."""
    history = {name: list(values) for name, values in vars(run.history).items()}
    return {**history, **{name: getattr(run, name) for name in ("made", "state", "lr", "solved_at", "diverged_at")}}


def same(run: Run, other: Run) -> bool:
    return told(run) == told(other) and np.array_equal(vector(run), vector(other))


EASY = small("parity", hidden=8, batch=8, lr=0.03, length=4, budget=300)  # solved on the way
HARD = small(hidden=4, budget=60, lr=1e-6)  # never solved
# Explodes forwards after some good updates: a linear network, a gradient that is not clipped, a rate of another world.
WILD = small(cell="rnn-linear", optimizer="sgd", clip=None, lr=0.4, budget=200, length=12, gain=0.5)
FAST = replace(WILD, optimizer="adam", lr=100, length=200)  # too fast, and cured by going slowly
RICHER: dict[str, Any] = {
    "layers": 2,
    "dropout": 0.3,
    "bidirectional": True,
    "schedule": "cosine",
    "weight_decay": 0.01,
    "grow": 7,
}
RICH = small("parity", "lstm", budget=90, **RICHER)

# ---- The same Experiment, the same Run


@pytest.mark.parametrize("experiment", [EASY, WILD, RICH])
def test_the_same_experiment_gives_the_same_run(experiment: Experiment) -> None:
    """Bit for bit, exams and weights included; another seed gives another."""
    first = to_the_end(started(experiment))
    assert same(first, to_the_end(started(experiment)))
    assert first.history.losses != to_the_end(started(replace(experiment, seed=1))).history.losses


def test_it_does_not_matter_how_it_is_pulled() -> None:
    """At once, one by one, in slices of time, with pauses, looked at in between: the same training."""
    at_once, one_by_one, in_slices = started(updates=60), started(), started()
    for _ in range(60):
        one_by_one.single()
    for _ in range(60):
        in_slices.advance(0)  # at least one update
        in_slices.pause()
        in_slices.model(in_slices.made // 2)
        in_slices.resume()
    assert same(at_once, one_by_one)
    assert same(at_once, in_slices)


def test_a_slice_of_time_ends_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """By a clock on which every look takes a second; and there is always time for one update."""
    ticks = iter(range(10_000))
    monkeypatch.setattr(run_module, "perf_counter", lambda: next(ticks))
    run = started()
    assert 15 <= len(run.advance(20).losses) <= 20
    assert len(run.advance(0).losses) == 1


@pytest.mark.parametrize("updates", [0, 1, 7])
def test_take_makes_just_so_many(updates: int) -> None:
    run = started(updates=3)
    assert run.take(updates).stop == 3 + updates == run.made


@pytest.mark.parametrize("experiment", [EASY, HARD, RICH])
def test_reports_hold_every_update_once(experiment: Experiment) -> None:
    """`for report in run` ends; each report begins where the last one stopped, and together they are the history."""
    run, reports = started(experiment), []
    for report in run:
        reports.append(report)
    assert [report.start for report in reports] == [0, *(report.stop for report in reports[:-1])]
    for report in reports:
        assert len(report.losses) == len(report.norms) == len(report.clipped) == report.stop - report.start > 0
    assert joined(reports) == (run.history.losses, run.history.norms, run.history.clipped, run.history.exams)
    assert reports[-1].state == run.state in (SOLVED, SPENT)


def joined(reports: list[Report]) -> tuple[list[Any], ...]:
    return tuple(
        [value for report in reports for value in getattr(report, name)]
        for name in ("losses", "norms", "clipped", "exams")
    )


# ---- Pausing, steering, going back


def test_a_paused_run_does_no_work() -> None:
    """Whoever asks gets an empty report; `single` makes one update and stays paused; `resume` goes on."""
    run = started(updates=5)
    run.pause()
    for report in (run.take(3), run.advance(9)):
        assert (report.start, report.stop, len(report.losses), report.state) == (5, 5, 0, PAUSED)
    assert list(run) == []
    assert run.single()[:2] == (5, 6)
    assert (run.state, run.made) == (PAUSED, 6)
    run.resume()
    assert run.take(4)[:2] == (6, 10)
    assert same(run, started(updates=10))


def test_the_last_update_is_the_last_also_where_paused() -> None:
    """`single` on a paused Run spends the budget and no more."""
    run = started(HARD, 59)
    run.pause()
    assert run.single().state == run.state == SPENT
    run.single()
    run.resume()
    run.take(5)
    assert (run.made, run.state) == (60, SPENT)


@pytest.mark.parametrize("schedule", ["constant", "linear", "cosine", "step"])
def test_a_learning_rate_holds_from_the_next_update(schedule: str) -> None:
    """As a loop by hand on the engine, with the rate changed at its place and the schedule on top."""
    experiment = small(schedule=schedule, dropout=0.2, layers=2)
    run = started(experiment, 10)
    run.set_lr(0.3)
    run.take(10)
    run.set_lr(1)
    run.set_lr(0.001)  # the last one counts
    run.take(10)

    task = load_task(experiment)
    net = experiment.architecture(task)
    engine, source = make(run.choice, net, draw(net, experiment).params, experiment), Source(experiment, task)
    losses = []
    for update in range(30):
        lr = (experiment.lr, 0.3, 0.001)[update // 10] * rate(schedule, update, experiment.budget)
        batch = source.batch(update)
        losses.append(engine.update(batch, lr, source.dropout(update, batch)).loss)
    assert run.history.losses == losses
    assert run.history.rates == [(0, experiment.lr), (10, 0.3), (20, 1.0), (20, 0.001)]
    rows = run.history.rows(1)
    assert [row["update"] for row in rows] == list(range(1, 31))
    assert [row["lr"] for row in rows] == [*[experiment.lr] * 10, *[0.3] * 10, *[0.001] * 10]


def test_schedules() -> None:
    """1 at first; then as the Experiment's docstring says, worked by hand for a budget of 6."""
    expected = {
        "constant": [1, 1, 1, 1, 1, 1],
        "linear": [1, 5 / 6, 4 / 6, 3 / 6, 2 / 6, 1 / 6],
        "cosine": [1, (1 + 3**0.5 / 2) / 2, 0.75, 0.5, 0.25, (1 - 3**0.5 / 2) / 2],
        "step": [1, 1, 0.5, 0.5, 0.25, 0.25],
    }
    for name, rates in expected.items():
        np.testing.assert_allclose([rate(name, update, 6) for update in range(6)], rates, atol=1e-15)


@pytest.mark.parametrize("name", tasks.names())
def test_the_probe_shows_what_is_learnt(name: str) -> None:
    """One of the longest sequences; where its end asks for one number, one whose target the mean of all is far from."""
    run = Run(Experiment.from_task(name, "gru", hidden=4, batch=2, budget=2), "numpy")
    exam, probe = run.exam_set, run.probe_set
    assert len(probe.x) == (len(exam.x) if exam.lengths is None else exam.lengths.max())
    np.testing.assert_array_equal(probe.x, exam.one(exam.telling).x)
    if exam.loss == "squared" and run.task.last:
        assert abs(probe.target.item() - exam.target.mean()) > 1.5 * exam.target.std()


@pytest.mark.parametrize("lr", [0, -1, 1e9, float("nan"), "0.1", None, True])
def test_a_bad_learning_rate_is_refused(lr: Any) -> None:
    run = started()
    with pytest.raises(Invalid) as caught:
        run.set_lr(lr)
    assert caught.value.field == "lr"
    assert told(run) == told(started())


def test_rewinding_begins_again() -> None:
    """The same first weights, the same losses; with the rate last set."""
    run = to_the_end(started(EASY))
    losses = run.history.losses
    run.rewind()
    assert same(run, started(EASY))
    assert to_the_end(run).history.losses == losses

    run.set_lr(0.5)
    run.rewind()
    assert (run.lr, run.history.rates) == (0.5, [(0, 0.5)])


def test_it_begins_with_the_weights_it_is_given() -> None:
    """Also after a rewind, and after it was kept."""
    trained = started(updates=20)
    run = Run(small(), "numpy", start=trained.model().params)
    np.testing.assert_array_equal(vector(run), vector(trained))
    run.take(5)
    for each in (run, Run.restore(run.checkpoint(), "numpy")):
        each.rewind()
        np.testing.assert_array_equal(vector(each), vector(trained))


def spoiled(**change: Any) -> Params:
    return {**draw(small().architecture(load_task(small())), small()).params, **change}


@pytest.mark.parametrize(
    ("start", "code"),
    [
        ({}, "weights-names"),
        (spoiled(weight_hh_l1=np.zeros(3)), "weights-names"),
        (spoiled(bias_hy=np.zeros(2)), "weights-shape"),
        (spoiled(bias_hy=np.array([np.nan])), "weights-not-finite"),
        (dict(reversed(spoiled().items())), None),
    ],
)
def test_weights_to_begin_with_must_fit(start: Params, code: str | None) -> None:
    """By their names, whatever their order."""
    if code is None:
        np.testing.assert_array_equal(vector(Run(small(), "numpy", start=start)), vector(started()))
        return
    with pytest.raises(Invalid) as caught:
        Run(small(), "numpy", start=start)
    assert caught.value.code == code


def test_a_typed_sequence_is_not_trained_on() -> None:
    with pytest.raises(Invalid) as caught:
        Run(Experiment(), "numpy")
    assert (caught.value.code, caught.value.field) == ("no-task", "task")


# ---- Any earlier moment


def steered(run: Run, changes: dict[int, float], updates: int) -> Run:
    """So many updates one by one, the learning rate changed on the way."""
    while run.made < updates:
        if run.made in changes:
            run.set_lr(changes[run.made])
        run.single()
    return run


def streamed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give parity an endless stream to read, by hand."""
    bits = np.random.default_rng(7).integers(0, 2, (4000, 8))
    endless = parity.counted(bits)

    def stream(update: int, length: int, size: int) -> Batch:
        some = slice(update * length, (update + 1) * length)
        return Batch(endless.x[some, :size], endless.target[some, :size], endless.asked[some, :size], endless.loss)

    load = tasks.load
    monkeypatch.setattr(tasks, "load", lambda name: replace(load(name), stream=stream if name == "parity" else None))


@pytest.mark.parametrize("moments", [64, 5])
@pytest.mark.parametrize("given", [{}, RICHER, {"optimizer": "momentum", "grow": 3}, {"carry": True}])
def test_every_moment_can_be_opened(given: dict[str, Any], moments: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its weights are those that were there then, however few moments are kept; as a second Run, looked at while it
    trains, has seen them."""
    monkeypatch.setattr(run_module, "MOMENTS", moments)
    streamed(monkeypatch)
    experiment = small("parity", "lstm", **given)
    changes = {3: 0.05, 20: 0.5, 21: 0.001}
    run, second = steered(started(experiment), changes, 70), started(experiment)
    assert len(run.moments) <= moments
    seen = [vector(steered(second, changes, update)) for update in range(71)]
    for update in (0, 70, *range(1, 70, 3), *range(3, 70, 9)):
        np.testing.assert_array_equal(vector(run, update), seen[update])
    assert same(run, second)  # and looking back changed nothing


@pytest.mark.parametrize("update", [-1, 11, 10**30, 2.5, "3", True])
def test_a_moment_that_never_was_is_refused(update: Any) -> None:
    run = started(updates=10)
    for look in (run.model, run.probe):
        with pytest.raises(Invalid) as caught:
            look(update)
        assert (caught.value.field, caught.value.value) == ("update", update)


def test_a_model_taken_out_is_left_alone() -> None:
    """It shares no memory with the training that goes on, nor the training with it."""
    run = started(updates=10)
    model, before = run.model(), vector(run)
    run.take(1)
    np.testing.assert_array_equal(flatten(model.params, np.float64), before)
    model.params["weight_hh"][:] = 0
    assert same(run, started(updates=11))


@pytest.mark.parametrize("experiment", [small(), RICH])
def test_the_probe_shows_the_weights_of_its_moment(experiment: Experiment) -> None:
    """One held-out sequence, its trace and gradients by the text of `model`."""
    run = started(experiment, 30)
    exam = run.task.exam(experiment.length)
    for update in (None, 0, 17, 30):
        probe, model = run.probe(update), run.model(update)
        again = backward(model, forward(model, exam.one(exam.telling)))
        assert probe.loss == again.loss
        assert probe.d_params is not None
        assert again.d_params is not None
        for name, gradient in again.d_params.items():
            np.testing.assert_array_equal(probe.d_params[name], gradient)


# ---- Keeping


def paused() -> Run:
    run = started(RICH, 33)
    run.set_lr(0.02)
    run.pause()
    return run


def gone_on() -> Run:
    """Diverged, gone on with at a lower rate."""
    run = to_the_end(started(FAST))
    run.set_lr(0.01)
    run.resume()
    run.take(60)
    return run


KEPT: dict[str, Callable[[], Run]] = {
    "new": started,
    "running": lambda: started(RICH, 41),
    "paused": paused,
    "solved": lambda: to_the_end(started(EASY)),
    "spent": lambda: to_the_end(started(HARD)),
    "diverged": lambda: to_the_end(started(WILD)),
    "gone on": gone_on,
}


@pytest.mark.parametrize("name", KEPT)
def test_a_checkpoint_goes_on_as_the_run_would(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """To the bit: what it says of itself, its earlier moments, and everything after."""
    monkeypatch.setattr(run_module, "MOMENTS", 7)
    run = KEPT[name]()
    again = Run.restore(run.checkpoint(), "numpy")
    assert same(run, again)
    assert again.checkpoint() == run.checkpoint()
    for update in range(0, run.made, 6):
        np.testing.assert_array_equal(vector(run, update), vector(again, update))
    for each in (run, again):
        each.set_lr(0.02)
        each.resume()
        each.take(25)
    assert same(run, again)


def test_a_checkpoint_carries_the_state_of_a_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    streamed(monkeypatch)
    run = started(small("parity", "lstm", carry=True, layers=2), 30)
    again = Run.restore(run.checkpoint(), "numpy")
    for each in (run, again):
        each.take(30)
    assert same(run, again)


def test_a_large_network_can_be_kept() -> None:
    """Whatever an Experiment allows and a Run writes can be read: here 100 MB."""
    run = started(small(cell="lstm", hidden=512, layers=2, batch=1, length=2, budget=3), 1)
    data = run.checkpoint()
    assert len(data) > 1 << 26
    assert same(run, Run.restore(data, "numpy"))


@cache
def kept(name: str) -> bytes:
    return KEPT[name]().checkpoint()


def refused(data: bytes) -> Invalid | None:
    """The Invalid, where it is one; None where the bytes are a checkpoint after all. Nothing else may come."""
    try:
        run = Run.restore(data, "numpy")
    except Invalid as problem:
        return problem
    assert 0 <= run.made <= run.experiment.budget
    assert np.isfinite(vector(run, run.made // 2)).all()
    return None


@given(st.sampled_from(["paused", "solved", "diverged"]), st.integers(0, 10**9), st.integers(1, 255), st.booleans())
def test_a_flipped_byte_is_no_accident(name: str, at: int, by: int, in_header: bool) -> None:
    """Anywhere, the header most of all: refused, or numbers that a checkpoint may have."""
    data = bytearray(kept(name))
    end = 8 + int.from_bytes(data[:8], "little") if in_header else len(data)
    data[at % end] ^= by
    refused(bytes(data))


@given(st.sampled_from(["paused", "solved", "diverged"]), st.floats(0, 0.999))
def test_a_truncated_checkpoint_is_refused(name: str, share: float) -> None:
    assert refused(kept(name)[: int(share * len(kept(name)))]) is not None


@given(st.binary(max_size=300))
@example(b"")
@example((2**63).to_bytes(8, "little"))
def test_random_bytes_are_no_checkpoint(data: bytes) -> None:
    assert refused(data) is not None
    assert refused(len(data).to_bytes(8, "little") + data) is not None


def taken_apart(data: bytes) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    header = read_header(data)
    arrays, note = unpack(data, {name: tuple(header[name]["shape"]) for name in header if name != "__metadata__"})
    return {name: array.copy() for name, array in arrays.items()}, json.loads(note["run"])


def changed(arrays: dict[str, Any], **note: Any) -> bytes:
    """A checkpoint with something else in some places; None takes an array out."""
    whole: dict[str, Any]
    whole, said = taken_apart(kept("paused"))
    said["experiment"].update(note.pop("experiment", {}))
    for name, value in arrays.items():
        whole[name] = value(whole[name]) if callable(value) else value
    there = {name: array for name, array in whole.items() if array is not None}
    return pack(there, {"run": json.dumps({**said, **note})})


def put(*at_and_value: Any) -> Callable[[np.ndarray], np.ndarray]:
    """With another value at an index."""
    *at, value = at_and_value

    def change(array: np.ndarray) -> np.ndarray:
        array[tuple(at)] = value
        return array

    return change


FOREIGN: dict[str, bytes] = {
    "no note": pack({"history.losses": np.zeros(3)}),
    "another note": pack({}, {"run": "[]"}),
    "deep note": pack({}, {"run": "[" * 60_000}),
    "long number": pack({}, {"run": "1" * 60_000}),
    "no JSON": pack({}, {"run": "{"}),
    "scalars": pack({"history.losses": np.array(1.0)}, {"run": "{}"}),
}

HOSTILE: dict[str, dict[str, Any]] = {
    "no task": {"experiment": {"task": ""}},
    "unknown task": {"experiment": {"task": "nonsense"}},
    "task is a list": {"experiment": {"task": ["adding"]}},
    "cell is a dict": {"experiment": {"cell": {}}},
    "data is a number": {"experiment": {"data": 3}},
    "own data": {"experiment": {"data": "sha256:0"}},
    "unknown setting": {"experiment": {"power": 3}},
    "another size": {"experiment": {"hidden": 6}},
    "too small a budget": {"experiment": {"budget": 32}},
    "endless": {"experiment": {"budget": 10**400}},
    "unknown state": {"state": "asleep"},
    "state is a list": {"state": []},
    "over but running": {"experiment": {"budget": 33}, "state": RUNNING},
    "interval 0": {"interval": 0},
    "interval −1": {"interval": -1},
    "interval 2": {"interval": 2},
    "interval is text": {"interval": "1"},
    "interval is huge": {"interval": 10**400},
    "diverged in the future": {"diverged_at": 10**9},
    "diverged nowhere": {"diverged_at": "x"},
    "another array": {"arrays": {"extra": np.zeros(3)}},
    "an array less": {"arrays": {"history.norms": None}},
    "no moments": {
        "arrays": {f"moments.{name}": lambda array: array[:0] for name in ("made", "weights", "rows")},
    },
    "only now": {
        "arrays": {f"moments.{name}": lambda array: array[-1:] for name in ("made", "weights", "rows")},
        "interval": -1,
    },
    "fewer weights": {"arrays": {"moments.weights": lambda array: array[:, :-1]}},
    "NaN": {"arrays": {"moments.weights": put(0, 0, np.nan)}},
    "whole numbers": {"arrays": {"moments.weights": lambda array: array.astype(np.int64)}},
    "not the first": {"arrays": {"moments.made": put(0, 1)}},
    "negative": {"arrays": {"moments.made": put(0, -1)}},
    "in the future": {"arrays": {"moments.made": put(-1, 34)}},
    "half an update": {"arrays": {"moments.made": put(3, 3.5)}},
    "huge": {"arrays": {"moments.made": put(3, 1e300)}},
    "backwards": {"arrays": {"moments.made": put(3, 1)}},
    "losses of another length": {"arrays": {"history.losses": lambda array: array[:-1]}},
    "all cut": {"arrays": {f"history.{name}": lambda array: array[:-1] for name in ("losses", "norms", "clipped")}},
    "no rate": {"arrays": {"history.rates": lambda array: array[:0]}},
    "a rate too late": {"arrays": {"history.rates": put(0, 0, 3)}},
    "a rate too early": {"arrays": {"history.rates": put(1, 0, -3)}},
    "a rate of 0": {"arrays": {"history.rates": put(1, 1, 0)}},
    "a rate at 1e300": {"arrays": {"history.rates": put(1, 0, 1e300)}},
    "an exam at 1e300": {"arrays": {"history.exams": np.array([[1e300, 0.5]])}},
    "an exam to come": {"arrays": {"history.exams": np.array([[50, 0.5]])}},
    "flat exams": {"arrays": {"history.exams": np.array([50, 0.5])}},
}


@pytest.mark.parametrize("name", FOREIGN)
def test_a_file_of_something_else_is_refused(name: str) -> None:
    """Each is a sound safetensors file, and no checkpoint."""
    assert refused(FOREIGN[name]) is not None


def test_weights_alone_are_no_checkpoint() -> None:
    assert refused(started().weights()) is not None


@pytest.mark.parametrize("name", HOSTILE)
def test_a_checkpoint_made_up_is_refused(name: str) -> None:
    """Each differs in one place from what a Run has written, to what it could not have written."""
    assert refused(changed({})) is None
    assert refused(changed(**{"arrays": {}, **HOSTILE[name]})) is not None


def test_too_large_for_its_type_is_refused() -> None:
    """1e300 is no float32."""
    run = started(small(dtype="float32"), 3)
    arrays, note = taken_apart(run.checkpoint())
    wide = {name: array.astype(float) for name, array in arrays.items()}
    wide["moments.weights"][1] = 1e300
    assert refused(pack(wide, {"run": json.dumps(note)})) is not None


def test_the_weights_are_those_of_now() -> None:
    """`weights` is a file of the network, with the settings that made it."""
    run = started(updates=12)
    params, note = load_weights(run.weights(), run.architecture)
    np.testing.assert_array_equal(flatten(params, np.float64), vector(run))
    assert Experiment(**json.loads(note["experiment"])) == run.experiment


# ---- How it ends

EXPLODING = [
    WILD,
    FAST,
    replace(WILD, lr=3.0, dtype="float32"),
    replace(WILD, optimizer="momentum"),
    replace(WILD, gain=3.0, length=40, dtype="float32"),
    replace(WILD, gain=3.0, length=1000, batch=1),
    replace(WILD, cell="rnn-relu", lr=3.0),
]


@pytest.mark.parametrize("experiment", EXPLODING)
def test_an_explosion_stops_the_run_with_weights_that_are_whole(experiment: Experiment) -> None:
    """At the update whose loss or gradient is no longer finite, with the weights from before the one at fault."""
    run, reports = started(experiment), []
    for report in run:
        reports.append(report)
    assert run.state == reports[-1].state == DIVERGED
    assert run.diverged_at is not None
    assert run.diverged_at - run.made in (0, 1)
    assert len(run.history.losses) == run.made
    assert np.isfinite(run.history.losses + run.history.norms).all()
    assert all(exam.update <= run.made and np.isfinite(exam.score) for exam in run.history.exams)
    assert max(run.moments) <= run.made
    assert np.isfinite(vector(run)).all()
    np.testing.assert_array_equal(vector(run), vector(started(experiment, run.made)))
    batch = run.source.batch(run.made)
    assert np.isfinite(forward(run.model(), batch).loss) or run.made == 0  # nothing before the first update


def test_after_an_explosion_a_lower_rate_goes_on() -> None:
    run = to_the_end(started(FAST))
    at = run.made
    assert run.state == DIVERGED
    assert run.take(5)[:2] == (at, at)  # no work until resumed
    run.set_lr(1e-3)
    run.resume()
    assert to_the_end(run).state == SPENT
    assert run.made == FAST.budget
    assert run.history.losses[-1] < run.history.losses[0]


def test_the_same_rate_explodes_again() -> None:
    """Going on is going on: the same updates, the same end."""
    run = to_the_end(started(WILD))
    before = told(run)
    run.resume()
    assert told(to_the_end(run)) == before


def test_what_is_taken_back_leaves_no_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    """An exam goes with its update; and a rate set since then holds when that is made again."""
    run = started(HARD, 50)
    run.set_lr(0.5)
    with monkeypatch.context() as once:
        once.setattr(run.engine, "update", lambda *_: Update(math.inf, math.nan, math.nan, False))
        assert run.single()[:2] == (50, 49)
    assert (run.state, run.made, run.diverged_at) == (DIVERGED, 49, 50)
    assert (run.history.exams, run.history.rates) == ([], [(0, HARD.lr), (49, 0.5)])
    assert same(run, Run.restore(run.checkpoint(), "numpy"))
    run.resume()
    run.take(1)
    np.testing.assert_array_equal(vector(run), vector(steered(started(HARD), {49: 0.5}, 50)))
    assert [exam.update for exam in run.history.exams] == [50]


def test_an_exam_that_is_not_finite_is_an_explosion(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the last update of all spoils the weights no loss is left to show it, but the exam does."""
    at = to_the_end(started(WILD)).made
    run = to_the_end(started(replace(WILD, budget=at + 1)))
    assert run.history.exams == []
    assert (run.state, run.made, run.diverged_at) == (DIVERGED, at, at + 1)
    assert same(run, Run.restore(run.checkpoint(), "numpy"))


def test_solved_is_decided_on_sequences_not_trained_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each EXAM_EVERY updates and at the end, by the task's metric on its held-out set."""
    run = to_the_end(started(replace(EASY, budget=290, lr=0.003)))
    assert run.state == SPENT
    assert [exam.update for exam in run.history.exams] == [50, 100, 150, 200, 250, 290]
    for exam in run.history.exams[::2]:
        score = run.task.metric.score(forward(run.model(exam.update), run.exam_set).guess, run.exam_set)
        assert exam.score == score

    solved = to_the_end(started(EASY))
    assert solved.state == SOLVED
    assert solved.solved_at == solved.made == solved.history.exams[-1].update < EASY.budget
    assert solved.made % EXAM_EVERY == 0
    scores = [exam.score for exam in solved.history.exams]
    assert scores[-1] >= solved.task.goal > max(scores[:-1], default=0)


def test_a_small_loss_solves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Trained on zeros alone, where guessing 0 is perfect, adding is not solved: the held-out set is as ever."""
    adding = tasks.load("adding")

    def zeros(rng: np.random.Generator, length: int, size: int) -> Batch:
        made = adding.make(rng, length, size)
        return made if size == HELD_OUT else replace(made, x=made.x * 0, target=made.target * 0)

    monkeypatch.setattr(tasks, "load", lambda name: replace(adding, make=zeros))
    run = to_the_end(started(small(budget=100, lr=0.03)))
    assert run.history.losses[-1] < adding.goal
    assert run.state == SPENT


def test_after_solved_it_goes_on_to_the_budget() -> None:
    """Where asked; it is solved once, and spent it does no more."""
    run = to_the_end(started(EASY))
    at = run.solved_at
    assert run.take(1).stop == run.made == at
    run.resume()
    assert to_the_end(run).state == SPENT
    assert (run.made, run.solved_at) == (EASY.budget, at)
    for go in (run.resume, run.pause, run.resume):
        go()
        assert run.take(1).stop == run.made == EASY.budget
    assert run.state == SPENT


@pytest.mark.parametrize("task", ["adding", "parity", "reber"])
def test_the_exam_is_the_same_for_every_seed(task: str) -> None:
    """And no batch of a training is part of it."""
    first, second = (
        Run(Experiment.from_task(task, seed=seed, dtype="float64"), "numpy").exam_set for seed in (0, HELD_OUT)
    )
    np.testing.assert_array_equal(first.x, second.x)
    np.testing.assert_array_equal(first.target, second.target)


# ---- What it learns from


@pytest.mark.parametrize("given", [{}, {"grow": 5, "length": 12}, {"batch": 100, "length": 1000}])
def test_a_batch_depends_on_its_number_alone(given: dict[str, Any]) -> None:
    """And on the seed, in whatever order batches are asked for; no two are alike."""
    experiment = small(**given)
    numbers = [0, 1, 2, 15, 16, 17, 40]
    source, other = (Source(experiment, load_task(experiment)) for _ in range(2))
    there = [source.batch(number).x.copy() for number in numbers]
    back = [other.batch(number).x for number in reversed(numbers)][::-1]
    for one, again in zip(there, back, strict=True):
        assert one.dtype == experiment.dtype
        assert one.shape[1] == experiment.batch
        np.testing.assert_array_equal(one, again)
    assert len({one.tobytes() for one in there}) == len(there)
    assert not np.array_equal(there[0], Source(replace(experiment, seed=1), source.task).batch(0).x)


@pytest.mark.parametrize("grow", [1, 3, 7, 16, 40])
def test_sequences_grow_as_documented(grow: int) -> None:
    """2 steps at first, one more after each `grow` updates, up to `length`."""
    experiment = small("parity", grow=grow, length=9)
    source = Source(experiment, load_task(experiment))
    lengths = [source.batch(update).x.shape[0] for update in range(8 * grow)]
    assert lengths == [min(9, 2 + update // grow) for update in range(8 * grow)]


@pytest.mark.parametrize("name", tasks.names())
def test_no_sequence_is_shorter_than_its_task_allows(name: str) -> None:
    """Growing begins at 2, or at the least length the task has."""
    task = tasks.load(name)
    experiment = Experiment.from_task(name, grow=1, batch=2, budget=1)
    source = Source(experiment, load_task(experiment))
    assert source.length(0) == min(experiment.length, max(2, task.lengths[0]))
    source.batch(0)


@pytest.mark.parametrize(("layers", "both"), [(2, False), (3, True)])
def test_dropout_keeps_the_mean(layers: int, both: bool) -> None:
    """About the given share is 0, the rest larger by as much; which ones depends on seed and update alone."""
    experiment = small(layers=layers, bidirectional=both, dropout=0.3, batch=64, length=50, hidden=16)
    source = Source(experiment, load_task(experiment))
    batch = source.batch(4)
    masks = source.dropout(4, batch)
    assert masks is not None
    assert masks.shape == (layers - 1, 50, 64, 32 if both else 16)
    assert masks.dtype == experiment.dtype
    assert set(np.unique(masks)) == {0, 1 / 0.7}
    assert abs(masks.mean() - 1) < 5 * np.sqrt(0.3 / 0.7 / masks.size)
    again = Source(experiment, load_task(experiment)).dropout(4, batch)
    np.testing.assert_array_equal(masks, again)  # type: ignore[arg-type]
    for other in (source.dropout(5, batch), Source(replace(experiment, seed=1), source.task).dropout(4, batch)):
        assert not np.array_equal(masks, other)  # type: ignore[arg-type]


@pytest.mark.parametrize("given", [{"dropout": 0.0, "layers": 2}, {"dropout": 0.5, "layers": 1}])
def test_without_dropout_there_is_no_mask(given: dict[str, Any]) -> None:
    experiment = small(**given)
    source = Source(experiment, load_task(experiment))
    assert source.dropout(0, source.batch(0)) is None


def test_a_stream_is_read_without_a_gap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Chunk after chunk; and the state goes on: two chunks give what one of twice the length gives."""
    streamed(monkeypatch)
    experiment = small("parity", carry=True, length=6, lr=1e-9)
    source = Source(experiment, load_task(experiment))
    chunks = np.concatenate([source.batch(update).x for update in range(4)])
    once = Source(replace(experiment, length=24), source.task).batch(0).x
    np.testing.assert_array_equal(chunks, once)

    run, long = started(experiment, 2), started(replace(experiment, length=12), 1)
    np.testing.assert_allclose(np.mean(run.history.losses), long.history.losses[0], rtol=1e-6)
    apart = [forward(run.model(0), run.source.batch(update)).loss / (6 * 4) for update in range(2)]
    assert abs(run.history.losses[0] - apart[0]) < 1e-9 < abs(run.history.losses[1] - apart[1])


# ---- With torch


@pytest.mark.skipif(
    find_spec("rnn_core.training.torch_engine") is None or find_spec("torch") is None, reason="needs the torch engine"
)
def test_a_torch_run_is_kept_and_opened_by_numpy() -> None:
    """The same Run to rounding; its checkpoint goes on with either engine."""
    import_module("torch")
    experiment = small(layers=2, dropout=0.2)
    ours, theirs = started(experiment, 25), Run(experiment, "torch")
    theirs.take(25)
    np.testing.assert_allclose(ours.history.losses, theirs.history.losses, rtol=1e-9)
    np.testing.assert_allclose(vector(ours, 13), vector(theirs, 13), atol=1e-9)
    for device in ("torch", "numpy"):
        again = Run.restore(theirs.checkpoint(), device)
        assert told(again) == told(theirs)
        again.take(5)
        np.testing.assert_allclose(vector(again), vector(started(experiment, 30)), atol=1e-9)
