"""The cliff of the page Gradients: a wall in the loss of one unit, and what becomes of two descents that meet it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from pages.figures.drawing import Drawing, Say, laid_out
from pages.figures.palette import INK, hues
from rnn_core.analysis.cliff import WINDOW, Path, Surface, descend, surface
from rnn_core.analysis.gradients import GradientLab

POINTS = 121  # along each side of the surface
LIFT = 0.004  # of a path above the surface, or it would drown in it
HEIGHT = 460


def descents(lab: GradientLab, dark: bool, _: Say) -> tuple[Drawing, Drawing, Drawing]:
    """The surface from above and in space, with both descents up to the chosen update; and their losses."""
    ground = surface(*(np.linspace(low, high, POINTS) for low, high in WINDOW))
    paths = {
        _("without clipping"): descend(lab.w, lab.b, lab.lr),
        _("with clipping"): descend(lab.w, lab.b, lab.lr, clip=lab.clip),
    }
    above, space, losses = _from_above(ground), _in_space(ground), go.Figure()
    done = slice(0, lab.update + 1)
    orange = hues(dark)["c"]
    # The surface looks the same in both themes; light ink with a dark edge stands out from all of it.
    for (name, path), (hue, plain) in zip(paths.items(), ((orange, orange), (INK[True], INK[dark])), strict=True):
        w, b = path.points[done].T
        line, dot = {"color": hue, "width": 4}, {"color": hue, "line": {"color": INK[False], "width": 1}}
        walk: dict[str, Any] = {"x": w, "y": b, "name": name, "mode": "lines+markers", "line": line}
        above.add_scatter(**walk, marker={**dot, "size": 7})
        space.add_scatter3d(**walk, z=path.losses[done] + LIFT, marker={**dot, "size": 3})
        losses.add_scatter(x=np.arange(len(path.losses)), y=path.losses, name=name, line={"color": plain})
    losses.add_vline(x=lab.update, line={"dash": "dot", "color": hues(dark)["x"]})
    laid_out(losses, _("update"), "L")
    steps, grid = _steps(paths), pd.DataFrame(ground.loss, columns=[f"w={w:.4f}" for w in ground.w])
    grid.insert(0, "b", ground.b)
    follow = _(
        "Follow the updates. Where a descent meets the wall it is thrown far off, or if clipped, one short step."
    )
    turn = _("Turn it: the wall is almost vertical. Its gradient is what throws an unclipped descent off.")
    jump = _("A jump up that never comes back down is a descent thrown off the cliff.")
    return (
        Drawing("cliff", _("The cliff from above: a wall runs through the loss"), follow, above, steps),
        Drawing("cliff-3d", _("The same in space"), turn, space, grid),
        Drawing("cliff-loss", _("The loss at each update"), jump, losses, steps),
    )


def _from_above(ground: Surface) -> go.Figure:
    figure = laid_out(go.Figure().add_heatmap(**_coloured(ground)), "w", "b", HEIGHT)
    return figure.update_xaxes(range=WINDOW[0]).update_yaxes(range=WINDOW[1])


def _in_space(ground: Surface) -> go.Figure:
    figure = laid_out(go.Figure().add_surface(**_coloured(ground), opacity=0.92), "", "", HEIGHT)
    camera = {"eye": {"x": -1.7, "y": -1.45, "z": 1}, "center": {"z": -0.15}}  # or its ends stick out
    scene = {"xaxis_title": "w", "yaxis_title": "b", "zaxis_title": "L", "camera": camera}
    return figure.update_layout(scene=scene, legend_itemsizing="constant")


def _coloured(ground: Surface) -> dict[str, Any]:
    return {
        "x": ground.w, "y": ground.b, "z": ground.loss,
        "hovertemplate": "w %{x:.3f}, b %{y:.3f}: L %{z:.4f}<extra></extra>",
        "colorscale": "Cividis", "colorbar": {"title": {"text": "L", "side": "right"}},
    }  # fmt: skip


def _steps(paths: Mapping[str, Path]) -> pd.DataFrame:
    tables = []
    for name, path in paths.items():
        w, b = path.points.T
        norms = {"norm": [*path.norms, np.nan], "clipped": [*path.clipped, np.nan]}
        tables.append(
            pd.DataFrame({"path": name, "update": np.arange(len(w)), "w": w, "b": b, "L": path.losses, **norms})
        )
    return pd.concat(tables)
