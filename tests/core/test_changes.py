"""A history of changes: edits and updates, one after another, exactly as a hand would make them."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnn_core import Experiment, Invalid
from rnn_core.cells import CELLS
from rnn_core.changes import Change, Replay, canonical, check, from_text, replay, traced
from rnn_core.descent import Descend
from rnn_core.edits import Edit
from rnn_core.experiment import DESCENT_STEPS, DESCENT_TIMES
from rnn_core.model import Model, backward, build, forward
from tests.core import oracle
from tests.core.draw import changes_of, experiments
from tests.core.oracle import assert_close
from tests.core.test_descent import SMALL, their_loss

UPDATE, EDIT = Descend(0.1, 3), Edit("weight_hh", (0, 0), 0.7)


def replayed(experiment: Experiment, changes: list[Change]) -> Replay:
    return replay(build(experiment), experiment.reading(), changes)


def assert_same(one: Replay, other: Replay) -> None:
    """The same network and losses, to the last bit."""
    for name, value in one.model.params.items():
        np.testing.assert_array_equal(other.model.params[name], value, err_msg=name)
    assert_close(one.state, other.state, 0)
    np.testing.assert_array_equal(one.losses, other.losses)


# ---- What a replay does


@given(experiments(), st.data())
def test_a_replay_is_what_a_hand_does(experiment: Experiment, data: st.DataObject) -> None:
    """Each edit set, each update subtracted, each loss noted; what explodes is not updated any more."""
    changes = data.draw(changes_of(experiment, times=3))
    model, reading = build(experiment), experiment.reading()
    params = {name: value.copy() for name, value in model.params.items()}
    state = {name: np.zeros((1, experiment.hidden)) for name in CELLS[experiment.cell].states}
    losses, added = [], {}
    with np.errstate(over="ignore", invalid="ignore"):
        for change in changes:
            if isinstance(change, Edit):
                numbers = {**params, **{f"{name}_0": start[0] for name, start in state.items()}}
                numbers[change.name][change.at] = change.value
                continue
            before = {name: value.copy() for name, value in params.items()}
            for _ in range(change.times):
                trace = forward(Model(model.architecture, params), reading, state)
                losses = losses or [trace.loss]
                if not np.isfinite(trace.loss):
                    break
                d_params = backward(Model(model.architecture, params), trace).d_params
                assert d_params is not None
                params = {name: value - change.lr * d_params[name] for name, value in params.items()}
                losses.append(forward(Model(model.architecture, params), reading, state).loss)
            own = {name: value - before[name] for name, value in params.items()}
            added = {name: added[name] + value if added else value for name, value in own.items()}

    ours = replayed(experiment, changes)
    np.testing.assert_array_equal(ours.losses, losses)
    assert_close(ours.state, state, 0)
    for name, value in params.items():
        np.testing.assert_array_equal(ours.model.params[name], value)
        if added:
            assert ours.change is not None
            np.testing.assert_array_equal(ours.change[name], added[name])
    assert (ours.change is None) == (not added)


@pytest.mark.parametrize("experiment", SMALL, ids=lambda e: f"{e.kind}-{e.cell}")
def test_an_update_is_torchs(experiment: Experiment) -> None:
    """An edit, an update, an edit, an update: SGD with autograd's gradients, and edits done to torch's tensors."""
    changes: list[Change] = [Edit("h_0", (1,), 0.5), Descend(0.05, 1), EDIT, Descend(0.02, 1)]
    ours = replayed(experiment, changes)

    params, reading = build(experiment).params, experiment.reading()
    start = {name: np.zeros((1, 4)) for name in CELLS[experiment.cell].states}
    start["h"][0, 1] = 0.5
    losses, added = [their_loss(reading, experiment.cell, oracle.tensors(params), start).item()], {}
    for lr in (0.05, 0.02):
        theirs = oracle.tensors(params)
        their_loss(reading, experiment.cell, theirs, start).backward()
        own = {name: -lr * oracle.gradient(value) for name, value in theirs.items()}
        added = {name: value + added.get(name, 0) for name, value in own.items()}
        params = {name: value + own[name] for name, value in params.items()}
        losses.append(their_loss(reading, experiment.cell, oracle.tensors(params), start).item())
        if lr == 0.05:
            params["weight_hh"][0, 0] = EDIT.value
    np.testing.assert_allclose(ours.losses, losses, rtol=1e-12)
    assert_close(ours.model.params, params, 1e-12)
    assert_close(ours.change, added, 1e-12)


def test_order_matters() -> None:
    """An edited weight learns on; a weight edited last is what was typed. Either way the losses are others."""
    first, last = replayed(Experiment(), [EDIT, UPDATE]), replayed(Experiment(), [UPDATE, EDIT])
    assert last.model.params["weight_hh"][0, 0] == EDIT.value
    assert 0 < abs(first.model.params["weight_hh"][0, 0] - EDIT.value) < 0.5
    assert first.losses[0] != last.losses[0]


def test_losses_go_on_where_they_were() -> None:
    """One before the first update and one after each; an edit is no update, and without one there is no loss."""
    many = replayed(Experiment(), [UPDATE, Descend(0.2, 4), EDIT, UPDATE])
    assert len(many.losses) == 1 + 3 + 4 + 3
    assert_close(many.losses[:8], replayed(Experiment(), [UPDATE, Descend(0.2, 4)]).losses, 0)
    none = replayed(Experiment(), [EDIT])
    assert (none.losses.shape, none.change) == ((0,), None)


@given(experiments())
def test_no_changes_change_nothing(experiment: Experiment) -> None:
    """The trace is the same to the last bit."""
    model, reading = build(experiment), experiment.reading()
    plain, (_, _, ours) = backward(model, forward(model, reading)), traced(experiment)
    assert plain.d_params is not None
    assert ours.d_params is not None
    assert_close(ours.losses, plain.losses, 0)
    assert_close(ours.d_params, plain.d_params, 0)


def test_a_trace_is_of_the_network_after_all_changes() -> None:
    """Its loss is the last of the losses, its initial state the one that was set."""
    done, _, trace = traced(Experiment(), [Edit("h_0", (1,), 0.5), UPDATE])
    assert trace.loss == done.losses[-1]
    assert trace.layer.states["h"][0, 0, 1] == 0.5


def test_a_replay_is_read_only_and_its_own() -> None:
    """Traces are shared between visitors: none may write in one, nor see another's change through it."""
    model, reading = build(Experiment()), Experiment().reading()
    own = {name: value.copy() for name, value in model.params.items()}
    for changes in ([], [EDIT], [UPDATE], [EDIT, UPDATE, EDIT]):
        done = replay(model, reading, changes)
        assert_close(model.params, own, 0)
        assert not any(np.shares_memory(done.model.params[name], model.params[name]) for name in own)
        arrays = [done.losses, *done.model.params.values(), *done.state.values(), *(done.change or {}).values()]
        assert not any(array.flags.writeable for array in arrays)


