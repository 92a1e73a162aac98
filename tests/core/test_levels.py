"""One layer in one direction of a deeper network, seen alone: the same numbers, and the chain rule between them."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnn_core import Experiment
from rnn_core.architecture import of_layer
from rnn_core.cells import CELLS
from rnn_core.changes import traced
from rnn_core.inside import backward_nodes, backward_values, forward_values
from rnn_core.levels import FIRST, Level, levels, rows, seen
from rnn_core.unroll import unroll

DEEP = st.builds(
    lambda cell, layers, both, text, seed: Experiment(
        kind="bits",
        text=text,
        target="parity",
        cell=cell,
        layers=layers,
        bidirectional=both,
        hidden=3,
        seed=seed,
        gain=2,
    ),
    st.sampled_from(tuple(CELLS)),
    st.integers(1, 3),
    st.booleans(),
    st.text("01", min_size=1, max_size=7),
    st.integers(0, 99),
)


@given(DEEP)
@settings(max_examples=40)
def test_a_level_read_again_is_the_level_that_was_read(experiment: Experiment) -> None:
    """Its parameters, on what it reads, in its own time, give its states: those of torch's names and no other's."""
    replay, reading, trace = traced(experiment)
    for level in levels(replay.model.architecture):
        model, _, alone = seen(replay.model, reading, trace, level)
        again = unroll(model.cell, of_layer(model.params, 0), alone.layer.x)
        for name, states in again.states.items():
            np.testing.assert_array_equal(states, alone.layer.states[name])


@given(DEEP)
@settings(max_examples=40)
def test_a_step_is_the_same_for_all_who_count_it(experiment: Experiment) -> None:
    """What a level reads at its step, the letter and the layer below, is what stands beside it in the rows."""
    replay, reading, trace = traced(experiment)
    net = replay.model.architecture
    for level in levels(net):
        _, read, alone = seen(replay.model, reading, trace, level)
        assert read.tokens == (reading.tokens[::-1] if level.direction else reading.tokens)
        np.testing.assert_array_equal(alone.guess[:: -1 if level.direction else 1], trace.guess)
        beside = {row.level: row for row in rows(trace, net, level)}
        assert set(beside) == set(levels(net)) - {level}
        if level.layer:
            below = [beside[Level(level.layer - 1, k)].states("h") for k in range(net.directions)]
            np.testing.assert_array_equal(alone.layer.x[:, 0], np.concatenate(below, axis=1))


@given(DEEP)
@settings(max_examples=40)
def test_what_comes_down_is_what_the_layer_above_sends(experiment: Experiment) -> None:
    """Σ over the directions above of W_ihᵀ·∂L/∂a, or of the readout W_hyᵀ·∂L/∂logits: reckoned here from scratch."""
    replay, reading, trace = traced(experiment)
    net, params = replay.model.architecture, replay.model.params
    assert trace.layer_grads is not None
    for level in levels(net):
        _, _, alone = seen(replay.model, reading, trace, level)
        assert alone.grads is not None
        mine = slice(level.direction * net.hidden, (level.direction + 1) * net.hidden)
        if level.layer == net.layers - 1:
            sent = trace.d_logits[:, 0] @ params["weight_hy"][:, mine]
        else:
            sent = np.zeros((len(reading.x), net.hidden))
            for k, grads in enumerate(trace.layer_grads[level.layer + 1]):
                given_back = grads.a[:, 0] @ of_layer(params, level.layer + 1, k)["weight_ih"][:, mine]
                sent += given_back[::-1] if k else given_back
        np.testing.assert_allclose(alone.grads.own[:, 0], sent[:: -1 if level.direction else 1], atol=1e-12)


@given(DEEP)
@settings(max_examples=30)
def test_every_level_can_be_taken_apart(experiment: Experiment) -> None:
    """Of every node of the way back there is a value, and what enters h_t adds up to ∂L/∂h_t."""
    replay, reading, trace = traced(experiment)
    for level in levels(replay.model.architecture):
        model, _, alone = seen(replay.model, reading, trace, level)
        values = forward_values(model.params, alone.layer) | backward_values(model, alone)
        nodes = {node.name: node for node in backward_nodes(model.cell, model.architecture.plain)}
        assert values.keys() >= nodes.keys()
        entering = sum(values[name] for name in nodes["∂L/∂h_t"].of)
        np.testing.assert_allclose(entering, values["∂L/∂h_t"], atol=1e-12)
        first = next(iter(nodes.values()))
        assert first.way == ("own loss" if model.architecture.plain else "above")
        np.testing.assert_allclose(values[first.name], alone.layer_grads[0][0].own, atol=1e-12)  # type: ignore[index]


@pytest.mark.parametrize(("layers", "both"), product((1, 2, 3), (False, True)))
def test_only_the_last_layer_of_one_direction_is_plain(layers: int, both: bool) -> None:
    """Where h alone makes the guess the whole story can be told; elsewhere something lies between."""
    replay, reading, trace = traced(
        Experiment(kind="bits", text="101", target="parity", layers=layers, bidirectional=both, hidden=2)
    )
    for level in levels(replay.model.architecture):
        plain = seen(replay.model, reading, trace, level).model.architecture.plain
        assert plain == (not both and level.layer == layers - 1)


def test_a_parameter_is_known_by_one_level_alone() -> None:
    """The readout by all; the initial state by the first."""
    net = traced(Experiment(kind="bits", text="1", target="parity", layers=2, bidirectional=True))[0].model.architecture
    every = list(levels(net))
    for name in net.shapes():
        knowing = [level for level in every if level.called(name)]
        assert len(knowing) == (len(every) if name in ("weight_hy", "bias_hy") else 1), name
        assert all((level.called(name) or "") + level.suffix == name for level in knowing if len(knowing) == 1)
    assert [level for level in every if level.called("h_0")] == [FIRST]
