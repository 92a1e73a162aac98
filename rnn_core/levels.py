"""One layer in one direction of a deeper network, seen as if it were the whole: what a picture shows at a time.

All that a Level holds is told in its own time: a backward direction's step 1 reads the last token.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import product
from typing import Any, NamedTuple

import numpy as np

from rnn_core.architecture import DIRECTIONS, Architecture, of_layer, suffix
from rnn_core.batch import turned
from rnn_core.bptt import Grads
from rnn_core.experiment import Choice, Whole
from rnn_core.invalid import Invalid
from rnn_core.link import lenient
from rnn_core.model import Model, ModelTrace
from rnn_core.readers import Reading
from rnn_core.unroll import Trace

OWN = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")  # parameters that each Level has …
SHARED = ("weight_hy", "bias_hy")  # … and those of the readout


class Level(NamedTuple):
    """layer 0 … L−1, from what is read upwards; direction 0 forwards, 1 backwards."""

    layer: int = 0
    direction: int = 0

    @property
    def suffix(self) -> str:
        """What its parameters' names end in."""
        return suffix(*self)

    def to_query(self) -> dict[str, str]:
        """In a link, layers counted from 1 as people do: nothing where it is the first."""
        layer = {"layer": str(self.layer + 1)} if self.layer else {}
        return {**layer, "direction": DIRECTIONS[self.direction]} if self.direction else layer

    def called(self, name: str) -> str | None:
        """A parameter, or initial state, of the whole network under the name that `seen` has for it; None where it is
        another Level's."""
        if name in SHARED or (self == (0, 0) and name.endswith("_0")):
            return name
        return {own + self.suffix: own for own in OWN}.get(name)


FIRST = Level()


def level_rules(network: Architecture) -> dict[str, Any]:
    """What a link may say of its Levels."""
    return {"layer": Whole(1, network.layers), "direction": Choice(DIRECTIONS[: network.directions])}


def levels(network: Architecture) -> list[Level]:
    """All of a network, from what is read upwards."""
    return [Level(*each) for each in product(range(network.layers), range(network.directions))]


def level_from(query: Mapping[str, str], network: Architecture, notices: list[Invalid]) -> Level:
    """What a link says of it; a repair is noted."""
    found = {
        name: lenient(name, rule, query[name], notices) for name, rule in level_rules(network).items() if name in query
    }
    return Level((found.get("layer") or 1) - 1, DIRECTIONS.index(found.get("direction") or DIRECTIONS[0]))


class Seen(NamedTuple):
    """model, reading, trace: of the Level alone, under the names that a plain network has.

    h of the last layer, where it reads one way only, is all that the readout reads: with it the network is plain. Else
    the readout and its weights stay those of the whole, and `model.architecture` says that something lies between.
    """

    model: Model
    reading: Reading
    trace: ModelTrace


def seen(model: Model, reading: Reading, trace: ModelTrace, level: Level) -> Seen:
    """One Level of a network that has read one sequence. `trace` after `backward`."""
    assert trace.layer_grads is not None, "backward() has not run"
    assert trace.d_params is not None
    net, (layer, direction) = model.architecture, level
    if net.plain:
        return Seen(model, reading, trace)
    own = of_layer(model.params, layer, direction)
    d_own = of_layer(trace.d_params, layer, direction)
    top = layer == net.layers - 1
    alone = replace(net, layers=1 if top else net.layers, inputs=net.reads(layer), embedding=0)

    def turn(values: np.ndarray) -> np.ndarray:
        return turned(values, direction) if len(values) > 1 else values

    read = replace(
        reading,
        x=turn(reading.x),
        target=turn(reading.target),
        asked=turn(reading.asked),
        tokens=reading.tokens[:: -1 if direction else 1],
    )
    looked = replace(
        trace,
        batch=read,
        layers=((trace.layers[layer][direction],),),
        layer_grads=((trace.layer_grads[layer][direction],),),
        d_params={**d_own, **{name: trace.d_params[name] for name in SHARED}},
        **{name: turn(getattr(trace, name)) for name in ("h", "logits", "guess", "losses", "d_logits")},
    )
    return Seen(Model(alone, {**own, **{name: model.params[name] for name in SHARED}}), read, looked)


class Row(NamedTuple):
    """Another Level beside the one that is looked at, step by step as that one counts them.

    against   it reads the other way
    """

    level: Level
    against: bool
    trace: Trace
    grads: Grads

    def states(self, name: str) -> np.ndarray:
        """(T, H): what it holds after each step."""
        return self._turn(self.trace.states[name][1:, 0])

    def gradients(self, name: str) -> np.ndarray:
        """(T, H): ∂L/∂ the same."""
        return self._turn(self.grads.states[name][1:, 0])

    def flows(self, name: str) -> np.ndarray:
        """(T,): length of the gradient along the edge that leads into each step."""
        return self._turn(np.linalg.norm(self.grads.flows[name][:, 0], axis=-1))

    def arriving(self) -> np.ndarray:
        """(T,): length of the gradient that what lies above sends down."""
        return self._turn(np.linalg.norm(self.grads.own[:, 0], axis=-1))

    def _turn(self, values: np.ndarray) -> np.ndarray:
        return turned(values, int(self.against))


def rows(trace: ModelTrace, network: Architecture, level: Level) -> list[Row]:
    """All Levels but this one, from what is read upwards."""
    assert trace.layer_grads is not None, "backward() has not run"
    return [
        Row(other, other.direction != level.direction, trace.layers[a][b], trace.layer_grads[a][b])
        for other in levels(network)
        if other != level
        for a, b in [other]
    ]
