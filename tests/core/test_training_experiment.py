"""Experiment, where a task is trained: what is refused, by which name, what it may cost, and what is the same."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnn_core import Experiment, Invalid, tasks
from rnn_core.architecture import Architecture
from rnn_core.cells import CELLS
from rnn_core.experiment import (
    OWN,
    TRAINING,
    TRAINING_WORK,
    UPDATE_WORK,
    Choice,
    Flag,
    Real,
    Text,
    Whole,
    fingerprint,
    load_task,
)

NOT_NUMBERS = [math.nan, math.inf, -math.inf, True, "3", [3]]
OWN_TEXT = " ".join(str(k * k % 17) for k in range(500))  # for a task of one's own numbers


def bad_values(field: str) -> list[Any]:
    """Wrong types, out of range, NaN, infinities, bools: whatever the setting's rule must not let through."""
    rule = TRAINING[field]
    if isinstance(rule, Choice):
        return ["nonsense", 3, True, None, math.nan, [], {}]
    if isinstance(rule, Flag):
        return [0, 1, None, "True", math.nan, []]
    if isinstance(rule, Whole):
        return [rule.low - 1, rule.high + 1, 10**400, -(10**400), float(rule.low), None, *NOT_NUMBERS]
    if isinstance(rule, Real):
        none = [] if rule.optional else [None]
        return [math.nextafter(rule.low, -math.inf), math.nextafter(rule.high, math.inf), 10**400, *none, *NOT_NUMBERS]
    return [3, True, None, math.nan, b"sunspots", ["a"]]


BAD = [(field, value) for field in TRAINING for value in bad_values(field)]


@pytest.mark.parametrize(("field", "value"), BAD)
def test_a_bad_value_is_refused_by_its_settings_name(field: str, value: Any) -> None:
    """One Invalid that names the setting and holds the value, from the constructor and from a recipe alike."""
    for make in (lambda given: Experiment(**{"task": "adding", **given}), from_recipe):
        if make is from_recipe and field == "cell" and value is None:
            continue  # the task's usual cell
        with pytest.raises(Invalid) as caught:
            make({field: value})
        assert caught.value.code in ("choice", "type", "range")
        assert caught.value.field == field
        assert caught.value.value is value


def from_recipe(given: dict[str, Any]) -> Experiment:
    return Experiment.from_task(given.pop("task", "adding"), given.pop("cell", "lstm"), **given)


@pytest.mark.parametrize("field", [field for field, rule in TRAINING.items() if isinstance(rule, Whole | Real)])
def test_the_ends_of_a_range_belong_to_it(field: str) -> None:
    """`low` and `high` themselves are allowed, where the task allows the length."""
    rule = TRAINING[field]
    assert isinstance(rule, Whole | Real)
    tiny = {"task": "reber" if field == "embedding" else "copy", "length": 5, "batch": 1, "hidden": 1, "budget": 1}
    layers = 2 if field == "dropout" else 1
    for end in (rule.low, tasks.load("copy").lengths[1] if field == "length" else rule.high):
        experiment = Experiment(**{**tiny, "cell": "lstm", "layers": layers, field: end})
        assert getattr(experiment, field) == end


CONTRADICTIONS: list[tuple[str, dict[str, Any], str, str]] = [
    ("reber", {"bidirectional": True}, "sees-the-future", "bidirectional"),
    ("adding", {"embedding": 8}, "no-tokens", "embedding"),
    ("adding", {"carry": True}, "no-stream", "carry"),
    ("adding", {"cell": "gru", "forget_bias": 1.0}, "no-forget-gate", "forget_bias"),
    ("adding", {"cell": "rnn", "forget_bias": 0.0}, "no-forget-gate", "forget_bias"),
    ("adding", {"data": "sunspots"}, "choice", "data"),
    ("forecast", {"data": "nonsense"}, "choice", "data"),
    ("adding", {"data": OWN + "0" * 64}, "no-own-data", "data"),
    ("adding", {"length": 1}, "range", "length"),
    ("reber", {"length": 4}, "range", "length"),
    ("reber", {"length": 201}, "range", "length"),
    ("adding", {"hidden": 512, "layers": 3, "length": 1000, "batch": 1024}, "too-much-memory", "hidden"),
    ("adding", {"hidden": 256, "length": 1000, "budget": 1_000_000}, "too-much-training", "budget"),
]


