"""The one-unit laboratory: four signals, the memory they make, and what each moment still counts for at the end."""

from __future__ import annotations

import numpy as np
import pandas as pd
from plotly.colors import sample_colorscale
from plotly.subplots import make_subplots

from pages.figures.drawing import Drawing, Say
from pages.figures.palette import hues
from pages.figures.units import colours, framed
from rnn_core.analysis.gate_settings import GateLab
from rnn_core.cells import Arrays

SIGNALS = {"write": "i", "value": "g", "keep": "f", "show": "o"}  # and the gate that each one is


def signals(lab: GateLab) -> Arrays:
    """Each signal by name, (T,), as in the equations: write i, value g, keep f, show o."""
    return {name: np.array(getattr(lab, name), float) for name in SIGNALS}


def memory(lab: GateLab, dark: bool, _: Say, names: dict[str, str]) -> Drawing:
    """names: what the signals are called."""
    found, given, hue = lab.memory, signals(lab), hues(dark)
    T = len(found.h)
    steps = np.arange(1, T + 1)
    figure = make_subplots(
        3, 1, shared_xaxes=True, row_heights=[0.28, 0.5, 0.22], vertical_spacing=0.09,
        subplot_titles=[
            _("The signals"),
            _("c, by the step that wrote it"),
            _("∂c_T/∂c_t: what of c_t is left in c_T"),
        ],
    )  # fmt: skip
    for row, (name, values) in enumerate(given.items()):
        signed, colour = name == "value", colours(SIGNALS[name], [], dark)
        figure.add_heatmap(
            z=values[None], x=steps, y=[row], dy=1, showscale=False, **colour,
            text=[[f"{v:+.2g}" if signed and v else f"{v:.2g}" for v in values]], texttemplate="%{text}",
            xgap=2, ygap=2,
            hovertemplate=f"{names[name]} {SIGNALS[name]}, t = %{{x}}: %{{z:.6g}}<extra></extra>", row=1, col=1,
        )  # fmt: skip
    inks = sample_colorscale("Cividis", np.linspace(0.25, 1, T))
    for k in range(T + 1):
        part = found.parts[:, k]
        if not part.any():
            continue
        label = _("what step {k} wrote").format(k=k) if k else _("left of the start")
        figure.add_bar(
            x=steps, y=part, name=label, marker_color=inks[k - 1] if k else hue["x"],
            text=[str(k) if v else "" for v in part], textposition="inside", insidetextanchor="middle", textangle=0,
            hovertemplate=f"{label}: %{{y:.6g}}<br>t = %{{x}}<extra></extra>", row=2, col=1,
        )  # fmt: skip
    for name, values, symbol in (("c", found.c[1:], "circle"), ("h", found.h, "diamond")):
        figure.add_scatter(
            x=steps, y=values, name=f"{name}_t", mode="lines+markers", line={"color": hue[name], "width": 2.5},
            marker={"symbol": symbol, "size": 9}, row=2, col=1,
            hovertemplate=f"{name}_%{{x}} = %{{y:.6g}}<extra></extra>",
        )  # fmt: skip
    figure.add_bar(
        x=np.arange(T + 1), y=found.reach, marker_color=hue["gradient"], showlegend=False,
        text=[f"{v:.2g}" for v in found.reach], textposition="outside", cliponaxis=False,
        hovertemplate="∂c_T/∂c_%{x} = %{y:.6g}<extra></extra>", row=3, col=1,
    )  # fmt: skip
    for row in (1, 2, 3):
        figure.add_shape(framed(lab.moment, lab.moment, dark), row=row, col=1)
    figure.update_xaxes(range=[-0.6, T + 0.6], dtick=1, showticklabels=True)
    figure.update_xaxes(showticklabels=False, row=1)
    figure.update_xaxes(title_text=_("time step t"), row=3)
    called = [f"{names[name]} {gate}" for name, gate in SIGNALS.items()]
    figure.update_yaxes(tickvals=list(range(len(called))), ticktext=called, range=[len(called) - 0.5, -0.5], row=1)
    figure.update_yaxes(showgrid=False, row=1)
    figure.update_yaxes(title_text="c, h", row=2)
    figure.update_yaxes(title_text="∂c_T/∂c_t", range=[0, 1.35], row=3)
    figure.update_layout(
        barmode="relative", height=680, margin={"l": 96, "r": 12, "t": 40, "b": 48}, hovermode="closest",
        legend={"orientation": "h", "yanchor": "top", "y": -0.09, "x": 0},
    )  # fmt: skip
    data = pd.DataFrame({"t": steps, **given, "c": found.c[1:], "h": found.h, "reach": found.reach[1:]})
    for k in range(T + 1):
        data[f"from {k}"] = found.parts[:, k]
    look = _("A bar is as high as what its step wrote, times every keep since. Framed: the step you set.")
    return Drawing("memory", _("One memory, set by hand"), look, figure, data)
