"""The fields in which a learner gives data of their own: a file, or what is pasted, is read and taken."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import product
from typing import NamedTuple

import pandas as pd
import streamlit as st

from pages.ui.file_field import file_field
from pages.ui.language import _
from pages.ui.own_data import Own, keep, kept, missing
from pages.ui.words import words_for
from rnn_core import tasks
from rnn_core.experiment import OWN_TABLE, OWN_TEXT, Experiment, fingerprint, own_task
from rnn_core.invalid import Invalid
from rnn_core.own_data import Table, table_of, text_of
from rnn_core.tasks import Task

POINTS = 300  # of a series, in the little picture
BEGINNING = 200  # letters of a text that are shown


class Chosen(NamedTuple):
    """A table of several columns, and the one that was taken from it."""

    task: str
    called: str
    table: Table
    column: int


class Ask(NamedTuple):
    """Which task wants data, those of a link that are not here (or ""), and who is told of what is given."""

    task: str
    wanted: str
    take: Callable[[str], None]


def own_fields(experiment: Experiment, take: Callable[[str], None]) -> None:
    """Fields to give data in; `take` is told what they are called from then on."""
    lacks, task = missing(experiment), tasks.load(experiment.task)
    ask = Ask(task.name, experiment.data if lacks else "", take)
    button = st.popover(_("Your own data"), icon=":material/upload_file:", type="primary" if lacks else "secondary")
    with button:
        if task.tokens:
            st.caption(_("A text to learn from, in any language. It stays on this server and is in no link."))
        else:
            st.caption(_("A column of a table, or numbers. They stay on this server and are in no link."))
        file_field(_("A file"), _most(task), f"own-file-{task.name}", _uploaded, (ask,))
        st.text_area(_("Or paste it here"), key=f"own-pasted-{task.name}", height=100)
        st.button(_("Read what is pasted"), on_click=_pasted, args=(ask,))
        problem = st.session_state.get(f"own-problem-{task.name}")
        for each in [problem] if problem else lacks:
            st.text(words_for(each))
        if problem and problem.code == "other-data":
            st.button(_("Learn from it all the same"), on_click=_take, args=(ask, problem.value))
        _column(ask)
        if own := kept().get((task.name, experiment.data)):
            if problem:
                st.caption(_("In use, as before:"))
            _show(own)


def _most(task: Task) -> int:
    return OWN_TEXT if task.tokens else OWN_TABLE


def _column(ask: Ask) -> None:
    """Which column of the table, and whether its first row is names."""
    state, chosen = st.session_state, st.session_state.get("own_table")
    if not chosen or chosen.task != ask.task:
        return
    names = chosen.table.names
    state["own-column"], state["own-header"] = chosen.column, chosen.table.header
    st.selectbox(
        _("Column"), range(len(names)), format_func=names.__getitem__, key="own-column", on_change=_choose, args=(ask,)
    )
    st.toggle(_("The first row is names"), key="own-header", on_change=_choose, args=(ask,))


def _show(own: Own) -> None:
    """What is learnt from."""
    if own.called:
        st.text(own.called)
    if own.series is None:
        st.text(own.text[:BEGINNING] + ("…" if len(own.text) > BEGINNING else ""))
        return
    values = own.series.values
    shown = pd.DataFrame({"k": range(1, len(values) + 1), "value": values})[:: -(-len(values) // POINTS)]
    axes = {
        "x": {"field": "k", "type": "quantitative", "title": None},
        "y": {"field": "value", "type": "quantitative", "title": None, "scale": {"zero": False}},
    }
    st.vega_lite_chart(shown, {"mark": "line", "encoding": axes, "height": 120}, key="own-series")
    st.text(_("{count} numbers").format(count=len(values)))
    for notice in own.series.notices:
        st.text(words_for(notice))


# ---- What was given


def _uploaded(ask: Ask) -> None:
    """Callback."""
    file = st.session_state[f"own-file-{ask.task}"]
    if file is not None:
        _read(ask, file.getvalue(), file.name)


def _pasted(ask: Ask) -> None:
    """Callback."""
    _read(ask, st.session_state[f"own-pasted-{ask.task}"].encode(errors="replace"), "")


def _read(ask: Ask, data: bytes, called: str) -> None:
    """What cannot be read is said, and changes nothing."""
    task = tasks.load(ask.task)
    try:
        found = text_of(data, _most(task))
        if task.tokens:
            _use(ask, Own(ask.task, found, called))
        else:
            _use_table(ask, _meant(ask, table_of(found), called))
    except Invalid as problem:
        _refuse(ask, problem)


def _choose(ask: Ask) -> None:
    """Callback: another column, or the first row is something else."""
    state = st.session_state
    chosen = state.own_table
    table = replace(chosen.table, header=state["own-header"])
    try:
        _use_table(ask, chosen._replace(table=table, column=state["own-column"]))
    except Invalid as problem:
        _refuse(ask, problem)


def _meant(ask: Ask, table: Table, called: str) -> Chosen:
    """The column that a link asks for, where the table has it; else the likely one."""
    if ask.wanted:
        for header, column in product((table.header, not table.header), range(table.width)):
            other = replace(table, header=header)
            try:
                if fingerprint(other.series(column).text) == ask.wanted:
                    return Chosen(ask.task, called, other, column)
            except Invalid:
                continue
    return Chosen(ask.task, called, table, table.likely)


def _use_table(ask: Ask, chosen: Chosen) -> None:
    """A table of several columns stays to choose from, whatever is in this one."""
    state, (_task, called, table, column) = st.session_state, chosen
    if table.width > 1:
        state.own_table = chosen
        called = " · ".join(filter(None, (called, table.names[column])))
    series = table.series(column)
    own_task(ask.task, series.text)
    if table.width == 1:
        state.pop("own_table", None)
    _use(ask, Own(ask.task, series.text, called, series))


def _use(ask: Ask, own: Own) -> None:
    """Kept, and taken; where a link asked for other data, only if the learner then wants them all the same."""
    own_task(own.task, own.text)
    name = keep(own)
    if ask.wanted not in ("", name):
        raise Invalid("other-data", "data", name)
    _take(ask, name)


def _take(ask: Ask, name: str) -> None:
    """Callback."""
    st.session_state.pop(f"own-problem-{ask.task}", None)
    ask.take(name)


def _refuse(ask: Ask, problem: Invalid) -> None:
    st.session_state[f"own-problem-{ask.task}"] = problem
