"""A network at a moment of its training: what it reads, what happens then, where it is found, other rooms for it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnn_core import Experiment, Invalid, tasks
from rnn_core.analysis.gate_settings import GateLab
from rnn_core.analysis.gradients import GradientLab
from rnn_core.analysis.network_lab import NetworkLab
from rnn_core.analysis.side_by_side import intervened, run, varied
from rnn_core.architecture import DIRECTIONS
from rnn_core.batch import Batch
from rnn_core.drawable import drawn_matrices, drawn_steps
from rnn_core.experiment import BUDGET, DRAWN_WEIGHTS, SIDE_BY_SIDE, SQUARES
from rnn_core.levels import levels
from rnn_core.model import backward, forward
from rnn_core.training.learned import Learned, Moment, moment_from
from rnn_core.training.run import Run
from rnn_core.training.service import Inline, Ticket
from tests.core.trainings import small

every_task = pytest.mark.parametrize("name", tasks.names())


@cache
def learned(name: str, **given: Any) -> Learned:
    """After two updates."""
    run = Run(Experiment.from_task(name, batch=4, **given), "numpy")
    run.take(2)
    return Learned.of(run, Moment("run", 0, 2))


def some(it: Learned) -> list[int]:
    """The first sequence of its exam, the longest and the last."""
    return [0, it.exam.longest, it.sequences - 1]


@every_task
def test_a_reading_is_a_sequence_of_the_exam(name: str) -> None:
    """To its own end, without padding; as it was learned, and with a name for all that it reads and says."""
    it = learned(name)
    for k in some(it):
        reading = it.reading(k)
        T = len(it.exam.x) if it.exam.lengths is None else int(it.exam.lengths[k])
        np.testing.assert_array_equal(reading.x[:, 0], it.exam.x[:T, k])
        U = T if len(it.exam.asked) > 1 else 1
        np.testing.assert_array_equal(reading.target[:, 0], it.exam.target[:U, k])
        np.testing.assert_array_equal(reading.asked[:, 0], it.exam.asked[:U, k])
        assert reading.lengths is None
        assert len(reading.tokens) == T
        assert all(reading.tokens)
        assert len(reading.letters) in (0, it.task.inputs)
        assert bool(reading.letters) == (it.task.tokens and not it.experiment.embedding)
        assert len(reading.symbols) in (0, it.task.outputs)
        if reading.letters:
            assert [reading.letters[token] for token in reading.x[:, 0]] == list(reading.tokens)


@every_task
@pytest.mark.parametrize("more", [{}, {"layers": 2}])
def test_the_trace_is_the_networks_own(name: str, more: dict[str, int]) -> None:
    """Of one sequence by itself, in float64, as of the same among all others in its padding; weights unchanged."""
    it = learned(name, **more)
    whole = backward(it.model, forward(it.model, it.exam))
    assert whole.grads
    for k in some(it):
        _, trace = it.read(k)
        assert trace.grads
        assert trace.d_params
        T = len(trace.layer)
        for state, values in trace.layer.states.items():
            assert values.dtype == np.float64
            np.testing.assert_allclose(values[:, 0], whole.layer.states[state][: T + 1, k], atol=1e-12)
            np.testing.assert_allclose(
                trace.grads.states[state][:, 0], whole.grads.states[state][: T + 1, k], atol=1e-12
            )
        np.testing.assert_allclose(trace.guess[:, 0], whole.guess[: len(trace.guess), k], atol=1e-12)
        np.testing.assert_allclose(trace.loss, whole.losses[:, k].sum())
        again = backward(it.model, forward(it.model, it.exam.one(k)))
        assert again.d_params
        for parameter, gradient in again.d_params.items():
            np.testing.assert_array_equal(trace.d_params[parameter], gradient)


def test_the_weights_are_those_of_the_moment() -> None:
    """To the last bit, in another type."""
    run = Run(Experiment.from_task("parity", batch=4), "numpy")
    run.take(3)
    for update in (0, 2, 3):
        it = Learned.of(run, Moment("run", 0, update))
        for name, value in run.model(update).params.items():
            assert it.model.params[name].dtype == np.float64
            np.testing.assert_array_equal(it.model.params[name], value)


def test_a_step_is_written_as_people_write_it() -> None:
    """A number with its mark, pulses as signs, letters and words as they are."""
    written = {name: tasks.load(name).written for name in ("adding", "adding-1997", "flip-flop")}
    assert written["adding"]
    assert [written["adding"](np.array(x)) for x in ((0.5, 0), (0.123, 1))] == ["0.50", "0.12*"]
    assert written["adding-1997"]
    assert written["adding-1997"](np.array([-0.8, -1])) == "-0.80|"
    assert written["flip-flop"]
    assert written["flip-flop"](np.array([1.0, -1, 0])) == "+-0"
    assert set(learned("copy").reading(0).tokens) <= set("_12345678!")
    assert learned("digits").reading(0).symbols == tuple("0123456789")
    assert set(learned("parity").reading(0).tokens) == {"0", "1"}
    sentence = learned("sentiment").reading(0).tokens
    assert sentence == tuple(
        tasks.load("sentiment").symbols[token] for token in learned("sentiment").exam.x[:, 0] if token
    )
    assert all(len(row.split()) == 8 for row in learned("digits").reading(0).tokens)


@every_task
def test_the_longest_come_first(name: str) -> None:
    """Without padding that all have; alike, without any."""
    it = learned(name)
    lengths = np.full(it.sequences, len(it.exam.x)) if it.exam.lengths is None else it.exam.lengths
    batch = it.longest(5)
    assert len(batch.x) == lengths.max()
    found = np.full(batch.asked.shape[1], len(batch.x)) if batch.lengths is None else batch.lengths
    np.testing.assert_array_equal(found, np.sort(lengths)[::-1][: len(found)])
    np.testing.assert_array_equal(batch.x[:, 0], it.exam.one(it.exam.longest).x[:, 0])
    alike = it.longest(5, alike=True)
    assert alike.lengths is None
    assert alike.asked.shape[1] == min(5, (lengths == lengths.max()).sum())


def test_a_batch_is_cut_and_chosen_from() -> None:
    """Any sequences in any order; what is padding for all of them goes."""
    x = np.arange(12).reshape(4, 3)
    batch = Batch(x, x, x > 0, "cross-entropy", np.array([2, 4, 3]))
    two = batch.some(np.array([2, 0]))
    np.testing.assert_array_equal(two.x, x[:, [2, 0]])
    np.testing.assert_array_equal(two.cut().x, x[:3, [2, 0]])
    np.testing.assert_array_equal(two.cut().asked, batch.asked[:3, [2, 0]])
    assert two.cut().lengths is not None
    assert batch.one(1).lengths is None
    last = Batch(x, x[-1:], x[-1:] > 0, "cross-entropy", np.array([2, 2, 1])).cut()
    assert (last.x.shape, last.target.shape, last.asked.shape) == ((2, 3), (1, 3), (1, 3))


# ---- Where it is found


@given(st.text("abc-_", min_size=1), st.integers(0, SIDE_BY_SIDE - 1), st.none() | st.integers(0, BUDGET))
def test_a_link_names_a_moment(run: str, model: int, update: int | None) -> None:
    moment = Moment(run, model, update)
    assert moment_from(moment.to_query()) == (moment, [])


@pytest.mark.parametrize(
    ("query", "moment", "fields"),
    [
        ({}, None, []),
        ({"model": "1", "update": "3"}, None, []),
        ({"run": ""}, None, []),
        ({"run": "a", "model": "x", "update": "7"}, Moment("a", 0, 7), ["model"]),
        ({"run": "a", "model": "99", "update": "-1"}, Moment("a", SIDE_BY_SIDE - 1, 0), ["model", "update"]),
        ({"run": "a", "update": "soon"}, Moment("a"), ["update"]),
    ],
)
def test_any_link_is_read(query: dict[str, str], moment: Moment | None, fields: list[str]) -> None:
    """What cannot be used is named."""
    found, notices = moment_from(query)
    assert found == moment
    assert [notice.field for notice in notices] == fields


@pytest.fixture
def place() -> Iterator[Inline]:
    made = Inline()
    yield made
    made.close()


def begin(place: Inline, *cells: str, updates: int) -> Ticket:
    """A training that stands after so many updates."""
    ticket = place.start(small(*cells))
    place.steer(*ticket, "rewind")
    for _ in range(updates):
        place.steer(*ticket, "single")
    return ticket


def test_the_service_finds_it(place: Inline) -> None:
    """Each model at every moment there was; now, where none is named; as it ended, where it made no more."""
    ticket = begin(place, "gru", "lstm", updates=3)
    for k, cell in enumerate(("gru", "lstm")):
        now = place.learned(ticket.id, k)
        assert (now.moment, now.model.cell) == (Moment(ticket.id, k, 3), cell)
        assert place.learned(ticket.id, k, 99) is now
        assert place.learned(ticket.id, k, 1).moment.update == 1
        assert place.learned(ticket.id, k, 1) is place.learned(ticket.id, k, 1)
        assert repr(place.learned(ticket.id, k, 1)) != repr(now)
    for wrong in (-1, 2):
        with pytest.raises(Invalid, match="models"):
            place.learned(ticket.id, wrong)
    with pytest.raises(Invalid, match="no-run"):
        place.learned("another", 0)


def test_the_same_moment_may_be_another_network(place: Inline) -> None:
    """After a rewind the same learning rates lead to the same one, others to another; it is never taken for the old."""
    ticket = begin(place, "gru", updates=2)
    before, begun = place.learned(ticket.id, 0, 2), place.learned(ticket.id, 0, 0)
    place.steer(*ticket, "rewind")
    assert place.learned(ticket.id, 0, 2) is begun
    place.steer(*ticket, "single")
    place.steer(*ticket, "single")
    assert place.learned(ticket.id, 0, 2) is before
    place.steer(*ticket, "rewind")
    place.steer(*ticket, "set_lr", 0, 0.5)
    place.steer(*ticket, "single")
    place.steer(*ticket, "single")
    other = place.learned(ticket.id, 0, 2)
    assert other.key != before.key
    assert not np.array_equal(other.model.params["weight_hh"], before.model.params["weight_hh"])


# ---- In the rooms of other networks


@every_task
@pytest.mark.parametrize("kind", [GateLab, GradientLab])
def test_it_takes_the_drawn_ones_place(kind: type[NetworkLab], name: str) -> None:
    """With all that it brings; the link says which one it is, and nothing of what a drawn one would be."""
    it = learned(name)
    for view in kind.RULES["view"].options:
        lab, notices = kind.from_query({"view": view, "hidden": "7", "seed": "3", "cell": "lstm"}, learned=it)
        assert not notices
        assert lab.view in lab.views
        assert lab.learned is it
        query = lab.to_query()
        assert it.moment.to_query().items() <= query.items()
        assert not {"hidden", "seed", "cell", "data", "length"} & set(query)
        settings = {each: text for each, text in query.items() if each not in Moment._fields}
        assert kind.from_query(settings, learned=it) == (lab, [])
        left, notices = lab.left()
        assert (left.learned, notices) == (None, [])
        assert left.view == lab.view


@every_task
def test_gates_are_its_own(name: str) -> None:
    """States and gates are those of the whole network's first layer, reading the longest sequences of the exam."""
    it = learned(name, layers=2)
    lab = GateLab(learned=it, batch=4)
    batch = it.longest(lab.batch)
    trace = forward(it.model, batch).layer
    alone, held = intervened(lab)
    for state, values in trace.states.items():
        np.testing.assert_allclose(alone.trace.states[state], values, atol=1e-12)
    for gate, values in trace.gates.items():
        np.testing.assert_allclose(alone.trace.gates[gate], values, atol=1e-12)
    for clamp in lab.held:
        read = alone.trace.lengths is None or clamp.last <= alone.trace.lengths[0]
        assert not read or (held.trace.gates[clamp.gate][clamp.first - 1 : clamp.last, 0] == clamp.value).all()
    assert len(lab.tokens) in (0, lab.steps)
    assert GateLab(learned=it).tokens == (it.reading(it.exam.longest).tokens if it.task.tokens else ())