@pytest.mark.parametrize(("task", "given", "code", "field"), CONTRADICTIONS)
def test_a_contradiction_is_refused_by_the_setting_to_change(
    task: str, given: dict[str, Any], code: str, field: str
) -> None:
    """Values that are each allowed and do not go together."""
    with pytest.raises(Invalid) as caught:
        Experiment.from_task(task, **given)
    assert (caught.value.code, caught.value.field) == (code, field)


def test_a_stream_is_read_in_one_direction(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a task that would allow either."""
    load = tasks.load
    monkeypatch.setattr(tasks, "load", lambda name: replace(load(name), stream=lambda *_: load(name).example.batch))
    Experiment.from_task("parity", carry=True)
    Experiment.from_task("parity", bidirectional=True)
    with pytest.raises(Invalid) as caught:
        Experiment.from_task("parity", carry=True, bidirectional=True)
    assert (caught.value.code, caught.value.field) == ("carry-backwards", "bidirectional")


# ---- What it costs


@pytest.mark.parametrize(
    ("task", "cell", "given", "multiplications"),
    [
        ("adding", "rnn", {"hidden": 4, "length": 10, "batch": 3}, 3 * 10 * 3 * (4 * 2 + 4 * 4 + 4)),
        ("parity", "lstm", {"hidden": 2, "length": 5, "batch": 1}, 3 * 5 * (8 * 1 + 8 * 2 + 2)),
        (
            "parity",
            "gru",
            {"hidden": 2, "length": 5, "batch": 7, "layers": 2, "bidirectional": True},
            3 * 5 * 7 * (2 * (6 * 1 + 6 * 2) + 2 * (6 * 4 + 6 * 2) + 4),
        ),
    ],
)
def test_the_price_by_hand(task: str, cell: str, given: dict[str, Any], multiplications: int) -> None:
    """Three products with every weight matrix, for each step and sequence."""
    experiment = Experiment.from_task(task, cell, **given)
    assert experiment.update_work(load_task(experiment)) == multiplications


@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru"])
def test_too_much_training_says_how_much_is_possible(cell: str) -> None:
    """So many updates are allowed, and one more is not."""
    size: dict[str, Any] = {"hidden": 300, "length": 200, "batch": 32}
    with pytest.raises(Invalid) as caught:
        Experiment.from_task("adding", cell, **size, budget=1_000_000)
    possible = caught.value.bound
    assert type(possible) is int
    most = Experiment.from_task("adding", cell, **size, budget=possible)
    assert most.update_work(load_task(most)) * possible <= TRAINING_WORK
    with pytest.raises(Invalid):
        replace(most, budget=possible + 1)


def test_the_largest_update_is_affordable_for_once() -> None:
    """An update that is allowed at all may be made a thousand times."""
    assert TRAINING_WORK / UPDATE_WORK >= 1000


@pytest.mark.parametrize("layers", [1, 3])
def test_memory_is_priced_too(layers: int) -> None:
    """Few weights on many numbers: little work, much memory."""
    with pytest.raises(Invalid) as caught:
        Experiment.from_task("adding", "lstm", hidden=16, layers=layers, length=1000, batch=1024, budget=1)
    assert (caught.value.code, caught.value.field) == ("too-much-an-update", "batch")


def test_the_exam_is_priced_too() -> None:
    """It is read in parts of 32 or more, so a batch of one does not make everything cheap, nor would a smaller one."""
    wide = {"hidden": 128, "layers": 3, "bidirectional": True, "batch": 1, "budget": 1}
    with pytest.raises(Invalid) as caught:
        Experiment.from_task("adding", "lstm", length=1000, **wide)
    assert (caught.value.code, caught.value.field) == ("too-much-memory", "hidden")


@pytest.mark.parametrize("batch", [1, 31, 32, 33, 200, 1024])
@pytest.mark.parametrize("cell", ["gru", "lstm"])
@pytest.mark.parametrize("layers", [1, 3])
def test_what_is_named_is_what_can_be_paid(cell: str, layers: int, batch: int) -> None:
    """Lowered so far, setting by setting, there is an Experiment; by one less, not."""
    given = {"hidden": 512, "layers": layers, "bidirectional": True, "length": 1000, "batch": batch, "budget": 1}
    lowered = []
    while bound := _bound(cell, given):
        field, most = bound
        assert most < given[field]
        assert _bound(cell, {**given, field: most + 1})
        given[field] = most
        lowered.append(field)
    assert lowered in (["hidden"], ["hidden", "batch"], ["batch"])


def _bound(cell: str, given: dict[str, Any]) -> tuple[str, int] | None:
    """What is to be lowered, and how far; None where it can be paid."""
    try:
        Experiment.from_task("adding", cell, **given)
    except Invalid as problem:
        return problem.field, problem.bound
    return None


def test_ones_own_data_are_priced_when_they_are_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only then is it known how large the network is."""
    experiment = Experiment.from_task("forecast", data=fingerprint(OWN_TEXT), hidden=8)
    task = load_task(experiment, OWN_TEXT)
    monkeypatch.setattr("rnn_core.experiment.UPDATE_WORK", experiment.update_work(task) - 1)
    with pytest.raises(Invalid) as caught:
        load_task(experiment, OWN_TEXT)
    assert caught.value.code == "too-much-an-update"


@pytest.mark.parametrize(("own", "code"), [(None, "data-missing"), (OWN_TEXT + " ", "other-data")])
def test_ones_own_data_are_those_that_are_meant(own: str | None, code: str) -> None:
    experiment = Experiment.from_task("forecast", data=fingerprint(OWN_TEXT))
    with pytest.raises(Invalid) as caught:
        load_task(experiment, own)
    assert (caught.value.code, caught.value.field) == (code, "data")


# ---- What is the same


IRRELEVANT: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("adding", {"layers": 1}, {"dropout": 0.5}),
    ("adding", {}, {"text": "anything"}),
    ("adding", {}, {"preset": "hello", "kind": "sine", "period": 3.0, "target": "sum"}),
    ("adding", {"lr": 1.0}, {"lr": 1}),
    ("adding", {"clip": 1.0}, {"clip": 1}),
    ("forecast", {"data": ""}, {"data": tasks.load("forecast").data[0]}),
    ("parity", {"carry": True}, {"grow": 7}),
]


