"""What denormal numbers cost on this machine, measured when asked for."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from pages.ui.language import _
from pages.ui.lesson import lesson
from rnn_core.analysis.denormals import REPEATS, time_denormals


def denormals() -> None:
    """The question, a button, and a table of milliseconds."""
    lesson("gradients", "denormals")
    if not st.button(_("Measure"), key="denormals", icon=":material/timer:"):
        return
    with st.spinner(_("Working …")):
        found = time_denormals()
    works = {"pass": _("a backward pass of an LSTM"), "product": _("of it f ⊙ ∂L/∂c alone")}
    columns = (_("numbers near 1"), _("denormal"), _("denormal, set to 0"))
    rows = [[f"{1e3 * value:.2f} ms" for value in found[name][:3] if value is not None] for name in works]
    st.table(pd.DataFrame(rows, index=list(works.values()), columns=list(columns[: len(rows[0])])))
    st.markdown(":small[" + _("Each number is the fastest of {n} runs.").format(n=REPEATS) + "]")
    for name, called in works.items():
        times = found[name].slower
        verdict = _("{work}: denormal numbers take {times} times as long.")
        if times is None:
            verdict = _("{work}: no difference beyond the noise.")
        st.markdown("- " + verdict.format(work=called, times=f"{times or 1:.3g}"))
