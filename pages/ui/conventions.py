"""The two GRUs and the two ways to write z, in the numbers of the network that is drawn."""

from __future__ import annotations

import streamlit as st

from pages.ui.language import _
from pages.ui.lesson import lesson
from rnn_core.analysis.conventions import LastStep
from rnn_core.cells import CELLS

SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
Z_FLIPPED = "h_t = z_t ⊙ n_t + (1 − z_t) ⊙ h_{t−1}"


def conventions(found: dict[str, LastStep], drawn: str, T: int) -> None:
    """found: of unit 1 at step T, by cell; drawn: the one that the picture shows."""
    after = found["gru"]
    with st.expander(_("Two GRUs, and two ways to write z")):
        lesson("unroll", "conventions")
        made = (CELLS[cell].formulas[2] for cell in found)
        forms = (
            _("Reset after the product (PyTorch; Keras unless told otherwise)"),
            _("Reset before the product (Cho et al., 2014; Keras with `reset_after=False`)"),
        )
        flipped = _("z the other way round (Chung et al., 2014)")
        theirs = _("Their z is our 1 − z: here {theirs} in place of {ours}.")
        lines = [f"- {form}: `{formula}`" for form, formula in zip(forms, made, strict=True)]
        lines.append(f"- {flipped}: `{Z_FLIPPED}` " + theirs.format(theirs=_number(1 - after.z), ours=_number(after.z)))
        st.markdown("\n".join(lines))
        h, since = _at("h", T), _at("h", T - 1)
        same = _("Unit 1 at step {T}, both from the same weights and the same {since} = {h}:")
        st.markdown(same.format(T=T, since=since, h=_number(after.before)))
        names = {"gru": _("reset after"), "gru-reset-before": _("reset before")}
        every = _("{h}, had every step been so").format(h=h)
        head = ["", *(_at(gate, T) for gate in "rzn"), h, every]
        rows = [
            [names[cell] + (f" · {_('drawn above')}" if cell == drawn else ""), *map(_number, step[1:])]
            for cell, step in found.items()
        ]
        st.markdown("\n".join(f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *rows)))


def _at(symbol: str, t: int) -> str:
    return f"*{symbol}*{str(t).translate(SUBSCRIPTS)}"


def _number(value: float) -> str:
    return f"{value:.4f}".replace("-", "−")
