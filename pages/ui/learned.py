"""A network that has learned, in the place of one that is typed or drawn: found by its link, told of, and left."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from pages.ui.address import write
from pages.ui.language import _, language, sentence_space
from pages.ui.task_words import TASKS
from pages.ui.words import CELLS
from rnn_core.architecture import Architecture
from rnn_core.invalid import Invalid
from rnn_core.training.learned import Learned, moment_from
from rnn_core.training.service import service
from rnn_core.words import N_

ROOMS = {
    "unroll": (N_("In Unroll"), ":material/view_column:"),
    "gates": (N_("In Gates"), ":material/tune:"),
    "gradients": (N_("In Gradients"), ":material/trending_down:"),
}


def found(query: Mapping[str, str]) -> tuple[Learned | None, list[Invalid]]:
    """What a link names; nothing where it names none, or where it is no longer there, and then the reason."""
    moment, notices = moment_from(query)
    try:
        return (service().learned(*moment) if moment else None), notices
    except Invalid as problem:
        return None, [problem]


def complete(query: Mapping[str, str], learned: Learned, whole: dict[str, str]) -> None:
    """A link just followed that does not say which update this is gives way to `whole`, which does. Else it stays: to
    write is a step for Back, and would hold it here."""
    if query.get("update") != str(learned.moment.update):
        write(whole)


def told(learned: Learned, several: int = 1) -> None:
    """Which network it is, and what it reads: a sequence, or so many of the longest."""
    cell, task = f"**{_(CELLS[learned.model.cell])}**", f"**{_(TASKS[learned.task.name])}**"
    units, n = learned.model.architecture.hidden, learned.moment.update
    if n:
        who = _("{cell} with {units} units, after update {n} of the task {task}.")
    else:
        who = _("{cell} with {units} units, before its first update of the task {task}.")
    reads = _("It reads a sequence of the held-out set.")
    if several > 1:
        reads = _("It reads {n} sequences of the held-out set, the longest.").format(n=several)
    sentences = [who.format(cell=cell, units=units, n=n, task=task), reads, *_of_it(learned.model.architecture)]
    st.markdown(sentence_space().join(sentences))


def _of_it(network: Architecture) -> list[str]:
    """What is to be known of it before one looks at it."""
    told = []
    if network.embedding:
        each = _("Each token is first turned into {n} numbers, its embedding: they are x.")
        told.append(each.format(n=network.embedding))
    return told


def ways_on(learned: Learned, here: str, leave: str, on_leave: Callable[..., None], *given: Any) -> None:
    """Links to the training and to the other rooms, and a button that leaves the network. here: this room."""
    st.page_link(
        "train.py", label=_("Back to the training"), icon=":material/model_training:",
        query_params={"run": learned.moment.run, "update": str(learned.moment.update), "lang": language()},
    )  # fmt: skip
    for room, (label, icon) in ROOMS.items():
        if room != here:
            query = {**learned.moment.to_query(), "lang": language()}
            st.page_link(f"{room}.py", label=_(label), icon=icon, query_params=query)
    st.button(leave, icon=":material/close:", on_click=on_leave, args=given, type="tertiary")
