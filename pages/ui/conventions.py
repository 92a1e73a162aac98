"""The two GRUs and the two ways to write z, in the numbers of the network that is drawn."""

from __future__ import annotations

import re

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
        lines = [f"- {form}: {_typeset(formula)}" for form, formula in zip(forms, made, strict=True)]
        theirs = theirs.format(theirs=_number(1 - after.z), ours=_number(after.z))
        lines.append(f"- {flipped}: {_typeset(Z_FLIPPED)}  \n  {theirs}")
        st.markdown("\n".join(lines))
        h, since = _at("h", T), _at("h", T - 1)
        same = _("Unit 1 at step {T}, both from the same weights and the same {since} = {h}:")
        st.markdown(same.format(T=T, since=since, h=_number(after.before)))
        names = {"gru": _("reset after"), "gru-reset-before": _("reset before")}
        names[drawn] += " · " + _("drawn above")
        symbols = (*(_at(gate, T) for gate in "rzn"), h, _("{h}, had every step been so").format(h=h))
        rows = [("", *names.values()), ("---",) * 3]
        rows += zip(symbols, *(map(_number, step[1:]) for step in found.values()), strict=True)
        st.markdown("\n".join(f"| {' | '.join(row)} |" for row in rows))


def _typeset(formula: str) -> str:
    """As mathematics, which is broken where a line ends; code would not be."""
    lowered = re.sub(r"_(\w+)", r"_{\1}", formula)
    for sign, written in (("⊙", r"\odot"), ("·", r"\,"), ("−", "-"), ("tanh", r"\tanh")):
        lowered = lowered.replace(sign, written)
    return f"${lowered}$"


def _at(symbol: str, t: int) -> str:
    return f"*{symbol}*{str(t).translate(SUBSCRIPTS)}"


def _number(value: float) -> str:
    return f"{value:.4f}".replace("-", "−")
