"""The pictures of the page Gates that are drawn in the browser: there one steps, points at numbers and saves them."""

from __future__ import annotations

from typing import Any

import numpy as np
import streamlit as st
from streamlit.components.v2.types import ComponentRenderer

from pages.figures import gates, gates_bars
from pages.figures.drawing import Drawing
from pages.figures.packed import pack
from pages.ui.component import component
from pages.ui.figure import heading, say_notes
from pages.ui.labels import player_labels
from pages.ui.language import _, language
from rnn_core.analysis.gate_settings import GateLab
from rnn_core.analysis.order import order
from rnn_core.unroll import Trace

_maps = component("maps", "canvas", "player")
_bars = component("bars", "canvas")


def maps(lab: GateLab, trace: Trace) -> None:
    """A link just followed begins at its step; else the learner stays where they are."""
    drawing, header, values = gates.maps(lab, trace, _)
    header |= {
        "step": lab.step,
        "visit": st.session_state.get("followed", 0),
        "query": {**lab.to_query(), "lang": language()},
        "words": player_labels() | _words(),
    }
    _draw(_maps, drawing, header, values)


def saturated(trace: Trace) -> None:
    _draw(_bars, *gates_bars.saturated(trace, _))


def half_lives(lab: GateLab, trace: Trace) -> None:
    _draw(_bars, *gates_bars.half_lives(trace, order(trace, *lab.sorted_by), _))


def _draw(picture: ComponentRenderer, drawing: Drawing, header: dict[str, Any], arrays: dict[str, np.ndarray]) -> None:
    words = {**header["words"], "camera": _("Save the picture")}
    told = {**header, "words": words, "name": drawing.name, "save": heading(drawing)}
    picture(key=f"picture.{drawing.name}", data=pack(told, arrays))
    say_notes(drawing)


def _words() -> dict[str, str]:
    """By the names the component knows them under."""
    return {
        "maps": _("States and gates over time. Arrow keys step through time and units, space plays."),
        "timeStep": _("time step t"),
        "unit": _("unit"),
        "where": _("unit {unit}, time step {t}"),
        "at": _("at t = {t}"),
        "reads": _("reads"),
        "range": _("{symbol}, {meaning}: {low} … {high}"),
    }
