"""Plan: what is trained side by side, what it must share, and a link that carries all of it and survives any junk."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rnn_core import Experiment, Invalid, tasks
from rnn_core.cells import CELLS
from rnn_core.experiment import OWN, SIDE_BY_SIDE, TRAINING, fingerprint
from rnn_core.training.plan import SHARED, Plan
from rnn_core.words import sentence
from tests.core.draw import settings_of

OWN_NAME = fingerprint("somebody's own")
THREE = Plan.usual("parity", ("lstm", "gru", "rnn"))


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    """Any Plan: a task's recipe, and many settings changed in one model or in all, where they can be."""
    task = draw(st.sampled_from(tasks.names()))
    plan = Plan.usual(task, tuple(draw(st.lists(st.sampled_from(list(CELLS)), min_size=1, max_size=SIDE_BY_SIDE))))
    if tasks.load(task).own and draw(st.booleans()):
        plan = plan.changed("data", OWN_NAME)
    for field in draw(st.lists(st.sampled_from([name for name in TRAINING if name not in ("task", "data")]))):
        k = None if field in SHARED else draw(st.none() | st.integers(0, len(plan.experiments) - 1))
        try:
            plan = plan.changed(field, draw(settings_of(field, TRAINING)), k)
        except Invalid:  # it does not go with the others, or costs too much
            continue
    return plan


@given(plans())
def test_a_link_carries_everything(plan: Plan) -> None:
    """Read again it is the same, to the last bit, with nothing to mend; and it is short."""
    query = plan.to_query()
    assert Plan.from_query(query) == (plan, [])
    assert len(urlencode(query)) < 2000


def test_the_longest_link_is_short_enough() -> None:
    """Four models whose every number is as long as a number gets."""
    long = {"lr": 0.012345678901234567, "gain": 1.0123456789012345, "clip": 0.00012345678901234567}
    long |= {"weight_decay": 0.00012345678901234567, "forget_bias": -1.0123456789012345}
    more = {"dropout": 0.12345678901234567, "layers": 3, "optimizer": "momentum", "schedule": "constant", "grow": 1000}
    each = Experiment.from_task("next-char", "lstm", data=OWN_NAME, bidirectional=False, **long, **more)
    plan = Plan(tuple(replace(each, seed=9999, lr=each.lr + k * 1e-9, gain=each.gain + k * 1e-9) for k in range(4)))
    for name in ("clip", "weight_decay", "forget_bias", "dropout"):
        for k in range(4):
            plan = plan.changed(name, getattr(each, name) * (1 + k * 1e-9), k)
    assert Plan.from_query(plan.to_query()) == (plan, [])
    assert len(urlencode(plan.to_query())) < 2000


NUMBERS = ["nan", "1e999", "-1", "9" * 400, "1e9 1e9", "0.1 0.2", "1 None", "128", "512", "1000", "1024", "1000000"]
NAMES = ["", " ", "None", "True", "x y z", "gru lstm", "lstm rnn gru lstm rnn", OWN, OWN_NAME, "en"]
JUNK = st.text(max_size=30) | st.sampled_from([*NUMBERS, *NAMES, *CELLS, *tasks.names()])


@given(st.dictionaries(st.sampled_from([*TRAINING, "v", "lang", "run"]), JUNK))
@example({"task": "adding", "length": "1000", "hidden": "512", "cell": "lstm"})  # no batch is small enough
@example({"task": "copy", "cell": "gru lstm", "hidden": "8 512", "batch": "1024"})  # the second cannot pay
@example({"task": "adding", "cell": "lstm gru", "forget_bias": "1 2"})
@example({"lr": "0.1 " * 100_000})
def test_any_link_is_read(query: dict[str, str]) -> None:
    """Whatever stands in it there is a Plan, and a sentence for all that was mended; not a thousand of them."""
    plan, notices = Plan.from_query(query)
    assert 1 <= len(plan.experiments) <= SIDE_BY_SIDE
    assert Plan.from_query(plan.to_query()) == (plan, [])
    assert len(notices) < 100
    for notice in notices:
        assert 0 < len(sentence(notice)) < 400


