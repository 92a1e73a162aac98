"""What the page Gates computes, once for all visitors: by what is computed from, never by where one looks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from rnn_core.analysis.comparison import Seconds, seconds
from rnn_core.analysis.gate_settings import GateLab
from rnn_core.analysis.side_by_side import Run, intervened, run, varied

NETWORK = (
    *("cell", "hidden", "layer", "direction", "data", "text"),
    *("length", "batch", "init", "gain", "keep_bias", "seed"),
)

NAMED: dict[str | type, Callable[[Any], Any]] = {GateLab: repr}  # the whole lab, of a learned network its key

_run = st.cache_resource(max_entries=60, show_spinner=False, hash_funcs=NAMED)(run)
_intervened = st.cache_resource(max_entries=30, show_spinner=False, hash_funcs=NAMED)(intervened)
_varied = st.cache_resource(max_entries=30, show_spinner=False, hash_funcs=NAMED)(varied)


def reading(lab: GateLab, cell: str) -> Run:
    return _run(_bare(lab), cell)


def with_and_without(lab: GateLab) -> tuple[Run, Run]:
    return _intervened(_bare(lab, "clamps", "bias_gate", "bias"))


def switched(lab: GateLab) -> tuple[Run, Run]:
    return _varied(_bare(lab, "variant"))


def seconds_a_step(lab: GateLab, cell: str) -> Seconds:
    """On the machine that serves this page."""
    return _timed(_bare(lab), cell)


def measure_again() -> None:
    _timed.clear()


@st.cache_data(max_entries=60, show_spinner=False)
def _timed(lab: GateLab, cell: str) -> Seconds:
    return seconds(cell, *lab.network(cell))


def _bare(lab: GateLab, *more: str) -> GateLab:
    """The lab with nothing but what is computed from."""
    return GateLab(learned=lab.learned, **{name: getattr(lab, name) for name in (*NETWORK, *more)})
