"""Group: several Runs in lockstep, each what it would be alone, none disturbed by how another ends."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from rnn_core import Experiment, Invalid
from rnn_core.training import Run
from rnn_core.training import group as group_module
from rnn_core.training.group import Group
from rnn_core.training.plan import Plan
from rnn_core.training.run import DIVERGED, PAUSED, RUNNING, SOLVED, SPENT
from tests.core.trainings import ENDINGS, small, to_the_end, told


def started(plan: Plan, updates: int = 0) -> Group:
    group = Group(plan)
    while group.made < updates and group.state == RUNNING:
        group.advance(0)
    return group


def alone(experiment: Experiment) -> Run:
    run = Run(experiment, "numpy")
    for _ in run:
        pass
    return run


# ---- Side by side


def test_each_learns_as_it_would_alone() -> None:
    """Every loss, norm and exam, bit for bit, however the time is cut into slices."""
    plan = small()
    group = to_the_end(started(plan, 10))
    assert [run.history for run in group.runs] == [alone(each).history for each in plan.experiments]


def test_all_make_the_same_number_of_updates() -> None:
    """After every slice; and at least one in each."""
    group = started(small())
    made = 0
    while group.state == RUNNING:
        done = group.advance(0.001)
        assert {run.made for run in group.runs} == {group.made}
        assert {report.stop - report.start for report in done.reports} == {group.made - made}
        assert group.made > made
        made = group.made
    assert made == 60


def test_all_read_the_same() -> None:
    """Whatever their cells and sizes, and in which slice."""
    plan = small("gru", "lstm").changed("hidden", 9, 1)
    one, other = (run.source for run in Group(plan).runs)
    for update in (0, 1, 17, 3):
        np.testing.assert_array_equal(one.batch(update).x, other.batch(update).x)


def test_how_one_ends_does_not_disturb_the_others() -> None:
    """One explodes, one solves its task, one goes on to the end of its budget: each as it does alone."""
    group = started(ENDINGS)
    runs = [alone(each) for each in ENDINGS.experiments]
    assert [run.state for run in runs] == [DIVERGED, SOLVED, SPENT]
    assert runs[0].made < runs[1].made < runs[2].made
    to_the_end(group)
    assert told(group) == [(vars(run.history), run.made, run.state, run.lr, run.diverged_at) for run in runs]
    assert group.state == "ended"


# ---- Steering


def test_a_paused_group_makes_single_updates_only() -> None:
    group = started(small(), 5)
    group.pause()
    assert group.state == PAUSED
    assert all(report.start == report.stop for report in group.advance(1).reports)
    made = group.made
    done = group.single()
    assert [(report.start, report.stop) for report in done.reports] == [(made, made + 1)] * 3
    assert group.state == PAUSED
    group.resume()
    to_the_end(group)
    assert told(group) == told(to_the_end(started(small())))


def test_pause_and_go_on_change_nothing() -> None:
    """Those that had solved their task stay solved while others learn."""
    group = started(ENDINGS)
    while group.runs[1].state != SOLVED:
        group.advance(0.001)
    for _ in range(3):
        group.pause()
        assert group.state == PAUSED
        group.resume()
        assert [run.state for run in group.runs[1:]] == [SOLVED, RUNNING]
    assert told(to_the_end(group)) == told(to_the_end(started(ENDINGS)))


def test_after_the_end_all_that_can_go_on() -> None:
    """The one that solved its task spends its budget; the one that had spent it does nothing more."""
    group = to_the_end(started(ENDINGS))
    group.resume()
    assert [run.state for run in group.runs[1:]] == [RUNNING, SPENT]
    to_the_end(group)
    assert [run.made for run in group.runs[1:]] == [300, 300]


def test_a_larger_budget_is_the_same_training_longer() -> None:
    """Every loss as in one that had it from the beginning, through a checkpoint too; one that has solved its task does
    not go on with the others."""
    group = to_the_end(started(ENDINGS))
    group.prolong(400)
    assert group.state == "ended"
    group = Group.restore(group.plan, group.checkpoint())
    group.resume()
    assert [run.state for run in group.runs[1:]] == [SOLVED, RUNNING]
    to_the_end(group)
    longer = ENDINGS.changed("budget", 400)
    assert group.plan == longer
    for run, each in zip(group.runs[1:], longer.experiments[1:], strict=True):
        other = alone(each)
        assert vars(run.history) == vars(other.history)
        for update in (30, run.made):
            one, another = (it.model(update).params["weight_hh"] for it in (run, other))
            np.testing.assert_array_equal(one, another)
    group.resume()
    assert [run.state for run in group.runs[1:]] == [RUNNING, SPENT]


@pytest.mark.parametrize(("schedule", "budget", "code"), [("cosine", 90, "scheduled"), ("constant", 59, "range")])
def test_another_training_is_not_made_of_it(schedule: str, budget: int, code: str) -> None:
    """Where one learning rate goes down over the budget, nothing is changed; nor is a budget made smaller."""
    plan = small().changed("schedule", schedule, 1)
    group = started(plan, 5)
    with pytest.raises(Invalid) as caught:
        group.prolong(budget)
    assert caught.value.code == code
    assert group.plan == plan
    assert tuple(run.experiment for run in group.runs) == plan.experiments


def test_one_that_exploded_goes_on_at_another_rate_and_the_others_wait() -> None:
    """It catches up; then they go on in lockstep, and the other is not disturbed."""
    plan = small("rnn-linear", "gru", length=100, clip=None).changed("lr", 100, 0).changed("gain", 0.5, 0)
    group = started(plan)
    while group.runs[0].state == RUNNING or group.made < group.runs[0].made + 5:
        group.advance(0)
    assert group.runs[0].state == DIVERGED
    ahead = group.made
    group.pause()
    group.set_lr(0, 1e-3)
    group.resume()
    for behind in range(group.runs[0].made, ahead):
        assert [run.made for run in group.runs] == [behind, ahead]
        group.advance(0)
    group.advance(0)
    assert [run.made for run in group.runs] == [ahead + 1, ahead + 1]
    assert told(to_the_end(group))[1] == told(to_the_end(started(plan)))[1]


def test_a_learning_rate_is_one_models() -> None:
    group = started(small(), 5)
    group.set_lr(1, 0.5)
    assert [run.lr for run in group.runs] == [0.01, 0.5, 0.01]
    with pytest.raises(Invalid):
        group.set_lr(1, 1e9)


def test_rewinding_gives_the_same_curves_again() -> None:
    """Paused at first; what was learnt before is kept, and a second rewind at the start does not lose it."""
    group = to_the_end(started(small()))
    before = [run.history for run in group.runs]
    for _ in range(2):
        group.rewind()
        assert (group.state, group.made) == (PAUSED, 0)
        assert group.before == before
    group.resume()
    assert [run.history for run in to_the_end(group).runs] == before
    assert group.before[0] is not group.runs[0].history


# ---- Looking


def test_a_look_shows_the_models_as_they_are() -> None:
    """Or as they were; those that ended before, as they ended."""
    group = to_the_end(started(ENDINGS))
    for update in (None, 0, 7, 250, 10**6):
        for run, (model, trace) in zip(group.runs, group.look(update), strict=True):
            at = run.made if update is None else min(update, run.made)
            probe = run.probe(at)
            assert probe.d_params is not None
            assert trace.d_params is not None
            for name, value in run.model(at).params.items():
                np.testing.assert_array_equal(model.params[name], value)
                np.testing.assert_array_equal(trace.d_params[name], probe.d_params[name])
    with pytest.raises(Invalid):
        group.look(-1)


def test_looking_takes_its_share_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """By a clock on which an update takes 1 s and a look 3 s: one for every 100 s of work, and none unless watched."""
    now = [0.0]
    monkeypatch.setattr(group_module, "perf_counter", lambda: now[0])
    monkeypatch.setattr(group_module, "LOOK_SHARE", 0.03)
    monkeypatch.setattr(group_module, "_look", lambda run, update: now.__setitem__(0, now[0] + 3))
    group = Group(small("gru", budget=1000, lr=1e-6))
    take = group.runs[0].take
    monkeypatch.setattr(group.runs[0], "take", lambda count: (now.__setitem__(0, now[0] + count), take(count))[1])
    seen = [made for made in range(1, 401) if group.advance(0).looks]
    assert seen == [1, 102, 203, 304]
    assert not any(group.advance(0, watch=False).looks for _ in range(200))
    assert group.advance(0).looks


def test_a_look_is_enough_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    """By a clock on which updates take 0.03 s and a look no time: one in each 0.2 s. Looks at the past do not count."""
    now = [0.0]
    monkeypatch.setattr(group_module, "perf_counter", lambda: now[0])
    group, seen = Group(small("gru", budget=1000, lr=1e-6)), []
    for made in range(1, 31):
        now[0] = 10 + 0.03 * made
        group.look(0)
        group.worked += 0.03
        if group.advance(0).looks:
            seen.append(made)
    assert seen == [1, 8, 15, 22, 29]


def test_a_slice_is_as_long_as_it_should_be(monkeypatch: pytest.MonkeyPatch) -> None:
    """By a clock on which every update takes half a second: a slice of 3 s has six; and so the speed is known."""
    now = [0.0]
    monkeypatch.setattr(group_module, "perf_counter", lambda: now[0])
    group = Group(small("gru", budget=1000, lr=1e-6))
    assert group.speed == 0
    take = group.runs[0].take
    monkeypatch.setattr(group.runs[0], "take", lambda count: (now.__setitem__(0, now[0] + count / 2), take(count))[1])
    assert [len(group.advance(3, watch=False).reports[0].losses) for _ in range(4)] == [1, 6, 6, 6]
    assert group.speed == 2


# ---- Keeping


@pytest.mark.parametrize("updates", [0, 1, 37, 300])
@pytest.mark.parametrize("plan", [small(), ENDINGS])
def test_a_checkpoint_goes_on_with_the_same_losses(plan: Plan, updates: int) -> None:
    """To the bit, whatever state each was in."""
    group = started(plan, updates)
    again = Group.restore(plan, group.checkpoint())
    assert told(again) == told(group)
    assert again.state == group.state
    assert told(to_the_end(again)) == told(to_the_end(group))


def test_a_paused_group_is_paused_when_it_comes_back() -> None:
    group = started(small(), 5)
    group.pause()
    assert Group.restore(group.plan, group.checkpoint()).state == PAUSED


def test_first_weights_given_are_kept() -> None:
    """Each model's, or none, whatever is given beyond; also through a checkpoint and a rewind."""
    first = Run(small("gru").first, "numpy")
    first.take(9)
    params = first.model().params
    group = Group(small("gru", "lstm"), start=(params, None, params))
    other = Group(small("gru", "lstm"), start=(params,))
    assert told(to_the_end(other)) == told(to_the_end(Group(small("gru", "lstm"), start=(params, None, params))))
    assert np.array_equal(group.runs[0].model().params["weight_hh"], params["weight_hh"])
    group.advance(0)
    again = Group.restore(group.plan, group.checkpoint())
    again.rewind()
    assert np.array_equal(again.runs[0].model().params["weight_hh"], params["weight_hh"])
    assert told(again)[1] == told(Group.restore(group.plan, again.checkpoint()))[1]


def test_the_group_of_another_plan_is_refused() -> None:
    """Other settings, another order, more models or fewer."""
    plan = small()
    data = started(plan, 3).checkpoint()
    others = [plan.changed("seed", 1), plan.changed("hidden", 6, 1), Plan(plan.experiments[::-1]), plan.without(0)]
    for other in (*others, Plan((*plan.experiments, replace(plan.first, lr=0.5)))):
        with pytest.raises(Invalid) as caught:
            Group.restore(other, data)
        assert caught.value.code == "not-a-checkpoint"
