"""Experiment: everything that decides what is computed, as one small frozen value.

Limits on size and cost live here and nowhere else. `FIELDS` is the one table of settings: the strict constructor
checks against it, and a link (`scene`) is read leniently through it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from typing import Any, NamedTuple
from urllib.parse import quote_plus

from rnn_core.cells import CELLS
from rnn_core.invalid import Invalid
from rnn_core.params import INITS
from rnn_core.presets import PRESETS
from rnn_core.readers import TARGETS, TOKENS, Reading, clean, read

LINK_TEXT = 1600  # characters a typed text may take in a link, so that the whole stays under 2 KB
WORK = 2_000_000  # multiplications in one trace with gradients: some milliseconds, and under 2 MB to the browser


class Choice(NamedTuple):
    """One of a few names."""

    options: tuple[str, ...]

    def check(self, field: str, value: Any) -> None:
        if value not in self.options:
            raise Invalid("choice", field, value, ", ".join(filter(None, self.options)))

    def nearest(self, text: str) -> str:
        if text not in self.options:
            raise ValueError(text)
        return text


class Whole(NamedTuple):
    """A whole number from low to high."""

    low: int
    high: int

    def check(self, field: str, value: Any) -> None:
        if isinstance(value, bool) or not isinstance(value, int):
            raise Invalid("type", field, value)
        if not self.low <= value <= self.high:
            raise Invalid("range", field, value, (self.low, self.high))

    def nearest(self, text: str) -> int:
        return min(max(round(_finite(text)), self.low), self.high)


class Real(NamedTuple):
    """A finite number from low to high, or None where that is allowed."""

    low: float
    high: float
    optional: bool = False

    def check(self, field: str, value: Any) -> None:
        if value is None and self.optional:
            return
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise Invalid("type", field, value)
        if not self.low <= value <= self.high:  # false for NaN too
            raise Invalid("range", field, value, (self.low, self.high))

    def nearest(self, text: str) -> float:
        return min(max(_finite(text), self.low), self.high)


class Text(NamedTuple):
    """What the learner typed. Its content is the readers' business."""

    def check(self, field: str, value: Any) -> None:
        if not isinstance(value, str):
            raise Invalid("type", field, value)

    def nearest(self, text: str) -> str:
        return text


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(text)
    return value


FIELDS: dict[str, Choice | Whole | Real | Text] = {
    "preset": Choice(("", *PRESETS)),
    "kind": Choice(tuple(TARGETS)),
    "text": Text(),
    "length": Whole(2, TOKENS),
    "period": Real(2, 60),
    "target": Choice(tuple(dict.fromkeys(target for targets in TARGETS.values() for target in targets))),
    "cell": Choice(tuple(CELLS)),
    "hidden": Whole(1, 64),
    "init": Choice(INITS),
    "gain": Real(0, 3),
    "forget_bias": Real(-10, 10, optional=True),
    "seed": Whole(0, 9999),
}


@dataclass(frozen=True)
class Experiment:
    """What is read, and by which network. Same Experiment: same weights and data everywhere, same results to rounding.

    preset       a network set by hand (it fixes kind, target, cell and hidden), or "" for random weights
    kind         "text", "bits", "numbers" or "sine"; `text` is what was typed, `length` and `period` shape a sine
    target       what is asked at each step: "next", "parity", "first", "previous" or "sum"
    cell         a name from CELLS; `hidden` its number of units H
    init, gain, forget_bias, seed   as in `init_params`

    Raises Invalid at the first value that cannot be used, the typed text and the total work included.
    """

    preset: str = ""
    kind: str = "text"
    text: str = "banana"
    length: int = 24
    period: float = 12.0
    target: str = "next"
    cell: str = "lstm"
    hidden: int = 6
    init: str = "torch"
    gain: float = 1.0
    forget_bias: float | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        for field, rule in FIELDS.items():
            rule.check(field, getattr(self, field))
        object.__setattr__(self, "text", clean(self.text))
        if len(quote_plus(self.text)) > LINK_TEXT:
            raise Invalid("too-long-for-link", "text", len(self.text), LINK_TEXT)
        if self.target not in TARGETS[self.kind]:
            raise Invalid("target", "target", self.target, ", ".join(TARGETS[self.kind]))
        if self.preset:
            preset = PRESETS[self.preset]
            for field in ("kind", "target", "cell", "hidden"):
                if getattr(self, field) != getattr(preset, field):
                    raise Invalid("preset", field, getattr(self, field), getattr(preset, field))
        if self.forget_bias is not None and "f" not in CELLS[self.cell].blocks:
            raise Invalid("no-forget-gate", "forget_bias", self.forget_bias)
        if self.work > WORK:
            raise Invalid("too-much-work", "hidden", self.hidden, WORK)
        # What has no effect has no value of its own: equal networks on equal sequences are equal Experiments.
        effective = {*self.settings(), "kind", "target", "cell", "hidden"}
        for field in fields(self):
            if field.name not in effective:
                object.__setattr__(self, field.name, field.default)

    @classmethod
    def from_preset(cls, name: str, text: str | None = None) -> Experiment:
        """A hand-set network, reading its own sequence or the given one."""
        if name not in PRESETS:
            raise Invalid("choice", "preset", name)
        preset = PRESETS[name]
        return cls(
            preset=name,
            kind=preset.kind,
            text=preset.text if text is None else text,
            target=preset.target,
            cell=preset.cell,
            hidden=preset.hidden,
        )

    def reading(self) -> Reading:
        """The sequence as inputs and targets. Raises Invalid where the text cannot be read."""
        alphabet = PRESETS[self.preset].alphabet if self.preset else ()
        return read(self.kind, self.text, self.target, self.length, self.period, alphabet)

    @property
    def work(self) -> int:
        """Multiplications of one trace with every step's gradients: three products with all weights per time step."""
        T, _, inputs = self.reading().x.shape
        rows = len(CELLS[self.cell].blocks) * self.hidden
        return 3 * T * rows * (inputs + self.hidden)

    def settings(self) -> dict[str, Any]:
        """The fields that matter here, in a fixed order: what a link needs to say."""
        if self.preset:
            names = ["preset", "text"]
        else:
            typed = ["length", "period"] if self.kind == "sine" else ["text"]
            names = ["kind", *typed, "target", "cell", "hidden", "init", "gain", "seed"]
            if self.forget_bias is not None:
                names.append("forget_bias")
        return {name: getattr(self, name) for name in names}
