"""The LSTM with parts taken away or tied together, each a switch (Greff et al. 2017, section III.C).

    variant, clamps = lstm_variant(["no-output-gate", "coupled"], T)
    trace = unroll("lstm", params, x, clamp=clamps, variant=variant)

The parameters stay an LSTM's; those of a part that is gone are not used, and their gradient is 0.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from rnn_core.cells import FREE, LSTM, Array, Arrays, Back, Step, clamped, split, stopped
from rnn_core.clamp import Clamp
from rnn_core.invalid import Invalid

# What each switch makes of an equation; of two that make i_t the later holds (`equations`).
SWITCHES = {
    "coupled": "i_t = 1 − f_t",
    "no-input-gate": "i_t = 1",
    "no-forget-gate": "f_t = 1",
    "no-output-gate": "o_t = 1",
    "no-input-activation": "g_t = W_ig·x_t + b_ig + W_hg·h_{t−1} + b_hg",
    "no-output-activation": "h_t = o_t ⊙ c_t",
}
ALWAYS_OPEN = {"no-input-gate": "i", "no-forget-gate": "f", "no-output-gate": "o"}


def equations(switches: Iterable[str]) -> dict[str, str]:
    """The switches that count, and what each makes of an equation: of two for i_t only the later, and what 1 − f_t
    comes to where f_t = 1.
    """
    by_symbol = {SWITCHES[switch][0]: switch for switch in SWITCHES if switch in switches}
    found = {switch: SWITCHES[switch] for switch in by_symbol.values()}
    if "coupled" in found and "no-forget-gate" in found:
        found["coupled"] += " = 0"
    return found


def lstm_variant(switches: Iterable[str], T: int) -> tuple[LSTMVariant, tuple[Clamp, ...]]:
    """The equations, and the gates that are held open through all of T steps.

    Raises Invalid where there is no such switch.
    """
    switches = tuple(switches)
    for switch in switches:
        if switch not in SWITCHES:
            raise Invalid("choice", "variant", switch, ", ".join(SWITCHES))
    on = tuple(switch for switch in SWITCHES if switch in switches)
    return LSTMVariant(on), tuple(Clamp(ALWAYS_OPEN[switch], 1.0, 1, T) for switch in on if switch in ALWAYS_OPEN)


class LSTMVariant(LSTM):
    """An LSTM with some of SWITCHES on. That a gate is always open is left to clamps."""

    def __init__(self, switches: tuple[str, ...]):
        self.coupled = "coupled" in switches
        self.linear_g = "no-input-activation" in switches
        self.linear_c = "no-output-activation" in switches
        self.named: tuple[str, ...] = LSTM.named[:2] if self.linear_c else LSTM.named
        changed = {SWITCHES[switch][0]: SWITCHES[switch] for switch in switches}
        self.formulas: tuple[str, ...] = tuple(changed.get(formula[0], formula) for formula in LSTM.formulas)

    def step(self, a: Array, state: Arrays, recur: Callable[[Array], Array], ops: Any, clamp: Arrays = FREE) -> Step:
        pre_i, pre_f, pre_g, pre_o = split(a + recur(state["h"]), 4)
        g = pre_g if self.linear_g else ops.tanh(pre_g)
        f, g, o = clamped(clamp, f=ops.sigmoid(pre_f), g=g, o=ops.sigmoid(pre_o))
        (i,) = clamped(clamp, i=1 - f if self.coupled else ops.sigmoid(pre_i))
        kept, written = f * state["c"], i * g
        c = kept + written
        shown = c if self.linear_c else ops.tanh(c)
        return Step(
            {"h": o * shown, "c": c},
            {"i": i, "f": f, "g": g, "o": o},
            {"i": pre_i, "f": pre_f, "g": pre_g, "o": pre_o},
            dict(zip(self.named, (kept, written, shown), strict=False)),
            clamp,
        )

    def back(self, d: Arrays, before: Arrays, now: Step, recur_T: Callable[[Array], Array]) -> Back:
        i, f, g, o = now.gates.values()
        shown = now.state["c"] if self.linear_c else now.named["tanh(c)"]
        d_h = d["h"]
        d_c = d["c"] + d_h * o * (1 if self.linear_c else 1 - shown * shown)
        d_i, d_f = stopped(now.clamp, "i", d_c * g), d_c * before["c"]
        if self.coupled:
            d_f = d_f - d_i
        d_pre = np.concatenate(
            (
                np.zeros_like(d_i) if self.coupled else d_i * i * (1 - i),
                stopped(now.clamp, "f", d_f * f * (1 - f)),
                stopped(now.clamp, "g", d_c * i * (1 if self.linear_g else 1 - g * g)),
                stopped(now.clamp, "o", d_h * shown * o * (1 - o)),
            ),
            axis=-1,
        )
        return Back({"h": d_h, "c": d_c}, d_pre, d_pre, recur_T(d_pre), {"c": d_c * f})
