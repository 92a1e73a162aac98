"""The maps of the page Gates: every quantity of one network over time, ready for the component that draws them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from pages.figures.drawing import Drawing, Say
from pages.figures.units import end_of_scale, is_gate, lost, meaning, symbol
from rnn_core.analysis.gate_settings import GateLab
from rnn_core.analysis.gates import average
from rnn_core.analysis.order import order
from rnn_core.inside import BYPASS
from rnn_core.unroll import Trace


def maps(lab: GateLab, trace: Trace, _: Say) -> tuple[Drawing, dict[str, Any], dict[str, np.ndarray]]:
    """What is said of the maps, and header and arrays: of each quantity drawn its values (T, H), averaged over the
    sequences. The units of its rows, counted from 0, are in the header."""
    values = {name: average(trace, name) for name in lab.drawn}
    header = {
        "quantities": [
            {
                "name": name,
                "symbol": symbol(name),
                "meaning": meaning(name, _),
                "signed": not is_gate(name),
                "end": end_of_scale(name, each),
            }
            for name, each in values.items()
        ],
        "units": order(trace, *lab.sorted_by).tolist(),
        "tokens": lab.tokens,
    }
    look = _("Each row is one unit. A colour that stays is a memory kept.")
    if trace.cell in BYPASS:
        look = _("Each row is one unit. A faint gate is shut, a full one open. A colour that stays is a memory kept.")
    notes = tuple(note for name, each in values.items() for note in lost(name, each, _))
    drawing = Drawing("gates", _("What every unit does, step by step"), look, None, table(values), notes)
    return drawing, header, values


def table(values: Mapping[str, np.ndarray]) -> pd.DataFrame:
    """Time steps down; a column for each quantity and unit, counted from 1."""
    columns = [f"{name}[{k + 1}]" for name, each in values.items() for k in range(each.shape[1])]
    frame = pd.DataFrame(np.hstack([*values.values()]), columns=columns)
    frame.insert(0, "t", np.arange(1, len(frame) + 1))
    return frame
