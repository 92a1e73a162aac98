"""The sizes of a network and the names of its parameters."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rnn_core.params import Params, shapes

DIRECTIONS = ("forwards", "backwards")  # by number, as people say it


@dataclass(frozen=True)
class Architecture:
    """The sizes of a network: what its parameters are, before they have values.

    inputs     I, or V where it reads token numbers and `embedding` E > 0 (or one-hot, E = 0)
    last       the readout answers only after the last step, from the final h of each direction
    """

    cell: str
    inputs: int
    hidden: int
    outputs: int
    layers: int = 1
    bidirectional: bool = False
    embedding: int = 0
    last: bool = False

    @property
    def directions(self) -> int:
        return 2 if self.bidirectional else 1

    @property
    def plain(self) -> bool:
        """One layer that reads forwards: nothing stands between its h and the readout."""
        return self.layers == self.directions == 1

    @property
    def width(self) -> int:
        """What a layer passes on, D*H."""
        return self.directions * self.hidden

    def reads(self, layer: int) -> int:
        """The size of what this layer reads."""
        return self.width if layer else self.embedding or self.inputs

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Every parameter's shape, in their fixed order: `embedding`, then each layer and direction, then the readout.

        Names are those of `init_params`; a deeper layer's end in _l1, _l2, those of a backward direction in _reverse.
        """
        out: dict[str, tuple[int, ...]] = {}
        if self.embedding:
            out["embedding"] = (self.inputs, self.embedding)
        for layer in range(self.layers):
            for direction in range(self.directions):
                for name, shape in shapes(self.cell, self.reads(layer), self.hidden).items():
                    out[name + suffix(layer, direction)] = shape
        return {**out, "weight_hy": (self.outputs, self.width), "bias_hy": (self.outputs,)}

    @property
    def size(self) -> int:
        """How many numbers the parameters are."""
        return sum(int(np.prod(shape)) for shape in self.shapes().values())


def suffix(layer: int, direction: int) -> str:
    """What a parameter's name ends in."""
    return (f"_l{layer}" if layer else "") + ("_reverse" if direction else "")


def of_layer(params: Params, layer: int, direction: int = 0) -> Params:
    """One layer's parameters in one direction, under the names the drivers use."""
    end = suffix(layer, direction)
    return {name: params[name + end] for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")}