def read(**query: str) -> tuple[Plan, list[tuple[str, str]]]:
    plan, notices = Plan.from_query(query)
    return plan, [(notice.code, notice.field) for notice in notices]


def test_an_empty_link_is_the_usual_plan() -> None:
    assert read() == read(v="1", lang="en") == (Plan.usual("adding", ("gru", "rnn")), [])
    assert read(task="copy", v="1", lang="en") == (Plan.usual("copy"), [])


def test_what_a_link_does_not_say_is_as_in_the_recipe() -> None:
    """Of each model's own cell."""
    plan, notices = read(task="parity", cell="gru lstm", lr="0.5")
    assert plan == Plan.usual("parity", ("gru", "lstm"), lr=0.5)
    assert notices == []


def test_several_values_are_those_of_several_models() -> None:
    """The last goes on for the rest; what must be shared is the first's."""
    plan, notices = read(task="parity", cell="gru rnn lstm", hidden="4 8", batch="16 32")
    assert [each.hidden for each in plan.experiments] == [4, 8, 8]
    assert [each.batch for each in plan.experiments] == [16, 16, 16]
    assert notices == [("not-shared", "batch")]


def test_what_cannot_be_used_keeps_its_place() -> None:
    """The values after it are still those of their models."""
    plan, notices = read(task="parity", cell="gru junk lstm", lr="0.1 x 0.3")
    usual = Plan.usual("parity").first
    assert [each.cell for each in plan.experiments] == ["gru", usual.cell, "lstm"]
    assert [each.lr for each in plan.experiments] == [0.1, usual.lr, 0.3]
    assert notices == [("ignored", "cell"), ("ignored", "lr")]


def test_more_models_than_fit_are_left_out() -> None:
    plan, notices = read(cell="gru rnn lstm gru rnn lstm")
    assert [each.cell for each in plan.experiments] == ["gru", "rnn", "lstm", "gru"]
    assert notices == [("range", "models")]
    assert read(lr="x " * 10)[1] == [("range", "models"), *[("ignored", "lr")] * 4]
    assert len(read(batch="16 32 16")[0].experiments) == 1


def test_what_costs_too_much_is_lowered() -> None:
    """To what can be paid, where a number says what that is; else the largest setting goes, and the cell stays."""
    plan, notices = read(task="adding", cell="lstm", length="1000", hidden="256", batch="1024")
    assert (plan.first.cell, plan.first.hidden, plan.first.length) == ("lstm", 256, 1000)
    assert plan.first.batch < 1024
    assert notices == [("too-much-an-update", "batch"), ("lowered", "batch")]
    plan, notices = read(task="adding", cell="gru lstm", length="1000", hidden="8 512", batch="256", lr="0.2")
    assert [(each.cell, each.batch, each.lr) for each in plan.experiments] == [("gru", 256, 0.2), ("lstm", 256, 0.2)]
    assert notices == [("too-much-memory", "hidden"), ("lowered", "hidden")]
    plan, notices = read(task="adding", cell="lstm", length="1000", hidden="512", lr="0.2")
    assert (plan.first.cell, plan.first.length, plan.first.lr) == ("lstm", 1000, 0.2)
    memory = [("too-much-memory", "hidden"), ("lowered", "hidden")]
    assert notices == [*memory, ("too-much-an-update", "batch"), ("lowered", "batch")]
    plan, notices = read(task="adding", cell="gru lstm", length="1000", batch="512")
    assert [each.cell for each in plan.experiments] == ["gru"]
    assert notices == [("too-much-an-update", "batch")]


def test_a_forget_bias_is_the_lstms() -> None:
    """A link for several models may say it for all; for one that cannot have it, it is said to be dropped."""
    plan, notices = read(cell="gru lstm", forget_bias="3")
    assert [each.forget_bias for each in plan.experiments] == [None, 3]
    assert notices == []
    assert read(cell="gru", forget_bias="3")[1] == [("no-forget-gate", "forget_bias")]