@pytest.mark.parametrize(("task", "given", "other"), IRRELEVANT)
def test_what_has_no_effect_has_no_value(
    task: str, given: dict[str, Any], other: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two that compute the same are equal, down to the text of their settings."""
    if "carry" in given:
        load = tasks.load
        monkeypatch.setattr(tasks, "load", lambda name: replace(load(name), stream=lambda *_: load(name).example.batch))
    recipe = {**usual(task), **given}
    first, second = Experiment(**recipe), Experiment(**{**recipe, **other})
    assert first == second
    assert hash(first) == hash(second)
    assert json.dumps(first.settings()) == json.dumps(second.settings())


def usual(task: str) -> dict[str, Any]:
    return {"task": task, "length": 8, "hidden": 4, "batch": 2}


@st.composite
def trainings(draw: st.DrawFn) -> Experiment:
    """Any small training."""
    task = tasks.load(draw(st.sampled_from(["adding", "parity", "reber", "copy"])))
    cell = draw(st.sampled_from(list(CELLS)))
    values: dict[str, Any] = {"task": task.name, "cell": cell, "budget": draw(st.integers(1, 1000))}
    for field, rule in TRAINING.items():
        if isinstance(rule, Choice) and field not in values:
            values[field] = draw(st.sampled_from(rule.options))
        elif isinstance(rule, Real):
            values[field] = draw(st.floats(rule.low, rule.high) | (st.none() if rule.optional else st.nothing()))
    values |= {
        "length": draw(st.integers(max(5, task.lengths[0]), 20)),
        "hidden": draw(st.integers(1, 16)),
        "layers": draw(st.integers(1, 3)),
        "batch": draw(st.integers(1, 16)),
        "seed": draw(st.integers(0, 9999)),
        "grow": draw(st.integers(0, 1000)),
        "bidirectional": draw(st.booleans()) and not task.future,
        "embedding": draw(st.integers(0, 8)) if task.tokens else 0,
    }
    if "f" not in CELLS[cell].blocks:
        values["forget_bias"] = None
    return Experiment(**values)


@given(trainings())
def test_trainings_are_values(experiment: Experiment) -> None:
    """Equal by value and hashable; their settings say all, also after a journey as JSON."""
    for again in (Experiment(**vars(experiment)), Experiment(**json.loads(json.dumps(experiment.settings())))):
        assert again is not experiment
        assert again == experiment
        assert hash(again) == hash(experiment)


DIFFERENCES: dict[str, Any] = {
    "task": "parity",
    "length": 9,
    "cell": "rnn",
    "hidden": 5,
    "layers": 3,
    "bidirectional": True,
    "init": "xavier",
    "gain": 0.5,
    "forget_bias": 2.0,
    "seed": 1,
    "optimizer": "sgd",
    "lr": 0.02,
    "schedule": "linear",
    "batch": 3,
    "clip": None,
    "weight_decay": 0.1,
    "dropout": 0.1,
    "grow": 5,
    "dtype": "float64",
    "budget": 999,
}


@pytest.mark.parametrize("field", [field for field in TRAINING if field not in ("data", "embedding", "carry")])
def test_what_has_an_effect_tells_two_apart(field: str) -> None:
    """None of them is forgotten in the settings."""
    given = {**usual("adding"), "layers": 2, "cell": "lstm"}
    if field == "cell":
        given["forget_bias"] = None
    first, second = Experiment(**given), Experiment(**{**given, field: DIFFERENCES[field]})
    assert first != second
    assert first.settings() != second.settings()


# ---- Recipes


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("name", tasks.names())
def test_a_recipe_fills_in_what_is_not_given(name: str, cell: str) -> None:
    """The task's, then the cell's, then what is given; the task's usual length; and the forget bias of an LSTM is 1."""
    task = tasks.load(name)
    experiment = Experiment.from_task(name, cell, seed=3)
    recipe = {"length": task.length, "forget_bias": 1.0 if cell == "lstm" else None, **task.recipe}
    recipe |= task.cells.get(cell, {})
    for field, value in recipe.items():
        assert getattr(experiment, field) == value
    assert (experiment.task, experiment.cell, experiment.seed) == (name, cell, 3)
    assert experiment.data == (task.data or ("",))[0]
    load_task(experiment)


def test_what_is_given_comes_before_the_recipe() -> None:
    given = {"hidden": 7, "lr": 0.5, "forget_bias": None, "clip": None, "length": 11}
    experiment = Experiment.from_task("adding", "lstm", **given)
    assert {field: getattr(experiment, field) for field in given} == given


def test_an_unknown_setting_is_refused_by_its_name() -> None:
    """Whoever mistypes a setting learns what there is."""
    with pytest.raises(Invalid) as caught:
        Experiment.from_task("adding", power=3)
    assert (caught.value.code, caught.value.value) == ("setting", "power")
    assert "budget" in caught.value.bound


@pytest.mark.parametrize("name", ["", "nonsense", None, 3, ["adding"], "../adding", "_grammar", "adding_1997"])
def test_an_unknown_task_is_refused(name: Any) -> None:
    with pytest.raises(Invalid) as caught:
        Experiment.from_task(name)
    assert caught.value.field == "task"


def test_the_network_is_the_one_that_was_asked_for() -> None:
    experiment = Experiment.from_task("reber", "gru", hidden=9, layers=2, embedding=3)
    task = load_task(experiment)
    assert experiment.architecture(task) == Architecture("gru", task.inputs, 9, task.outputs, 2, False, 3, task.last)


def test_every_setting_is_a_field_with_a_rule() -> None:
    """So none escapes the tests above."""
    names = set(vars(Experiment()))
    assert set(TRAINING) <= names
    assert all(isinstance(rule, Choice | Flag | Whole | Real | Text) for rule in TRAINING.values())
    assert set(DIFFERENCES) == set(TRAINING) - {"data", "embedding", "carry"}


def test_a_length_is_held_to_the_data_and_not_to_the_usual_ones() -> None:
    """The Nile is short; a series of one's own may be longer than the sunspots."""
    with pytest.raises(Invalid) as caught:
        Experiment.from_task("forecast", data="nile", length=100)
    assert (caught.value.code, caught.value.field, caught.value.bound) == ("range", "length", (2, 73))
    long = " ".join(str(k * k % 97) for k in range(3000))
    experiment = Experiment.from_task("forecast", data=fingerprint(long), length=500)
    assert load_task(experiment, long).lengths == (2, 1000)
    with pytest.raises(Invalid) as caught:
        load_task(Experiment.from_task("forecast", data=fingerprint(OWN_TEXT), length=500), OWN_TEXT)
    assert caught.value.field == "length"