def test_parts_of_a_learned_lstm_can_be_taken_away() -> None:
    """Of another cell they cannot; and what is looked at is not changed by a bias set by hand."""
    lab = GateLab(learned=learned("parity", cell="lstm"), view="variants", bias_gate="f", bias=4.0)
    before = {name: value.copy() for name, value in lab.network("lstm")[0].items()}
    assert lab.biased["bias_ih"].max() == 4
    for name, value in lab.network("lstm")[0].items():
        np.testing.assert_array_equal(value, before[name])
    usual, without = varied(lab)
    np.testing.assert_array_equal(usual.params["weight_hh"], lab.network("lstm")[0]["weight_hh"])
    assert (without.trace.gates["f"] == 1).all()
    assert GateLab(learned=learned("parity", cell="gru"), view="variants").view == "maps"


@every_task
@pytest.mark.parametrize("more", [{}, {"layers": 2}])
def test_gradients_are_its_own(name: str, more: dict[str, int]) -> None:
    """Where its task asks, they are those of the network's own loss."""
    it = learned(name, **more)
    lab, _ = GradientLab.from_query({}, learned=it)  # so it opens
    params, trace = lab.trace(lab.cell)
    model, batch = lab.model(lab.cell)
    whole = backward(model, forward(model, batch))
    assert whole.grads
    np.testing.assert_allclose(trace.states["h"], whole.layer.states["h"], atol=1e-12)
    np.testing.assert_array_equal(lab.d_h(lab.cell, trace), whole.grads.own)
    assert ("itemised" in lab.views) == (not more)
    np.testing.assert_array_equal(params["weight_hh"], it.model.params["weight_hh"])