def test_what_must_be_shared_is() -> None:
    for field, value in {"batch": 7, "seed": 3, "budget": 11, "length": 5, "dtype": "float64", "task": "copy"}.items():
        with pytest.raises(Invalid) as caught:
            Plan((THREE.first, replace(THREE.first, **{field: value})))
        assert (caught.value.code, caught.value.field) == ("not-shared", field)
        assert sentence(caught.value)


@pytest.mark.parametrize("count", [0, SIDE_BY_SIDE + 1])
def test_too_few_or_too_many_are_refused(count: int) -> None:
    with pytest.raises(Invalid) as caught:
        Plan((THREE.first,) * count)
    assert (caught.value.code, caught.value.field) == ("range", "models")


def test_the_plan_of_a_task_shares_the_first_cells_recipe() -> None:
    for name in tasks.names():
        plan = Plan.usual(name, ("gru", "lstm", "rnn"))
        assert plan.first == Experiment.from_task(name, "gru")
        assert [each.cell for each in plan.experiments] == ["gru", "lstm", "rnn"]


# ---- Changing it


@pytest.mark.parametrize(("field", "value"), [("lr", 0.5), ("hidden", 7), ("layers", 2), ("optimizer", "sgd")])
def test_one_model_is_changed_or_all(field: str, value: Any) -> None:
    one, all_of_them = THREE.changed(field, value, 1), THREE.changed(field, value)
    assert one.experiments == (THREE.first, replace(THREE.experiments[1], **{field: value}), THREE.experiments[2])
    assert [getattr(each, field) for each in all_of_them.experiments] == [value] * 3
    assert field in one.differing
    assert field not in all_of_them.differing


def test_another_cell_brings_its_recipe_and_keeps_what_is_shared() -> None:
    plan = Plan.usual("copy", ("gru", "gru"), batch=8, seed=5).changed("cell", "lstm", 1)
    lstm = Experiment.from_task("copy", "lstm", batch=8, seed=5, length=plan.first.length, budget=plan.first.budget)
    assert plan.experiments == (plan.first, lstm)


def test_another_task_brings_its_recipe_and_keeps_the_cells() -> None:
    assert THREE.changed("lr", 0.5).changed("task", "copy") == Plan.usual("copy", ("lstm", "gru", "rnn"))
    plan = Plan.usual("forecast", ("gru", "rnn")).changed("data", "nile")
    assert plan == Plan.usual("forecast", ("gru", "rnn"), data="nile")


@pytest.mark.parametrize(
    ("field", "value", "k"),
    [
        ("batch", 0, None), ("batch", 7, 0), ("lr", 1e9, 0), ("hidden", 10**6, 1), ("task", "?", None),
        ("data", "?", None), ("cell", "?", 1), ("forget_bias", 1.0, 1), ("carry", True, None),
    ],
)  # fmt: skip
def test_a_change_that_cannot_be_is_refused(field: str, value: Any, k: int | None) -> None:
    with pytest.raises(Invalid) as caught:
        THREE.changed(field, value, k)
    assert sentence(caught.value)


def test_models_are_added_and_taken_away() -> None:
    """First other cells that solve the task; never more than fit, never none."""
    plan = Plan.usual("parity")
    for _ in range(SIDE_BY_SIDE - 1):
        plan = plan.added()
    assert {*tasks.load("parity").solved_by} <= {each.cell for each in plan.experiments}
    assert plan.without(0).experiments == plan.experiments[1:]
    for refused in (plan.added, lambda: Plan.usual().without(0)):
        with pytest.raises(Invalid) as caught:
            refused()
        assert caught.value.field == "models"


def test_plans_are_alike_but_for_their_learning_rates() -> None:
    assert THREE.alike(THREE.changed("lr", 0.5, 1))
    assert not THREE.alike(THREE.changed("hidden", 7, 1))
    assert not THREE.alike(THREE.without(0))
