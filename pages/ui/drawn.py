"""Which network it is that was drawn and not trained, in one line."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from pages.ui.language import _, sentence_space
from pages.ui.words import NETWORKS
from rnn_core.analysis.gate_settings import GateLab
from rnn_core.analysis.gradients import GradientLab
from rnn_core.inside import BYPASS


def drawn(cells: Sequence[str], lab: GateLab | GradientLab, keep_bias: float | None) -> None:
    """keep_bias: of the gate that keeps; None: as it was drawn."""
    gates = dict.fromkeys(BYPASS[cell][0] for cell in cells if cell in BYPASS)
    if len(cells) > 1:
        plain, biased = _("Untrained networks of {n} units each."), _("Untrained networks of {n} units each; {bias}.")
    else:
        plain, biased = _("An untrained {cell} of {n} units."), _("An untrained {cell} of {n} units; {bias}.")
    told = biased if gates and keep_bias is not None else plain
    bias = _("bias of {gate}").format(gate=", ".join(gates)) + f" = {keep_bias:g}" if told is biased else ""
    told = told.format(cell=_(NETWORKS[cells[0]]), n=lab.hidden, bias=bias)
    if lab.layer > 1:
        told += sentence_space() + _("You see layer {n}, which reads h of the layer below.").format(n=lab.layer)
    st.markdown(f":small[{told}]")