DEEP = {"layers": 3, "bidirectional": True}


def test_every_layer_and_direction_is_looked_at_as_it_is() -> None:
    """On both pages: the trace is the whole network's own there, in its own time, and so is what comes down to it."""
    it = learned("sentiment", **DEEP)
    for level in levels(it.model.architecture):
        where: dict[str, Any] = {"layer": level.layer + 1, "direction": DIRECTIONS[level.direction], "learned": it}
        lab = GradientLab(loss="every", **where)
        params, trace = lab.trace(lab.cell)
        model, batch = lab.model(lab.cell)
        whole = backward(model, forward(model, batch))
        assert whole.layer_grads
        np.testing.assert_allclose(
            trace.states["h"], whole.layers[level.layer][level.direction].states["h"], atol=1e-12
        )
        np.testing.assert_array_equal(params["weight_hh"], it.model.params["weight_hh" + level.suffix])
        np.testing.assert_array_equal(lab.d_h(lab.cell, trace), whole.layer_grads[level.layer][level.direction].own)
        assert ("itemised" in lab.views) == (level.layer == 2)
        gates = GateLab(batch=3, **where)
        read, exam = run(gates, gates.cell).trace, forward(it.model, it.longest(3))
        in_exam = exam.layers[level.layer][level.direction]
        np.testing.assert_allclose(read.states["h"], in_exam.states["h"], atol=1e-12)
    assert GateLab(direction="backwards", learned=it).tokens == GateLab(learned=it).tokens[::-1]
    assert GateLab(layer=3, learned=learned("sentiment")).layer == 1


def test_what_is_too_large_is_refused() -> None:
    """To draw: too many weights. To follow all its Jacobians: too many of them. Long sequences are drawn in part."""
    large = learned("next-char", hidden=512)
    with pytest.raises(Invalid, match="too-large-to-draw"):
        drawn_steps(large.model, 3)
    with pytest.raises(Invalid, match="too-large-to-trace"):
        GradientLab(learned=large)
    assert GateLab(learned=large, batch=32).batch == 1
    deep = learned("adding", layers=2)
    assert "weight_hy" not in drawn_matrices(deep.model)
    assert drawn_steps(deep.model, 1000) == SQUARES // 32 < 1000
    assert drawn_steps(deep.model, 50) == 50
    weights = sum(deep.model.params[name].size for name in drawn_matrices(deep.model))
    assert weights == 3 * 32 * (2 + 32) < DRAWN_WEIGHTS