@pytest.mark.parametrize("experiment", SMALL, ids=lambda e: f"{e.kind}-{e.cell}")
def test_an_explosion_is_survived_quietly(experiment: Experiment) -> None:
    """Edits and updates go on after it, with no warning; weights that are no numbers stay so until edited."""
    wild: list[Change] = [Edit("weight_hh", (k, k), 1000) for k in range(4)]
    wild += [Edit("weight_hy", (0, k), -1000) for k in range(4)]
    changes = [*wild, Descend(100, 10), EDIT, Descend(0.1, 2), Descend(100, 30), EDIT]
    done, _, _ = traced(experiment, changes)
    assert done.model.params["weight_hh"][0, 0] == EDIT.value


def test_updates_end_where_the_loss_leaves_the_floats() -> None:
    """What was left of them is not made; an edit that mends the network lets others go on."""
    experiment = Experiment(kind="numbers", text="9 8 7 6", target="sum", cell="rnn-linear", hidden=1)
    exploded = replayed(experiment, [Descend(1, 100)])
    assert 2 < len(exploded.losses) < 50
    assert not np.isfinite(exploded.losses[-1])
    assert_same(exploded, replayed(experiment, [Descend(1, 100), UPDATE]))
    mend: list[Change] = [Edit(name, (0, 0), 0.1) for name in ("weight_ih", "weight_hh", "weight_hy")]
    mend += [Edit(name, (0,), 0) for name in ("bias_ih", "bias_hh", "bias_hy")]
    mended = replayed(experiment, [Descend(1, 100), *mend, Descend(1e-4, 5)]).losses[len(exploded.losses) :]
    assert len(mended) == 5
    assert (np.diff(mended) < 0).all()


# ---- One form for equal histories


