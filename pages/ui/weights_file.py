"""Weights: a training's to keep, and a file's to begin with."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import streamlit as st

from pages.ui.file_field import file_field
from pages.ui.language import _
from pages.ui.own_data import given, task_of
from pages.ui.runs import watched
from pages.ui.task_words import TASKS
from pages.ui.words import CELLS, words_for
from rnn_core.invalid import Invalid
from rnn_core.training.plan import Plan
from rnn_core.training.saved import Saved, read_saved
from rnn_core.training.service import service

MOST = 20 << 20  # bytes of a file; the server's own limit is that of `.streamlit/config.toml`


def weights_file(take: Callable[[Plan], None]) -> None:
    """A pop-over; `take` is told of the Plan that a file brings."""
    popover = st.popover(_("Weights"), icon=":material/save:", key="weights-file", on_change="rerun")
    with popover:
        if popover.open and (found := watched()):
            _downloads(*found)
        file_field(_("Begin with a file of weights (safetensors)"), MOST, "weights-given", _uploaded, (take,))
        if problem := st.session_state.get("weights-problem"):
            st.text(words_for(problem))


def _downloads(run: str, plan: Plan) -> None:
    """Named as they are when the pop-over is opened; made when they are asked for."""
    place = service()
    made = place.made(run)
    for k, (experiment, update) in enumerate(zip(plan.experiments, made, strict=True)):
        label = _("{cell} after {update} updates").format(cell=_(CELLS[experiment.cell]), update=update)
        number = f"-{k + 1}" if len(made) > 1 else ""
        st.download_button(
            label, lambda k=k, update=update: place.weights(run, k, update), icon=":material/download:",
            file_name=f"{experiment.task}-{experiment.cell}{number}-{update}.safetensors", on_click="ignore",
            mime="application/octet-stream", key=f"weights.{k}",
        )  # fmt: skip
    st.download_button(
        _("Losses and scores (CSV)"), lambda: pd.DataFrame(place.records(run)).to_csv(index=False),
        icon=":material/download:", file_name=f"{plan.first.task}.csv", on_click="ignore", mime="text/csv",
        key="weights.history",
    )  # fmt: skip


def _uploaded(take: Callable[[Plan], None]) -> None:
    """Callback. A file that is of no use is said, and changes nothing."""
    state = st.session_state
    file = state["weights-given"]
    if file is None:
        return
    state.pop("weights-problem", None)
    try:
        saved = read_saved(file.name, file.getvalue(), given)
    except Invalid as problem:
        state["weights-problem"] = problem
        return
    take(Plan((saved.experiment,)))
    state.saved, state.weights = saved, [saved.params]


# ---- What the next training begins with


def begins_with(plan: Plan) -> None:
    """Says so, with a way back; weights that do not fit the first model any more are dropped, and that is said."""
    saved: Saved | None = st.session_state.get("saved")
    if saved is None:
        return
    if problem := saved.misfit(plan.first, task_of(plan.first)):
        drop()
        st.session_state.notices = [*(st.session_state.get("notices") or ()), problem]
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        one = _("Begins with the weights of {file}, learnt on: {task}")
        several = _("The first model begins with the weights of {file}, learnt on: {task}")
        told = several if len(plan.experiments) > 1 else one
        st.text(told.format(file=saved.file, task=_(TASKS[saved.experiment.task])), width="content")
        st.button(_("Begin with drawn ones"), icon=":material/close:", type="tertiary", on_click=drop)


def drop() -> None:
    """The first model begins with drawn weights, as the others do."""
    st.session_state.update(saved=None, weights=())


def began_so(run: str) -> None:
    """This training begins with what is set now."""
    st.session_state.setdefault("began", {})[run] = st.session_state.get("saved")


def begins_anew(run: str | None) -> bool:
    """Would Start begin with other weights than this training did?"""
    return st.session_state.get("began", {}).get(run or "") is not st.session_state.get("saved")