@given(experiments(), st.data())
def test_a_canonical_history_does_the_same(experiment: Experiment, data: st.DataObject) -> None:
    """Sorted and merged or one by one: the same network and losses, to the last bit."""
    changes = data.draw(changes_of(experiment, times=3))
    assert_same(replayed(experiment, changes), replayed(experiment, list(canonical(changes))))


@given(experiments(), st.data())
def test_a_canonical_history_has_one_form(experiment: Experiment, data: st.DataObject) -> None:
    """Made in one go or bit by bit; edits in any order between updates; nothing in it can be merged any further."""
    changes = data.draw(changes_of(experiment))
    once = canonical(changes)
    assert canonical(once) == once
    at = data.draw(st.integers(0, len(changes)))
    assert canonical((*canonical(changes[:at]), *changes[at:])) == once
    for one, other in pairwise(once):
        if isinstance(one, Edit) and isinstance(other, Edit):
            assert one.place < other.place
        elif isinstance(one, Descend) and isinstance(other, Descend):
            assert one.lr != other.lr or one.times + other.times > DESCENT_TIMES


def test_what_is_merged() -> None:
    """The later of two edits of one place; updates at one rate, as many as may be made at once."""
    other = Edit("weight_hh", (0, 0), -2)
    assert canonical([EDIT, other]) == (other,)
    assert canonical([EDIT, Edit("bias_hh", (0,), 1)]) == (Edit("bias_hh", (0,), 1), EDIT)
    assert canonical([EDIT, UPDATE, EDIT]) == (EDIT, UPDATE, EDIT)
    assert canonical([UPDATE, UPDATE, EDIT, UPDATE]) == (Descend(0.1, 6), EDIT, UPDATE)
    assert canonical([UPDATE, Descend(0.2, 3)]) == (UPDATE, Descend(0.2, 3))
    some = [Descend(1, times) for times in (600, 400, 1, 999, 600, 600, 1)]
    assert [change.times for change in canonical(some) if isinstance(change, Descend)] == [1000, 1000, 600, 601]


# ---- In a link


@given(experiments(), st.data())
def test_a_change_reads_back_as_it_was_written(experiment: Experiment, data: st.DataObject) -> None:
    """To the last bit, and in characters that no browser escapes."""
    for change in data.draw(changes_of(experiment)):
        assert from_text(str(change)) == change
        assert str(change).replace("_", "").replace(".", "").replace("-", "").isalnum()


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (Descend(0.1, 10), "lr_0.1_10"),
        (Descend(1, 1), "lr_1_1"),
        (Descend(1e-9, 1000), "lr_1e-09_1000"),
        (Descend(1 / 3, 100), "lr_0.3333333333333333_100"),
        (Descend(np.float64(0.1), 5), "lr_0.1_5"),
        (EDIT, "W_hh.0.0_0.7"),
    ],
)
def test_a_change_is_readable(change: Change, text: str) -> None:
    """Links out in the world depend on this form."""
    assert str(change) == text
    assert from_text(text) == change


@pytest.mark.parametrize("text", ["", "lr", "lr_", "lr_0.1", "lr_0.1_", "lr__1", "lr_x_1", "lr_1e_1", "lr_1_1_1", "1"])
def test_what_is_no_change_is_refused(text: str) -> None:
    """ValueError, whatever it is."""
    with pytest.raises(ValueError):  # noqa: PT011
        from_text(text)


# ---- What is allowed


@pytest.mark.parametrize("length", [7, 40, 60])
def test_all_updates_together_have_a_price(length: int) -> None:
    """As many as the sequence allows, in however many pieces, and not one more; edits are free."""
    experiment = Experiment(kind="sine", target="next", length=length)
    most = DESCENT_STEPS // length
    pieces: list[Change] = [Descend(lr, most // 10) for lr in range(1, 11)]
    rest = most - 10 * (most // 10)
    check(experiment, [EDIT, *pieces, *(Descend(0.1, 1) for _ in range(rest))])
    with pytest.raises(Invalid) as caught:
        check(experiment, [*pieces, EDIT, Descend(0.1, rest + 1)])
    problem = caught.value
    assert (problem.code, problem.field, problem.value, problem.bound) == ("too-many-steps", "changes", most + 1, most)
    for edit in (Edit("c_0", (6,), 1), Edit("weight_hy", (1, 0), 1)):
        with pytest.raises(Invalid, match="outside-shape"):
            check(experiment, [*pieces, edit])
